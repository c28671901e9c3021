"""Measure the scorers: ``python -m monitor.evaluate DATA_DIR [--card MODEL_CARD.md]``.

Development figures on the labelled posts, abuse figures on texts the model never saw. With ``--card`` the
tables replace those between the marks in the model card.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor import abuse, measure
from monitor.abuse import FLAGGED, load
from monitor.abuse.corpora import UnknownFile, check_folder
from monitor.abuse.train import split
from monitor.grading import judge
from monitor.sentiment import ToneScorer

START = "<!-- figures: start -->"
END = "<!-- figures: end -->"

DEV = "mentions_dev.jsonl"
"""The development posts, in the folder of data."""

_HOME = Path(__file__).parents[1]
_PROBES = Path(abuse.__file__).with_name("probes.toml")
_HARMLESS = frozenset({"neutral", "positive", "neghate"})
"""Probes that must not be flagged."""

TIMED = 1500
"""Texts on which the speed is taken."""

SHORT = 200
"""Characters of a short post."""


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


def grading_lines(folder: Path, exams: Sequence[Path], schools: tuple[Path, Path]) -> Iterator[str]:
    """The development figures beside those of posts that others wrote."""
    grader = judge()
    ours, examined = (measure.school(path) for path in schools)
    sets = {"development": measure.grades(measure.judged(measure.labels(folder / DEV), ours, grader))}
    for exam in exams:
        sets[exam.stem.replace("_", " ")] = measure.grades(
            measure.judged(measure.labels(exam), examined, grader)
        )
    yield from measure.lines(sets)
    yield ""
    yield from measure.category_lines(sets["development"])


def report(folder: Path, exams: Sequence[Path], schools: tuple[Path, Path]) -> str:
    """Every table, as Markdown."""
    check_folder(folder)
    parts = ["### Finding and grading", *grading_lines(folder, exams, schools)]
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
    parser = argparse.ArgumentParser(prog="python -m monitor.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exam", type=Path, nargs="*", default=[], help="labelled posts by others")
    parser.add_argument("--school", type=Path, default=_HOME / "config/schools/moor-nook.toml")
    parser.add_argument("--examined-school", type=Path, default=_HOME / "tests/monitor/data/holm-nook.toml")
    parser.add_argument("--card", type=Path, help="write the tables into this model card")
    options = parser.parse_args(arguments)
    try:
        figures = report(options.folder, options.exam, (options.school, options.examined_school))
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
