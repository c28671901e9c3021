"""Promise: the history of its polls tells how often a source brings something, and the digest when it does not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update

from monitor.store import Store, Tx, digests, habits, polls
from monitor.store.tables import poll, source
from tests.monitor.store.given import watched

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def came(tx: Tx, source_id: int, *times: datetime, outcome: str = "new", entries: int = 1) -> None:
    tx.connection.execute(
        insert(poll),
        [
            {
                "source_id": source_id, "at": at, "since": at - HOUR, "outcome": outcome, "entries": entries,
                "matched": 0, "gap": False, "error_kind": "", "error": "",
            }
            for at in times
        ],
    )  # fmt: skip


@pytest.fixture
def number(store: Store, now: datetime) -> int:
    """A source that was added long ago and has been polled ever since, last an hour ago."""
    task = watched(store, now=now - 60 * DAY)
    with store.write() as tx:
        tx.connection.execute(
            update(source)
            .where(source.c.id == task.id)
            .values(last_ok_at=now - HOUR, last_poll_at=now - HOUR, added_at=now - 60 * DAY)
        )
    return task.id


def test_a_source_without_a_history_has_no_habit(store: Store, number: int, now: datetime) -> None:
    with store.read() as tx:
        assert habits.learnt(tx, number, now) is None
        assert habits.of(tx, polls.statuses(tx), now) == {}


def test_only_what_brought_something_counts(store: Store, number: int, now: datetime) -> None:
    times = [now - DAY * back for back in range(40, 20, -1)]
    with store.write() as tx:
        came(tx, number, *times)
        came(tx, number, now - 3 * DAY, entries=0)
        came(tx, number, now - 2 * DAY, outcome="failed")
        came(tx, number, now - DAY, outcome="unchanged")
        came(tx, number, now + DAY)
        habit = habits.learnt(tx, number, now)
        known = habits.of(tx, polls.statuses(tx), now)

    assert habit
    assert habit.last_at == now - 21 * DAY
    assert habit.usual == DAY
    assert known == {number: habit}


def test_a_long_silence_is_doubtful_in_the_digest_and_not_blind(
    store: Store, number: int, now: datetime
) -> None:
    with store.write() as tx:
        came(tx, number, *(now - DAY * back for back in range(40, 20, -1)))
        week = digests.week_facts(tx, "holm-nook", now - 7 * DAY, now)

    assert week.blind == ()
    [spell] = week.doubtful
    assert (spell.start, spell.end) == (now - 7 * DAY, now - HOUR)
    assert "nothing for longer than usual" in spell.why


def test_who_said_something_lately_is_not_doubted(store: Store, number: int, now: datetime) -> None:
    with store.write() as tx:
        came(tx, number, *(now - DAY * back for back in range(40, 1, -1)))
        week = digests.week_facts(tx, "holm-nook", now - 7 * DAY, now)

    assert week.doubtful == ()


def test_while_nobody_looked_nothing_is_doubted(store: Store, number: int, now: datetime) -> None:
    with store.write() as tx:
        came(tx, number, *(now - DAY * back for back in range(40, 20, -1)))
        tx.connection.execute(update(source).values(last_ok_at=now - 20 * DAY))
        week = digests.week_facts(tx, "holm-nook", now - 7 * DAY, now)

    assert week.doubtful == ()
    assert week.blind, "that is blindness"
