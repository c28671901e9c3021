"""Promise: a school's name is cut where its own part ends, and the words behind a name are read as English ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.names import (
    FULL,
    Tail,
    Where,
    Word,
    has_another_before,
    key,
    read_region,
    read_tail,
    school_name,
)
from monitor.text import origin
from tests.pace import within

OWN = school_name("Holm Nook Community Primary School", ("Preston", "Lancashire"))


@pytest.mark.parametrize(
    ("name", "core", "common"),
    [
        ("Holm Nook Community Primary School", "holm nook", False),
        ("St. John's Church of England (VA) Primary School", "st johns", True),
        ("Christ Church C of E Infant and Nursery School", "christ church", True),
        ("The Grove Academy", "grove", True),
        ("Our Lady & St Edward's Roman Catholic Primary", "our lady and st edwards", True),
        ("Ribbleton Primary", "ribbleton", False),
        ("Primary School", "", False),
        ("Holm Nook", "holm nook", False),
    ],
)
def test_a_name_is_cut_into_its_own_part_and_the_rest(name: str, core: str, *, common: bool) -> None:
    cut = school_name(name)
    assert (cut.core, cut.is_common) == (core, common)


def test_a_short_core_is_not_used() -> None:
    assert not school_name("Lea Primary").is_usable
    assert not school_name("Primary School").is_usable
    assert school_name("Holms Primary").is_usable


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("St.Mary's (C.E.) Primary — “School”", "st marys ce primary school"),
        ("St. Mary’s & St John", "st marys and st john"),
        ("HOLM_NOOK-Primary 🏫", "holm nook primary"),
        ("Holm Nook. Primary", "holm nook. primary"),
        ("Comm. Prim. Sch. end.", "comm prim sch end."),
        ("holm.nook.example", "holm.nook.example"),
    ],
)
def test_keys_fold_what_writers_vary(text: str, words: str) -> None:
    assert key(text).strip() == words


@given(st.text(st.sampled_from("aBs .-_'&t’🏫c()/"), max_size=30))
def test_every_place_of_a_key_leads_back(text: str) -> None:
    stage = text
    for step in FULL:
        plain = step.pattern.sub(lambda found, step=step: step.replace(found[0]), stage)  # type: ignore[misc] # mypy cannot infer a default
        assert step.after(stage) == plain
        stage = plain
    assert stage == key(text)
    for at in range(len(stage)):
        start, end = origin(text, (at, at + 1), FULL)
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    ("words", "tail", "read"),
    [
        ("", Tail.NOTHING, ""),
        (" is shut", Tail.NOTHING, ""),
        (". primary", Tail.NOTHING, ""),
        (" community centre", Tail.NOTHING, ""),
        (" special needs", Tail.NOTHING, ""),
        (" high standards", Tail.NOTHING, ""),
        (" infants", Tail.NOTHING, ""),
        (" academy", Tail.NOTHING, ""),
        (" and the school", Tail.NOTHING, ""),
        (" scholar", Tail.NOTHING, ""),
        (" primary is shut", Tail.OURS, " primary"),
        (" c p school", Tail.NOTHING, ""),
        (" comm prim sch today", Tail.OURS, " comm prim sch"),
        (" county primary and nursery school", Tail.OURS, " county primary and nursery school"),
        (" comunity primray shool", Tail.OURS, " comunity primray shool"),
        (" schools fete", Tail.OURS, " schools"),
        (" primarys fete", Tail.OURS, " primarys"),
        (" school dance", Tail.OURS, " school"),
        (" primary university trip", Tail.OURS, " primary"),
        (" academy school", Tail.OURS, " academy school"),
        (" elementary", Tail.ANOTHER, " elementary"),
        (" sixth form", Tail.ANOTHER, " sixth form"),
        (" catholic primary", Tail.ANOTHER, " catholic primary"),
        (" church of england school", Tail.ANOTHER, " church of england school"),
        (" high school", Tail.ANOTHER, " high school"),
        (" school board", Tail.ANOTHER, " school"),
        (" primary care", Tail.ANOTHER, " primary"),
    ],
)
def test_the_words_behind_a_name_are_read(words: str, tail: Tail, read: str) -> None:
    text = f"holm nook{words}"
    found, end = read_tail(text, len("holm nook"), OWN)
    assert (found, text[len("holm nook") : end]) == (tail, read)


@pytest.mark.parametrize(
    ("name", "words", "tail"),
    [
        ("Fell Foot Academy", " academy", Tail.OURS),
        ("Fell Foot Infant School", " infants", Tail.OURS),
        ("Fell Foot Infant School", " junior school", Tail.ANOTHER),
        ("Fell Foot Junior School", " infant school", Tail.ANOTHER),
        ("Fell Foot Junior School", " school", Tail.OURS),
        ("Fell Foot Infant School", " junior primary", Tail.OURS),
        ("Fell Foot Methodist Primary", " ce primary", Tail.ANOTHER),
        ("Fell Foot Methodist Primary", " methodist school", Tail.OURS),
        ("St Mary's Primary School", " catholic primary", Tail.OURS),
        ("Fell Foot Special School", " special school", Tail.OURS),
        ("Fell Foot College", " college", Tail.NOTHING),
    ],
)
def test_our_own_kind_decides(name: str, words: str, tail: Tail) -> None:
    own = school_name(name)
    assert read_tail(f"{own.core}{words}", len(own.core), own)[0] is tail


def test_a_town_is_no_school_of_its_name() -> None:
    own = school_name("Ribbleton Primary School", ("Ribbleton",))
    assert read_tail("ribbleton school", 9, own)[0] is Tail.NOTHING
    assert read_tail("ribbleton schools", 9, own)[0] is Tail.NOTHING
    assert read_tail("ribbleton primary", 9, own)[0] is Tail.OURS


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("", Where.UNKNOWN),
        (" is shut", Where.UNKNOWN),
        (", preston", Where.HERE),
        (" lancashire", Where.HERE),
        (", norfolk", Where.ELSEWHERE),
        (", north yorkshire today", Where.ELSEWHERE),
        (" norfolk broads trip", Where.UNKNOWN),
        (" ohio", Where.ELSEWHERE),
        (" texas.", Where.ELSEWHERE),
        (" wales trip next week again", Where.UNKNOWN),
        (", new south wales", Where.ELSEWHERE),
    ],
)
def test_the_region_behind_a_name_is_read(words: str, where: Where) -> None:
    assert read_region(f"holm nook{words}", len("holm nook"), OWN) is where


def test_without_a_county_of_our_own_another_leaves_a_doubt() -> None:
    assert (
        read_region("holm nook, norfolk", 9, school_name("Holm Nook Primary", ("Preston",))) is Where.DOUBTFUL
    )


@pytest.mark.parametrize(
    ("text", "another"),
    [("west ", True), ("at upper ", True), ("the ", False), ("", False), ("west. ", False)],
)
def test_a_point_of_the_compass_makes_another_name(text: str, *, another: bool) -> None:
    assert has_another_before(f"{text}holm nook", len(text)) is another


def test_an_endless_tail_is_read_for_a_while() -> None:
    text = "holm nook" + " primary school" * 20_000
    with within(0.5):
        tail, end = read_tail(text, 9, OWN)
    assert tail is Tail.OURS
    assert end < 200


def test_kinds_of_words_can_be_told_apart() -> None:
    assert school_name("St John's RC Primary").kinds == Word.CATHOLIC | Word.PRIMARY
