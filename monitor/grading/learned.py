"""What a text reads like, by a linear model that has read some thousands of invented posts.

It says how likely each category and each band of severity is, and by which words. It knows no rule; how the
rules and it are joined is told in ``monitor.grading.joined``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from alerts.base import Category, Severity
from monitor.grading.wording import Hashes, hashes, words

BANDS: Final = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
NEGATIVE, POSITIVE, ASKS = "negative", "positive", "asks"
HEADS: Final = (
    *(category.value for category in Category),
    *(band.word for band in BANDS),
    NEGATIVE,
    POSITIVE,
    ASKS,
)
"""Columns of the weights: categories; "at least this grave"; the tone; and whether an answer is wanted."""
JOINTS: Final = ("gain", "rule", "offset")
"""What the opinion counts for, what a rule that agrees adds, and what is added always."""

MAX_FILE = 8_000_000
"""A file larger than this is not ours."""
SHOWN = 3
"""Words that a ground names."""
_LETTERS = 3
"""Letters of the shortest word worth naming."""


class Damaged(Exception):
    """The weights are missing or are not what they should be."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one text reads like."""

    logits: Mapping[str, float]
    """By head; above 0 it is more likely than not among the posts that were learned from."""
    _parts: tuple[str, ...] = ()
    _weights: NDArray[np.float32] | None = None

    def because(self, head: str) -> tuple[str, ...]:
        """The words that speak for ``head`` most, in the order of the text."""
        if self._weights is None:
            return ()
        told = self._weights[:, HEADS.index(head)]
        best = [
            at for at in np.argsort(-told, kind="stable") if told[at] > 0 and len(self._parts[at]) >= _LETTERS
        ]
        chosen = dict.fromkeys(self._parts[at] for at in sorted(best[:SHOWN]))
        return tuple(chosen)


@dataclass(frozen=True, slots=True)
class Learned:
    """The model as shipped."""

    known: tuple[Hashes, Hashes]
    """Hashes of the features of each block, in order."""
    rarity: NDArray[np.float32]
    """What a feature counts for the rarer it is; those of the first block, then those of the second."""
    weights: NDArray[np.int8]
    """One row for each feature, one column for each head."""
    scale: NDArray[np.float64]
    bias: NDArray[np.float64]
    joints: Mapping[str, tuple[float, float, float]]
    """``JOINTS`` of each head."""

    def read(self, text: str, aside: Collection[str] = ()) -> Opinion:
        """Read ``text`` but for the words ``aside``, which name the school: any text at all, in bounded time."""
        parts = words(text, aside)
        sums = self.bias.copy()
        first: NDArray[np.float32] | None = None
        for block, found in enumerate(hashes(parts)):
            rows, counts = self._rows(block, found)
            weighed = self.weights.take(rows, axis=0) * counts[:, None]
            sums += weighed.sum(axis=0, dtype=np.float64) * self.scale
            if block == 0:
                first = self._by_word(parts, found, rows, weighed)
        return Opinion(dict(zip(HEADS, sums.tolist(), strict=True)), tuple(parts), first)

    def _rows(self, block: int, found: Hashes) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        return features(self.known, self.rarity, block, found)

    def _by_word(
        self, parts: list[str], found: Hashes, rows: NDArray[np.intp], weighed: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """What each word by itself speaks for."""
        told = np.zeros((len(parts), len(HEADS)), np.float32)
        hashed = self.known[0].take(rows)
        at = np.searchsorted(hashed, found[: len(parts)])
        for word, row in enumerate(at.tolist()):
            if row < hashed.size and hashed[row] == found[word]:
                told[word] = weighed[row] * self.scale
        return told


def features(
    known: tuple[Hashes, Hashes], rarity: NDArray[np.float32], block: int, found: Hashes
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Rows of the known features among ``found``, and what each counts: together, one unit of length."""
    once, times = np.unique(found, return_counts=True)
    have = known[block]
    if not have.size or not once.size:
        return np.zeros(0, np.intp), np.zeros(0, np.float32)
    rows = np.minimum(np.searchsorted(have, once), have.size - 1)
    there = have.take(rows) == once
    rows = rows[there] + (known[0].size if block else 0)
    counts = (1.0 + np.log(times[there])) * rarity.take(rows)
    length = float(np.sqrt(np.square(counts).sum())) or 1.0
    return rows, (counts / length).astype(np.float32)


def load(path: Path) -> Learned:
    """Read the weights. Raises ``Damaged`` with one sentence."""
    arrays = _stored(path)
    known = tuple(_array(arrays, name, np.uint32) for name in ("words", "parts"))
    rarity = _array(arrays, "rarity", np.float16)
    weights = _array(arrays, "weights", np.int8)
    scale, bias = (_array(arrays, name, np.float64) for name in ("scale", "bias"))
    joints = _array(arrays, "joints", np.float64)
    sizes = sum(part.size for part in known)
    shapes = (rarity.shape, weights.shape, scale.shape, bias.shape, joints.shape)
    heads = len(HEADS)
    if shapes != ((sizes,), (sizes, heads), (heads,), (heads,), (heads, len(JOINTS))):
        raise Damaged("the weights of the wording model have another shape")
    return Learned(
        (known[0], known[1]),
        rarity.astype(np.float32),
        weights,
        scale,
        bias,
        {head: (row[0], row[1], row[2]) for head, row in zip(HEADS, joints.tolist(), strict=True)},
    )


def _stored(path: Path) -> dict[str, NDArray[Any]]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files} if size <= MAX_FILE else {}
    except FileNotFoundError:
        raise Damaged("the weights of the wording model are missing") from None
    except Exception:  # noqa: BLE001 -- numpy, zipfile and zlib each raise their own for a damaged file
        raise Damaged("the weights of the wording model cannot be read") from None


def _array(arrays: Mapping[str, NDArray[Any]], name: str, kind: type[np.generic]) -> NDArray[Any]:
    part = arrays.get(name)
    if part is None or part.dtype != kind or (part.dtype.kind == "f" and not np.isfinite(part).all()):
        raise Damaged(f"the {name} of the wording model are damaged")
    return part
