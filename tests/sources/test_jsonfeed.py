"""Promise: JSON Feeds of both versions are read, and what is odd in one item spoils no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sources import jsonfeed
from sources.base import Entry
from sources.items import Feed, Place

PLACE = Place(url="https://a.example/feed.json", language="de")


def feed(*items: Any, **more: Any) -> Feed:
    told = {"version": "https://jsonfeed.org/version/1.1", "items": list(items), **more}
    return jsonfeed.read(json.dumps(told).encode(), PLACE)


def entry(item: Any, **more: Any) -> Entry:
    found = feed(item, **more).items[0].entry
    assert found
    return found


def test_the_longest_text_stands() -> None:
    html, text, summary = "<p>One <b>two</b></p>", "One two three", "One two three four"

    assert entry({"content_html": html}).text == "One two"
    assert entry({"content_html": html, "content_text": text}).text == text
    assert entry({"content_html": html, "content_text": text, "summary": summary}).text == summary


def test_plain_text_is_not_taken_for_markup() -> None:
    assert entry({"title": "a <b>\n&amp;", "content_text": "x <i>y</i>\nz"}).title == "a <b> &amp;"
    assert entry({"content_text": "x <i>y</i>\nz"}).text == "x <i>y</i>\nz"


@pytest.mark.parametrize(
    ("item", "more", "author"),
    [
        ({"authors": [{"name": "A"}, {"name": "B"}]}, {}, "A"),
        ({"author": {"name": "A"}}, {"authors": [{"name": "Feed"}]}, "A"),
        ({}, {"authors": [{"name": "Feed"}]}, "Feed"),
        ({}, {"author": {"name": "Feed"}}, "Feed"),
        ({"authors": [{"url": "x"}, "B", None]}, {}, ""),
        ({"authors": "A"}, {}, ""),
    ],
)
def test_the_author_is_the_items_or_else_the_feeds(
    item: dict[str, Any], more: dict[str, Any], author: str
) -> None:
    assert entry({"id": "1", **item}, **more).author == author


def test_languages_fall_back_from_item_to_feed_to_header() -> None:
    assert entry({"id": "1", "language": "cy"}, language="en").language == "cy"
    assert entry({"id": "1"}, language="en").language == "en"
    assert entry({"id": "1"}).language == "de"


def test_an_external_link_stands_where_there_is_no_other() -> None:
    assert entry({"url": "/a", "external_url": "https://b.example/"}).url == "https://a.example/a"
    assert entry({"external_url": "https://b.example/"}).url == "https://b.example/"


def test_what_is_no_item_is_left_to_be_counted() -> None:
    read = feed(7, "x", None, [], {}, {"id": "1"})

    assert [item.entry is not None for item in read.items] == [False] * 5 + [True]


def test_wrong_types_are_as_good_as_missing() -> None:
    odd = entry(
        {"id": ["x"], "url": {}, "title": None, "content_html": 7, "date_published": 7, "language": []}
    )

    assert odd.id.startswith("sha256:")
    assert (odd.url, odd.title, odd.text, odd.published) == ("", "", "7", None)


@pytest.mark.parametrize(
    "body", [b"{", b"{}", b'{"items": {}}', b'{"items": NaN}', b'{"items":' + b"[" * 99_999]
)
def test_what_is_no_json_feed_is_a_problem(body: bytes) -> None:
    assert jsonfeed.read(body, PLACE).problem


def test_a_feed_may_say_that_it_has_ended() -> None:
    assert feed(expired=True).expired
    assert not feed(expired="true").expired
    assert not feed().expired
