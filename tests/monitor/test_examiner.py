"""What examiners' posts showed must not get worse.

Three sets of invented posts in the spread of the policy's categories, each written with its labels by somebody who had
read the policy and the meaning of the labels, but neither the rules nor the posts that these were made with or that the
wording was learned from:

* ``examiner``, hard on purpose: oblique wording, dialect, other languages, sarcasm, drills and idioms. It was in view
  when the rules were widened, so its figures prove nothing about new posts. At first sight: school F1 0.98, critical
  recall 0.57 and precision 0.77, severity exact 0.57, within one band 0.77, categories 0.55, needs an answer 0.87, tone
  0.68, copies 1.00.
* ``second_examiner``, a quarter of it hard. The rules alone, which nobody changed after seeing it: critical recall 0.38
  and precision 0.68, exact 0.46, within one 0.67, categories 0.41, needs an answer 0.81, tone 0.63. No post of it was
  read, but its figures were looked at when thresholds were chosen.
* ``third_examiner``, in the tone of the development posts: measured once, when all was done. The rules alone: critical
  recall 0.25 and precision 0.50, exact 0.38, within one 0.63, categories 0.45, needs an answer 0.77, tone 0.59.

**What to expect of a new post is what the third set says.** Each floor lies a little below what was measured; floors
only ever rise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from alerts.base import Severity
from monitor import measure
from monitor.grading import judge
from monitor.measure import Grades, Judged

_DATA = Path(__file__).with_name("data")
FLOORS: Mapping[str, Mapping[str, float]] = {
    "examiner": {
        "ours": 0.97, "found": 0.88, "rightly": 0.85, "at least high": 0.92, "exact": 0.74, "near": 0.90,
        "categories": 0.70, "answer": 0.91, "tone": 0.74,
    },
    "second_examiner": {
        "ours": 0.98, "found": 0.75, "rightly": 0.68, "at least high": 0.78, "exact": 0.68, "near": 0.85,
        "categories": 0.63, "answer": 0.91, "tone": 0.76,
    },
    "third_examiner": {
        "ours": 0.95, "found": 0.57, "rightly": 0.68, "at least high": 0.72, "exact": 0.63, "near": 0.82,
        "categories": 0.65, "answer": 0.88, "tone": 0.77,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def examined() -> dict[str, list[Judged]]:
    grader, school = judge(), measure.school(_DATA / "holm-nook.toml")
    return {
        name: list(measure.judged(measure.labels(_DATA / f"{name}.jsonl"), school, grader)) for name in FLOORS
    }


def figures(found: Grades) -> dict[str, float]:
    return {
        "ours": found.ours.f1,
        "found": found.critical.recall,
        "rightly": found.critical.precision,
        "at least high": 1 - found.low_critical / (found.critical.right + found.critical.missed),
        "exact": found.share(found.exact),
        "near": found.share(found.near),
        "categories": found.categories.f1,
        "answer": found.answer.f1,
        "tone": found.share(found.tone),
    }


@pytest.mark.parametrize("name", FLOORS)
def test_no_figure_is_lower_than_before(examined: dict[str, list[Judged]], name: str) -> None:
    measured = figures(measure.grades(examined[name]))
    assert {what: value for what, value in measured.items() if value < FLOORS[name][what]} == {}


def test_posts_about_others_are_never_graded_high(examined: dict[str, list[Judged]]) -> None:
    others = [post for posts in examined.values() for post in posts if not post.label["refers_to_school"]]
    assert len(others) > 50
    assert max(post.severity for post in others) < Severity.HIGH


def test_copies_are_found_and_two_people_with_one_complaint_stay_two(
    examined: dict[str, list[Judged]],
) -> None:
    posts = examined["examiner"]
    copies = [post for post in posts if post.label["duplicate_of"]]
    assert sum(post.copy_of == post.label["duplicate_of"] for post in copies) >= 0.95 * len(copies)
    assert not [post.label["id"] for post in posts if post.copy_of and not post.label["duplicate_of"]]
