"""Promise: the wording of any text becomes the same features on every machine, in linear time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.grading.wording import hashes, words
from tests.pace import within


def test_words_are_folded_and_long_numbers_are_all_alike() -> None:
    assert words("The LAD's got a ｋnife!! 😀 Year 5, 07700 900123") == [
        "the", "lad's", "got", "a", "knife", "!", "!", "😀", "year", "5", "0", "0",
    ]  # fmt: skip


def test_the_schools_name_is_left_out() -> None:
    assert words("Holm Nook is on fire", {"holm", "nook"}) == ["is", "on", "fire"]


def test_hashes_are_the_same_everywhere() -> None:
    whole, runs = hashes(["a", "cat"])
    assert whole.tolist() == [166341159, 67500642, 93466770]
    assert runs.size == 1 + 3 + 2 + 1  # " a ", " ca", "cat", "at ", " cat", "cat ", " cat "


def test_runs_of_letters_do_not_reach_into_the_next_word() -> None:
    apart, together = hashes(["on", "fire"])[1], hashes(["onfire"])[1]
    assert set(hashes(["on"])[1].tolist()) | set(hashes(["fire"])[1].tolist()) == set(apart.tolist())
    assert not set(together.tolist()) <= set(apart.tolist())


def test_order_matters_to_pairs_alone() -> None:
    one, other = hashes(["dog", "bites", "man"]), hashes(["man", "bites", "dog"])
    assert sorted(one[1].tolist()) == sorted(other[1].tolist())
    assert sorted(one[0].tolist()) != sorted(other[0].tolist())


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800"], ids=ascii)
def test_nothing_has_no_features(text: str) -> None:
    assert [part.size for part in hashes(words(text))] == [0, 0]


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_has_features(text: str) -> None:
    whole, runs = hashes(words(text))
    assert whole.dtype == runs.dtype == np.uint32


@pytest.mark.parametrize("flood", ["a", "a ", "!", "\u0301", "😀", "ﷺ"], ids=ascii)
def test_floods_take_linear_time(flood: str) -> None:
    with within(0.2):
        hashes(words(flood * 500_000))
