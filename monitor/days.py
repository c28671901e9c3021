"""Days and times as people write them: ``Thursday 14:00``, ``3 Dec``, ``next week``, ``in 2 hours``.

Pure, for British readers: the day stands before the month, and a weekday is the next one of its name, never today.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
AFTERNOON: Final = time(13)
NOON: Final = time(12)
_SHORTEST_DAY = 2
_SHORTEST_MONTH = 3
_LONGEST = 60
"""Characters; no time is told in more."""
_FAR = timedelta(days=270)
"""A day without a year that is further away than this was meant in the past."""
_FIRST_LESSON = 7
_WEEK = timedelta(days=7)
_A_CENTURY = 2000
"""What two digits of a year are added to."""
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": _WEEK}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}

_LEAD_IN = re.compile(r"(?:(?:on|until|till|til|by|the|next|this|coming) )+")
_IN = re.compile(r"in (\d{1,3}|[a-z]{1,5}) (minute|min|hour|hr|day|week)s?")
_CLOCK = re.compile(
    r"(?:^| )(?:at )?(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?(?P<half> ?[ap]m)?|(?P<word>noon|morning|afternoon))$"
)
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]{3,9})\.?,?(?: (\d{4}))?")
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d\d))?")
_BEGUN_BY_DAY = re.compile(
    r"([a-z]{2,9})\.?,? (?=the \d|\d{1,2}(?:st|nd|rd|th)?(?: of)? [a-z]|\d{1,2}/|[a-z]{3,9} \d)"
)
_DAY = timedelta(days=1)


def read(words: str, now: datetime) -> date | datetime | None:
    """What ``words`` say at ``now``, the local time of whoever wrote them.

    A day, if no time of day is told; a time without a zone, which is local; or, for a length of time, a time with the
    zone of ``now``. ``None`` if the words are not understood. It may be over.
    """
    said = " ".join(words[: _LONGEST + 1].casefold().split()).strip(" .!,")
    if len(said) > _LONGEST:
        return None
    return _written(words.strip()) or _lasting(said, now) or _spoken(said, now.date())


def is_time(words: str) -> bool:
    """Whether ``words`` say a day or a time at all."""
    return read(words, datetime(2024, 2, 29, 12)) is not None  # noqa: DTZ001 -- local, and of a leap year: 29 Feb is a day


def past_day(words: str, today: date) -> date | None:
    """The last day of that name that is not in the future."""
    found = _calendar_day(" ".join(words[:_LONGEST].casefold().split()), today, ahead=False)
    return found if found and found <= today else None


def _written(words: str) -> date | datetime | None:
    for reader in (date.fromisoformat, datetime.fromisoformat):
        try:
            return reader(words)
        except ValueError:
            continue
    return None


def _lasting(said: str, now: datetime) -> datetime | date | None:
    found = _IN.fullmatch(said)
    if not found:
        return None
    count = int(found[1]) if found[1].isdecimal() else _NUMBERS.get(found[1], 0)
    unit = _UNITS[{"min": "minute", "hr": "hour"}.get(found[2], found[2])]
    if not count:
        return None
    if unit >= _DAY:
        return now.date() + unit * count
    return now.astimezone(UTC) + unit * count  # elapsed time, whatever the clocks do meanwhile


def _spoken(said: str, today: date) -> date | datetime | None:
    day = _day(said, today)
    if day:
        return day
    clock = _CLOCK.search(said)
    if not clock:
        return None
    at = _time(clock)
    before = said[: clock.start()].strip(" ,")
    day = _day(before, today) if before not in {"", "this"} else today
    if day is None or at is None:
        return None
    return day if clock["word"] == "morning" and before not in {"", "this"} else datetime.combine(day, at)


def _time(clock: re.Match[str]) -> time | None:
    if clock["word"]:
        return {"noon": NOON, "afternoon": AFTERNOON}.get(clock["word"], time(9))
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    half = (clock["half"] or "").strip()
    if half and not 1 <= hour <= NOON.hour:
        return None
    if half:
        hour = hour % NOON.hour + (NOON.hour if half == "pm" else 0)
    elif not clock["minute"] and "at " not in clock[0]:
        return None  # "Thursday 14" may be a day of the month
    elif not clock["minute"] and hour < _FIRST_LESSON:
        hour += NOON.hour  # "at 2": nobody means the night
    try:
        return time(hour, minute)
    except ValueError:
        return None


def _day(said: str, today: date) -> date | None:
    if said.endswith("next week"):
        monday = today + _WEEK - _DAY * today.weekday()
        return monday if said in {"next week", "until next week", "till next week"} else None
    plain = _LEAD_IN.sub("", said, count=1) if _LEAD_IN.match(said) else said
    if plain in {"today", "tomorrow"}:
        return today + _DAY * (plain == "tomorrow")
    weekday = _weekday(plain)
    if weekday is not None:
        return today + _DAY * ((weekday - today.weekday() - 1) % 7 + 1)
    return _calendar_day(plain, today, ahead=True)


def _weekday(said: str) -> int | None:
    """Monday is 0; two letters are enough."""
    found = (at for at, name in enumerate(WEEKDAYS) if len(said) >= _SHORTEST_DAY and name.startswith(said))
    return next(found, next((at for at, name in enumerate(WEEKDAYS) if said == f"{name[:4]}s"), None))


def _calendar_day(said: str, today: date, *, ahead: bool) -> date | None:
    begun = _BEGUN_BY_DAY.match(said)
    if begun and _weekday(begun[1]) is not None:
        said = said[begun.end() :].removeprefix("the ")
    for pattern, order in ((_DAY_MONTH, (1, 2, 3)), (_MONTH_DAY, (2, 1, 3)), (_SLASHED, (1, 2, 3))):
        found = pattern.fullmatch(said)
        if found:
            day, month, year = (found[at] for at in order)
            return _composed(int(day), _month(month), year, today, ahead=ahead)
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _month(said: str) -> int:
    """January is 1; 0 is no month."""
    if said.isdecimal():
        return int(said)
    short = "sep" if said == "sept" else said
    return next(
        (at for at, name in enumerate(MONTHS, 1) if len(short) >= _SHORTEST_MONTH and name.startswith(short)),
        0,
    )


def _composed(day: int, month: int, year: str | None, today: date, *, ahead: bool) -> date | None:
    try:
        if year:
            return date(int(year) + (_A_CENTURY if len(year) == len("26") else 0), month, day)
        this = date(today.year, month, day)
        other = date(today.year + (1 if ahead else -1), month, day)
    except ValueError:
        return None
    if ahead:
        return other if this < today and other - today < _FAR else this
    return this if this <= today else other
