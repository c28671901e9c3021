"""Measure the scorers: ``python -m monitor.abuse.evaluate DATA_DIR [--card MODEL_CARD.md]``.

Development figures on the labelled posts, abuse figures on texts the model never saw. With ``--card`` the
tables replace those between the marks in the model card.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.base import Severity
from monitor.abuse import FLAGGED, load
from monitor.abuse.corpora import UnknownFile, check_folder
from monitor.abuse.train import split
from monitor.grading import Judge, judge
from monitor.sentiment import ToneScorer
from sources.base import Entry

START = "<!-- figures: start -->"
END = "<!-- figures: end -->"

_PROBES = Path(__file__).with_name("probes.toml")
_HARMLESS = frozenset({"neutral", "positive", "neghate"})
"""Probes that must not be flagged."""

TIMED = 1500
"""Texts on which the speed is taken."""

SHORT = 200
"""Characters of a short post."""


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


@dataclass(slots=True)
class Grades:
    """How the grader did on labelled posts about the school."""

    posts: int = 0
    exact: int = 0
    near: int = 0
    tone: int = 0
    low_critical: int = 0
    """Critical posts that were graded below high."""
    critical: Tally = field(default_factory=Tally)
    categories: Tally = field(default_factory=Tally)
    answer: Tally = field(default_factory=Tally)
    by_category: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def grade(path: Path, grader: Judge) -> Grades:
    """Grade every labelled post that is about the school."""
    grades = Grades()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["refers_to_school"]:
            _count(grades, row, grader)
    return grades


def _count(grades: Grades, row: Mapping[str, Any], grader: Judge) -> None:
    text = f"{row['title']}\n{row['text']}" if row["title"] else row["text"]
    entry = Entry(id=row["id"], title=row["title"], text=row["text"])
    found = grader.assess(entry, text, source_kind=row["source_kind"])
    wanted = Severity.of(row["severity"])
    grades.posts += 1
    grades.exact += found.severity == wanted
    grades.near += abs(found.severity - wanted) <= 1
    grades.tone += found.sentiment.label == row["sentiment"]
    grades.low_critical += wanted == Severity.CRITICAL and found.severity < Severity.HIGH
    grades.critical.add(wanted=wanted == Severity.CRITICAL, given=found.severity == Severity.CRITICAL)
    grades.answer.add(wanted=row["needs_response_24h"], given=found.needs_response)
    given, gold = {str(category) for category in found.categories}, set(row["categories"])
    for category in given | gold:
        grades.categories.add(wanted=category in gold, given=category in given)
        grades.by_category[category].add(wanted=category in gold, given=category in given)


def auroc(labels: Sequence[float], scores: Sequence[float]) -> float:
    """Chance that a positive scores above a negative; ties count half."""
    truth = np.asarray(labels) >= FLAGGED
    _, places, counts = np.unique(np.asarray(scores), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[places]
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def abuse_lines(folder: Path) -> Iterator[str]:
    """AUROC and flags per corpus, on held-out texts."""
    scorer = load()
    by_corpus: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in split(folder)[1]:
        if "abuse" in row.targets:
            by_corpus[row.corpus].append((row.targets["abuse"][0], scorer.score(row.text).probability))
    yield "| corpus (held-out texts) | texts | abusive | AUROC | abusive flagged | others flagged |"
    yield "| --- | --: | --: | --: | --: | --: |"
    for corpus, pairs in by_corpus.items():
        labels, scores = zip(*pairs, strict=True)
        flags = np.asarray(scores) >= FLAGGED
        truth = np.asarray(labels) >= FLAGGED
        yield (
            f"| {corpus} | {len(pairs)} | {int(truth.sum())} | {_figure(auroc(labels, scores))} "
            f"| {_share(flags[truth])} | {_share(flags[~truth])} |"
        )


def _figure(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def _share(flags: NDArray[np.bool_]) -> str:
    return f"{flags.mean():.1%}" if flags.size else "–"


def probe_lines() -> Iterator[str]:
    """How the scorer meets sentences of ours that it never learnt from."""
    scorer = load()
    data = tomllib.loads(_PROBES.read_text(encoding="utf-8"))
    groups = data.pop("groups")
    yield "| probe | sentences | flagged | wanted |"
    yield "| --- | --: | --: | --- |"
    for name, sentences in data.items():
        texts = {sentence.replace("{g}", group) for sentence in sentences for group in groups}
        flagged = sum(scorer.score(text).probability >= FLAGGED for text in texts)
        wanted = "none" if name in _HARMLESS else "either" if name == "profanity_ok" else "all"
        yield f"| {name} | {len(texts)} | {flagged / len(texts):.0%} | {wanted} |"


def speed_line(folder: Path) -> str:
    """Speed of the whole abuse scorer against VADER's, one short post at a time, in one run."""
    texts = [row.text[:SHORT] for row in split(folder)[1] if row.corpus == "davidson"][:TIMED]
    vader, ours = (_seconds(run, texts) for run in (ToneScorer().compound, load().score))
    return (
        f"Short posts one by one: VADER {len(texts) / vader:,.0f} a second, the abuse scorer "
        f"{len(texts) / ours:,.0f}: {vader / ours:.2f} of VADER's speed."
    )


def _seconds(run: Callable[[str], object], texts: Sequence[str]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for text in texts:
            run(text)
        best = min(best, time.process_time() - start)
    return best


def grade_lines(grades: Grades) -> Iterator[str]:
    """The development figures."""
    yield "| on the development posts about the school | figure |"
    yield "| --- | --: |"
    yield f"| posts | {grades.posts} |"
    yield f"| critical found / missed / wrongly given | {grades.critical.right} / {grades.critical.missed} / {grades.critical.wrong} |"
    yield f"| critical graded below high | {grades.low_critical} |"
    yield f"| severity exact | {grades.exact / grades.posts:.3f} |"
    yield f"| severity within one band | {grades.near / grades.posts:.3f} |"
    yield f"| categories, micro-F1 (precision, recall) | {grades.categories.f1:.3f} ({grades.categories.precision:.2f}, {grades.categories.recall:.2f}) |"
    yield f"| needs an answer, F1 | {grades.answer.f1:.3f} |"
    yield f"| tone | {grades.tone / grades.posts:.3f} |"
    yield ""
    yield "| category | right | missed | wrongly given |"
    yield "| --- | --: | --: | --: |"
    for name, tally in sorted(grades.by_category.items()):
        yield f"| {name} | {tally.right} | {tally.missed} | {tally.wrong} |"


def report(folder: Path) -> str:
    """Every table, as Markdown."""
    check_folder(folder)
    parts = ["### Grading (development figures)", *grade_lines(grade(folder / "mentions_dev.jsonl", judge()))]
    parts += ["", "### Abuse", *abuse_lines(folder), "", *probe_lines(), "", speed_line(folder)]
    return "\n".join(parts)


def put_into(card: str, figures: str) -> str:
    """``card`` with ``figures`` between its marks. Raises ``ValueError`` if it has none."""
    before, start, rest = card.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"the card has no marks {START} and {END}")
    return f"{before}{START}\n{figures}\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m monitor.abuse.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--card", type=Path, help="write the tables into this model card")
    options = parser.parse_args(arguments)
    try:
        figures = report(options.folder)
        sys.stdout.write(figures + "\n")
        if options.card:
            card = options.card.read_text(encoding="utf-8")
            options.card.write_text(put_into(card, figures), encoding="utf-8")
    except (UnknownFile, OSError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
