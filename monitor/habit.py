"""How often a source brings something, learnt from its own history, and from when on its silence is doubtful.

Pure: times go in. A feed that still answers but has been moved, cut or given up looks like a quiet one; only its own
habit tells the two apart. Weekends and the weeks in which schools rest do not count, neither in what is usual nor
in how long it has been quiet: an honest holiday is no silence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import median

from monitor.facts import Habit

LOOKED_BACK = timedelta(days=60)
"""Of its history, counted back from the last thing that it brought: habits change."""
FEWEST = 10
"""Intervals from which a habit can be told."""
MOST = 500
"""Times that are looked at: a lively paper has that many in a week or two, and they say enough."""

_USUAL_PART = 0.95
_SHORTEST = timedelta(days=1)
"""The liveliest paper may rest for a day."""
_HALF_TERM = timedelta(days=6)
"""School days. Who writes about schools may rest from one Friday to the Monday after next."""
_FACTOR, _PATIENCE = 2, 10
"""Twice as long as nearly every gap is unusual; below that a quick source may rest ten gaps, up to a half-term."""
_DAY = timedelta(days=1)
_SATURDAY = 5
_RESTS = (((1, 1), (1, 3)), ((7, 21), (9, 4)), ((12, 20), (12, 31)))
"""From and to, month and day: the summer and Christmas holidays of English schools, roughly."""


def learn(times: Sequence[datetime]) -> Habit | None:
    """What is usual, from the times at which something new came, oldest first; ``None`` if they are too few."""
    recent = [at for at in times if at > times[-1] - LOOKED_BACK]
    if len(recent) <= FEWEST:
        return None
    gaps = sorted(_counted(before, at) for before, at in pairwise(recent))
    most = gaps[math.ceil(len(gaps) * _USUAL_PART) - 1]
    allowed = max(_FACTOR * most, min(_PATIENCE * most, _HALF_TERM), _SHORTEST)
    usual = median((at - before).total_seconds() for before, at in pairwise(recent))
    return Habit(usual=timedelta(seconds=usual), last_at=recent[-1], doubtful_at=_later(recent[-1], allowed))


def is_rest(day: date) -> bool:
    """Whether nobody can be expected to write about a school on that day."""
    return day.weekday() >= _SATURDAY or any(first <= (day.month, day.day) <= last for first, last in _RESTS)


def _counted(start: datetime, end: datetime) -> timedelta:
    """The time between two moments, without days of rest."""
    total = timedelta()
    while start < end:
        midnight = min(_midnight_after(start), end)
        total += timedelta() if is_rest(start.date()) else midnight - start
        start = midnight
    return total


def _later(start: datetime, span: timedelta) -> datetime:
    """The moment that is ``span`` later, days of rest not counted."""
    while True:
        midnight = _midnight_after(start)
        if not is_rest(start.date()):
            if span <= midnight - start:
                return start + span
            span -= midnight - start
        start = midnight


def _midnight_after(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + _DAY, time(), moment.tzinfo)
