"""Promise: an address is asked politely, followed when it moves for good, and nothing new goes unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sources.base import Answer, Batch, Checkpoint, Fetcher
from sources.errors import Missing, SourceError, Unreachable, Unreadable
from sources.feed import FeedSettings, FeedSource
from sources.revisit import MAX_MARKS
from tests.fakes import Call, FakeFetcher, answer, tools

URL = "https://a.example/feed"
NEW = "https://b.example/feed"
VALIDATORS = {"etag": 'W/"1-é"', "last-modified": "Sun, 22 Nov 2026 09:00:00 GMT"}


def rss(*names: str, head: str = "") -> bytes:
    items = "".join(f"<item><title>{name}</title><guid>{name}</guid></item>" for name in names)
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def poll(fetcher: Fetcher, checkpoint: Checkpoint | None = None, url: str = URL) -> Batch:
    return FeedSource(FeedSettings(url=url), tools(fetcher)).poll(checkpoint)


def polls(*replies: Any, times: int) -> tuple[FakeFetcher, Batch]:
    """Poll so often, each time with the checkpoint of the last; return the last batch."""
    fetcher = FakeFetcher({URL: list(replies)})
    batch = poll(fetcher)
    for _ in range(times - 1):
        batch = poll(fetcher, batch.checkpoint)
    return fetcher, batch


def test_the_first_request_asks_for_a_feed_without_conditions() -> None:
    fetcher, batch = polls(answer(rss("a")), times=1)

    assert "application/rss+xml" in fetcher.calls[0].headers["Accept"]
    assert "If-None-Match" not in fetcher.calls[0].headers
    assert "If-Modified-Since" not in fetcher.calls[0].headers
    assert (batch.http_status, batch.robots, batch.unchanged, batch.notes) == (200, "allowed", False, ())


def test_validators_go_back_word_for_word() -> None:
    fetcher, _ = polls(answer(rss("a"), headers=VALIDATORS), times=2)

    assert fetcher.calls[1].headers["If-None-Match"] == 'W/"1-é"'
    assert fetcher.calls[1].headers["If-Modified-Since"] == "Sun, 22 Nov 2026 09:00:00 GMT"


def test_a_304_is_an_unchanged_poll_that_keeps_everything() -> None:
    first = poll(FakeFetcher({URL: answer(rss("a"), headers=VALIDATORS)}))
    second = poll(FakeFetcher({URL: answer(status=304, cache_control="max-age=900")}), first.checkpoint)

    assert second.unchanged
    assert second.entries == ()
    assert second.checkpoint == first.checkpoint
    assert second.fresh_for == timedelta(minutes=15)
    assert second.http_status == 304


def test_a_304_may_bring_new_validators() -> None:
    first = poll(FakeFetcher({URL: answer(rss("a"), headers=VALIDATORS)}))
    second = poll(FakeFetcher({URL: answer(status=304, etag='"2"')}), first.checkpoint)

    assert second.checkpoint["etag"] == '"2"'
    assert second.checkpoint["modified"] == VALIDATORS["last-modified"]


def test_a_304_to_somebody_who_read_nothing_is_an_error() -> None:
    with pytest.raises(Unreadable, match="nothing was read before"):
        poll(FakeFetcher({URL: answer(status=304)}))


def test_a_same_body_is_an_unchanged_poll_without_parsing() -> None:
    first = poll(FakeFetcher({URL: answer(rss("a"), etag='"1"')}))
    batch = poll(FakeFetcher({URL: answer(rss("a"), etag='"2"')}), first.checkpoint)

    assert batch.unchanged
    assert batch.checkpoint["etag"] == '"2"'
    assert batch.checkpoint["marks"] == first.checkpoint["marks"]


def test_validators_that_are_no_longer_sent_are_forgotten() -> None:
    _, batch = polls(answer(rss("a"), headers=VALIDATORS), answer(rss("b")), times=2)

    assert (batch.checkpoint["etag"], batch.checkpoint["modified"]) == ("", "")


def test_a_226_is_as_good_as_a_200() -> None:
    _, batch = polls(answer(rss("a")), answer(rss("b", "a"), status=226), times=2)

    assert [entry.title for entry in batch.entries] == ["b"]


def moved(body: bytes, to: str = NEW) -> Answer:
    return replace(answer(body, url=to), moved_to=to)


def test_after_three_permanent_redirects_the_new_address_is_asked() -> None:
    fetcher = FakeFetcher({URL: moved(rss("a")), NEW: answer(rss("a"))})
    batch = poll(fetcher)
    for _ in range(4):
        batch = poll(fetcher, batch.checkpoint)

    assert [call.url for call in fetcher.calls] == [URL, URL, URL, NEW, NEW]
    assert batch.unchanged


def test_a_304_counts_as_a_redirect_too() -> None:
    unchanged = replace(answer(status=304, url=NEW), moved_to=NEW)
    fetcher = FakeFetcher({URL: [moved(rss("a")), unchanged], NEW: unchanged})
    batch = poll(fetcher)
    for _ in range(3):
        batch = poll(fetcher, batch.checkpoint)

    assert [call.url for call in fetcher.calls] == [URL, URL, URL, NEW]


def test_redirects_that_change_or_cease_count_from_the_start() -> None:
    other = "https://c.example/feed"
    fetcher = FakeFetcher(
        {URL: [moved(rss("a")), moved(rss("a")), moved(rss("a"), other), answer(rss("a")), moved(rss("a"))]}
    )
    batch = poll(fetcher)
    for _ in range(6):
        batch = poll(fetcher, batch.checkpoint)

    assert [call.url for call in fetcher.calls] == [URL] * 7


def test_a_temporary_redirect_changes_nothing() -> None:
    fetcher = FakeFetcher({URL: answer(rss("a"), url=NEW)})
    batch = poll(fetcher)
    for _ in range(4):
        batch = poll(fetcher, batch.checkpoint)

    assert {call.url for call in fetcher.calls} == {URL}


def test_a_move_from_https_to_http_is_never_believed() -> None:
    fetcher = FakeFetcher({URL: moved(rss("a"), "http://a.example/feed")})
    batch = poll(fetcher)
    for _ in range(4):
        batch = poll(fetcher, batch.checkpoint)

    assert {call.url for call in fetcher.calls} == {URL}


def test_a_move_from_http_to_https_is_believed() -> None:
    plain = "http://a.example/feed"
    fetcher = FakeFetcher({plain: moved(rss("a"), URL), URL: answer(rss("a"))})
    batch = poll(fetcher, url=plain)
    for _ in range(3):
        batch = poll(fetcher, batch.checkpoint, url=plain)

    assert fetcher.calls[-1].url == URL


def test_where_the_new_address_is_gone_the_configured_one_is_asked_again() -> None:
    fetcher = FakeFetcher({URL: moved(rss("a")), NEW: answer(status=410)})
    batch = poll(fetcher)
    for _ in range(2):
        batch = poll(fetcher, batch.checkpoint)
    fetcher.web[URL] = [answer(rss("b", "a"), etag='"x"')]

    batch = poll(fetcher, batch.checkpoint)

    assert [call.url for call in fetcher.calls[-2:]] == [NEW, URL]
    assert "If-None-Match" not in fetcher.calls[-1].headers
    assert [entry.title for entry in batch.entries] == ["b"]
    assert batch.checkpoint["moved"] == {"to": "", "times": 0}


def test_an_address_that_is_gone_is_missing() -> None:
    with pytest.raises(Missing):
        poll(FakeFetcher({URL: answer(status=404)}))


@pytest.mark.parametrize(
    ("head", "headers", "wait"),
    [
        ("", {}, None),
        ("<ttl>60</ttl>", {}, timedelta(hours=1)),
        ("", {"cache-control": "max-age=600"}, timedelta(minutes=10)),
        ("<ttl>60</ttl>", {"cache-control": "max-age=600"}, timedelta(hours=1)),
        ("<ttl>5</ttl>", {"cache-control": "max-age=600"}, timedelta(minutes=10)),
        ("<ttl>90000</ttl>", {}, timedelta(days=1)),
    ],
)
def test_the_longer_wish_of_feed_and_server_holds_for_a_day_at_most(
    head: str, headers: dict[str, str], wait: timedelta | None
) -> None:
    assert poll(FakeFetcher({URL: answer(rss("a", head=head), headers=headers)})).fresh_for == wait


def test_a_feed_full_of_unseen_entries_has_a_gap() -> None:
    _, batch = polls(answer(rss("b", "a")), answer(rss("d", "c")), times=2)
    assert batch.gap

    _, batch = polls(answer(rss("b", "a")), answer(rss("c", "b")), times=2)
    assert not batch.gap


def test_the_first_poll_and_an_empty_feed_have_no_gap() -> None:
    _, batch = polls(answer(rss("a")), times=1)
    assert not batch.gap

    _, batch = polls(answer(rss("b", "a")), answer(rss()), times=2)
    assert not batch.gap

    _, batch = polls(answer(rss("b", "a")), answer(rss()), answer(rss("b", "a")), times=3)
    assert not batch.gap
    assert batch.entries == ()


def test_what_is_remembered_has_a_limit() -> None:
    names = [f"n{number}" for number in range(MAX_MARKS + 50)]
    _, batch = polls(answer(rss(*names)), times=1)

    assert len(batch.checkpoint["marks"]) == MAX_MARKS


def test_more_entries_than_are_looked_at_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.unseen.MAX_ENTRIES", 2)
    _, batch = polls(answer(rss("a", "b", "c")), times=1)

    assert batch.gap
    assert batch.notes == ("there were more entries than are looked at",)


def test_a_document_that_breaks_off_is_read_again_in_full() -> None:
    whole = rss("b", "a")
    cut = whole[: whole.index(b"</item></channel>")]
    _, batch = polls(answer(rss("a"), headers=VALIDATORS), answer(cut, etag='"1"'), times=2)

    assert [entry.title for entry in batch.entries] == ["b"]
    assert batch.notes == ("the document breaks off; it will be read again in full",)
    assert (batch.checkpoint["etag"], batch.checkpoint["modified"], batch.checkpoint["hash"]) == ("", "", "")

    batch = poll(FakeFetcher({URL: answer(whole, etag='"1"')}), batch.checkpoint)

    assert batch.entries == ()
    assert batch.notes == ()
    assert batch.checkpoint["etag"] == '"1"'


def test_entries_that_cannot_be_read_are_counted() -> None:
    _, batch = polls(answer(b'{"items": [7, {"id": "1", "title": "A"}]}'), times=1)

    assert batch.skipped == 1
    assert batch.notes == ("some entries could not be read",)


def test_a_feed_that_has_ended_is_missing() -> None:
    with pytest.raises(Missing, match="ended"):
        poll(FakeFetcher({URL: answer(b'{"items": [], "expired": true}')}))


def test_a_strange_checkpoint_is_as_good_as_none() -> None:
    batch = poll(FakeFetcher({URL: answer(rss("a"))}), {"etag": 7, "moved": "x", "other": []})

    assert len(batch.entries) == 1


def test_that_robots_txt_cannot_be_asked_does_not_stop_a_feed() -> None:
    class Unasked(FakeFetcher):
        def robots(self, url: str) -> str:
            raise Unreachable("time-out")

    assert poll(Unasked({URL: answer(rss("a"))})).robots == ""
    assert poll(FakeFetcher({URL: answer(rss("a"))}, disallowed=[URL])).robots == "disallowed"


def test_an_error_keeps_what_is_known() -> None:
    def breaks(call: Call) -> Answer:
        raise Unreachable("time-out")

    first = poll(FakeFetcher({URL: answer(rss("a"))}))
    with pytest.raises(SourceError):
        poll(FakeFetcher({URL: breaks}), first.checkpoint)

    assert poll(FakeFetcher({URL: answer(rss("b", "a"))}), first.checkpoint).entries[0].title == "b"
