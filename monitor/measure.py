"""How finding and grading do on labelled posts, the whole way: is it us, what is it, how grave, has it been said before."""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alerts.base import Severity
from monitor import dedupe, pipeline
from monitor.matching import Matcher
from monitor.model import Assessment
from monitor.settings import SchoolSettings
from sources.base import Entry


@dataclass(slots=True)
class Tally:
    """Right, missed and wrongly given answers of one question."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def add(self, *, wanted: bool, given: bool) -> None:
        """Count one answer."""
        self.right += wanted and given
        self.missed += wanted and not given
        self.wrong += given and not wanted

    @property
    def precision(self) -> float:
        """Share of the given answers that are right."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Share of the wanted answers that were given."""
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / max(2 * self.right + self.missed + self.wrong, 1)


@dataclass(frozen=True, slots=True)
class Judged:
    """One post: what its labels say of it, and what the program says."""

    label: dict[str, Any]
    ours: bool
    assessment: Assessment
    copy_of: str | None

    @property
    def severity(self) -> Severity:
        """What the program gives it; a post that is not about the school has none."""
        return self.assessment.severity if self.ours else Severity.NONE

    @property
    def expected(self) -> Severity:
        """What it should be given."""
        return Severity.of(self.label["severity"])


@dataclass(slots=True)
class Grades:
    """Figures: finding and copies on all posts, the rest on those about the school, found or not."""

    posts: int = 0
    about_us: int = 0
    exact: int = 0
    near: int = 0
    tone: int = 0
    low_critical: int = 0
    """Critical posts that were graded below high."""
    ours: Tally = field(default_factory=Tally)
    copies: Tally = field(default_factory=Tally)
    critical: Tally = field(default_factory=Tally)
    categories: Tally = field(default_factory=Tally)
    answer: Tally = field(default_factory=Tally)
    by_category: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def share(self, count: int) -> float:
        """Of the posts about the school."""
        return count / max(self.about_us, 1)


def school(path: Path) -> SchoolSettings:
    """A school file without its sources."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    data.pop("source", None)
    return SchoolSettings.model_validate(data)


def labels(path: Path) -> list[dict[str, Any]]:
    """The posts of a file of JSON lines, with their labels."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def judged(
    rows: Sequence[dict[str, Any]], settings: SchoolSettings, judge: pipeline.Judge
) -> Iterator[Judged]:
    """Let every post go the whole way but for the database."""
    matcher = Matcher({"school": settings})
    entries = [Entry(id=row["id"], title=row["title"], text=row["text"]) for row in rows]
    for row, entry, first in zip(rows, entries, dedupe.duplicates_in(entries), strict=True):
        match = next(iter(matcher.find(entry)), None)
        window = pipeline.window(entry, match)
        found = judge.assess(entry, window, source_kind=row["source_kind"], match=match)
        yield Judged(row, match is not None, found, first)


def grades(posts: Iterator[Judged] | Sequence[Judged]) -> Grades:
    """Count."""
    found = Grades()
    for post in posts:
        found.posts += 1
        found.ours.add(wanted=post.label["refers_to_school"], given=post.ours)
        first = post.label.get("duplicate_of")
        found.copies.add(wanted=first is not None, given=post.copy_of is not None)
        if post.label["refers_to_school"]:
            _count(found, post)
    return found


def _count(found: Grades, post: Judged) -> None:
    wanted, given = post.expected, post.severity
    found.about_us += 1
    found.exact += given == wanted
    found.near += abs(given - wanted) <= 1
    found.tone += post.assessment.sentiment.label == post.label["sentiment"]
    found.low_critical += wanted == Severity.CRITICAL and given < Severity.HIGH
    found.critical.add(wanted=wanted == Severity.CRITICAL, given=given == Severity.CRITICAL)
    found.answer.add(
        wanted=post.label["needs_response_24h"], given=post.ours and post.assessment.needs_response
    )
    named = {str(category) for category in post.assessment.categories} if post.ours else set()
    gold = set(post.label["categories"])
    for category in named | gold:
        found.categories.add(wanted=category in gold, given=category in named)
        found.by_category[category].add(wanted=category in gold, given=category in named)


def lines(several: dict[str, Grades]) -> Iterator[str]:
    """A table of the figures, one column for each set of posts."""
    rows: dict[str, list[str]] = defaultdict(list)
    for figures in several.values():
        for name, value in _figures(figures):
            rows[name].append(value)
    yield f"| | {' | '.join(several)} |"
    yield "| --- |" + " --: |" * len(several)
    for name, values in rows.items():
        yield f"| {name} | {' | '.join(values)} |"


def _figures(of: Grades) -> Iterator[tuple[str, str]]:
    yield "posts, of these about the school", f"{of.posts}, {of.about_us}"
    yield "about the school or not, F1", f"{of.ours.f1:.3f}"
    yield (
        "critical found / missed / wrongly given",
        f"{of.critical.right} / {of.critical.missed} / {of.critical.wrong}",
    )
    yield "critical, recall (precision)", f"{of.critical.recall:.2f} ({of.critical.precision:.2f})"
    yield "critical graded below high", str(of.low_critical)
    yield "severity exact", f"{of.share(of.exact):.3f}"
    yield "severity within one band", f"{of.share(of.near):.3f}"
    yield (
        "categories, micro-F1 (precision, recall)",
        (f"{of.categories.f1:.3f} ({of.categories.precision:.2f}, {of.categories.recall:.2f})"),
    )
    yield "needs an answer, F1", f"{of.answer.f1:.3f}"
    yield "tone", f"{of.share(of.tone):.3f}"
    yield "copies, F1", f"{of.copies.f1:.3f}" if of.copies.right + of.copies.missed else "–"


def category_lines(of: Grades) -> Iterator[str]:
    """A table of the categories."""
    yield "| category | right | missed | wrongly given |"
    yield "| --- | --: | --: | --: |"
    for name, tally in sorted(of.by_category.items()):
        yield f"| {name} | {tally.right} | {tally.missed} | {tally.wrong} |"
