"""Promise: a search on Bluesky finds each post once, misses none without saying so, and keeps its secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from sources.base import Answer, Batch, Checkpoint, Entry
from sources.bluesky import KIND, MAX_PAGES, MAX_REMEMBERED, BlueskySettings, BlueskySource
from sources.errors import Denied, SourceError, Throttled, Unreachable, Unreadable
from tests.fakes import NOW, Call, FakeFetcher, FixedClock, answer, tools

PDS = "https://bsky.social/xrpc/"
PUBLIC = "https://public.api.bsky.app/xrpc/"
LOG_IN = PDS + "com.atproto.server.createSession"
REFRESH = PDS + "com.atproto.server.refreshSession"
SEARCH = "app.bsky.feed.searchPosts"
RESOLVE = "com.atproto.identity.resolveHandle"
ACCOUNT: dict[str, Any] = {"handle": "watcher.example", "password": {"file": "app-password"}}
SECRETS = {"app-password": "abcd-efgh-ijkl"}


def post(
    name: str, *, minutes: float = 1, record: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A post that was written and indexed so many minutes ago."""
    moment = (NOW - timedelta(minutes=minutes)).isoformat()
    return {
        "uri": f"at://did:plc:{more.pop('did', 'parent')}/app.bsky.feed.post/{name}",
        "author": {"did": "did:plc:parent", "handle": "parent.example"},
        "indexedAt": moment,
        "record": {"text": name, "createdAt": moment, **(record or {})},
        **more,
    }


def page(*posts: Any, cursor: str = "") -> Answer:
    return as_json({"posts": list(posts), **({"cursor": cursor} if cursor else {})})


def as_json(value: object, status: int = 200) -> Answer:
    return answer(json.dumps(value), status)


def session(number: int = 1) -> Answer:
    tokens = {"accessJwt": f"access-{number}", "refreshJwt": f"refresh-{number}"}
    return as_json({**tokens, "handle": "watcher.example", "did": "did:plc:watcher"})


def expired(error: str = "ExpiredToken", status: int = 400) -> Answer:
    return as_json({"error": error, "message": "Token has expired"}, status)


def stranger(
    *replies: Any, settings: Mapping[str, Any] | None = None, **web: Any
) -> tuple[BlueskySource, FakeFetcher]:
    """A source without an account, and its web."""
    fetcher = FakeFetcher({PUBLIC + SEARCH: list(replies), **web})
    return BlueskySource(BlueskySettings(query="holm nook", **(settings or {})), tools(fetcher)), fetcher


def member(web: Mapping[str, Any], **settings: Any) -> tuple[BlueskySource, FakeFetcher]:
    fetcher = FakeFetcher(web)
    told = BlueskySettings(query="holm nook", **ACCOUNT, **settings)
    return BlueskySource(told, tools(fetcher, secrets=SECRETS)), fetcher


def asked(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(call.url).query).items()}


def texts(batch: Batch) -> list[str]:
    return [entry.text for entry in batch.entries]


def entry(view: dict[str, Any], **settings: Any) -> Entry:
    source, _ = stranger(
        page(view), settings=settings, **{PUBLIC + RESOLVE: as_json({"did": "did:plc:school"})}
    )
    return source.poll(None).entries[0]


# --- asking ----------------------------------------------------------------------------------------


def test_a_stranger_asks_the_public_service() -> None:
    source, fetcher = stranger(page())
    source.poll(None)

    assert asked(fetcher.calls[0]) == {"q": "holm nook", "sort": "latest", "limit": "100"}
    assert "Authorization" not in fetcher.calls[0].headers


def test_the_query_is_sent_word_for_word() -> None:
    query = '"Holm Nook" school & more +x #y ü%20 lang:en'
    fetcher = FakeFetcher({"http://127.0.0.1:2584/xrpc/" + SEARCH: page()})
    told = BlueskySettings(query=query, lang="en", appview="http://127.0.0.1:2584/")
    BlueskySource(told, tools(fetcher)).poll(None)

    assert asked(fetcher.calls[0])["q"] == query
    assert asked(fetcher.calls[0])["lang"] == "en"


