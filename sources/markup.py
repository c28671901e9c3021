"""Markup from the world made plain: text, links, dates, and the publisher's wish not to be quoted.

BeautifulSoup and lxml are loaded only when a document is read: that happens in the parser's cage,
and the main process stays small.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from sources.base import USER_AGENT_TOKEN

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

TEXT_LIMIT = 100_000
"""Characters of one entry that are looked at; a long read in a newspaper has 30,000."""
TITLE_LIMIT = 500
NAME_LIMIT = 200
LINK_LIMIT = 2_000

_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol",
    "option", "p", "pre", "section", "select", "summary", "table", "tbody", "tfoot", "thead", "tr",
    "ul",
])  # fmt: skip
_CELLS = frozenset(["td", "th"])
_UNSEEN = frozenset(["head", "iframe", "noembed", "noframes", "script", "style", "template"])
# What a reader never sees: controls other than white space, and halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")

_HEAD = 2_000  # bytes in which a page says how it is written (HTML: 1,024)
_DECLARED = re.compile(rb"charset=[\"']?([\w-]{1,40})", re.IGNORECASE | re.ASCII)
# Python knows more names than there are on the web, and some of those are slow or no text at all.
_ENCODINGS = re.compile(r"utf|iso-?8859|windows|cp125|latin|shift|euc|gb|big5|koi8|mac", re.IGNORECASE)

_TRACKERS = re.compile(r"(utm_|at_|ns_|mc_)\w+|(fb|g|d)clid|msclkid|igshid|ref_src", re.IGNORECASE)
_NO_QUOTE = frozenset(["noindex", "noarchive", "nosnippet", "none"])

OLDEST_YEAR = 1990  # there was no web before; such dates are empty fields or mischief
MAX_AHEAD = timedelta(days=1)  # wrong time zones are forgiven, dates of coming events are not

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_HOURS = {
    "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "AST": -4, "EDT": -4, "EST": -5,
    "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8,
}  # fmt: skip
_MONTH = rf"(?P<m>(?:{'|'.join(_MONTHS)})[a-z]*)"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<y>\d{4})-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?(?!\d)",  # W3C-DTF, RFC 3339
        r"\b(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?=T\d)",  # ISO 8601, basic
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+{_MONTH}\.?,?[\s-]+(?P<y>\d{{4}}|\d\d)\b",
        rf"\b{_MONTH}\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b",  # Nov 23, 2026
        rf"\b{_MONTH} +(?P<d>\d{{1,2}}) [\d:]{{5,8}} (?:[a-z]{{3,4}} )?(?P<y>\d{{4}})\b",  # asctime
        r"\b(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4}|\d\d)\b",  # as written in Britain
    )
)
_TIME = re.compile(
    r"(?<![\d:+-])(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d))?(?:[.,](?P<f>\d{1,6})\d*)?\s*(?P<half>[ap]\.?m\b)?"
    r"|T(?P<H2>\d\d)(?P<M2>\d\d)(?P<S2>\d\d)?",
    re.IGNORECASE,
)
_ZONE = re.compile(r"\s*(?P<name>[A-Z]{1,5}\b)?\s*(?P<sign>[+-])?(?(sign)(?P<h>\d{1,2}):?(?P<m>\d\d)?)")


def tidy(text: str, limit: int = TEXT_LIMIT) -> str:
    """Plain text with white space folded line by line, without what a reader never sees."""
    lines = (" ".join(line.split()) for line in _UNPRINTABLE.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)[:limit].rstrip()


def one_line(text: str, limit: int) -> str:
    """Like ``tidy``, on a single line: for titles and names."""
    return " ".join(tidy(text, limit).split("\n"))


def plain(html: str, limit: int = TEXT_LIMIT, *, ellipses: bool = False) -> str:
    """The text that a reader of ``html`` sees; blocks stand on lines of their own.

    ``ellipses``: put "…" behind ``span.ellipsis``, as Mastodon means it.
    """
    if "<" not in html and "&" not in html:
        return tidy(" ".join(html.split()), limit)
    from lxml import etree  # type: ignore[import-untyped]  # noqa: PLC0415 -- no types; cage only

    visible = _Visible(ellipses=ellipses)
    parser = etree.HTMLParser(target=visible, encoding="utf-8")
    parser.feed(printable(html).encode())
    return tidy(parser.close(), limit)


def gap(tag: str) -> str:
    """What parts an element of that name from the words round it."""
    if tag in _BLOCKS:
        return "\n"
    return " " if tag in _CELLS else ""


def printable(text: str) -> str:
    """``text`` without what a reader never sees, nor what no parser can be given."""
    return _UNPRINTABLE.sub("", text)


class _Visible:
    """Gathers visible text while lxml reads; no tree is built, so nesting costs nothing."""

    def __init__(self, *, ellipses: bool = False) -> None:
        self._pieces: list[str] = []
        self._hidden = 0
        self._ellipses = ellipses
        self._spans: list[str] = []
        """What stands behind each open ``span``."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "span" and self._ellipses:
            self._spans.append("…" if "ellipsis" in attributes.get("class", "").split() else "")
        if self._hidden or tag in _UNSEEN or _is_invisible(tag, attributes):
            self._hidden += 1
        elif tag in _BLOCKS:
            self._pieces.append("\n")
        elif tag in _CELLS:
            self._pieces.append(" ")

    def end(self, tag: str) -> None:
        if tag == "span" and self._spans:
            self.data(self._spans.pop())
        if self._hidden:
            self._hidden -= 1
        elif tag in _BLOCKS:
            self._pieces.append("\n")

    def data(self, data: str) -> None:
        if not self._hidden:
            self._pieces.append(" ".join(data.split("\n")))

    def close(self) -> str:
        return "".join(self._pieces)


