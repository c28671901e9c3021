"""A notification's payload as a mail: text, HTML and headers.

Third-party text is cleaned on its way out of every template, and escaped in HTML; it is never part of a
template. If a template fails, a plain mail made without one goes out: an alert is never lost to its looks.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import format_datetime
from functools import lru_cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from alerts import wording
from alerts.answer_view import AnswerView, answer_view, plain_lines
from alerts.base import (
    Alert,
    Answer,
    Bundle,
    BundleLine,
    Digest,
    Envelope,
    Item,
    Message,
    News,
    NotificationKind,
    Payload,
    Severity,
)
from alerts.bundle_view import LINES_SHOWN, POSSIBLE_SHOWN, BundleView, bundle_view, due_view
from alerts.clean import domain, excerpt, header, line
from alerts.digest_view import DigestView, digest_view
from alerts.health_view import HealthView, health_view
from alerts.news_view import NewsView, headline, news_view
from alerts.replying import mailto
from alerts.views import PRIVATE, AlertView, alert_view, posts_shown, reference

logger = logging.getLogger(__name__)

SUBJECT_LIMIT = 150
ADDRESS_LIMIT = 320
"""The longest mail address (RFC 5321 §4.5.3.1)."""
THREAD_LENGTH = 12
"""Ids in ``References``: the first and the latest; long ones are cut by some mail programs."""
LONGEST = 2000
"""Characters of one expression in a template; web addresses may be that long."""
_LONG_WORD = re.compile(r"\S{39,}|[^a-z\s]{20,}")
"""Wider than a phone, unless it is broken; rare in earnest, as some mail programs do not know ``<wbr>``."""
_PIECE = re.compile(r"\S{1,16}")
"""So many capital W fit on a phone."""
_ADDRESS = re.compile(r"https?://[^\s()<>\"']*[^\s()<>\"'.,;:!?]")
_LINK = Markup('<a href="{}" rel="noreferrer" style="color: inherit;">{}</a>')
_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{}</title></head><body>\n{}</body></html>\n'
)
_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")


def render(kind: NotificationKind, payload: Payload, envelope: Envelope) -> Message:
    """The mail for one recipient. Never raises for a payload that can be read at all."""
    try:
        subject, text, page = _from_templates(kind, payload, envelope)
    except Exception:  # whatever is wrong with a template, the alert goes out
        logger.exception("render.failed", extra={"facts": {"kind": kind.value}})
        subject, text, page = _plain(payload, envelope)
    return Message(
        subject=header(subject, SUBJECT_LIMIT), text=text, html=page, headers=_headers(payload, envelope)
    )


def _from_templates(kind: NotificationKind, payload: Payload, envelope: Envelope) -> tuple[str, str, str]:
    folder = _folder(kind, payload)
    view = _view(payload, envelope)
    templates = _environment()
    subject, text, page = (
        templates.get_template(f"{folder}/{name}").render(v=view, reply=partial(mailto, envelope))
        for name in ("subject.txt", "body.txt", "body.html")
    )
    return subject, _tidy(text), page


def _folder(kind: NotificationKind, payload: Payload) -> str:
    if isinstance(payload, Alert) and payload.voice == "due":
        return "bundle"
    return "governors" if isinstance(payload, Digest) and payload.governors else kind.value


def _view(
    payload: Payload, envelope: Envelope
) -> AlertView | BundleView | NewsView | DigestView | HealthView | AnswerView:
    if isinstance(payload, Alert):
        return due_view(payload, envelope) if payload.voice == "due" else alert_view(payload, envelope)
    if isinstance(payload, Bundle):
        return bundle_view(payload, envelope)
    if isinstance(payload, News):
        return news_view(payload, envelope)
    if isinstance(payload, Digest):
        return digest_view(payload, envelope)
    if isinstance(payload, Answer):
        return answer_view(payload, envelope)
    return health_view(payload, envelope)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    templates = Environment(
        loader=PackageLoader("alerts"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    templates.filters["soft"] = _soft
    templates.filters["linked"] = _linked
    return templates


def _finalize(value: object) -> object:
    """What every ``{{ … }}`` yields: one clean line, unless a template made it."""
    return value if isinstance(value, Markup) else line(str(value), LONGEST)


def _soft(value: str) -> Markup:
    """``value`` for HTML with places to break its longest words: a phone is narrow."""
    return _breakable(line(value, LONGEST))


def _breakable(shown: str) -> Markup:
    parts = _LONG_WORD.sub(lambda met: "\n".join(_PIECE.findall(met.group())), shown)
    return Markup("<wbr>").join(parts.split("\n"))  # escapes the parts


def _linked(value: str) -> Markup:
    """``value`` for HTML with the web addresses that the school itself has entered as links."""
    shown, at = line(value, LONGEST), 0
    parts: list[Markup] = []
    for met in _ADDRESS.finditer(shown):
        link = domain(met.group())
        if link.href != met.group():
            continue
        parts += _breakable(shown[at : met.start()]), _LINK.format(link.href, _breakable(link.host))
        at = met.end()
    return Markup().join([*parts, _breakable(shown[at:])])


def _tidy(text: str) -> str:
    """Never more than one empty line in a row."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _plain(payload: Payload, envelope: Envelope) -> tuple[str, str, str]:
    """A mail made without templates, views or playbooks."""
    if isinstance(payload, Alert):
        subject, lines = _plain_alert(payload, envelope)
    elif isinstance(payload, Bundle):
        subject, lines = f"{payload.short} today", list(_plain_lines(payload.items, payload.possible))
    elif isinstance(payload, News):
        subject, lines = f"{payload.short} {envelope.ref}", [headline(payload, envelope)]
    elif isinstance(payload, Answer):
        subject, lines = f"{payload.short} {envelope.ref}: your reply", list(plain_lines(payload, envelope))
    elif isinstance(payload, Digest):
        subject = f"{payload.short} {wording.span(payload.start, payload.end)}: the week in short"
        counts = () if payload.governors else payload.counts
        lines = [f"{wording.GRADES[count.severity]}: {count.this}" for count in counts]
        lines += [f"Out of sight: {blind.source}, {round(blind.hours)} h" for blind in payload.blind]
    else:
        subject = f"{payload.short}: the watch needs a hand"
        lines = [f"{ailment.what} What to do: {ailment.remedy}" for ailment in payload.ailments]
    lines.append(
        "(This mail is plain because its usual form could not be made. Please tell whoever runs the watch.)"
    )
    lines = [words for words in lines if words]
    text = "\n\n".join(line(words, LONGEST) for words in lines) + "\n"
    page = Markup().join(Markup("<p>{}</p>\n").format(line(words, LONGEST)) for words in lines)
    return subject, text, str(_PAGE.format(header(subject), page))


