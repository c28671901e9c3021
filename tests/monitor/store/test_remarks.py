"""Promise: what a poll remarks and warns of is known until the next poll says otherwise, and since when it lasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.facts import SourceStatus, Worry
from monitor.model import Plan, SourceTask
from monitor.store import Store, polls, record
from monitor.store.polls import Unchanged
from sources.base import Batch, Concern
from tests.monitor.store.given import watched

DAY = timedelta(days=1)


def unchanged(store: Store, task: SourceTask, now: datetime, **said: Any) -> None:
    result = Unchanged(source_id=task.id, checkpoint={}, now=now, next_poll_at=now + DAY, **said)
    with store.write() as tx:
        polls.record_unchanged(tx, [result])


def changed(store: Store, task: SourceTask, now: datetime, **said: Any) -> None:
    batch = Batch(entries=(), checkpoint={}, **said)
    with store.write() as tx:
        record.record(tx, Plan(), task, batch, (), now, now + DAY)


def status(store: Store) -> SourceStatus:
    with store.read() as tx:
        [one] = polls.statuses(tx)
    return one


@pytest.mark.parametrize("poll", [unchanged, changed])
def test_every_poll_says_anew_what_is_to_be_known(
    poll: Callable[..., None], store: Store, now: datetime
) -> None:
    task = watched(store, now=now)
    ends = now + 14 * DAY
    concerns = (
        Concern(what="the token", remedy="make a new one", ends=ends),
        Concern(what="the token may not read all", remedy="tick every box"),
    )
    poll(store, task, now, notes=("3 things could not be read",), concerns=concerns)
    poll(store, task, now + DAY, concerns=concerns)

    assert status(store).notes == ()
    assert status(store).worries == (
        Worry(what="the token", remedy="make a new one", since=now, ends=ends),
        Worry(what="the token may not read all", remedy="tick every box", since=now),
    )

    poll(store, task, now + 2 * DAY, notes=("a remark",))
    assert (status(store).notes, status(store).worries) == (("a remark",), ())

    poll(store, task, now + 3 * DAY, concerns=concerns[1:])
    assert [worry.since for worry in status(store).worries] == [now + 3 * DAY]
