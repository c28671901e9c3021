"""Promise: what is asked and answered is plain, polite and discreet."""

from __future__ import annotations

import gzip
import http.client
import json
import logging
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sources.base import Fetcher
from sources.errors import Denied, SourceError, Throttled, Unreachable
from sources.fetch import HttpFetcher
from tests.sources.fetchers import AGENT, FEED, Clock, fetcher_for
from tests.sources.http_server import (
    Visitor,
    Web,
    answer,
    raw,
    redirect,
    say_nothing,
)

# What is asked, and what comes back.


def test_an_answer_comes_back_whole(web: Web) -> None:
    web.pages["/feed"] = answer(200, FEED, {"ETag": '"a"', "Content-Type": "application/rss+xml"})
    got = fetcher_for(web).get(web.url("/feed?x=1#top"))
    assert (got.status, got.body, got.moved_to) == (200, FEED, "")
    assert got.url == web.url("/feed?x=1")
    assert got.headers["etag"] == '"a"'
    assert got.headers["content-type"] == "application/rss+xml"


def test_it_is_a_fetcher() -> None:
    fetcher: Fetcher = fetcher_for()
    assert isinstance(fetcher, HttpFetcher)


@pytest.mark.parametrize("status", [204, 304, 400, 403, 404, 410, 429, 500, 503, 999])
def test_every_status_is_an_answer(web: Web, status: int) -> None:
    web.pages["/feed"] = answer(status, b"" if status in {204, 304} else b"sorry", {"Retry-After": "7"})
    got = fetcher_for(web).get(web.url("/feed"))
    assert got.status == status
    assert got.headers["retry-after"] == "7"


def test_we_say_who_we_are_and_the_caller_cannot_change_it(web: Web) -> None:
    web.pages["/"] = answer()
    fetcher_for(web).get(
        web.url(),
        headers={
            "User-Agent": "Mozilla",
            "HOST": "evil.example",
            "Cookie": "a=b",
            "Accept-Encoding": "br",
            "Connection": "keep-alive",
            "Transfer-Encoding": "chunked",
            "Content-Length": "5",
            "Accept": "application/atom+xml",
            "If-None-Match": 'W/"a"',
        },
    )
    assert web.asked[0].headers == {
        "user-agent": AGENT,
        "host": web.key,
        "accept-encoding": "gzip",
        "connection": "close",
        "accept": "application/atom+xml",
        "if-none-match": 'W/"a"',
    }


def test_no_cookie_is_kept(web: Web) -> None:
    web.pages["/a"] = answer(302, b"", {"Location": "/b", "Set-Cookie": "a=b; Path=/"})
    web.pages["/b"] = answer(200, b"", {"Set-Cookie": "c=d; Path=/"})
    fetcher = fetcher_for(web)
    fetcher.get(web.url("/a"))
    fetcher.get(web.url("/b"))
    assert len(web.asked) == 3
    assert not any("cookie" in asked.headers for asked in web.asked)


def test_the_environment_is_not_read(web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login monitor password s3cret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    web.pages["/"] = answer()
    fetcher_for(web).get(web.url())
    assert web.targets() == ["/"]
    assert "authorization" not in web.asked[0].headers


def test_gzip_is_inflated(web: Web) -> None:
    web.pages["/"] = answer(200, gzip.compress(FEED), {"Content-Encoding": "gzip"})
    assert fetcher_for(web).get(web.url()).body == FEED


def test_chunks_are_put_together(web: Web) -> None:
    web.pages["/"] = raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n"
    )
    assert fetcher_for(web).get(web.url()).body == b"abcde"


def test_json_is_posted(web: Web) -> None:
    web.pages["/api"] = answer(200, b"{}")
    got = fetcher_for(web).post(web.url("/api"), json={"identifier": "poller.test"}, headers={"X-A": "b"})
    assert got.body == b"{}"
    asked = web.asked[0]
    assert (asked.method, json.loads(asked.body)) == ("POST", {"identifier": "poller.test"})
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["x-a"] == "b"


def test_a_form_is_posted(web: Web) -> None:
    web.pages["/api"] = answer()
    fetcher_for(web).post(web.url("/api"), form={"q": "Holm Nook & more"})
    assert web.asked[0].body == b"q=Holm+Nook+%26+more"
    assert web.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"


def test_nothing_may_be_posted_as_well(web: Web) -> None:
    web.pages["/api"] = answer()
    fetcher_for(web).post(web.url("/api"))
    assert web.asked[0].headers["content-length"] == "0"


