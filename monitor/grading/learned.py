"""What a text reads like, by a linear model that has read some thousands of invented posts.

It says how likely each category and each band of severity is, and by which words. It knows no rule; how the
rules and it are joined is told in ``monitor.grading.joined``.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alerts.base import Category, Severity
from monitor.grading.wording import Hashes, hashes, words
from monitor.weights import Damaged, stored

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

Floats: TypeAlias = NDArray[np.float64]

MAX_FILE = 8_000_000
"""A file larger than this is not ours."""
SHOWN = 3
"""Words that a ground names."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one text reads like."""

    logits: Mapping[str, float]
    """By head; above 0 it is more likely than not among the posts that were learned from."""
    familiar: float = 0.0
    """Share of its words that stood in those posts; low for other languages."""
    parts: tuple[str, ...] = ()
    by_word: Floats | None = None
    """What each of the parts speaks for, one column for each head."""

    def because(self, head: str, sayable: Container[str]) -> tuple[str, ...]:
        """The words that speak for ``head`` most, in the order of the text; only ``sayable`` ones, for a name may too."""
        if self.by_word is None:
            return ()
        told = self.by_word[:, HEADS.index(head)]
        ranked = [at for at in np.argsort(-told, kind="stable").tolist() if told[at] > 0]
        best = dict.fromkeys(self.parts[at] for at in ranked if self.parts[at] in sayable)
        chosen = set(list(best)[:SHOWN])
        return tuple(part for part in dict.fromkeys(self.parts) if part in chosen)


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
        whole, runs = hashes(parts)
        by_feature, rows = self._weighed(0, whole)
        sums = by_feature.sum(axis=0) + self._weighed(1, runs)[0].sum(axis=0) + self.bias
        there, at = _places(self.known[0].take(rows), whole[: len(parts)])
        by_word = np.zeros((len(parts), len(HEADS)))
        by_word[there] = by_feature[at[there]]
        return Opinion(
            logits=dict(zip(HEADS, sums.tolist(), strict=True)),
            familiar=float(there.mean()) if parts else 0.0,
            parts=tuple(parts),
            by_word=by_word,
        )

    def _weighed(self, block: int, found: Hashes) -> tuple[Floats, NDArray[np.intp]]:
        """What each known feature speaks for, and the rows of those features."""
        rows, counts = features(self.known, self.rarity, block, found)
        return self.weights.take(rows, axis=0) * counts[:, None] * self.scale, rows


def features(
    known: tuple[Hashes, Hashes], rarity: NDArray[np.float32], block: int, found: Hashes
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Rows of the known features among ``found``, and what each counts: together, one unit of length."""
    once, times = np.unique(found, return_counts=True)
    have = known[block]
    there, rows = _places(have, once)
    rows = rows[there] + (known[0].size if block else 0)
    counts = (1.0 + np.log(times[there])) * rarity.take(rows)
    length = float(np.sqrt(np.square(counts).sum())) or 1.0
    return rows, (counts / length).astype(np.float32)


def _places(have: Hashes, wanted: Hashes) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which of the ``wanted`` are among those we ``have``, in order; and where."""
    if not have.size:
        return np.zeros(wanted.size, bool), np.zeros(wanted.size, np.intp)
    at = np.minimum(np.searchsorted(have, wanted), have.size - 1)
    return have.take(at) == wanted, at


def load(path: Path) -> Learned:
    """Read the weights. Raises ``Damaged`` with one sentence."""
    arrays = stored(path, "wording", MAX_FILE)
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
        np.ascontiguousarray(weights),
        scale,
        bias,
        {head: (row[0], row[1], row[2]) for head, row in zip(HEADS, joints.tolist(), strict=True)},
    )


def _array(arrays: Mapping[str, NDArray[Any]], name: str, kind: type[np.generic]) -> NDArray[Any]:
    part = arrays.get(name)
    if part is None or part.dtype != kind or (part.dtype.kind == "f" and not np.isfinite(part).all()):
        raise Damaged(f"the {name} of the wording model are damaged")
    return part
