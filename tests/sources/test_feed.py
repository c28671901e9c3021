"""Promise: a feed is named by one complete address that its licence lets a school read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from sources.feed import KIND, FeedSettings, FeedSource
from tests.fakes import FakeFetcher, answer, tools

URL = "https://a.example/feed"
BODY = b"<rss version='2.0'><channel><item><title>Caf\xe9</title><link>/x</link></item></channel></rss>"


@pytest.mark.parametrize(
    "url",
    [
        "https://news.google.com/rss/search?q=holm+nook",
        "https://NEWS.google.com/rss",
        "http://news.google.com:443/atom",
    ],
)
def test_google_news_is_refused_with_the_reason(url: str) -> None:
    with pytest.raises(ValidationError, match="licenses its feeds to personal readers only") as caught:
        FeedSettings(url=url)

    assert "Google Alert" in str(caught.value)


def test_google_alerts_and_others_are_not() -> None:
    for url in ("https://www.google.com/alerts/feeds/1/2", "https://google.news.example/rss"):
        assert FeedSettings(url=url).url == url


@pytest.mark.parametrize("url", ["a.example/feed", "feed:https://a.example/", "https://me:pw@a.example/"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        FeedSettings(url=url)


def test_what_the_headers_say_reaches_the_reader() -> None:
    reply = answer(
        BODY,
        url="https://b.example/moved/feed",
        content_type="application/rss+xml; charset=windows-1252",
        content_language="en-GB",
    )
    batch = FeedSource(FeedSettings(url=URL, own_account=True), tools(FakeFetcher({URL: reply}))).poll(None)

    entry = batch.entries[0]
    assert (entry.title, entry.url, entry.language) == ("Café", "https://b.example/x", "en-GB")
    assert entry.own_account


def test_a_feed_is_read_without_asking_robots_first() -> None:
    fetcher = FakeFetcher({URL: answer(BODY)}, disallowed=[URL])
    batch = FeedSource(FeedSettings(url=URL), tools(fetcher)).poll(None)

    assert batch.entries
    assert not fetcher.calls[0].obey_robots
    assert not batch.entries[0].own_account


def test_a_publishers_robots_header_does_not_gag_its_feed() -> None:
    reply = answer(BODY, x_robots_tag="noindex, follow")  # as WordPress plug-ins send for every feed

    assert FeedSource(FeedSettings(url=URL), tools({URL: reply})).poll(None).entries[0].quotable


def test_a_feed_is_one_place_by_its_address() -> None:
    settings = FeedSettings(url="https://a.example:8443/feed?x=1")

    assert KIND.locate(settings) == "https://a.example:8443/feed?x=1"
    assert KIND.host(settings) == "a.example:8443"
    assert KIND.every == timedelta(minutes=30)
