"""What the status and the headers of an answer mean: an error, a wish to wait, a quota.

Pure: reads what was answered; ``now`` is an argument.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from sources.base import Answer
from sources.errors import Denied, Missing, SourceError, Throttled, Unreachable, Unreadable

LONGEST_WAIT = timedelta(hours=24)
"""No header keeps us away, or satisfied, for longer: it may be a mistake, or malice."""

SHORTEST_THROTTLE = timedelta(seconds=60)
"""How long to stay away after a 429 that names no time."""

_FIRST_ERROR = 400
_FIRST_SERVER_ERROR = 500
_LAST_SERVER_ERROR = 599
_DENIED = frozenset({401, 402, 403, 407, 451, 511})
_MISSING = frozenset({404, 410})
_PASSING = frozenset({408, 421, 425})  # time-out, misdirected, too early: the next try may do

# A "reset" of more than this is a moment in Unix time (2001 and later), otherwise a span of seconds.
_SMALLEST_UNIX_TIME = 1_000_000_000
_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_MOST_DIGITS = 15  # beyond this no number of seconds is meant


def check(answer: Answer, *, now: datetime) -> Answer:
    """Return ``answer`` if its status is below 400; raise the ``SourceError`` that it means."""
    status = answer.status
    if status < _FIRST_ERROR:
        return answer
    told = f"the server answered {_spoken(status)}"
    wait = retry_after(answer.headers, now=now)
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.SERVICE_UNAVAILABLE and wait):
        reset = reset_after(answer.headers, now=now) or SHORTEST_THROTTLE
        raise Throttled(told, retry_after=wait or max(reset, SHORTEST_THROTTLE), http_status=status)
    raise _error(status)(told, retry_after=wait, http_status=status)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Read ``Retry-After`` (RFC 9110, section 10.2.3): seconds or a date, at most 24 hours."""
    value = headers.get("retry-after", "").strip()
    seconds = _whole(value)
    if seconds is not None:
        return _bounded(seconds)
    moment = _http_date(value)
    return None if moment is None else _bounded((moment - now).total_seconds())


def fresh_for(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Say how long the answer stays fresh (RFC 9111, section 4.2), at most 24 hours.

    ``None`` if the server did not say, or says that it must be asked again every time.
    """
    directives = _directives(headers.get("cache-control", ""))
    if "no-cache" in directives or "no-store" in directives:
        return None
    if "max-age" in directives:
        lifetime = _whole(directives["max-age"])
        return None if lifetime is None else _bounded(lifetime - (_whole(headers.get("age", "")) or 0))
    expires = _http_date(headers.get("expires", ""))
    if expires is None:
        return None
    # By the server's own clock if it tells it: ours may be off by hours.
    sent = _http_date(headers.get("date", "")) or now
    return _bounded((expires - sent).total_seconds())


def reset_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Say how long until the quota is renewed, in any of the three dialects, at most 24 hours.

    Platforms write a Unix time (Bluesky, X), an ISO date (Mastodon) or seconds from now (Reddit).
    """
    value = next((headers[name].strip() for name in _RESETS if name in headers), "")
    number = _number(value)
    if number is not None:
        return _bounded(number - now.timestamp() if number >= _SMALLEST_UNIX_TIME else number)
    moment = _iso_date(value)
    return None if moment is None else _bounded((moment - now).total_seconds())


def _error(status: int) -> type[SourceError]:
    if status in _DENIED or status > _LAST_SERVER_ERROR:  # 999 is how LinkedIn says no
        return Denied
    if status in _MISSING:
        return Missing
    if status in _PASSING or status >= _FIRST_SERVER_ERROR:
        return Unreachable
    return Unreadable  # 400, 405, 422 …: the request itself no longer fits this server


def _spoken(status: int) -> str:
    """Number and standard phrase; the server's own phrase is text from the world."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _directives(value: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in value.lower().split(","))
    return {name.strip(): number.strip().strip('"') for name, _, number in pairs}


def _whole(value: str) -> int | None:
    value = value.strip()
    if not (value.isascii() and value.isdigit()):
        return None
    return int(value[:_MOST_DIGITS])


def _number(value: str) -> float | None:
    try:
        number = float(value[:_MOST_DIGITS]) if value.isascii() else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return _aware(moment)


def _iso_date(value: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(value))
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bounded(seconds: float) -> timedelta | None:
    if seconds <= 0:
        return None
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
