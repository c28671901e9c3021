"""Weights in a file, and odds: what the linear models share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FAR: Final = 30.0
"""Log odds beyond this are as good as certain; exp of more may overflow."""


class Damaged(Exception):
    """The weights are missing or are not what they should be."""


def stored(path: Path, model: str, limit: int) -> dict[str, NDArray[Any]]:
    """The arrays of a file of at most ``limit`` bytes; none of a larger one. Raises ``Damaged`` with one sentence."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files} if size <= limit else {}
    except FileNotFoundError:
        raise Damaged(f"the weights of the {model} model are missing") from None
    except Exception:  # noqa: BLE001 -- numpy, zipfile and zlib each raise their own for a damaged file
        raise Damaged(f"the weights of the {model} model cannot be read") from None


def odds(logit: float) -> float:
    """The probability of log odds."""
    return 1.0 / (1.0 + math.exp(-max(min(logit, FAR), -FAR)))
