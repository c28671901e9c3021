"""Promise: what a school's file gets wrong about names is said with its place, before it misses a post."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.config.shape import Place, fit
from monitor.errors import Problem
from monitor.matching import Matcher, problems
from monitor.settings import SchoolSettings
from sources.base import Entry

GOOD: dict[str, Any] = {
    "school": {"name": "Holm Nook Community Primary School"},
    "alias": [
        {"kind": "strong", "any": ["holm nook primary"], "fuzzy": 1},
        {"kind": "handle", "regex": [r"[@#]?holmnook(cp|ps)[a-z0-9_]*"], "any": ["@HolmNookNews"]},
        {"kind": "domain", "any": ["holm-nook.example"]},
        {"kind": "script", "any": ["ہولم نوک سکول"]},
        {"kind": "weak", "any": ["holm nook", "hnk"]},
    ],
    "context": {
        "positive": {"words": ["*pupil", "y[1-6]"], "grammar": [r"\bat {name}\b"]},
        "negative": {"words": ["estate"], "grammar": [r"\bon holm nook\b"]},
    },
    "other_schools": {"names": ["holm end"]},
}


def wrong(**parts: Any) -> dict[str, str]:
    settings = SchoolSettings.model_validate({**GOOD, **parts})
    Matcher({"a": settings}).find(
        Entry(id="1", text="Holm Nook Primary, primary school, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")
    )
    return dict(problems(settings))


def alias(kind: str, *texts: str, **more: Any) -> dict[str, str]:
    return wrong(alias=[{"kind": kind, "any": texts, **more}])


def test_a_good_file_has_no_problems() -> None:
    assert wrong() == {}
    assert wrong(alias=[], context={}) == {}


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("strong", "hnp", "so short that it would match everything: at least 4 letters"),
        ("strong", "primary school", "only words that all schools share"),
        ("strong", "brook", "an ordinary English word"),
        ("strong", "🏫", "nothing is left"),
        ("strong", "Holm-End", "also listed under other_schools"),
        ("weak", "hn", "at least 3 letters"),
        ("script", "a", "at least 3 letters"),
        ("handle", "@hn", "at least 4 letters"),
        ("domain", "holmnook", "not a domain of the school's own"),
        ("domain", "https://www.facebook.com/holmnook", "not a domain of the school's own"),
        ("domain", "sch.uk", "not a domain of the school's own"),
        ("domain", "https://", "not a domain of the school's own"),
    ],
)
def test_an_alias_that_finds_everything_or_nothing_is_told(kind: str, text: str, message: str) -> None:
    assert message in alias(kind, "holm nook.example", text)["alias[1].any[2]"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"[@#]?(holm)?nook", "must begin"),
        (r"[@#]?hol", "must begin"),
        (r"holm|nook", "must begin"),
        (r"holmnook(a+)+", "itself repeats"),
    ],
)
def test_a_handle_that_is_tried_everywhere_or_hangs_is_told(pattern: str, message: str) -> None:
    assert message in alias("handle", regex=[pattern])["alias[1].regex[1]"]


def test_a_name_too_short_to_derive_from_needs_aliases() -> None:
    assert "too short" in wrong(school={"name": "Lea Primary"}, alias=[])["alias"]


def test_words_and_patterns_that_cannot_be_used_are_told() -> None:
    context = {
        "positive": {"words": ["pupil", "*"], "grammar": ["fine", r"(x*)*"]},
        "negative": {"words": ["y[6-1]"], "grammar": [r"\bon {name} (a|b)+"]},
    }
    told = wrong(context=context)
    assert set(told) == {
        "context.positive.words[2]",
        "context.positive.grammar[2]",
        "context.negative.words[1]",
        "context.negative.grammar[1]",
    }


def test_thresholds_must_be_in_order() -> None:
    assert "below maybe" in wrong(thresholds={"accept": 0, "maybe": 1})["thresholds"]


def test_the_configuration_and_the_matcher_count_alike() -> None:
    """Both say ``alias[2].any[1]`` of the first name in the second alias."""
    told = wrong(alias=[GOOD["alias"][0], {"kind": "strong", "any": ["hnp"]}])
    refused: list[Problem] = []
    fit(
        SchoolSettings,
        {**GOOD, "alias": [GOOD["alias"][0], {"kind": "weak", "any": [7]}]},
        Place("f"),
        refused,
    )

    assert set(told) == {problem.path for problem in refused} == {"alias[2].any[1]"}
