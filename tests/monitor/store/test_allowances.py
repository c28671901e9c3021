"""Promise: what a platform still allows is remembered with the poll, and how long nothing of it was left."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest

from monitor.facts import Allowance
from monitor.model import Plan, SourceTask
from monitor.store import Store, allowances, digests, polls, record
from monitor.store.polls import Unchanged
from sources.base import Batch, Budget
from tests.monitor.store.given import watched

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def task(store: Store, now: datetime) -> SourceTask:
    """A watched source, just added."""
    return watched(store, now=now)


def budget(used: int, now: datetime) -> Budget:
    return Budget(used=used, limit=100, of="searches a day", renewed_at=now + 6 * HOUR)


def unchanged(store: Store, task: SourceTask, now: datetime, told: Budget | None) -> None:
    result = Unchanged(source_id=task.id, checkpoint={}, now=now, next_poll_at=now + HOUR, budget=told)
    with store.write() as tx:
        polls.record_unchanged(tx, [result])


def changed(store: Store, task: SourceTask, now: datetime, told: Budget | None) -> None:
    batch = Batch(entries=(), checkpoint={}, budget=told)
    with store.write() as tx:
        record.record(tx, Plan(), task, batch, (), now, now + HOUR)


def allowed(store: Store) -> Allowance | None:
    with store.read() as tx:
        [status] = polls.statuses(tx)
    return status.allowance


@pytest.mark.parametrize("poll", [unchanged, changed], ids=["unchanged", "changed"])
def test_what_is_left_is_remembered_by_every_poll(
    poll: object, store: Store, task: SourceTask, now: datetime
) -> None:
    assert callable(poll)
    poll(store, task, now, budget(40, now))
    assert allowed(store) == Allowance(used=40, limit=100, of="searches a day", renewed_at=now + 6 * HOUR)

    poll(store, task, now, None)
    assert allowed(store) is None


@pytest.mark.parametrize("poll", [unchanged, changed], ids=["unchanged", "changed"])
def test_since_when_nothing_is_left_stays_known_until_it_is_renewed(
    poll: object, store: Store, task: SourceTask, now: datetime
) -> None:
    assert callable(poll)
    poll(store, task, now, budget(100, now))
    poll(store, task, now + HOUR, budget(101, now))
    spent = allowed(store)
    assert spent
    assert spent.spent_at == now

    poll(store, task, now + 6 * HOUR, budget(0, now + 6 * HOUR))
    renewed = allowed(store)
    assert renewed
    assert renewed.spent_at is None
    with store.read() as tx:
        week = digests.week_facts(tx, "holm-nook", now - DAY, now + 7 * HOUR)
    [spell] = [one for one in week.blind if one.why == allowances.SPENT]
    assert (spell.start, spell.end) == (now, now + 6 * HOUR)


def test_what_is_spent_now_is_blindness_until_it_is_renewed(
    store: Store, task: SourceTask, now: datetime
) -> None:
    unchanged(store, task, now, budget(100, now))

    with store.read() as tx:
        early = digests.week_facts(tx, "holm-nook", now - DAY, now + 2 * HOUR)
        late = digests.week_facts(tx, "holm-nook", now - DAY, now + DAY)

    assert (now, now + 2 * HOUR, allowances.SPENT) in [(one.start, one.end, one.why) for one in early.blind]
    assert (now, now + 6 * HOUR, allowances.SPENT) in [(one.start, one.end, one.why) for one in late.blind]


def test_the_last_minutes_of_a_day_are_no_blindness(store: Store, task: SourceTask, now: datetime) -> None:
    soon = dataclasses.replace(budget(100, now), renewed_at=now + HOUR / 4)
    unchanged(store, task, now, soon)
    with store.read() as tx:
        before = digests.week_facts(tx, "holm-nook", now - DAY, now + HOUR)
    unchanged(store, task, now + HOUR / 2, budget(1, now))
    with store.read() as tx:
        after = digests.week_facts(tx, "holm-nook", now - DAY, now + HOUR)

    assert (before.blind, after.blind) == ((), ())


def test_without_a_time_of_renewal_it_lasts() -> None:
    now = datetime.fromisoformat("2026-11-24T10:15:00+00:00")
    spent = Allowance(used=1, limit=1, of="calls", spent_at=now)

    assert allowances.spell(spent, now + 3 * HOUR) == (now, now + 3 * HOUR)
    assert allowances.spell(None, now) is None
