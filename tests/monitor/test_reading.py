"""A text is cut into words and sentences, and disguised words become the words they hide."""

from __future__ import annotations

import pytest

from monitor.reading import Vocabulary, read

KNOWN = Vocabulary(
    {"kill", "teacher", "teachers", "nazi", "retards", "loser", "school", "too", "p@edos", "paedos"}
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("K1LL the teacher", ("kill", "the", "teacher")),
        ("k i l l him", ("kill", "him")),
        ("K.I.L.L", ("kill",)),
        ("kiiiilllll", ("kill",)),
        ("tooooo", ("too",)),
        ("hmmmmm", ("hm",)),
        ("n*zi ret**ds", ("nazi", "retards")),
        ("*** x*y*z", ("xyz",)),
        ("ki\u200bll", ("kill",)),
        ("kіll", ("kill",)),
        ("1oser $chool", ("loser", "school")),
        ("y6 is 5a", ("y6", "is", "5a")),
        ("@HolmNook says", ("@holmnook", "says")),
        ("#KillTheTeacher", ("kill", "the", "teacher")),
        ("#teacher", ("teacher",)),
        ("I'll don't", ("ill", "dont")),
        ("£80 2026", ("£80", "2026")),
        ("zz9zz", ("zz9zz",)),
        ("a*************b", ("ab",)),
        ("kill!! loser!", ("kill", "loser")),
    ],
)
def test_disguises_are_undone(text: str, words: tuple[str, ...]) -> None:
    assert read(text, KNOWN).words == words


def test_sentences_end_at_full_stops_and_lines_and_a_question_mark_is_a_word() -> None:
    reading = read("One two. Three?\nfour", KNOWN)
    assert reading.words == ("one", "two", "three", "?", "four")
    assert reading.sentences == (0, 0, 1, 1, 3)


def test_an_excerpt_is_the_text_as_it_stands() -> None:
    assert read("please K1LL. the Teacher now", KNOWN).excerpt(1, 4) == "k1ll. the teacher"


def test_a_masked_word_may_lack_its_plural() -> None:
    assert read("te*che*", KNOWN).words == ("teacher",)
