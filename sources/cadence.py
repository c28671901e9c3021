"""When to look at a source again.

Pure: takes facts and returns a time. Knows no source, no database and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(days=1)
"""Neither a failing source nor a server's wish keeps us away for longer."""

_MOST_DOUBLINGS = 17  # one second doubled 17 times is more than a day

_SPREAD_PART = 10  # up to a tenth of the interval, so that sources do not march in step


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the poll just made means for the next one."""

    failures: int = 0
    """Failures in a row, this poll included; 0 after a success."""
    server_wait: timedelta = timedelta(0)
    """What the server asked for: ``Retry-After``, ``max-age`` or ``ttl``; 0 if nothing."""


def next_poll(now: datetime, interval: timedelta, outcome: Outcome, *, spread: float) -> datetime:
    """Return the earliest polite time for the next poll.

    Every failure in a row doubles the wait, and a server may ask for more time; both count for at
    most a day, since what is gone today may be back tomorrow. A source that is asked less often
    than daily keeps its own interval. ``spread`` lies between 0 and 1.
    """
    backoff = interval * (1 << min(outcome.failures, _MOST_DOUBLINGS))
    wished = max(backoff, outcome.server_wait)
    wait = max(interval, min(wished, LONGEST_WAIT))
    return now + wait + interval * spread / _SPREAD_PART
