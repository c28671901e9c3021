"""Feed bytes to what is new in them. Runs in the parser's cage.

Only items that the last poll did not see are read, so that a feed of fifty entries with one new one
costs one. What comes out is the same as if all had been read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sources import jsonfeed, markup, xmlfeed
from sources.base import Entry
from sources.items import Feed, Item, Place, digest, short_id

MAX_ENTRIES = 2_000
"""Entries of one feed that are looked at; the largest honest archives have some hundreds."""

_EDGE = re.compile(rb"<!\[CDATA\[|<!--|<(/?)(item|entry)(?=[\s>/])")

# Where raw bytes, id and content stand in a mark.
_RAW = slice(0, 12)
_NAME = slice(12, 20)
_SAID = slice(12, 28)
_WORDS = slice(20, 28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a feed's bytes came to."""

    entries: tuple[Entry, ...] = ()
    """Entries that the last poll did not see, or not like this."""
    marks: tuple[str, ...] = ()
    """One for each item in the document: what to remember of it."""
    overlaps: bool = False
    """Something that the last poll saw is still there."""
    problem: str = ""
    """Why this is no feed at all."""
    remedy: str = ""
    """What to do then, where that is known."""
    ttl: timedelta | None = None
    expired: bool = False
    cut_off: bool = False
    """The end of the document is missing."""
    overfull: bool = False
    """There were more entries than we look at."""
    skipped: int = 0
    muted: int = 0
    """Passages of a page that are others at each look, and were left out."""


def read(body: bytes, *, place: Place, known: Sequence[str] = ()) -> Reading:
    """Read a feed; ``known`` are the marks that the last reading left."""
    if body.lstrip(xmlfeed.BLANK)[:1] == b"{":
        return fresh(jsonfeed.read(body, place), known)
    parts = apart(body)
    if parts and known:
        reading = _unseen_only(parts, place, known)
        if reading:
            return reading
    return fresh(xmlfeed.read(body, parts, place), known)


def fresh(feed: Feed, known: Sequence[str]) -> Reading:
    """What is new in a document, for somebody who knows ``known``."""
    items = feed.items[:MAX_ENTRIES]
    marks = tuple(item.mark for item in items)
    seen = {mark[_SAID] for mark in known}
    names = {mark[_NAME] for mark in known}
    return Reading(
        entries=tuple(entry for mark, entry in _named_apart(items) if mark[_SAID] not in seen),
        marks=marks,
        overlaps=any(mark[_NAME] in names for mark in marks),
        problem=feed.problem,
        ttl=feed.ttl,
        expired=feed.expired,
        cut_off=feed.cut_off,
        overfull=len(feed.items) > MAX_ENTRIES,
        skipped=feed.unread + sum(not item.entry for item in items),
    )


def said(mark: str) -> str:
    """The part of a mark that stands for what an item says, and not for its bytes or its name."""
    return mark[_WORDS]


def apart(body: bytes) -> list[bytes] | None:
    """Cut a feed into what stands between items, item, between, item, …, between.

    ``None`` where that is not safe: no items, nested, unclosed or self-closed ones, or no UTF-8.
    """
    parts: list[bytes] = []
    names: set[bytes] = set()
    start = at = 0
    is_open = False
    while edge := _EDGE.search(body, at):
        if edge[2] is None:  # what looks like an item in CDATA or in a comment is none
            at = body.find(b"]]>" if edge[0].endswith(b"[") else b"-->", edge.end())
            if at < 0:
                return None
            continue
        at = body.find(b">", edge.end()) + 1
        if is_open != bool(edge[1]) or body[at - 2 : at] in {b"/>", b""}:
            return None
        cut = at if is_open else edge.start()
        parts.append(body[start:cut])
        names.add(edge[2])
        start, is_open = cut, not is_open
    if is_open or len(names) != 1 or not markup.is_utf8(body):
        return None
    return [*parts, body[start:]]


def _unseen_only(parts: Sequence[bytes], place: Place, known: Sequence[str]) -> Reading | None:
    """Read the feed without the items whose bytes are known; ``None`` if that might tell less."""
    by_raw = {mark[_RAW]: mark for mark in known}
    seen = [by_raw.get(digest(part, 12)) for part in parts[1::2]]
    if not any(seen) or len(seen) > MAX_ENTRIES:
        return None
    kept = [part for n, part in enumerate(parts) if n % 2 == 0 or not seen[n // 2]]
    feed = xmlfeed.read(b"".join(kept), apart(b"".join(kept)), place)
    if feed.problem or len(feed.items) != seen.count(None):
        return None
    names = {mark[_NAME] for mark in seen if mark}
    if any(item.mark[_NAME] in names for item in feed.items):
        return None  # an id that stands twice: only the whole feed shows which is which
    reading = fresh(feed, known)
    added = iter(reading.marks)
    return replace(reading, marks=tuple(mark or next(added) for mark in seen), overlaps=True)


def _named_apart(items: Sequence[Item]) -> Iterable[tuple[str, Entry]]:
    """Each entry once, with its mark, under an id of its own.

    The first of an id stands. But an id that items with different links share names none of them:
    there the link does.
    """
    links = defaultdict(set)
    for item in items:
        if item.entry:
            links[item.entry.id].add(item.entry.url)
    taken = set()
    for item in items:
        if not item.entry:
            continue
        is_shared = len(links[item.entry.id]) > 1 and item.entry.url
        name = short_id(markup.untracked(item.entry.url)) if is_shared else item.entry.id
        if name not in taken:
            taken.add(name)
            yield item.mark, replace(item.entry, id=name)
