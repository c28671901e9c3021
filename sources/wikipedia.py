"""Wikipedia: edits of watched articles and of their talk pages, with the words that each edit brought in.

What an edit says about a school need not name it. So each entry is headed by its article's title, and
whatever is done to the school's own article is about the school.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sources import markup, wire
from sources.base import Batch, Checkpoint, Entry, Kind, Tools
from sources.errors import Missing, Unreadable
from sources.mediawiki import MAX_TEXT, PROPERTIES, Api, Change, Edit, Refused, read_change, unwiki

MAX_COMPARES = 20
"""Edits whose words are fetched in one poll; the rest waits for the next, and nothing is lost."""

PATIENCE = timedelta(seconds=60)
"""After this a poll ends with what it has: the engine takes one of three minutes for stuck."""

FIRST_LOOK = 20
"""Newest edits that the first poll looks at, as far as they are of the last week."""

MAX_PAGES = 5
"""Answers of one chain; the API hands out 50 edits with each, or fewer."""

MAX_RECHECKED = 25

PAGE_SIZE = 50
_RECENT = 60  # edits that are remembered, so that an answer that starts too early repeats nothing
_FIRST_SPAN = timedelta(days=7)

# By what words the wiki says that it does not show a text, or does not know an edit (any more).
_NOT_SHOWN = ("missingcontent", "missingrev", "nosuchrev", "baddiff", "notext", "cantview", "permission")
_UNKNOWN_START = ("nosuchrev", "badid", "missingrev")

_GOING_ON = ("rvcontinue", "continue")
_OTHER_NAMESPACES = frozenset([
    "category", "draft", "file", "help", "portal", "special", "talk", "template", "user", "user talk",
    "wikipedia",
])  # fmt: skip
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_NEVER_IN_TITLES = re.compile(r"[#<>\[\]|{}\x00-\x1f]")
_LONGEST_TITLE = 255  # bytes, as MediaWiki has it


class WikipediaSettings(BaseModel):
    """The keys of a watch over articles."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    titles: tuple[str, ...] = Field(min_length=1, max_length=10)
    """As they stand above the articles."""
    talk: bool = True
    """Watch the talk page of each article too."""
    service: wire.WebAddress = "https://en.wikipedia.org"
    """The wiki of the language, such as ``https://cy.wikipedia.org``."""
    own_user: str = ""
    """The school's own account there, whose edits are no news."""

    @field_validator("titles", mode="before")
    @classmethod
    def _several(cls, titles: object) -> object:
        return (titles,) if isinstance(titles, str) else titles

    @field_validator("titles")
    @classmethod
    def _named(cls, titles: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(_title, titles)))

    @property
    def base(self) -> str:
        """The address of the wiki."""
        return self.service.rstrip("/")

    @property
    def pages(self) -> Iterable[str]:
        """The titles of all pages that are watched."""
        for title in self.titles:
            yield title
            if self.talk:
                yield f"Talk:{title}"  # every wiki understands this, whatever its language


