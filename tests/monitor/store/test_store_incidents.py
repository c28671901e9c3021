"""People act on stories: each act counts once, is written into the history, and can be undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.base import Category, NotificationKind, Severity
from monitor.errors import StoreRefused
from monitor.facts import IncidentRow, MentionRow
from monitor.model import Certainty, Plan
from monitor.store import Store, incidents, mentions, outbox, polls
from monitor.store.tables import incident
from tests.monitor.store.given import (
    DSL,
    HEAD,
    NOW,
    SCHOOLS,
    SLUG,
    change,
    finding,
    mention,
    put,
    speak,
    spec,
    told,
    watched,
)

LATER = NOW + timedelta(hours=1)
LATEST = NOW + timedelta(hours=2)


def _story(store: Store, number: int = 1) -> IncidentRow:
    with store.read() as tx:
        row = incidents.get(tx, number)
    assert row is not None
    return row


def _member(store: Store, number: int = 1) -> MentionRow:
    with store.read() as tx:
        row = mentions.get(tx, number)
    assert row is not None
    return row


def _acts(store: Store) -> list[tuple[datetime, str, str, str]]:
    with store.read() as tx:
        return [(event.at, event.what, event.by, event.detail) for event in incidents.events(tx, 1)][1:]


def _take(store: Store, by: str, now: datetime = NOW) -> bool:
    with store.write() as tx:
        return incidents.take(tx, 1, by=by, via="mail", now=now)


def _close(store: Store, now: datetime = NOW, note: str = "") -> bool:
    with store.write() as tx:
        return incidents.close(tx, 1, outcome="answered", note=note, by="head", via="mail", now=now)


def _not_us(store: Store, now: datetime = NOW) -> bool:
    with store.write() as tx:
        return incidents.not_us(tx, 1, by="head", via="cli", now=now)


def _reopen(store: Store, now: datetime = NOW) -> bool:
    with store.write() as tx:
        return incidents.reopen(tx, 1, by="dsl", via="mail", now=now)


def test_mine_makes_somebody_the_owner_and_is_the_first_look(store: Store) -> None:
    put(store, told(), watched(store))
    assert [_take(store, "head", LATER), _take(store, "head", LATEST)] == [True, False]
    story = _story(store)
    assert (story.owner, story.first_look_at) == ("head", LATER)
    assert _acts(store) == [(LATER, "mine", "head", "")]


def test_another_person_may_take_over_and_the_first_look_stays(store: Store) -> None:
    put(store, told(), watched(store))
    _take(store, "head", LATER)
    assert _take(store, "dsl", LATEST)
    assert (_story(store).owner, _story(store).first_look_at) == ("dsl", LATER)


def test_closing_tells_the_outcome_once_and_drops_the_authors_name(store: Store) -> None:
    put(store, told(), watched(store))
    assert _member(store).author == "@somebody"
    assert [_close(store, LATER, "wrote back"), _close(store, LATEST)] == [True, False]
    story = _story(store)
    assert (story.closed_at, story.outcome, story.first_look_at) == (LATER, "answered", LATER)
    assert _acts(store) == [(LATER, "done", "head", "answered")]
    assert _member(store).author == ""


def test_a_closed_story_is_nobodys(store: Store) -> None:
    put(store, told(), watched(store))
    _close(store)
    assert not _take(store, "head")
    assert not _not_us(store)


def test_closing_cancels_reminders_that_wait_and_nothing_else(store: Store) -> None:
    put(store, told(to=(HEAD,)), watched(store))
    with store.write() as tx:
        for to in (HEAD, DSL):
            outbox.add(tx, speak(kind=NotificationKind.REMINDER, to=(to,)), "", NOW)
        being_sent = outbox.claim(tx, NOW, limit=2)
    _close(store)
    with store.write() as tx:
        left = [(row.kind, row.state) for row in outbox.waiting(tx)]
        settled = [outbox.sent(tx, task, message_id="<x>", code="250", now=NOW) for task in being_sent]
    assert left == [("alert", "leased"), ("reminder", "leased")]
    assert settled == [True, True]


def test_closing_leaves_an_alert_that_waits(store: Store) -> None:
    put(store, told(), watched(store))
    _close(store)
    with store.write() as tx:
        assert len(outbox.claim(tx, NOW)) == 1


def test_not_us_closes_and_marks_the_mentions(store: Store) -> None:
    put(store, told(), watched(store))
    assert [_not_us(store, LATER), _not_us(store, LATEST)] == [True, False]
    assert (_story(store).outcome, _member(store).verdict) == ("not_us", "not_us")
    assert _acts(store) == [(LATER, "not_us", "head", "")]


def test_reopening_undoes_closing_and_the_verdict(store: Store) -> None:
    put(store, told(), watched(store))
    assert not _reopen(store)
    _not_us(store, LATER)
    assert [_reopen(store, LATEST), _reopen(store, LATEST)] == [True, False]
    story = _story(store)
    assert (story.closed_at, story.outcome, _member(store).verdict) == (None, "", "")
    assert _acts(store)[-1] == (LATEST, "reopened", "dsl", "")


def test_a_story_whose_subject_has_opened_anew_stays_closed(store: Store) -> None:
    task = watched(store)
    put(store, told(), task)
    _close(store)
    put(store, Plan(incidents=(change(),)), task)
    assert not _reopen(store)


def test_a_number_that_does_not_exist_is_nothing(store: Store) -> None:
    assert not _take(store, "head")
    assert not _close(store)
    assert not _reopen(store)
    with store.read() as tx:
        assert incidents.get(tx, 1) is None
        assert mentions.get(tx, 1) is None
        assert incidents.told(tx, 1) == ()


def test_told_are_those_whose_mail_went_out(store: Store) -> None:
    put(store, told(to=(HEAD, DSL)), watched(store))
    with store.write() as tx:
        for task in outbox.claim(tx, NOW):
            if task.recipient == DSL:
                outbox.sent(tx, task, message_id="<x>", code="250", now=NOW)
        assert incidents.told(tx, 1) == ("dsl", "deputy_head")


def test_numbers_are_never_given_twice(store: Store) -> None:
    task = watched(store)
    put(store, told("k1"), task)
    with store.write() as tx:
        tx.connection.execute(incident.delete())
    put(store, told("k2"), task)
    assert _story(store, 2).subject_key == "k2"


def test_two_open_stories_about_one_thing_are_refused(store: Store) -> None:
    put(store, told(), watched(store))
    with store.read() as tx:
        row = dict(tx.connection.execute(incident.select()).mappings().one())
    del row["id"]
    with pytest.raises(StoreRefused), store.write() as tx:
        tx.connection.execute(incident.insert().values(**row))


def _two_schools(store: Store) -> None:
    task = watched(store)
    put(store, told("low", severity=Severity.LOW), task)
    put(store, told("high"), task, now=LATER)
    maybe = finding("maybe", severity=Severity.NONE, certainty=Certainty.POSSIBLE, categories=())
    put(store, Plan(mentions=(mention(maybe),)), task, now=LATEST)
    with store.write() as tx:
        polls.reconcile(
            tx, [*SCHOOLS, ("alder-bank", "Alder Bank")], [spec(schools=(SLUG, "alder-bank"))], NOW
        )
    threat = finding("other", school="alder-bank", categories=(Category.THREAT_VIOLENCE,))
    put(
        store,
        Plan(
            mentions=(mention(threat, incident="other"),),
            incidents=(
                replace(change("other", school="alder-bank"), categories=(Category.THREAT_VIOLENCE,)),
            ),
        ),
        task,
        now=LATEST,
    )
    with store.write() as tx:
        incidents.close(tx, 2, outcome="answered", note="", by="head", via="cli", now=LATEST)


@pytest.mark.parametrize(
    ("filters", "stories", "posts"),
    [
        ({}, ["other", "high", "low"], ["other", "maybe", "high", "low"]),
        ({"school": SLUG}, ["high", "low"], ["maybe", "high", "low"]),
        ({"severity": Severity.MEDIUM}, ["other", "high"], ["other", "high"]),
        ({"category": Category.THREAT_VIOLENCE}, ["other"], ["other"]),
        ({"since": LATER}, ["other", "high"], ["other", "maybe", "high"]),
        ({"open_only": True}, ["other", "low"], ["other", "low"]),
        ({"limit": 1}, ["other"], ["other"]),
    ],
    ids=["everything", "a school", "graver", "a category", "since", "open", "few"],
)
def test_lists_show_the_latest_first_and_what_was_asked_for(
    store: Store, filters: dict[str, Any], stories: list[str], posts: list[str]
) -> None:
    _two_schools(store)
    with store.read() as tx:
        assert [row.subject_key for row in incidents.listing(tx, **filters)] == stories
        assert [row.key for row in mentions.listing(tx, **filters)] == posts


def test_possible_mentions_can_be_listed_alone(store: Store) -> None:
    _two_schools(store)
    with store.read() as tx:
        assert [row.key for row in mentions.listing(tx, certainty=Certainty.POSSIBLE)] == ["maybe"]
