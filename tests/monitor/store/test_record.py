"""One poll is written down whole: mentions, stories, what is to be said, and how far the source was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from alerts.base import Alert, Category, Severity
from monitor.errors import StoreRefused
from monitor.model import WINDOW, EditedMention, Finding, Ground, Keys, NewMention, Plan, Rejected
from monitor.store import Store, incidents, mentions, outbox, polls
from monitor.store.record import LONGEST_ID, LONGEST_URL, Recorded
from monitor.store.tables import delivery, incident, mention_band, notification, poll, source
from monitor.store.tables import mention as mention_table
from monitor.store.tables import rejected as rejected_table
from sources.base import Batch, Entry
from tests.monitor.store.given import (
    DSL,
    HEAD,
    NOW,
    QUARTER,
    SLUG,
    change,
    finding,
    ill,
    mention,
    put,
    speak,
    told,
    watched,
)


def _all(store: Store, *columns: Any) -> list[tuple[Any, ...]]:
    with store.read() as tx:
        return [tuple(row) for row in tx.connection.execute(select(*columns))]


def _edited(found: Finding, text: str, *, incident: str | None = None) -> EditedMention:
    return EditedMention(finding=found, text=text, incident=incident)


def test_a_mention_is_stored_with_everything_known_about_it(store: Store) -> None:
    entry = Entry(
        id="post-1",
        url="https://blog.example/1",
        title="A title",
        text="Long text",
        author="@somebody",
        published=NOW - timedelta(hours=2),
        kind="comment",
        own_account=True,
    )
    found = finding("k1", entry=entry)
    recorded = put(
        store, Plan(mentions=(mention(found, incident="k1"),), incidents=(change(),)), watched(store)
    )
    with store.read() as tx:
        (row,) = mentions.listing(tx)
    assert recorded == Recorded(mentions=1, notifications=0)
    assert (row.id, row.school, row.source, row.source_kind) == (1, SLUG, "local blog", "feed")
    assert (row.title, row.text, row.url, row.author) == (
        "A title",
        "Long text",
        "https://blog.example/1",
        "@somebody",
    )
    assert (row.published_at, row.seen_at, row.due_at) == (entry.published, NOW, NOW + timedelta(days=1))
    assert (row.severity, row.category) == (Severity.HIGH, Category.STAFF_ABUSE_HARASSMENT)
    assert (row.tone, row.compound, row.abuse, row.certainty) == ("neg", -0.42, 0.61, "certain")
    assert row.grounds == (
        Ground(rule="strong", excerpt="holm nook primary"),
        Ground(rule="insult", excerpt="useless", weight=0.5),
    )
    assert (row.clock, row.needs_response, row.incident_id, row.verdict) == ("decide", True, 1, "")


def test_a_name_is_not_kept_without_a_story(store: Store) -> None:
    put(store, Plan(mentions=(mention(finding()),)), watched(store))
    assert _all(store, mention_table.c.author) == [("",)]


def test_what_may_not_be_quoted_leaves_no_words(store: Store) -> None:
    entry = Entry(id="1", title="Private title", text="", quotable=False)
    put(store, Plan(mentions=(replace(mention(finding(entry=entry)), text=""),)), watched(store))
    assert _all(store, mention_table.c.title, mention_table.c.text) == [("", "")]


def test_hostile_text_is_stored_and_bounded(store: Store) -> None:
    entry = Entry(
        id="i" * 9999,
        title="\ud800" + "t" * 9999,
        text="a\0b\udfffc",
        url="https://x.example/" + "u" * LONGEST_URL,
    )
    put(store, Plan(mentions=(mention(finding(entry=entry)),)), watched(store))
    ((identity, title, text, url),) = _all(
        store, mention_table.c.entry_id, mention_table.c.title, mention_table.c.text, mention_table.c.url
    )
    assert (len(identity), len(title), url) == (LONGEST_ID, WINDOW, "")
    assert text == "a\ufffdb?c"


def test_a_duplicate_points_to_the_first_in_the_same_batch_or_before(store: Store) -> None:
    task = watched(store)
    put(store, Plan(mentions=(mention(finding("k1")),)), task)
    put(
        store,
        Plan(
            mentions=(
                mention(finding("k2"), duplicate_of="k1"),
                mention(finding("k3"), duplicate_of="k2"),
                mention(finding("k4"), duplicate_of="erased meanwhile"),
            )
        ),
        task,
    )
    assert _all(store, mention_table.c.id, mention_table.c.duplicate_of) == [
        (1, None),
        (2, 1),
        (3, 2),
        (4, None),
    ]


def test_a_post_that_is_listed_twice_is_one_mention(store: Store) -> None:
    task = watched(store)
    twice = Plan(mentions=(mention(finding()), mention(finding())))
    assert put(store, twice, task) == Recorded(mentions=1, notifications=0)
    assert put(store, twice, task) == Recorded(mentions=0, notifications=0)
    assert len(_all(store, mention_table.c.id)) == 1


def test_an_opened_story_has_a_number_a_history_and_its_mentions(store: Store) -> None:
    put(store, told(), watched(store))
    with store.read() as tx:
        story = incidents.get(tx, 1)
        history = incidents.events(tx, 1)
        members = incidents.mentions_of(tx, 1)
    assert story is not None
    assert (story.subject_key, story.count, story.opened_at, story.last_mention_at) == ("k1", 1, NOW, NOW)
    assert (story.owner, story.closed_at, story.outcome, story.first_look_at) == ("", None, "", None)
    assert [(event.what, event.detail) for event in history] == [("opened", "high")]
    assert [member.key for member in members] == ["k1"]


def test_a_story_that_grows_and_worsens_says_so_in_its_history(store: Store) -> None:
    task = watched(store)
    put(store, told(severity=Severity.MEDIUM), task)
    later = NOW + QUARTER
    worse = change(opened=False, severity=Severity.CRITICAL, count=10, grown_to=10)
    put(store, Plan(mentions=(mention(finding("k2"), incident="k1"),), incidents=(worse,)), task, now=later)
    put(store, Plan(incidents=(replace(worse, count=11),)), task, now=later)
    with store.read() as tx:
        story = incidents.get(tx, 1)
        history = [(event.at, event.what, event.detail) for event in incidents.events(tx, 1)]
    assert story is not None
    assert (story.severity, story.count, story.last_mention_at) == (Severity.CRITICAL, 11, later)
    assert history == [(NOW, "opened", "medium"), (later, "worsened", "critical"), (later, "grew", "10")]


def test_a_mention_may_join_a_story_that_does_not_change(store: Store) -> None:
    task = watched(store)
    put(store, told(), task)
    put(store, Plan(mentions=(mention(finding("k2"), incident="k1"),)), task)
    assert _all(store, mention_table.c.incident_id) == [(1,), (1,)]


def test_a_story_opens_anew_after_it_was_closed_and_gets_what_belongs_to_it(store: Store) -> None:
    task = watched(store)
    put(store, told(), task)
    with store.write() as tx:
        incidents.close(tx, 1, outcome="answered", note="", by="head", via="mail", now=NOW)
    again = Plan(
        mentions=(mention(finding("k2"), incident="k1"),), incidents=(change(),), notifications=(speak(),)
    )
    put(store, again, task)
    assert _all(store, mention_table.c.key, mention_table.c.incident_id) == [("k1", 1), ("k2", 2)]
    assert _all(store, notification.c.incident_id, notification.c.sequence) == [(1, 0), (2, 1)]


def test_an_edited_post_is_what_it_says_now(store: Store) -> None:
    task = watched(store)
    first = finding(keys=Keys(key="k1", content="c1", text="t1", bands=(1, 2)))
    put(store, Plan(mentions=(mention(first),)), task)
    second = finding(
        severity=Severity.CRITICAL,
        categories=(Category.THREAT_VIOLENCE, Category.STAFF_ABUSE_HARASSMENT),
        keys=Keys(key="k1", content="c2", text="t2", bands=(2, 3)),
        entry=Entry(id="id-k1", title="New", text="Worse", author="@somebody"),
    )
    plan = Plan(
        edited=(_edited(second, "Worse", incident="k1"),), incidents=(change(severity=Severity.CRITICAL),)
    )
    put(store, plan, task, now=NOW + QUARTER)
    with store.read() as tx:
        row = mentions.get(tx, 1)
    assert row is not None
    assert (row.title, row.text, row.severity, row.incident_id) == ("New", "Worse", Severity.CRITICAL, 1)
    assert row.categories == (Category.THREAT_VIOLENCE, Category.STAFF_ABUSE_HARASSMENT)
    assert (row.seen_at, row.author) == (NOW, "@somebody")
    assert _all(store, mention_table.c.content_key, mention_table.c.text_key, mention_table.c.edits) == [
        ("c2", "t2", 1)
    ]
    assert sorted(_all(store, mention_band.c.band)) == [(2,), (3,)]


def test_an_edit_without_a_story_leaves_the_mention_where_it_was(store: Store) -> None:
    task = watched(store)
    put(store, told(), task)
    put(store, Plan(edited=(_edited(finding(), "New words"),)), task)
    assert _all(store, mention_table.c.text, mention_table.c.incident_id) == [("New words", 1)]


def test_an_edit_of_a_post_that_was_erased_meanwhile_brings_nothing_back(store: Store) -> None:
    put(store, Plan(edited=(_edited(finding(), "New words"),)), watched(store))
    assert _all(store, mention_table.c.id) == []


def test_what_is_said_names_mentions_by_the_numbers_people_read(store: Store) -> None:
    task = watched(store)
    put(store, Plan(mentions=(mention(finding("k0")),)), task)
    put(store, told(), task)
    with store.write() as tx:
        (delivered,) = outbox.claim(tx, NOW)
    assert isinstance(delivered.payload, Alert)
    assert [item.mention for item in delivered.payload.items] == ["M2"]


def test_what_has_no_items_is_said_as_it_is(store: Store) -> None:
    task = watched(store)
    put(store, Plan(notifications=(ill(),)), task)
    with store.write() as tx:
        (delivered,) = outbox.claim(tx, NOW)
    assert delivered.payload == ill().payload


def test_everyone_who_is_to_hear_gets_a_delivery_of_their_own(store: Store) -> None:
    put(store, told(to=(HEAD, DSL, HEAD)), watched(store))
    assert _all(store, delivery.c.recipient, delivery.c.roles, delivery.c.state) == [
        ("head@holm-nook.example", ["head"], "pending"),
        ("dsl@holm-nook.example", ["dsl", "deputy_head"], "pending"),
    ]


def test_the_source_moves_on_together_with_what_was_found(store: Store) -> None:
    task = watched(store)
    put(store, told(), task, batch=Batch(entries=(), checkpoint={"since": "42"}, http_status=200))
    (row,) = _all(
        store, source.c.checkpoint, source.c.next_poll_at, source.c.last_ok_at, source.c.http_status
    )
    assert row == ({"since": "42"}, NOW + QUARTER, NOW, 200)
    (visit,) = _all(store, poll.c.outcome, poll.c.entries, poll.c.matched, poll.c.since)
    assert visit == ("new", 1, 1, None)


def test_a_plan_that_is_refused_leaves_nothing_and_moves_nothing(store: Store) -> None:
    task = watched(store)
    bad = replace(told(), mentions=(mention(finding(), incident="k1"), _impossible()))
    with pytest.raises(StoreRefused):
        put(store, bad, task, others=[(b"e" * 16, b"c" * 16)])
    assert [
        _all(store, func.count(table.c.id)) for table in (mention_table, incident, notification, delivery)
    ] == [[(0,)]] * 4
    assert _all(store, source.c.checkpoint) == [(None,)]
    with store.read() as tx:
        assert polls.seen(tx, task.id, [b"e" * 16]) == {}


def _impossible() -> NewMention:
    found = finding("k2")
    return mention(replace(found, assessment=replace(found.assessment, abuse=7.0)))


def test_entries_that_broke_us_are_kept_once_each(store: Store) -> None:
    task = watched(store)
    broken = Plan(rejected=(Rejected(entry_id="x" * 9999, error="ValueError in examine"),))
    put(store, broken, task)
    put(store, broken, task, now=NOW + QUARTER)
    assert _all(store, rejected_table.c.error, rejected_table.c.at) == [
        ("ValueError in examine", NOW + QUARTER)
    ]
    with store.read() as tx:
        assert [status.rejected for status in polls.statuses(tx)] == [1]
