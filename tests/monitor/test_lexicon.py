"""Promise: phrases are found by their first word, in the order of their concepts, and may be added to at any time."""

from __future__ import annotations

from monitor.lexicon import Lexicon


def lexicon(*entries: tuple[str, int]) -> Lexicon:
    made = Lexicon()
    for phrase, concept in entries:
        made.add(phrase, concept)
    return made


def test_concepts_come_word_by_word_single_words_first_and_lowest_first() -> None:
    made = lexicon(("beat up", 1), ("beat", 9), ("beat", 4), ("beat_up badly", 0), ("up", 2))

    spans = made.spans(("beat", "up", "badly"))

    assert spans == {4: [(0, 1)], 9: [(0, 1)], 0: [(0, 3)], 1: [(0, 2)], 2: [(1, 2)]}
    assert list(spans) == [4, 9, 0, 1, 2]


def test_what_is_added_after_a_question_is_found_beside_what_was_there() -> None:
    made = lexicon(("kill+", 3), ("hit the road", 5))
    assert made.spans(("run", "killing")) == {3: [(1, 2)]}

    made.add("run", 7)
    made.add("kill+", 8)

    assert made.spans(("run", "killing")) == {7: [(0, 1)], 3: [(1, 2)], 8: [(1, 2)]}
    assert made.spans(("hit", "the", "road")) == {5: [(0, 3)]}


def test_only_a_phrase_of_several_whole_words_may_begin() -> None:
    made = lexicon(("photobomb", 0), ("hit the road", 0), ("stab* him", 0))

    assert made.may_begin(["we", "hit"])
    assert not made.may_begin(["photobomb", "stab", "stabbing", "road"])


def test_its_words_are_those_of_all_phrases_in_all_forms() -> None:
    made = lexicon(("knock out", 0), ("threat*", 0), ("carry on+", 1))

    assert made.words() == {"knock", "out", "threat", "carry", "on", "ons", "oned", "oning", "onin"}


def test_a_stem_is_found_in_longer_words_alone_or_before_others() -> None:
    made = lexicon(("stab*", 1), ("stab* him", 2), ("s*", 3))

    assert made.spans(("stabbing", "him")) == {1: [(0, 1)], 3: [(0, 1)], 2: [(0, 2)]}
    assert made.spans(("sta",)) == {3: [(0, 1)]}
    assert made.spans(("xstab",)) == {}


def test_an_empty_lexicon_finds_nothing() -> None:
    assert Lexicon().spans(("anything",)) == {}
    assert Lexicon().words() == frozenset()
