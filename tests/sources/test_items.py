"""Promise: an entry keeps its id for as long as the publisher means the same thing by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sources.base import Entry
from sources.items import Item, Place, finished, short_id

NOWHERE = Place()
NEWS = Entry(id="", url="https://a.example/x?utm_source=rss", title="Title", text="Text")
EARLY, LATE = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


def identity(entry: Entry, place: Place = NOWHERE) -> str:
    made = finished(entry, place, None).entry
    assert made
    return made.id


@pytest.mark.parametrize(
    ("told", "link", "expected"),
    [
        ("tag:a.example,2026:7", "https://a.example/x", "tag:a.example,2026:7"),
        ("https://a.example/?p=7", "https://a.example/x", "https://a.example/?p=7"),
        (" 7\n", "https://a.example/x", "7"),
        ("https://a.example/c1#0", "https://a.example/c1?at_medium=RSS", "https://a.example/c1"),
        ("https://a.example/c1#12", "", "https://a.example/c1"),
        ("https://a.example/t/5#3", "https://a.example/t/5#3", "https://a.example/t/5#3"),
        ("https://a.example/t/5#c3", "", "https://a.example/t/5#c3"),
        ("tag:a#3", "", "tag:a#3"),
        ("", "https://a.example/x?utm_source=rss&id=7#c2", "https://a.example/x?id=7#c2"),
    ],
)
def test_an_id_is_what_the_publisher_says_or_else_the_link(told: str, link: str, expected: str) -> None:
    assert identity(replace(NEWS, id=told, url=link)) == expected


def test_without_id_and_link_the_words_are_the_id() -> None:
    bare = replace(NEWS, url="")

    assert identity(bare).startswith("sha256:")
    assert identity(bare) == identity(replace(bare, published=EARLY))
    assert len({identity(bare), identity(replace(bare, title="x")), identity(replace(bare, text="x"))}) == 3


def test_a_very_long_id_is_kept_as_a_digest() -> None:
    assert short_id("x" * 500) == "x" * 500
    assert short_id("x" * 501).startswith("sha256:")
    assert short_id("x" * 501) != short_id("x" * 502)


def test_a_relative_id_does_not_change_when_the_feed_answers_from_elsewhere() -> None:
    told = [
        identity(
            replace(NEWS, id=f"{folder}post-7"),
            Place(url=f"{folder}feed", configured="http://a.example/feed"),
        )
        for folder in ("http://a.example/", "https://a.example/", "https://cdn.example/a/")
    ]

    assert set(told) == {"http://a.example/post-7"}


def test_an_item_without_an_id_does_not_change_when_the_feed_answers_from_elsewhere() -> None:
    here = Place(url="https://new.example/blog/feed", configured="http://old.example/blog/feed")

    assert identity(replace(NEWS, url="https://new.example/blog/7"), here) == "http://old.example/blog/7"
    assert identity(replace(NEWS, url="https://else.example/7"), here) == "https://else.example/7"


@pytest.mark.parametrize(
    ("first", "last", "published", "edited"),
    [
        (EARLY, LATE, EARLY, LATE),
        (EARLY, EARLY, EARLY, None),
        (LATE, EARLY, LATE, None),
        (EARLY, None, EARLY, None),
        (None, LATE, LATE, None),
        (None, None, None, None),
    ],
)
def test_an_entry_counts_from_its_first_date(
    first: datetime | None, last: datetime | None, published: datetime | None, edited: datetime | None
) -> None:
    made = finished(NEWS, NOWHERE, first, last).entry

    assert made
    assert (made.published, made.edited) == (published, edited)


def test_a_mark_tells_bytes_id_and_content_apart() -> None:
    mark = finished(NEWS, NOWHERE, None, raw="a" * 12).mark
    other_bytes = finished(NEWS, NOWHERE, None, raw="b" * 12).mark
    other_id = finished(replace(NEWS, id="7"), NOWHERE, None, raw="a" * 12).mark
    other_text = finished(replace(NEWS, text="Other"), NOWHERE, None, raw="a" * 12).mark
    other_date = finished(NEWS, NOWHERE, EARLY, raw="a" * 12).mark

    assert len(mark) == 28
    assert mark[12:] == other_bytes[12:]
    assert mark[:12] == other_id[:12]
    assert mark[12:20] != other_id[12:20]
    assert mark[:20] == other_text[:20]
    assert mark[20:] != other_text[20:]
    assert mark == other_date
    assert Item(entry=None, raw="a" * 12).mark == "a" * 12 + "-" * 16
