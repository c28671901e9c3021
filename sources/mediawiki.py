"""MediaWiki as Wikipedia runs it: its API for a stranger, one edit as it lists them, one comparison as it writes it.

Facts from its documentation: an error may come with status 200; a text, a name or a summary may be hidden
afterwards; what a filter or the software thinks of an edit stands in its tags, some of which
(``mw-reverted``) come later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sources import markup, status, wire
from sources.base import Answer, Tools
from sources.errors import Denied, SourceError, Throttled, Unreachable, Unreadable

if TYPE_CHECKING:
    from bs4 import Tag

PROPERTIES = "ids|timestamp|user|comment|size|sha1|tags|flags"
"""What is asked of each edit."""

MAX_TEXT = 300_000
"""Bytes of a comparison, or characters of a text, that are read; the longest articles have as many."""

_MAX_LAG = "5"  # seconds that the copies of the wiki's database may be behind, by its own advice
_MAX_REMOVED = 2_000  # characters: what is gone matters less than what came

_BUSY = frozenset(["maxlag", "ratelimited", "readonly"])
_UNDOING = frozenset(["mw-undo", "mw-rollback", "mw-manual-revert"])
_SUSPECT = re.compile(r"vandal|abuse|attack|libel|bad word|profan|repeating|blank", re.IGNORECASE)

_SECTION = re.compile(r"/\*.*?\*/")  # what the software puts before a summary
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_QUOTES = re.compile(r"'{2,5}")
_REFERENCE = re.compile(r"</?ref\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One revision as the wiki lists it."""

    id: int
    parent: int
    told: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, told: object) -> Edit | None:
        """The edit that the API tells of; ``None`` if it is none."""
        revision = wire.mapping(told)
        name = wire.whole(revision.get("revid"))
        return cls(id=name, parent=wire.whole(revision.get("parentid")), told=revision) if name else None

    @property
    def at(self) -> str:
        """When, as the wiki writes it."""
        return wire.words(self.told.get("timestamp"))

    @property
    def tags(self) -> frozenset[str]:
        """What software and filters think of it."""
        return frozenset(map(wire.words, wire.sequence(self.told.get("tags"))))

    @property
    def user(self) -> str:
        """Who; nothing where the name has been hidden."""
        return markup.one_line(wire.words(self.told.get("user")), markup.NAME_LIMIT)

    @property
    def is_hidden(self) -> bool:
        """The wiki's administrators have taken the words away."""
        return any(self.told.get(name) is True for name in ("sha1hidden", "texthidden", "suppressed"))

    @property
    def undoes(self) -> bool:
        """It takes an earlier edit back."""
        return not self.tags.isdisjoint(_UNDOING)

    @property
    def summary(self) -> str:
        """What its author says about it; the software's own words about an undoing are nobody's."""
        if self.undoes:
            return ""
        return markup.one_line(_SECTION.sub(" ", wire.words(self.told.get("comment"))), markup.TITLE_LIMIT)

    @property
    def remarks(self) -> Iterable[str]:
        """What the wiki knows of the edit, in our words."""
        if self.told.get("temp") is True or self.told.get("anon") is True or self.user.startswith("~"):
            yield "not signed in"
        if "mw-reverted" in self.tags:
            yield "since undone"
        if any(map(_SUSPECT.search, self.tags)):
            yield "doubted by the wiki's own filters"
        if self.is_hidden:
            yield "its words have been hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an edit did to the words."""

    added: str = ""
    removed: str = ""


class Refused(Unreadable):
    """The wiki understood, and says no; ``code`` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__("Wikipedia cannot answer what it was asked")
        self.code = code


class Api:
    """MediaWiki's API, for a stranger."""

    def __init__(self, base: str, tools: Tools) -> None:
        self._address = f"{base}/w/api.php"
        self._tools = tools

    def ask(self, **asked: str) -> Mapping[str, Any]:
        """Ask. Raises ``SourceError``; ``Refused`` where the wiki itself says no."""
        always = {"format": "json", "formatversion": "2", "maxlag": _MAX_LAG}
        url = f"{self._address}?{wire.query({**asked, **always})}"
        return self._read(self._tools.fetcher.get(url, headers={"Accept": "application/json"}))

    def _read(self, answer: Answer) -> Mapping[str, Any]:
        now = self._tools.now()
        if answer.status == HTTPStatus.FORBIDDEN:
            raise Denied(
                "Wikipedia refuses to answer us",
                http_status=answer.status,
                remedy="it asks every program for an address to write to: fill in notice_url, or contact under [fetch]",
            )
        told = wire.parse_json(status.check(answer, now=now).body)
        if not isinstance(told, dict):
            raise Unreadable("the answer is JSON, but no answer of Wikipedia", http_status=answer.status)
        if "error" in told:
            wait = status.retry_after(answer.headers, now=now)
            raise _error(wire.words(wire.mapping(told["error"]).get("code")), wait)
        return told


def _error(code: str, wait: timedelta | None) -> SourceError:
    if code in _BUSY:
        return Throttled("Wikipedia asks for patience", retry_after=wait or status.SHORTEST_THROTTLE)
    if code.startswith("internal_api_error"):
        return Unreachable("Wikipedia has an error of its own")
    return Refused(code)


def read_change(body: bytes) -> Change:
    """Read the rows of a comparison as MediaWiki writes it. Runs in the parser's cage."""
    table = markup.soup(b"<table>" + body[:MAX_TEXT], "utf-8")
    added: list[str] = []
    removed: list[str] = []
    for row in table.find_all("tr"):
        if row.find("tr"):  # no honest row holds another, and a nest of them would cost a lot
            continue
        came, went = row.select_one("td.diff-addedline"), row.select_one("td.diff-deletedline")
        # A line that stands on both sides, or was moved, is new only in the parts that are marked.
        is_old = bool(came and went) or row.select_one("[class*=mw-diff-movedpara]") is not None
        added += _words(came, "ins" if is_old else "")
        removed += _words(went, "del" if is_old else "")
    return Change(added=unwiki("\n".join(added)), removed=unwiki("\n".join(removed))[:_MAX_REMOVED])


def _words(cell: Tag | None, marked: str) -> Iterable[str]:
    if cell is None:
        return
    if not marked:
        yield cell.get_text()
        return
    parts = [part.get_text() for part in cell.select(marked)]
    if parts:
        yield " … ".join(parts)


def unwiki(text: str) -> str:
    """Wiki text without the marks that part words: links, bold and italics, notes."""
    return markup.tidy(_REFERENCE.sub(" ", _QUOTES.sub("", _LINK.sub(r"\1", text))))
