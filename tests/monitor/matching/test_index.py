"""Promise: every place of a name is found in one pass, with the errors and disguises that it was written with."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.matching import index
from monitor.matching.index import Hit, Index, Kind, Name


def name(words: str, kind: Kind = Kind.CORE, **facts: Any) -> Name:
    return Name(
        kind,
        facts.pop("school", 0),
        words,
        words,
        facts.pop("stem", len(words)),
        fuzzy=facts.pop("fuzzy", True),
        **facts,
    )


LONG = Index([name("long holm nook")])
HOLM = Index([name("holm nook"), name("brindle")])


def found(index_: Index, text: str) -> set[tuple[str, int]]:
    return {(text[hit.start : hit.end], hit.errors) for hit in index_.hits(text)}


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("at long holm nook", {("long holm nook", 0)}),
        ("long hlom nook", {("long hlom nook", 1)}),
        ("lnog hlom nook", {("lnog hlom nook", 2)}),
        ("lonng holm nooks", {("lonng holm nooks", 1)}),
        ("long holms noook", {("long holms noook", 2)}),
        ("long holm nok", {("long holm nok", 1)}),
        ("longholmnook", {("longholmnook", 1)}),
        ("longholmnok", {("longholmnok", 1)}),
        ("short hlom nook", set()),
        ("hlom nook", set()),
        ("long hlom brook", set()),
        ("long hlom", set()),
        ("lnog holm end", set()),
        ("lnog holm, nook", set()),
        ("long holm book", set()),
        ("xlong holm nook", {("xlong holm nook", 1)}),
    ],
)
def test_all_words_of_a_name_must_stand_there(text: str, hits: set[tuple[str, int]]) -> None:
    assert found(LONG, text) == hits


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("brindle", {("brindle", 0)}),
        ("brindel", {("brindel", 1)}),
        ("holm nookprimary", {("holm nookprimary", 0)}),
        ("holm nookery", set()),
        ("holmnookery", set()),
        ("holmnook", {("holmnook", 1)}),
        ("#holmnook", {("holmnook", 0)}),
        ("@holmnooks", {("holmnooks", 0)}),
        ("#lovemyholmnook", {("lovemyholmnook", 0)}),
        ("lovemyholmnook", set()),
        ("teamholmnook", {("teamholmnook", 1)}),
        ("@holmnookyear6", {("holmnookyear6", 0)}),
        ("h0lm n00k", {("h0lm n00k", 0)}),
        ("h0lm nook", {("h0lm nook", 0)}),
        ("holm nook, h0lm nook", {("holm nook", 0), ("h0lm nook", 0)}),
        ("h o l m n o o k", {("h o l m n o o k", 0)}),
        ("h o l m", set()),
        ("2 0 2 6 7 8", set()),
        ("w0rd 1st", set()),
        (f"{'a' * 300}holmnook", set()),
        (f"holmnook{'a' * 300}", set()),
    ],
)
def test_names_are_found_as_people_write_them(text: str, hits: set[tuple[str, int]]) -> None:
    assert found(HOLM, text) == hits


def test_a_disguise_is_told() -> None:
    assert {hit.disguise for hit in HOLM.hits("h0lm n00k")} == {"leet"}
    assert {hit.disguise for hit in HOLM.hits("h o l m n o o k p s")} == {"spaced"}
    assert all(hit.tagged for hit in HOLM.hits("h o l m n o o k p s"))
    assert {hit.disguise for hit in HOLM.hits("holm nook")} == {""}


def test_a_memo_that_is_full_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_REMEMBERED", 2)
    small = Index([name("holm nook")])
    for text in ("one two three four", "hlom nook", "one two three four", "hlom nook", "five", "h0lm nook"):
        assert found(small, text) == found(HOLM, text)
    assert len(small._dull) <= 2


def test_a_flood_of_errors_is_followed_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_MOST_FOLLOWED", 10)
    assert len(found(HOLM, "hlom nook " * 100)) == 1
    assert len(HOLM.hits("hlom nook " * 100)) < 20


def test_a_flood_of_one_name_hides_no_other() -> None:
    hits = HOLM.hits("holm nook " * 10_000 + "brindle")
    assert len(hits) < 500
    assert "brindle" in {hit.name.words for hit in hits}


def test_disguises_are_looked_for_within_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "FUZZY_REACH", 20)
    far = "x " * 20
    assert found(HOLM, f"{far}hlom nook {far}h0lm n00k") == set()
    assert found(HOLM, f"{far}holm nook") == {("holm nook", 0)}


def test_an_index_of_nothing_finds_nothing() -> None:
    assert Index([]).hits("holm nook") == []


def test_several_schools_may_share_a_name() -> None:
    shared = Index([name("holm nook", school=0), name("holm nook", school=1)])
    assert {hit.name.school for hit in shared.hits("holm nook")} == {0, 1}
    assert {hit.name.school for hit in shared.hits("hlom nook")} == {0, 1}


def test_a_handle_without_a_pattern_is_no_handle() -> None:
    assert Index([name("holmnook", Kind.HANDLE, fuzzy=False)]).hits("@holmnook") == []


def test_a_hit_is_a_plain_value() -> None:
    one = name("holm nook")
    assert Hit(one, 0, 9) == Hit(one, 0, 9)
