"""The second look at a feed's entries: who is named only in the article is found there.

A feed shows a headline and a sentence. Where those hint at somebody whom they do not name, the article behind them is
fetched, once, with the publisher's leave (robots.txt) and few at a poll; the entry then comes again with its text.
What has to wait is left out of what the feed is known by, so that the feed itself brings it back: of the words nothing
is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sources import markup, prose, status, unseen, walls, wire
from sources.base import Batch, Checkpoint, Entry, Tools
from sources.errors import Denied, Missing, SourceError, Throttled, Unreadable
from sources.items import Item, digest

MAX_FETCHES = 5
"""Articles that one poll asks for: a reader's pace, whatever the feed holds."""

MAX_TRIES = 3
"""Polls that ask for an article which cannot be had."""

PATIENCE = timedelta(seconds=60)
"""After this no further article is asked for: the engine takes a poll of three minutes for stuck."""

MAX_WAITING = 300
"""Entries that wait for their turn; no feed of news lists more."""

MAX_READ = 600
"""Articles that are remembered as done with, so that none is asked for again."""

_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_PAGES = ("text/html", "application/xhtml")
_KEY = "articles"

Look: TypeAlias = Callable[[Checkpoint | None], Batch]
"""One look at the feed itself."""


@dataclass(slots=True)
class _Memory:
    """What the checkpoint says of articles. Entries that wait are known by their words, those done with by their id."""

    waiting: dict[str, int]
    """How often each was tried."""
    backlog: set[str]
    """Those that stood there when the feed was first looked at."""
    read: list[str]

    @classmethod
    def of(cls, checkpoint: Checkpoint | None) -> _Memory:
        told = wire.mapping((checkpoint or {}).get(_KEY))
        waiting = {name: wire.whole(tries) for name, tries in wire.mapping(told.get("waiting")).items()}
        return cls(
            waiting=dict(list(waiting.items())[:MAX_WAITING]),
            backlog=set(map(wire.words, wire.sequence(told.get("backlog")))),
            read=[wire.words(name) for name in wire.sequence(told.get("read"))],
        )

    @property
    def plain(self) -> dict[str, Any]:
        waiting = dict(list(self.waiting.items())[:MAX_WAITING])
        backlog = [name for name in waiting if name in self.backlog]
        return {"waiting": waiting, "backlog": backlog, "read": self.read[-MAX_READ:]}


