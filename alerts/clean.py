"""Hostile text made fit to be shown: in a header, in a line, in a paragraph, without names.

Everything a stranger wrote passes through here before it reaches a mail. Makes no HTML: that is escaped by
the template engine. The original stays with whoever keeps the evidence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from alerts.contacts import contacts
from alerts.names import Hit, MaskNames, people
from alerts.words import star

__all__ = ["Link", "MaskNames", "domain", "excerpt", "header", "line", "mask", "text"]

HEADER_LIMIT = 150
"""Characters of a header: enough for any subject, too little for mischief."""
LINE_LIMIT = 300
TEXT_LIMIT = 2000
"""The window of a post that is kept at all."""
QUOTE_LIMIT = 280
"""Characters of a post that a mail may quote (policy)."""
MARKS_IN_A_ROW = 4
"""Combining marks on one letter; no language needs more, and stacks of them run over other lines."""

INPUT_LIMIT = 20_000
"""Characters that are looked at: hidden ones may stand before the first visible one."""
URL_LIMIT = 1000
"""A longer address is shown by its host alone."""
HREF_LIMIT = 2000
"""Characters of a link once its letters are percent-encoded: as many as a mail writes out whole."""

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_FLAGS = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
"""England, Scotland, Wales: without their hidden tags they would be a plain black flag."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
_BLANKS = re.compile(r"\s+")
_WIDE_GAPS = re.compile(r"[^\S\n]+")
_EDGES = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63}){0,10}\.?)|[0-9a-f:.]{2,45}")
_URL_SIGNS = "/?:@!$&'()*+,;=%-._~"
"""Left as they are in a path; everything else is percent-encoded (RFC 3986)."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address as people may see it."""

    host: str
    """The host as plain text, with its port; in its ASCII form (punycode) where letters may deceive."""
    href: str
    """What a link may point to; empty where the address is not safe to offer."""
    doubtful: bool = False
    """The host has letters that may imitate others: shown, never linked."""


def header(raw: str, limit: int = HEADER_LIMIT) -> str:
    """``raw`` as one line for a mail header: no control or hidden character can begin another header.

    Nor can an encoded word (RFC 2047): the standard library would decode it, line ends and all.
    """
    return _cut(line(raw, limit).replace("=?", "= ?"), limit)  # last: hidden characters may part the two


def line(raw: str, limit: int = LINE_LIMIT) -> str:
    """``raw`` as one line: hidden characters gone, blanks folded, at most ``limit`` characters."""
    return _cut(_BLANKS.sub(" ", _visible(raw)).strip(), limit)


def text(raw: str, limit: int = TEXT_LIMIT) -> str:
    """``raw`` as paragraphs: like ``line``, but line breaks stay (never two empty lines in a row)."""
    shown = _EDGES.sub("\n", _WIDE_GAPS.sub(" ", _visible(raw)))
    return _cut(_MANY_LINES.sub("\n\n", shown).strip(), limit)


def excerpt(raw: str, limit: int = QUOTE_LIMIT) -> str:
    """The beginning of ``raw`` as one line, cut after a whole word."""
    whole = line(raw, TEXT_LIMIT)
    if len(whole) <= limit:
        return whole
    kept = whole[: limit - 1]
    words = kept.rpartition(" ")[0]
    return (words if len(words) > limit // 2 else kept).rstrip(" ,;:-–—(") + "…"


def mask(raw: str, names: MaskNames) -> str:
    """``raw`` as ``text`` with people as initials, the ways to reach them in brackets, slurs starred."""
    shown = text(raw)
    kept = [
        (met.start(), met.end(), met.group())
        for phrase in names.keep
        for met in re.finditer(_spelt(phrase), shown, re.IGNORECASE)
    ]
    return star(_replace(shown, [*kept, *contacts(shown, names), *people(shown, names)]))


def domain(url: str) -> Link:
    """What may be shown of ``url``, and whether it may be a link: plain ``http`` or ``https`` alone."""
    shown = line(url, TEXT_LIMIT)
    try:
        parts = urlsplit(shown)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Link("", "")
    ascii_host = _ascii(host)
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(ascii_host):
        return Link("", "")
    place = (f"[{ascii_host}]" if ":" in ascii_host else ascii_host) + (f":{port}" if port else "")
    if "xn--" in ascii_host or not host.isascii():
        return Link(place, "", doubtful=True)
    if "@" in parts.netloc or len(shown) > URL_LIMIT:
        return Link(place, "")
    path, query, fragment = (quote(part, safe=_URL_SIGNS) for part in parts[2:])
    href = f"{parts.scheme}://{place}{path}" + (query and f"?{query}") + (fragment and f"#{fragment}")
    return Link(place, href if len(href) <= HREF_LIMIT else "")  # a link that is cut leads elsewhere


def _visible(raw: str) -> str:
    """``raw`` without what cannot be seen or turns other text round; line ends and blanks made alike."""
    raw = _LINE_ENDS.sub("\n", raw[:INPUT_LIMIT])
    flags = {at for met in _FLAGS.finditer(raw) for at in range(*met.span())}
    shown = "".join(c if at in flags else _shown(c) for at, c in enumerate(raw))
    return _calm(unicodedata.normalize("NFC", shown))


def _shown(c: str) -> str:
    if c in "\n\t":
        return "\n" if c == "\n" else " "
    return "" if unicodedata.category(c) in _HIDDEN or _NONCHARACTERS.match(c) else c


def _calm(shown: str) -> str:
    """Stacks of combining marks cut down."""
    kept: list[str] = []
    marks = 0
    for c in shown:
        marks = marks + 1 if unicodedata.combining(c) else 0
        if marks <= MARKS_IN_A_ROW:
            kept.append(c)
    return "".join(kept)


def _cut(whole: str, limit: int) -> str:
    return whole if len(whole) <= limit else whole[: limit - 1].rstrip() + "…"


def _spelt(phrase: str) -> str:
    words = re.split(r"[\s'’.-]+", phrase.strip())
    return r"(?<!\w)" + r"[\s'’.-]*".join(map(re.escape, words)) + r"(?!\w|\.\w)"


def _replace(shown: str, hits: Iterable[Hit]) -> str:
    """Apply the hits; where two overlap the earlier named one stands and the other keeps what is left."""
    taken: list[Hit] = []
    for hit in hits:
        start, end = _left_over(hit, taken)
        seen = shown[start:end].rstrip()
        if seen:
            taken.append((start, start + len(seen), hit[2]))
    parts: list[str] = []
    at = 0
    for start, end, instead in sorted(taken):
        dotted = instead.endswith(".") and shown[end : end + 1] == "."
        parts += shown[at:start], instead[:-1] if dotted else instead
        at = end
    return "".join(parts) + shown[at:]


def _left_over(hit: Hit, taken: list[Hit]) -> tuple[int, int]:
    start, end, _ = hit
    for other_start, other_end, _ in taken:
        if other_start <= start < other_end:
            start = other_end
        elif start < other_start < end:
            end = other_start
    return start, end


def _ascii(host: str) -> str:
    """``host`` as it travels; empty if it cannot be one."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
