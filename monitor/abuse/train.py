"""Train the linear abuse model: ``python -m monitor.abuse.train DATA_DIR [--out FILE]``.

Only numpy, one thread, fixed seeds: the same data, machine and lock give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from monitor.abuse.corpora import CORPORA, Row, UnknownFile, check_folder, profanities, rows
from monitor.abuse.features import BUCKETS, features, plain
from monitor.abuse.linear import HEADS
from monitor.abuse.noise import made_up, noisy
from monitor.abuse.spelling import word_hash
from monitor.text import fold

SEED = 20261123
EPOCHS = 7
BATCH = 512
RATE = 0.35
SHRINK = 2e-6
"""L2 penalty per step."""

COMMON = 6
"""How often civil people must write a word before it counts as ordinary."""

HELD_OUT = 10
"""One text in so many is never trained on; chosen by a hash of the text."""

CALM = 0.9968
"""Share of held-out British complaints that must stay below the flag."""

CIVIL = 0.97
"""Share of held-out civil talk from elsewhere that must stay below the flag."""

_CIVIL_CORPORA = frozenset({"wiki_talk", "paradetox", "davidson", "identity_templates"})
"""Corpora whose negatives are civil; elsewhere "not abusive" means "not this kind of abuse"."""

PRUNE = 0.6
"""Weights that round to less than this step become nothing: it halves the file and costs no quality."""

Floats: TypeAlias = NDArray[np.float32]
_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Table:
    """Features and targets of many rows."""

    indices: NDArray[np.uint32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    labels: Floats
    weights: Floats
    corpora: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.lengths)


def held_out(text: str) -> bool:
    """Whether a text is kept for measuring. Disguised copies are made from trained texts only."""
    return crc32(plain(text).encode("utf-8", "replace")) % HELD_OUT == 0


def split(folder: Path) -> tuple[list[Row], list[Row]]:
    """Rows to train on and rows to measure with."""
    swears = profanities(folder)
    train: list[Row] = []
    kept: list[Row] = []
    for row in rows(folder):
        (kept if held_out(row.text) else train).append(_swearing(row, swears))
    return train, kept


def _swearing(row: Row, swears: frozenset[str]) -> Row:
    if "profanity" in row.targets:
        return row
    found = float(not swears.isdisjoint(plain(row.text).split()))
    return Row(row.corpus, row.text, {**row.targets, "profanity": (found, 0.5)})


def table(source: Sequence[Row]) -> Table:
    """Hash every text."""
    found = [features(row.text) for row in source]
    lengths = np.array([one.size for one in found], np.int64)
    labels = np.zeros((len(HEADS), len(source)), np.float32)
    weights = np.zeros_like(labels)
    for at, row in enumerate(source):
        for head, (label, weight) in row.targets.items():
            labels[HEADS.index(head), at] = label
            weights[HEADS.index(head), at] = weight
    return Table(
        np.concatenate(found),
        np.concatenate(([0], np.cumsum(lengths)[:-1])),
        lengths,
        labels,
        weights,
        tuple(row.corpus for row in source),
    )


def logits(model: Floats, bias: Floats, data: Table, chosen: NDArray[np.int64]) -> Floats:
    """Raw scores, one row per head."""
    lengths = data.lengths[chosen]
    where = _gather(data, chosen, lengths)
    first = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    sums = np.stack([np.add.reduceat(model[h].take(where), first) for h in range(len(HEADS))])
    return (sums / np.sqrt(lengths).astype(np.float32) + bias[:, None]).astype(np.float32)


def _gather(data: Table, chosen: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint32]:
    offsets = np.repeat(data.starts[chosen] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    found: NDArray[np.uint32] = data.indices[offsets + np.arange(offsets.size)]
    return found


def fit(data: Table, dice: np.random.Generator) -> tuple[Floats, Floats]:
    """Adagrad on the weighted logistic loss of every head."""
    model = np.zeros((len(HEADS), BUCKETS), np.float32)
    bias = np.zeros(len(HEADS), np.float32)
    speed = np.full_like(model, 1e-3)
    speed_bias = np.full_like(bias, 1e-1)
    for epoch in range(EPOCHS):
        for chosen in _batches(len(data), dice):
            error = _error(model, bias, data, chosen)
            lengths = data.lengths[chosen]
            where = _gather(data, chosen, lengths)
            scaled = error / np.sqrt(lengths).astype(np.float32)
            for head in range(len(HEADS)):
                slope = np.bincount(where, np.repeat(scaled[head], lengths), BUCKETS).astype(np.float32)
                slope += SHRINK * len(chosen) * model[head]
                speed[head] += slope * slope
                model[head] -= RATE * slope / np.sqrt(speed[head])
            step = error.sum(axis=1)
            speed_bias += step * step
            bias -= RATE * step / np.sqrt(speed_bias)
        _tell(f"pass {epoch + 1} of {EPOCHS}")
    return model, bias


def _error(model: Floats, bias: Floats, data: Table, chosen: NDArray[np.int64]) -> Floats:
    odds = 1.0 / (1.0 + np.exp(-logits(model, bias, data, chosen)))
    return ((odds - data.labels[:, chosen]) * data.weights[:, chosen]).astype(np.float32)


def _batches(count: int, dice: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    order = dice.permutation(count).astype(np.int64)
    for start in range(0, count, BATCH):
        yield order[start : start + BATCH]


def common_words(source: Sequence[Row]) -> NDArray[np.uint32]:
    """Hashes of the words of civil texts: what spelling tricks are told from."""
    counts: Counter[str] = Counter()
    for row in source:
        if row.corpus in _CIVIL_CORPORA | {"nhs_feedback"} and not row.targets.get("abuse", (1.0, 0.0))[0]:
            counts.update(word for word in _WORD.findall(fold(row.text)))
    return np.array(sorted(word_hash(word) for word, count in counts.items() if count >= COMMON), np.uint32)


def quantise(model: Floats) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Small integers and their scale, head by head."""
    limit = np.quantile(np.abs(model), 0.9999, axis=1).astype(np.float64)
    scale = np.maximum(limit, 1e-6) / 127.0
    steps = model / scale[:, None]
    steps[np.abs(steps) < PRUNE] = 0.0
    return np.clip(np.rint(steps), -127, 127).astype(np.int8), scale


