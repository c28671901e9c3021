"""Promise: what feeds in the wild get wrong costs no entry, or is told; tried whole, from the wire to the entry."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from sources.base import Batch, Entry, Tools
from sources.cage import InProcess
from sources.errors import Unreadable
from sources.feed import FeedSettings, FeedSource
from tests.fakes import NOW
from tests.pace import within
from tests.sources.fetchers import fetcher_for
from tests.sources.http_server import Web, answer, raw

RSS = "application/rss+xml"
TITLE = "Café fair at Holm Nook – £5"


def rss(*items: str, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>', root: str = "") -> str:
    told = "".join(f"<item>{item}</item>" for item in items)
    return f'{prolog}<rss version="2.0"{root}><channel><title>Paper</title>{told}</channel></rss>'


def named(title: str = TITLE, guid: str = "1", **more: str) -> str:
    parts = {"title": title, "guid": guid, "link": "https://paper.example/a", **more}
    return "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())


class Paper:
    """A newspaper on loopback, and who reads its feed."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.checkpoint: Any = None

    def poll(self, body: bytes | str, content_type: str = RSS, **headers: str) -> Batch:
        octets = body if isinstance(body, bytes) else body.encode()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.web.pages["/feed"] = answer(200, octets, {"Content-Type": content_type, **told})
        return self.look()

    def look(self) -> Batch:
        def refuse(_: object) -> str:
            raise AssertionError("a feed has no secret")

        tools = Tools(fetcher=fetcher_for(self.web), parser=InProcess(), secret=refuse, now=lambda: NOW)
        batch = FeedSource(FeedSettings(url=self.web.url("/feed")), tools).poll(self.checkpoint)
        self.checkpoint = json.loads(json.dumps(batch.checkpoint))
        return batch

    def entry(self, body: bytes | str, content_type: str = RSS, **headers: str) -> Entry:
        (entry,) = self.poll(body, content_type, **headers).entries
        return entry


@pytest.fixture
def paper(web: Web) -> Paper:
    return Paper(web)


# --- letters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["\ufeff", "\ufeff\n", "\n\n", "  \r\n\t", "\ufeff\ufeff"], ids=ascii)
def test_marks_and_white_space_before_the_prolog(paper: Paper, before: str) -> None:
    assert paper.entry(before + rss(named())).title == TITLE


@pytest.mark.parametrize(
    ("encoding", "prolog", "content_type"),
    [
        ("utf-8", "ISO-8859-1", RSS),
        ("utf-8", "UTF-8", f"{RSS}; charset=ISO-8859-1"),
        ("utf-8", "", "text/xml"),  # which would mean ASCII by RFC 3023
        ("utf-8", "windows-1252", f"{RSS}; charset=us-ascii"),
        ("windows-1252", "windows-1252", f"{RSS}; charset=utf-8"),
        ("windows-1252", "UTF-8", f"{RSS}; charset=windows-1252"),
        ("windows-1252", "ISO-8859-1", RSS),
        ("utf-16", "UTF-16", RSS),
        ("utf-8", "nonsense", f"{RSS}; charset=nonsense"),
    ],
)
def test_the_header_says_one_encoding_and_the_prolog_another(
    paper: Paper, encoding: str, prolog: str, content_type: str
) -> None:
    declared = f'<?xml version="1.0" encoding="{prolog}"?>' if prolog else '<?xml version="1.0"?>'

    assert paper.entry(rss(named(), prolog=declared).encode(encoding), content_type).title == TITLE


@pytest.mark.parametrize(
    "title",
    [
        "Caf&amp;eacute; &lt;b&gt;fair&lt;/b&gt; at Holm&amp;nbsp;Nook &amp;ndash; &amp;pound;5",
        "<![CDATA[Caf&eacute; <b>fair</b> at Holm Nook &ndash; &#163;5]]>",
        "Caf&#233; &lt;i class='x'&gt;fair&lt;/i&gt; at Holm Nook &#8211; &#163;5",
        "\n   Café\tfair   at\n Holm Nook – £5  ",
        "<![CDATA[<em>Café</em> fair at<br>Holm Nook – £5<img src=x onerror=alert(1)>]]>",
    ],
)
def test_markup_in_a_title(paper: Paper, title: str) -> None:
    assert paper.entry(rss(named(title))).title == TITLE


# --- answers that are no feed ----------------------------------------------------------------------

PAGE = "<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>503</h1><p>We will be back.</p></body></html>"


@pytest.mark.parametrize(
    ("body", "why"),
    [(PAGE, "web page"), ("", "empty"), ("\ufeff \r\n", "empty"), ("Service unavailable", "no feed")],
)
def test_what_comes_with_status_200_and_calls_itself_a_feed(paper: Paper, body: str, why: str) -> None:
    paper.poll(rss(named()))
    kept = paper.checkpoint

    with pytest.raises(Unreadable, match=why) as caught:
        paper.poll(body)
    assert "We will be back" not in str(caught.value)
    assert paper.checkpoint == kept
    assert [entry.title for entry in paper.poll(rss(named("New", "2"), named())).entries] == ["New"]


