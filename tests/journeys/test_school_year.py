"""Promise: through a whole school year every mail that the policy wants goes out once, at its minute, and no other does.

Both clock changes, Christmas, Easter, bank holidays, August nights, three days without power: what is due when is
worked out by a small second reading of the policy (``year_policy``) that shares no line with the program.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from monitor import deadlines
from monitor.jobs import reporting
from monitor.store import ladders, owed
from tests.journeys.year_play import BEGIN, END, LOOKS, Page, Year
from tests.journeys.year_policy import LEADERSHIP, TERMS, Figures, digest_times, figures, local, london
from tests.journeys.year_script import OFF
from tests.torture.mutants import patched

WEEK = timedelta(days=7)
LONGEST_STEP = timedelta(hours=12)
"""From one moment of the trial to the next: as long as a night and the morning before a bundle."""


@pytest.mark.slow
def test_a_school_year_says_everything_once_and_nothing_else(tmp_path: Path) -> None:
    year = Year(tmp_path).live()

    assert year.wrong() == []
    messages = [(sent.key, sent.to.address) for sent in year.channel.sent]
    assert len(messages) == len(set(messages)) == len(year.said)
    _every_week_was_told(year)
    _every_term_was_told(year)
    _nobody_stopped_looking(year)
    _every_night_was_tidied(year)


def _every_week_was_told(year: Year) -> None:
    due = list(digest_times(BEGIN, END))
    assert len(due) == 53
    for reader in LEADERSHIP:
        pages = [page for page in year.pages if page.to == reader]
        assert [(page.at, page.first) for page in pages] == [(OFF.after(at), monday) for at, monday in due]
        for page in pages:
            assert page.last == page.first + timedelta(days=6)
            assert page.figures == _week(year, page.first), page.first
            assert page.before == _before(year, page), page.first
            assert bool(page.blind) is (page.first in _UNSEEN), page.first


_UNSEEN = {date(2027, 2, 15), date(2027, 2, 22)}
"""The weeks of the three days without power."""


def _week(year: Year, monday: date) -> Figures:
    return figures(year.posts, year.stories, monday, monday + WEEK, OFF)


def _before(year: Year, page: Page) -> tuple[int, ...]:
    """The counts of the week before; nothing if it was not watched as a whole."""
    earlier = page.first - WEEK
    return _week(year, earlier).counts if earlier > local(BEGIN).date() else (0,) * 5


def _every_term_was_told(year: Year) -> None:
    pages = [page for page in year.pages if page.to == "chair"]
    assert [f"{local(page.at):%Y-%m-%d %H:%M}" for page in pages] == [told for _, _, told in TERMS]
    for page, (first, last, _) in zip(pages, TERMS, strict=True):
        friday = date.fromisoformat(last)
        monday = friday - timedelta(days=friday.weekday()) + WEEK
        counted = figures(year.posts, year.stories, date.fromisoformat(first), monday, OFF, governors=True)
        assert (page.first, page.last) == (date.fromisoformat(first), monday - timedelta(days=1))
        assert page.figures == dataclasses.replace(counted, open=frozenset())


def _nobody_stopped_looking(year: Year) -> None:
    """Collection never pauses: not at weekends, in holidays, or on the nights in which the clocks change."""
    for times in year.asked.values():
        pauses = [(a, b) for a, b in pairwise([BEGIN, *times, END]) if b - a > LOOKS + LONGEST_STEP]
        assert [(a <= OFF.since, b >= OFF.until) for a, b in pauses] == [(True, True)]


def _every_night_was_tidied(year: Year) -> None:
    days = [local(at).date() for at in year.nights]
    assert len(days) == len(set(days)) == 365 - 2
    assert {local(at).hour for at in year.nights if at != OFF.until} == {3}


# ---------------------------------------------------------------- the oracle, against the policy's worked examples


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-24T10:15", "2026-11-25T10:15"),
        ("2026-11-27T16:05", "2026-11-28T16:05"),
        ("2026-11-29T23:59", "2026-11-30T17:00"),
        ("2026-10-25T00:30", "2026-10-26T17:00"),
        ("2026-10-25T01:30", "2026-10-26T17:00"),
        ("2026-12-24T15:00", "2026-12-25T15:00"),
        ("2026-12-26T12:00", "2026-12-29T17:00"),
        ("2027-03-26T11:00", "2027-03-30T16:00"),
        ("2027-03-28T00:45", "2027-03-30T16:00"),
        ("2027-05-31T13:00", "2027-06-01T16:00"),
    ],
)
def test_the_second_reading_agrees_with_the_policys_examples(received: str, due: str) -> None:
    from tests.journeys import year_policy

    found = year_policy.due(datetime.fromisoformat(received).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


# ---------------------------------------------------------------- deliberate breaks, found by a part of the year


@contextmanager
def _digest_of_the_second_hour() -> Iterator[None]:
    """Takes the night in which an hour comes twice for two Mondays: the next digest is an hour, not a week, ahead."""
    whole = deadlines.next_digest

    def soon(now: datetime, facts: Any) -> datetime:
        at = whole(now, facts)
        changes = at - now > timedelta(days=6, hours=23, minutes=59) and now.month == 10
        return now + timedelta(hours=1) if changes and now.hour == 7 else at

    with patched((deadlines, "next_digest", soon)):
        yield


@contextmanager
def _bundles_in_elapsed_hours() -> Iterator[None]:
    """Counts the hours of a day from its midnight: on the day on which the clocks change that is another time."""
    whole = deadlines._wall

    def elapsed(day: date, clock: Any, zone: Any) -> datetime:
        midnight = whole(day, type(clock)(), zone)
        return midnight + timedelta(hours=clock.hour, minutes=clock.minute)

    with patched((deadlines, "_wall", elapsed)):
        yield


@contextmanager
def _weekend_in_utc() -> Iterator[None]:
    """Decides by the day in UTC whether something came at a weekend."""
    whole = deadlines.due

    def due(received: datetime, facts: Any) -> Any:
        return whole(received, facts.model_copy(update={"timezone": UTC}))

    with patched((deadlines, "due", due)):
        yield


@contextmanager
def _forgets_steps_at_the_start() -> Iterator[None]:
    """Begins every ladder anew when the program starts again."""
    whole = reporting.tell_recovery

    def forget(app: Any, now: datetime) -> bool:
        with app.store.write() as tx:
            tx.connection.exec_driver_sql("UPDATE incident SET ladder_step = 0")
        return bool(whole(app, now))

    with patched((reporting, "tell_recovery", forget)):
        yield


BREAKS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "a digest twice in the week in which the clocks change": _digest_of_the_second_hour,
    "a bundle by elapsed hours": _bundles_in_elapsed_hours,
    "a weekend by the day in UTC": _weekend_in_utc,
    "a ladder that begins anew with the program": _forgets_steps_at_the_start,
    "a reminder each minute": lambda: patched((owed, "reminded", lambda *_, **__: None)),
    "a step that is said and not noted": lambda: patched((ladders, "advance", lambda *_: True)),
    "a bank holiday that is a working day": lambda: patched((deadlines, "bank_holiday", lambda *_: "")),
    "quiet hours that nobody keeps": lambda: patched((deadlines, "in_quiet_hours", lambda *_: False)),
}
PARTS = {
    "a bank holiday that is a working day": ("2026-12-24 12:00", "2026-12-29 00:00"),
    "quiet hours that nobody keeps": ("2026-09-09 12:00", "2026-09-11 00:00"),
}
OCTOBER = ("2026-10-23 18:00", "2026-10-26 18:00")


def _lived(home: Path, part: tuple[str, str]) -> list[str]:
    """What went wrong in a part of the year."""
    return Year(home, london(part[0]), london(part[1])).live().wrong()


@pytest.mark.parametrize("part", sorted({OCTOBER, *PARTS.values()}))
def test_parts_of_the_year_are_as_they_should_be(part: tuple[str, str], tmp_path: Path) -> None:
    assert _lived(tmp_path, part) == []


@pytest.mark.parametrize("name", BREAKS)
def test_the_year_finds_a_deliberate_break(name: str, tmp_path: Path) -> None:
    with BREAKS[name]():
        assert _lived(tmp_path, PARTS.get(name, OCTOBER)) != []
