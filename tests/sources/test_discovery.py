"""Promise: the feeds of a site are found from any of its pages, and a hostile page leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from sources import discovery
from sources.base import Tools
from sources.cage import Cage
from sources.discovery import ITSELF, LINKED, MOST_FOUND, MOST_NAMED, NAMED, USUAL, clues, find
from sources.errors import Denied, Missing, Unreadable
from sources.fetch import FetchPolicy, HttpFetcher
from tests.fakes import FakeFetcher, answer, tools
from tests.sources.http_server import Page, Web
from tests.sources.http_server import answer as served

HOME = "https://blog.example/news/story"
RSS = b"<rss version='2.0'><channel><title>Blog</title><item><title>Fair</title><guid>1</guid></item></channel></rss>"
EMPTY = b"<rss version='2.0'><channel><title>Blog</title></channel></rss>"


def page(body: bytes, status: int = 200) -> Page:
    return served(status, body)


def html(head: str = "", body: str = "<p>Words enough for anybody who reads this.</p>") -> str:
    return f"<!doctype html><html><head><title>Blog</title>{head}</head><body>{body}</body></html>"


def alternate(href: str, kind: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def test_what_the_page_names_is_tried_and_offered() -> None:
    web = FakeFetcher({
        HOME: answer(html(alternate("/feed.xml", title="All\nnews") + alternate("/gone.xml"))),
        "https://blog.example/feed.xml": answer(RSS),
    })  # fmt: skip
    found = find(HOME, tools(web))

    [offer] = found.offers
    assert (offer.url, offer.title, offer.how, offer.entries) == (
        "https://blog.example/feed.xml",
        "All news",
        NAMED,
        1,
    )
    assert (found.tried, found.robots, found.site) == (2, "allowed", "")
    assert len(web.calls) == 3, "no usual place is asked where the page names one that works"


@pytest.mark.parametrize(
    "kind",
    [
        "application/atom+xml",
        "application/feed+json",
        "text/xml",
        "APPLICATION/RSS+XML",
        "application/rdf+xml",
    ],
)
def test_every_format_may_be_named(kind: str) -> None:
    assert clues(html(alternate("/f", kind)).encode(), url=HOME).offers[0].url == "https://blog.example/f"


@pytest.mark.parametrize(
    "head",
    [
        alternate("/en", "text/html"),
        '<link rel="stylesheet" type="application/rss+xml" href="/feed">',
        alternate("javascript:alert(1)"),
        alternate("data:text/xml,x"),
        alternate("file:///etc/passwd"),
        alternate("http://[::1"),
        alternate("/feed\u202exml"),
        alternate("https://me:secret@blog.example/feed"),
        alternate("https://www.reddit.com/r/preston/.rss"),
        alternate("https://www.facebook.com/groups/mums/feed"),
        alternate(""),
    ],
)
def test_what_is_no_feed_on_the_web_or_may_not_be_watched_is_left_out(head: str) -> None:
    assert clues(html(head).encode(), url=HOME).offers == ()


def test_links_that_call_themselves_feeds_count_where_none_is_named() -> None:
    body = '<a href="/news/rss">News</a><a href="/feedback">Say it</a><a href="//[x">broken</a>'
    [offer] = clues(html(body=body).encode(), url=HOME).offers

    assert (offer.url, offer.how) == ("https://blog.example/news/rss", LINKED)


def test_links_are_completed_with_the_base_of_the_page() -> None:
    head = '<base href="/other/">' + alternate("feed")
    assert clues(html(head).encode(), url=HOME).offers[0].url == "https://blog.example/other/feed"


def test_usual_places_are_tried_where_nothing_is_named() -> None:
    web = FakeFetcher({HOME: answer(html()), "https://blog.example/feed/": answer(RSS)})
    [offer] = find(HOME, tools(web)).offers

    assert (offer.url, offer.how) == ("https://blog.example/feed/", USUAL)


def test_where_there_is_no_feed_that_is_told_after_a_few_questions() -> None:
    web = FakeFetcher({HOME: answer(html())})
    found = find(HOME, tools(web))

    assert found.offers == ()
    assert found.tried == len(web.calls) - 1 <= 10


def test_the_address_of_a_feed_is_taken_as_it_is() -> None:
    found = find(HOME, tools({HOME: answer(RSS)}))

    assert [(offer.url, offer.how) for offer in found.offers] == [(HOME, ITSELF)]


def test_an_empty_feed_stands_behind_one_that_says_something() -> None:
    web = {
        HOME: answer(html(alternate("/comments") + alternate("/news"))),
        "https://blog.example/comments": answer(EMPTY),
        "https://blog.example/news": answer(RSS),
    }
    assert [offer.entries for offer in find(HOME, tools(web)).offers] == [1, 0]


@pytest.mark.parametrize(
    ("rest", "site"),
    [
        ("https://blog.example/wp-json/", "https://blog.example/"),
        ("https://blog.example/parish/wp-json/", "https://blog.example/parish/"),
        ("https://blog.example/?rest_route=/", "https://blog.example/"),
        ("https://evil.example/wp-json/", ""),
        ("http://[::1", ""),
    ],
)
def test_a_site_on_wordpress_is_recognised_and_no_other_host_for_it(rest: str, site: str) -> None:
    head = f'<link rel="https://api.w.org/" href="{rest}">' + alternate("/feed/")
    web = {HOME: answer(html(head)), "https://blog.example/feed/": answer(RSS)}

    assert find(HOME, tools(web)).site == site


def test_a_header_may_name_wordpress_too() -> None:
    link = '<https://blog.example/wp-json/>; rel="https://api.w.org/", <https://blog.example/?p=1>; rel=shortlink'
    assert find(HOME, tools({HOME: answer(html(), link=link)})).site == "https://blog.example/"
    elsewhere = link.replace("//blog", "//evil")
    assert find(HOME, tools({HOME: answer(html(), link=elsewhere)})).site == ""


def test_google_news_is_not_offered_even_if_a_page_names_it() -> None:
    web = {
        HOME: answer(html(alternate("https://news.google.com/rss"))),
        "https://news.google.com/rss": answer(RSS),
    }

    assert find(HOME, tools(web)).offers == ()


def test_a_page_that_robots_may_not_read_is_not_read() -> None:
    web = FakeFetcher({HOME: answer(html(alternate("/feed")))}, disallowed=[HOME])

    with pytest.raises(Denied, match=r"robots\.txt") as caught:
        find(HOME, tools(web))
    assert web.calls == []
    assert "the feed itself" in caught.value.remedy


def test_a_feed_that_robots_may_not_crawl_is_still_offered_to_its_readers() -> None:
    address = "https://blog.example/feed/"
    found = find(address, tools(FakeFetcher({address: answer(RSS)}, disallowed=[address])))

    assert found.offers
    assert found.robots == "disallowed"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param(answer(status=404), Missing, id="not there"),
        pytest.param(answer(status=403), Denied, id="refused"),
        pytest.param(answer("<title>Just a moment...</title>", 403), Unreadable, id="a wall"),
        pytest.param(answer("<title>Just a moment...</title>"), Unreadable, id="a wall that says 200"),
    ],
)
def test_an_answer_that_is_no_page_is_told(reply: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        find(HOME, tools({HOME: reply}))  # type: ignore[dict-item]  # a table of answers


@pytest.fixture(name="caged", scope="module")
def _caged() -> Iterator[Cage]:
    cage = Cage()
    yield cage
    cage.close()


def real(web: Web, cage: Cage) -> Tools:
    """The fetcher as it is, which may ask this one server and no other address of the machine."""
    policy = FetchPolicy(allow_private=frozenset({web.key}))
    return tools(HttpFetcher(policy, user_agent="test", sleep=lambda _: None), parser=cage)


def test_a_page_on_a_real_server_is_read_in_the_cage(web: Web, caged: Cage) -> None:
    web.pages["/"] = page(html(alternate("news.xml")).encode())
    web.pages["/news.xml"] = page(RSS)

    assert [offer.url for offer in find(web.url("/"), real(web, caged)).offers] == [web.url("/news.xml")]


def test_a_page_with_ten_thousand_links_costs_a_few_questions(web: Web, caged: Cage) -> None:
    many = "".join(alternate(f"/feed/{number}") for number in range(10_000))
    web.pages["/"] = page(html(many).encode())
    web.elsewhere = page(b"", 404)
    found = find(web.url("/"), real(web, caged))

    assert found.offers == ()
    assert len(web.asked) <= 2 + MOST_NAMED + 10


def test_a_page_that_offers_too_much_is_cut_short(web: Web, caged: Cage) -> None:
    web.pages["/"] = page(html("".join(alternate(f"/feed/{number}") for number in range(10_000))).encode())
    web.pages["/robots.txt"] = page(b"")
    web.elsewhere = page(RSS)

    assert len(find(web.url("/"), real(web, caged)).offers) == MOST_FOUND
    assert len(web.asked) <= 2 + 2 * MOST_FOUND


def test_addresses_inside_the_network_are_refused_by_the_guard(web: Web, other_web: Web, caged: Cage) -> None:
    inside = (
        other_web.url("/feed"),
        "http://10.0.0.1/feed",
        "http://[::1]/feed",
        "http://169.254.169.254/feed",
    )
    web.pages["/"] = page(html("".join(map(alternate, inside))).encode())
    other_web.pages["/feed"] = page(RSS)

    assert find(web.url("/"), real(web, caged)).offers == ()
    assert other_web.asked == []


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"<html>" + b"<div>" * 50_000, b"<link rel=alternate " * 20_000, b"\0" * 10_000],
    ids=["nothing", "a mark", "nested", "unclosed", "zeros"],
)
def test_broken_pages_name_nothing_or_are_refused(body: bytes, web: Web, caged: Cage) -> None:
    web.pages["/"] = page(body)
    web.elsewhere = page(b"", 404)

    with suppress(Unreadable):
        assert find(web.url("/"), real(web, caged)).offers == ()


def test_the_job_of_the_cage_says_how_it_ends() -> None:
    assert discovery.Clues() == clues(b"<p>no", url=HOME)
