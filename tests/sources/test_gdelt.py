"""Promise: a search in the world's news finds each article once, with one request, and says when it fell behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from sources.base import Answer, Batch, Entry
from sources.errors import SourceError, Throttled, Unreadable
from sources.gdelt import KIND, MAX_RECORDS, MAX_REMEMBERED, GdeltSettings, GdeltSource
from tests.fakes import NOW, Call, FakeFetcher, FixedClock, answer, tools

URL = "https://api.gdeltproject.org/api/v2/doc/doc"
TOO_FAST = "Please limit requests to one every 5 seconds or contact us."


def article(name: str, *, minutes: float = 10, **told: Any) -> dict[str, Any]:
    return {
        "url": f"https://paper.example/{name}",
        "title": f"Title of {name}",
        "seendate": (NOW - timedelta(minutes=minutes)).strftime("%Y%m%dT%H%M%SZ"),
        "domain": "paper.example",
        "language": "English",
        **told,
    }


def listing(*articles: Any) -> Answer:
    return answer(json.dumps({"articles": list(articles)} if articles else {}))


def searched(reply: Any, checkpoint: Any = None, **settings: Any) -> tuple[Batch, dict[str, str]]:
    """A poll, and what it asked for."""
    fetcher = FakeFetcher({URL: reply})
    told = GdeltSettings(**{"query": '"holm nook primary" preston', **settings})
    batch = GdeltSource(told, tools(fetcher)).poll(checkpoint)
    (call,) = fetcher.calls
    return batch, {name: values[0] for name, values in parse_qs(urlsplit(call.url).query).items()}


def poll(reply: Any, checkpoint: Any = None, **settings: Any) -> Batch:
    return searched(reply, checkpoint, **settings)[0]


def entry(**settings: Any) -> Entry:
    return poll(listing(article("a")), **settings).entries[0]


def titles(batch: Batch) -> list[str]:
    return [one.title.removeprefix("Title of ") for one in batch.entries]


# --- asking ----------------------------------------------------------------------------------------


def test_a_poll_is_one_request_for_the_oldest_of_the_last_three_days() -> None:
    _, asked = searched(listing(), language="English", country="uk")

    assert asked == {
        "query": '"holm nook primary" preston sourcelang:english sourcecountry:UK',
        "mode": "artlist",
        "format": "json",
        "sort": "dateasc",
        "maxrecords": "250",
        "startdatetime": "20261120100000",
        "enddatetime": "20261123100001",
    }


def test_it_asks_from_three_hours_before_the_newest_article() -> None:
    first = poll(listing(article("a", minutes=90), article("b", minutes=30)))
    second, asked = searched(
        listing(article("b", minutes=30), article("late", minutes=100)), first.checkpoint
    )

    assert asked["startdatetime"] == "20261123063000"
    assert titles(second) == ["late"]
    assert second.checkpoint["watermark"] == first.checkpoint["watermark"]


def test_years_without_news_do_not_lead_beyond_what_it_searches() -> None:
    _, asked = searched(listing(), {"watermark": "2024-01-01T00:00:00+00:00"})

    assert asked["startdatetime"] == "20260904100000"


def test_without_news_the_question_stays_the_same() -> None:
    clock = FixedClock()
    checkpoint = None
    starts = []
    for _ in range(3):
        fetcher = FakeFetcher({URL: listing()})
        batch = GdeltSource(GdeltSettings(query="holm"), tools(fetcher, now=clock)).poll(checkpoint)
        starts.append(parse_qs(urlsplit(fetcher.calls[0].url).query)["startdatetime"][0])
        checkpoint = batch.checkpoint
        clock.advance(timedelta(hours=1))

    assert starts == ["20261120100000", "20261120070000", "20261120070000"]


# --- more than one answer holds --------------------------------------------------------------------


def index(*articles: dict[str, Any]) -> Callable[[Call], Answer]:
    """The real thing: oldest first, 250 at most, from the moment that is asked for."""

    def page(call: Call) -> Answer:
        start = parse_qs(urlsplit(call.url).query)["startdatetime"][0]
        there = [one for one in articles if one["seendate"].replace("T", "").rstrip("Z") >= start]
        return listing(*there[:MAX_RECORDS])

    return page


def test_where_an_answer_is_full_the_next_poll_goes_on_from_there() -> None:
    storm = index(*(article(str(n), minutes=1_000 - n) for n in range(600)))
    checkpoint: Any = {"watermark": (NOW - timedelta(days=2)).isoformat()}
    found = []
    gaps = []
    for _ in range(4):
        batch = poll(storm, checkpoint)
        checkpoint = json.loads(json.dumps(batch.checkpoint))
        found += titles(batch)
        gaps.append(batch.gap)

    assert found == [str(n) for n in range(600)]
    assert gaps == [True, True, False, False]


def test_a_full_answer_is_told() -> None:
    batch = poll(index(*(article(str(n), minutes=900 - n) for n in range(300))))

    assert not batch.gap  # the first look is no gap
    assert "next poll goes on" in batch.notes[0]


def test_more_of_one_moment_than_an_answer_holds_is_no_endless_loop() -> None:
    storm = index(*(article(str(n), minutes=60) for n in range(300)), article("after", minutes=5))
    checkpoint = None
    found = []
    for _ in range(4):
        batch = poll(storm, checkpoint)
        checkpoint = batch.checkpoint
        found += titles(batch)

    assert "after" in found
    assert len(found) == MAX_RECORDS + 1


def test_what_is_remembered_has_a_limit() -> None:
    checkpoint = {"watermark": NOW.isoformat(), "recent": [str(n) for n in range(5_000)]}

    assert len(poll(listing(article("a")), checkpoint).checkpoint["recent"]) == MAX_REMEMBERED


# --- articles --------------------------------------------------------------------------------------


def test_an_article_comes_once_however_its_address_is_decorated() -> None:
    url = "https://Paper.EXAMPLE/a?id=1"
    batch = poll(listing(*(article("a", url=url + tail) for tail in ("&utm_source=x", "#top", ""))))

    assert [one.id for one in batch.entries] == ["https://paper.example/a?id=1"]
    assert batch.entries[0].url == batch.entries[0].id


def test_what_the_search_promises_of_the_text_can_be_found() -> None:
    assert entry().text == "The article contains: holm nook primary"
    assert (
        entry(query='"holm nook" "primary school"').text == "The article contains: holm nook · primary school"
    )


@pytest.mark.parametrize("query", ["holm nook", '("holm nook" OR "holmnook")', 'preston -"holm nook"'])
def test_what_it_does_not_promise_is_not_said(query: str) -> None:
    assert entry(query=query).text == ""


def test_an_article_in_another_language_is_left_out_and_known() -> None:
    french = listing(article("a", language="French"), article("b"), article("c", language="Klingon"))
    batch = poll(french, language="english")

    assert titles(batch) == ["b", "c"]
    assert [one.language for one in batch.entries] == ["en", ""]
    assert batch.skipped == 0
    assert titles(poll(french)) == ["a", "b", "c"]


@pytest.mark.parametrize("junk", [None, 7, [], {}, {"url": "javascript:x"}, {"url": 7}, {"url": "https://["}])
def test_what_is_no_article_spoils_no_other(junk: Any) -> None:
    batch = poll(listing(junk, article("a")))

    assert titles(batch) == ["a"]
    assert batch.skipped == 1


def test_an_article_without_a_sane_time_is_an_article() -> None:
    batch = poll(listing(article("a", seendate="yesterday"), article("b", seendate="99991231T235959Z")))

    assert [one.published for one in batch.entries] == [None, None]
    assert datetime.fromisoformat(batch.checkpoint["watermark"]) == NOW - timedelta(days=3)


def test_backslashes_and_controls_in_titles_cost_nothing() -> None:
    title = rb"Head \'s \"best\" \\ day \x".replace(b"day", b"day\t\x01")
    body = b'{"articles": [{"url": "https://p.example/a", "title": "%b"}]}' % title

    assert poll(answer(body)).entries[0].title == 'Head \'s "best" \\ day x'


# --- what is no list -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 429])
def test_who_asks_too_fast_is_told_so_in_words(status: int) -> None:
    with pytest.raises(Throttled) as caught:
        poll(answer(TOO_FAST, status))

    assert caught.value.retry_after == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("The specified phrase is too short.", Unreadable),
        ("Your query was too long", Unreadable),
        ("<html>", Unreadable),
        ("", Unreadable),
        ("[]", Unreadable),
        ('{"status": "ok"}', Unreadable),
        ('{"articles": {}}', Unreadable),
        ('{"articles": null}', Unreadable),
        ('{"articles": [', Unreadable),
    ],
)
def test_an_answer_that_is_no_list_is_an_error(body: str, error: type[SourceError]) -> None:
    with pytest.raises(error) as caught:
        poll(answer(body))

    assert "specified" not in str(caught.value)


def test_who_searches_for_what_is_refused_learns_what_to_do() -> None:
    with pytest.raises(Unreadable) as caught:
        poll(answer("The specified phrase is too short."))

    assert "too short" in caught.value.remedy


def test_nothing_found_is_an_empty_object() -> None:
    batch = poll(answer("{}"))

    assert batch.entries == ()
    assert batch.unchanged


def test_it_is_given_time_to_think_and_to_rest() -> None:
    asked: dict[str, float | None] = {}

    class Patient(FakeFetcher):
        def get(self, url: str, **told: Any) -> Answer:
            asked.update(timeout=told["timeout"], pause=told["pause"])
            return super().get(url, **told)

    GdeltSource(GdeltSettings(query="holm"), tools(Patient({URL: listing()}))).poll(None)

    assert asked == {"timeout": 40, "pause": 6}  # it asks for five seconds between two requests


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"query": ""}, "at least 1"),
        ({"query": "x" * 501}, "at most 500"),
        ({"query": '"holm nook'}, "quotation mark is missing"),
        ({"query": "holm OR nook"}, "need brackets"),
        ({"query": '"ab"'}, "fewer than three letters"),
        ({"query": "holm", "language": "en glish"}, "language"),
        ({"query": "holm", "country": "U-K"}, "country"),
        ({"query": "holm", "service": "gdelt"}, "complete web address"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        GdeltSettings(**told)


def test_a_search_is_one_place_by_its_words_and_filters() -> None:
    settings = GdeltSettings(query='"holm  nook"', country="UK", service="http://127.0.0.1:8481/")

    assert KIND.locate(settings) == 'http://127.0.0.1:8481?query="holm nook" sourcecountry:UK'
    assert KIND.host(settings) == "127.0.0.1:8481"