def packed(length: int = 0) -> bytes:
    """A feed in gzip whose trailer tells another length than its own (RFC 1952, section 2.3.1)."""
    whole = gzip.compress(rss(named()).encode())
    return whole[:-4] + struct.pack("<I", length) if length else whole


def test_gzip_is_read(paper: Paper) -> None:
    assert paper.entry(packed(), Content_Encoding="gzip").title == TITLE


@pytest.mark.parametrize("length", [1, 2**31])
def test_gzip_that_tells_a_wrong_length_of_itself_is_told(paper: Paper, length: int) -> None:
    with pytest.raises(Unreadable):
        paper.poll(packed(length), Content_Encoding="gzip")


@pytest.mark.parametrize("lie", [10_000, -10])
def test_an_answer_whose_header_tells_a_wrong_length_is_told(paper: Paper, lie: int) -> None:
    body = packed()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {RSS}\r\nContent-Encoding: gzip\r\nContent-Length: {len(body) + lie}\r\n"
    paper.web.pages["/feed"] = raw(head.encode() + b"\r\n" + body)

    with pytest.raises(Unreadable):
        paper.look()


# --- dates -----------------------------------------------------------------------------------------

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("Fri, 20 Nov 26 09:00:00 GMT", NINE),
        ("20 Nov 26 09:00 +0000", NINE),
        ("Fri, 20 Nov 2026 10:00:00 GMT+1", NINE),
        ("Fri, 20 Nov 2026 10:00:00 GMT+01:00", NINE),
        ("Fri, 20 Nov 2026 09:00:00 UT", NINE),
        ("Friday, 20 November 2026 09:00:00 GMT", NINE),
        ("Fri, 20 Nov 2026 04:00:00 EST", NINE),
        ("2026-11-20T09:00:00Z", NINE),
        ("2026-11-20 09:00:00", NINE),
        ("20/11/2026 09:00", NINE),
        ("", None),
        ("soon", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 31 Feb 2026 09:00:00 GMT", None),
        ("Wed, 01 Jan 2031 09:00:00 GMT", None),
        ("Fri, 20 Nov 12026 09:00:00 GMT", None),
    ],
)
def test_dates_as_papers_write_them(paper: Paper, told: str, moment: datetime | None) -> None:
    assert paper.entry(rss(named(pubDate=told))).published == moment


def test_an_entry_without_a_date_is_an_entry(paper: Paper) -> None:
    assert paper.entry(rss(named())).published is None


# --- ids -------------------------------------------------------------------------------------------


def test_an_id_that_counts_up_with_each_edit_stays_one_entry(paper: Paper) -> None:
    guid = "https://www.bbc.co.uk/news/articles/c123#{}"
    first = paper.entry(rss(named("Head praised", guid.format(0))))
    again = paper.entry(rss(named("Head praised by all", guid.format(1))))

    assert paper.poll(rss(named("Head praised by all", guid.format(2)))).entries == ()
    assert first.id == again.id == "https://www.bbc.co.uk/news/articles/c123"


def test_ids_that_stand_twice_hide_no_article(paper: Paper) -> None:
    items: Sequence[str] = [
        named(f"Article {n}", "same", link=f"https://paper.example/{n}?utm_source=rss") for n in range(3)
    ]
    batch = paper.poll(rss(*items))

    assert [entry.title for entry in batch.entries] == ["Article 0", "Article 1", "Article 2"]
    assert len({entry.id for entry in batch.entries}) == 3
    assert (
        paper.poll(rss(named("Article 3", "same", link="https://paper.example/3"), *items)).entries[0].title
        == "Article 3"
    )


def test_the_same_item_twice_is_one_entry(paper: Paper) -> None:
    assert len(paper.poll(rss(named(), named())).entries) == 1


# --- links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["/news/1", "news/1", "../news/1", "//{host}/news/1", " /news/1\n"])
def test_a_link_that_is_not_whole_leads_to_the_paper(paper: Paper, link: str) -> None:
    told = link.format(host=paper.web.key)

    assert paper.entry(rss(named(link=told))).url == paper.web.url("/news/1")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "mailto:a@paper.example", "data:text/html,x", "http://[", ""]
)
def test_a_link_that_is_none_is_dropped(paper: Paper, link: str) -> None:
    assert paper.entry(rss(named(link=link))).url == ""


# --- entities --------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
BLOWN = f'<!ENTITY b "{"a" * 50_000}">'
BOMBS = {
    "a billion laughs": (f'<?xml version="1.0"?><!DOCTYPE rss [{LAUGHS}]>', "&l11;"),
    "a long one many times": (f'<?xml version="1.0"?><!DOCTYPE rss [{BLOWN}]>', "&b;" * 900),
    "a file": ('<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;"),
    "a foreign host": (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f SYSTEM "http://127.0.0.1:9/x">]>',
        "&f;",
    ),
    "itself": ('<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f "&f;">]>', "&f;"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_entities_bring_in_nothing_and_blow_nothing_up(paper: Paper, bomb: str) -> None:
    prolog, title = BOMBS[bomb]
    with within(2):
        try:
            batch = paper.poll(rss(named(title), named("Good", "2"), prolog=prolog))
        except Unreadable:
            return
    assert all(len(entry.title) <= 500 and "root:" not in entry.title for entry in batch.entries)
