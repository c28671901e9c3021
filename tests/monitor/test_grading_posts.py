"""Posts of every kind get the band and the lead category that the school's policy gives them.

Every post is invented and speaks of the fictional Holm Nook school. A mutant that drops a rule, a floor, a cap,
an idiom or a negation turns one of them red.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.base import Category, Severity
from monitor.grading import Judge, judge
from sources.base import Entry

_LINES = Path(__file__).with_name("graded_posts.txt").read_text(encoding="utf-8").splitlines()[1:]
POSTS = [tuple(line.split(" | ", 2)) for line in _LINES]


@pytest.fixture(scope="module")
def grader() -> Judge:
    return judge()


@pytest.mark.parametrize(("band", "lead", "post"), POSTS, ids=[post[2][:40] for post in POSTS])
def test_a_post_gets_its_band_and_lead_category(grader: Judge, band: str, lead: str, post: str) -> None:
    found = grader.assess(Entry(id="e1", text=post), post, source_kind="facebook_comment")
    assert found.severity == Severity.of(band), found.grounds
    assert found.categories[0] == Category(lead)
    assert found.needs_response is (found.severity >= Severity.MEDIUM) or found.severity == Severity.LOW


@pytest.mark.parametrize("joke", [" lol", " 😂😂", " jk haha"])
def test_a_joke_never_lowers_a_critical_post(grader: Judge, joke: str) -> None:
    for band, _, post in POSTS:
        if band == "critical":
            found = grader.assess(Entry(id="e1", text=post + joke), post + joke)
            assert found.severity == Severity.CRITICAL, post
