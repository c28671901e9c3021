"""What was decided is said: each copy is leased to one sender at a time, is never lost, and never changes once it may have gone out."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerts.base import NotificationKind, Reason, Recipient, Role, Severity
from monitor.model import DeliveryTask, NewNotification, Plan
from monitor.store import Store, incidents, outbox
from monitor.store.tables import delivery, notification
from tests.monitor.store.given import (
    DSL,
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

MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)


def _claim(store: Store, now: datetime = NOW, **options: Any) -> tuple[DeliveryTask, ...]:
    with store.write() as tx:
        return outbox.claim(tx, now, **options)


def _sent(store: Store, task: DeliveryTask, now: datetime = NOW) -> bool:
    with store.write() as tx:
        return outbox.sent(tx, task, message_id=f"<{task.id}@x.example>", code="250 2.0.0", now=now)


def _retry(store: Store, task: DeliveryTask, at: datetime, *, may_repeat: bool = False) -> bool:
    with store.write() as tx:
        return outbox.retry(
            tx, task, error="451", remedy="wait", next_attempt_at=at, may_repeat=may_repeat, now=NOW
        )


def _dead(store: Store, task: DeliveryTask, now: datetime = NOW) -> bool:
    with store.write() as tx:
        return outbox.dead(tx, task, error="550 5.1.1", remedy="check the address", now=now)


def _add(store: Store, new: NewNotification, subject: str = "silent") -> None:
    with store.write() as tx:
        outbox.add(tx, new, subject, NOW)


def _states(store: Store) -> list[str]:
    with store.read() as tx:
        return list(tx.connection.execute(select(delivery.c.state).order_by(delivery.c.id)).scalars())


def _subjects(tasks: Sequence[DeliveryTask]) -> list[tuple[str, int]]:
    return [(task.subject_key, task.sequence) for task in tasks]


def test_a_claimed_task_has_all_that_its_mail_needs(store: Store) -> None:
    put(store, told(to=(DSL,)), watched(store))
    (task,) = _claim(store)
    assert task == DeliveryTask(
        id=1,
        school=SLUG,
        kind=NotificationKind.ALERT,
        reason=Reason.FIRST,
        severity=Severity.HIGH,
        payload=alert("M1"),
        subject_key="k1",
        incident_id=1,
        sequence=0,
        recipient=DSL,
        attempts=1,
        due_since=NOW,
        may_repeat=False,
    )


def test_the_gravest_goes_first_and_then_the_oldest(store: Store) -> None:
    watched(store)
    for name, severity, minutes in [
        ("low and old", Severity.LOW, 0),
        ("high and new", Severity.HIGH, 5),
        ("critical", Severity.CRITICAL, 9),
        ("high and old", Severity.HIGH, 1),
    ]:
        at = NOW + minutes * MINUTE
        _add(store, replace(ill(not_before=at), severity=severity), name)
    tasks = _claim(store, NOW + 10 * MINUTE, limit=3) + _claim(store, NOW + 10 * MINUTE)
    assert [task.subject_key for task in tasks] == ["critical", "high and old", "high and new", "low and old"]


def test_nothing_goes_before_its_time_unless_everything_is_asked_for(store: Store) -> None:
    watched(store)
    _add(store, ill(not_before=NOW + MINUTE))
    assert _claim(store) == ()
    assert len(_claim(store, everything=True)) == 1


def test_everything_takes_what_waits_for_another_try_but_not_what_is_being_sent(store: Store) -> None:
    put(store, told(to=(HEAD, DSL)), watched(store))
    first, second = _claim(store)
    _retry(store, first, NOW + 60 * MINUTE)
    assert [task.id for task in _claim(store, everything=True)] == [first.id]
    assert second.id not in {task.id for task in _claim(store, everything=True)}


def test_a_leased_delivery_is_nobody_elses_until_the_lease_runs_out(store: Store) -> None:
    put(store, told(), watched(store))
    (first,) = _claim(store)
    assert _claim(store, NOW + LEASE - MINUTE) == ()
    (second,) = _claim(store, NOW + LEASE)
    assert (first.attempts, first.may_repeat) == (1, False)
    assert (second.attempts, second.may_repeat) == (2, True)


def test_what_a_dead_worker_had_leased_is_taken_back_and_may_have_gone_out(store: Store) -> None:
    put(store, told(to=(HEAD, DSL)), watched(store))
    (dead,) = _claim(store, limit=1)
    with store.write() as tx:
        assert [outbox.release(tx), outbox.release(tx)] == [1, 0]
    tasks = _claim(store)
    assert [(task.id, task.may_repeat) for task in tasks] == [(1, True), (2, False)]
    assert not _sent(store, dead)


def test_whoever_cannot_wait_makes_everything_due(store: Store) -> None:
    watched(store)
    _add(store, ill(not_before=NOW + MINUTE))
    with store.write() as tx:
        assert [outbox.hurry(tx, NOW), outbox.hurry(tx, NOW)] == [1, 0]
    (task,) = _claim(store)
    assert task.due_since == NOW + MINUTE


def test_what_is_being_sent_does_not_stand_in_the_way_of_the_rest(store: Store) -> None:
    put(store, told(to=(HEAD, DSL)), watched(store))
    assert [task.id for _ in range(3) for task in _claim(store, limit=1)] == [1, 2]


def test_who_lost_the_lease_settles_nothing(store: Store) -> None:
    put(store, told(), watched(store))
    (slow,) = _claim(store)
    (quick,) = _claim(store, NOW + LEASE)
    assert not _sent(store, slow)
    assert not _retry(store, slow, NOW)
    assert not _dead(store, slow)
    assert _states(store) == ["pending"]
    assert _sent(store, quick)
    assert _states(store) == ["sent"]


def test_a_slow_sender_whose_lease_nobody_took_may_still_settle(store: Store) -> None:
    put(store, told(), watched(store))
    (task,) = _claim(store)
    assert _sent(store, task, NOW + 2 * LEASE)
    assert _claim(store, NOW + 2 * LEASE) == ()


def test_what_was_settled_is_settled_once(store: Store) -> None:
    put(store, told(), watched(store))
    (task,) = _claim(store)
    assert [_sent(store, task), _sent(store, task), _dead(store, task)] == [True, False, False]


def test_a_retry_waits_and_remembers_that_it_may_have_arrived(store: Store) -> None:
    put(store, told(), watched(store))
    (task,) = _claim(store)
    assert _retry(store, task, NOW + MINUTE, may_repeat=True)
    assert _claim(store) == ()
    (task,) = _claim(store, NOW + MINUTE)
    assert (task.attempts, task.may_repeat, task.due_since) == (2, True, NOW)
    _retry(store, task, NOW + 2 * MINUTE, may_repeat=False)
    (task,) = _claim(store, NOW + 2 * MINUTE)
    assert task.may_repeat


def test_a_dead_delivery_is_shown_until_somebody_looks(store: Store) -> None:
    put(store, told(), watched(store))
    (task,) = _claim(store)
    assert _dead(store, task)
    with store.write() as tx:
        (row,) = outbox.waiting(tx)
        looked = [outbox.looked(tx, NOW), outbox.looked(tx, NOW)]
        after = outbox.waiting(tx)
    assert (row.state, row.error, row.remedy, row.attempts) == ("dead", "550 5.1.1", "check the address", 1)
    assert (looked, after) == ([1, 0], ())


def test_the_outbox_lists_what_waits_and_what_is_being_sent(store: Store) -> None:
    put(store, told(to=(HEAD,)), watched(store))
    _claim(store)
    _add(store, ill(to=(DSL,), not_before=NOW + MINUTE))
    with store.read() as tx:
        leased, pending = outbox.waiting(tx)
    assert (leased.state, leased.roles, leased.incident_id, leased.kind) == (
        "leased",
        (Role.HEAD,),
        1,
        "alert",
    )
    assert (pending.state, pending.next_attempt_at, pending.school) == ("pending", NOW + MINUTE, SLUG)


def test_an_alert_grows_until_its_first_copy_is_leased(store: Store) -> None:
    task = watched(store)
    put(store, told(), task)
    more = speak(payload=alert("M1", "k2"), to=(HEAD, DSL), amends=True)
    grown = Plan(mentions=(mention(finding("k2"), incident="k1"),), notifications=(more,))
    put(store, grown, task)
    tasks = _claim(store)
    assert _subjects(tasks) == [("k1", 0), ("k1", 0)]
    assert {one.recipient for one in tasks} == {HEAD, DSL}
    assert [one.payload for one in tasks] == [alert("M1", "M2")] * 2


def test_an_alert_that_is_leased_never_changes_and_more_is_said_anew(store: Store) -> None:
    task = watched(store)
    put(store, told(), task)
    (first,) = _claim(store)
    put(store, Plan(notifications=(speak(payload=alert("M1", "M1"), amends=True),)), task)
    (again,) = _claim(store, NOW + LEASE, limit=1)
    (new,) = _claim(store, NOW + LEASE)
    assert (again.sequence, again.payload) == (0, first.payload)
    assert (new.sequence, new.payload) == (1, alert("M1", "M1"))


def test_one_leased_copy_freezes_the_payload_of_all(store: Store) -> None:
    task = watched(store)
    put(store, told(to=(HEAD, DSL)), task)
    (first,) = _claim(store, limit=1)
    put(store, Plan(notifications=(speak(payload=alert("M1", "M1"), amends=True),)), task)
    tasks = _claim(store)
    assert {(one.sequence, one.payload == first.payload) for one in tasks} == {(0, True), (1, False)}


def test_an_alert_that_became_worse_goes_out_sooner_never_later(store: Store) -> None:
    task = watched(store)
    waiting = speak(not_before=NOW + 5 * MINUTE, severity=Severity.MEDIUM)
    put(store, Plan(incidents=(change(),), notifications=(waiting,)), task)
    put(store, Plan(notifications=(speak(not_before=NOW + 9 * MINUTE, amends=True),)), task)
    with store.read() as tx:
        assert [row.next_attempt_at for row in outbox.waiting(tx)] == [NOW + 5 * MINUTE]
    put(store, Plan(notifications=(speak(severity=Severity.CRITICAL, amends=True),)), task)
    (one,) = _claim(store)
    assert (one.severity, one.due_since) == (Severity.CRITICAL, NOW)


def test_amending_what_does_not_exist_says_it_anew(store: Store) -> None:
    task = watched(store)
    put(store, Plan(incidents=(change(),), notifications=(speak(amends=True),)), task)
    assert _subjects(_claim(store)) == [("k1", 0)]


def test_the_sequence_goes_up_within_a_subject_and_a_school(store: Store) -> None:
    put(store, told(), watched(store))
    for subject in ("silent", "silent", "2026-W48"):
        _add(store, ill(), subject)
    _add(store, speak(kind=NotificationKind.REMINDER), "ignored: the story's key is the subject")
    assert sorted(_subjects(_claim(store))) == [
        ("2026-W48", 0),
        ("k1", 0),
        ("k1", 1),
        ("silent", 0),
        ("silent", 1),
    ]


def test_a_reminder_belongs_to_its_story_and_its_history(store: Store) -> None:
    put(store, told(), watched(store))
    _add(store, speak(kind=NotificationKind.REMINDER))
    tasks = _claim(store)
    assert [task.incident_id for task in tasks] == [1, 1]
    for task in tasks:
        _sent(store, task)
    with store.read() as tx:
        history = [(event.what, event.detail) for event in incidents.events(tx, 1)]
        heard = incidents.told(tx, 1)
    assert history == [("opened", "high"), ("reminder", ""), ("mail sent", "head"), ("mail sent", "head")]
    assert heard == (Role.HEAD,)


def test_the_thread_is_what_this_person_was_told_of_the_subject_before(store: Store) -> None:
    task = watched(store)
    put(store, told(to=(HEAD, DSL)), task)
    for kind, to in [
        (NotificationKind.REMINDER, (HEAD,)),
        (NotificationKind.ALERT, (DSL,)),
        (NotificationKind.ALERT, (HEAD,)),
    ]:
        _add(store, speak(kind=kind, to=to))
    _add(store, ill())
    tasks = {(one.sequence, one.recipient): one for one in _claim(store) if one.subject_key == "k1"}
    _sent(store, tasks[0, HEAD])
    _dead(store, tasks[0, DSL])
    with store.read() as tx:
        assert outbox.thread(tx, tasks[3, HEAD]) == (
            (NotificationKind.ALERT, 0),
            (NotificationKind.REMINDER, 1),
        )
        assert outbox.parents(tx, tasks[3, HEAD]) == (0, 1)
        assert outbox.parents(tx, tasks[2, DSL]) == ()
        assert outbox.parents(tx, tasks[0, HEAD]) == ()


def test_a_digest_may_have_no_subject_in_common_with_a_story(store: Store) -> None:
    watched(store)
    _add(store, ill(), "2026-W48")
    (task,) = _claim(store)
    assert (task.incident_id, task.subject_key, task.kind) == (None, "2026-W48", NotificationKind.HEALTH)
    assert _sent(store, task)


def _queue_many(store: Store, many: int) -> None:
    watched(store)
    people = [Recipient(address=f"person-{n}@holm-nook.example") for n in range(many)]
    _add(store, ill(to=people))


def test_eight_threads_share_the_outbox_and_nobody_hears_twice(store: Store) -> None:
    _queue_many(store, 120)
    claimed: list[int] = []

    def work() -> None:
        while tasks := _claim(store, limit=3):
            claimed.extend(task.id for task in tasks)
            assert all(_sent(store, task) for task in tasks)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == list(range(1, 121))
    assert set(_states(store)) == {"sent"}


WORKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.store import Store, outbox
store = Store.open(Path(sys.argv[1]))
now = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
print("ready", flush=True)
sys.stdin.readline()
while True:
    with store.write() as tx:
        tasks = outbox.claim(tx, now, limit=2)
    if not tasks:
        break
    for task in tasks:
        with store.write() as tx:
            if outbox.sent(tx, task, message_id="<x>", code="250", now=now):
                print(task.id)
"""


def test_two_processes_share_the_outbox_and_nobody_hears_twice(store: Store, state: Path) -> None:
    _queue_many(store, 120)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate()[0].split() for worker in workers]
    assert sorted(int(number) for numbers in said for number in numbers) == list(range(1, 121))
    assert [worker.returncode for worker in workers] == [0, 0]


@pytest.mark.parametrize("values", [{"state": "sent"}, {"state": "lost"}, {"message_id": "<x>"}])
def test_the_table_itself_refuses_a_delivery_that_contradicts_itself(
    store: Store, values: dict[str, str]
) -> None:
    put(store, told(), watched(store))
    with pytest.raises(Exception, match="ck_delivery"), store.write() as tx:
        tx.connection.execute(delivery.update().values(**values))


def test_one_notification_cannot_have_the_number_of_another(store: Store) -> None:
    put(store, told(), watched(store))
    _add(store, speak())
    with pytest.raises(Exception, match="UNIQUE"), store.write() as tx:
        tx.connection.execute(notification.update().values(sequence=0))
