"""What must hold for whatever came out of hostile bytes; ``BrokenPromiseError`` says what does not."""

from __future__ import annotations

import email
import re
import traceback
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

from alerts.base import Message
from sources import letters, markup
from sources.base import Entry
from sources.errors import SourceError
from sources.items import Feed
from sources.letter import Letter
from sources.unseen import MAX_ENTRIES, Reading, fresh

ROOT = Path(__file__).parents[2]
LONGEST_LINE = 998
"""Octets of a line of mail (RFC 5322, 2.1.1)."""

_OURS = tuple(str(ROOT / package) for package in ("sources", "alerts", "monitor", "tests"))
_ID_LIMIT = 500
_SECOND_LIMIT = 1_000  # letters of a problem
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")  # letters that turn other text round
_TAGS = frozenset([
    "a", "blockquote", "body", "br", "code", "div", "h1", "h2", "h3", "head", "html", "li", "meta", "ol", "p",
    "span", "strong", "table", "tbody", "td", "th", "thead", "title", "tr", "ul", "wbr",
])  # fmt: skip
_ATTRIBUTES = frozenset([
    "aria-hidden", "aria-label", "charset", "colspan", "content", "dir", "href", "lang", "name", "rel", "role",
    "scope", "style",
])  # fmt: skip


class BrokenPromiseError(AssertionError):
    """Something came out that never should."""


def keep(*, that: bool, promise: str) -> None:
    """Raise ``BrokenPromiseError`` unless ``that`` holds."""
    if not that:
        raise BrokenPromiseError(promise)


@contextmanager
def only_source_errors() -> Iterator[None]:
    """Let pass what a source may raise."""
    try:
        yield
    except SourceError as error:
        keep(
            that=len(str(error)) < _SECOND_LIMIT and str(error).isprintable(),
            promise="an error is one sentence",
        )


@contextmanager
def in_the_cage() -> Iterator[None]:
    """Let pass what the cage turns into ``Unreadable``, unless it was our own code that stumbled."""
    try:
        with only_source_errors():
            yield
    except BrokenPromiseError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1].filename
        if last.startswith(_OURS):
            raise


def feed(found: Feed) -> None:
    """What every reader of a format promises."""
    reading = fresh(found, ())
    entries(reading)
    keep(that=fresh(found, reading.marks).entries == (), promise="nothing is new twice")


def entries(reading: Reading) -> None:
    """What an entry may look like when it leaves the cage."""
    keep(that=len(reading.entries) <= MAX_ENTRIES, promise="not too many entries")
    keep(
        that=reading.problem.isprintable() and len(reading.problem) < _SECOND_LIMIT,
        promise="a problem is a sentence",
    )
    ids = [entry.id for entry in reading.entries]
    keep(that=len(ids) == len(set(ids)), promise="an id stands once")
    for entry in reading.entries:
        _entry(entry)


def _entry(entry: Entry) -> None:
    for name in ("id", "url", "title", "text", "author", "language"):  # ids of other posts are only compared
        value = getattr(entry, name)
        keep(that=not _CONTROL.search(value), promise=f"no control character in {name}")
    keep(that=0 < len(entry.id) <= _ID_LIMIT, promise="an id is there, and short")
    keep(that=len(entry.text) <= markup.TEXT_LIMIT, promise="a text ends")
    _line(entry.title, markup.TITLE_LIMIT)
    _line(entry.author, markup.NAME_LIMIT)
    for moment in (entry.published, entry.edited):
        keep(that=moment is None or moment.utcoffset() is not None, promise="a moment has a zone")
        keep(that=moment is None or moment.year >= markup.OLDEST_YEAR, promise="a moment is sane")
    is_web = entry.url.lower().startswith(("http://", "https://")) and len(entry.url) <= markup.LINK_LIMIT
    keep(
        that=not entry.url or (is_web and not re.search(r"\s", entry.url)),
        promise="a link leads into the web",
    )


def _line(text: str, limit: int) -> None:
    keep(that=len(text) <= limit and len(text.splitlines()) <= 1, promise="a name or title is one short line")


def letter(found: Letter) -> None:
    """What a letter of our mailbox may look like when it leaves the cage."""
    keep(that=len(found.text) <= letters.TEXT_LIMIT, promise="a text ends")
    keep(that=len(found.reports) <= letters.MOST_REPORTS, promise="reports end")
    keep(that=len(found.parents) <= letters.MOST_PARENTS, promise="parents end")
    keep(that=set(found.headers) <= set(letters.TELLING), promise="only headers that tell")
    for value in (found.text, *found.forwarded):
        keep(that=not _CONTROL.search(value), promise="no control character in a text")
    for address in (found.sender, *found.to, *(report.recipient for report in found.reports)):
        keep(that=not address or address.count("@") == 1, promise="an address is one")
        _line(address, _ID_LIMIT)
    for value in (found.subject, *found.headers.values()):
        _line(value, letters.SUBJECT_LIMIT)


def mail(message: Message, octets: bytes) -> None:
    """What a mail may look like when it leaves the house."""
    keep(that="(This mail is plain because" not in message.text, promise="the usual form can be made")
    keep(that=b"\n" not in octets.replace(b"\r\n", b""), promise="lines end as on the wire")
    keep(that=octets.isascii(), promise="a mail is ASCII")
    keep(
        that=max(map(len, octets.split(b"\r\n"))) <= LONGEST_LINE,
        promise="lines are short enough for any server",
    )
    built = email.message_from_bytes(octets, policy=default)
    keep(that=not built.defects, promise="a mail can be read")
    expected = sorted(["Message-ID", "To", "Subject", "MIME-Version", "Content-Type", *message.headers])
    keep(that=sorted(built.keys()) == expected, promise="no header was added")
    keep(that=" ".join(str(built["Subject"]).split()) == message.subject, promise="the subject arrives")
    for shown in (message.subject, message.text):
        keep(
            that=not _CONTROL.search(shown) and not _TURNED.search(shown),
            promise="nothing hidden, nothing turned",
        )
    _page(message.html)


def _page(html: str) -> None:
    page = _Page()
    page.feed(html)
    page.close()
    keep(that=page.tags <= _TAGS, promise=f"only our own tags: {sorted(page.tags - _TAGS)}")
    keep(
        that=page.names <= _ATTRIBUTES, promise=f"only our own attributes: {sorted(page.names - _ATTRIBUTES)}"
    )
    keep(that=not page.odd, promise="nothing but tags and text")
    for link in page.links:
        keep(
            that=link.startswith(("http://", "https://", "tel:", "mailto:")),
            promise="a link leads into the web",
        )
        keep(that=link.isascii() and link.isprintable() and " " not in link, promise="a link deceives nobody")
    keep(that=not _TURNED.search(html) and not _hidden(html), promise="nothing hidden, nothing turned")


def _hidden(text: str) -> Iterable[str]:
    """Characters that nobody sees, but for the tags in the flags of the home nations."""
    return [
        c
        for c in text
        if unicodedata.category(c) in {"Cf", "Co", "Cs"} and not "\U000e0020" <= c <= "\U000e007f"
    ]


class _Page(HTMLParser):
    """Gathers what a mail program would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.names.add(name)
            if name == "href":
                self.links.append(value or "")
            keep(that=name != "style" or "(" not in (value or ""), promise="a style loads nothing")

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_pi(self, data: str) -> None:
        self.odd.append(data)

    def unknown_decl(self, data: str) -> None:
        self.odd.append(data)