def test_an_account_logs_in_once_and_stays_logged_in() -> None:
    source, fetcher = member({LOG_IN: session(), PDS + SEARCH: page(post("a"))})
    first = source.poll(None)
    source.poll(first.checkpoint)

    assert [call.method for call in fetcher.calls] == ["POST", "GET", "GET"]
    assert fetcher.calls[0].json == {"identifier": "watcher.example", "password": "abcd-efgh-ijkl"}
    assert fetcher.calls[2].headers["Authorization"] == "Bearer access-1"
    assert "access" not in json.dumps(first.checkpoint)


@pytest.mark.parametrize("spent", [expired(), expired("InvalidToken"), expired("ExpiredToken", 401)])
def test_a_session_that_has_run_out_is_refreshed(spent: Answer) -> None:
    web = {LOG_IN: session(), REFRESH: session(2), PDS + SEARCH: [spent, page(post("a"))]}
    source, fetcher = member(web)

    assert texts(source.poll(None)) == ["a"]
    assert [call.url.partition("?")[0] for call in fetcher.calls] == [
        LOG_IN,
        PDS + SEARCH,
        REFRESH,
        PDS + SEARCH,
    ]
    assert fetcher.calls[2].headers["Authorization"] == "Bearer refresh-1"
    assert fetcher.calls[3].headers["Authorization"] == "Bearer access-2"


def test_where_the_refresh_has_run_out_too_it_logs_in_again() -> None:
    web = {LOG_IN: [session(), session(3)], REFRESH: expired(), PDS + SEARCH: [expired(), page(post("a"))]}
    source, fetcher = member(web)

    assert texts(source.poll(None)) == ["a"]
    assert fetcher.calls[-1].headers["Authorization"] == "Bearer access-3"


def test_a_session_that_is_spent_at_once_is_no_endless_loop() -> None:
    source, fetcher = member({LOG_IN: session(), REFRESH: session(2), PDS + SEARCH: expired()})

    with pytest.raises(Unreadable):
        source.poll(None)
    assert len(fetcher.calls) == 4


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_password_needs_a_human(status: int) -> None:
    source, _ = member({LOG_IN: expired("AuthenticationRequired", status)})

    with pytest.raises(Denied, match="refuses the account") as caught:
        source.poll(None)
    assert "app password" in caught.value.remedy
    assert "abcd" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (as_json({}), Unreadable),
        (as_json({"accessJwt": "a"}), Unreadable),
        (as_json({"accessJwt": 1.5, "refreshJwt": None}), Unreadable),
        (as_json([]), Unreadable),
        (answer("<html>"), Unreadable),
        (answer(status=500), Unreachable),
        (answer(status=429, ratelimit_reset=str(int(NOW.timestamp()) + 300)), Throttled),
    ],
)
def test_a_log_in_that_fails_otherwise_is_tried_again_later(reply: Answer, error: type[SourceError]) -> None:
    source, _ = member({LOG_IN: reply})

    with pytest.raises(error):
        source.poll(None)


def test_a_refresh_that_fails_for_the_moment_does_not_log_in_anew() -> None:
    source, fetcher = member({LOG_IN: session(), REFRESH: answer(status=503), PDS + SEARCH: expired()})

    with pytest.raises(Unreachable):
        source.poll(None)
    assert sum(call.url == LOG_IN for call in fetcher.calls) == 1


