"""Promise: RSS, RDF and Atom are read however they are written, and one bad item hides no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from sources import unseen, xmlfeed
from sources.base import Entry
from sources.items import Feed, Place
from tests.pace import within

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PLACE = Place(url="https://a.example/feed", content_type="application/xml", now=NOW)


def rss(*items: bytes, head: bytes = b"", tail: bytes = b"</channel></rss>") -> bytes:
    return b'<rss version="2.0"><channel><title>T</title>' + head + b"".join(items) + tail


def atom(*entries: bytes, head: bytes = b"") -> bytes:
    return b'<feed xmlns="http://www.w3.org/2005/Atom">' + head + b"".join(entries) + b"</feed>"


def item(inside: bytes) -> bytes:
    return b"<item>" + inside + b"</item>"


def read(body: bytes, place: Place = PLACE) -> Feed:
    return xmlfeed.read(body, unseen.apart(body), place)


def entry(body: bytes, place: Place = PLACE) -> Entry:
    found = read(body, place).items[0].entry
    assert found
    return found


CAFE = rss(item("<title>Café — Holm Nook’s</title>".encode()))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (CAFE, "application/rss+xml"),
        (CAFE, "application/rss+xml; charset=iso-8859-1"),
        (CAFE, "application/rss+xml; charset=windows-1252"),
        (CAFE, "application/rss+xml; charset=utf-16"),
        (CAFE, "text/xml"),
        (CAFE, "text/plain; charset=us-ascii"),
        (CAFE, ""),
        (b"\xef\xbb\xbf" + CAFE, "application/rss+xml"),
        (b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>" + CAFE, "application/rss+xml"),
        (b"\n \n<?xml version='1.0'?>" + CAFE, "application/rss+xml"),
        (b"<?xml version='1.0' encoding='iso-8859-1'?>" + CAFE, "application/rss+xml"),
        (b"<?xml version='1.0' encoding='windows-1252'?>" + CAFE, "application/rss+xml"),
        (b"<?xml version='1.0' encoding='windows-1252'?>" + CAFE.decode().encode("cp1252"), "application/rss+xml"),
        (CAFE.decode().encode("cp1252"), "application/rss+xml; charset=windows-1252"),
        (b"<?xml version='1.0' encoding='utf-8'?>" + CAFE.decode().encode("cp1252"), "application/rss+xml"),
        (("<?xml version='1.0' encoding='utf-16'?>" + CAFE.decode()).encode("utf-16"), "application/rss+xml"),
    ],
    ids=[
        "right", "wrong header", "Windows header on UTF-8", "very wrong header", "RFC 3023 says ASCII", "plain text", "no header",
        "BOM", "BOM before the prolog", "blank lines before the prolog", "wrong prolog", "Windows prolog on UTF-8",
        "Windows prolog", "Windows header", "Windows bytes that claim UTF-8", "UTF-16",
    ],
)  # fmt: skip
def test_letters_survive_whatever_is_claimed_of_the_encoding(body: bytes, content_type: str) -> None:
    place = Place(url="https://a.example/feed", content_type=content_type, now=NOW)

    assert entry(body, place).title == "Café — Holm Nook’s"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (b"Plain", "Plain"),
        (b"A &amp; B", "A & B"),
        (b"A &amp;amp; B", "A & B"),
        (b"&lt;b&gt;Holm&lt;/b&gt; Nook", "Holm Nook"),
        (b"<![CDATA[<i>Holm</i>&nbsp;Nook]]>", "Holm Nook"),
        (b"Holm\n  Nook", "Holm Nook"),
        (b"2 &lt; 3", "2 < 3"),
        (b"x" * 600, "x" * 500),
        (b"&#xD800;Holm &#1114112;Nook&#55296;", "\ufffdHolm \ufffdNook\ufffd"),
        (b"Holm\x00 Nook", "Holm Nook"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_titles_are_plain_lines(title: bytes, expected: str) -> None:
    assert entry(rss(item(b"<title>" + title + b"</title>"))).title == expected


def test_the_longest_of_content_and_summary_stands() -> None:
    content = b'<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    both = b"<description>Short</description>" + content + b"<![CDATA[<p>Much longer</p>]]></content:encoded>"
    teaser = b"<description>A long summary</description>" + content + b"x</content:encoded>"

    assert entry(rss(item(both))).text == "Much longer"
    assert entry(rss(item(teaser))).text == "A long summary"
    assert entry(rss(item(b"<title>None</title>"))).text == ""


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (b"<link>https://a.example/x?a=1&amp;b=2</link>", "https://a.example/x?a=1&b=2"),
        (b"<link>/x</link>", "https://a.example/x"),
        (b"<link>javascript:alert(1)</link>", ""),
        (b"<link>http://[x</link>", ""),
        (b"<guid>https://a.example/7</guid>", "https://a.example/7"),
        (b"<guid isPermaLink='false'>https://a.example/7</guid>", ""),
        (b"<link>https://www.google.com/url?url=https://b.example/%3Fx%3D1&amp;ct=ga</link>", "https://b.example/?x=1"),
        (b"<link>https://www.google.co.uk/url?q=https://b.example/</link>", "https://b.example/"),
        (b"<link>https://www.google.com/url?url=javascript:x</link>", "https://www.google.com/url?url=javascript:x"),
        (b"<link>https://www.google.com/search?q=https://b.example/</link>",
         "https://www.google.com/search?q=https://b.example/"),
        (b"<link>https://evil.example/url?url=https://b.example/</link>",
         "https://evil.example/url?url=https://b.example/"),
    ],
    ids=lambda value: ascii(value)[:50],
)  # fmt: skip
def test_links_are_complete_and_lead_to_the_article(link: bytes, expected: str) -> None:
    assert entry(rss(item(b"<title>T</title>" + link))).url == expected


def test_links_resolve_against_the_nearest_base() -> None:
    inner = atom(b'<entry xml:base="sub/"><link href="x"/></entry>', head=b'<link rel="self" href="/f"/>')
    outer = inner.replace(b"<feed ", b'<feed xml:base="https://b.example/d/" ')

    assert entry(inner).url == "https://a.example/sub/x"
    assert entry(outer).url == "https://b.example/d/sub/x"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        (b"<author>jo@a.example (Jo Writer)</author>", "Jo Writer"),
        (b"<author>Jo Writer &lt;jo.x+y@a-b.school&gt;</author>", "Jo Writer"),
        (b"<author>jo@a.example</author>", ""),
        (b"<author>@jo@social.example</author>", "@jo@social.example"),
        (b'<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Jo &amp;amp; Al</dc:creator>', "Jo & Al"),
        (b"", ""),
    ],
)
def test_the_author_is_a_name_without_an_address(author: bytes, expected: str) -> None:
    head = b"<managingEditor>editor@a.example (The Editor)</managingEditor>"

    assert entry(rss(item(b"<title>T</title>" + author), head=head)).author == expected


def test_in_atom_the_feeds_author_wrote_what_names_no_other() -> None:
    body = atom(b"<entry><title>T</title></entry>", head=b"<author><name>The press office</name></author>")

    assert entry(body).author == "The press office"


@pytest.mark.parametrize(
    ("date", "published", "edited"),
    [
        (b"<pubDate>Mon, 23 Nov 26 07:30 GMT</pubDate>", datetime(2026, 11, 23, 7, 30, tzinfo=UTC), None),
        (b"<pubDate>Mon, 23 Nov 2099 07:30:00 GMT</pubDate>", None, None),
        (b"<pubDate>soon</pubDate>", None, None),
        (b"", None, None),
        (b'<pubDate>2026-11-20</pubDate><a:updated xmlns:a="http://www.w3.org/2005/Atom">2026-11-21</a:updated>',
         datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
        (b'<dcterms:created xmlns:dcterms="http://purl.org/dc/terms/">2026-11-20</dcterms:created>',
         datetime(2026, 11, 20, tzinfo=UTC), None),
    ],
    ids=["two digits", "future", "words", "none", "edited", "created"],
)  # fmt: skip
def test_dates_are_read_if_they_can_be_true(
    date: bytes, published: datetime | None, edited: datetime | None
) -> None:
    made = entry(rss(item(b"<title>T</title>" + date)))

    assert (made.published, made.edited) == (published, edited)


@pytest.mark.parametrize(
    ("ttl", "wait"),
    [
        (b"<ttl>15</ttl>", timedelta(minutes=15)),
        (b"<ttl> 60 </ttl>", timedelta(hours=1)),
        (b"<ttl>0</ttl>", None),
        (b"<ttl>-5</ttl>", None),
        (b"<ttl>soon</ttl>", None),
        (b"<ttl>99999999999999999</ttl>", None),
        (b"", None),
    ],
)
def test_a_feed_may_say_how_long_it_stays_fresh(ttl: bytes, wait: timedelta | None) -> None:
    assert read(rss(head=ttl)).ttl == wait


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!doctype html><html><body>Sorry</body></html>", "web page"),
        (b"<HTML><item>", "web page"),
        (b"Sorry, no feed today", "no feed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no feed"),
        (b"<rss version='2.0'><channel><title>cut", "broken before"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_what_is_no_feed_is_a_problem(body: bytes, problem: str) -> None:
    assert problem in read(body).problem


def test_a_feed_that_quotes_a_whole_page_is_a_feed() -> None:
    quoted = b"<title>T</title><description><![CDATA[<!DOCTYPE html><html><body>Text</body></html>]]></description>"

    assert not read(rss(item(quoted))).problem
    assert entry(rss(item(quoted))).text == "Text"


def test_an_empty_feed_is_no_problem() -> None:
    assert read(rss()) == Feed()


def test_of_a_feed_that_breaks_off_what_is_there_is_read() -> None:
    body = rss(item(b"<title>One</title><guid>1</guid>"), b"<item><title>Holm Nook</title><descr", tail=b"")

    found = read(body)

    assert [it.entry.title for it in found.items if it.entry] == ["One", "Holm Nook"]
    assert found.cut_off


def test_a_feed_that_is_ill_formed_but_whole_is_not_cut_off() -> None:
    found = read(rss(item(b"<title>A & B</title>")))

    assert not found.cut_off
    assert found.items[0].entry
    assert found.items[0].entry.title == "A & B"


HOSTILE = item(
    b'<title>Bad</title><gml:Polygon xmlns:gml="http://www.opengis.net/gml"><gml:posList>x</gml:posList>'
)
BAD = b"<item><title>Bad</title></item>"


@pytest.fixture
def brittle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feedparser that breaks on every document with ``Bad`` in it, as it does on some odd bytes."""
    parse = feedparser.parse

    def breaks(stream: Any, **options: Any) -> Any:
        if b"Bad" in stream.getvalue():
            raise TypeError
        return parse(stream, **options)

    monkeypatch.setattr(feedparser, "parse", breaks)


@pytest.mark.usefixtures("brittle")
def test_an_item_that_breaks_the_reader_hides_no_other() -> None:
    found = read(rss(item(b"<title>One</title>"), BAD, item(b"<title>Two</title>")))

    assert [it.entry.title for it in found.items if it.entry] == ["One", "Two"]
    assert found.unread == 1
    assert not found.problem


@pytest.mark.usefixtures("brittle")
@pytest.mark.parametrize("body", [rss(BAD), rss(BAD, BAD), rss(head=b"<x>Bad</x>"), rss(BAD, b"<item>")])
def test_where_nothing_can_be_read_it_is_a_problem(body: bytes) -> None:
    assert read(body).problem == "the feed breaks its reader (TypeError)"


def test_a_long_author_costs_no_time() -> None:
    with within(1):
        made = entry(rss(item(b"<title>T</title><author>" + b"a" * 200_000 + b"</author>")))

    assert made.author == "a" * 200


def test_no_entity_reaches_a_file() -> None:
    body = b"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" + rss(item(b"<title>a&x;b</title>"))

    assert entry(body).title in {"ab", "a&x;b"}
