"""Promise: from whatever markup, the text that a reader sees, complete links, and dates that can be true."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import markup
from tests.pace import within

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<ul><li>One</li><li>Two</ul>after", "One\nTwo\nafter"),
        ("<div>a<span>b</span><em>c</em></div>", "abc"),
        ("<table><tr><td>One</td><td>Two</td></tr><tr><th>3</th></tr></table>", "One Two\n3"),
        ("Holm&nbsp;Nook &amp; friends &#8217; &eacute;", "Holm Nook & friends ’ é"),
        ("&lt;b&gt; is not bold", "<b> is not bold"),
        ("a\n  b\tc", "a b c"),
        ("a\nb", "a b"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("<script>alert(1)</script>seen<style>p {}</style><!-- no --><template>x</template>", "seen"),
        ("<head><title>no</title></head><body>seen</body>", "seen"),
        ("<iframe>no</iframe><noframes>no</noframes>seen", "seen"),
        ('<span class="a invisible">https://<b>www.</b></span>paper.example<span>x</span>', "paper.examplex"),
        ('<b class="invisible">only spans hide so</b>', "only spans hide so"),
        ("<svg><text>drawn</text></svg>", "drawn"),
        ("Ho\x00lm \ud800Nook\x07 \x9dschool", "Holm Nook school"),
        ("<p>open <b>and <i>never closed", "open and never closed"),
        ("</div></p>closed twice</b>", "closed twice"),
        ("<p hidden='x' <b>odd</b>", "odd"),
        ("", ""),
        ("   ", ""),
        ("<br><br>", ""),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_text_is_what_a_reader_sees(html: str, text: str) -> None:
    assert markup.plain(html) == text


def test_text_has_a_limit() -> None:
    assert len(markup.plain("<p>" + "word " * 100_000)) <= markup.TEXT_LIMIT
    assert markup.plain("<p>one two three", 7) == "one two"
    assert markup.tidy("one two three", 8) == "one two"


def test_tidy_keeps_lines_and_folds_spaces() -> None:
    assert markup.tidy(" a  b \r\n\r\n c\u2028d\x0be ") == "a b\nc\nd\ne"
    assert markup.one_line(" a \n b ", 10) == "a b"


def test_a_hostile_nest_costs_little_and_hides_nothing() -> None:
    with within(2):
        text = markup.plain("<div><b>" * 200_000 + "Holm Nook")

    assert text == "Holm Nook"


@given(st.text(alphabet=st.sampled_from("<>&;#x!-/='\"ab \n\x00\ud800pscritdv"), max_size=200))
def test_no_text_breaks_the_reader(html: str) -> None:
    text = markup.plain(html)

    text.encode()
    assert "\x00" not in text
    assert text == text.strip()


def test_the_libraries_are_loaded_only_when_a_document_is_read() -> None:
    told = (
        "import sys, sources.registry; print([m for m in ('bs4', 'lxml', 'feedparser') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", told],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<p>Café".encode(), "iso-8859-1"),
        ("\ufeff<p>Café".encode(), ""),
        ("<p>Café".encode("utf-16"), ""),
        ("<p>Café".encode("cp1252"), "windows-1252"),
        ("<p>Café".encode("cp1252"), "utf-8"),
        ("<p>Café".encode("cp1252"), "no-such-encoding"),
        ("<p>Café".encode("cp1252"), "zlib"),
        ("<p>Café".encode("cp1252"), ""),
        ("<p>Café".encode("mac-roman"), "macintosh"),
        ("<meta charset='mac-roman'><p>Café".encode("mac-roman"), ""),
        ("<meta charset='iso-8859-1'><p>Café".encode(), ""),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_page_is_read_in_the_encoding_of_its_bytes(body: bytes, charset: str) -> None:
    assert markup.soup(body, charset).get_text() == "Café"


def test_a_page_that_is_none_is_an_empty_tree() -> None:
    assert markup.soup(b"<?xml version='1.0'?><rss/>").select("item") == []
    assert markup.soup(b"https://a.example/").select("a") == []
    assert markup.soup(b"").select("*") == []


@pytest.mark.parametrize(
    ("link", "base", "address"),
    [
        ("https://a.example/x", "", "https://a.example/x"),
        ("x?y#z", "https://a.example/b/c", "https://a.example/b/x?y#z"),
        ("/x", "https://a.example/b/c", "https://a.example/x"),
        ("//b.example/x", "https://a.example/", "https://b.example/x"),
        (" https://a.example/x y\n", "", "https://a.example/x%20y"),
        ("", "https://a.example/", ""),
        ("javascript:alert(1)", "https://a.example/", ""),
        ("JaVaScRiPt:alert(1)", "https://a.example/", ""),
        ("data:text/html,x", "https://a.example/", ""),
        ("mailto:a@b.example", "https://a.example/", ""),
        ("file:///etc/passwd", "https://a.example/", ""),
        ("http://[x", "https://a.example/", ""),
        ("https://", "", ""),
        ("x", "", ""),
        ("https://a.example/" + "x" * 3_000, "", ""),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_links_are_complete_web_addresses_or_nothing(link: str, base: str, address: str) -> None:
    assert markup.absolute(link, base) == address


@pytest.mark.parametrize(
    ("link", "untracked"),
    [
        ("https://a.example/x?utm_source=rss&utm_medium=rss", "https://a.example/x"),
        ("https://a.example/x?at_medium=RSS&id=7&fbclid=abc", "https://a.example/x?id=7"),
        ("https://a.example/x?b=2&a=1&ns_mchannel=rss#c", "https://a.example/x?b=2&a=1#c"),
        ("https://a.example/x?gclid=1&msclkid=2&igshid=3&mc_cid=4", "https://a.example/x"),
        ("https://a.example/x?a=%20b&c", "https://a.example/x?a=%20b&c"),
        ("https://a.example/?p=41#comment-3", "https://a.example/?p=41#comment-3"),
        ("", ""),
    ],
)
def test_trackers_are_dropped_and_nothing_else_is_touched(link: str, untracked: str) -> None:
    assert markup.untracked(link) == untracked


@pytest.mark.parametrize(
    ("header", "metas", "quotable"),
    [
        ("", [], True),
        ("index, follow", ["index,follow"], True),
        ("noindex", [], False),
        ("NOARCHIVE", [], False),
        ("nofollow, none", [], False),
        ("", ["index", "NoSnippet"], False),
        ("googlebot: noindex", [], True),
        ("googlebot: nofollow, noindex", [], True),
        ("googlebot: nofollow, schoolmentionmonitor: noindex", [], False),
        ("*: noindex", [], False),
        ("max-snippet:0, nofollow", [], True),
        ("unavailable_after: 25 Jun 2026 15:00:00 PST, noarchive", [], False),
    ],
)
def test_a_publisher_may_ask_not_to_be_quoted(header: str, metas: list[str], quotable: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert markup.is_quotable(header, metas) is quotable


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day and maybe a time


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Mon, 23 Nov 2026 07:30:00 GMT", utc(2026, 11, 23, 7, 30)),
        ("Mon, 23 Nov 2026 07:30:00 +0100", utc(2026, 11, 23, 6, 30)),
        ("Mon, 23 Nov 2026 07:30:00 -0530", utc(2026, 11, 23, 13, 0)),
        ("Mon, 23 Nov 26 07:30 GMT", utc(2026, 11, 23, 7, 30)),
        ("Mon, 23 Nov 99 07:30 GMT", utc(1999, 11, 23, 7, 30)),
        ("Mon, 23 Nov 2026 07:30:00 GMT+1", utc(2026, 11, 23, 6, 30)),
        ("Mon, 23 Nov 2026 07:30:00 UTC-2", utc(2026, 11, 23, 9, 30)),
        ("Fri, 26 Jun 2026 07:30:00 BST", utc(2026, 6, 26, 6, 30)),
        ("Mon, 23 Nov 2026 07:30:00 EST", utc(2026, 11, 23, 12, 30)),
        ("Mon, 23 Nov 2026 07:30:00 XYZ", utc(2026, 11, 23, 7, 30)),
        ("Mon, 23 Nov 2026 07:30:00", utc(2026, 11, 23, 7, 30)),
        ("Monday, 23 November 2026 07:30", utc(2026, 11, 23, 7, 30)),
        ("23 Nov 2026", utc(2026, 11, 23)),
        ("23-Nov-2026", utc(2026, 11, 23)),
        ("Mon Nov 23 07:30:00 2026", utc(2026, 11, 23, 7, 30)),
        ("Mon Nov  2 07:30:00 GMT 2026", utc(2026, 11, 2, 7, 30)),
        ("2026-11-23T07:30:00Z", utc(2026, 11, 23, 7, 30)),
        ("2026-11-23t07:30:00z", utc(2026, 11, 23, 7, 30)),
        ("2026-11-23 07:30:00 +0000", utc(2026, 11, 23, 7, 30)),
        ("2026-11-23T07:30:00.123456789+01:00", utc(2026, 11, 23, 6, 30, 0, 123456)),
        ("2026-11-23T07:30:60Z", utc(2026, 11, 23, 7, 30, 59)),
        ("20261123T073000Z", utc(2026, 11, 23, 7, 30)),
        ("20261123T0730Z", utc(2026, 11, 23, 7, 30)),
        ("2026-11-23", utc(2026, 11, 23)),
        ("2026-11", utc(2026, 11, 1)),
        ("23/11/2026", utc(2026, 11, 23)),
        ("03/11/26 7:05pm", utc(2026, 11, 3, 19, 5)),
        ("3rd of November 2026, 12:15 am", utc(2026, 11, 3, 0, 15)),
        ("Published: November 3, 2026 at 12:15 p.m.", utc(2026, 11, 3, 12, 15)),
    ],
)
def test_a_date_is_understood(written: str, meant: datetime) -> None:
    assert markup.when(written, now=NOW) == meant


@pytest.mark.parametrize(
    "written",
    [
        None,
        7,
        "",
        "yesterday",
        "2026",
        "32 Nov 2026",
        "30 Feb 2026",
        "23 Nov 2026 25:00",
        "2026-11-23T07:61:00Z",
        "2026-13-01",
        "Mon, 23 Nov 2026 07:30:00 +9999",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "1 Jan 70 00:00 GMT",
        "2026-11-24T10:00:01Z",
        "9999-12-31T23:59:59-12:00",
        "2099-01-01",
        "-" * 100_000,
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_date_or_cannot_be_true_is_no_date(written: object) -> None:
    assert markup.when(written, now=NOW) is None


def test_the_future_is_only_known_with_a_clock() -> None:
    assert markup.when("2099-01-01") == utc(2099, 1, 1)
    assert markup.sane(NOW + timedelta(days=1), now=NOW) == NOW + timedelta(days=1)
    assert markup.sane(NOW + timedelta(days=1, seconds=1), now=NOW) is None
    assert markup.sane(utc(1989, 12, 31)) is None
    assert markup.sane(utc(1990, 1, 1)) == utc(1990, 1, 1)


@given(st.text(max_size=60) | st.from_regex(r"[\d TZ:+./-]{0,40}", fullmatch=True))
def test_no_date_breaks_the_reader(written: str) -> None:
    moment = markup.when(written, now=NOW)

    assert moment is None or moment.utcoffset() == timedelta(0)
