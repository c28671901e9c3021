"""Promise: no post is ever passed over because of a grave word, or because somebody was praised or blamed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.grading.grave import FRAMES, guard

GRAVE = """
knife stab bomb punch rape groomed naked suicide overdose bruises weapon stranger missing nonce drugs vapes kidnap
lockdown intruder died fire cocaine threat photos
"""


@pytest.fixture(name="why_not", scope="module")
def _why_not() -> Callable[[str], str]:
    return guard()


@pytest.mark.parametrize("words", GRAVE.split())
def test_a_grave_word_is_known_as_one(words: str, why_not: Callable[[str], str]) -> None:
    assert "grave" in why_not(words)


@pytest.mark.parametrize("words", ["self harm", "followed home", "knife crime", "fire brigade"])
def test_a_grave_phrase_is_known_as_one(words: str, why_not: Callable[[str], str]) -> None:
    assert "grave" in why_not(words)


@pytest.mark.parametrize("words", ["excellent", "horrible", "useless"])
def test_praise_and_blame_are_known(words: str, why_not: Callable[[str], str]) -> None:
    assert why_not(words)


@pytest.mark.parametrize(
    "words",
    ["kick off", "dugout", "cup final", "quiz league", "brewery", "rangers", "allotment", "roast dinner"],
)
def test_words_of_clubs_and_pubs_may_be_learned(words: str, why_not: Callable[[str], str]) -> None:
    assert why_not(words) == ""


def test_the_sentences_themselves_are_not_grave(why_not: Callable[[str], str]) -> None:
    assert all("{words}" in frame for frame in FRAMES)
    assert why_not("table") == ""
