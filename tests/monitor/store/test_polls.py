"""Sources follow the configuration and keep their history; one poller at a time; every poll is accounted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from monitor.facts import SourceStatus
from monitor.model import Plan, SourceTask
from monitor.store import Store, polls
from monitor.store.tables import poll, school, source, watch
from sources.base import Batch
from tests.monitor.store.given import NOW, QUARTER, SCHOOLS, SLUG, finding, mention, put, spec, watched

HOUR = timedelta(hours=1)


def _due(store: Store, now: datetime = NOW, limit: int = 64) -> list[str]:
    with store.read() as tx:
        return [task.name for task in polls.due(tx, now, limit)]


def _status(store: Store, name: str = "local blog") -> SourceStatus:
    with store.read() as tx:
        return next(status for status in polls.statuses(tx) if status.name == name)


def _fail(store: Store, task: SourceTask, now: datetime, next_poll_at: datetime) -> None:
    with store.write() as tx:
        polls.record_failure(
            tx,
            task,
            kind="Unreachable",
            message="no answer within 20 seconds",
            remedy="wait",
            http_status=None,
            now=now,
            next_poll_at=next_poll_at,
        )


def _unchanged(store: Store, task: SourceTask, now: datetime) -> None:
    result = polls.Unchanged(
        source_id=task.id,
        checkpoint={"etag": "same"},
        now=now,
        next_poll_at=now + QUARTER,
        http_status=304,
        robots="allowed",
    )
    with store.write() as tx:
        polls.record_unchanged(tx, [result])


def _history(store: Store) -> list[tuple[str, datetime, datetime | None]]:
    with store.read() as tx:
        statement = select(poll.c.outcome, poll.c.at, poll.c.since).order_by(poll.c.id)
        return [tuple(row) for row in tx.connection.execute(statement)]


def test_a_new_source_is_due_at_once_and_knows_its_schools(store: Store) -> None:
    task = watched(store)
    assert _due(store) == ["local blog"]
    assert task == SourceTask(
        id=task.id,
        name="local blog",
        kind="feed",
        locator="https://local-blog.example:443/feed",
        schools=(SLUG,),
        checkpoint=None,
        failures=0,
        interval=QUARTER,
        host="local-blog.example:443",
    )


def test_one_place_is_polled_once_however_many_schools_watch_it(store: Store) -> None:
    schools = [*SCHOOLS, ("alder-bank", "Alder Bank School")]
    with store.write() as tx:
        polls.reconcile(tx, schools, [spec(schools=("alder-bank", SLUG))], NOW)
    with store.read() as tx:
        tasks = polls.active(tx)
    assert [task.schools for task in tasks] == [("alder-bank", SLUG)]


def test_what_leaves_the_configuration_is_switched_off_and_keeps_its_history(store: Store) -> None:
    gone = watched(store, spec("gone"), spec("stays"))
    put(store, Plan(mentions=(mention(finding()),)), gone)
    watched(store, spec("stays"))
    assert _due(store, NOW + HOUR) == ["stays"]
    with store.read() as tx:
        assert polls.named(tx, "gone") is None
        assert tx.connection.execute(select(func.count()).select_from(source)).scalar() == 2
    back = watched(store, spec("gone"), spec("stays"))
    assert (back.id, back.checkpoint) == (gone.id, {"etag": "1"})


def test_a_school_that_leaves_is_not_watched_for(store: Store) -> None:
    schools = [*SCHOOLS, ("alder-bank", "Alder Bank School")]
    shared = spec(schools=("alder-bank", SLUG))
    with store.write() as tx:
        polls.reconcile(tx, schools, [shared], NOW)
        polls.reconcile(tx, SCHOOLS, [spec()], NOW)
        tasks = polls.active(tx)
        left = tx.connection.execute(select(school.c.slug, school.c.active).order_by(school.c.slug)).all()
        watches = tx.connection.execute(select(func.count()).select_from(watch)).scalar()
    assert [task.schools for task in tasks] == [(SLUG,)]
    assert [tuple(row) for row in left] == [("alder-bank", False), (SLUG, True)]
    assert watches == 2


def test_a_school_may_stop_watching_one_source_and_stay(store: Store) -> None:
    schools = [*SCHOOLS, ("alder-bank", "Alder Bank School")]
    other = spec("other", schools=("alder-bank",))
    with store.write() as tx:
        polls.reconcile(tx, schools, [spec(schools=("alder-bank", SLUG)), other], NOW)
        polls.reconcile(tx, schools, [spec(), other], NOW)
        assert {task.name: task.schools for task in polls.active(tx)} == {
            "local blog": (SLUG,),
            "other": ("alder-bank",),
        }


def test_a_renamed_source_is_the_same_place(store: Store) -> None:
    before = watched(store)
    after = watched(store, replace(spec(), name="village blog"))
    assert (after.id, after.name) == (before.id, "village blog")


def test_reconciling_again_changes_nothing(store: Store) -> None:
    task = watched(store)
    _unchanged(store, task, NOW)
    before = _status(store)
    assert watched(store, now=NOW + HOUR) == replace(task, checkpoint={"etag": "same"})
    assert _status(store) == before


def test_a_shorter_interval_brings_the_next_poll_forward_a_longer_one_does_not_put_it_off(
    store: Store,
) -> None:
    daily = spec(every=timedelta(days=1))
    task = watched(store, daily)
    with store.write() as tx:
        polls.record_unchanged(
            tx,
            [
                polls.Unchanged(
                    source_id=task.id, checkpoint={}, now=NOW, next_poll_at=NOW + timedelta(days=1)
                )
            ],
        )
    watched(store, spec(), now=NOW + HOUR)
    assert _status(store).next_poll_at == NOW + HOUR + QUARTER
    watched(store, daily, now=NOW + HOUR)
    assert _status(store).next_poll_at == NOW + HOUR + QUARTER


def test_the_longest_waiting_source_comes_first_and_not_more_than_asked_for(store: Store) -> None:
    watched(store, spec("first"), spec("second"), spec("third"))
    with store.read() as tx:
        first = polls.named(tx, "first")
    assert first is not None
    _unchanged(store, first, NOW)
    assert _due(store, NOW + HOUR) == ["second", "third", "first"]
    assert _due(store, NOW + HOUR, limit=2) == ["second", "third"]
    assert _due(store, NOW + QUARTER - timedelta(seconds=1)) == ["second", "third"]


def test_a_source_is_leased_to_one_poller_until_the_lease_ends(store: Store) -> None:
    task = watched(store)
    with store.write() as tx:
        assert polls.lease(tx, task.id, NOW, NOW + QUARTER)
        assert not polls.lease(tx, task.id, NOW, NOW + QUARTER)
    assert _due(store) == []
    assert _due(store, NOW + QUARTER) == ["local blog"]
    with store.write() as tx:
        assert polls.lease(tx, task.id, NOW + QUARTER, NOW + HOUR)


def test_what_a_dead_poller_had_leased_is_taken_back(store: Store) -> None:
    task = watched(store)
    with store.write() as tx:
        polls.lease(tx, task.id, NOW, NOW + HOUR)
        assert [polls.release(tx), polls.release(tx)] == [1, 0]
    assert _due(store) == ["local blog"]


@pytest.mark.parametrize("how", ["failed", "unchanged", "new"])
def test_every_outcome_lets_go_of_the_source(store: Store, how: str) -> None:
    task = watched(store)
    with store.write() as tx:
        polls.lease(tx, task.id, NOW, NOW + HOUR)
    if how == "failed":
        _fail(store, task, NOW, NOW + QUARTER)
    elif how == "unchanged":
        _unchanged(store, task, NOW)
    else:
        put(store, Plan(), task)
    assert _due(store, NOW + QUARTER) == ["local blog"]


def test_a_failure_is_counted_and_explained_and_moves_no_checkpoint(store: Store) -> None:
    task = watched(store)
    _unchanged(store, task, NOW)
    _fail(store, task, NOW + QUARTER, NOW + HOUR)
    _fail(store, task, NOW + HOUR, NOW + 3 * HOUR)
    status = _status(store)
    assert (status.failures, status.error, status.remedy) == (2, "no answer within 20 seconds", "wait")
    assert (status.last_ok_at, status.last_poll_at, status.next_poll_at) == (NOW, NOW + HOUR, NOW + 3 * HOUR)
    with store.read() as tx:
        again = polls.named(tx, "local blog")
    assert again is not None
    assert (again.checkpoint, again.failures) == ({"etag": "same"}, 2)


def test_a_success_forgives_all_failures(store: Store) -> None:
    task = watched(store)
    _fail(store, task, NOW, NOW + QUARTER)
    _unchanged(store, task, NOW + QUARTER)
    status = _status(store)
    assert (status.failures, status.error, status.remedy, status.robots) == (0, "", "", "allowed")


def test_an_unchanged_poll_is_a_row_of_history_only_where_a_silence_ended(store: Store) -> None:
    task = watched(store)
    _unchanged(store, task, NOW)  # the first ever
    _unchanged(store, task, NOW + QUARTER)
    _unchanged(store, task, NOW + QUARTER * 2)
    _fail(store, task, NOW + QUARTER * 3, NOW + HOUR)
    _unchanged(store, task, NOW + HOUR)  # after a failure
    _unchanged(store, task, NOW + HOUR * 5)  # after four hours in which nobody polled
    assert _history(store) == [
        ("unchanged", NOW, None),
        ("failed", NOW + QUARTER * 3, NOW + QUARTER * 2),
        ("unchanged", NOW + HOUR, NOW + QUARTER * 2),
        ("unchanged", NOW + HOUR * 5, NOW + HOUR),
    ]


def test_many_unchanged_polls_are_noted_together(store: Store) -> None:
    names = [f"feed {number:02}" for number in range(40)]
    watched(store, *map(spec, names))
    with store.write() as tx:
        tasks = polls.due(tx, NOW)
        polls.record_unchanged(
            tx,
            [
                polls.Unchanged(
                    source_id=task.id, checkpoint={"of": task.name}, now=NOW, next_poll_at=NOW + HOUR
                )
                for task in tasks
            ],
        )
        polls.record_unchanged(tx, [])
        after = polls.active(tx)
    assert {task.name: task.checkpoint for task in after} == {name: {"of": name} for name in names}
    assert _due(store) == []


def test_what_matched_nothing_is_recognised_by_its_digest_in_the_same_source_only(store: Store) -> None:
    here = watched(store, spec("here"), spec("there"))
    with store.read() as tx:
        there = polls.named(tx, "there")
    assert there is not None
    old, new = (b"e" * 16, b"1" * 16), (b"e" * 16, b"2" * 16)
    put(store, Plan(), here, others=[old, (b"f" * 16, b"1" * 16)])
    put(store, Plan(), here, others=[new])
    with store.read() as tx:
        assert polls.seen(tx, here.id, [b"e" * 16, b"x" * 16]) == dict([new])
        assert polls.seen(tx, there.id, [b"e" * 16]) == {}


def test_a_source_counts_what_it_read_once(store: Store) -> None:
    task = watched(store)
    put(
        store,
        Plan(mentions=(mention(finding("k1")), mention(finding("k2")))),
        task,
        others=[(b"e" * 16, b"1" * 16)],
        batch=Batch(entries=(), checkpoint={}, robots="allowed", http_status=200, gap=True),
    )
    put(store, Plan(), task, others=[(b"e" * 16, b"1" * 16), (b"f" * 16, b"1" * 16)], now=NOW + QUARTER)
    status = _status(store)
    assert (status.entries, status.mentions, status.gap_at) == (4, 2, NOW)