def _plain_alert(alert: Alert, envelope: Envelope) -> tuple[str, list[str]]:
    lines = [
        wording.ask(alert, now=envelope.sent_at),
        PRIVATE if alert.restricted else "",
        f"{f'Story {envelope.ref}, ' if envelope.ref else ''}{alert.school}. Told: {wording.roles(alert.told)}.",
        wording.promise(alert),
        *alert.notes,
    ]
    for item in posts_shown(alert, envelope):
        lines.append(f"“{excerpt(item.excerpt or item.title)}” {item.source} {reference(item)}")
        lines.append("" if item.link_withheld else domain(item.url).href)
    lines += _plain_lines(alert.lines)
    if envelope.ref:
        lines.append(f"At the computer that runs the watch: mention-monitor mine {envelope.ref}")
    topic = " – safeguarding leads only" if alert.restricted else ""
    subject = wording.drill(
        f"{wording.GRADES[alert.severity]}{topic} – {alert.short} {envelope.ref}", exercise=alert.exercise
    )
    return subject, lines


def _plain_lines(stories: Sequence[BundleLine], possible: Sequence[Item] = ()) -> Iterator[str]:
    for story in stories[:LINES_SHOWN]:
        yield f"{story.ref}: " + (
            "safeguarding leads only" if story.restricted else f"“{excerpt(story.excerpt)}”"
        )
        yield "" if story.restricted or story.link_withheld else domain(story.url).href
    for item in possible[:POSSIBLE_SHOWN]:
        yield f"{reference(item)}, place not certain: “{excerpt(item.excerpt or item.title)}”"
        yield "" if item.link_withheld else domain(item.url).href


def _headers(payload: Payload, envelope: Envelope) -> Mapping[str, str]:
    """Headers besides subject and recipient (RFC 3834, RFC 2919, RFC 5322 §3.6.4), in the order they are sent."""
    parents = [parent for parent in envelope.parents if _ID.fullmatch(parent)]
    thread = parents[:1] + parents[1:][-(THREAD_LENGTH - 1) :]
    grave = isinstance(payload, Alert) and payload.severity is Severity.CRITICAL
    headers = {
        "From": envelope.sender,
        "Reply-To": envelope.reply_to,
        "Date": format_datetime(envelope.sent_at) if envelope.sent_at else "",
        "In-Reply-To": thread[-1] if thread else "",
        "References": " ".join(thread),
        "List-Id": envelope.list_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN",
        "Importance": "high" if grave else "",
    }
    return {name: value for name, value in ((n, _value(n, v)) for n, v in headers.items()) if value}


def _value(name: str, value: str) -> str:
    limit = THREAD_LENGTH * ADDRESS_LIMIT if name == "References" else ADDRESS_LIMIT
    return header(value, limit)
