"""The policy's promise in hours: answered within 24 hours, or on the next working day after a weekend.

Each row is a spoken case; days are the school's own, lengths are elapsed time, and both changes of the
clocks are lived through.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.deadlines import (
    SchoolCalendar,
    bank_holiday,
    due,
    end_of_quiet,
    in_quiet_hours,
    next_bundle,
    next_digest,
    next_working_day,
    school_time,
    working,
)
from monitor.settings import SchoolFacts

LONDON = ZoneInfo("Europe/London")
HOLM_NOOK = SchoolFacts(name="Holm Nook Community Primary School")


def school(**changes: Any) -> SchoolFacts:
    return SchoolFacts(name="Holm Nook Community Primary School", **changes)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


WORKED = {
    "an ordinary weekday": ("2026-11-24T10:15Z", "2026-11-25T10:15Z", ""),
    "a summer evening: term dates do not stop the clock": ("2026-08-11T20:40Z", "2026-08-12T20:40Z", ""),
    "Friday afternoon: literal lands on Saturday": (
        "2026-11-27T16:05Z",
        "2026-11-28T16:05Z",
        "2026-11-30T16:05Z",
    ),
    "Saturday": ("2026-11-28T09:30Z", "2026-11-30T17:00Z", ""),
    "the last minute of Sunday": ("2026-11-29T23:59Z", "2026-11-30T17:00Z", ""),
    "the first minute of Monday": ("2026-11-30T00:00Z", "2026-12-01T00:00Z", ""),
    "the clocks go back on Sunday": ("2026-10-25T00:30Z", "2026-10-26T17:00Z", ""),
    "the second 01:30 of that Sunday": ("2026-10-25T01:30Z", "2026-10-26T17:00Z", ""),
    "Friday before the clocks go back: the wall clock is kept": (
        "2026-10-23T17:30Z",
        "2026-10-24T17:30Z",
        "2026-10-26T18:30Z",
    ),
    "Christmas Eve": ("2026-12-24T15:00Z", "2026-12-25T15:00Z", "2026-12-29T15:00Z"),
    "Boxing Day on a Saturday": ("2026-12-26T12:00Z", "2026-12-29T17:00Z", ""),
    "the substitute bank holiday": ("2026-12-28T08:00Z", "2026-12-29T17:00Z", ""),
    "Good Friday, and the clocks go forward": ("2027-03-26T11:00Z", "2027-03-30T16:00Z", ""),
    "Easter Sunday, and the clocks go forward": ("2027-03-28T00:45Z", "2027-03-30T16:00Z", ""),
    "the spring bank holiday": ("2027-05-31T13:00Z", "2027-06-01T16:00Z", ""),
    "Sunday in UTC, Monday in London": ("2026-07-05T23:30Z", "2026-07-06T23:30Z", ""),
    "Friday in UTC, Saturday in London": ("2026-07-03T23:30Z", "2026-07-06T16:00Z", ""),
}


@pytest.mark.parametrize(("received", "literal", "rolled"), WORKED.values(), ids=WORKED)
def test_the_policy_clock_is_read_literally_unless_the_school_rolls_it_forward(
    received: str, literal: str, rolled: str
) -> None:
    assert due(at(received), HOLM_NOOK).at == at(literal)
    assert due(at(received), school(landing="roll_forward")).at == at(rolled or literal)


@pytest.mark.parametrize(("received", "literal", "rolled"), WORKED.values(), ids=WORKED)
def test_a_landing_on_a_free_day_is_told(received: str, literal: str, rolled: str) -> None:
    left = "landing = roll_forward would move it to"
    assert (left in due(at(received), HOLM_NOOK).why) is bool(rolled)
    assert left not in due(at(received), school(landing="roll_forward")).why


def test_the_friday_example_is_told_in_words() -> None:
    assert due(at("2026-11-27T16:05Z"), HOLM_NOOK).why == (
        "Received Friday 27 November 2026 16:05, a working day: 24 hours later is Saturday 28 November 16:05. "
        "The policy's text allows that; landing = roll_forward would move it to Monday 30 November 16:05."
    )


def test_a_rolled_landing_is_told_in_words() -> None:
    assert due(at("2026-12-24T15:00Z"), school(landing="roll_forward")).why == (
        "Received Thursday 24 December 2026 15:00, a working day: 24 hours later is Friday 25 December 15:00. "
        "That is a bank holiday (Christmas Day); landing = roll_forward moves it to Tuesday 29 December 15:00."
    )


def test_a_weekend_is_told_in_words() -> None:
    assert due(at("2026-11-28T09:30Z"), HOLM_NOOK).why == (
        "Received Saturday 28 November 2026 09:30, a weekend day: "
        "due by 17:00 on the next working day, Monday 30 November 17:00."
    )


def test_an_ordinary_day_is_told_in_words_of_the_school_clock() -> None:
    assert due(at("2026-08-11T20:40Z"), HOLM_NOOK).why == (
        "Received Tuesday 11 August 2026 21:40, a working day: 24 hours later is Wednesday 12 August 21:40."
    )


def test_the_end_of_the_day_is_the_schools_own() -> None:
    assert due(at("2026-11-28T09:30Z"), school(day_end=time(15, 45))).at == at("2026-11-30T15:45Z")


def test_a_school_may_count_bank_holidays_as_working_days() -> None:
    ignoring = school(bank_holidays="ignore")
    assert due(at("2026-12-28T08:00Z"), ignoring).at == at("2026-12-29T08:00Z")
    assert "a working day" in due(at("2026-12-28T08:00Z"), ignoring).why
    assert due(at("2026-12-26T12:00Z"), ignoring).at == at("2026-12-28T17:00Z")


def test_a_bank_holiday_of_one_year_only_can_be_added() -> None:
    coronation = school(extra_bank_holidays=(date(2026, 11, 30),))
    assert due(at("2026-11-28T09:30Z"), coronation).at == at("2026-12-01T17:00Z")
    assert "a bank holiday (Bank holiday)" in due(at("2026-11-30T09:30Z"), coronation).why


def test_a_bank_holiday_can_be_struck_out() -> None:
    moved = school(not_bank_holidays=(date(2026, 12, 28),))
    assert due(at("2026-12-26T12:00Z"), moved).at == at("2026-12-28T17:00Z")
    assert working(date(2026, 12, 28), moved)


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
        "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28",
        "2028-01-03", "2028-04-14", "2028-04-17", "2028-05-01", "2028-05-29", "2028-08-28", "2028-12-25", "2028-12-26",
    ],
)  # fmt: skip
def test_the_bank_holidays_of_england_are_no_working_days(day: str) -> None:
    assert bank_holiday(date.fromisoformat(day), HOLM_NOOK)
    assert not working(date.fromisoformat(day), HOLM_NOOK)


@pytest.mark.parametrize("day", ["2026-03-17", "2026-07-13", "2026-11-30", "2026-01-02"])
def test_scottish_and_irish_holidays_are_working_days_here(day: str) -> None:
    assert working(date.fromisoformat(day), HOLM_NOOK)


def test_a_school_that_never_opens_still_gets_an_answer() -> None:
    closed = school(extra_bank_holidays=tuple(date(2026, 6, 1) + timedelta(days=day) for day in range(100)))
    assert next_working_day(date(2026, 6, 5), closed) == date(2026, 6, 6)
    assert next_bundle(at("2026-06-05T12:00Z"), closed, owed=False) == at("2026-06-05T12:00Z")


@settings(deadline=None)  # the first day of a decade is asked of another process
@given(st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- hypothesis wants naive bounds
def test_nothing_is_due_before_it_could_be_answered_nor_after_a_long_weekend(received: datetime) -> None:
    literal, rolled = due(received, HOLM_NOOK), due(received, school(landing="roll_forward"))
    assert timedelta(hours=16) < literal.at - received <= timedelta(days=5, hours=18)
    assert rolled.at >= literal.at
    assert working(rolled.at.astimezone(LONDON).date(), HOLM_NOOK)
    assert rolled.at.astimezone(LONDON).time() in {literal.at.astimezone(LONDON).time(), time(17)}


BUNDLES = {
    "early on a working day": ("2026-11-24T05:00", "2026-11-24T07:30"),
    "exactly at the bundle": ("2026-11-24T07:30", "2026-11-24T07:30"),
    "during lessons": ("2026-11-24T07:31", "2026-11-24T15:30"),
    "in the evening": ("2026-11-24T15:31", "2026-11-25T07:30"),
    "Friday evening, something owed": ("2026-11-27T18:00", "2026-11-28T09:00"),
    "Saturday noon, something owed": ("2026-11-28T12:00", "2026-11-29T09:00"),
    "Sunday noon": ("2026-11-29T12:00", "2026-11-30T07:30"),
    "the day the clocks go back": ("2026-10-25T01:30", "2026-10-25T09:00"),
    "a bank holiday": ("2026-12-28T08:00", "2026-12-28T09:00"),
}


@pytest.mark.parametrize(("now", "bundle"), BUNDLES.values(), ids=BUNDLES)
def test_less_urgent_mail_goes_out_in_bundles(now: str, bundle: str) -> None:
    assert next_bundle(london(now), HOLM_NOOK) == london(bundle)
    assert SchoolCalendar(HOLM_NOOK).next_bundle(london(now), owed=True) == london(bundle)


def test_what_is_not_owed_waits_for_a_working_day() -> None:
    assert next_bundle(london("2026-11-27T18:00"), HOLM_NOOK, owed=False) == london("2026-11-30T07:30")


DIGESTS = {
    "on Sunday": ("2026-11-29T12:00", "2026-11-30T07:30"),
    "a minute before": ("2026-11-30T07:29", "2026-11-30T07:30"),
    "at the very moment: the next one": ("2026-11-30T07:30", "2026-12-07T07:30"),
    "in midweek": ("2026-12-02T12:00", "2026-12-07T07:30"),
    "a bank holiday Monday": ("2026-08-31T12:00", "2026-09-01T07:30"),
    "two bank holidays": ("2027-12-26T12:00", "2027-12-29T07:30"),
    "after the Tuesday digest": ("2026-09-01T08:00", "2026-09-07T07:30"),
    "the clocks went back the day before": ("2026-10-25T12:00", "2026-10-26T07:30"),
    "the clocks went forward the day before": ("2026-03-29T12:00", "2026-03-30T07:30"),
}


@pytest.mark.parametrize(("now", "digest"), DIGESTS.values(), ids=DIGESTS)
def test_the_digest_goes_out_on_monday_morning_or_the_first_working_day_after(now: str, digest: str) -> None:
    assert next_digest(london(now), HOLM_NOOK) == london(digest)


@settings(deadline=None)  # the first day of a decade is asked of another process
@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- hypothesis wants naive bounds
def test_every_week_has_exactly_one_digest(now: datetime) -> None:
    first = next_digest(now, HOLM_NOOK)
    second = next_digest(first, HOLM_NOOK)
    assert first.astimezone(LONDON).isocalendar()[:2] != second.astimezone(LONDON).isocalendar()[:2]
    assert timedelta(days=4) < second - first < timedelta(days=10)


QUIET = {
    "noon": ("2026-11-24T12:00", "2026-11-24T12:00"),
    "a minute before nine": ("2026-11-24T20:59", "2026-11-24T20:59"),
    "nine in the evening": ("2026-11-24T21:00", "2026-11-25T07:00"),
    "two at night": ("2026-11-25T02:00", "2026-11-25T07:00"),
    "a minute before seven": ("2026-11-25T06:59", "2026-11-25T07:00"),
    "seven": ("2026-11-25T07:00", "2026-11-25T07:00"),
    "summer, nine in the evening": ("2026-07-01T21:00", "2026-07-02T07:00"),
    "summer, a minute before nine": ("2026-07-01T20:59", "2026-07-01T20:59"),
    "the night the clocks go forward": ("2027-03-27T23:00", "2027-03-28T07:00"),
    "the night the clocks go back": ("2026-10-24T23:00", "2026-10-25T07:00"),
}


@pytest.mark.parametrize(("now", "end"), QUIET.values(), ids=QUIET)
def test_the_night_ends_at_seven_by_the_school_clock(now: str, end: str) -> None:
    assert end_of_quiet(london(now), HOLM_NOOK) == london(end)
    assert SchoolCalendar(HOLM_NOOK).end_of_quiet(london(now)) == london(end)
    assert in_quiet_hours(london(now), HOLM_NOOK) is (now != end)


READ = {
    "a bare time is the school's": ("2026-11-28T09:30", "2026-11-28T09:30Z"),
    "a bare summer time": ("2026-07-28T09:30", "2026-07-28T08:30Z"),
    "a bare date is midnight": ("2026-07-28", "2026-07-27T23:00Z"),
    "a time with its own zone": ("2026-07-28T09:30+02:00", "2026-07-28T07:30Z"),
    "Zulu": ("2026-07-28T09:30Z", "2026-07-28T09:30Z"),
    "blanks round it": (" 2026-11-28T09:30\n", "2026-11-28T09:30Z"),
    "a time that comes twice is the first": ("2026-10-25T01:30", "2026-10-25T00:30Z"),
    "a time that is skipped is the hour after": ("2027-03-28T01:30", "2027-03-28T01:30Z"),
}


@pytest.mark.parametrize(("text", "moment"), READ.values(), ids=READ)
def test_times_are_read_as_people_write_them(text: str, moment: str) -> None:
    assert school_time(text, LONDON) == at(moment)
    assert school_time(text, LONDON).tzinfo is UTC


def test_what_is_no_time_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match=r'expected a time such as "2026-11-28T09:30", got .Friday.'):
        school_time("Friday", LONDON)
