"""Promise: items on a page are found by selectors, with the publisher's leave, or it is said why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from sources.base import Answer, Batch, Entry
from sources.errors import Denied, Unreadable
from sources.page import KIND, PageSettings, PageSource
from tests.fakes import FakeFetcher, answer, tools

URL = "https://a.example/news/"


def page(*articles: str, head: str = "") -> str:
    return f"<html lang='en-GB'><head>{head}</head><body>{''.join(articles)}</body></html>"


def article(inside: str) -> str:
    return f"<article>{inside}</article>"


def poll(reply: Answer | str, checkpoint: Any = None, **settings: Any) -> Batch:
    told = {"url": URL, "items": "article", **settings}
    web = {URL: answer(reply) if isinstance(reply, str) else reply}
    return PageSource(PageSettings(**told), tools(web)).poll(checkpoint)


def entry(inside: str, head: str = "", **settings: Any) -> Entry:
    return poll(page(article(inside), head=head), **settings).entries[0]


def test_an_item_needs_no_selectors_of_its_own() -> None:
    found = entry(
        "<h2>Title</h2><p>By us</p><time datetime='2026-11-20T10:00Z'>Friday</time><a href='x'>more</a>"
    )

    assert found.title == "Title"
    assert found.text == "Title\nBy us\nFridaymore"
    assert found.url == found.id == "https://a.example/news/x"
    assert found.published == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert (found.author, found.language, found.kind) == ("", "en-GB", "article")


def test_selectors_say_what_is_what() -> None:
    found = entry(
        "<a href='/tag'>Tag</a><b class=t>The <i>title</i></b><p class=l><a href='/post'>Read</a></p>"
        "<p class=x>One</p><p>no</p><p class=x>Two</p><span class=d>20 November 2026</span><i class=w>Jo</i>",
        title=".t", link=".l", text=".x", date=".d", author=".w",
    )  # fmt: skip

    assert (found.title, found.url, found.text) == ("The title", "https://a.example/post", "One\nTwo")
    assert (found.published, found.author) == (datetime(2026, 11, 20, tzinfo=UTC), "Jo")


@pytest.mark.parametrize(
    ("inside", "settings", "url", "title"),
    [
        ("<a href='x'>Link</a>", {}, "https://a.example/news/x", "Link"),
        ("<p>Text</p>", {}, URL, ""),
        ("<p>Text</p>", {"link": ".none"}, URL, ""),
        ("<p class=l>no anchor</p>", {"link": ".l"}, URL, "no anchor"),
        ("<a href='javascript:x'>Link</a>", {}, URL, "Link"),
        ("<a name=x>Anchor</a><a href='y'>Link</a>", {}, "https://a.example/news/y", "Link"),
    ],
)
def test_title_and_link_are_found_where_they_can_be(
    inside: str, settings: dict[str, str], url: str, title: str
) -> None:
    found = entry(inside, **settings)

    assert (found.url, found.title) == (url, title)


def test_an_item_may_be_a_link_itself() -> None:
    found = poll(page("<a class=i href='x'><b>One</b></a>"), items="a.i").entries[0]

    assert (found.url, found.title, found.text) == ("https://a.example/news/x", "One", "One")


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("<time datetime='2026-11-20'>x</time>", datetime(2026, 11, 20, tzinfo=UTC)),
        ("<time>3rd November 2026</time>", datetime(2026, 11, 3, tzinfo=UTC)),
        ("<time datetime='P1D'>20/11/2026</time>", datetime(2026, 11, 20, tzinfo=UTC)),
        ("<time>next Tuesday</time>", None),
        ("<time datetime='2099-01-01'></time>", None),
        ("", None),
    ],
)
def test_dates_are_read_from_attribute_or_text(date: str, moment: datetime | None) -> None:
    assert entry(f"<p>Text</p>{date}").published == moment


def test_dates_may_stand_in_meta_elements() -> None:
    found = entry("<p>Text<meta itemprop=date content='2026-11-20'></p>", date="[itemprop=date]")

    assert found.published == datetime(2026, 11, 20, tzinfo=UTC)


def test_the_base_of_the_page_counts() -> None:
    assert entry("<a href='x'>T</a>", head="<base href='/deep/'>").url == "https://a.example/deep/x"
    assert entry("<a href='x'>T</a>", head="<base href='javascript:x'>").url == "https://a.example/news/x"


def test_items_without_a_link_of_their_own_are_known_by_their_words() -> None:
    shared = [article(f"<a href='/profile'>Jo</a><p>Review {n}</p>") for n in (1, 2)]
    back = [article(f"<a href='#{n}'>Up</a><p>Note {n}</p>") for n in (1, 2)]
    bare = [article(f"<p>Word {n}</p>") for n in (1, 2)]

    found = poll(page(*shared, *back, *bare)).entries

    assert len({one.id for one in found}) == 6
    assert all(one.id.startswith("sha256:") for one in found)
    assert found[0].url == "https://a.example/profile"
    assert found[4].url == URL


def test_only_what_is_new_or_changed_comes_again() -> None:
    one, two = article("<a href='1'>One</a>"), article("<a href='2'>Two</a>")
    first = poll(page(one))
    second = poll(page(two, one), first.checkpoint)
    third = poll(page(two, article("<a href='1'>One</a> changed")), second.checkpoint)

    assert [found.title for found in second.entries] == ["Two"]
    assert [found.text for found in third.entries] == ["One changed"]
    assert third.entries[0].id == first.entries[0].id
    assert not second.gap
    assert poll(page(article("<a href='9'>Nine</a>")), third.checkpoint).gap


def test_robots_txt_is_obeyed() -> None:
    fetcher = FakeFetcher({URL: answer(page(article("x")))}, disallowed=[URL])
    source = PageSource(PageSettings(url=URL, items="article"), tools(fetcher))

    with pytest.raises(Denied):
        source.poll(None)

    assert fetcher.calls == []
    fetcher.disallowed.clear()
    assert source.poll(None).robots == "allowed"
    assert fetcher.calls[0].obey_robots


@pytest.mark.parametrize(
    ("head", "header", "quotable"),
    [
        ("", "", True),
        ("<meta name=robots content='noindex, follow'>", "", False),
        ("<meta name=ROBOTS content='NOARCHIVE'>", "", False),
        ("<meta name=SchoolMentionMonitor content=none>", "", False),
        ("<meta name=googlebot content=noindex><meta name=description content=none>", "", True),
        ("", "noindex", False),
        ("", "otherbot: noindex", True),
    ],
)
def test_the_wish_not_to_be_quoted_is_passed_on(head: str, header: str, quotable: bool) -> None:  # noqa: FBT001 -- a column of the table
    reply = answer(page(article("<p>Text</p>"), head=head), x_robots_tag=header)

    assert poll(reply).entries[0].quotable is quotable


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        (page("<p>Nothing like it</p>" * 30), "has the page changed"),
        (page("<div id=root></div><script src=app.js></script>"), "without JavaScript"),
        (page("<p>Enable JavaScript</p><script>window._cf_chl_opt={}</script>"), "whether a person is there"),
        (
            page(article("Checking…<script src='/cdn-cgi/challenge-platform/x.js'></script>")),
            "whether a person",
        ),
    ],
    ids=["empty", "blank", "changed", "only JavaScript", "challenge", "challenge that looks like an item"],
)
def test_a_page_without_items_says_why(body: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        poll(body)


def test_a_long_page_that_mentions_a_challenge_is_a_page() -> None:
    long = page(article("<p>" + "How px-captcha works. " * 100 + "</p>"))

    assert len(poll(long).entries) == 1


def test_the_encoding_of_the_header_counts() -> None:
    body = page(article("<h2>Café</h2>")).encode("mac-roman")
    reply = answer(body, content_type='text/html; charset="macintosh"')

    assert poll(reply).entries[0].title == "Café"


def test_own_pages_are_told_from_others() -> None:
    assert entry("<p>Text</p>", own_account=True).own_account
    assert not entry("<p>Text</p>").own_account


@pytest.mark.parametrize("name", ["items", "title", "link", "text", "date", "author"])
@pytest.mark.parametrize("selector", ["article[", "p:nth-child(", "::before", "", "a >> b", ":no-such-thing"])
def test_a_selector_that_is_none_is_refused(name: str, selector: str) -> None:
    told: dict[str, Any] = {"url": URL, "items": "article", name: selector}

    with pytest.raises(ValidationError, match="expected a CSS selector"):
        PageSettings(**told)


def test_a_page_is_one_place_by_address_and_items() -> None:
    settings = PageSettings(url=URL, items="article.news")

    assert KIND.locate(settings) == "https://a.example/news/ article.news"
    assert KIND.host(settings) == "a.example:443"
    assert KIND.every == timedelta(minutes=60)
