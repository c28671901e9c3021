"""When to try a delivery again.

Pure: takes facts and returns a time. Knows no server, no message, no clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.errors import DeliveryError, MailboxFull, Misconfigured, Refused

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=21)
"""Longer than a mail server that is down over a whole Christmas closure."""
FIXED_BY_HAND = timedelta(minutes=15)
"""How often to see whether somebody has mended the settings."""
FULL_FOR = timedelta(days=1)
"""A mailbox that is full for longer is not read either: a human must tell this person."""
LONGEST_WISH = timedelta(days=1)
"""A server's ``Retry-After`` is obeyed up to here: a larger one is a mistake or a trick."""
_MOST_DOUBLINGS = 6
WAKE_FOR = timedelta(hours=2)
"""Whoever is woken later than this is woken for nothing: by then the ladder has gone on to others."""
WAKE_AGAIN = timedelta(minutes=10)
"""The longest wait between two tries to wake somebody."""


def next_attempt(
    now: datetime, attempts: int, error: DeliveryError, *, spread: float, age: timedelta
) -> datetime | None:
    """Return the time of the next attempt, or ``None`` to give up.

    ``attempts`` counts the one that just failed; ``age`` is the time since the message was first due.
    A refusal is for good. Wrong settings never kill a message: a human must act, and then it goes out.
    ``spread`` (0 to 1) keeps many waiting messages from marching in step.
    """
    if isinstance(error, Refused):
        return None
    if isinstance(error, Misconfigured):
        return now + max(FIXED_BY_HAND * (1 + spread), _wish(error))
    if age > (FULL_FOR if isinstance(error, MailboxFull) else GIVE_UP_AFTER):
        return None
    return now + max(_backoff(attempts) * (1 + spread / 4), _wish(error))


def next_wake(now: datetime, attempts: int, *, spread: float, age: timedelta) -> datetime | None:
    """Return when to try again to wake somebody, whatever went wrong, or ``None`` once it would come too late."""
    at = now + min(_backoff(attempts), WAKE_AGAIN) * (1 + spread / 4)
    return at if age + (at - now) <= WAKE_FOR else None


def _backoff(attempts: int) -> timedelta:
    doublings = min(max(attempts - 1, 0), _MOST_DOUBLINGS)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _wish(error: DeliveryError) -> timedelta:
    return min(error.retry_after or timedelta(), LONGEST_WISH)
