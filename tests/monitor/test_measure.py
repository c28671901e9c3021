"""Promise: figures are counted as they are named, and a post that was not found counts against every one of them."""

from __future__ import annotations

from typing import Any

from alerts.base import Category, Severity
from monitor.measure import Grades, Judged, category_lines, grades, lines
from monitor.model import Assessment, Sentiment


def post(
    severity: Severity = Severity.NONE,
    *,
    ours: bool = True,
    copy_of: str | None = None,
    categories: tuple[Category, ...] = (Category.THREAT_VIOLENCE,),
    **label: Any,
) -> Judged:
    assessment = Assessment(
        sentiment=Sentiment(compound=0.0, label="neg"),
        abuse=0.0,
        severity=severity,
        categories=categories,
        needs_response=severity >= Severity.MEDIUM,
    )
    labels = {
        "refers_to_school": True,
        "severity": "critical",
        "categories": ["threat_violence"],
        "sentiment": "neg",
        "needs_response_24h": True,
        "duplicate_of": None,
    }
    return Judged(labels | label, ours, assessment, copy_of)


def test_a_right_answer_counts_in_every_figure() -> None:
    found = grades([post(Severity.CRITICAL)])
    assert (found.exact, found.near, found.tone, found.low_critical) == (1, 1, 1, 0)
    assert found.ours.f1 == found.critical.f1 == found.categories.f1 == found.answer.f1 == 1.0


def test_a_post_that_was_not_found_is_missed_in_every_figure() -> None:
    found = grades([post(Severity.CRITICAL, ours=False)])
    assert found.ours.recall == found.critical.recall == found.categories.recall == found.answer.recall == 0.0
    assert found.exact == found.near == 0
    assert found.low_critical == 1


def test_posts_about_others_count_for_finding_alone() -> None:
    found = grades([post(Severity.HIGH, ours=True, refers_to_school=False)])
    assert (found.posts, found.about_us, found.ours.wrong) == (1, 0, 1)
    assert found.categories.wrong == 0


def test_near_is_one_band_and_wrong_names_are_counted_by_category() -> None:
    found = grades([post(Severity.HIGH, categories=(Category.QUERY_INFO,))])
    assert (found.exact, found.near, found.low_critical) == (0, 1, 0)
    assert (found.by_category["query_info"].wrong, found.by_category["threat_violence"].missed) == (1, 1)


def test_copies_are_counted() -> None:
    found = grades([post(copy_of="a", duplicate_of="a"), post(copy_of="a"), post(duplicate_of="a")])
    assert (found.copies.right, found.copies.wrong, found.copies.missed) == (1, 1, 1)


def test_the_table_has_a_column_for_each_set() -> None:
    said = list(lines({"one": grades([post(Severity.CRITICAL)]), "other": Grades()}))
    assert said[0] == "| | one | other |"
    assert "| severity exact | 1.000 | 0.000 |" in said
    assert "| copies, F1 | – | – |" in said
    assert "| threat_violence | 1 | 0 | 0 |" in list(category_lines(grades([post(Severity.CRITICAL)])))