def _is_invisible(tag: str, attributes: Mapping[str, str]) -> bool:
    return tag == "span" and "invisible" in attributes.get("class", "").split()


def is_utf8(body: bytes) -> bool:
    """Whether the bytes are UTF-8, which nothing but UTF-8 is by accident."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def soup(body: bytes, charset: str = "") -> BeautifulSoup:
    """The page as a tree, by lxml: html.parser and html5lib hang on hostile pages.

    ``charset`` is what the header claims.
    """
    return tree(decoded(body, charset))


def tree(html: str) -> BeautifulSoup:
    """The tree of a page whose letters are known."""
    from bs4 import BeautifulSoup  # noqa: PLC0415 -- in the cage only: the main process stays small

    with warnings.catch_warnings():  # it warns of XML, and of texts that look like file names
        warnings.simplefilter("ignore")
        return BeautifulSoup(html, "lxml")


def decoded(body: bytes, charset: str) -> str:
    """The text of a page: UTF-8 if it can be, else as header or page say, else as in old British pages."""
    declared = _DECLARED.search(body[:_HEAD])
    marked = "utf-16" if body.startswith((b"\xff\xfe", b"\xfe\xff")) else ""
    for name in ("utf-8-sig", marked, charset, declared[1].decode() if declared else ""):
        if _ENCODINGS.match(name):
            try:
                return body.decode(name)
            except (LookupError, UnicodeDecodeError):
                continue
    return body.decode("windows-1252", "replace")


def absolute(link: str, base: str = "") -> str:
    """``link`` as a complete web address, or nothing if it is none (``javascript:``, ``mailto:``)."""
    clean = one_line(link, LINK_LIMIT + 1).replace(" ", "%20")
    try:
        address = urljoin(base, clean) if clean else ""
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and parts.hostname and len(address) <= LINK_LIMIT
    except ValueError:
        return ""
    return address if usable else ""


def untracked(link: str) -> str:
    """``link`` without the parameters that only say how it was passed on.

    The fragment stays: on many pages it is what tells one comment from the next.
    """
    parts = urlsplit(link)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in query if not _TRACKERS.fullmatch(pair[0])]
    return link if kept == query else urlunsplit(parts._replace(query=urlencode(kept)))


def is_quotable(header: str = "", metas: Iterable[str] = ()) -> bool:
    """Whether ``X-Robots-Tag`` and ``<meta name=robots>`` leave us free to keep and quote a page.

    Rules named for another robot are not ours; where rules differ the strictest one holds.
    """
    return _NO_QUOTE.isdisjoint(_our_rules(header)) and all(
        _NO_QUOTE.isdisjoint(_our_rules(meta)) for meta in metas
    )


def _our_rules(rules: str) -> Iterable[str]:
    ours = True
    for part in rules.lower().split(","):
        robot, colon, rule = part.rpartition(":")
        if colon and "-" not in robot and "unavailable" not in robot:  # not max-snippet:0 and its like
            ours = robot.strip() in {"*", "robots", USER_AGENT_TOKEN.lower()}
        if ours:
            yield rule.strip()


def when(value: object, *, now: datetime | None = None) -> datetime | None:
    """The moment a publisher wrote down, in UTC; ``None`` if it says nothing or nothing sane.

    Reads W3C-DTF, RFC 822 with its mutations (two-digit years, ``GMT+1``, ``BST``), asctime and
    British dates. A time without a zone is UTC.
    """
    text = value[:100] if isinstance(value, str) else ""
    date = next(filter(None, (pattern.search(text) for pattern in _DATES)), None)
    if not date:
        return None
    time = _TIME.search(text, date.end()) or _TIME.search(text)
    try:
        day = datetime(_year(date["y"]), _month(date["m"]), int(date["d"] or 1), tzinfo=UTC)
        moment = _at(day, time).replace(tzinfo=_zone(text, time)) if time else day
        return sane(moment.astimezone(UTC), now=now)
    except (ValueError, KeyError, OverflowError):
        return None


def sane(moment: datetime, *, now: datetime | None = None) -> datetime | None:
    """``moment``, unless it lies before the web or in the future."""
    if moment.year < OLDEST_YEAR or (now and moment > now + MAX_AHEAD):
        return None
    return moment


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 -- two digits are what this is about
        return year
    return year + (1900 if year >= 70 else 2000)  # noqa: PLR2004 -- the turn that POSIX chose


def _month(word: str) -> int:
    return int(word) if word.isdecimal() else _MONTHS[word[:3].lower()]


def _at(day: datetime, time: re.Match[str]) -> datetime:
    hour = int(time["H"] or time["H2"])
    if time["half"]:
        hour = hour % 12 + (12 if time["half"][0] in "pP" else 0)
    second = min(int(time["S"] or time["S2"] or 0), 59)  # leap seconds exist (RFC 3339)
    fraction = int((time["f"] or "0").ljust(6, "0"))
    return day.replace(hour=hour, minute=int(time["M"] or time["M2"]), second=second, microsecond=fraction)


def _zone(text: str, time: re.Match[str]) -> timezone:
    zone = _ZONE.match(text, time.end())
    if zone and zone["sign"]:
        offset = timedelta(hours=int(zone["h"]), minutes=int(zone["m"] or 0))
        return timezone(-offset if zone["sign"] == "-" else offset)
    return timezone(timedelta(hours=_HOURS.get(zone["name"] or "", 0) if zone else 0))
