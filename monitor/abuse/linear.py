"""A linear model over hashed features: one row of small integers per bucket, one column per head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.abuse.features import BUCKETS, features

HEADS = ("abuse", "threat", "insult", "identity_hate", "profanity", "sexism", "complaint")
"""Columns of the weights."""

MAX_FILE = 4_000_000
"""A weights file larger than this is not ours."""


class Damaged(Exception):
    """The weights are missing or are not what they should be."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights, with the scale and the calibration of each head."""

    weights: NDArray[np.int8]
    scale: NDArray[np.float64]
    bias: NDArray[np.float64]
    slope: NDArray[np.float64]
    shift: NDArray[np.float64]
    common: frozenset[int]
    """Hashes of ordinary words."""

    def heads(self, text: str) -> dict[str, float]:
        """Calibrated probability of each head."""
        rows = features(text)
        sums = self.weights.take(rows, axis=0).sum(axis=0, dtype=np.int32)
        logits = (sums * self.scale / np.sqrt(rows.size) + self.bias) * self.slope + self.shift
        odds: list[float] = (1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))).tolist()
        return dict(zip(HEADS, odds, strict=True))


def load(path: Path) -> Linear:
    """Read the weights. Raises ``Damaged`` with one sentence."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise Damaged("the weights of the abuse model are too large")
        with np.load(path, allow_pickle=False) as stored:
            arrays: Mapping[str, NDArray[np.generic]] = {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise Damaged("the weights of the abuse model are missing") from None
    except Exception as error:  # numpy, zipfile and zlib each raise their own for a damaged file
        if isinstance(error, Damaged):
            raise
        raise Damaged("the weights of the abuse model cannot be read") from None
    return _checked(arrays)


def _checked(arrays: Mapping[str, NDArray[np.generic]]) -> Linear:
    weights = arrays.get("weights")
    if weights is None or weights.dtype != np.int8 or weights.shape != (len(HEADS), BUCKETS):
        raise Damaged("the weights of the abuse model have another shape")
    parts = []
    for name in ("scale", "bias", "slope", "shift"):
        part = arrays.get(name)
        if part is None or part.shape != (len(HEADS),) or not np.isfinite(part.astype(np.float64)).all():
            raise Damaged(f"the {name} of the abuse model is damaged")
        parts.append(part.astype(np.float64))
    common = arrays.get("common")
    if common is None or common.dtype != np.uint32 or common.ndim != 1:
        raise Damaged("the common words of the abuse model are damaged")
    return Linear(np.ascontiguousarray(weights.T), *parts, frozenset(common.tolist()))
