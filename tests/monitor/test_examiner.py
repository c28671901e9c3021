"""What an examiner's posts showed must not get worse.

292 invented posts and their labels, in the spread of the policy's categories, were written by somebody who had
read the policy and the meaning of the labels but neither the rules nor the posts that these were made with. They
are hard on purpose: oblique wording, dialect, other languages, sarcasm, drills and idioms. So the figures below are
much lower than on posts that the rules were written for, they are what the school should expect of such posts, and
they are no estimate of an ordinary week, in which most posts are plain.

First seen, before anybody acted on them: school F1 0.983; critical recall 0.57, precision 0.77; severity of our posts
exact 0.57, within one band 0.77; categories micro-F1 0.55; needs an answer F1 0.87; tone 0.68; duplicates F1 1.00.
**These remain the honest estimate for wording that nobody thought of.** From 23 November 2026 on these posts were in
view when the rules were widened, so the higher floors below guard what was gained and prove nothing about new posts.
The floors only ever rise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alerts.base import Severity
from monitor import dedupe, pipeline
from monitor.grading import judge
from monitor.matching import Matcher
from monitor.model import Assessment
from monitor.settings import Alias, OtherSchools, SchoolFacts, SchoolSettings
from sources.base import Entry

_POSTS = Path(__file__).with_name("data") / "examiner.jsonl"
# As a school would write it that has not seen the posts: no alias or exclusion stands here because of one.
_SCHOOL = SchoolSettings(
    school=SchoolFacts(name="Holm Nook Community Primary School", locality=("Ribbleton", "Preston")),
    alias=(
        Alias(
            kind="strong",
            any=(
                "holm nook community primary school",
                "holm nook community primary",
                "holm nook primary school",
                "holm nook primary",
                "holm nook cp school",
                "holm nook cps",
                "holm nook cp",
                "holm nook school",
            ),
            fuzzy=1,
        ),
        Alias(kind="handle", regex=("[@#]?holmnook(cp|cps|ps|primary|school|head|office|pta)[a-z0-9_]*",)),
        Alias(kind="weak", any=("holm nook",), fuzzy=1),
    ),
    other_schools=OtherSchools(names=("moorland academy", "holme slack", "holly nook")),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One post: what the examiner says of it, and what the program says."""

    label: dict[str, Any]
    ours: bool
    assessment: Assessment
    copy_of: str | None

    @property
    def severity(self) -> Severity:
        return self.assessment.severity if self.ours else Severity.NONE

    @property
    def expected(self) -> Severity:
        return Severity.of(self.label["severity"])


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    labels = [json.loads(line) for line in _POSTS.read_text(encoding="utf-8").splitlines()]
    entries = [Entry(id=label["id"], title=label["title"], text=label["text"]) for label in labels]
    matcher, grader = Matcher({"holm-nook": _SCHOOL}), judge()
    found = []
    for label, entry, first in zip(labels, entries, dedupe.duplicates_in(entries), strict=True):
        match = next(iter(matcher.find(entry)), None)
        window = pipeline.window(entry, match)
        assessment = grader.assess(entry, window, source_kind=label["source_kind"], match=match)
        found.append(Judged(label, match is not None, assessment, first))
    return found


def f1(pairs: Iterable[tuple[bool, bool]]) -> float:
    """The balance of precision and recall of ``(expected, said)``."""
    right, wrong = 0, 0
    for expected, said in pairs:
        right += expected and said
        wrong += expected != said
    return 2 * right / (2 * right + wrong)


def share(verdicts: Iterable[bool]) -> float:
    verdicts = list(verdicts)
    return sum(verdicts) / len(verdicts)


def about_us(judged: list[Judged]) -> list[Judged]:
    return [post for post in judged if post.label["refers_to_school"]]


def test_our_school_is_told_from_namesakes_estate_and_pub(judged: list[Judged]) -> None:
    assert f1((post.label["refers_to_school"], post.ours) for post in judged) >= 0.97


def test_no_more_critical_posts_are_missed_than_before(judged: list[Judged]) -> None:
    critical = [post for post in judged if post.expected == Severity.CRITICAL]
    assert share(post.severity == Severity.CRITICAL for post in critical) >= 0.90
    assert share(post.severity >= Severity.HIGH for post in critical) >= 0.90


def test_no_more_critical_alerts_are_false_than_before(judged: list[Judged]) -> None:
    said = [post for post in judged if post.severity == Severity.CRITICAL]
    assert share(post.expected == Severity.CRITICAL for post in said) >= 0.90


def test_the_band_is_right_or_next_to_right_as_often_as_before(judged: list[Judged]) -> None:
    steps = [abs(post.severity - post.expected) for post in about_us(judged)]
    assert share(step == 0 for step in steps) >= 0.79
    assert share(step <= 1 for step in steps) >= 0.91


def test_posts_about_others_are_never_graded_high(judged: list[Judged]) -> None:
    assert max(post.severity for post in judged if not post.label["refers_to_school"]) < Severity.HIGH


def test_categories_are_found_as_well_as_before(judged: list[Judged]) -> None:
    pairs = [
        (
            set(post.label["categories"]),
            {category.value for category in post.assessment.categories if post.ours},
        )
        for post in judged
    ]
    assert f1((c in expected, c in said) for expected, said in pairs for c in expected | said) >= 0.72


def test_who_is_owed_an_answer_is_known_as_well_as_before(judged: list[Judged]) -> None:
    pairs = (
        (post.label["needs_response_24h"], post.ours and post.assessment.needs_response) for post in judged
    )
    assert f1(pairs) >= 0.92


def test_the_tone_towards_the_school_is_read_as_well_as_before(judged: list[Judged]) -> None:
    assert share(p.label["sentiment"] == p.assessment.sentiment.label for p in about_us(judged)) >= 0.76


def test_copies_are_found_and_two_people_with_one_complaint_stay_two(judged: list[Judged]) -> None:
    copies = [post for post in judged if post.label["duplicate_of"]]
    assert share(post.copy_of == post.label["duplicate_of"] for post in copies) >= 0.95
    assert not [post.label["id"] for post in judged if post.copy_of and not post.label["duplicate_of"]]
