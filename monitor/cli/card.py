"""The card for the staff room: what to pass on, where, what never, and what comes of it. Made from the configuration.

Small enough for a phone and for a sheet of A6; as text it says the same.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from monitor.config import Config, SchoolConfig
from monitor.school import short_name

WIDTH = 64
"""Columns of the text."""
NO_NUMBER = "the office puts you through"
_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n<style>\n{style}</style>\n'
    "</head>\n<body>\n<h1>{title}</h1>\n{parts}</body>\n</html>\n"
)
_PART = Markup('<section class="{kind}">\n<h2>{heading}</h2>\n<ul>\n{lines}</ul>\n</section>\n')
_LINE = Markup("<li>{}</li>\n")
_MAIL = Markup('<p class="mail"><a href="mailto:{address}">{address}</a></p>\n')
_STYLE = Markup(
    "@page { size: A6 portrait; margin: 5mm; }\n"
    "body { margin: 0 auto; padding: 12px; max-width: 380px; font: 15px/1.35 Arial, Helvetica, sans-serif;"
    " color: #111; background: #fff; }\n"
    "h1 { margin: 0 0 8px; font-size: 20px; line-height: 1.2; }\n"
    "h2 { margin: 0 0 2px; font-size: 15px; }\n"
    "section { margin: 0 0 8px; padding: 6px 8px; border-left: 4px solid #555; }\n"
    "section.never { border-color: #a00; background: #fdeeee; }\n"
    "section.send { border-color: #06c; }\n"
    "ul { margin: 0; padding-left: 17px; }\n"
    "li { margin: 1px 0; overflow-wrap: anywhere; }\n"
    ".mail { margin: 0 0 8px; text-align: center; font-size: 17px; font-weight: bold; overflow-wrap: anywhere; }\n"
    ".mail a { color: #004a99; }\n"
    "@media print {\n"
    "body { padding: 0; max-width: none; font-size: 8.8pt; line-height: 1.25; print-color-adjust: exact; }\n"
    "h1 { font-size: 12pt; margin-bottom: 4px; } h2 { font-size: 9.2pt; } .mail { font-size: 11pt; margin-bottom: 4px; }\n"
    "section { margin-bottom: 4px; padding: 2px 6px; break-inside: avoid; }\n"
    "}\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One box of the card."""

    kind: str
    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the card says."""

    title: str
    address: str
    parts: tuple[Part, ...]

    def text(self) -> str:
        """For a terminal, or a mail to everybody."""
        return "\n".join(self._text())

    def html(self) -> str:
        """One page that asks for nothing from anywhere."""
        parts = [_part(part) for part in self.parts]
        parts.insert(1, _MAIL.format(address=self.address))
        return str(_PAGE.format(title=self.title, style=_STYLE, parts=Markup().join(parts)))

    def _text(self) -> Iterator[str]:
        yield self.title.upper()
        for number, part in enumerate(self.parts):
            yield f"\n{part.heading}"
            for line in part.lines:
                yield textwrap.fill(
                    line, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False
                )
            if number == 0:
                yield f"\n    {self.address}"


def card(config: Config, school: SchoolConfig, address: str) -> Card:
    """The card of one school; ``address`` is where posts are passed on to."""
    settings = school.settings
    dsl = settings.routes.get("dsl", "").strip() or NO_NUMBER
    return Card(
        title=f"{short_name(settings.school)}: seen something about us online?",
        address=address,
        parts=(
            Part(
                kind="danger",
                heading="A child may be at risk? Do not write: ring",
                lines=("In danger now: 999.", f"Else at once the DSL: {dsl}. A mail may be read too late."),
            ),
            Part(
                kind="send",
                heading="What to pass on, by mail to the address above",
                lines=(
                    "What you came across anyway about the school, its people or pupils: in a parents' group, a chat, a page.",
                    "Paste the words. Of a screenshot say what it shows: “WhatsApp group of Y5 parents, this morning: a mum says …”",
                    f"Write from {_from(school)}; others are not heard.",
                ),
            ),
            Part(
                kind="never",
                heading="Never",
                lines=(
                    "A sexual picture of a child: do not open, save, copy or forward it, here neither. Ring the DSL.",
                    "Pictures and films at all: they are not opened, only words count.",
                    "Do not look for more, join a group for it, answer there, or say how we know.",
                ),
            ),
            Part(
                kind="then",
                heading="What happens",
                lines=(
                    "It is graded like any public post: what is grave reaches the leads at once, the rest with a round-up.",
                    "Whom it is about is left out.",
                    "They are not told who passed it on. You get a short answer, five a day at most.",
                    f"Deleted {_days(settings.intake.keep)} after it was dealt with, your mail {_days(_kept(config))} after it came.",
                ),
            ),
        ),
    )


def _part(part: Part) -> Markup:
    return _PART.format(
        kind=part.kind, heading=part.heading, lines=Markup().join(_LINE.format(line) for line in part.lines)
    )


def _from(school: SchoolConfig) -> str:
    """From which addresses people are heard: whole domains are told, single people are not."""
    domains = [f"…{one[1:]}" for one in school.settings.intake.writers if one.startswith("*@")]
    return " or ".join([*domains, "the address that the school has listed"])


def _kept(config: Config) -> timedelta:
    box = config.monitor.mailbox
    return box.keep if box else timedelta()


def _days(time: timedelta) -> str:
    return f"{time.days} day{'s' * (time.days != 1)}"
