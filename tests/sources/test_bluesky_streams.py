"""Promise: beside a search, what links to us, names us, is sent to us and is said by us is read, each once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sources.base import Answer, Batch
from sources.bluesky import KIND, BlueskySettings, BlueskySource
from sources.errors import Denied, Unreadable
from tests.fakes import NOW, Call, FakeFetcher, answer, tools

XRPC = "https://bsky.social/xrpc/"
SEARCH, FEED = XRPC + "app.bsky.feed.searchPosts", XRPC + "app.bsky.feed.getAuthorFeed"
NOTICES = XRPC + "app.bsky.notification.listNotifications"
RESOLVE = XRPC + "com.atproto.identity.resolveHandle"
LOG_IN = XRPC + "com.atproto.server.createSession"
US = "school.example"
ACCOUNT: dict[str, Any] = {"handle": US, "password": {"file": "app-password"}, "own_handle": US}


def as_json(value: object, status: int = 200) -> Answer:
    return answer(json.dumps(value), status)


def view(name: str, who: str = "parent", *, minutes: int = 1, parent: str = "") -> dict[str, Any]:
    """A post as every list of the service shows it."""
    moment = (NOW - timedelta(minutes=minutes)).isoformat()
    record: dict[str, Any] = {"text": name, "createdAt": moment}
    if parent:
        record["reply"] = {"root": {"uri": parent}, "parent": {"uri": parent}}
    author = {"did": f"did:plc:{who}", "handle": f"{who}.example"}
    uri = f"at://did:plc:{who}/app.bsky.feed.post/{name}"
    return {"uri": uri, "author": author, "indexedAt": moment, "record": record}


def source(web: Mapping[str, Any], **settings: Any) -> tuple[BlueskySource, FakeFetcher]:
    session = as_json({"accessJwt": "access", "refreshJwt": "refresh"})
    quiet = {
        LOG_IN: session,
        RESOLVE: as_json({"did": "did:plc:school"}),
        SEARCH: as_json({"posts": []}),
        FEED: as_json({"feed": []}),
        NOTICES: as_json({"notifications": []}),
    }
    fetcher = FakeFetcher({**quiet, **web})
    told = BlueskySettings(**{**ACCOUNT, **settings})
    return BlueskySource(told, tools(fetcher, secrets={"app-password": "abcd"})), fetcher


def asked(fetcher: FakeFetcher, address: str) -> list[dict[str, list[str]]]:
    urls = (call.url for call in fetcher.calls if call.url.partition("?")[0] == address)
    return [parse_qs(urlsplit(url).query) for url in urls]


def ids(batch: Batch) -> list[str]:
    return [entry.id.rpartition("/")[2] for entry in batch.entries]


def test_links_and_mentions_are_searched_for_without_words() -> None:
    made, fetcher = source({}, domain="holm-nook.example", mentions=True)
    made.poll(None)

    links, names = asked(fetcher, SEARCH)
    assert (links["q"], links["domain"]) == (["*"], ["holm-nook.example"])
    assert (names["q"], names["mentions"]) == (["*"], [US])


def test_each_stream_goes_on_where_it_left_off() -> None:
    def found(call: Call) -> Answer:
        return as_json({"posts": [view("b" if "domain=" in call.url else "a")]})

    made, fetcher = source({SEARCH: found}, query="holm nook", domain="holm-nook.example")
    first = made.poll(None)
    again = made.poll(first.checkpoint)

    assert ids(first) == ["a", "b"]
    assert ids(again) == []
    assert all("since" in one for one in asked(fetcher, SEARCH)[2:])
    assert set(first.checkpoint["streams"]) == {"domain", "own"}


def test_what_is_sent_to_the_account_is_owed_an_answer() -> None:
    notices = as_json({"notifications": [{**view("thanks"), "reason": "quote"}]})
    made, fetcher = source({NOTICES: notices}, notifications=True)
    [entry] = made.poll(None).entries

    assert entry.own_account
    assert asked(fetcher, NOTICES)[0]["reasons"] == ["mention", "reply", "quote"]


def test_a_post_that_two_streams_bring_is_one_and_stays_owed_an_answer() -> None:
    both = view("closing")
    web = {
        SEARCH: as_json({"posts": [both]}),
        NOTICES: as_json({"notifications": [{**both, "reason": "mention"}]}),
    }
    made, _ = source(web, query="close", notifications=True)
    [entry] = made.poll(None).entries

    assert entry.own_account


def test_our_own_replies_are_read_though_no_search_finds_them() -> None:
    to = view("question")["uri"]
    feed = {
        "feed": [
            {"post": view("looking", "school", parent=to)},
            {"post": view("shared", "school"), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}},
            {"post": view("another")},
        ]
    }
    made, fetcher = source({FEED: as_json(feed)}, query="holm nook")
    [entry] = made.poll(None).entries

    assert entry.by_us
    assert not entry.own_account
    assert entry.reply_to == to
    assert asked(fetcher, FEED)[0]["actor"] == ["did:plc:school"]
    assert asked(fetcher, FEED)[0]["filter"] == ["posts_with_replies"]


def test_without_our_own_replies_the_search_counts_all_the_same() -> None:
    web = {SEARCH: as_json({"posts": [view("a")]}), FEED: as_json({"error": "InternalServerError"}, 500)}
    made, _ = source(web, query="holm nook")
    batch = made.poll(None)

    assert ids(batch) == ["a"]
    assert batch.notes == ("what the school's account wrote could not be read",)
    assert "own" not in batch.checkpoint.get("streams", {})


def test_a_refusal_of_our_own_replies_needs_a_human() -> None:
    made, _ = source({FEED: as_json({"error": "Forbidden"}, 403)}, query="holm nook")
    with pytest.raises(Denied):
        made.poll(None)


def test_notifications_that_are_none_are_an_error() -> None:
    made, _ = source({NOTICES: as_json({"posts": []})}, notifications=True)
    with pytest.raises(Unreadable):
        made.poll(None)


def test_what_was_remembered_of_a_single_search_still_holds() -> None:
    made, _ = source({SEARCH: as_json({"posts": [view("a")]})}, query="holm nook")
    first = made.poll(None)
    old = {name: value for name, value in first.checkpoint.items() if name != "streams"}

    assert ids(made.poll(old)) == []


def test_places_differ_by_all_that_is_looked_for() -> None:
    made = [
        BlueskySettings(query="a"),
        BlueskySettings(domain="a"),
        BlueskySettings(mentions=True, own_handle=US),
        BlueskySettings(notifications=True, **ACCOUNT),
    ]
    assert len({KIND.locate(one) for one in made}) == len(made)
