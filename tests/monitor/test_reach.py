"""Promise: reports by several papers, or by the national press, raise a story once, never to critical, never down."""

from __future__ import annotations

import pytest

from alerts.base import Category, Severity
from monitor.model import OpenIncident
from monitor.reach import NATIONAL, NATIONAL_TOO, REPORTED, Press, Widened, raised, unraised, widened

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
