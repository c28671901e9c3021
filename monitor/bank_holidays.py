"""The bank holidays of England and Wales, from a package that knows those of the whole world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from alerts import aside

_YEARS = 10
"""Asked for together: asking takes a tenth of a second."""


def name_of(day: date) -> str:
    """The name of the bank holiday on ``day``; empty if it is none."""
    return _holidays(day.year // _YEARS).get(day, "")


@lru_cache(maxsize=16)
def _holidays(decade: int) -> Mapping[date, str]:
    first = decade * _YEARS
    known = aside.ask(england, first=first, last=first + _YEARS - 1)
    return {date.fromisoformat(day): name for day, name in known.items()}


def england(first: int, last: int) -> dict[str, str]:
    """Every bank holiday of the years from ``first`` to ``last``, by its ISO date."""
    from holidays import country_holidays  # noqa: PLC0415 -- twelve megabytes that the daemon need not hold

    years = country_holidays("GB", subdiv="ENG", years=range(first, last + 1))
    return {day.isoformat(): name for day, name in sorted(years.items())}
