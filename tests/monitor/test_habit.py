"""Promise: a source that answers and says nothing is told of when that is unlike it, and not because of a holiday."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.facts import Habit
from monitor.habit import FEWEST, LOOKED_BACK, MOST, is_rest, learn

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MONDAY = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
"""In term; no rest but weekends until Christmas."""


def every(gap: timedelta, many: int, start: datetime = MONDAY) -> list[datetime]:
    return [start + gap * number for number in range(many)]


def working(times: Iterable[datetime]) -> list[datetime]:
    return [at for at in times if not is_rest(at.date())]


def known(times: list[datetime]) -> Habit:
    habit = learn(times)
    assert habit
    return habit


@pytest.mark.parametrize("many", [0, 1, 2, FEWEST])
def test_a_habit_takes_ten_intervals(many: int) -> None:
    times = every(DAY, many)
    assert (learn(times) if times else None) is None


def test_with_ten_intervals_it_is_known() -> None:
    assert known(every(DAY, FEWEST + 1)).last_at == MONDAY + 10 * DAY


def test_a_lively_paper_is_doubted_after_a_day_of_work() -> None:
    habit = known(every(30 * MINUTE, 4 * 48))  # Monday 9:00 to Friday 8:30

    assert habit.usual == 30 * MINUTE
    assert habit.doubtful_at == MONDAY + 7 * DAY - 30 * MINUTE, "Saturday and Sunday do not count"


def test_a_blog_that_writes_every_second_day_may_rest_for_a_half_term() -> None:
    habit = known(every(2 * DAY, 20))
    quiet = habit.doubtful_at - habit.last_at

    assert habit.usual == 2 * DAY
    assert 6 * DAY < quiet <= 9 * DAY


def test_a_monthly_letter_is_doubted_after_two_of_its_gaps() -> None:
    habit = known(every(5 * DAY, 12))

    assert 8 * DAY <= habit.doubtful_at - habit.last_at <= 14 * DAY


def test_one_long_gap_among_many_is_no_habit_and_many_are() -> None:
    steady = every(DAY, 30)
    once = [*every(DAY, 15), *every(DAY, 15, MONDAY + 30 * DAY)]
    often = every(3 * DAY, 15)

    assert known(once).doubtful_at - once[-1] <= 8 * DAY
    assert known(often).doubtful_at - often[-1] >= known(steady).doubtful_at - steady[-1]


@pytest.mark.parametrize(
    ("last", "back"),
    [
        pytest.param(datetime(2026, 12, 18, 15, 0, tzinfo=UTC), datetime(2027, 1, 5, 9, 0, tzinfo=UTC), id="Christmas"),
        pytest.param(datetime(2026, 7, 20, 15, 0, tzinfo=UTC), datetime(2026, 9, 7, 9, 0, tzinfo=UTC), id="summer"),
        pytest.param(datetime(2026, 10, 23, 15, 0, tzinfo=UTC), datetime(2026, 11, 2, 9, 0, tzinfo=UTC), id="half-term"),
        pytest.param(datetime(2026, 11, 6, 15, 0, tzinfo=UTC), datetime(2026, 11, 9, 9, 0, tzinfo=UTC), id="a weekend"),
    ],
)  # fmt: skip
def test_holidays_are_no_silence(last: datetime, back: datetime) -> None:
    times = working(last - DAY * number for number in range(30, -1, -1))

    assert known(times).doubtful_at >= back


def test_silence_beyond_the_holidays_is() -> None:
    times = working(datetime(2026, 12, 18, 15, 0, tzinfo=UTC) - DAY * number for number in range(30, -1, -1))

    assert known(times).doubtful_at < datetime(2027, 1, 13, tzinfo=UTC)


def test_only_the_last_weeks_count_and_they_are_counted_back_from_its_last_word() -> None:
    before = every(HOUR, 300, MONDAY - 2 * LOOKED_BACK)
    habit = known(before + every(2 * DAY, 20))

    assert habit.usual == 2 * DAY
    assert known(before).usual == HOUR, "however long ago that was"


def test_many_times_at_once_are_learnt_quickly_and_mean_a_day() -> None:
    habit = known([MONDAY] * MOST)

    assert habit.usual == timedelta()
    assert habit.doubtful_at == MONDAY + DAY


@pytest.mark.parametrize(
    ("day", "rests"),
    [
        (date(2026, 11, 23), False), (date(2026, 11, 28), True), (date(2026, 11, 29), True),
        (date(2026, 7, 20), False), (date(2026, 7, 21), True), (date(2026, 9, 4), True), (date(2026, 9, 7), False),
        (date(2026, 12, 18), False), (date(2026, 12, 21), True), (date(2027, 1, 1), True), (date(2027, 1, 4), False),
    ],
)  # fmt: skip
def test_days_of_rest(day: date, rests: bool) -> None:  # noqa: FBT001 -- a table of facts
    assert is_rest(day) is rests
