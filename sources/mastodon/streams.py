"""The streams of a Mastodon server, walked page by page: timelines forward by ``min_id``, a search back by offset.

Facts from the project's documentation and source: ids are opaque and only grow; the page just above an id comes by
``min_id``, and the ``Link`` header names the next one; a post from elsewhere gets an id by the time that it *says* it
was written, so one that arrives late stands below others that were read already. Hence the overlap: each walk starts a
little below where the last one ended, and what is known is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from sources import markup, wire
from sources.base import Answer
from sources.errors import Unreadable
from sources.mastodon.posts import local_id, order

MAX_PAGES = 5
"""Of one stream in one poll: 200 posts; a walk forward goes on at the next poll, so nothing is lost."""
PAGE_SIZE = 40
OVERLAP = timedelta(hours=6)
"""Servers that were down deliver what they owe within hours."""
_OVERLAP_PAGES = 2  # a busy hashtag fills six hours with more than one wants to read again

_MAX_PARAMETERS = 20
_LINK = re.compile(r'<([^<>]{1,2000})>\s*;\s*rel="?(next|prev)"?')

Item: TypeAlias = Mapping[str, Any]
Params: TypeAlias = tuple[tuple[str, str], ...]

Ask: TypeAlias = Callable[[str, Params], tuple[Answer, Any]]
"""Asks for a path with parameters; returns the answer and its JSON. Raises ``SourceError``."""


Late: TypeAlias = Callable[[], bool]
"""Whether the poll has lasted long enough: a walk then ends after the page that it reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One list of the server's."""

    name: str
    """As the checkpoint and the notes call it."""
    path: str
    params: Params = ()
    optional: bool = True
    """The server may keep it closed; that is told, and the others are read."""

    def asked(self, *more: tuple[str, str]) -> Params:
        """The parameters of a request."""
        return (*self.params, ("limit", str(PAGE_SIZE)), *more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What one walk through a stream found."""

    items: tuple[Item, ...] = ()
    start: str = ""
    """Where the next walk begins."""
    whole: bool = True
    """It came to the end; a walk forward that did not goes on at the next poll."""
    circles: bool = False
    """The server led back to what it had shown already."""
    skipped: int = 0
    """Things that are no items."""


@dataclass(slots=True)
class _Pages:
    """The pages of one walk, as they come."""

    is_late: Late
    found: list[list[Item]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    circles: bool = False
    skipped: int = 0

    def add(self, told: object) -> list[Item]:
        """Read one page, oldest first."""
        every = wire.sequence(told)
        items: list[Item] = [item for item in every if isinstance(item, dict) and _name(item)]
        names = {_name(item) for item in items}
        self.skipped += len(every) - len(items)
        self.circles = len(names) > 1 and names <= self.seen
        self.seen |= names
        if items and not self.circles:
            self.found.append(sorted(items, key=lambda item: order(_name(item))))
        return items

    @property
    def is_full(self) -> bool:
        return self.circles or len(self.found) >= MAX_PAGES or (bool(self.found) and self.is_late())


def forward(ask: Ask, stream: Stream, start: str, now: datetime, is_late: Late) -> Walk:
    """Walk from just above ``start`` to the newest item; without a start, back from the newest, a few pages."""
    pages = _Pages(is_late)
    asked: Params = stream.asked(("min_id", start))
    while asked and not pages.is_full:
        answer, told = ask(stream.path, asked)
        if not isinstance(told, list):
            raise Unreadable("the server answers with no list of posts", http_status=answer.status)
        asked = _next(answer, stream, pages.add(told), is_forward=bool(start))
    whole = not asked
    if not start:
        pages.found.reverse()
    return Walk(
        items=tuple(item for page in pages.found for item in page),
        start=start if pages.circles else _start(pages.found, start, whole=whole or not start, now=now),
        whole=whole,
        circles=pages.circles,
        skipped=pages.skipped,
    )


def _next(answer: Answer, stream: Stream, items: Sequence[Item], *, is_forward: bool) -> Params:
    """What to ask for next; nothing where the stream ends."""
    if not items:
        return ()
    rel = "prev" if is_forward else "next"
    link = next((url for url, name in _LINK.findall(answer.headers.get("link", "")) if name == rel), "")
    if link:
        # Of the address only the question: behind some proxies it names another scheme or host, which gets no token.
        return tuple(parse_qsl(_question(link))[:_MAX_PARAMETERS])
    if is_forward and len(items) >= PAGE_SIZE:  # a relative of Mastodon that leaves the header out
        return stream.asked(("min_id", max(map(_name, items), key=order)))
    return ()


def _question(link: str) -> str:
    try:
        return urlsplit(link).query
    except ValueError:
        return ""


def _start(pages: Sequence[Sequence[Item]], start: str, *, whole: bool, now: datetime) -> str:
    """Where the next walk begins: behind the last item if this one was cut short, else somewhat below it."""
    items = [item for page in pages for item in page]
    if not items:
        return start
    if not whole:
        return _name(items[-1])
    moments = [markup.when(item.get("created_at"), now=now) for item in items]
    newest = max((moment for moment in moments if moment), default=now)
    settled = [index for index, moment in enumerate(moments) if moment and moment < newest - OVERLAP]
    reread = sum(len(page) for page in pages[-_OVERLAP_PAGES:])
    index = max(settled[-1] if settled else -1, len(items) - reread - 1)
    return _name(items[index]) if index >= 0 else start or _name(items[0])


def back(
    ask: Ask,
    stream: Stream,
    watermark: datetime | None,
    is_known: Callable[[Item], bool],
    *,
    now: datetime,
    is_late: Late,
) -> Walk:
    """Walk back through a search, newest first, to what is known or too old. ``start`` is the new watermark."""
    pages = _Pages(is_late)
    offset = 0
    whole = False
    while not whole and not pages.is_full:
        answer, told = ask(stream.path, stream.asked(("offset", str(offset or ""))))
        found = wire.mapping(told).get("statuses")
        if not isinstance(found, list):
            raise Unreadable("the server answers a search with no list of posts", http_status=answer.status)
        items = pages.add(found)
        # One item is asked for twice, so that a post which is deleted meanwhile shifts no other out of sight.
        whole = len(found) <= 1 or all(_is_before(item, watermark, now) or is_known(item) for item in items)
        offset += max(1, len(found) - 1)
    items = [item for page in pages.found for item in page]
    moments = [watermark, *(markup.when(item.get("created_at"), now=now) for item in items)]
    newest = min(now, max((moment for moment in moments if moment), default=now))
    kept = newest if whole or not watermark else watermark
    return Walk(
        items=tuple(items),
        start=kept.isoformat(),
        whole=whole and not pages.circles,
        circles=pages.circles,
        skipped=pages.skipped,
    )


def _is_before(item: Item, watermark: datetime | None, now: datetime) -> bool:
    written = markup.when(item.get("created_at"), now=now)
    return bool(watermark and written and written < watermark - OVERLAP)


def _name(item: Item) -> str:
    return local_id(item.get("id"))
