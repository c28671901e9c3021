"""The words of a mail as lines, with ``>`` before what is quoted: from flowed text, or from HTML.

What no reader of the HTML sees (no size, no contrast, not displayed) is left out: it may hold a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

MOST_STYLES = 50_000
"""Letters of style sheets in which classes that hide are looked for."""
_DEEPEST = 20  # quotes in quotes that are told apart

_SIGNATURE = "-- "  # RFC 3676, 4.3: the one line whose last blank matters
_QUOTES = re.compile(r">*")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_MANY_LINES = re.compile(r"\n{4,}")

_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html",
    "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
    "ul",
])  # fmt: skip
_UNSEEN = frozenset([
    "head", "iframe", "noembed", "noframes", "object", "script", "select", "style", "svg", "template", "textarea",
    "title",
])  # fmt: skip

_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|mso-hide:all|(?<![\w-])opacity:0?(?:\.0+)?(?![\d.])"
    r"|font(?:-size)?:(?:0(?:\.0+)?(?:[a-z]+|%)?|[01](?:\.\d+)?p[xt])(?=[;!/]|$)"
    r"|(?:left|text-indent):-\d{3,}|(?<![\w-])color:(?:transparent|rgba\([\d.,]{1,40},0?(?:\.0\d*)?\))"
)
_FLAT = re.compile(r"(?<![\w-])(?:max-)?(?:height|width):0(?:px)?(?=[;!]|$)")
_COLOUR = re.compile(r"(?<![\w-])color:([^;!]{1,40})")
_GROUND = re.compile(r"(?<![\w-])background(?:-color)?:([^;!]{1,40})")
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{1,2000})\}")
_NAME = re.compile(r"([.#][\w-]{1,80})\s*(?:,|$)")
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})(?![0-9a-f])")
_RGB = re.compile(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})")
_NAMED = {"white": (255, 255, 255), "snow": (255, 250, 250), "ivory": (255, 255, 240), "black": (0, 0, 0)}
_WHITE = (255, 255, 255)
_ALIKE = 24  # steps of 255 in each colour that nobody sees on a screen


def unflowed(text: str, *, drops_space: bool = False) -> str:
    """Text of ``format=flowed`` with its paragraphs on one line (RFC 3676); ``drops_space`` is ``DelSp=yes``."""
    lines: list[str] = []
    open_depth = -1  # the depth of quotes of a line that flows on
    for raw in text.splitlines():
        depth = len(_QUOTES.match(raw)[0])  # type: ignore[index]  # it matches nothing at all, too
        line = raw[depth:].removeprefix(" ")
        is_fixed = line == _SIGNATURE or not line.endswith(" ")
        said = line[:-1] if drops_space and not is_fixed else line
        if depth == open_depth and line not in {
            "",
            _SIGNATURE,
        }:  # an empty line parts paragraphs, flowed or not
            lines[-1] += said
        else:
            lines.append(f"{'>' * min(depth, _DEEPEST)} {said}" if depth else said)
        open_depth = -1 if is_fixed else depth
    return "\n".join(lines)


def tidy(text: str, limit: int) -> str:
    """At most ``limit`` characters, without control characters and blanks that end a line; lines stay lines."""
    plain = _UNPRINTABLE.sub("", text.replace("\xa0", " "))
    lines = (line if line == _SIGNATURE else line.rstrip() for line in plain.splitlines())
    return _MANY_LINES.sub("\n\n\n", "\n".join(lines)).strip("\n")[:limit]


def seen(html: str) -> str:
    """What a reader of ``html`` sees."""
    from lxml import etree  # type: ignore[import-untyped]  # noqa: PLC0415 -- no types; cage only

    visible = _Visible(frozenset(_hiding_names(html)))
    parser = etree.HTMLParser(target=visible, encoding="utf-8", huge_tree=True)
    parser.feed(_UNPRINTABLE.sub("", html).encode())
    told: str = parser.close()
    return told


def _hiding_names(html: str) -> Iterator[str]:
    """Classes (``.x``) and names (``#x``) whose style hides."""
    styles = "".join(re.findall(r"<style[^>]{0,500}>(.*?)(?:</style|\Z)", html, re.DOTALL | re.IGNORECASE))
    for rule in _RULE.finditer(styles[:MOST_STYLES]):
        if _hides(_style(rule[2])):
            yield from _NAME.findall(rule[1].strip())


def _style(text: str) -> str:
    return "".join(text.lower().split())


def _hides(style: str) -> bool:
    return bool(_HIDING.search(style)) or ("overflow:hidden" in style and bool(_FLAT.search(style)))


class _Visible:
    """Gathers lines while lxml reads; no tree is built, so nesting costs nothing."""

    def __init__(self, hiding: frozenset[str]) -> None:
        self._hiding = hiding
        self._lines: list[str] = []
        self._line = ""
        self._quotes = 0
        self._hidden = 0
        self._grounds = [_WHITE]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        style = _style(attributes.get("style", ""))
        self._grounds.append(self._ground(attributes, style))
        if self._hidden or tag in _UNSEEN or self._is_hidden(attributes, style):
            self._hidden += 1
        elif tag == "br":
            self._end_line()
        elif tag in _BLOCKS:
            self._end_block()
            self._quotes += tag == "blockquote"

    def end(self, tag: str) -> None:
        if len(self._grounds) > 1:
            self._grounds.pop()
        if self._hidden:
            self._hidden -= 1
        elif tag in _BLOCKS:
            self._end_block()
            self._quotes -= tag == "blockquote" and self._quotes > 0

    def data(self, data: str) -> None:
        if not self._hidden:
            self._line += data

    def close(self) -> str:
        self._end_block()
        return "\n".join(self._lines)

    def _end_block(self) -> None:
        if self._line.strip():
            self._end_line()
        self._line = ""

    def _end_line(self) -> None:
        said = " ".join(self._line.split())
        said = _SIGNATURE if said == _SIGNATURE.strip() else said
        self._lines.append(f"{'>' * min(self._quotes, _DEEPEST)} {said}" if self._quotes else said)
        self._line = ""

    def _is_hidden(self, attributes: Mapping[str, str], style: str) -> bool:
        names = {f".{name}" for name in attributes.get("class", "").split()} | {
            f"#{attributes.get('id', '')}"
        }
        if "hidden" in attributes or _hides(style) or not self._hiding.isdisjoint(names):
            return True
        told = _COLOUR.search(style)
        colour = _colour(told[1] if told else attributes.get("color", ""))
        return colour is not None and _is_alike(colour, self._grounds[-1])

    def _ground(self, attributes: Mapping[str, str], style: str) -> tuple[int, int, int]:
        told = _GROUND.search(style)
        return _colour(told[1] if told else attributes.get("bgcolor", "")) or self._grounds[-1]


def _colour(told: str) -> tuple[int, int, int] | None:
    """Red, green and blue; ``None`` for what we cannot tell."""
    text = _style(told)
    if hexed := _HEX.search(text):
        digits = hexed[1] if len(hexed[1]) == 6 else "".join(digit * 2 for digit in hexed[1])  # noqa: PLR2004 -- #rrggbb
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if mixed := _RGB.search(text):
        return int(mixed[1]), int(mixed[2]), int(mixed[3])
    return _NAMED.get(text)


def _is_alike(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return all(abs(here - there) <= _ALIKE for here, there in zip(one, other, strict=True))
