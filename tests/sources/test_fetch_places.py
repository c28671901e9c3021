"""Promise: only public places are connected to, by a verified line, and a proxy changes nothing."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from sources.errors import Denied, SourceError, Unreachable
from sources.fetch import FetchPolicy
from tests.sources.fetchers import FEED, PUBLIC, Internet, fetcher_for
from tests.sources.http_server import (
    Web,
    answer,
    read_request,
    redirect,
)

# Places.


def test_a_name_that_alternates_reaches_no_private_address(web: Web) -> None:
    web.pages["/"] = answer(200, FEED)
    net = Internet(web, paper_example=[[PUBLIC], ["127.0.0.1"]] * 5)
    fetcher = net.fetcher()
    for turn in range(10):
        if turn % 2:
            with pytest.raises(Denied):
                fetcher.get("http://paper.example/")
        else:
            assert fetcher.get("http://paper.example/").body == FEED
    assert net.dialled == [(PUBLIC, 80)] * 5
    assert len(net.asked) == 10


def test_a_name_that_alternates_within_a_redirect_reaches_no_private_address(web: Web) -> None:
    web.pages["/"] = redirect("/feed")
    net = Internet(web, paper_example=[[PUBLIC], ["127.0.0.1"]])
    with pytest.raises(Denied):
        net.fetcher().get("http://paper.example/")
    assert net.dialled == [(PUBLIC, 80)]


def test_the_host_asked_for_is_the_host_resolved(web: Web) -> None:
    web.pages["/"] = answer()
    net = Internet(web)
    net.fetcher().get("http://PAPER.example.:80")
    assert net.asked == ["paper.example"]
    assert web.asked[0].headers["host"] == "paper.example"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "2130706433",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "１２７.０.０.１",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST.",
        "ip6-localhost",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.0.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_a_private_address_is_dialled(web: Web, scheme: str, host: str) -> None:
    net = Internet(web, localhost=[["127.0.0.1"]])
    net._hosts["ip6-localhost"] = [["::1"]]
    with pytest.raises(Denied):
        net.fetcher().get(f"{scheme}://{host}/")
    assert net.dialled == []


def test_robots_and_post_are_guarded_too(web: Web) -> None:
    net = Internet(web)
    fetcher = net.fetcher()
    with pytest.raises(Denied):
        fetcher.post("http://127.0.0.1/", form={"a": "b"})
    assert fetcher.robots("http://127.0.0.1/") == "disallowed"
    with pytest.raises(Denied):
        fetcher.robots("file:///etc/passwd")
    assert net.dialled == []


@pytest.mark.parametrize(
    "options",
    [
        {"allow_private": frozenset({"127.0.0.1"})},
        {"allow_private": frozenset({"http://127.0.0.1:80"})},
        {"proxy": "proxy.school.example:8080"},
        {"proxy": "socks5://proxy.school.example:1080"},
        {"proxy": "http://proxy.school.example"},
        {"proxy": "http://user:word@proxy.school.example:8080"},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        FetchPolicy(**options)


def test_a_policy_is_read_loosely() -> None:
    policy = FetchPolicy(
        allow_private=frozenset({" LOCALHOST:8481"}), proxy="http://proxy.school.example:8080/"
    )
    assert policy.allow_private == {"localhost:8481"}
    proxy = policy.proxy_place()
    assert proxy
    assert proxy.key == "proxy.school.example:8080"


# TLS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def secure_web(authority: trustme.CA) -> Iterator[Web]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("paper.example", "127.0.0.1").configure_cert(context)
    server = Web(tls=context)
    server.start()
    yield server
    server.stop()


def test_the_certificate_is_checked_against_the_name_not_the_address(
    secure_web: Web, trusting: ssl.SSLContext
) -> None:
    secure_web.pages["/"] = answer(200, FEED)
    net = Internet(secure_web)
    fetcher = net.fetcher(tls=trusting)
    assert fetcher.get("https://paper.example/").body == FEED
    assert net.dialled == [(PUBLIC, 443)]
    assert secure_web.asked[0].headers["host"] == "paper.example"
    with pytest.raises(Unreachable, match=r"the certificate of other\.example is not valid"):
        fetcher.get("https://other.example/")
    assert len(secure_web.asked) == 1


def test_a_certificate_of_nobody_we_trust_is_refused(secure_web: Web) -> None:
    with pytest.raises(Unreachable, match=r"the certificate of 127\.0\.0\.1 is not valid") as caught:
        fetcher_for(secure_web).get(secure_web.url())
    assert "clock" in caught.value.remedy
    assert secure_web.asked == []


def test_secrets_are_sent_over_tls(secure_web: Web, trusting: ssl.SSLContext) -> None:
    secure_web.pages["/"] = answer()
    Internet(secure_web).fetcher(tls=trusting).get(
        "https://paper.example/", headers={"Authorization": "Bearer s3cret"}
    )
    assert secure_web.asked[0].headers["authorization"] == "Bearer s3cret"


def test_nothing_leads_from_https_to_http(secure_web: Web, trusting: ssl.SSLContext) -> None:
    secure_web.pages["/"] = redirect("http://paper.example/")
    net = Internet(secure_web)
    with pytest.raises(Denied, match="from https to unprotected http"):
        net.fetcher(tls=trusting).get("https://paper.example/")
    assert len(net.dialled) == 1


def test_http_where_https_is_spoken_is_an_error(secure_web: Web, trusting: ssl.SSLContext) -> None:
    with pytest.raises(SourceError):
        fetcher_for(secure_web, tls=trusting).get(secure_web.url().replace("https", "http"))


def test_a_drip_within_tls_is_left_at_the_deadline(secure_web: Web, trusting: ssl.SSLContext) -> None:
    secure_web.pages["/"] = lambda visitor: visitor.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + bytes(1_000))
    with pytest.raises(Unreachable, match=r"within 0\.2 seconds"):
        fetcher_for(secure_web, tls=trusting).get(secure_web.url(), timeout=0.2)


def test_one_strict_context_is_shared_by_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[ssl.SSLContext] = []
    create = ssl.create_default_context

    def build() -> ssl.SSLContext:
        built.append(create())
        return built[-1]

    monkeypatch.setattr(ssl, "create_default_context", build)
    fetcher = fetcher_for()
    assert built == []
    assert fetcher._shared_tls() is fetcher._shared_tls() is built[0]
    assert len(built) == 1
    assert built[0].verify_mode is ssl.CERT_REQUIRED
    assert built[0].check_hostname
    assert built[0].minimum_version is ssl.TLSVersion.TLSv1_2
    assert built[0].cert_store_stats()["x509_ca"] > 50


# Proxy.


class _Proxy:
    """A forward proxy on loopback that leads everywhere to one server."""

    def __init__(self, target: Web) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with sock:
                asked = read_request(sock)
                self.asked.append(f"{asked.method} {asked.target} {asked.headers['host']}")
                if asked.method != "CONNECT":
                    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nvia")
                    continue
                with socket.create_connection(("127.0.0.1", self._target.port)) as onward:
                    sock.sendall(b"HTTP/1.1 200 Connected\r\nVia: proxy\r\n\r\n")
                    self._pass_on(sock, onward)

    @staticmethod
    def _pass_on(sock: socket.socket, onward: socket.socket) -> None:
        def back() -> None:
            while octets := onward.recv(65_536):
                sock.sendall(octets)
            sock.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=back)
        thread.start()
        try:
            while octets := sock.recv(65_536):
                onward.sendall(octets)
        except OSError:
            pass
        thread.join()


@pytest.fixture
def proxy(secure_web: Web) -> Iterator[_Proxy]:
    server = _Proxy(secure_web)
    yield server
    server.stop()


def _unresolved(*_: object, **__: object) -> list[tuple[Any, ...]]:
    pytest.fail("the proxy resolves names")


def test_http_goes_through_the_proxy(proxy: _Proxy) -> None:
    got = fetcher_for(proxy=proxy.url, resolve=_unresolved).get("http://paper.example/feed?x=1")
    assert got.body == b"via"
    assert proxy.asked == ["GET http://paper.example/feed?x=1 paper.example"]


def test_https_goes_through_the_proxy_unseen(
    proxy: _Proxy, secure_web: Web, trusting: ssl.SSLContext
) -> None:
    secure_web.pages["/feed"] = answer(200, FEED)
    fetcher = fetcher_for(proxy=proxy.url, resolve=_unresolved, tls=trusting)
    assert fetcher.get("https://paper.example/feed").body == FEED
    assert proxy.asked == ["CONNECT paper.example:443 paper.example:443"]
    assert secure_web.targets() == ["/feed"]


def test_a_listed_place_is_reached_without_the_proxy(proxy: _Proxy, web: Web) -> None:
    web.pages["/"] = answer(200, FEED)
    assert fetcher_for(web, proxy=proxy.url).get(web.url()).body == FEED
    assert proxy.asked == []


def test_the_proxy_is_not_asked_for_private_places(proxy: _Proxy) -> None:
    fetcher = fetcher_for(proxy=proxy.url, resolve=_unresolved)
    for url in ("http://127.0.0.1/", "http://localhost/", "https://intranet/", "http://a.local/"):
        with pytest.raises(Denied):
            fetcher.get(url)
    assert proxy.asked == []
