"""Promise: a list of words knows exactly its words, in the order of their letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.wordlist import WordList


@given(st.sets(st.text(alphabet="abcé-", max_size=4)), st.text(alphabet="abcé-", max_size=4))
def test_it_knows_what_a_set_knows(words: set[str], other: str) -> None:
    made = WordList(words)

    assert list(made) == sorted(words)
    assert len(made) == len(words)
    assert (other in made) is (other in words)
    assert all(made.place(word) == place for place, word in enumerate(made))


@pytest.mark.parametrize("place", [-1, 2])
def test_there_is_no_word_beyond_its_ends(place: int) -> None:
    with pytest.raises(IndexError):
        WordList(["a", "b", "b"])[place]


def test_without_words_it_knows_none() -> None:
    assert "" not in WordList()
    assert WordList().place("a") is None


def test_it_is_a_set() -> None:
    made = WordList(["b", "a"])

    assert set(made) == {"a", "b"}
    assert list(made & {"b", "c"}) == ["b"]
    assert list(made - {"b"}) == ["a"]