def test_a_post_is_not_redirected(web: Web) -> None:
    web.pages["/api"] = redirect("/other", 307, b"over there")
    got = fetcher_for(web).post(web.url("/api"), form={"token": "s3cret"})
    assert (got.status, got.body, got.headers["location"]) == (307, b"over there", "/other")
    assert web.targets() == ["/api"]


def test_a_closed_fetcher_asks_nobody(web: Web) -> None:
    fetcher = fetcher_for(web)
    fetcher.close()
    with pytest.raises(Unreachable):
        fetcher.get(web.url())
    assert web.connections == 0


# Politeness.


def test_requests_to_one_host_lie_apart(web: Web, other_web: Web) -> None:
    clock = Clock()
    web.pages["/"] = answer()
    other_web.pages["/"] = answer()
    fetcher = fetcher_for(
        web, other_web, min_delay=timedelta(seconds=2), sleep=clock.sleep, monotonic=clock.monotonic
    )
    fetcher.get(web.url())
    assert clock.slept == []
    fetcher.post(web.url())
    assert clock.slept == [2]
    fetcher.get(other_web.url())
    assert clock.slept == [2]


def test_a_kind_may_ask_for_more_time_between_two_requests_than_usual_but_not_for_less(web: Web) -> None:
    clock = Clock()
    web.pages["/"] = answer()
    fetcher = fetcher_for(web, min_delay=timedelta(seconds=2), sleep=clock.sleep, monotonic=clock.monotonic)
    fetcher.get(web.url(), pause=6)
    fetcher.get(web.url(), pause=1)
    assert clock.slept == [6]
    fetcher.get(web.url())
    assert clock.slept == [6, 2]


def test_waiting_for_the_turn_costs_no_time_of_the_deadline(web: Web) -> None:
    clock = Clock()
    web.pages["/"] = redirect("/a")
    web.pages["/a"] = answer()
    fetcher = fetcher_for(web, min_delay=timedelta(seconds=30), sleep=clock.sleep, monotonic=clock.monotonic)
    assert fetcher.get(web.url(), timeout=5).status == 200
    assert clock.slept == [30]


def test_a_host_that_wants_more_than_a_minute_is_left_for_later(web: Web) -> None:
    clock = Clock()
    web.pages["/"] = answer()
    fetcher = fetcher_for(web, min_delay=timedelta(seconds=61), sleep=clock.sleep, monotonic=clock.monotonic)
    fetcher.get(web.url())
    with pytest.raises(Throttled):
        fetcher.get(web.url())
    assert len(web.asked) == 1


