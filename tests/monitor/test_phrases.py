"""Patterns of concepts are found where they stand, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from monitor.phrases import NOT_CACHED, Lexicon, Rulebook, endings
from monitor.reading import read

CONCEPTS = {
    "negators": "not, never",
    "hurt": "hit+, put hands on, threat*, carry on+",
    "child": "son, child, children",
}


def book(
    when: Sequence[str], *, unless: Sequence[str] = (), negation: str = "both", idioms: str = ""
) -> Rulebook:
    rule = {"name": "r", "says": "s", "when": when, "unless": unless, "negation": negation, "weight": 1}
    return Rulebook(CONCEPTS, [rule], idioms)


def met(rules: Rulebook, text: str) -> list[str]:
    findings = rules.read(read(text, rules.vocabulary()))
    return [findings.words_of(hit) for hit in findings.hits()]


@pytest.mark.parametrize(
    ("when", "text", "words"),
    [
        (["@hurt ~2 @child"], "he hit my son", ["hit my son"]),
        (["@hurt ~1 @child"], "he hit my own dear son", []),
        (["@hurt ~2 @child"], "he hit it. My son left", []),
        (["@hurt @child"], "hits children", ["hits children"]),
        (["@hurt"], "they put hands on him", ["put hands on"]),
        (["@hurt"], "put hands", []),
        (["@hurt"], "so threatening", ["threatening"]),
        (["@hurt"], "she carried on", []),
        (["@hurt"], "to carry ons", ["carry ons"]),
        (["@hurt & @child"], "my son. Someone hit him", ["hit"]),
        (["@hurt &3 @child"], "son one two three four five hit", []),
        (["@hurt &3 @child"], "son one two hit", ["hit"]),
        (["red|blue shoes"], "blue shoes", ["blue shoes"]),
        (["stop_it now"], "stop it now", ["stop it now"]),
        (["nothing", "@child"], "a child", ["child"]),
        (["up ~1 down ~1 up"], "up down up", ["up down up"]),
        (["stab* him*"], "stabbing himself", ["stabbing himself"]),
        (["stab*_him*"], "stabbing himself", ["stabbing himself"]),
    ],
)
def test_patterns(when: list[str], text: str, words: list[str]) -> None:
    assert met(book(when), text) == words


@pytest.mark.parametrize(
    ("negation", "text", "found"),
    [
        ("both", "he did not hit my son", False),
        ("both", "not you. He hit my son", True),
        ("both", "hit not my son", False),
        ("inside", "not that he hit my son", True),
        ("inside", "hit not my son", False),
        ("off", "never hit not my son", True),
    ],
)
def test_negation_silences_only_where_it_stands(negation: str, text: str, found: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert bool(met(book(["@hurt ~3 @child"], negation=negation), text)) is found


def test_an_exception_silences_a_rule() -> None:
    assert not met(book(["@hurt"], unless=["record"]), "hit the record")
    assert met(book(["@hurt"], unless=["record"]), "hit the road")


def test_idioms_are_taken_out_and_told() -> None:
    rules = book(["@hurt"], idioms="hit the road, hit it off")
    findings = rules.read(read("we hit the road", rules.vocabulary()))
    assert findings.idiom
    assert not findings.hits()
    other = rules.read(read("we hit the wall", rules.vocabulary()))
    assert not other.idiom
    assert other.hits()


def test_a_rule_is_met_once() -> None:
    rules = book(["@hurt", "@child"])
    findings = rules.read(read("hit hit son", rules.vocabulary()))
    assert len(findings.hits()) == 1
    assert findings.hits()[0].rule.facts == {"weight": 1}


def test_an_unknown_concept_is_refused() -> None:
    with pytest.raises(KeyError):
        book(["@nobody"])


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("stab", "stabbing"),
        ("love", "loving"),
        ("carry", "carried"),
        ("punch", "punches"),
        ("hit", "hits"),
        ("go", "going"),
    ],
)
def test_words_take_their_endings(word: str, form: str) -> None:
    assert form in endings(word)


def test_the_memory_of_a_lexicon_is_bounded() -> None:
    lexicon = Lexicon()
    lexicon.add("son", 1)
    lexicon.spans(tuple(f"w{number}" for number in range(NOT_CACHED + 5)))
    assert lexicon.spans(("son",)) == {1: [(0, 1)]}


def test_words_of_a_concept_come_with_their_forms() -> None:
    assert book(["@hurt"]).words_of(["hurt"]) >= {"hit", "hitting"}
    assert "put hands on" not in book(["@hurt"]).words_of(["hurt"])
