"""Promise: redirects are followed five hops far, each checked, and secrets stay behind."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from sources import line
from sources.errors import Denied, Unreachable
from sources.fetch import FetchPolicy, HttpFetcher
from sources.guard import SockAddr
from tests.sources.fetchers import AGENT, FEED, Internet, fetcher_for
from tests.sources.http_server import (
    Asked,
    Web,
    answer,
    redirect,
)


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ([301], True),
        ([308], True),
        ([301, 308, 301], True),
        ([302], False),
        ([303], False),
        ([307], False),
        ([301, 302], False),
        ([302, 301], False),
        ([301] * 5, True),
    ],
)
def test_redirects_are_followed_and_a_permanent_move_is_told(
    web: Web,
    statuses: list[int],
    moved: bool,  # noqa: FBT001 -- a case
) -> None:
    for number, status in enumerate(statuses):
        web.pages[f"/{number}"] = redirect(f"/{number + 1}", status)
    web.pages[f"/{len(statuses)}"] = answer(200, FEED)
    got = fetcher_for(web).get(web.url("/0"))
    assert got.body == FEED
    assert got.url == web.url(f"/{len(statuses)}")
    assert got.moved_to == (got.url if moved else "")


def test_a_sixth_redirect_is_one_too_many(web: Web) -> None:
    for number in range(6):
        web.pages[f"/{number}"] = redirect(f"/{number + 1}")
    web.pages["/6"] = answer(200, FEED)
    with pytest.raises(Unreachable, match="lead nowhere") as caught:
        fetcher_for(web).get(web.url("/0"))
    assert type(caught.value) is Unreachable
    assert len(web.asked) == 6


@pytest.mark.parametrize("pages", [{"/a": "/a"}, {"/a": "/b", "/b": "/a#again"}, {"/a": "/b/../a"}])
def test_a_circle_is_cut(web: Web, pages: dict[str, str]) -> None:
    web.pages.update({path: redirect(location) for path, location in pages.items()})
    with pytest.raises(Unreachable, match="lead nowhere"):
        fetcher_for(web).get(web.url("/a"))
    assert len(web.asked) == len(pages)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("b", "/dir/b"),
        ("../b", "/b"),
        ("c?q=1", "/dir/c?q=1"),
        ("  /b  ", "/b"),
        ("/b c", "/b%20c"),
        ("/schüler", "/sch%C3%BCler"),
        ("/b#there", "/b"),
    ],
)
def test_a_relative_address_is_followed(web: Web, location: str, target: str) -> None:
    web.pages["/dir/a"] = redirect(location.encode().decode("latin-1"))
    fetcher_for(web).get(web.url("/dir/a"))
    assert web.targets()[1:] == [target]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_nowhere_is_an_answer(web: Web, status: int) -> None:
    web.pages["/"] = answer(status)
    assert fetcher_for(web).get(web.url()).status == status


@pytest.mark.parametrize("status", [300, 304, 305, 306])
def test_other_answers_with_an_address_are_not_followed(web: Web, status: int) -> None:
    web.pages["/"] = redirect("/b", status)
    assert fetcher_for(web).get(web.url()).status == status
    assert web.targets() == ["/"]


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://paper.example/",
        "gopher://127.0.0.1:6379/_INFO",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://127.0.0.1/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "//127.0.0.1/",
        "http://0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::",
        "http://169.254.169.254/latest/meta-data/",
        "http://user:word@127.0.0.1/",
        "http:///127.0.0.1/",
        "http:feed",
        "\\\\127.0.0.1/",
        "/\\127.0.0.1/",
        "http://①②⑦.⓪.⓪.①/",
    ],
)
def test_a_redirect_leads_nowhere_else(web: Web, other_web: Web, location: str) -> None:
    web.pages["/"] = redirect(location.encode().decode("latin-1"))
    dialled: list[SockAddr] = []

    def dial(address: SockAddr, seconds: float) -> socket.socket:
        dialled.append(address)
        return line.dial(address, seconds)

    with pytest.raises(Denied):
        fetcher_for(web, dial=dial, resolve=lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 80))]).get(
            web.url()
        )
    assert dialled == [("127.0.0.1", web.port)]


def test_a_redirect_does_not_lead_from_the_internet_to_a_listed_private_place(
    web: Web, other_web: Web
) -> None:
    web.pages["/"] = redirect(other_web.url("/admin"))
    net = Internet(web)
    fetcher = HttpFetcher(
        FetchPolicy(allow_private=frozenset({other_web.key}), min_delay=timedelta(0)),
        user_agent=AGENT,
        resolve=net.resolve,
        dial=net.dial,
    )
    with pytest.raises(Denied, match="into the local network"):
        fetcher.get("http://paper.example/")
    assert other_web.connections == 0


def test_a_redirect_between_listed_private_places_is_followed(web: Web, other_web: Web) -> None:
    web.pages["/"] = redirect(other_web.url("/feed"))
    other_web.pages["/feed"] = answer(200, FEED)
    assert fetcher_for(web, other_web).get(web.url()).body == FEED


SECRETS = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "X-Custom": "perhaps secret"}
VALIDATORS = {"If-None-Match": '"a"', "If-Modified-Since": "Tue, 24 Nov 2026 10:15:00 GMT"}


def _names(asked: Asked) -> set[str]:
    return set(asked.headers) - {"host", "user-agent", "accept-encoding", "connection", "accept"}


def test_secrets_stay_with_their_host_and_port(web: Web, other_web: Web) -> None:
    web.pages["/"] = redirect("/a")
    web.pages["/a"] = redirect(other_web.url("/b"))
    other_web.pages["/b"] = redirect(web.url("/c"))
    web.pages["/c"] = answer()
    fetcher_for(web, other_web).get(web.url(), headers={**SECRETS, **VALIDATORS, "Accept-Language": "en"})
    everything = {name.lower() for name in {**SECRETS, **VALIDATORS}} | {"accept-language"}
    validators = {name.lower() for name in VALIDATORS} | {"accept-language"}
    assert [_names(asked) for asked in web.asked] == [everything, everything, validators]
    assert _names(other_web.asked[0]) == validators  # the same host, another port


def test_validators_stay_with_their_host(web: Web) -> None:
    net = Internet(web)
    web.pages["/"] = redirect("http://other.example/b")
    net.fetcher().get("http://paper.example/", headers={**VALIDATORS, "Accept-Language": "en"})
    assert [_names(asked) for asked in web.asked] == [
        {"if-none-match", "if-modified-since", "accept-language"},
        {"accept-language"},
    ]


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "X-Auth-Token", "Proxy-Authorization"])
def test_a_secret_is_not_sent_unprotected(web: Web, name: str) -> None:
    net = Internet(web)
    with pytest.raises(Denied, match="over https only"):
        net.fetcher().get("http://paper.example/", headers={name: "s3cret"})
    with pytest.raises(Denied, match="over https only"):
        net.fetcher().post("http://paper.example/", headers={name: "s3cret"})
    assert net.dialled == []


@pytest.mark.parametrize(
    "secret", ["p\u2019ssword", "s3cret\r\nX-Evil: 1", "s3cret\x00", " s3cret", "\ud800"]
)
def test_a_secret_that_no_header_can_carry_is_refused_and_not_quoted(web: Web, secret: str) -> None:
    with pytest.raises(Denied, match="letters that no request can carry") as caught:
        fetcher_for(web).get(web.url("/"), headers={"Authorization": secret})

    assert caught.value.__cause__ is caught.value.__context__ is None
    assert web.asked == []
