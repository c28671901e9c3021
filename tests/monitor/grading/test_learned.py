"""Promise: what a text reads like is said in bounded time and with reasons; damaged weights are told, not used."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor import grading
from monitor.grading import judge, rules_alone
from monitor.grading.learned import HEADS, JOINTS, MAX_FILE, Learned, load
from monitor.weights import Damaged
from sources.base import Entry
from tests.pace import within

SHIPPED = Path(grading.__file__).with_name("learned.npz")
DISCLOSURE = "she told her nan that he locks her in the shed when mum goes to work and not to tell"
PRAISE = "lovely nativity tonight, thank you to all the staff, so proud of every one of them"


@pytest.fixture(scope="module")
def model() -> Learned:
    return load(SHIPPED)


class Everything:
    def __contains__(self, word: object) -> bool:
        return True


def test_grave_posts_read_graver_than_kind_ones(model: Learned) -> None:
    grave, kind = model.read(DISCLOSURE).logits, model.read(PRAISE).logits
    for head in ("child_safeguarding", "high", "critical", "negative"):
        assert grave[head] > kind[head]
    for head in ("praise_community", "positive"):
        assert kind[head] > grave[head]
    assert set(grave) == set(HEADS)


def test_reasons_are_words_of_the_text_and_only_sayable_ones(model: Learned) -> None:
    opinion = model.read(PRAISE)
    said = opinion.because("praise_community", Everything())
    assert 1 <= len(said) <= 3
    assert set(said) <= set(opinion.parts)
    assert opinion.because("praise_community", {"nativity"}) == ("nativity",)
    assert opinion.because("praise_community", ()) == ()


def test_the_schools_name_has_no_say(model: Learned) -> None:
    assert model.read(f"Bashall {PRAISE}", {"bashall"}).logits == model.read(PRAISE).logits


@pytest.mark.parametrize("text", ["", "zqxv wkjq", "\ud800\x00", "ﷺ" * 10], ids=ascii)
def test_where_nothing_is_known_nothing_is_claimed(model: Learned, text: str) -> None:
    opinion = model.read(text)
    assert opinion.familiar < 0.5
    assert opinion.because("critical", Everything()) == ()


@pytest.mark.parametrize("flood", ["a ", "child ", "😀", "\u0301", "x" * 50 + " "], ids=ascii)
def test_floods_are_read_in_bounded_time(model: Learned, flood: str) -> None:
    with within(0.05):
        model.read(flood * 200_000)


def _spoilt(tmp_path: Path, **changes: Any) -> Path:
    with np.load(SHIPPED) as stored:
        arrays = {name: stored[name] for name in stored.files}
    path = tmp_path / "learned.npz"
    np.savez(path, **{name: array for name, array in (arrays | changes).items() if array is not None})
    return path


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="missing"):
        load(tmp_path / "learned.npz")


def test_cut_off_weights_are_told(tmp_path: Path) -> None:
    path = tmp_path / "learned.npz"
    path.write_bytes(SHIPPED.read_bytes()[:5000])
    with pytest.raises(Damaged, match="cannot be read"):
        load(path)


def test_huge_weights_are_not_read(tmp_path: Path) -> None:
    path = Path(shutil.copy(SHIPPED, tmp_path))
    with path.open("r+b") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(Damaged):
        load(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"words": None},
        {"weights": np.zeros((3, len(HEADS)), np.int8)},
        {"bias": np.full(len(HEADS), np.nan)},
        {"joints": np.zeros((len(HEADS), len(JOINTS)), np.float32)},
        {"scale": np.ones(2)},
    ],
    ids=str,
)
def test_wrong_weights_are_told(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(Damaged, match="of the wording model"):
        load(_spoilt(tmp_path, **changes))


def test_without_its_weights_the_judge_goes_by_rules_alone_and_is_ailing(tmp_path: Path) -> None:
    crippled, alone = judge(tmp_path / "gone.npz"), rules_alone()
    entry = Entry(id="e1", text=DISCLOSURE)
    assert crippled.assess(entry, DISCLOSURE) == alone.assess(entry, DISCLOSURE)
    assert crippled.ailment == "the weights of the wording model are missing"
    assert judge().ailment == alone.ailment == ""
