"""Promise: the address of a Google Alert is told to nobody, its links lead to the pages found, and Google News is refused."""

from __future__ import annotations

import logging

import pytest
from pydantic import ValidationError

from sources import google
from sources.errors import SourceError, Unreachable
from sources.feed import KIND, FeedSettings, FeedSource
from sources.page import PageSettings
from tests.fakes import FakeFetcher, answer, tools

SECRET = "12345678901234567890/98765432109876543210"
ALERT = f"https://www.google.co.uk/alerts/feeds/{SECRET}"
FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Google Alert</title><entry>
<id>tag:google.com,2013:googlealerts/feed:1</id><title type="html">A fair at &lt;b&gt;Holm Nook&lt;/b&gt; Primary</title>
<link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://paper.example/fair%3Fid%3D7&amp;ct=ga&amp;usg=x"/>
<published>2026-11-23T08:00:00Z</published><content type="html">The &lt;b&gt;fair&lt;/b&gt; is on Friday</content>
</entry></feed>"""


def test_where_an_alert_is_found_is_told_without_its_secret() -> None:
    shown = KIND.locate(FeedSettings(url=ALERT))

    assert SECRET not in shown
    assert not any(part in shown for part in SECRET.split("/"))
    assert shown.startswith("https://www.google.co.uk/alerts/feeds/…")
    assert shown != KIND.locate(FeedSettings(url=f"{ALERT}1"))
    assert KIND.locate(FeedSettings(url="https://paper.example/rss")) == "https://paper.example/rss"
    assert KIND.host(FeedSettings(url=ALERT)) == "www.google.co.uk:443"


@pytest.mark.parametrize(
    "reply",
    [
        answer("", 403),
        answer("", 404),
        answer("", 429),
        answer("<html>"),
        answer(""),
        Unreachable("no answer"),
    ],
    ids=["403", "404", "429", "a page", "empty", "no answer"],
)
def test_no_error_and_no_log_tells_the_secret(reply: object, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    source = FeedSource(FeedSettings(url=ALERT), tools(FakeFetcher({ALERT: reply})))  # type: ignore[dict-item]  # any reply
    with pytest.raises(SourceError) as caught:
        source.poll(None)

    assert SECRET not in f"{caught.value} {caught.value.remedy} {caplog.text}"


def test_an_alert_is_read_like_any_feed_and_says_whose_times_it_tells() -> None:
    fetcher = FakeFetcher({ALERT: answer(FEED)}, disallowed=[ALERT])
    batch = FeedSource(FeedSettings(url=ALERT), tools(fetcher)).poll(None)
    (entry,) = batch.entries

    assert entry.url == "https://paper.example/fair?id=7"
    assert (entry.title, entry.text) == ("A fair at Holm Nook Primary", "The fair is on Friday")
    assert entry.published is not None
    assert batch.notes == (google.ALERT_TIMES,)
    assert batch.robots == "disallowed"
    assert SECRET not in str(batch.checkpoint)


@pytest.mark.parametrize(
    "url",
    [
        "https://news.google.com/rss/search?q=x",
        "https://news.google.co.uk/rss",
        "https://NEWS.google.com./rss",
        "https://www.google.com/news/rss",
    ],
)
def test_google_news_is_refused_under_all_its_names(url: str) -> None:
    for settings in (FeedSettings, PageSettings):
        with pytest.raises(ValidationError, match="licenses its feeds to personal readers"):
            settings(url=url)


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://www.google.com/url?q=https://paper.example/a", "https://paper.example/a"),
        ("https://www.google.com/url?url=javascript:x", "https://www.google.com/url?url=javascript:x"),
        (
            "https://paper.example/url?url=https://evil.example",
            "https://paper.example/url?url=https://evil.example",
        ),
        ("https://www.google.com/maps", "https://www.google.com/maps"),
        ("", ""),
    ],
)
def test_only_wrapped_links_are_unwrapped(link: str, target: str) -> None:
    assert google.unwrapped(link) == target
