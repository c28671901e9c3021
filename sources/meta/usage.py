"""How much of Meta's allowance is used, as the headers of its answers tell: in per cent, of a rolling hour.

Pure. A Page's token counts towards the use case (``X-Business-Use-Case-Usage``), another one towards the app
(``X-App-Usage``); the highest number decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sources import wire
from sources.base import Budget
from sources.errors import Unreadable

SLOW = 75
"""Per cent from which we ask less often."""
SPENT = 100
PAUSE = timedelta(hours=1)
"""The window that Meta counts in; when it has passed, at least some of the allowance is free again."""
LONGEST_PAUSE = timedelta(hours=24)

_COUNTS = ("call_count", "total_cputime", "total_time")
_MOST = 1_000  # a percentage beyond this is none
_MOST_HEADER = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What is used of the allowance."""

    percent: int = 0
    regain: timedelta | None = None
    """How long until there is some again, if Meta tells."""

    @property
    def is_spent(self) -> bool:
        """Nothing is left."""
        return self.percent >= SPENT

    @property
    def wait(self) -> timedelta:
        """How long to leave Meta alone once it is spent."""
        return self.regain or PAUSE

    @property
    def fresh_for(self) -> timedelta | None:
        """How long to wait until the next poll, if longer than usual."""
        if self.is_spent:
            return self.wait
        return PAUSE if self.percent >= SLOW else None

    @property
    def budget(self) -> Budget:
        """As ``sources`` and ``health`` show it."""
        return Budget(used=self.percent, limit=SPENT, of="per cent of Meta's calls an hour")

    def and_then(self, headers: Mapping[str, str]) -> Usage:
        """What is known after one more answer: what the answer says, else what was known."""
        told = [*_of_app(headers), *_of_cases(headers)]
        return max(told, key=lambda one: (one.percent, one.wait)) if told else self


def _of_app(headers: Mapping[str, str]) -> Iterator[Usage]:
    told = wire.mapping(_header(headers, "x-app-usage"))
    if told:
        yield Usage(percent=_percent(told))


def _of_cases(headers: Mapping[str, str]) -> Iterator[Usage]:
    for cases in wire.mapping(_header(headers, "x-business-use-case-usage")).values():
        for case in map(wire.mapping, wire.sequence(cases)):
            minutes = timedelta(minutes=_count(case.get("estimated_time_to_regain_access")))
            yield Usage(percent=_percent(case), regain=min(minutes, LONGEST_PAUSE) or None)


def _header(headers: Mapping[str, str], name: str) -> Any:
    try:
        return wire.parse_json(headers.get(name, "{}")[:_MOST_HEADER].encode())
    except Unreadable:
        return {}


def _percent(told: Mapping[str, Any]) -> int:
    return min(max(_count(told.get(name)) for name in _COUNTS), _MOST)


def _count(value: object) -> int:
    """A whole number of at most a million, else 0; parts of it are left out."""
    digits = wire.words(value).partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= len("999999") else 0
