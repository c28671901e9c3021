"""Teach the wording model: ``python -m monitor.grading.teach [--out FILE]``.

The posts beside this module are invented, by hand, for this purpose. Only numpy, one thread, no dice but the
hash of a text: the same posts, machine and lock give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from alerts.base import Category, Severity
from monitor.grading.joined import claims
from monitor.grading.learned import ASKS, BANDS, HEADS, JOINTS, NEGATIVE, POSITIVE, features
from monitor.grading.wording import Hashes, hashes, words
from sources.base import Entry

POSTS = Path(__file__).with_name("posts")
WEIGHTS = Path(__file__).with_name("learned.npz")
RARE = (2, 3)
"""In how many posts a word or pair, and a part of a word, must stand to be learned."""
FOLDS = 5
"""For the joint, each post is judged by a model that was taught without it and the posts of its fold."""
STRENGTH = 10.0
"""How much the posts count against the wish for small weights."""
JOINT_STRENGTH = 0.02
STEPS = 120
ENOUGH = 1e-3
MEMORY = 7
"""Steps that L-BFGS remembers (Nocedal, 1980)."""
SLOPE_SHARE = 1e-4
"""How much of the hoped-for descent a step must bring (Armijo, 1966)."""
SHORTEST_STEP = 1e-8

NAMES: Final = re.compile(r"(?i)@?\b(?:holm ?nook|hncps)\w*(?:'s)?")
"""The fictional school of the posts: it is not to be learned."""

Floats: TypeAlias = NDArray[np.float64]


class BadPost(Exception):
    """A line of the posts is not what it should be."""


@dataclass(frozen=True, slots=True)
class Post:
    """An invented post with its labels."""

    title: str
    text: str
    source_kind: str
    categories: tuple[Category, ...]
    severity: Severity
    tone: str
    needs_response: bool

    @property
    def whole(self) -> str:
        """Title and text without the school's name."""
        return NAMES.sub(" ", f"{self.title}\n{self.text}".strip())

    def targets(self) -> list[bool]:
        """What is true of it, head by head."""
        true = {category.value for category in self.categories} | {
            band.word for band in BANDS if self.severity >= band
        }
        if self.tone != "neu":
            true.add(NEGATIVE if self.tone == "neg" else POSITIVE)
        if self.needs_response:
            true.add(ASKS)
        return [head in true for head in HEADS]


