"""Promise: each petition that a search finds comes once, whatever becomes of it and wherever it stands."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from sources.base import Answer, Batch, Entry
from sources.errors import Unreachable, Unreadable
from sources.petitions import KIND, MAX_PAGES, MAX_REMEMBERED, PetitionsSettings, PetitionsSource
from tests.fakes import Call, FakeFetcher, FixedClock, answer, tools

SITE = "https://petition.parliament.uk"
FIRST = f"{SITE}/petitions.json?q=holm%20nook&state=all"


def petition(number: int, **told: Any) -> dict[str, Any]:
    attributes = {
        "action": f"Do {number}",
        "background": "Because.",
        "additional_details": "Really.",
        "state": "open",
        "signature_count": 10,
        "created_at": "2026-11-01T09:00:00.000Z",
        "opened_at": "2026-11-10T12:00:00.000Z",
        "creator_name": "Jo Whittle",
    }
    return {"type": "petition", "id": number, "attributes": {**attributes, **told}}


def page(*petitions: Any, following: Any = None) -> Answer:
    return answer(json.dumps({"links": {"next": following}, "data": list(petitions)}))


def source(web: Any, **settings: Any) -> PetitionsSource:
    fetcher = web if isinstance(web, FakeFetcher) else FakeFetcher(web)
    return PetitionsSource(PetitionsSettings(**{"query": "holm nook", **settings}), tools(fetcher))


def poll(*petitions: Any, checkpoint: Any = None) -> Batch:
    return source({FIRST: page(*petitions)}).poll(checkpoint)


def ids(batch: Batch) -> list[str]:
    return [entry.id for entry in batch.entries]


def test_a_petition_tells_what_is_asked_and_why() -> None:
    (entry,) = poll(petition(7)).entries

    assert entry == Entry(
        id="7",
        url=f"{SITE}/petitions/7",
        title="Do 7",
        text="Because.\nReally.",
        author="Jo Whittle",
        published=entry.published,
        language="en",
        kind="post",
    )
    assert entry.published
    assert entry.published.isoformat() == "2026-11-10T12:00:00+00:00"


def test_what_becomes_of_a_petition_and_who_signs_is_no_news_but_other_words_are() -> None:
    first = poll(petition(7))
    signed = petition(
        7, signature_count=99_999, state="closed", creator_name=None, updated_at="2026-11-22T00:00:00Z"
    )
    second = poll(signed, checkpoint=first.checkpoint)
    third = poll(petition(7, background="Other words"), checkpoint=second.checkpoint)

    assert second.entries == ()
    assert second.unchanged
    assert ids(third) == ["7"]


def test_pages_are_followed_to_their_end() -> None:
    second = f"{SITE}/petitions.json?page=2&q=holm+nook"
    fetcher = FakeFetcher({FIRST: page(petition(1), following=second), second: page(petition(2))})

    assert ids(source(fetcher).poll(None)) == ["1", "2"]


@pytest.mark.parametrize("link", ["/petitions.json?page=2", "?page=2", f"{SITE}/petitions.json?page=2"])
def test_the_next_page_may_be_named_in_short(link: str) -> None:
    web = {FIRST: page(petition(1), following=link), f"{SITE}/petitions.json?page=2": page(petition(2))}

    assert ids(source(web).poll(None)) == ["1", "2"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/petitions.json?page=2",
        "http://petition.parliament.uk/petitions.json?page=2",
        f"{SITE}/admin?page=2",
        "file:///etc/passwd",
        "https://[",
        "?" + "x" * 3_000,
    ],
)
def test_a_next_page_elsewhere_is_not_followed(link: str) -> None:
    fetcher = FakeFetcher({FIRST: page(petition(1), following=link)})

    with pytest.raises(Unreadable, match="somewhere else"):
        source(fetcher).poll(None)
    assert len(fetcher.calls) == 1


def endless(call: Call) -> Answer:
    number = int(call.url.partition("page=")[2] or 1)
    return page(petition(number), following=f"/petitions.json?page={number + 1}")


def test_an_endless_result_is_cut_off_and_told() -> None:
    fetcher = FakeFetcher({FIRST: endless, f"{SITE}/petitions.json": endless})
    batch = source(fetcher).poll(None)

    assert len(fetcher.calls) == MAX_PAGES
    assert len(batch.entries) == MAX_PAGES
    assert batch.gap


def test_a_slow_site_is_left_after_a_while_and_that_is_told() -> None:
    clock = FixedClock()

    def slow(call: Call) -> Answer:
        clock.advance(timedelta(seconds=25))
        return endless(call) if "petitions.json" in call.url else answer(json.dumps({"data": petition(7)}))

    fetcher = FakeFetcher(
        {f"{SITE}/petitions.json": slow, **{f"{SITE}/petitions/{n}.json": slow for n in range(9)}}
    )
    there = PetitionsSource(PetitionsSettings(query="holm nook"), tools(fetcher, now=clock))
    batch = there.poll(None)

    assert (len(batch.entries), batch.gap) == (3, True)
    fetcher.calls.clear()
    assert there.recheck([str(n) for n in range(9)]) == {}
    assert len(fetcher.calls) == 3


def test_pages_that_repeat_come_to_an_end_and_are_told() -> None:
    fetcher = FakeFetcher({f"{SITE}/petitions.json": page(petition(1), following="?page=2")})
    batch = source(fetcher).poll(None)

    assert len(fetcher.calls) == 2
    assert batch.gap


def test_a_petition_that_moves_to_the_next_page_meanwhile_comes_once() -> None:
    second = f"{SITE}/petitions.json?page=2"
    web = {FIRST: page(petition(1), petition(2), following=second), second: page(petition(2), petition(3))}

    assert ids(source(web).poll(None)) == ["1", "2", "3"]


def test_a_chain_that_breaks_in_the_middle_is_taken_up_whole() -> None:
    second = f"{SITE}/petitions.json?page=2"
    web = {FIRST: page(petition(1), following=second), second: answer(status=502)}

    with pytest.raises(Unreachable):
        source(web).poll(None)


def test_a_rejected_petition_has_its_date_and_a_hidden_one_no_words() -> None:
    hidden = petition(9, action=None, background=None, additional_details=None, state="hidden")
    batch = poll(petition(8, opened_at=None, state="rejected", creator_name=None), hidden)

    assert ids(batch) == ["8"]
    assert batch.entries[0].published
    assert batch.entries[0].published.day == 1
    assert batch.skipped == 1


@pytest.mark.parametrize("junk", [None, 7, [], {}, {"id": 1}, {"id": "../x", "attributes": {"action": "a"}}])
def test_what_is_no_petition_spoils_no_other(junk: Any) -> None:
    batch = poll(junk, petition(2))

    assert ids(batch) == ["2"]
    assert batch.notes == ("some petitions could not be read",)


@pytest.mark.parametrize(
    ("body", "status"),
    [("[]", 200), ("{}", 200), ('{"data": {}}', 200), ("null", 200), ("<html>wall</html>", 403)],
)
def test_an_answer_without_a_list_is_an_error(body: str, status: int) -> None:
    with pytest.raises(Unreadable):
        source({FIRST: answer(body, status)}).poll(None)


def test_what_is_remembered_has_a_limit() -> None:
    batch = poll(petition(1), checkpoint={"seen": [str(n) for n in range(5_000)]})

    assert len(batch.checkpoint["seen"]) == MAX_REMEMBERED
    assert batch.checkpoint["seen"][1] == "0"


# --- looking again ---------------------------------------------------------------------------------


def test_looking_again_tells_what_was_taken_down() -> None:
    single = answer(json.dumps({"links": {}, "data": petition(7, background="Other words")}))
    web = {
        f"{SITE}/petitions/7.json": single,
        f"{SITE}/petitions/8.json": answer(status=410),
        f"{SITE}/petitions/9.json": answer(json.dumps({"data": petition(10)})),
    }
    found = source(web).recheck(["7", "8", "9", "x", "../7"])

    assert found.keys() == {"7", "8"}
    assert found["8"] is None
    assert found["7"]
    assert "Other words" in found["7"].text


def test_looking_again_passes_a_failure_on() -> None:
    with pytest.raises(Unreachable):
        source({f"{SITE}/petitions/7.json": answer(status=500)}).recheck(["7"])


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"query": ""}, "at least 1"),
        ({"query": '" "'}, "expected words"),
        ({"query": "x" * 201}, "at most 200"),
        ({"state": "hidden"}, "'all'"),
        ({"service": "petition.parliament.uk"}, "complete web address"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        PetitionsSettings(**{"query": "holm", **told})


def test_a_search_is_one_place_by_words_and_state() -> None:
    settings = PetitionsSettings(
        query=" holm   nook ", state="open", service="https://petitions.senedd.example/"
    )

    assert KIND.locate(settings) == "https://petitions.senedd.example?q=holm nook&state=open"
    assert KIND.host(settings) == "petitions.senedd.example:443"