def calibrate(raw: Floats, data: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope and shift of each head: the flag lies where British complaints end, the rest is fitted."""
    slope = np.ones(len(HEADS))
    shift = np.zeros(len(HEADS))
    calm = np.array([name == "nhs_feedback" for name in data.corpora])
    civil = np.array([name in _CIVIL_CORPORA for name in data.corpora])
    for head, name in enumerate(HEADS):
        if name == "complaint":
            continue
        clean = (data.weights[head] > 0) & (data.labels[head] == 0) & civil
        bounds = (np.quantile(raw[head][calm], CALM), np.quantile(raw[head][clean], CIVIL))
        shift[head] = -float(max(bounds))
    return slope, shift


def train(folder: Path, out: Path) -> None:
    """Read, fit, measure out, write."""
    check_folder(folder)
    for name, corpus in CORPORA.items():
        _tell(f"{name}: {corpus.origin}, {corpus.licence}")
    fitted, kept = split(folder)
    dice = np.random.Generator(np.random.PCG64(SEED))
    common = common_words(fitted)
    fitted += [*noisy(fitted, dice), *_repeated_templates(dice)]
    data = table(fitted)
    _tell(f"{len(data)} texts, {data.indices.size} features")
    model, bias = fit(data, dice)
    small, scale = quantise(model)
    measure = table(kept)
    everything = np.arange(len(measure), dtype=np.int64)
    raw = logits((small * scale[:, None]).astype(np.float32), bias, measure, everything)
    slope, shift = calibrate(raw, measure)
    np.savez_compressed(
        out, weights=small, scale=scale, bias=bias.astype(np.float64), slope=slope, shift=shift, common=common
    )
    _tell(f"{out}: {out.stat().st_size} bytes")


def _repeated_templates(dice: np.random.Generator) -> list[Row]:
    made = list(made_up())
    return [*made, *noisy(made, dice), *noisy(made, dice)]


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m monitor.abuse.train", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("weights.npz"))
    options = parser.parse_args(arguments)
    try:
        train(options.folder, options.out)
    except UnknownFile as refusal:
        _tell(str(refusal))
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
