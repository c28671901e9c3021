"""Promise: comments below the school's pictures are found with all their answers, and its own answers are known as its own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from sources.base import Entry, Tools
from sources.cage import InProcess
from sources.errors import Unreadable
from sources.instagram import KIND, InstagramSettings
from tests.fakes import NOW, FakeFetcher, FixedClock, answer
from tests.sources.http_server import Web
from tests.sources.platforms.frame import Watch, as_json, instead, twisted
from tests.sources.platforms.instagram import ACCOUNT, LINK, MEDIA, InstagramComments

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def account(web: Web, clock: FixedClock) -> InstagramComments:
    return InstagramComments(web, clock)


def test_an_answer_of_the_schools_own_account_is_known_whatever_letters_it_is_written_in(
    account: InstagramComments,
) -> None:
    question = account.add("Holm Nook, when?", at=NOW - 2 * HOUR)
    reply = account.by_us("at two", reply_to=question, at=NOW - HOUR)
    other = account.add("and on Friday", reply_to=question, author="HOLMNOOK")
    watch = Watch(account)  # the account says that it is called HolmNook
    watch.poll()

    assert watch.found[question].own_account
    assert watch.found[other].by_us
    assert watch.found[reply] == Entry(
        id=reply,
        url=f"{LINK}c/{reply}/",
        text="at two",
        author="holmnook",
        published=NOW - HOUR,
        kind="comment",
        thread=question,
        reply_to=question,
        by_us=True,
    )


@pytest.mark.parametrize("told", [{"id": ACCOUNT}, {"id": ACCOUNT, "username": ""}, {"username": ["x"]}])
def test_without_the_name_of_the_account_nothing_is_taken_for_a_parents(
    account: InstagramComments, told: dict[str, Any]
) -> None:
    account.by_us("at two", reply_to=account.add("Holm Nook, when?"))
    account.misbehave(instead(as_json(told)), at=1)
    with pytest.raises(Unreadable, match="its own answers could not be told"):
        Watch(account).poll()


def test_the_name_is_asked_for_once_a_day(account: InstagramComments, clock: FixedClock) -> None:
    source: Any = account.source()
    checkpoint = None
    for _ in range(5):
        checkpoint = source.poll(checkpoint).checkpoint
        clock.advance(6 * HOUR)
    asked = [request for request in account.requests if request.path.endswith(f"/{ACCOUNT}")]
    assert len(asked) == 2


def test_more_answers_than_come_with_a_comment_are_asked_for(account: InstagramComments) -> None:
    question = account.add("Holm Nook, when?", at=NOW - 9 * HOUR)
    answers = {
        account.add(f"Holm Nook {n}", reply_to=question, at=NOW - HOUR) for n in range(account.page_size + 3)
    }
    watch = Watch(account)
    batch = watch.poll()

    assert set(watch.found) == {question, *answers}
    assert {watch.found[name].thread for name in answers} == {question}
    assert not batch.gap
    assert not any("counts" in note for note in batch.notes)


def test_answers_that_cannot_be_read_are_counted(account: InstagramComments) -> None:
    question = account.add("Holm Nook, when?")
    account.add("Holm Nook!", reply_to=question)
    broken = twisted(lambda told: {"data": [{**one, "replies": {"data": 7}} for one in told["data"]]})
    account.misbehave(broken, at=4)
    batch = Watch(account).poll()

    assert [entry.id for entry in batch.entries] == [question]
    assert batch.skipped == 1


def test_answers_that_there_was_no_time_for_come_with_the_next_poll(
    account: InstagramComments, clock: FixedClock
) -> None:
    question = account.add("Holm Nook, when?", at=NOW - 9 * HOUR)
    answers = {
        account.add(f"Holm Nook {n}", reply_to=question, at=NOW - HOUR) for n in range(account.page_size + 3)
    }
    watch = Watch(account)
    account.before(4, lambda: clock.advance(timedelta(seconds=70)))
    watch.poll()
    assert question in watch.found
    assert not answers <= set(watch.found)
    account.heal()
    watch.poll()

    assert answers <= set(watch.found)
    assert not watch.gap


def test_a_comment_that_is_gone_is_told_and_its_picture_is_named_where_it_is_not(
    account: InstagramComments,
) -> None:
    gone, there = account.add("Holm Nook!"), account.add("Holm Nook?")
    account.remove(gone)
    source: Any = account.source()
    found = source.recheck([gone, there])

    assert found[gone] is None
    assert found[there].reply_to == f"ig:media:{MEDIA}"
    assert found[there].url == f"{LINK}c/{there}/"


def test_the_accounts_own_front_door_is_asked_in_the_same_way() -> None:
    door = "https://graph.instagram.com"
    settings = InstagramSettings.model_validate(
        {"token": {"file": "t"}, "account": ACCOUNT, "graph": f"{door}/", "version": "v27.0"}
    )
    comment = {"id": "1800", "text": "Holm Nook", "timestamp": "2026-11-23T09:00:00+0000", "username": "pat"}
    web = {
        f"{door}/v27.0/{ACCOUNT}": answer(json.dumps({"username": "holmnook"})),
        f"{door}/v27.0/{ACCOUNT}/media": answer(json.dumps({"data": [{"id": MEDIA, "comments_count": 1}]})),
        f"{door}/v27.0/{ACCOUNT}/tags": answer(json.dumps({"data": []})),
        f"{door}/v27.0/{MEDIA}/comments": answer(json.dumps({"data": [comment]})),
    }
    fetcher = FakeFetcher(web)
    tools = Tools(fetcher=fetcher, parser=InProcess(), secret=lambda _: "IGInvented", now=FixedClock())
    batch = KIND.build(settings, tools).poll(None)

    assert [entry.id for entry in batch.entries] == ["1800"]
    assert KIND.host(settings) == "graph.instagram.com:443"
    assert KIND.locate(settings) == f"{door}/{ACCOUNT}"
    assert {call.headers["Authorization"] for call in fetcher.calls} == {"Bearer IGInvented"}
