"""By the rules alone, posts of every kind get the band and the lead category that the school's policy gives them.

Every post is invented and speaks of the fictional Holm Nook school. A mutant that drops a rule, a floor, a cap,
an idiom or a negation turns one of them red.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.base import Category, Severity
from monitor.grading import Judge, judge, rules_alone
from sources.base import Entry

_LINES = Path(__file__).with_name("graded_posts.txt").read_text(encoding="utf-8").splitlines()[1:]
POSTS = [tuple(line.split(" | ", 2)) for line in _LINES]


@pytest.fixture(scope="module")
def grader() -> Judge:
    return rules_alone()


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


def test_what_was_learned_agrees_with_most_of_them_and_hides_no_critical_one() -> None:
    grader = judge()
    found = [
        grader.assess(Entry(id="e1", text=post), post, source_kind="facebook_comment") for *_, post in POSTS
    ]
    bands = [Severity.of(band) for band, *_ in POSTS]
    assert sum(one.severity == band for one, band in zip(found, bands, strict=True)) >= 0.75 * len(POSTS)
    assert all(
        one.severity >= Severity.HIGH
        for one, band in zip(found, bands, strict=True)
        if band == Severity.CRITICAL
    )
