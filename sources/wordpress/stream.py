"""Posts or comments of a site in the order in which they were written or changed, up to where the last poll came.

Pages are asked for by time rather than by number: what is deleted or changed meanwhile moves no other between two
answers. The site is always asked for somewhat more than is new, and what is known is left out by its words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sources import markup, wire
from sources.base import Entry
from sources.errors import Unreadable
from sources.wordpress.rest import Closed, Site, What

PAGE_SIZE: Mapping[What, int] = {"posts": 20, "comments": 100}
"""Posts come with their whole text: a hundred might be more than any answer may weigh."""

MAX_PAGES = 10
"""Answers of one chain; what is left comes with the next poll, which goes on there."""

FIRST_LOOK = timedelta(days=30)

REACH: Mapping[What, timedelta] = {
    "posts": timedelta(minutes=90),  # WordPress compares local times, of which one hour comes twice in autumn
    "comments": timedelta(
        days=7
    ),  # one that was held bears the time at which it was written, not let through
}
"""How far before the newest that is known the site is asked again."""

MAX_SEEN = 1_000

_WINDOW: Mapping[What, str] = {"posts": "modified_after", "comments": "after"}
_ORDER: Mapping[What, str] = {"posts": "modified", "comments": "date_gmt"}
_STAMP: Mapping[What, str] = {"posts": "modified_gmt", "comments": "date_gmt"}
_FIELDS: Mapping[What, str] = {
    "posts": "id,date_gmt,modified_gmt,link,title,excerpt,content,author",
    "comments": "id,post,parent,author,author_name,date_gmt,link,content,status",
}
_TICK = timedelta(seconds=1)
_LONGEST_LEAP = timedelta(
    days=2
)  # by which no time zone explains that something older comes than was asked for


@dataclass(slots=True)
class Memory:
    """Up to where a stream has been read."""

    after: datetime | None = None
    """When the newest of what was read was written or changed, by the site's clock."""
    resume: datetime | None = None
    """Where the last poll had to stop."""
    seen: dict[str, str] = field(default_factory=dict)
    """Of each entry a digest of its words."""

    @classmethod
    def of(cls, told: object) -> Memory:
        """What a checkpoint says of a stream."""
        kept = wire.mapping(told)
        seen = {name: wire.words(mark) for name, mark in wire.mapping(kept.get("seen")).items()}
        return cls(after=markup.when(kept.get("after")), resume=markup.when(kept.get("resume")), seen=seen)

    @property
    def plain(self) -> dict[str, Any]:
        """The same for a checkpoint."""
        return {
            "after": self.after.isoformat() if self.after else "",
            "resume": self.resume.isoformat() if self.resume else "",
            "seen": dict(list(self.seen.items())[-MAX_SEEN:]),
        }

    def is_new(self, entry: Entry, mark: str) -> bool:
        """Whether an entry has not been told in these words; remembers it."""
        is_new = self.seen.pop(entry.id, None) != mark
        self.seen[entry.id] = mark
        return is_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What a stream brought, known or not."""

    items: tuple[Mapping[str, Any], ...]
    is_whole: bool
    is_stuck: bool
    """There was more of one second than can be read."""
    skipped: int


def read(
    site: Site, what: What, memory: Memory, *, search: str, now: datetime, is_late: Callable[[], bool]
) -> Chain:
    """Read on from ``memory``, and move it. Raises ``SourceError`` or ``Closed``; then it stays where it was."""
    start = memory.resume or (memory.after or now - FIRST_LOOK) - REACH[what]
    floor, newest, number = start, memory.after, 1
    found: dict[int, Mapping[str, Any]] = {}
    skipped = 0
    is_whole = False
    for _ in range(MAX_PAGES):
        page = site.page(what, **_asked(what, floor, number, search))
        skipped += page.skipped
        new = [item for item in page.items if wire.whole(item["id"]) not in found]
        found.update((wire.whole(item["id"]), item) for item in page.items)
        stamps = [moment for item in page.items if (moment := stamp(what, item, now))]
        if stamps and min(stamps) < floor - _LONGEST_LEAP:
            raise Closed(Unreadable("this WordPress is too old to be asked for what is new"))
        newest = max([*stamps, *filter(None, [newest])], default=None)
        is_whole = not page.items or (number >= page.pages if page.pages is not None else not new)
        if is_whole or is_late():
            break
        last = max(stamps, default=floor) - _TICK
        floor, number = (last, 1) if last > floor else (floor, number + 1)
    is_stuck = not is_whole and floor <= start and number > MAX_PAGES
    memory.after = min(newest, now) if newest else memory.after or now - FIRST_LOOK
    memory.resume = None if is_whole else min(floor + _TICK if is_stuck else floor, now)
    return Chain(items=tuple(found.values()), is_whole=is_whole, is_stuck=is_stuck, skipped=skipped)


def stamp(what: What, item: Mapping[str, Any], now: datetime) -> datetime | None:
    """When an item was written or changed. The times of WordPress name no zone, but those ending in ``_gmt`` are UTC."""
    return markup.when(item.get(_STAMP[what]), now=now)


def fields(what: What) -> str:
    """What is wanted of each item."""
    return _FIELDS[what]


def _asked(what: What, floor: datetime, number: int, search: str) -> dict[str, str]:
    return {
        _WINDOW[what]: floor.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "orderby": _ORDER[what],
        "order": "asc",
        "per_page": str(PAGE_SIZE[what]),
        "page": str(number),
        "search": search,
        "_fields": _FIELDS[what],
    }
