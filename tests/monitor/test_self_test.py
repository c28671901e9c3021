"""The self-test comes at its hour on its day, through both changes of the clock, and its text is always grave enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from alerts.base import Severity
from monitor import config, self_test
from monitor.facts import SelfTest, Stage
from monitor.grading import Judge
from monitor.matching import Matcher
from monitor.model import Certainty
from monitor.settings import SelfTestSettings
from sources.base import Entry

LONDON = ZoneInfo("Europe/London")
USUAL = SelfTestSettings()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("after", "first", "due"),
    [
        ("2026-11-23T10:00", True, "2026-11-24T06:10"),
        ("2026-11-24T06:09", True, "2026-11-24T06:10"),
        ("2026-11-24T06:10", True, "2026-12-01T06:10"),
        ("2026-11-24T06:10", False, "2026-12-01T06:10"),
        ("2026-11-27T09:00", False, "2026-12-01T06:10"),
        ("2026-10-20T06:10", False, "2026-10-27T06:10"),
        ("2026-03-24T06:10", False, "2026-03-31T06:10"),
    ],
    ids=[
        "the day before",
        "a minute before",
        "just over",
        "after one",
        "after a late one",
        "winter",
        "summer",
    ],
)
def test_it_is_due_on_tuesday_at_ten_past_six_by_the_clock_of_the_school(
    after: str, *, first: bool, due: str
) -> None:
    assert self_test.next_at(at(after), USUAL, LONDON, first=first) == at(due)


@pytest.mark.parametrize(
    ("every", "first", "due"),
    [
        ("1d", True, "2026-11-26T06:10"),
        ("1d", False, "2026-11-26T06:10"),
        ("3d", False, "2026-11-28T06:10"),
        ("14d", True, "2026-12-01T06:10"),
        ("14d", False, "2026-12-08T06:10"),
    ],
)
def test_it_comes_as_often_as_it_is_set(every: str, *, first: bool, due: str) -> None:
    settings = SelfTestSettings(every=every)  # type: ignore[arg-type]  # as it is written in the file

    assert self_test.next_at(at("2026-11-25T09:00"), settings, LONDON, first=first) == at(due)


@pytest.mark.parametrize("every", ["12h", "0s", "36h", "60d"])
def test_only_whole_days_up_to_a_month_can_be_set(every: str) -> None:
    with pytest.raises(ValidationError, match="whole days"):
        SelfTestSettings(every=every)  # type: ignore[arg-type]  # as it is written in the file


def test_its_words_are_graded_high_for_the_school_of_the_example() -> None:
    shipped = config.load(Path(__file__).parents[2] / "config" / "monitor.toml", environ={})
    school = shipped.schools["moor-nook"].settings
    entry = Entry(id="1", text=self_test.post(school.school.name), kind="post")

    (match,) = Matcher({"moor-nook": school}).find(entry)

    assert match.certainty is Certainty.CERTAIN


def test_its_words_are_graded_high(grader: Judge) -> None:
    text = self_test.post("Holm Nook Community Primary School")

    assert grader.assess(Entry(id="1", text=text, kind="post"), text).severity is Severity.HIGH


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage < Stage.ARRIVED])
def test_each_step_has_words_and_a_remedy_and_never_says_canary(stage: Stage) -> None:
    now = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
    test = SelfTest(id="1", began_at=now, until=now, seen_at=now, stage=stage, left_at=now)

    said = self_test.broken(test, LONDON)
    told = SelfTest(
        id="1", began_at=now, until=now, seen_at=now, stage=stage, outcome="broken", why=said, ended_at=now
    )
    found = self_test.ailment(told)

    assert found is not None
    assert (found.what, found.since) == (said, now)
    assert found.remedy.endswith("; then: mention-monitor self-test")
    assert "broken on Tue 06:10" in self_test.line(told, LONDON)
    assert "canary" not in f"{said}{found.remedy}{self_test.line(told, LONDON)}".casefold()


def test_time_in_which_nothing_ran_does_not_count() -> None:
    now = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
    test = SelfTest(id="1", began_at=now, until=now + self_test.WITHIN, seen_at=now)

    soon, late = now + timedelta(minutes=1), now + timedelta(hours=2)
    assert self_test.looked(test, soon) == (test.until, soon)
    assert self_test.looked(test, late) == (test.until + timedelta(hours=2), late)