def test_a_host_sees_one_connection_at_a_time(web: Web) -> None:
    inside: list[Visitor] = []
    seen: list[int] = []

    def slowly(visitor: Visitor) -> None:
        inside.append(visitor)
        visitor.leaving.wait(0.01)
        seen.append(len(inside))
        inside.remove(visitor)
        answer()(visitor)

    web.pages["/"] = slowly
    fetcher = fetcher_for(web)
    threads = [threading.Thread(target=fetcher.get, args=(web.url(),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 6


def test_a_slow_host_does_not_hold_up_another(web: Web, other_web: Web) -> None:
    web.pages["/"] = say_nothing
    other_web.pages["/"] = answer()
    fetcher = fetcher_for(web, other_web)

    def wait_in_vain() -> None:
        with pytest.raises(Unreachable):
            fetcher.get(web.url(), timeout=1)

    thread = threading.Thread(target=wait_in_vain)
    thread.start()
    fetcher.get(other_web.url())
    assert thread.is_alive()
    thread.join()


# Robots.


def test_robots_txt_binds_a_page(web: Web) -> None:
    web.pages["/robots.txt"] = answer(200, b"User-agent: *\nDisallow: /private\n")
    web.pages["/private/a"] = web.pages["/open"] = answer(200, b"words")
    fetcher = fetcher_for(web)
    with pytest.raises(Denied, match=r"robots\.txt"):
        fetcher.get(web.url("/private/a"), obey_robots=True)
    assert fetcher.get(web.url("/open"), obey_robots=True).body == b"words"
    assert web.targets() == ["/robots.txt", "/open"]
    assert fetcher.robots(web.url("/private/a")) == "disallowed"
    assert fetcher.robots(web.url("/open")) == "allowed"
    assert fetcher.get(web.url("/private/a")).body == b"words"
    assert web.targets().count("/robots.txt") == 1


def test_robots_txt_binds_where_a_redirect_leads(web: Web, other_web: Web) -> None:
    web.pages["/"] = redirect(other_web.url("/private"))
    other_web.pages["/robots.txt"] = answer(200, b"User-agent: *\nDisallow: /private\n")
    with pytest.raises(Denied, match=r"robots\.txt"):
        fetcher_for(web, other_web).get(web.url(), obey_robots=True)
    assert other_web.targets() == ["/robots.txt"]


def test_robots_txt_that_fails_keeps_us_out_for_a_while(web: Web) -> None:
    web.pages["/robots.txt"] = answer(503)
    with pytest.raises(Denied, match=r"robots\.txt cannot be read") as caught:
        fetcher_for(web).get(web.url(), obey_robots=True)
    assert caught.value.retry_after
    assert caught.value.retry_after <= timedelta(minutes=15)


@pytest.mark.parametrize(("hops", "verdict"), [(5, "disallowed"), (6, "allowed")])
def test_robots_txt_may_be_five_redirects_away(web: Web, hops: int, verdict: str) -> None:
    web.pages["/robots.txt"] = redirect("/r1")
    for number in range(1, hops):
        web.pages[f"/r{number}"] = redirect(f"/r{number + 1}")
    web.pages[f"/r{hops}"] = answer(200, b"User-agent: *\nDisallow: /\n")
    assert fetcher_for(web).robots(web.url("/page")) == verdict


@pytest.mark.parametrize("pack", [True, False])
def test_a_huge_robots_txt_is_read_as_far_as_500_kib(web: Web, pack: bool) -> None:  # noqa: FBT001 -- a case
    text = b"User-agent: *\nDisallow: /private\n" + b"# filling\n" * 300_000 + b"Disallow: /\n"
    web.pages["/robots.txt"] = answer(
        200, gzip.compress(text) if pack else text, {"Content-Encoding": "gzip" if pack else "identity"}
    )
    fetcher = fetcher_for(web)
    assert fetcher.robots(web.url("/private")) == "disallowed"
    assert fetcher.robots(web.url("/open")) == "allowed"


def test_a_crawl_delay_slows_us_down(web: Web) -> None:
    clock = Clock()
    web.pages["/robots.txt"] = answer(200, b"User-agent: *\nCrawl-delay: 10\n")
    web.pages["/"] = answer()
    fetcher = fetcher_for(web, min_delay=timedelta(seconds=2), sleep=clock.sleep, monotonic=clock.monotonic)
    fetcher.get(web.url(), obey_robots=True)
    fetcher.get(web.url())
    assert clock.slept == [2, 10]


# Words.


def test_no_error_and_no_log_line_holds_a_query_or_a_header(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    web.pages["/cut"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ns3cret")
    web.pages["/bad"] = raw(b"s3cret\r\n\r\n")
    web.pages["/away"] = redirect("ftp://s3cret/?token=s3cret")
    web.pages["/circle"] = redirect("/circle?token=s3cret")
    web.pages["/big"] = answer(200, b"s3cret" * 100_000)
    web.pages["/slow"] = say_nothing
    fetcher = fetcher_for(web)
    web.pages["/odd"] = raw(b"HTTP/1.1 200 OK\r\nno colon s3cret\r\n\r\nbody")
    with caplog.at_level(logging.INFO):
        fetcher.get(web.url("/odd?token=s3cret"))
        del web.pages["/odd"]
        for page in list(web.pages):
            with pytest.raises(SourceError) as caught:
                fetcher.get(web.url(f"{page}?token=s3cret"), headers={"X-Key": "s3cret"}, timeout=0.2)
            assert "s3cret" not in f"{caught.value} {caught.value.remedy}"
    assert "s3cret" not in caplog.text


def test_a_loopback_get_is_cheap(web: Web) -> None:
    """A new connection costs no more than ten times what the standard library takes for it."""
    web.pages["/"] = answer(304)
    fetcher = fetcher_for(web)

    def plain() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", web.port)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()

    def ours() -> None:
        fetcher.get(web.url())

    def best(job: Any) -> float:
        times = []
        for _ in range(30):
            started = time.thread_time()
            job()
            times.append(time.thread_time() - started)
        return min(times)

    best(ours)
    assert best(ours) < 10 * best(plain)
