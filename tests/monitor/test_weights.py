"""Promise: a file of weights is read whole or told to be damaged, and odds never overflow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from monitor.weights import Damaged, odds, stored


def test_arrays_come_back_unless_the_file_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, bias=np.ones(2))
    assert stored(path, "odd", 10_000)["bias"].tolist() == [1.0, 1.0]
    assert stored(path, "odd", 10) == {}


def test_what_cannot_be_read_is_told_in_a_sentence_that_names_the_model(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    with pytest.raises(Damaged, match="the weights of the odd model are missing"):
        stored(path, "odd", 10_000)
    path.write_bytes(b"PK nothing")
    with pytest.raises(Damaged, match="the weights of the odd model cannot be read"):
        stored(path, "odd", 10_000)


@pytest.mark.parametrize(("logit", "probability"), [(0.0, 0.5), (1e9, 1.0), (-1e9, 0.0)])
def test_odds_are_between_nought_and_one(logit: float, probability: float) -> None:
    assert odds(logit) == pytest.approx(probability, abs=1e-9)
