"""The policy clock: when an answer or a decision is due, and when people may be disturbed.

School policy: comments, queries and complaints are answered within 24 hours, or on the next working day if
they are received at a weekend. Days and times of day are the school's own (London time), lengths of time are
elapsed time in UTC. Term dates never stop the clock: the policy says that holidays are included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor import bank_holidays, days
from monitor.settings import SchoolFacts

ANSWER_WITHIN = timedelta(hours=24)
WORKING_DAY_BUNDLES = (time(7, 30), time(15, 30))
"""Before the first lesson and after the last one."""
OTHER_DAY_BUNDLE = time(9)
DIGEST_AT = time(7, 30)
QUIET_FROM = time(21)
QUIET_UNTIL = time(7)
_SATURDAY = 5
_DAY = timedelta(days=1)
_LONGEST_CLOSURE = 60
"""Days looked ahead for a working day; no run of holidays comes near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When, and the arithmetic in words."""

    at: datetime
    """UTC."""
    why: str


def due(received: datetime, school: SchoolFacts) -> Due:
    """When something that was received at ``received`` (aware) must be answered or decided."""
    local = received.astimezone(school.timezone)
    told = f"Received {local:%A} {local.day} {local:%B %Y %H:%M}, {_a_day(local.date(), school)}"
    if not working(local.date(), school):
        day = next_working_day(local.date(), school)
        at = _wall(day, school.day_end, school.timezone)
        return Due(
            at=at,
            why=f"{told}: due by {school.day_end:%H:%M} on the next working day, {_spoken(at, school.timezone)}.",
        )
    return _a_day_later(received, told, school)


def working(day: date, facts: SchoolFacts) -> bool:
    """Whether ``day`` is Monday to Friday and no bank holiday."""
    return day.weekday() < _SATURDAY and (facts.bank_holidays == "ignore" or not bank_holiday(day, facts))


def bank_holiday(day: date, facts: SchoolFacts) -> str:
    """The name of the bank holiday in England and Wales on ``day``; empty if it is none."""
    if day in facts.not_bank_holidays:
        return ""
    if day in facts.extra_bank_holidays:
        return "Bank holiday"
    return bank_holidays.name_of(day)


def next_working_day(day: date, facts: SchoolFacts) -> date:
    """The first working day after ``day``."""
    coming = (day + _DAY * ahead for ahead in range(1, _LONGEST_CLOSURE))
    return next((later for later in coming if working(later, facts)), day + _DAY)


def next_bundle(now: datetime, facts: SchoolFacts, *, owed: bool = True) -> datetime:
    """When the next bundle of less urgent mail goes out: ``now`` or later, in UTC.

    07:30 and 15:30 on working days. On other days 09:00, but only for what is ``owed`` an answer or a
    decision; the rest waits for a working day.
    """
    times = (at for day in _days_from(now, facts.timezone) for at in _bundles(day, facts, owed=owed))
    return next((at for at in times if at >= now), now)


def next_digest(now: datetime, school: SchoolFacts) -> datetime:
    """When the next weekly digest goes out: strictly after ``now``, in UTC.

    Monday 07:30; the first working day after it where Monday is a bank holiday.
    """
    today = now.astimezone(school.timezone).date()
    monday = today - _DAY * today.weekday()
    weeks = (
        _wall(_digest_day(monday + _DAY * 7 * ahead, school), DIGEST_AT, school.timezone)
        for ahead in range(3)
    )
    return next(at for at in weeks if at > now)


def in_quiet_hours(now: datetime, facts: SchoolFacts) -> bool:
    """Whether it is between 21:00 and 07:00 at the school."""
    clock = now.astimezone(facts.timezone).time()
    return clock >= QUIET_FROM or clock < QUIET_UNTIL


def end_of_quiet(now: datetime, facts: SchoolFacts) -> datetime:
    """``now`` by day, else the next 07:00 at the school, in UTC."""
    if not in_quiet_hours(now, facts):
        return now.astimezone(UTC)
    local = now.astimezone(facts.timezone)
    day = local.date() + _DAY if local.time() >= QUIET_FROM else local.date()
    return _wall(day, QUIET_UNTIL, facts.timezone)


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """The times of one school, in the shape that routing asks for."""

    facts: SchoolFacts

    def next_bundle(self, now: datetime, *, owed: bool) -> datetime:
        """See ``next_bundle``."""
        return next_bundle(now, self.facts, owed=owed)

    def end_of_quiet(self, now: datetime) -> datetime:
        """See ``end_of_quiet``."""
        return end_of_quiet(now, self.facts)


def school_time(text: str, zone: ZoneInfo) -> datetime:
    """Read ``2026-11-28T09:30`` as the school's time, or any ISO 8601 time that has its own zone; UTC.

    A time that the clocks skip in spring is taken as the hour after; of a time that comes twice in autumn
    the first is meant. Raises ``ValueError`` with a sentence for people.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f'expected a time such as "2026-11-28T09:30", got {text!r}') from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def put_off(words: str, now: datetime, facts: SchoolFacts) -> datetime:
    """When ``Thursday``, ``3 Dec``, ``in 2 hours`` or a full time is, for somebody who says *later* or *away*; UTC.

    A day means its first bundle; a weekday is the next one of its name, never today. Raises ``ValueError`` with a
    sentence for people, also for a time that is over.
    """
    said = days.read(words, now.astimezone(facts.timezone))
    if said is None:
        raise ValueError(f"expected a day such as Thursday, tomorrow or 2026-12-03, or a time, got {words!r}")
    if not isinstance(said, datetime):
        at = _morning(said, facts)
    else:
        at = (said if said.tzinfo else said.replace(tzinfo=facts.timezone)).astimezone(UTC)
    if at <= now:
        raise ValueError(f"that time is over: {words!r}")
    return at


