"""Promise: a headline that hints at a school of ours is worth a look at the article; one that names it needs none."""

from __future__ import annotations

import pytest

from monitor.matching import Hints, Matcher
from monitor.matching.hints import NAME, PLACE, TOPIC
from monitor.settings import SchoolSettings
from sources.base import Entry

FILE = {
    "school": {
        "name": "Holm Nook Community Primary School",
        "locality": ["Ribbleton", "Preston", "Lancashire", "PR2"],
        "postcode": "PR2 6ZZ",
    },
    "alias": [
        {"kind": "strong", "any": ["holm nook primary"]},
        {"kind": "weak", "any": ["holm nook", "hncps"]},
    ],
}
OTHER = {"school": {"name": "Park School", "locality": ["Blackburn"]}}


def hints(*files: object) -> Hints:
    schools = {f"school-{n}": SchoolSettings.model_validate(file) for n, file in enumerate(files or (FILE,))}
    return Hints(schools, Matcher(schools))


def strength(title: str, text: str = "", *files: object) -> int:
    return hints(*files)(Entry(id="1", title=title, text=text))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Man arrested in Ribbleton", PLACE),
        ("Preston's market to close", PLACE),
        ("Fire near PR2 homes", PLACE),
        ("Headteacher suspended", TOPIC),
        ("Ofsted: two good, one inadequate", TOPIC),
        ("Pupils sent home after boiler fails", TOPIC),
        ("Eight-year-old hurt on her way home", TOPIC),
        ("Preston school to lose its crossing", PLACE + TOPIC),
        ("Police called to Holm Nook", NAME),
        ("Holm Nook fire: road closed in Ribbleton", NAME + PLACE),
        ("Lancashire weather: rain", 0),
        ("North End win again", 0),
        ("Prestonpans by-election", 0),
        ("Preschools", 0),
        ("", 0),
    ],
)
def test_places_and_words_about_schools_are_hints(title: str, expected: int) -> None:
    assert strength(title) == expected
    assert strength("", title) == expected


@pytest.mark.parametrize(
    "title", ["Holm Nook Primary in Ribbleton closes", "Holm Nook Community Primary School, Preston"]
)
def test_who_is_named_is_hinted_at_no_more(title: str) -> None:
    assert strength(title) == 0


def test_where_several_schools_watch_one_that_is_named_does_not_hide_the_others() -> None:
    second = {"school": {"name": "Beck Side Community Primary School", "locality": ["Preston"]}}

    assert strength("Holm Nook Primary in Preston closes", "", FILE, second) > 0
    assert strength("Burglary in Blackburn", "", FILE, OTHER) == PLACE


def test_a_school_that_is_called_like_a_common_word_is_not_hinted_at_by_the_word() -> None:
    assert strength("Dog lost in park", "", OTHER) == 0


def test_a_county_is_a_hint_only_where_nothing_smaller_is_told() -> None:
    wide = {"school": {"name": "Holm Nook Community Primary School", "locality": ["Lancashire"]}}

    assert strength("Lancashire weather: rain", "", wide) == PLACE


def test_only_the_beginning_is_read() -> None:
    assert strength("", "word " * 2_000 + "Ribbleton") == 0


def test_a_file_without_places_still_knows_the_words_about_schools() -> None:
    bare = {"school": {"name": "Holm Nook Community Primary School"}}

    assert strength("Pupils sent home", "", bare) == TOPIC
    assert strength("Man arrested", "", bare) == 0
