"""What was said within the hour is known by reader, and what waited becomes one mail of which nobody misses a part."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from alerts.base import Alert, Category, NotificationKind, Severity
from alerts.flood import QUIET, Recent
from monitor.jobs import catching_up
from monitor.model import DeliveryTask, NewNotification, Plan
from monitor.store import Store, backlog, outbox
from monitor.store.tables import delivery, notification
from tests.monitor.store.given import DSL, HEAD, NOW, SLUG, alert, change, put, speak, told, watched

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ABUSE = Category.STAFF_ABUSE_HARASSMENT


def _recent(store: Store, now: datetime) -> Recent:
    with store.read() as tx:
        return backlog.recent(tx, SLUG, now)


def _queued(store: Store, *said: NewNotification, now: datetime = NOW) -> None:
    task = watched(store)
    stories = tuple(change(one.incident, count=7) for one in said if one.incident)
    put(store, Plan(incidents=stories, notifications=said), task, now=now)


def _claimed(store: Store, now: datetime) -> tuple[DeliveryTask, ...]:
    with store.write() as tx:
        catching_up.gather(tx, now)
        return outbox.claim(tx, now)


def test_what_was_told_within_the_hour_is_known_by_reader_place_and_matter(store: Store) -> None:
    task = watched(store)
    assert _recent(store, NOW) == QUIET
    put(store, told("k1", severity=Severity.CRITICAL, to=(HEAD, DSL)), task)
    put(store, told("k2"), task, now=NOW + MINUTE)
    seen = _recent(store, NOW + 2 * MINUTE)
    assert seen.mails == {HEAD.address: (NOW, NOW), DSL.address: (NOW,)}
    assert (seen.stories, seen.critical) == (2, frozenset({(ABUSE, "local blog")}))
    assert _recent(store, NOW + HOUR + 2 * MINUTE) == QUIET


def test_reminders_and_what_is_still_to_come_are_no_flood(store: Store) -> None:
    _queued(
        store,
        speak("k1", not_before=NOW + HOUR, severity=Severity.CRITICAL),
        speak("k2", kind=NotificationKind.REMINDER),
    )
    assert _recent(store, NOW) == Recent(stories=1)


def test_a_mail_about_several_stories_counts_as_one_mail_and_as_all_of_them(store: Store) -> None:
    several = replace(alert("k1"), stories=40, subjects=("k1", "k2"))
    _queued(store, speak("k1", payload=several))
    seen = _recent(store, NOW)
    assert (len(seen.mails[HEAD.address]), seen.stories) == (1, 40)


def test_what_was_purged_is_passed_over(store: Store) -> None:
    _queued(store, speak("k1"))
    with store.write() as tx:
        tx.connection.execute(update(notification).values(payload={}))
    assert _recent(store, NOW) == QUIET


def test_of_many_that_waited_for_their_hour_three_are_told_alone_and_the_rest_in_one(store: Store) -> None:
    due = NOW + HOUR
    grave = speak("k9", not_before=due, severity=Severity.CRITICAL, to=(HEAD, DSL))
    _queued(store, *(speak(f"k{number}", not_before=due) for number in range(5)), grave)
    for_the_head = [task for task in _claimed(store, due) if task.recipient.address == HEAD.address]
    *alone, rest = sorted(for_the_head, key=lambda task: len(task.payload.subjects))  # type: ignore[union-attr]  # all are alerts
    assert {task.subject_key for task in alone} == {"k9", "k0", "k1"}
    assert isinstance(rest.payload, Alert)
    assert (rest.payload.stories, rest.payload.count) == (3, 21)
    assert rest.payload.notes == ("3 stories came within a short time; this mail lists all of them.",)
    assert (rest.due_since, rest.attempts) == (due, 1)


def test_a_few_that_waited_stay_as_they_are_and_so_does_what_was_due_at_once(store: Store) -> None:
    due = NOW + HOUR
    _queued(store, *(speak(f"w{number}", not_before=due) for number in range(4)))
    _queued(store, *(speak(f"n{number}") for number in range(9)))
    assert len(_claimed(store, NOW)) == 9
    assert len(_claimed(store, due)) == 4 + 9  # the first nine were leased and never settled


def test_mails_about_several_stories_become_one_with_every_story_once(store: Store) -> None:
    due = NOW + HOUR
    subjects = [("a", "b"), ("b", "c"), ("d", "e"), ("f", "g"), ("h", "i")]
    said = [
        speak(first, not_before=due, payload=replace(alert(first, "x"), stories=2, subjects=(first, second)))
        for first, second in subjects
    ]
    _queued(store, *said)
    (task,) = _claimed(store, due)
    assert isinstance(task.payload, Alert)
    assert (task.payload.stories, sorted(task.payload.subjects)) == (9, list("abcdefghi"))
    assert (task.payload.count, len(task.payload.items)) == (5 * 7, 10)


def test_what_was_folded_for_one_reader_does_not_grow_for_the_others(store: Store) -> None:
    due = NOW + HOUR
    _queued(store, *(speak(f"k{number}", not_before=due, to=(HEAD, DSL)) for number in range(9)))
    with store.write() as tx:
        catching_up.gather(tx, due)
    with store.read() as tx:
        folded = select(notification.c.frozen_at, delivery.c.state).join(delivery)
        rows = tx.connection.execute(folded).all()
    assert sum(row.state == "cancelled" for row in rows) == 12
    assert {row.frozen_at for row in rows if row.state == "cancelled"} == {due}


def test_what_waits_for_its_hour_is_not_hurried_with_what_could_not_be_sent(store: Store) -> None:
    failed, held = (speak(name, severity=Severity.CRITICAL, not_before=NOW) for name in ("f", "h"))
    _queued(store, failed)
    (task,) = _claimed(store, NOW)
    _queued(store, replace(held, not_before=NOW + HOUR))
    with store.write() as tx:
        later = {"next_attempt_at": NOW + 9 * MINUTE, "may_repeat": False}
        assert outbox.retry(tx, task, error="421", remedy="wait", now=NOW, **later)  # type: ignore[arg-type]  # told apart above
        assert outbox.hurry(tx, NOW, from_severity=Severity.CRITICAL, tried=True) == 1
    assert [one.subject_key for one in _claimed(store, NOW)] == ["f"]
