"""Promise: a misspelt word is traced to the names it may stand for, and an ordinary word to none."""

from __future__ import annotations

import pytest

from monitor.matching.english import is_ordinary
from monitor.matching.neighbours import Neighbours

NEAR = Neighbours(["holm", "nook", "holmnook", "oak"], ["holm", "nook", "oak", "holms"])


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("hlom", {"holm"}),
        ("nok", {"nook"}),
        ("noook", {"nook"}),
        ("noks", {"nook"}),
        ("hlmnook", {"holmnook"}),
        ("xook", {"nook"}),
    ],
)
def test_a_slip_is_traced(word: str, names: set[str]) -> None:
    assert NEAR.of(word) == names


@pytest.mark.parametrize(
    "word", ["holm", "nook", "book", "hole", "oka", "ok", "", "zzzz", "holms", "x" * 30, "books"]
)
def test_what_is_no_slip_is_left_alone(word: str) -> None:
    assert not NEAR.of(word)


@pytest.mark.parametrize(
    "word", ["book", "books", "cooking", "cooked", "cooker", "making", "running", "nicely", "hills"]
)
def test_ordinary_words_are_known_in_all_forms(word: str) -> None:
    assert is_ordinary(word)


@pytest.mark.parametrize("word", ["", "s", "holme", "mornook", "nok", "xyzzy", "ribbleton"])
def test_other_words_are_not_ordinary(word: str) -> None:
    assert not is_ordinary(word)