def test_the_quota_is_read_in_bluesky_s_dialect() -> None:
    limited = as_json({"error": "RateLimitExceeded"}, 429)
    limited = Answer(
        status=429, url="", body=limited.body, headers={"ratelimit-reset": str(int(NOW.timestamp()) + 300)}
    )
    source, _ = stranger(limited)

    with pytest.raises(Throttled) as caught:
        source.poll(None)
    assert caught.value.retry_after == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer("<html><body>Request forbidden by administrative rules.</body></html>", 403), Unreadable),
        (answer("", 403), Unreadable),
        (as_json({"error": "Forbidden"}, 403), Denied),
        (answer("<html>"), Unreadable),
        (answer("upstream error"), Unreadable),
        (as_json({"posts": {}}), Unreadable),
        (as_json({"error": "BadQueryString"}, 400), Unreadable),
        (as_json({"error": "AuthMissing"}, 401), Denied),
    ],
    ids=["wall", "empty wall", "closed", "HTML", "text", "no list", "bad query", "no log-in"],
)
def test_an_answer_that_is_none_is_an_error_that_keeps_the_watermark(
    reply: Answer, error: type[SourceError]
) -> None:
    source, _ = stranger(reply)

    with pytest.raises(error):
        source.poll(None)


# --- pages and watermark ---------------------------------------------------------------------------


def test_pages_are_followed_to_their_end_and_short_ones_are_no_end() -> None:
    source, fetcher = stranger(page(post("a"), cursor="2"), page(cursor="3"), page(post("b")))
    batch = source.poll(None)

    assert texts(batch) == ["a", "b"]
    assert [asked(call).get("cursor") for call in fetcher.calls] == [None, "2", "3"]
    assert not batch.gap


def test_it_stops_at_posts_that_are_known() -> None:
    source, _ = stranger(page(post("a"), post("b")))
    first = source.poll(None)
    source, fetcher = stranger(page(post("c"), cursor="2"), page(post("a"), post("b"), cursor="3"))
    second = source.poll(first.checkpoint)

    assert texts(second) == ["c"]
    assert len(fetcher.calls) == 2
    assert not second.gap


def test_it_stops_at_posts_that_are_older_than_asked_for() -> None:
    first = stranger(page(post("a", minutes=30)))[0].poll(None)
    source, fetcher = stranger(page(post("c"), cursor="2"), page(post("old", minutes=391), cursor="3"))
    batch = source.poll(first.checkpoint)

    assert texts(batch) == ["c", "old"]
    assert len(fetcher.calls) == 2
    assert not batch.gap


def test_pages_that_repeat_come_to_an_end() -> None:
    source, fetcher = stranger(page(post("a"), cursor="2"))

    assert texts(source.poll(None)) == ["a"]
    assert len(fetcher.calls) == 2


def storm(call: Call) -> Answer:
    """Endless new posts."""
    number = int(asked(call).get("cursor", "0"))
    return page(*(post(f"p{number}-{n}") for n in range(100)), cursor=str(number + 1))


def test_a_storm_is_cut_off_and_said_to_be_a_gap() -> None:
    first = stranger(page(post("a", minutes=60)))[0].poll(None)
    source, fetcher = stranger(storm)
    batch = source.poll(first.checkpoint)

    assert len(fetcher.calls) == MAX_PAGES
    assert len(batch.entries) == 500
    assert batch.gap
    assert batch.checkpoint["watermark"] == first.checkpoint["watermark"]
    assert len(batch.checkpoint["recent"]) == MAX_REMEMBERED
    assert stranger(storm)[0].poll(batch.checkpoint).entries == ()


def test_at_the_first_look_more_than_five_pages_are_no_gap() -> None:
    batch = stranger(storm)[0].poll(None)

    assert not batch.gap
    assert batch.checkpoint["watermark"] == ""


@pytest.mark.parametrize("status", [400, 403])
def test_where_only_the_first_page_is_open_the_rest_is_a_gap(status: int) -> None:
    first = stranger(page(post("a", minutes=60)))[0].poll(None)
    source, _ = stranger(page(post("b"), cursor="2"), as_json({"error": "InvalidRequest"}, status))
    batch = source.poll(first.checkpoint)

    assert texts(batch) == ["b"]
    assert batch.gap
    assert batch.checkpoint["watermark"] == first.checkpoint["watermark"]


