"""A linear model over hashed features: one row of small integers per bucket, one column per head."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.abuse.features import BUCKETS, features
from monitor.weights import Damaged, odds, stored

HEADS: Final = ("abuse", "threat", "insult", "identity_hate", "profanity", "sexism", "complaint")
"""Columns of the weights."""

MAX_FILE = 4_000_000
"""A weights file larger than this is not ours."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights, with the calibration of each head."""

    weights: NDArray[np.int8]
    lines: tuple[tuple[float, float], ...]
    """Gain and offset of each head: scale, bias, slope and shift in two numbers."""
    common: array[int]
    """Hashes of ordinary words, lowest first."""

    def heads(self, text: str) -> dict[str, float]:
        """Calibrated probability of each head."""
        rows = features(text)
        sums = self.weights.take(rows, axis=0).sum(axis=0, dtype=np.int32)
        share = 1.0 / math.sqrt(rows.size)
        return {
            head: odds(total * share * gain + offset)
            for head, total, (gain, offset) in zip(HEADS, sums.tolist(), self.lines, strict=True)
        }


def load(path: Path) -> Linear:
    """Read the weights. Raises ``Damaged`` with one sentence."""
    return _checked(stored(path, "abuse", MAX_FILE))


def _checked(arrays: Mapping[str, NDArray[Any]]) -> Linear:
    weights = arrays.get("weights")
    if weights is None or weights.dtype != np.int8 or weights.shape != (len(HEADS), BUCKETS):
        raise Damaged("the weights of the abuse model have another shape")
    scale, bias, slope, shift = (_numbers(arrays, name) for name in ("scale", "bias", "slope", "shift"))
    common = arrays.get("common")
    if common is None or common.dtype != np.uint32 or common.ndim != 1:
        raise Damaged("the common words of the abuse model are damaged")
    lines = tuple(zip((scale * slope).tolist(), (bias * slope + shift).tolist(), strict=True))
    return Linear(np.ascontiguousarray(weights.T), lines, array("I", sorted(set(common.tolist()))))


def _numbers(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float64]:
    part = arrays.get(name)
    if part is None or part.shape != (len(HEADS),) or part.dtype != np.float64 or not np.isfinite(part).all():
        raise Damaged(f"the {name} of the abuse model is damaged")
    return part
