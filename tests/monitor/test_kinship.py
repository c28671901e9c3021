"""A mention is known again by what it shares with others, and a short text proves nothing."""

from __future__ import annotations

import dataclasses
from typing import Any

from alerts.base import Severity
from monitor.kinship import MOST_ALIKE, Group, Kinship
from monitor.model import Keys, KnownMention
from tests.monitor.findings import finding, never_same


def keys_of(name: str, **facts: Any) -> Keys:
    return finding(name, **facts).keys


def test_a_text_too_short_to_mean_anything_repeats_nothing() -> None:
    kin = Kinship(never_same)
    short = dataclasses.replace(keys_of("a"), text="")
    kin.add(short, "", "ok", group=None, story="s")
    assert kin.original(dataclasses.replace(keys_of("b"), text=""), "", "ok") is None


def test_a_text_that_is_known_is_found_without_comparing() -> None:
    kin = Kinship(never_same)
    kin.add(keys_of("a", text="same words"), "", "same words", group=None, story=None)
    found = kin.original(keys_of("b", text="same words"), "", "same words")
    assert found is not None
    assert (found.first, found.story) == (keys_of("a").key, None)


def test_without_kin_a_mention_is_asked_for_by_its_own_key() -> None:
    kin = Kinship(never_same)
    assert kin.related(keys_of("a"), None) == keys_of("a").key


def test_the_first_story_that_shares_something_keeps_it() -> None:
    kin = Kinship(never_same)
    for name in ("a", "b"):
        kin.add(keys_of(name, thread="t"), "", name, group=None, story=f"story {name}")
    assert kin.related(keys_of("c", thread="t"), None) == "story a"


def test_what_belongs_to_no_open_story_ties_nothing() -> None:
    kin = Kinship(never_same)
    kin.add(keys_of("a", thread="t"), "", "a", group=None, story=None)
    assert kin.related(keys_of("b", thread="t"), None) == keys_of("b").key


def test_a_group_keeps_its_first_story() -> None:
    kin = Kinship(never_same)
    for name in ("a", "b"):
        kin.add(keys_of(name, text="same words"), "", "same words", group=None, story=f"story {name}")
    found = kin.original(keys_of("c", text="same words"), "", "same words")
    assert found is not None
    assert kin.related(keys_of("c"), found) == "story a"


def test_a_flood_fills_no_band_and_repeats_take_one_place() -> None:
    kin = Kinship(never_same)
    for number in range(40):
        keys = keys_of("one text" if number < 20 else f"n{number}", bands=(1,))
        kin.add(keys, "", "", group=None, story=None)
    assert len(kin._by_band[1]) == MOST_ALIKE
    assert len(set(kin._by_band[1])) == MOST_ALIKE


def test_of_several_closed_stories_of_a_text_the_gravest_counts_and_an_open_one_beats_them() -> None:
    group = Group(first="k", title="", text="")
    assert group.dismissed_as(Severity.NONE) is None
    kin = Kinship(never_same)
    for name, grave in (("a", Severity.MEDIUM), ("b", Severity.HIGH), ("c", Severity.LOW)):
        kin.learn(_known(name, grave), None)
    found = kin.original(keys_of("d", text="same words"), "", "same words")
    assert found is not None
    told = [found.dismissed_as(grave) for grave in (Severity.LOW, Severity.MEDIUM, Severity.HIGH)]
    assert told == ["story b", "story b", None]
    found.story = "an open one"
    assert found.dismissed_as(Severity.LOW) is None


def _known(name: str, grave: Severity) -> KnownMention:
    keys = keys_of(name, text="same words")
    return KnownMention(
        school="s", key=keys.key, keys=keys, title="", text="same words", severity=Severity.LOW, edits=0,
        incident=f"story {name}", duplicate_of=None if name == "a" else keys_of("a").key, dismissed=grave,
    )  # fmt: skip
