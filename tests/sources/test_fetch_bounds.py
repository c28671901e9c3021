"""Promise: no server keeps us past the deadline or makes us read past the limit."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.errors import SourceError, Unreachable, Unreadable
from sources.fetch import FetchPolicy, HttpFetcher
from tests.sources.fetchers import AGENT, FEED, fetcher_for
from tests.sources.http_server import (
    Page,
    Visitor,
    Web,
    answer,
    raw,
    redirect,
    say_nothing,
)

PATIENCE = 10.0
"""Seconds in which a deadline of 0.15 has surely come, however busy the machine; the servers drip for longer."""

# Time.


def _drip_headers(visitor: Visitor) -> None:
    visitor.drip(b"HTTP/1.1 200 OK\r\nX-Slow: yes\r\n" + b"X-More: again\r\n" * 1_000)


def _drip_status(visitor: Visitor) -> None:
    visitor.drip(b"HTTP/1.1 200 " + b"O" * 10_000)


def _drip_body(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n")
    visitor.drip(b"x")


def _drip_chunks(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    visitor.drip(b"1\r\nx\r\n")


def _drip_error(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 500 Oh\r\n\r\n")
    visitor.drip(b"x")


def _keep_promising(visitor: Visitor) -> None:
    visitor.drip(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0)


@pytest.mark.parametrize(
    "page",
    [_drip_headers, _drip_status, _drip_body, _drip_chunks, _drip_error, _keep_promising, say_nothing],
)
def test_a_slow_server_is_left_at_the_deadline(web: Web, page: Page) -> None:
    web.pages["/"] = page
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        fetcher_for(web).get(web.url(), timeout=0.15)
    assert time.monotonic() - started < PATIENCE
    assert str(caught.value) in {
        "no complete answer within 0.15 seconds",
        "the answer of 127.0.0.1 is too large",  # the promises come fast
    }


def test_redirects_share_one_deadline(web: Web) -> None:
    def slowly(visitor: Visitor) -> None:
        visitor.leaving.wait(0.08)
        redirect(f"{visitor.asked.target}x")(visitor)

    web.pages.update(dict.fromkeys(("/", "/x", "/xx", "/xxx"), slowly))
    with pytest.raises(Unreachable, match="no complete answer"):
        fetcher_for(web).get(web.url(), timeout=0.2)


def test_a_server_that_never_shakes_hands_is_left_at_the_deadline(web: Web) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable):
        fetcher_for(web).get(web.url().replace("http", "https", 1), timeout=0.15)
    assert time.monotonic() - started < PATIENCE


def test_a_handshake_that_drips_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip() -> None:
            sock, _ = server.accept()
            with sock:
                for octet in b"\x16\x03\x03\x40\x00" + bytes(10_000):
                    if stop.wait(0.02):
                        return
                    sock.sendall(bytes([octet]))

        thread = threading.Thread(target=drip)
        thread.start()
        key = f"127.0.0.1:{server.getsockname()[1]}"
        fetcher = HttpFetcher(FetchPolicy(allow_private=frozenset({key})), user_agent=AGENT)
        started = time.monotonic()
        with pytest.raises(Unreachable):
            fetcher.get(f"https://{key}/", timeout=0.15)
        elapsed = time.monotonic() - started
        stop.set()
        thread.join()
        assert elapsed < PATIENCE


def test_the_deadline_is_twenty_seconds_and_never_more_than_sixty(web: Web) -> None:
    web.pages["/"] = answer()
    fetcher = HttpFetcher(FetchPolicy(), user_agent=AGENT)
    assert fetcher._budget(None)._seconds == 20
    assert fetcher._budget(0.5)._seconds == 0.5
    assert fetcher._budget(3_600)._seconds == 60


def test_nobody_listening_is_unreachable(web: Web) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        key = f"127.0.0.1:{server.getsockname()[1]}"
    fetcher = HttpFetcher(FetchPolicy(allow_private=frozenset({key})), user_agent=AGENT)
    with pytest.raises(Unreachable, match="does not accept connections"):
        fetcher.get(f"http://{key}/")


# Size.


def _endless(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not visitor.leaving.is_set():
        visitor.send(bytes(65_536))


def _endless_chunks(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not visitor.leaving.is_set():
        visitor.send(b"10000\r\n" + bytes(65_536) + b"\r\n")


def _endless_trailers(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    while not visitor.leaving.is_set():
        visitor.send(b"X-More: again\r\n" * 1_000)


def _endless_header(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\nX: ")
    while not visitor.leaving.is_set():
        visitor.send(b"x" * 65_536)


def _endless_promises(visitor: Visitor) -> None:
    while not visitor.leaving.is_set():
        visitor.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)


@pytest.mark.parametrize(
    "page", [_endless, _endless_chunks, _endless_trailers, _endless_header, _endless_promises]
)
def test_an_answer_without_end_is_left_at_the_limit(web: Web, page: Page) -> None:
    web.pages["/"] = page
    tracemalloc.start()
    with pytest.raises(SourceError):
        fetcher_for(web).get(web.url())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_an_announced_gigabyte_is_not_begun(web: Web) -> None:
    web.pages["/"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    with pytest.raises(Unreadable, match="larger than 100,000 bytes"):
        fetcher_for(web).get(web.url())


@pytest.mark.parametrize("size", [100_000, 100_001])
def test_the_limit_is_exact(web: Web, size: int) -> None:
    web.pages["/"] = answer(200, b"x" * size)
    if size <= 100_000:
        assert len(fetcher_for(web).get(web.url()).body) == size
    else:
        with pytest.raises(Unreadable):
            fetcher_for(web).get(web.url())


def test_a_bomb_does_not_go_off(web: Web) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    web.pages["/"] = answer(200, bomb, {"Content-Encoding": "gzip"})
    with pytest.raises(Unreadable, match="larger than"):
        fetcher_for(web).get(web.url())


@pytest.mark.parametrize("encoding", ["gzip, gzip, gzip", "br", "zstd", "deflate"])
def test_an_encoding_that_was_not_asked_for_is_refused(web: Web, encoding: str) -> None:
    web.pages["/"] = answer(200, b"words", {"Content-Encoding": encoding})
    with pytest.raises(Unreadable, match="not asked for"):
        fetcher_for(web).get(web.url())


def test_the_body_of_a_redirect_is_not_read(web: Web) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /feed\r\nContent-Encoding: gzip, gzip\r\n"
    web.pages["/"] = raw(head + b"Content-Length: 1000000000\r\n\r\n" + gzip.compress(bytes(5_000_000)))
    web.pages["/feed"] = answer(200, FEED)
    assert fetcher_for(web).get(web.url()).body == FEED


def test_a_body_that_is_cut_off_is_unreadable(web: Web) -> None:
    for page in (
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nonly this",
    ):
        web.pages["/"] = raw(page)
        with pytest.raises(Unreadable, match="cut off"):
            fetcher_for(web).get(web.url())


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\r\n",
        b"hello\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 1000 OK\r\n\r\n",
        b"HTTP/1.1 -1 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nwords",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nwords\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nwords\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_proper_http_is_a_source_error(web: Web, octets: bytes) -> None:
    web.pages["/"] = raw(octets)
    with pytest.raises(SourceError):
        fetcher_for(web).get(web.url())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    head=st.binary(max_size=80),
    body=st.binary(max_size=80),
    start=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n"]),
)
def test_no_bytes_from_a_server_break_the_fetcher(web: Web, head: bytes, body: bytes, start: bytes) -> None:
    web.pages["/"] = raw(start + head + b"\r\n\r\n" + body)
    with contextlib.suppress(SourceError):
        fetcher_for(web).get(web.url())