def _title(told: str) -> str:
    """The title of an article in its one spelling. Raises ``ValueError``."""
    title = " ".join(told.replace("_", " ").split())
    if "://" in title:
        raise ValueError("expected the title as it stands above the article, not its address")
    if not title or _NEVER_IN_TITLES.search(title) or len(title.encode()) > _LONGEST_TITLE:
        raise ValueError('expected the title of an article, such as "Ribbleton"')
    if title.partition(":")[0].lower() in _OTHER_NAMESPACES:
        raise ValueError("expected the title of an article; its talk page is watched with it")
    return title[0].upper() + title[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """Up to where a page has been read."""

    id: int = 0
    """The last edit that was taken; 0 for none at all."""
    at: str = ""
    recent: tuple[int, ...] = ()

    @classmethod
    def of(cls, told: object) -> _Memory | None:
        """What a checkpoint says of a page; ``None`` if it was never looked at."""
        page = wire.mapping(told)
        if "id" not in page:
            return None
        recent = tuple(filter(None, map(wire.whole, wire.sequence(page.get("recent")))))
        return cls(id=wire.whole(page["id"]), at=wire.words(page.get("at")), recent=recent)

    @property
    def plain(self) -> dict[str, Any]:
        return {"id": self.id, "at": self.at, "recent": list(self.recent)}

    def knows(self, edit: Edit) -> bool:
        """Whether ``edit`` has been taken: the answer begins with the one that is asked from."""
        return edit.id == self.id or edit.id in self.recent

    def after(self, edit: Edit) -> _Memory:
        """The memory once ``edit`` has been taken."""
        return _Memory(id=edit.id, at=edit.at, recent=(edit.id, *self.recent)[:_RECENT])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page, and edits of it in the order in which they were made."""

    title: str
    exists: bool
    edits: tuple[Edit, ...] = ()
    skipped: int = 0


class WikipediaSource:
    """A watch over articles."""

    def __init__(self, settings: WikipediaSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._api = Api(settings.base, tools)

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once at the pages in turn. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        told = wire.mapping((checkpoint or {}).get("pages"))
        until = self._tools.now() + PATIENCE
        memories = {title: known for title in self._settings.pages if (known := _Memory.of(told.get(title)))}
        found: dict[str, Entry] = {}  # by id: a page may have been moved to where another title leads
        missing: set[str] = set()
        skipped = 0
        goes_on = ""
        looked = 0
        for title in self._in_turn(wire.words((checkpoint or {}).get("goes_on"))):
            if goes_on or self._is_enough(found, looked, until):
                goes_on = goes_on or title
                break
            page, memory = self._look(title, memories.get(title))
            skipped += page.skipped
            missing.update(() if page.exists else (title,))
            for edit in page.edits:
                if memory.knows(edit) or str(edit.id) in found:
                    continue
                if self._is_enough(found, looked, until):
                    goes_on = title
                    break
                if not self._is_ours(edit):
                    found[str(edit.id)] = self._entry(page.title, edit)
                memory = memory.after(edit)
            memories[title] = memory
            looked += 1
        return Batch(
            entries=tuple(found.values()),
            checkpoint={"pages": {title: one.plain for title, one in memories.items()}, "goes_on": goes_on},
            unchanged=not found,
            http_status=HTTPStatus.OK,
            skipped=skipped,
            notes=self._notes(missing, skipped, goes_on),
        )

    def _in_turn(self, first: str) -> Sequence[str]:
        """All pages, beginning where the last poll had to stop."""
        pages = list(self._settings.pages)
        start = pages.index(first) if first in pages else 0
        return pages[start:] + pages[:start]

    def _is_enough(self, found: Mapping[str, Entry], looked: int, until: datetime) -> bool:
        """Whether the rest has to wait for the next poll; each one gets on by an edit or a page at least."""
        return len(found) >= MAX_COMPARES or (bool(found or looked) and self._tools.now() >= until)

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each edit as it is shown now; ``None`` where page or words are gone. Raises ``SourceError``."""
        until = self._tools.now() + PATIENCE
        asked = [one for one in ids if _NUMBER.fullmatch(one)][:MAX_RECHECKED]
        if not asked:
            return {}
        told = self._api.ask(action="query", prop="revisions", revids="|".join(asked), rvprop=PROPERTIES)
        query = wire.mapping(told.get("query"))
        gone = {name for name in wire.mapping(query.get("badrevids")) if name in asked}
        found: dict[str, Entry | None] = dict.fromkeys(gone)
        for page in map(wire.mapping, wire.sequence(query.get("pages"))):
            for edit in filter(None, map(Edit.of, wire.sequence(page.get("revisions")))):
                if str(edit.id) not in asked or self._tools.now() >= until:
                    continue
                found[str(edit.id)] = None if edit.is_hidden else self._entry(_shown(page), edit)
        return found

    def _notes(self, missing: set[str], skipped: int, goes_on: str) -> tuple[str, ...]:
        lost = missing.intersection(self._settings.titles)
        if len(lost) == len(self._settings.titles):
            raise Missing(
                "there is no such article",
                remedy="correct titles to what stands above the article, or leave this source out until there is one",
            )
        notes = {
            "one of the articles does not exist": bool(lost),
            "some edits could not be read": skipped > 0,
            "there was too much to read; the rest comes with the next poll": bool(goes_on),
        }
        return tuple(note for note, holds in notes.items() if holds)

    def _is_ours(self, edit: Edit) -> bool:
        return bool(self._settings.own_user) and edit.user == self._settings.own_user

    def _look(self, title: str, memory: _Memory | None) -> tuple[_Page, _Memory]:
        """What is new on a page, and the memory to go on from."""
        if memory is None:
            return self._first_look(title)
        onward = {"rvdir": "newer", "rvlimit": str(PAGE_SIZE)}
        try:
            start = {"rvstartid": str(memory.id)} if memory.id else {}
            return self._chain(title, {**onward, **start}), memory
        except Refused as refused:
            if not refused.code.startswith(_UNKNOWN_START):
                raise
        if not memory.at:
            return self._first_look(title)
        # that edit has been deleted since
        return self._chain(title, {**onward, "rvstart": memory.at}), memory

    def _first_look(self, title: str) -> tuple[_Page, _Memory]:
        page = self._chain(title, {"rvdir": "older", "rvlimit": str(FIRST_LOOK)}, FIRST_LOOK)
        since = self._tools.now() - _FIRST_SPAN
        recent = {edit.id for edit in page.edits if (markup.when(edit.at) or since) >= since}
        new = tuple(edit for edit in reversed(page.edits) if edit.id in recent)
        start = new[0].parent if new else 0
        memory = _Memory(id=0 if start in recent else start)  # an answer may call an edit its own parent
        for edit in reversed(page.edits):
            memory = memory if edit.id in recent else memory.after(edit)
        return replace(page, edits=new), memory

    def _chain(self, title: str, asked: Mapping[str, str], most: int = MAX_COMPARES + 1) -> _Page:
        """Edits of a page, ``most`` or a few more; the API may hand out few at a time, or none and yet go on."""
        edits: dict[int, Edit] = {}
        skipped = 0
        going_on: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            told = self._api.ask(**_list(title), **asked, **going_on)
            page = _page(told)
            if page.edits and all(edit.id in edits for edit in page.edits):
                raise Unreadable("Wikipedia's list of edits goes round in a circle")
            edits.update((edit.id, edit) for edit in page.edits)
            skipped += page.skipped
            more = wire.mapping(told.get("continue"))
            going_on = {name: wire.words(more[name]) for name in _GOING_ON if name in more}
            if not any(going_on.values()) or len(edits) >= most:
                break
        return replace(page, edits=tuple(edits.values()), skipped=skipped)

    def _entry(self, title: str, edit: Edit) -> Entry:
        change = Change() if edit.is_hidden else self._change(edit)
        removed = "" if edit.undoes else change.removed  # what is undone was told when it came
        remarks = "; ".join(edit.remarks)
        lines = (
            change.added,
            f"removed: {removed}" if removed else "",
            f"edit summary: {edit.summary}" if edit.summary else "",
            "An earlier edit was undone." if edit.undoes else "",
            f"({remarks})" if remarks else "",
        )
        since = f"&oldid={edit.parent}" if edit.parent else ""
        return Entry(
            id=str(edit.id),
            url=f"{self._settings.base}/w/index.php?diff={edit.id}{since}",
            title=f"{title}: edit on Wikipedia",  # so that each edit of the school's article is about the school
            text=markup.tidy("\n".join(lines)),
            author=edit.user,
            published=markup.when(edit.at, now=self._tools.now()),
            kind="edit",
        )

    def _change(self, edit: Edit) -> Change:
        """The words that an edit brought and took; none where the wiki no longer shows them."""
        try:
            return self._compared(edit) if edit.parent else self._created(edit)
        except Refused as refused:
            if refused.code.startswith(_NOT_SHOWN):
                return Change()
            raise

    def _compared(self, edit: Edit) -> Change:
        told = self._api.ask(action="compare", fromrev=str(edit.parent), torev=str(edit.id), prop="diff")
        compared = told.get("compare")
        if not isinstance(compared, dict):
            raise Unreadable("Wikipedia answers without the comparison that was asked for")
        body = wire.words(compared.get("body")).encode("utf-8", "replace")
        try:
            return self._tools.parser.run(read_change, body)
        except Unreadable:  # too large, or a trap: one edit must not hide those after it
            return Change(added="(its words could not be read)")

    def _created(self, edit: Edit) -> Change:
        """The words of a page's first edit: all of them."""
        told = self._api.ask(
            action="query", prop="revisions", revids=str(edit.id), rvprop="content", rvslots="main"
        )
        pages = wire.sequence(wire.mapping(told.get("query")).get("pages"))
        revisions = wire.sequence(wire.mapping(pages[0]).get("revisions")) if pages else ()
        slots = wire.mapping(wire.mapping(revisions[0]).get("slots")) if revisions else {}
        text = wire.words(wire.mapping(slots.get("main")).get("content"))
        return Change(added=unwiki(text[:MAX_TEXT]))


def _list(title: str) -> dict[str, str]:
    """What is asked about a page, whichever way; a page that was moved is followed."""
    return {"action": "query", "prop": "revisions", "titles": title, "redirects": "1", "rvprop": PROPERTIES}


def _page(told: Mapping[str, Any]) -> _Page:
    """The one page of an answer."""
    pages = map(wire.mapping, wire.sequence(wire.mapping(told.get("query")).get("pages")))
    page = next(filter(_shown, pages), None)
    if page is None:
        raise Unreadable("Wikipedia answers without the page that was asked for")
    revisions = wire.sequence(page.get("revisions"))
    edits = tuple(filter(None, map(Edit.of, revisions)))
    return _Page(
        title=_shown(page),
        exists=not (page.get("missing") or page.get("invalid")),
        edits=edits,
        skipped=len(revisions) - len(edits),
    )


def _shown(page: Mapping[str, Any]) -> str:
    return markup.one_line(wire.words(page.get("title")), markup.TITLE_LIMIT)


def _locate(settings: WikipediaSettings) -> str:
    return f"{settings.base}?titles={'|'.join(settings.titles)}" + ("" if settings.talk else "&talk=no")


def _host(settings: WikipediaSettings) -> str:
    return wire.host(settings.service)


KIND = Kind(
    settings=WikipediaSettings,
    build=WikipediaSource,
    locate=_locate,
    host=_host,
    every=timedelta(hours=1),
    sees="edits of Wikipedia articles and their talk pages, by the words that were added or removed",
    cannot="articles that are not listed, and words that the wiki's administrators hid before we looked",
    terms="CC BY-SA 4.0; one request at a time, fewer when the wiki is busy, and an address to write to with each",
)
