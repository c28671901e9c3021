"""Look at one address again and again: validators, hashes, moves, and what was seen there before.

Feeds and pages share it. What the bytes mean is for the caller to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias

from sources import status, walls, wire
from sources.base import Answer, Batch, Checkpoint, Tools
from sources.errors import Missing, SourceError, Unreadable
from sources.unseen import Reading

MOVED_FOR_GOOD = 3
"""Permanent redirects in a row to the same address, until it is asked directly."""

MAX_MARKS = 300
"""Items of the last poll that are remembered; most feeds have 10 to 50."""

Reader: TypeAlias = Callable[[Answer, Sequence[str]], Reading]
"""What the bytes of an answer mean to somebody who remembers these marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """The checkpoint."""

    etag: str = ""
    modified: str = ""
    hash: str = ""
    moved_to: str = ""
    moved_times: int = 0
    marks: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, checkpoint: Checkpoint | None) -> _Memory:
        told = checkpoint or {}
        moved = wire.mapping(told.get("moved"))
        return cls(
            etag=wire.words(told.get("etag")),
            modified=wire.words(told.get("modified")),
            hash=wire.words(told.get("hash")),
            moved_to=wire.words(moved.get("to")),
            moved_times=wire.whole(moved.get("times")),
            marks=tuple(map(wire.words, wire.sequence(told.get("marks")))),
        )

    @property
    def checkpoint(self) -> dict[str, Any]:
        return {
            "etag": self.etag,
            "modified": self.modified,
            "hash": self.hash,
            "moved": {"to": self.moved_to, "times": self.moved_times},
            "marks": list(self.marks),
        }

    @property
    def validators(self) -> Mapping[str, str]:
        """Both, word for word as they came (RFC 9110, section 13.1)."""
        told = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in told.items() if value}


class Revisit:
    """One address, and how to look at it."""

    def __init__(
        self,
        tools: Tools,
        url: str,
        read: Reader,
        *,
        accept: str,
        obey_robots: bool = False,
        most_marks: int = MAX_MARKS,
    ) -> None:
        self._tools = tools
        self._url = url
        self._read = read
        self._accept = accept
        self._obey_robots = obey_robots
        self._most_marks = most_marks

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once. Raises ``SourceError``."""
        now = self._tools.now()
        answer, memory = self._ask(_Memory.of(checkpoint), now)
        memory = _moved(memory, answer, self._url)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            if not memory.hash:
                raise Unreadable("the server says that nothing changed, but nothing was read before")
            return self._unchanged(answer, _validated(memory, answer, memory.hash), now)
        body_hash = hashlib.sha256(answer.body).hexdigest()
        if body_hash == memory.hash:
            return self._unchanged(answer, _validated(memory, answer, body_hash), now)
        return self._changed(answer, memory, body_hash, now)

    def _ask(self, memory: _Memory, now: datetime) -> tuple[Answer, _Memory]:
        if memory.moved_times >= MOVED_FOR_GOOD:
            try:
                return self._get(memory.moved_to, memory, now), memory
            except Missing:  # the new address is gone: the one that was configured may know a newer one
                memory = replace(memory, moved_to="", moved_times=0, etag="", modified="")
        return self._get(self._url, memory, now), memory

    def _get(self, url: str, memory: _Memory, now: datetime) -> Answer:
        headers = {"Accept": self._accept, **memory.validators}
        answer = self._tools.fetcher.get(url, headers=headers, obey_robots=self._obey_robots)
        walls.check(answer)
        return status.check(answer, now=now)

    def _unchanged(self, answer: Answer, memory: _Memory, now: datetime) -> Batch:
        return Batch(
            entries=(),
            checkpoint=memory.checkpoint,
            unchanged=True,
            fresh_for=status.fresh_for(answer.headers, now=now),
            http_status=answer.status,
            robots=self._robots(),
        )

    def _changed(self, answer: Answer, memory: _Memory, body_hash: str, now: datetime) -> Batch:
        reading = self._read(answer, memory.marks)
        if reading.problem:
            raise Unreadable(reading.problem, http_status=answer.status, remedy=reading.remedy)
        if reading.expired:
            raise Missing("the feed itself says that it has ended", http_status=answer.status)
        lost = bool(memory.marks and reading.marks) and not reading.overlaps
        kept = replace(memory, marks=reading.marks[: self._most_marks] or memory.marks)
        if reading.cut_off:  # it will be asked for again in full
            kept = replace(kept, etag="", modified="", hash="")
        else:
            kept = _validated(kept, answer, body_hash)
        return Batch(
            entries=reading.entries,
            checkpoint=kept.checkpoint,
            fresh_for=_longest(reading.ttl, status.fresh_for(answer.headers, now=now)),
            gap=lost or reading.overfull,
            http_status=answer.status,
            robots=self._robots(),
            skipped=reading.skipped,
            notes=_notes(reading),
        )

    def _robots(self) -> str:
        """The verdict for display; a source that obeys it would not have come so far."""
        if self._obey_robots:
            return "allowed"
        try:
            return self._tools.fetcher.robots(self._url)
        except SourceError:
            return ""


def _validated(memory: _Memory, answer: Answer, body_hash: str) -> _Memory:
    """Remember the validators; a 304 may bring new ones, or leave them out (RFC 9110, 15.4.5)."""
    is_new = answer.status != HTTPStatus.NOT_MODIFIED
    return replace(
        memory,
        etag=answer.headers.get("etag", "" if is_new else memory.etag),
        modified=answer.headers.get("last-modified", "" if is_new else memory.modified),
        hash=body_hash,
    )


def _moved(memory: _Memory, answer: Answer, url: str) -> _Memory:
    """Count permanent redirects to one address; the configured address was asked, or the new one."""
    if not answer.moved_to:
        asked_directly = memory.moved_times >= MOVED_FOR_GOOD
        return memory if asked_directly else replace(memory, moved_to="", moved_times=0)
    if url.startswith("https:") and not answer.moved_to.startswith("https:"):
        return memory
    times = memory.moved_times + 1 if answer.moved_to == memory.moved_to else 1
    return replace(memory, moved_to=answer.moved_to, moved_times=min(times, MOVED_FOR_GOOD))


def _longest(ttl: timedelta | None, fresh: timedelta | None) -> timedelta | None:
    wishes = [min(wish, status.LONGEST_WAIT) for wish in (ttl, fresh) if wish]
    return max(wishes, default=None)


def _notes(reading: Reading) -> tuple[str, ...]:
    notes = {
        "the document breaks off; it will be read again in full": reading.cut_off,
        "there were more entries than are looked at": reading.overfull,
        "some entries could not be read": bool(reading.skipped),
        "passages that are others at each look are left out": bool(reading.muted),
    }
    return tuple(note for note, holds in notes.items() if holds)