def test_a_first_page_that_reaches_back_to_what_is_known_leaves_no_gap() -> None:
    first = stranger(page(post("a", minutes=60)))[0].poll(None)
    source, _ = stranger(page(post("b"), post("a", minutes=60), cursor="2"), answer(status=403))
    batch = source.poll(first.checkpoint)

    assert texts(batch) == ["b"]
    assert not batch.gap
    assert batch.checkpoint["watermark"] == "2026-11-23T09:59:00+00:00"


def test_a_chain_that_breaks_in_the_middle_is_taken_up_whole() -> None:
    source, _ = stranger(page(post("a"), cursor="2"), answer(status=502))

    with pytest.raises(Unreachable):
        source.poll(None)


def test_it_asks_from_six_hours_before_the_newest_post() -> None:
    first = stranger(page(post("b", minutes=5), post("a", minutes=30)))[0].poll(None)
    source, fetcher = stranger(page())
    second = source.poll(first.checkpoint)

    assert first.checkpoint["watermark"] == "2026-11-23T09:55:00+00:00"
    assert asked(fetcher.calls[0])["since"] == "2026-11-23T03:55:00Z"
    assert second.checkpoint["watermark"] == first.checkpoint["watermark"]
    assert second.unchanged


def test_the_watermark_never_goes_back_or_into_the_future() -> None:
    first = stranger(page(post("a", minutes=5)))[0].poll(None)
    late = stranger(page(post("b", minutes=9)))[0].poll(first.checkpoint)
    ahead = stranger(page(post("c", minutes=-60)))[0].poll(late.checkpoint)

    assert texts(late) == ["b"]
    assert late.checkpoint["watermark"] == first.checkpoint["watermark"]
    assert ahead.checkpoint["watermark"] == NOW.isoformat()


def test_after_an_empty_first_look_it_asks_from_then_on() -> None:
    batch = stranger(page())[0].poll(None)

    assert batch.checkpoint["watermark"] == NOW.isoformat()


def test_posts_are_known_again_by_their_address_and_forgotten_in_time() -> None:
    first = stranger(page(post("a"), post("a")))[0].poll(None)
    again = stranger(page(post("b"), post("a")))[0].poll(first.checkpoint)

    assert texts(first) == ["a"]
    assert texts(again) == ["b"]
    assert again.checkpoint["recent"][1:] == first.checkpoint["recent"]


def test_a_strange_checkpoint_is_as_good_as_none() -> None:
    told: Checkpoint = {"watermark": 7, "recent": {}, "own": []}

    assert texts(stranger(page(post("a")))[0].poll(told)) == ["a"]


# --- posts -----------------------------------------------------------------------------------------


def test_a_post_counts_from_the_earlier_of_its_two_times() -> None:
    indexed = (NOW - timedelta(minutes=1)).isoformat()
    early, future, absurd = (
        entry(post("a", record={"createdAt": moment})).published
        for moment in ("2026-11-23T08:00:00.000Z", "2030-01-01T00:00:00Z", "0001-01-01T00:00:00Z")
    )

    assert early == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert future is not None
    assert future == absurd == datetime.fromisoformat(indexed)


def test_a_post_without_any_time_is_a_post() -> None:
    view = post("a", record={"createdAt": None})
    del view["indexedAt"]

    assert entry(view).published is None


@pytest.mark.parametrize(
    "record",
    [
        {"facets": [{"features": [{"uri": "https://holmnook.example/x"}]}]},
        {"embed": {"external": {"uri": "https://holmnook.example/x"}}},
        {"embed": {"media": {"external": {"uri": "https://holmnook.example/x"}}}},
        {"embed": {"external": {"description": "see https://holmnook.example/x"}}},
        {"embed": {"images": [{"alt": "a sign: https://holmnook.example/x"}]}},
        {"tags": ["x", "https://holmnook.example/x"]},
    ],
    ids=["link", "card", "card beside a quote", "description", "picture", "tag"],
)
def test_what_is_attached_can_be_found(record: dict[str, Any]) -> None:
    assert "https://holmnook.example/x" in entry(post("a", record={"text": "look 🎉", **record})).text


