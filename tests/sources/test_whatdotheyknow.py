"""Promise: each event of a public request for information comes once, as a feed reader would have it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.matching import Matcher
from sources.base import Batch, Entry
from sources.errors import Unreadable
from sources.whatdotheyknow import KIND, WhatDoTheyKnowSettings, WhatDoTheyKnowSource
from tests.fakes import FakeFetcher, answer, tools
from tests.monitor.test_matching import PLAIN

URL = "https://www.whatdotheyknow.com/feed/body/holm_nook.json"
NAME = "Holm Nook Community Primary School"


def event(number: int = 1, **told: Any) -> dict[str, Any]:
    return {
        "id": number,
        "event_type": "sent",
        "created_at": "2026-11-20T09:00:00.000+00:00",
        "snippet": "Please tell me…",
        "info_request": {"id": 5, "url_title": "school_meals", "title": "School meals"},
        "public_body": {"url_name": "holm_nook", "name": NAME},
        "user": {"name": "A Ashworth"},
        **told,
    }


def poll(*events: Any, checkpoint: Any = None, fetcher: FakeFetcher | None = None) -> Batch:
    web = fetcher or FakeFetcher({URL: answer(json.dumps(list(events)))})
    return WhatDoTheyKnowSource(WhatDoTheyKnowSettings(body="holm_nook"), tools(web)).poll(checkpoint)


def entry(**told: Any) -> Entry:
    return poll(event(**told)).entries[0]


def test_an_event_is_about_the_authority_whatever_its_words() -> None:
    found = entry()

    assert found.title == f"School meals (request to {NAME})"
    assert (found.kind, found.author, found.thread) == ("foi", "A Ashworth", "InfoRequest/school_meals")
    (match,) = Matcher({"holm-nook": PLAIN}).find(found)
    assert match.certainty == "certain"
    assert entry(public_body=None).title == "School meals"


@pytest.mark.parametrize(
    ("told", "anchor"),
    [
        ({"incoming_message_id": 3}, "#incoming-3"),
        ({"outgoing_message_id": 4}, "#outgoing-4"),
        ({"comment_id": 5}, "#comment-5"),
        ({"incoming_message_id": None, "comment_id": "x"}, ""),
        ({}, ""),
    ],
)
def test_an_event_can_be_seen_where_it_stands(told: dict[str, Any], anchor: str) -> None:
    assert entry(**told).url == f"https://www.whatdotheyknow.com/request/school_meals{anchor}"


def test_an_answer_is_the_authority_s() -> None:
    assert entry(event_type="response").author == NAME
    assert entry(event_type="response", public_body={}).author == ""


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"snippet": "a <b>bold</b> &amp; <i>new</i> word"}, "a bold & new word"),
        ({"snippet": ""}, "A request was made."),
        ({"snippet": None, "event_type": "very_overdue"}, "The response is long overdue."),
        ({"snippet": None, "event_type": "never heard of"}, ""),
    ],
)
def test_an_event_without_words_is_told_in_ours(told: dict[str, Any], text: str) -> None:
    assert entry(**told).text == text


@pytest.mark.parametrize(
    "junk",
    [
        None, 7, "x", [], {}, {"id": None}, event(info_request=None), event(info_request={"url_title": ""}),
        event(info_request={"url_title": "../../admin"}), event(info_request={"url_title": "a b"}), event(0, id=None),
    ],
)  # fmt: skip
def test_what_is_no_event_spoils_no_other(junk: Any) -> None:
    batch = poll(junk, event(2))

    assert [one.id for one in batch.entries] == ["InfoRequestEvent/2"]
    assert batch.skipped == 1


def test_what_is_new_comes_once_and_what_scrolled_off_is_a_gap() -> None:
    first = poll(event(2), event(1))
    second = poll(event(3), event(2), event(1), checkpoint=first.checkpoint)
    third = poll(event(40), event(39), checkpoint=second.checkpoint)

    assert [one.id for one in second.entries] == ["InfoRequestEvent/3"]
    assert (first.gap, second.gap, third.gap) == (False, False, True)


def test_an_authority_that_nobody_asked_yet_is_no_error() -> None:
    empty = poll()

    assert empty.entries == ()
    assert poll(event(1), checkpoint=empty.checkpoint).entries


def test_a_list_that_has_become_empty_is_an_error_because_requests_stay_for_ever() -> None:
    first = poll(event(1))

    with pytest.raises(Unreadable, match="become empty"):
        poll(checkpoint=first.checkpoint)


@pytest.mark.parametrize("body", ["", "<html>", "{}", '{"error": "x"}', "[", "null"])
def test_an_answer_that_is_no_list_is_an_error(body: str) -> None:
    with pytest.raises(Unreadable):
        poll(fetcher=FakeFetcher({URL: answer(body)}))


def test_it_is_asked_as_a_feed_is_and_the_verdict_of_robots_txt_is_shown() -> None:
    fetcher = FakeFetcher({URL: answer(json.dumps([event()]))}, disallowed=[URL])
    batch = poll(fetcher=fetcher)

    assert batch.entries
    assert batch.robots == "disallowed"
    assert not fetcher.calls[0].obey_robots
    assert KIND.every == timedelta(hours=6)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "give body"),
        ({"body": "x", "query": "y"}, "one of them only"),
        ({"query": "  "}, "give body"),
        ({"body": "https://www.whatdotheyknow.com/body/x"}, "last part of the address"),
        ({"body": "a/b"}, "last part of the address"),
        ({"query": "x" * 301}, "at most 300"),
        ({"body": "x", "service": "whatdotheyknow"}, "complete web address"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        WhatDoTheyKnowSettings(**told)


def test_a_search_is_one_place_by_its_words() -> None:
    search = WhatDoTheyKnowSettings(query='"holm  nook" a/b?', service="https://foi.example:8443/")

    assert KIND.locate(search) == "https://foi.example:8443/feed/search/%22holm%20nook%22%20a%2Fb%3F.json"
    assert KIND.host(search) == "foi.example:8443"
