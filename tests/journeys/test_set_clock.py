"""Promise: however the clock is set, no post is missed or told twice, nothing is thrown away, the digest comes once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.jobs import reporting, upkeep
from monitor.store import backlog, health, mentions
from monitor.store import clock as store_clock
from tests.torture import clocks, house
from tests.torture.mutants import QUIET_WEEK_BREAKS, patched

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize("error", clocks.STEPS.values(), ids=clocks.STEPS)
def test_a_clock_that_is_wrong_for_half_an_hour_costs_nothing(error: timedelta, tmp_path: Path) -> None:
    found = clocks.run(tmp_path, error)

    assert found.wrong == 0, found


def test_the_trial_finds_a_source_that_a_step_back_has_silenced(tmp_path: Path) -> None:
    with patched((store_clock, "call_sources", lambda *_: 0)):
        found = clocks.run(tmp_path, timedelta(hours=-2))

    assert found.late > 0


def test_the_trial_finds_mail_that_a_step_back_has_put_off(tmp_path: Path) -> None:
    place = house.build(tmp_path)
    assert _sent_after_a_step_back(place, patched) == 1
    place = house.build(tmp_path / "broken")
    assert _sent_after_a_step_back(place, lambda: patched((store_clock, "_shift", lambda *_: None))) == 0


def _sent_after_a_step_back(place: house.House, broken: Callable[[], AbstractContextManager[None]]) -> int:
    """A mail that waits for its next try when the clock goes back a day: sent within the hour?"""
    now = [house.START]
    with place.app(now=lambda: now[0]) as app, broken():
        upkeep.note_tick(app, now[0])
        house.fill(app, 1, now[0] + timedelta(minutes=30))
        now[0] -= timedelta(days=1)
        upkeep.note_tick(app, now[0])
        now[0] += timedelta(minutes=31)
        return len(house.deliver(app))


MILD = 3


@pytest.fixture
def old_news(tmp_path: Path) -> tuple[house.House, clocks.SetClock]:
    """A house that has stored posts which are kept for thirty days."""
    place, clock = house.build(tmp_path, posts=MILD), clocks.SetClock()
    with place.app(now=clock, fetcher=house.World(clock=clock, posts=MILD, word="mild").fetcher()) as app:
        clock.true += house.STEP * MILD
        house.round_of(app)
    return place, clock


def _left_after_a_night(place: house.House, clock: clocks.SetClock) -> int:
    with place.app(now=clock) as app:
        upkeep.note_tick(app, clock())
        upkeep.nightly(app, clock())
        with app.store.read() as tx:
            return len(mentions.listing(tx))


def test_a_leap_of_the_clock_deletes_nothing_before_it_is_believed(
    old_news: tuple[house.House, clocks.SetClock],
) -> None:
    place, clock = old_news
    clock.true += timedelta(days=40)
    assert _left_after_a_night(place, clock) == MILD

    clock.true += timedelta(days=1, minutes=1)
    assert _left_after_a_night(place, clock) == 0


def test_the_trial_finds_a_leap_that_is_believed_at_once(
    old_news: tuple[house.House, clocks.SetClock],
) -> None:
    place, clock = old_news
    clock.true += timedelta(days=40)

    with patched((upkeep, "BELIEVED_AFTER", timedelta(0))):
        assert _left_after_a_night(place, clock) == 0


def test_a_leap_is_told_and_forgotten_when_the_clock_goes_back(
    old_news: tuple[house.House, clocks.SetClock],
) -> None:
    place, clock = old_news
    with place.app(now=clock) as app:
        upkeep.note_tick(app, clock() + timedelta(days=365))
        told = reporting.current_ailments(app, clock() + timedelta(days=365))
        upkeep.note_tick(app, clock())
        with app.store.read() as tx:
            left = health.leapt_at(tx)

    assert any("leapt" in each.what for each in told)
    assert left is None


def _hours(first: datetime, many: int) -> list[datetime]:
    return [first + timedelta(hours=hour) for hour in range(many)]


@pytest.mark.parametrize(
    ("sunday", "due"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 30, 7, 30, tzinfo=LONDON)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 7, 30, tzinfo=LONDON)),
    ],
    ids=["in spring", "in autumn"],
)
def test_a_restart_each_hour_over_a_change_of_the_clocks_sends_one_digest(
    sunday: datetime, due: datetime, tmp_path: Path
) -> None:
    week = f"2026-W{sunday.isocalendar().week:02}"

    told = clocks.digests(
        tmp_path, [*_hours(sunday, 4), *_hours(due.astimezone(UTC) - timedelta(hours=2), 5)]
    )

    assert told == [(week, due)]


MONDAY = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)


def test_a_machine_that_was_off_at_the_hour_sends_the_digest_once(tmp_path: Path) -> None:
    later = MONDAY + timedelta(days=2)

    told = clocks.digests(tmp_path, [MONDAY - timedelta(hours=12), later, *_hours(later, 3)])

    assert told == [("2026-W48", later)]


def test_a_quiet_week_is_told_too(tmp_path: Path) -> None:
    assert clocks.digests(tmp_path, [MONDAY - timedelta(days=3), MONDAY]) == [("2026-W48", MONDAY)]


@pytest.mark.parametrize("name", QUIET_WEEK_BREAKS)
def test_the_quiet_week_finds_a_deliberate_break(name: str, tmp_path: Path) -> None:
    with QUIET_WEEK_BREAKS[name]():
        assert clocks.digests(tmp_path, [MONDAY - timedelta(days=3), MONDAY]) == []


BACK = [timedelta(minutes=-5), timedelta(minutes=1), timedelta(minutes=-15), timedelta(minutes=2)]


def test_a_clock_set_back_over_the_hour_sends_no_second_digest(tmp_path: Path) -> None:
    assert len(clocks.digests(tmp_path, [MONDAY + step for step in BACK])) == 1


def test_the_trial_finds_a_second_digest(tmp_path: Path) -> None:
    with patched((backlog, "was_added", lambda *_: False)):
        assert len(clocks.digests(tmp_path, [MONDAY + step for step in BACK])) == 2


def test_a_year_that_never_was_does_not_silence_the_digest(tmp_path: Path) -> None:
    times = [MONDAY - timedelta(days=3), MONDAY + timedelta(days=365), MONDAY - timedelta(days=2), MONDAY]

    assert ("2026-W48", MONDAY) in clocks.digests(tmp_path, times)