def test_what_is_attached_stands_once_and_has_a_limit() -> None:
    link = {"features": [{"uri": "https://a.example/1"}, {"uri": "https://a.example/2"}]}
    record = {"text": "See https://a.example/1", "facets": [link] * 3, "tags": [str(n) for n in range(50)]}

    text = entry(post("a", record=record)).text

    assert text.count("https://a.example/1") == text.count("https://a.example/2") == 1
    assert "#19" in text
    assert "#20" not in text


def reply(did: str) -> dict[str, Any]:
    uri = f"at://did:plc:{did}/app.bsky.feed.post/root"
    return {"reply": {"root": {"uri": uri, "cid": "x"}, "parent": {"uri": uri + "2", "cid": "y"}}}


def test_an_answer_knows_its_thread() -> None:
    found = entry(post("a", record=reply("other")))

    assert found.kind == "comment"
    assert found.thread == "at://did:plc:other/app.bsky.feed.post/root"
    assert found.reply_to == "at://did:plc:other/app.bsky.feed.post/root2"
    assert entry(post("a")).kind == "post"


MENTION = {"facets": [{"features": [{"did": "did:plc:school"}]}]}


@pytest.mark.parametrize(
    ("view", "is_ours"),
    [
        (post("a", record=reply("school")), True),
        (post("a", record=reply("other")), False),
        (post("a", record=MENTION), True),
        (post("a", record={"text": "ask @HolmNook.example!"}), True),
        (post("a", record={"text": "ask @holmnook.example."}), True),
        (post("a", record={"text": "ask @holmnook.example.evil.example"}), False),
        (post("a", record={"text": "ask @holmnook.example-x"}), False),
        (post("a", record={"text": "ask me@holmnook.example"}), False),
        (post("a", record={"text": "holmnook.example"}), False),
        (post("a", did="school", record=reply("school")), False),
    ],
    ids=[
        "an answer", "an answer to others", "a mention", "the name in the text", "the name at the end",
        "a longer name", "another name", "a mail address", "no mention", "the school itself",
    ],
)  # fmt: skip
def test_what_is_said_to_the_school_is_owed_an_answer(view: dict[str, Any], is_ours: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert entry(view, own_handle="@HolmNook.example").own_account is is_ours
    assert not entry(view).own_account


def test_the_school_s_own_name_is_asked_for_once() -> None:
    web = {PUBLIC + RESOLVE: as_json({"did": "did:plc:school"})}
    source, fetcher = stranger(page(post("a")), settings={"own_handle": "holmnook.example"}, **web)
    first = source.poll(None)
    second = source.poll(first.checkpoint)
    source.poll({**second.checkpoint, "own": {"handle": "other.example", "did": "did:plc:other"}})

    asked_for = [asked(call)["handle"] for call in fetcher.calls if RESOLVE in call.url]
    assert asked_for == ["holmnook.example", "holmnook.example"]
    assert second.checkpoint["own"] == {"handle": "holmnook.example", "did": "did:plc:school"}


@pytest.mark.parametrize("reply_", [answer(status=502), answer("<html>"), as_json({"did": 7.5}), as_json([])])
def test_without_that_answer_the_search_goes_on(reply_: Answer) -> None:
    web = {PUBLIC + RESOLVE: reply_}
    source, _ = stranger(
        page(post("a", record={"text": "@holmnook.example"})),
        settings={"own_handle": "holmnook.example"},
        **web,
    )

    assert source.poll(None).entries[0].own_account


@pytest.mark.parametrize(
    ("view", "quotable"),
    [
        (post("a"), True),
        (post("a", author={"handle": "x.example", "labels": [{"val": "!no-unauthenticated"}]}), False),
        (post("a", labels=[{"val": "spam"}, {"val": "!no-unauthenticated"}]), False),
        (post("a", labels="!no-unauthenticated"), True),
    ],
)
def test_who_asks_not_to_be_shown_outside_is_not_quoted(view: dict[str, Any], quotable: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert entry(view).quotable is quotable


BROKEN: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "a list": list,
    "a number": lambda: 7,
    "no address": lambda: {"record": {"text": "x"}},
    "a strange address": lambda: {"uri": "https://evil.example/", "record": {"text": "x"}},
    "a foot in the address": lambda: post("../../x"),
    "not a post": lambda: {"uri": "at://did:plc:x/app.bsky.feed.like/1", "record": {}},
    "no record": lambda: {"uri": "at://did:plc:x/app.bsky.feed.post/1"},
    "a text for a record": lambda: {"uri": "at://did:plc:x/app.bsky.feed.post/1", "record": "x"},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_post_that_cannot_be_read_is_counted_and_spoils_no_other(name: str) -> None:
    batch = stranger(page(BROKEN[name](), post("good")))[0].poll(None)

    assert texts(batch) == ["good"]
    assert batch.skipped == 1
    assert batch.notes == ("some posts could not be read",)


def test_wrong_types_in_a_post_are_as_good_as_missing() -> None:
    odd = {
        "text": 7, "createdAt": [], "langs": "en", "reply": "x", "facets": {"features": 1}, "tags": 5,
        "embed": {"external": [], "images": "x", "media": 1},
    }  # fmt: skip
    found = entry(post("a", record=odd, author=[], labels={"val": 1}, indexedAt=5, likeCount="many"))

    assert found == Entry(
        id="at://did:plc:parent/app.bsky.feed.post/a",
        url="https://bsky.app/profile/did:plc:parent/post/a",
        text="7",
        kind="post",
    )


def test_halves_of_letters_and_controls_are_dropped() -> None:
    assert (
        entry(post("a", record={"text": "Ho\ud800lm\x00 \u0007Nook\n\n\nschool"})).text == "Holm Nook\nschool"
    )


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"query": ""}, "say what to look for"),
        ({"query": "x" * 501}, "at most 500"),
        ({"mentions": True}, "needs own_handle"),
        ({"domain": "https://holm-nook.example"}, "domain"),
        ({"notifications": True, **ACCOUNT, "own_handle": "school.example"}, "are the same"),
        ({"query": "x", "handle": "a.example"}, "go together"),
        ({"query": "x", "password": {"file": "p"}}, "go together"),
        ({"query": "x", "handle": "@", "password": {"file": "p"}}, "go together"),
        ({"query": "x", "password": "secret"}, "password"),
        ({"query": "x", "service": "bsky.social"}, "complete web address"),
        ({"query": "x", "appview": "no"}, "complete web address"),
        ({"query": "x", **ACCOUNT, "service": "http://pds.example"}, "https only"),
        ({"query": "x", **ACCOUNT, "service": "http://pds.example:80"}, "https only"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        BlueskySettings(**told)


def test_a_search_is_one_place_by_service_and_words() -> None:
    anonymous = BlueskySettings(query="holm nook")
    inside = BlueskySettings(
        query="holm nook", **ACCOUNT, service="http://127.0.0.1:2583/", lang="en", own_handle="@A.example"
    )

    assert KIND.locate(anonymous) == "https://public.api.bsky.app?q=holm nook"
    assert KIND.locate(inside) == "http://127.0.0.1:2583?q=holm nook&lang=en&own=a.example"
    assert KIND.host(anonymous) == "public.api.bsky.app:443"
    assert KIND.host(inside) == "127.0.0.1:2583"
    assert KIND.every == timedelta(minutes=15)


def test_a_day_later_nothing_is_found_twice() -> None:
    clock = FixedClock()
    fetcher = FakeFetcher({PUBLIC + SEARCH: [page(post("a")), page(post("b"), post("a"))]})
    source = BlueskySource(BlueskySettings(query="x"), tools(fetcher, now=clock))
    first = source.poll(None)
    clock.advance(timedelta(days=1))

    assert texts(source.poll(first.checkpoint)) == ["b"]
