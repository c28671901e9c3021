"""Promise: reading only what is new in a feed yields the same as reading all of it, once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest

from sources import unseen
from sources.items import Place
from sources.unseen import Reading, apart

PLACE = Place(url="https://a.example/feed", now=datetime(2026, 11, 23, 10, tzinfo=UTC))


def item(name: str, *, guid: str | None = None, link: str | None = None, text: str = "") -> bytes:
    told = f"<guid isPermaLink='false'>{name if guid is None else guid}</guid>" if guid != "" else ""
    address = f"<link>https://a.example/{name if link is None else link}</link>" if link != "" else ""
    return f"<item><title>{name}</title>{told}{address}<description>{text}</description></item>".encode()


def rss(*items: bytes, between: bytes = b"\n", ttl: int = 60) -> bytes:
    head = b'<rss version="2.0"><channel><title>T</title><ttl>%d</ttl>' % ttl
    return head + between + between.join(items) + between + b"</channel></rss>"


def read(body: bytes, known: Sequence[str] = ()) -> Reading:
    return unseen.read(body, place=PLACE, known=known)


def titles(reading: Reading) -> list[str]:
    return [entry.title for entry in reading.entries]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What feedparser was given."""
    given: list[bytes] = []
    parse = feedparser.parse

    def watched(stream: Any, **options: Any) -> Any:
        given.append(stream.getvalue())
        return parse(stream, **options)

    monkeypatch.setattr(feedparser, "parse", watched)
    return given


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (b"<rss>H<item>1</item>B<item a='b'>2</item>T</rss>",
         [b"<rss>H", b"<item>1</item>", b"B", b"<item a='b'>2</item>", b"T</rss>"]),
        (b"<feed><entry>1</entry ></feed>", [b"<feed>", b"<entry>1</entry >", b"</feed>"]),
        (b"<rdf><items><x/></items><item\n>1</item></rdf>",
         [b"<rdf><items><x/></items>", b"<item\n>1</item>", b"</rdf>"]),
        (b"<r><!-- <item> --><item><![CDATA[</item><item>]]></item></r>",
         [b"<r><!-- <item> -->", b"<item><![CDATA[</item><item>]]></item>", b"</r>"]),
    ],
    ids=["RSS", "Atom", "RDF", "items in CDATA and comments"],
)  # fmt: skip
def test_a_feed_is_cut_at_its_items(body: bytes, parts: list[bytes]) -> None:
    assert apart(body) == parts


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<rss></rss>",
        b"<rss><item>1</rss>",
        b"<rss></item></rss>",
        b"<rss><item><item>1</item></item></rss>",
        b"<rss><item/></rss>",
        b"<rss><item>1</item",
        b"<rss><item>1</item><item ",
        b"<rss><item>1</item><entry>2</entry></rss>",
        b"<rss><item><![CDATA[1</item></rss>",
        b"<rss><!-- <item>1</item></rss>",
        b"<rss><item>\xff</item></rss>",
        "<rss><item>1</item></rss>".encode("utf-16"),
        b"<rss:item>1</rss:item>",
    ],
)
def test_where_a_cut_would_not_be_safe_there_is_none(body: bytes) -> None:
    assert apart(body) is None


def test_only_new_items_are_read(parsed: list[bytes]) -> None:
    first = read(rss(item("b"), item("a")))
    second = read(rss(item("c"), item("b"), item("a")), first.marks)

    assert (titles(first), titles(second)) == (["b", "a"], ["c"])
    assert second.overlaps
    assert second.ttl == first.ttl
    assert second.marks[1:] == first.marks
    assert b"<title>a<" not in parsed[-1]
    assert len(parsed) == 2


def test_of_a_feed_with_nothing_new_no_item_is_read(parsed: list[bytes]) -> None:
    first = read(rss(item("b"), item("a")))
    second = read(rss(item("b"), item("a"), ttl=15), first.marks)

    assert second.entries == ()
    assert second.marks == first.marks
    assert b"<item>" not in parsed[-1]


@pytest.mark.parametrize(
    "later",
    [
        rss(item("c"), item("b"), item("a")),
        rss(item("b"), item("a"), item("c")),
        rss(item("b"), item("c"), item("a", text="edited")),
        rss(item("c", guid="b"), item("b"), item("a")),
        rss(item("b"), item("c", guid="b", link="b"), item("a")),
        rss(item("b"), item("a", guid="b")),
        rss(item("b"), item("a"), item("c", guid="", link="")),
        rss(item("c"), item("b"), item("a")).replace(b"<title>c", b"<title>c & d"),
        rss(item("c"), item("b"), item("a")).replace(b"T<", b"T</title><language>cy</language><title>T<"),
        rss(item("c"), item("b"), b"<item/>", item("a")),
        rss(item("b"), b"<item><rss:item xmlns:rss='http://purl.org/rss/1.0/'><title>in</title></rss:item></item>"),
        rss(item("c"), item("b"))[: -len(b"</channel></rss>")],
        rss(item("b")),
        rss(item("x"), item("y")),
    ],
    ids=[
        "on top", "below", "edited", "an id again elsewhere", "an id again", "an id taken over", "no id",
        "ill-formed", "another head", "uncuttable", "two in one", "broken off", "fewer", "all new",
    ],
)  # fmt: skip
def test_reading_the_new_is_the_same_as_reading_all(later: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    known = read(rss(item("b"), item("a"))).marks
    quick = read(later, known)
    monkeypatch.setattr(unseen, "_unseen_only", lambda *_: None)

    thorough = read(later, known)

    assert quick.entries == thorough.entries
    assert replace(quick, marks=()) == replace(thorough, marks=())
    assert len(quick.marks) == len(thorough.marks)


def test_an_edited_item_comes_again_and_a_touched_one_does_not() -> None:
    first = read(rss(item("a", text="old"), item("b")))
    touched = read(
        rss(item("a", text="old").replace(b"<title>", b"<comments>7</comments><title>"), item("b")),
        first.marks,
    )
    edited = read(rss(item("a", text="new"), item("b")), touched.marks)

    assert titles(touched) == []
    assert titles(edited) == ["a"]


def test_the_first_of_an_id_stands() -> None:
    reading = read(rss(item("one", guid="7", link="x"), item("two", guid="7", link="x")))

    assert titles(reading) == ["one"]


def test_an_id_that_different_links_share_names_none_of_them() -> None:
    reading = read(rss(item("one", guid="7"), item("two", guid="7"), item("three", guid="7", link="")))

    assert [entry.id for entry in reading.entries] == ["https://a.example/one", "https://a.example/two", "7"]


def test_nothing_of_the_last_poll_left_is_no_overlap() -> None:
    known = read(rss(item("b"), item("a"))).marks

    assert not read(rss(item("d"), item("c")), known).overlaps
    assert read(rss(item("d"), item("b", text="edited")), known).overlaps
    assert not read(rss(item("d"))).overlaps


def test_a_json_feed_is_known_by_its_first_letter() -> None:
    body = b'\xef\xbb\xbf \n{"items": [{"id": "1", "title": "A"}, {"id": "2", "title": "B"}, 7]}'
    first = read(body)

    assert titles(first) == ["A", "B"]
    assert first.skipped == 1
    assert read(body, first.marks).entries == ()
    assert read(body, first.marks[1:]).entries == first.entries[:1]


def test_there_is_an_end_to_what_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen, "MAX_ENTRIES", 2)
    two, three = rss(item("a"), item("b")), rss(item("a"), item("b"), item("c"))

    assert not read(two).overfull
    assert read(three).overfull
    assert titles(read(three)) == ["a", "b"]
    assert titles(read(three, read(two).marks)) == []
