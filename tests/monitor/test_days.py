"""Promise: the days and times that people write are understood as a British reader would, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import days
from monitor.deadlines import put_off
from monitor.settings import SchoolFacts

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=LONDON)
"""A Tuesday."""
HOLM_NOOK = SchoolFacts(name="Holm Nook Community Primary School")

DAYS = {
    "Thursday": "2026-11-26",
    "thurs": "2026-11-26",
    "Thu": "2026-11-26",
    "th": "2026-11-26",
    "on Thursday": "2026-11-26",
    "until Thursday.": "2026-11-26",
    "next Thursday": "2026-11-26",
    "this Friday": "2026-11-27",
    "TUESDAY": "2026-12-01",
    "tomorrow": "2026-11-25",
    "Tomorrow!": "2026-11-25",
    "tomorrow morning": "2026-11-25",
    "Thursday morning": "2026-11-26",
    "today": "2026-11-24",
    "next week": "2026-11-30",
    "until next week": "2026-11-30",
    "3 Dec": "2026-12-03",
    "3rd Dec": "2026-12-03",
    "the 3rd of December": "2026-12-03",
    "3 December 2026": "2026-12-03",
    "Dec 3": "2026-12-03",
    "December 3rd, 2026": "2026-12-03",
    "Thursday 3 Dec": "2026-12-03",
    "Thursday, 3 December": "2026-12-03",
    "Thursday the 3rd of Dec": "2026-12-03",
    "Thu Dec 3": "2026-12-03",
    "3/12": "2026-12-03",
    "03/12/2026": "2026-12-03",
    "3.12.26": "2026-12-03",
    "2026-12-03": "2026-12-03",
    "5 Jan": "2027-01-05",
    "5 January 2027": "2027-01-05",
    "1 Sept": "2026-09-01",
    "20 Nov": "2026-11-20",
    "24 Nov": "2026-11-24",
    "in 3 days": "2026-11-27",
    "in a week": "2026-12-01",
    "in two weeks": "2026-12-08",
}
TIMES = {
    "Thursday 14:00": "2026-11-26T14:00",
    "Thursday at 2": "2026-11-26T14:00",
    "Thursday at 9": "2026-11-26T09:00",
    "Thursday 2pm": "2026-11-26T14:00",
    "Thursday, 2.30 pm": "2026-11-26T14:30",
    "Thursday afternoon": "2026-11-26T13:00",
    "tomorrow noon": "2026-11-25T12:00",
    "3 Dec 09:30": "2026-12-03T09:30",
    "12am Friday": None,
    "Friday 12am": "2026-11-27T00:00",
    "Friday 12pm": "2026-11-27T12:00",
    "16:00": "2026-11-24T16:00",
    "at 4pm": "2026-11-24T16:00",
    "this afternoon": "2026-11-24T13:00",
    "2026-12-03T09:30": "2026-12-03T09:30",
}
NOT_TIMES = [
    "", " ", "?", "someday", "soon", "later", "a", "t", "R17", "31 Feb", "30 Mai", "99/99", "Thursday 25:00", "13pm",
    "Thursday 14", "in 0 hours", "in ages", "in a minute or two", "next term", "yesterday", "today I'll ring her",
    "Thursday is sports day", "the head is away next week", "3", "monkey", "in 3 days' time", "may", "x" * 5000,
    "next week maybe", "day 3 Dec", "Dec", "5/5/5/5", "0 Dec", "2 2 2 2", "tomorrow tomorrow",
]  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), DAYS.items())
def test_a_day_is_read(words: str, expected: str) -> None:
    found = days.read(words, NOW)

    assert found == date.fromisoformat(expected)
    assert not isinstance(found, datetime)
    assert days.is_time(words)


@pytest.mark.parametrize(("words", "expected"), TIMES.items())
def test_a_time_is_read_as_local(words: str, expected: str | None) -> None:
    assert days.read(words, NOW) == (datetime.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize("words", NOT_TIMES)
def test_what_is_no_time_is_not_guessed(words: str) -> None:
    assert days.read(words, NOW) is None
    assert not days.is_time(words)


@pytest.mark.parametrize(
    ("words", "expected"), [("in 2 hours", "12:15"), ("in an hour", "11:15"), ("in 30 mins", "10:45")]
)
def test_a_length_of_time_counts_from_now(words: str, expected: str) -> None:
    assert days.read(words, NOW) == datetime.fromisoformat(f"2026-11-24T{expected}").replace(tzinfo=LONDON)


def test_a_length_of_time_is_elapsed_time_where_the_clocks_change() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=LONDON)

    assert days.read("in 2 hours", before) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("12 Nov", "2026-11-12"),
        ("24 Nov", "2026-11-24"),
        ("25 Nov", "2025-11-25"),
        ("12/11/2026", "2026-11-12"),
        ("Mon, 23 Nov 2026", "2026-11-23"),
        ("Monday, November 23, 2026", "2026-11-23"),
        ("2026-11-23", "2026-11-23"),
        ("3 Dec 2026", None),
        ("29 Feb", None),
        ("Thursday", None),
    ],
)
def test_a_day_that_is_past_is_read(words: str, expected: str | None) -> None:
    found = days.past_day(words, NOW.date())

    assert found == (date.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("3 Dec", "2026-12-03T07:30"),
        ("next week", "2026-11-30T07:30"),
        ("Thursday 14:00", "2026-11-26T14:00"),
        ("in 2 hours", "2026-11-24T12:15"),
        ("5 January 2027", "2027-01-05T07:30"),
        ("today 4pm", "2026-11-24T16:00"),
        ("2026-11-28T09:30+02:00", "2026-11-28T07:30"),
    ],
)
def test_a_story_is_put_off_until_then(words: str, expected: str) -> None:
    assert put_off(words, NOW, HOLM_NOOK) == datetime.fromisoformat(expected).replace(tzinfo=LONDON)


@pytest.mark.parametrize("words", ["20 Nov", "today", "09:00", "2020-01-01"])
def test_a_time_that_is_over_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="over"):
        put_off(words, NOW, HOLM_NOOK)


@given(st.text(max_size=80))
def test_any_words_are_read_or_not(words: str) -> None:
    days.read(words, NOW)
    days.past_day(words, NOW.date())
