"""Promise: what people say every day on the school's own page seldom wakes anybody, and the grave is still seen.

The comments, none of which names a school, were invented by one hand that labelled them by the policy, without a look at
the rules or at what was learned from. The figures, not the comments, were looked at when ``ADDRESSED`` was chosen:
expect a little less of other people's. Bounds only ever get tighter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias

import pytest

from alerts.base import Severity
from monitor.grading import judge
from sources.base import Entry

_COMMENTS = Path(__file__).parents[1] / "data" / "own_page.jsonl"
Graded: TypeAlias = list[tuple[Severity, Severity]]
"""What the label says, and what we say."""
CRITICAL_WRONGLY, HIGH_WRONGLY = 0.02, 0.065
"""Of the everyday comments, at most."""
GRAVE_FOUND, CRITICAL_FOUND, COMPLAINTS_KEPT = 0.94, 0.88, 0.88


@pytest.fixture(scope="module")
def graded() -> Graded:
    grader = judge()
    found = []
    for row in map(json.loads, _COMMENTS.read_text(encoding="utf-8").splitlines()):
        entry = Entry(id="1", text=row["text"], own_account=True)
        said = grader.assess(entry, row["text"], source_kind=row["source_kind"])
        found.append((Severity.of(row["severity"]), said.severity))
    return found


def everyday(graded: Graded) -> list[Severity]:
    return [said for label, said in graded if label <= Severity.MEDIUM]


def grave(graded: Graded, band: Severity) -> list[Severity]:
    return [said for label, said in graded if label >= band]


def share(said: list[Severity], least: Severity) -> float:
    return sum(one >= least for one in said) / len(said)


def test_everyday_comments_are_seldom_critical_or_high(graded: Graded) -> None:
    assert len(everyday(graded)) >= 300
    assert share(everyday(graded), Severity.CRITICAL) <= CRITICAL_WRONGLY
    assert share(everyday(graded), Severity.HIGH) <= HIGH_WRONGLY


def test_grave_comments_are_found_though_they_name_no_school(graded: Graded) -> None:
    assert len(grave(graded, Severity.HIGH)) >= 80
    assert share(grave(graded, Severity.HIGH), Severity.HIGH) >= GRAVE_FOUND
    assert share(grave(graded, Severity.CRITICAL), Severity.CRITICAL) >= CRITICAL_FOUND


def test_complaints_are_owed_an_answer(graded: Graded) -> None:
    complaints = [said for label, said in graded if label is Severity.MEDIUM]
    assert share(complaints, Severity.MEDIUM) >= COMPLAINTS_KEPT