def posts(folder: Path = POSTS) -> list[Post]:
    """Every post, in the order of files and lines. Raises ``BadPost`` with file and line."""
    found: list[Post] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                found.append(_post(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise BadPost(f"{path.name}:{number}: {error!r}") from None
    if not found:
        raise BadPost(f"no posts in {folder}")
    return found


def _post(row: dict[str, Any]) -> Post:
    if row["sentiment"] not in {"neg", "neu", "pos"} or not row["text"].strip() or not row["categories"]:
        raise ValueError("needs a text, categories and a sentiment of neg, neu or pos")
    return Post(
        title=row.get("title", ""),
        text=row["text"],
        source_kind=row["source_kind"],
        categories=tuple(map(Category, row["categories"])),
        severity=Severity.of(row["severity"]),
        tone=row["sentiment"],
        needs_response=bool(row["needs_response_24h"]),
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features that are learned."""

    known: tuple[Hashes, Hashes]
    rarity: NDArray[np.float32]

    @property
    def size(self) -> int:
        """How many."""
        return int(self.rarity.size)


def vocabulary(read: Sequence[tuple[Hashes, Hashes]]) -> Vocabulary:
    """What stands in enough of the texts, and how rare it is."""
    known: list[Hashes] = []
    rarity: list[NDArray[np.float32]] = []
    for block, least in enumerate(RARE):
        every = np.concatenate([np.unique(text[block]) for text in read])
        found, times = np.unique(every, return_counts=True)
        often = times >= least
        known.append(found[often])
        rarity.append(
            (np.log((1 + len(read)) / (1 + times[often])) + 1).astype(np.float16).astype(np.float32)
        )
    return Vocabulary((known[0], known[1]), np.concatenate(rarity))


@dataclass(frozen=True, slots=True)
class Table:
    """Texts as sparse rows; the last column is 1 in each."""

    columns: NDArray[np.intp]
    values: Floats
    starts: NDArray[np.intp]
    width: int

    def scores(self, weights: Floats) -> Floats:
        """One number for each text."""
        return np.add.reduceat(self.values * weights.take(self.columns), self.starts)

    def slopes(self, errors: Floats) -> Floats:
        """What each weight should change by, for what each text is wrong by."""
        lengths = np.diff(np.append(self.starts, self.columns.size))
        summed: Floats = np.bincount(
            self.columns, self.values * np.repeat(errors, lengths), self.width
        ).astype(np.float64)
        return summed


def table(read: Sequence[tuple[Hashes, Hashes]], words_of: Vocabulary) -> Table:
    """Look every text up."""
    columns: list[NDArray[np.intp]] = []
    values: list[Floats] = []
    for text in read:
        parts = [features(words_of.known, words_of.rarity, block, found) for block, found in enumerate(text)]
        columns.append(np.concatenate([*(rows for rows, _ in parts), [words_of.size]]).astype(np.intp))
        values.append(np.concatenate([*(counts for _, counts in parts), [1.0]]).astype(np.float64))
    lengths = np.array([len(row) for row in columns])
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.intp)
    return Table(np.concatenate(columns), np.concatenate(values), starts, words_of.size + 1)


def fit(data: Table, true: NDArray[np.bool_]) -> Floats:
    """The weights of one head: logistic regression, both answers weighing the same."""
    sign = np.where(true, 1.0, -1.0)
    share = max(float(true.mean()), 1.0 / true.size)
    weigh = STRENGTH * np.where(true, 0.5 / share, 0.5 / max(1.0 - share, 1.0 / true.size))

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = sign * data.scores(weights)
        error = -sign * weigh / (1.0 + np.exp(np.minimum(margin, 500.0)))
        held = weights.copy()
        held[-1] = 0.0
        worth = float((weigh * np.logaddexp(0.0, -margin)).sum() + 0.5 * held @ held)
        return worth, data.slopes(error) + held

    return minimised(loss, np.zeros(data.width))


def minimised(loss: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """Where ``loss`` is least: L-BFGS with steps that are halved until they help."""
    at = start
    worth, slope = loss(at)
    first = float(np.linalg.norm(slope)) or 1.0
    past: list[tuple[Floats, Floats]] = []
    for _ in range(STEPS):
        if np.linalg.norm(slope) <= ENOUGH * first:
            break
        way = -_towards(slope, past)
        step, hoped = 1.0 if past else 1.0 / first, float(slope @ way)
        while True:
            next_at = at + step * way
            next_worth, next_slope = loss(next_at)
            if next_worth <= worth + SLOPE_SHARE * step * hoped:
                break
            step /= 2
            if step < SHORTEST_STEP:  # no better within what numbers can tell
                return at
        past = [*past[1 - MEMORY :], (next_at - at, next_slope - slope)]
        at, worth, slope = next_at, next_worth, next_slope
    return at


def _towards(slope: Floats, past: Sequence[tuple[Floats, Floats]]) -> Floats:
    way, shares = slope.copy(), []
    for moved, changed in reversed(past):
        share = float(moved @ way) / float(moved @ changed)
        shares.append(share)
        way -= share * changed
    if past:
        moved, changed = past[-1]
        way *= float(moved @ changed) / float(changed @ changed)
    for (moved, changed), share in zip(past, reversed(shares), strict=True):
        way += moved * (share - float(changed @ way) / float(moved @ changed))
    return way


def opinions(
    read: Sequence[tuple[Hashes, Hashes]], true: NDArray[np.bool_], folds: NDArray[np.intp]
) -> Floats:
    """What each text reads like to a model that has not seen its fold."""
    found = np.zeros(true.shape)
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        learned = vocabulary([read[at] for at in inside.tolist()])
        taught = table([read[at] for at in inside.tolist()], learned)
        asked = table([read[at] for at in outside.tolist()], learned)
        for head in range(len(HEADS)):
            found[outside, head] = asked.scores(fit(taught, true[inside, head]))
        _tell(f"fold {fold + 1} of {FOLDS}")
    return found


def joints(opinion: Floats, said: NDArray[np.bool_], true: NDArray[np.bool_]) -> Floats:
    """How opinion and rules are best joined, head by head."""
    return np.stack([_joint(opinion[:, head], said[:, head], true[:, head]) for head in range(len(HEADS))])


def _joint(opinion: Floats, said: NDArray[np.bool_], true: NDArray[np.bool_]) -> Floats:
    facts = np.stack((opinion, said.astype(np.float64), np.ones(len(true))), axis=1)
    sign = np.where(true, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = sign * (facts @ weights)
        held = JOINT_STRENGTH * np.array([weights[0] - 1.0, weights[1] - 1.0, 0.0]) * len(true)
        worth = float(np.logaddexp(0.0, -margin).sum() + 0.5 * held @ (weights - 1.0))
        return worth, facts.T @ (-sign / (1.0 + np.exp(np.minimum(margin, 500.0)))) + held

    return minimised(loss, np.array([1.0, 1.0, 0.0]))


def quantised(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Small integers, features by heads, and the step of each head."""
    scale = np.maximum(np.abs(weights).max(axis=1), 1e-9) / 127.0
    small = np.rint(weights / scale[:, None]).astype(np.int8)
    return np.ascontiguousarray(small.T), scale  # by rows: that is how they are looked up


def said_by_rules(every: Sequence[Post]) -> NDArray[np.bool_]:
    """What the rules alone make of each post, head by head."""
    from monitor.grading import rules_alone  # noqa: PLC0415 -- the judge loads what is being made here

    judge = rules_alone()
    found = np.zeros((len(every), len(HEADS)), bool)
    for at, post in enumerate(every):
        entry = Entry(id=str(at), title=post.title, text=post.text, url="")
        said = claims(judge.by_rules(entry, post.text, source_kind=post.source_kind))
        found[at] = [said[head] for head in HEADS]
    return found


def teach(every: Sequence[Post], out: Path) -> None:
    """Learn, measure how to join, write."""
    read = [hashes(words(post.whole)) for post in every]
    true = np.array([post.targets() for post in every])
    folds = np.array([crc32(post.whole.encode()) % FOLDS for post in every], np.intp)
    joint = joints(opinions(read, true, folds), said_by_rules(every), true)
    learned = vocabulary(read)
    data = table(read, learned)
    weights = np.stack([fit(data, true[:, head]) for head in range(len(HEADS))])
    small, scale = quantised(weights[:, :-1])
    np.savez_compressed(
        out,
        words=learned.known[0],
        parts=learned.known[1],
        rarity=learned.rarity.astype(np.float16),
        weights=small,
        scale=scale,
        bias=weights[:, -1],
        joints=joint,
    )
    _tell(
        f"{len(every)} posts, {learned.size} features, {out.stat().st_size} bytes, {len(JOINTS)} joints a head"
    )


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m monitor.grading.teach", description=__doc__)
    parser.add_argument("--posts", type=Path, default=POSTS)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(arguments)
    try:
        teach(posts(options.posts), options.out)
    except BadPost as refusal:
        _tell(str(refusal))
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