class Articles:
    """Reads the articles behind the entries of one feed."""

    def __init__(self, tools: Tools, look: Look) -> None:
        self._tools = tools
        self._look = look

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look at the feed, and at the articles whose turn it is. Raises ``SourceError`` if the feed cannot be read."""
        memory = _Memory.of(checkpoint)
        batch = self._look(_without(checkpoint, memory.waiting))
        known = {
            _words(entry): memory.waiting[_words(entry)]
            for entry in batch.entries
            if _words(entry) in memory.waiting
        }
        if not batch.unchanged:
            memory.waiting = known  # the feed lists the others no more
        new = [entry for entry in batch.entries if _words(entry) not in known]
        self._queue(new, memory, first=not checkpoint)
        turn = _Turn(self._tools)
        found = {entry.id: entry for entry in new if not self._says_less(entry, memory)}
        for entry in self._in_turn(batch.entries, memory):
            complete = turn.read(entry, memory)
            if complete is not None:
                found[entry.id] = complete
        entries = [found[entry.id] for entry in batch.entries if entry.id in found]
        return replace(
            batch,
            entries=tuple(entries),
            checkpoint={**batch.checkpoint, _KEY: memory.plain},
            notes=(*batch.notes, *turn.notes(left=len(memory.waiting))),
        )

    def _queue(self, new: Iterable[Entry], memory: _Memory, *, first: bool) -> None:
        for entry in new:
            if entry.url and _name(entry) not in memory.read and self._tools.hints(entry):
                memory.waiting[_words(entry)] = 0
                memory.backlog.update([_words(entry)] if first else ())

    def _says_less(self, entry: Entry, memory: _Memory) -> bool:
        """Whether an entry only has another headline, while its article has been read already."""
        return _name(entry) in memory.read and self._tools.hints(entry) > 0

    def _in_turn(self, entries: Iterable[Entry], memory: _Memory) -> Sequence[Entry]:
        """Whatever waits: what failed comes last, the strongest hint first, among equals the newest, as feeds list them."""
        waiting = [entry for entry in entries if _words(entry) in memory.waiting]
        return sorted(waiting, key=lambda entry: (memory.waiting[_words(entry)], -self._tools.hints(entry)))


class _Turn:
    """What one poll may fetch, and what came of it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._left = MAX_FETCHES
        self._until: datetime = tools.now() + PATIENCE
        self._remarks: list[str] = []

    def read(self, entry: Entry, memory: _Memory) -> Entry | None:
        """The entry with its article; ``None`` if it has to wait, or there is nothing to be had."""
        if self._left <= 0 or self._tools.now() >= self._until:
            return None
        self._left -= 1
        name = _words(entry)
        try:
            found = self._fetch(entry)
        except SourceError as error:
            if isinstance(error, Throttled) or error.remedy == walls.ASK:
                self._left = 0  # the next one would fare no better
            self._failed(error)
            memory.waiting[name] += 1
            if not _may_pass(error) or memory.waiting[name] >= MAX_TRIES:
                _done(entry, memory)
            return None
        is_backlog = name in memory.backlog
        _done(entry, memory)
        return replace(found, backlog=is_backlog) if found else None

    def notes(self, *, left: int) -> Sequence[str]:
        """What the operator should know of it."""
        waiting = (f"articles that wait for the next polls: {left}",) if left else ()
        return (*dict.fromkeys(self._remarks), *waiting)

    def _fetch(self, entry: Entry) -> Entry | None:
        answer = self._tools.fetcher.get(entry.url, headers={"Accept": _ACCEPT}, obey_robots=True)
        walls.check(answer)
        status.check(answer, now=self._tools.now())
        kind = answer.headers.get("content-type", "")
        if kind and not kind.lower().startswith(_PAGES):
            return None
        told = self._tools.parser.run(
            prose.read, answer.body, content_type=kind, robots_tag=answer.headers.get("x-robots-tag", "")
        )
        if told.problem:
            raise Unreadable(
                told.problem, remedy=walls.ASK if told.problem == walls.GUARDED else walls.ELSEWHERE
            )
        if not told.text:
            return None
        text = markup.tidy(f"{entry.text}\n{told.text}")
        return replace(entry, text=text, quotable=entry.quotable and told.quotable)

    def _failed(self, error: SourceError) -> None:
        if isinstance(error, Denied) and error.http_status is None:
            self._remarks.append(
                "some articles are not read: robots.txt, or a rule of ours, does not allow it"
            )
        else:
            self._remarks.append(f"some articles could not be read: {error}")


def _may_pass(error: SourceError) -> bool:
    """Whether a later try may do: not where the article is gone, or where we are not let in."""
    if isinstance(error, Denied):
        return error.retry_after is not None
    return not isinstance(error, Missing)


def _done(entry: Entry, memory: _Memory) -> None:
    memory.waiting.pop(_words(entry), None)
    memory.backlog.discard(_words(entry))
    memory.read.append(_name(entry))


def _without(checkpoint: Checkpoint | None, waiting: Mapping[str, int]) -> Checkpoint | None:
    """What the feed is known by, less whatever waits: so it brings that again, and is not called unchanged."""
    if checkpoint is None or not waiting:
        return checkpoint
    marks = [
        mark
        for mark in wire.sequence(checkpoint.get("marks"))
        if unseen.said(wire.words(mark)) not in waiting
    ]
    return {**checkpoint, "marks": marks, "etag": "", "modified": "", "hash": ""}


def _words(entry: Entry) -> str:
    return unseen.said(Item(entry=entry).mark)


def _name(entry: Entry) -> str:
    return digest(entry.id, 16)