def _morning(day: date, facts: SchoolFacts) -> datetime:
    return _wall(day, WORKING_DAY_BUNDLES[0], facts.timezone)


def _a_day_later(received: datetime, told: str, school: SchoolFacts) -> Due:
    at = received.astimezone(UTC) + ANSWER_WITHIN
    landing = at.astimezone(school.timezone)
    why = f"{told}: 24 hours later is {_spoken(at, school.timezone)}."
    if working(landing.date(), school):
        return Due(at=at, why=why)
    rolled = _wall(next_working_day(landing.date(), school), landing.time(), school.timezone)
    kind, monday = _a_day(landing.date(), school), _spoken(rolled, school.timezone)
    if school.landing == "roll_forward":
        moved = f"That is {kind}; landing = roll_forward moves it to {monday}."
        return Due(at=rolled, why=f"{why} {moved}")
    left = f"The policy's text allows that; landing = roll_forward would move it to {monday}."
    return Due(at=at, why=f"{why} {left}")


def _wall(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _days_from(now: datetime, zone: ZoneInfo) -> Iterator[date]:
    today = now.astimezone(zone).date()
    return (today + _DAY * ahead for ahead in range(_LONGEST_CLOSURE))


def _bundles(day: date, facts: SchoolFacts, *, owed: bool) -> list[datetime]:
    if working(day, facts):
        return [_wall(day, clock, facts.timezone) for clock in WORKING_DAY_BUNDLES]
    return [_wall(day, OTHER_DAY_BUNDLE, facts.timezone)] if owed else []


def _digest_day(monday: date, facts: SchoolFacts) -> date:
    return monday if working(monday, facts) else next_working_day(monday, facts)


def _a_day(day: date, facts: SchoolFacts) -> str:
    holiday = "" if facts.bank_holidays == "ignore" else bank_holiday(day, facts)
    if holiday:
        return f"a bank holiday ({holiday})"
    return "a weekend day" if day.weekday() >= _SATURDAY else "a working day"


def _spoken(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %H:%M}"
