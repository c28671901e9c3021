"""Promise: reports by several papers, or by the national press, raise a story once, never to critical, never down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.base import Category, Severity
from monitor.model import OpenIncident
from monitor.reach import NATIONAL, NATIONAL_TOO, REPORTED, Press, Widened, insists, raised, unraised, widened

HOSTS = {
    "post": "post.example:443",
    "post sport": "post.example:443",
    "echo": "echo.example:443",
    "times": "times.example:443",
}
NATIONALLY = frozenset({"times"})


def story(*own: str, copies: tuple[str, ...] = ()) -> OpenIncident:
    return OpenIncident(
        school="holm-nook",
        subject_key="k1",
        severity=Severity.LOW,
        category=Category.MEDIA_INSPECTION,
        categories=(Category.MEDIA_INSPECTION,),
        certain=True,
        count=1,
        grown_to=0,
        clock="decide",
        due_at=None,
        reported_by=frozenset(own),
        carried_by=frozenset((*own, *copies)),
    )


def reached(before: OpenIncident | None, here: str, *, own_words: bool = True) -> Widened:
    return widened(before, Press(here=here, hosts=HOSTS, national=NATIONALLY), own_words=own_words)


@pytest.mark.parametrize(
    ("before", "here", "own_words", "expected"),
    [
        (None, "post", True, Widened()),
        (story("post"), "post", True, Widened()),
        (story("post"), "echo", True, Widened(raises=True, ground=REPORTED)),
        (story("post"), "echo", False, Widened()),
        (story("post", copies=("echo",)), "echo", True, Widened(raises=True, ground=REPORTED)),
        (story("post"), "post sport", True, Widened()),
        (story("post"), "forum", True, Widened()),
        (story("forum"), "echo", True, Widened()),
        (story("post", "echo"), "echo", True, Widened()),
        (story("post", "echo"), "times", True, Widened(jumps=True, ground=NATIONAL_TOO)),
        (None, "times", True, Widened(raises=True, ground=NATIONAL)),
        (story("post"), "times", True, Widened(raises=True, jumps=True, ground=NATIONAL)),
        (story("post"), "times", False, Widened(raises=True, jumps=True, ground=NATIONAL)),
        (story("times"), "echo", True, Widened()),
        (story("post", copies=("times",)), "times", True, Widened()),
    ],
)
def test_reach_counts_once(
    before: OpenIncident | None, here: str, *, own_words: bool, expected: Widened
) -> None:
    assert reached(before, here, own_words=own_words) == expected


NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ABUSE = (Category.STAFF_ABUSE_HARASSMENT,)


def insisted(
    *days: int, new: int = 1, here: str = "forum", author: str = "@loud", about: tuple[Category, ...] = ABUSE
) -> bool:
    times = tuple(NOW - timedelta(days=day) for day in days)
    before = replace(story(here), voices={("forum", "@loud"): times})
    press = Press(here=here, hosts=HOSTS)
    return insists(before, [author] * new, about, press, NOW)


def test_the_third_post_of_an_author_about_a_person_within_seven_days_counts_once() -> None:
    assert insisted(1, 6)
    assert insisted(1, new=2)
    assert insists(None, ["@loud"] * 3, ABUSE, Press(here="forum"), NOW)
    assert not insisted(1)
    assert not insisted(1, 8)
    assert not insisted(1, 2, 3)


def test_others_journalists_and_other_matters_do_not_count() -> None:
    assert not insisted(1, 2, author="@other")
    assert not insisted(1, 2, here="blog")
    assert not insisted(1, 2, about=(Category.COMPLAINT_GENERAL,))
    assert not insists(None, [""] * 3, ABUSE, Press(here="forum"), NOW)
    assert not insists(None, ["A Reporter"] * 3, ABUSE, Press(here="echo", hosts=HOSTS), NOW)


def test_what_was_as_grave_already_is_not_said_to_be_graver() -> None:
    assert unraised(Widened(raises=True, ground=REPORTED)) == Widened()
    assert unraised(Widened(raises=True, jumps=True, ground=NATIONAL)) == Widened(
        jumps=True, ground=NATIONAL_TOO
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("none", "low"), ("low", "medium"), ("medium", "high"), ("high", "high"), ("critical", "critical")],
)
def test_reach_raises_by_one_band_never_to_critical_and_never_lowers(before: str, after: str) -> None:
    assert raised(Severity.of(before)) is Severity.of(after)
