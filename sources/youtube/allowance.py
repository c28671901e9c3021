"""What Google allows in a day: searches and everything else, counted apart, and renewed at midnight in California.

Pure. ``search.list`` has a bucket of its own, 100 calls a day; all other calls share 10,000 units. Every page counts, and
so does a call that fails.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources import wire
from sources.base import Budget

UNITS = 10_000
_PACIFIC = ZoneInfo("America/Los_Angeles")
_MOST = 1_000_000  # a count beyond this was not counted by us


class Allowance:
    """What was used today, of both buckets."""

    def __init__(self, told: Mapping[str, Any], *, searches: int, now: datetime) -> None:
        self._now = now
        self._limit = searches
        self.day = now.astimezone(_PACIFIC).date().isoformat()
        today = told if told.get("day") == self.day else {}
        self.searches = _count(today.get("searches"))
        self.units = _count(today.get("units"))

    @property
    def renewed_at(self) -> datetime:
        """The next midnight in California, in UTC; a day there may have 23 or 25 hours."""
        return _midnight(self._now, days=1)

    @property
    def may_search(self) -> bool:
        """Whether this part of the day has a search left: they are spread over it, so that evenings are watched too."""
        start = _midnight(self._now)
        passed = (self._now - start) / (self.renewed_at - start)
        return self.searches < min(self._limit, math.ceil(self._limit * passed) or 1)

    @property
    def is_left(self) -> bool:
        """Whether the day has a search left at all: a chain that was begun may use it."""
        return self.searches < self._limit

    def searched(self) -> None:
        """Count one page of a search."""
        self.searches += 1

    def spent(self) -> None:
        """Count one other call."""
        self.units += 1

    def exhaust(self) -> None:
        """Google says that no search is left today; others may share the key."""
        self.searches = max(self.searches, self._limit)

    def checkpoint(self) -> dict[str, Any]:
        """What to remember until midnight."""
        return {"day": self.day, "searches": self.searches, "units": self.units}

    def budget(self, *, of_searches: bool) -> Budget:
        """As ``sources`` and ``health`` show it."""
        used, limit, of = (
            (self.searches, self._limit, "searches a day")
            if of_searches
            else (self.units, UNITS, "units a day")
        )
        return Budget(used=used, limit=limit, of=of, renewed_at=self.renewed_at)


def _midnight(now: datetime, *, days: int = 0) -> datetime:
    day = now.astimezone(_PACIFIC).date() + timedelta(days=days)
    return datetime.combine(day, time.min, tzinfo=_PACIFIC).astimezone(UTC)


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value <= _MOST else 0


def number(value: object) -> int:
    """A count as the API writes it, which is now a number and now a string."""
    digits = wire.words(value)
    return int(digits) if len(digits) < len(str(_MOST)) and digits.isascii() and digits.isdigit() else 0
