"""What has been kept long enough goes, in full; what is open or still to be sent stays; and nothing that went comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from alerts.base import NotificationKind, Severity
from monitor.model import Finding, Known, Plan, Rejected
from monitor.store import Store, digests, incidents, mentions, outbox
from monitor.store.purge import CRITICAL_AFTER_CLOSING, LITTLE, LONGEST_MEMORY, MUCH, purge
from monitor.store.record import known
from monitor.store.tables import (
    bygone,
    delivery,
    incident,
    mention_band,
    notification,
    poll,
    rejected,
    seen,
    tally,
)
from monitor.store.tables import (
    mention as mention_table,
)
from tests.monitor.store.given import (
    HEAD,
    NOW,
    SLUG,
    alert,
    change,
    finding,
    ill,
    mention,
    put,
    speak,
    told,
    watched,
)

DAY = timedelta(days=1)


def _purge(store: Store, days: float) -> dict[str, int]:
    with store.write() as tx:
        return {what: many for what, many in purge(tx, NOW + days * DAY).items() if many}


def _keys(store: Store) -> list[str]:
    with store.read() as tx:
        return sorted(row.key for row in mentions.listing(tx))


def _close(store: Store, days: float, number: int = 1, note: str = "") -> None:
    with store.write() as tx:
        incidents.close(
            tx, number, outcome="answered", note=note, by="head", via="mail", now=NOW + days * DAY
        )


def _known(store: Store, found: Finding) -> Known:
    with store.write() as tx:
        return known(tx, [found])


def _count(store: Store, table: Any) -> int:
    with store.read() as tx:
        return int(tx.connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.mark.parametrize(
    ("severity", "kept"),
    [
        (Severity.NONE, LITTLE),
        (Severity.LOW, LITTLE),
        (Severity.MEDIUM, MUCH),
        (Severity.HIGH, MUCH),
        (Severity.CRITICAL, CRITICAL_AFTER_CLOSING),
    ],
    ids=lambda value: value.word if isinstance(value, Severity) else "",
)
def test_a_mention_without_a_story_is_kept_as_long_as_its_severity_asks(
    store: Store, severity: Severity, kept: timedelta
) -> None:
    put(store, Plan(mentions=(mention(finding(severity=severity)),)), watched(store))
    _purge(store, kept.days)
    assert _keys(store) == ["k1"]
    assert _purge(store, kept.days + 0.01)["mentions"] == 1
    assert _keys(store) == []


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.HIGH, Severity.CRITICAL])
def test_nothing_of_an_open_story_is_forgotten(store: Store, severity: Severity) -> None:
    put(store, told(severity=severity), watched(store))
    _purge(store, 4000)
    with store.read() as tx:
        (row,) = mentions.listing(tx)
    assert (row.text, row.author) == ("Text k1", "@somebody")


def test_a_story_is_kept_whole_as_long_as_its_gravest_part_asks(store: Store) -> None:
    task = watched(store)
    put(store, told(severity=Severity.HIGH), task)
    put(store, Plan(mentions=(mention(finding("k2", severity=Severity.LOW), incident="k1"),)), task)
    _close(store, 1)
    _purge(store, 365)
    assert _keys(store) == ["k1", "k2"]
    _purge(store, 366)
    assert _keys(store) == []


def test_a_grave_post_in_a_lesser_story_is_kept_as_a_grave_one(store: Store) -> None:
    task = watched(store)
    plan = told(severity=Severity.LOW)
    put(store, replace(plan, mentions=(mention(finding(severity=Severity.HIGH), incident="k1"),)), task)
    _close(store, 1)
    _purge(store, 100)
    assert _keys(store) == ["k1"]


def test_a_critical_story_goes_ninety_days_after_it_was_closed(store: Store) -> None:
    put(store, told(severity=Severity.CRITICAL), watched(store))
    _close(store, 200)
    _purge(store, 290)
    assert _keys(store) == ["k1"]
    _purge(store, 290.01)
    assert _keys(store) == []


def test_what_was_purged_remains_a_number(store: Store) -> None:
    task = watched(store)
    three = tuple(mention(finding(f"k{n}", severity=Severity.LOW)) for n in range(3))
    put(store, Plan(mentions=three), task)
    assert _purge(store, 31)["mentions"] == 3
    with store.read() as tx:
        (row,) = tx.connection.execute(select(tally)).all()
        facts = digests.week_facts(tx, SLUG, NOW + DAY, NOW + 8 * DAY)
        then = digests.week_facts(tx, SLUG, NOW - DAY, NOW + DAY)
    assert [(each.severity, each.count) for each in then.gone] == [(Severity.LOW, 3)]
    assert facts.gone == ()
    assert (row.hour, row.severity, row.mentions) == (NOW.replace(minute=0), Severity.LOW, 3)
    assert dict(facts.severity_by_week[0])[Severity.LOW] == 3


def test_a_false_alarm_leaves_no_number(store: Store) -> None:
    put(store, told(severity=Severity.LOW), watched(store))
    with store.write() as tx:
        incidents.not_us(tx, 1, by="head", via="mail", now=NOW)
    assert _purge(store, 31)["mentions"] == 1
    assert _count(store, tally) == 0


def test_a_feed_that_still_lists_a_purged_post_brings_nothing_back(store: Store) -> None:
    found = finding(severity=Severity.LOW)
    put(store, Plan(mentions=(mention(found),)), watched(store))
    _purge(store, 31)
    (one,) = _known(store, found).mentions
    assert (one.key, one.keys.content, one.text) == ("k1", "content-k1", "")


def test_a_purged_post_that_says_something_else_now_is_new_and_can_be_purged_again(store: Store) -> None:
    task = watched(store)
    found = finding(severity=Severity.LOW)
    edited = replace(found, keys=replace(found.keys, content="worse"))
    put(store, Plan(mentions=(mention(found),)), task)
    _purge(store, 31)
    assert _known(store, edited) == Known()
    put(store, Plan(mentions=(mention(edited),)), task, now=NOW + 32 * DAY)
    with store.read() as tx:
        assert [row.id for row in mentions.listing(tx)] == [2]
    _purge(store, 100)
    assert len(_known(store, edited).mentions) == 1
    assert _known(store, found) == Known()


def test_the_bands_of_a_purged_mention_go_with_it_and_its_repeats_stay(store: Store) -> None:
    task = watched(store)
    first = finding(severity=Severity.LOW)
    first = replace(first, keys=replace(first.keys, bands=(1, 2)))
    put(store, Plan(mentions=(mention(first), mention(finding("k2"), duplicate_of="k1"))), task)
    _purge(store, 31)
    assert _keys(store) == ["k2"]
    assert _count(store, mention_band) == 0
    with store.read() as tx:
        assert tx.connection.execute(select(mention_table.c.duplicate_of)).scalar() is None


def test_a_name_that_outlived_its_story_is_dropped(store: Store) -> None:
    put(store, told(), watched(store))
    with store.write() as tx:
        tx.connection.execute(incident.update().values(closed_at=NOW, outcome="answered"))
    assert _purge(store, 0) == {"authors": 1}
    assert _purge(store, 0) == {}


def test_a_closed_story_remains_without_its_note_until_even_numbers_go(store: Store) -> None:
    put(store, told(severity=Severity.LOW), watched(store))
    _close(store, 1, note="rang the parents")
    assert _purge(store, 31)["mentions"] == 1
    with store.read() as tx:
        (row,) = tx.connection.execute(select(incident)).all()
    assert (row.note, row.outcome) == ("", "answered")
    assert "incidents" not in _purge(store, 401)
    assert _purge(store, 401.01)["incidents"] == 1


def test_what_mails_quoted_goes_and_their_numbers_stay(store: Store) -> None:
    task = watched(store)
    put(store, told(), task)
    with store.write() as tx:
        (one,) = outbox.claim(tx, NOW)
        outbox.sent(tx, one, message_id="<x>", code="250", now=NOW)
    assert _purge(store, 31)["payloads"] == 1
    assert "payloads" not in _purge(store, 32)
    put(store, Plan(notifications=(speak(),)), task, now=NOW + 32 * DAY)
    with store.write() as tx:
        (two,) = outbox.claim(tx, NOW + 32 * DAY)
    assert two.sequence == 1


def test_what_still_waits_to_be_sent_is_kept_whole(store: Store) -> None:
    put(store, told(), watched(store))
    _purge(store, 1000)
    with store.write() as tx:
        (one,) = outbox.claim(tx, NOW + 1000 * DAY)
    assert (one.payload, one.recipient) == (alert("M1"), HEAD)


def test_settled_messages_go_when_even_numbers_go(store: Store) -> None:
    watched(store)
    with store.write() as tx:
        outbox.add(tx, ill(), "silent", NOW)
        (one,) = outbox.claim(tx, NOW)
        outbox.dead(tx, one, error="550", remedy="check", now=NOW)
    assert "notifications" not in _purge(store, 400)
    assert _purge(store, 400.01)["notifications"] == 1
    assert (_count(store, notification), _count(store, delivery)) == (0, 0)


def test_a_cancelled_reminder_goes_like_a_sent_one(store: Store) -> None:
    put(store, told(), watched(store))
    with store.write() as tx:
        outbox.add(tx, speak(kind=NotificationKind.REMINDER), "", NOW)
        for one in outbox.claim(tx, NOW, limit=1):
            outbox.sent(tx, one, message_id="<x>", code="250", now=NOW)
    _close(store, 0)
    assert _purge(store, 31)["payloads"] == 2


def test_digests_polls_and_counts_go_after_four_hundred_days_and_broken_entries_after_thirty(
    store: Store,
) -> None:
    broken = Plan(
        mentions=(mention(finding(severity=Severity.LOW)),), rejected=(Rejected(entry_id="1", error="x"),)
    )
    put(store, broken, watched(store), others=[(b"e" * 16, b"c" * 16)])
    assert _purge(store, 31) == {"mentions": 1, "rejected": 1}
    assert _purge(store, LONGEST_MEMORY.days - 1) == {}
    assert _purge(store, LONGEST_MEMORY.days + 0.01) == {"seen": 1, "polls": 1, "counts": 1}
    assert _purge(store, 31 + LONGEST_MEMORY.days + 0.01) == {"bygone": 1}
    assert [_count(store, table) for table in (seen, poll, tally, rejected, bygone)] == [0] * 5


def test_purging_thousands_is_one_go(store: Store) -> None:
    many = tuple(mention(finding(f"k{n}", severity=Severity.LOW)) for n in range(1200))
    put(store, Plan(mentions=many), watched(store))
    assert _purge(store, 31)["mentions"] == 1200


def test_after_purge_and_compacting_no_word_is_left_in_any_file(store: Store, state: Path) -> None:
    task = watched(store)
    plan = told(severity=Severity.LOW)
    put(store, plan, task)
    put(store, Plan(mentions=(mention(finding("kept")),), incidents=(change("kept"),)), task)
    with store.write() as tx:
        for one in outbox.claim(tx, NOW):
            outbox.sent(tx, one, message_id="<x>", code="250", now=NOW)
    _close(store, 1, note="a note about the parents")
    _purge(store, 31)
    assert store.compact()
    left = b"".join(path.read_bytes() for path in state.iterdir())
    for gone in (
        b"Text k1",
        b"Title k1",
        b"id-k1",
        b"@somebody",
        b"the parents",
        b"strong words",
        b"content-k1",
    ):
        assert gone not in left, gone
    assert b"Text kept" in left
