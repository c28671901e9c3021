"""Promise: whatever keeps us from seeing stands in the digest as hours, with its reason, and never passes for quiet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from alerts.base import Digest
from alerts.digest_view import digest_view
from monitor.digest import build
from monitor.model import Plan, SourceTask
from monitor.settings import SchoolFacts, SchoolSettings
from monitor.store import Store, Tx, digests, polls, record
from monitor.store.polls import Unchanged
from monitor.store.tables import poll
from sources import walls
from sources.base import Batch, Budget
from tests.alerts.mail_samples import envelope
from tests.monitor.store.given import SLUG, watched

START, END = datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SCHOOL = SchoolSettings(school=SchoolFacts(name="Holm Nook Community Primary School"))


def looked(
    tx: Tx, task: SourceTask, start: datetime, end: datetime, spent: Callable[[datetime], Budget | None]
) -> None:
    """Polls that answer and bring nothing, each hour."""
    while start < end:
        told = Unchanged(source_id=task.id, checkpoint={}, now=start, next_poll_at=start, budget=spent(start))
        polls.record_unchanged(tx, [told])
        start += HOUR


def plentiful(_: datetime) -> Budget | None:
    return None


def seen(tx: Tx, task: SourceTask) -> None:
    looked(tx, task, START, END, plentiful)


def refused(
    tx: Tx, task: SourceTask, *, kind: str = "Denied", message: str = "the token was revoked (401)"
) -> None:
    looked(tx, task, START, END - 2 * DAY, plentiful)
    polls.record_failure(
        tx, task, kind=kind, message=message, remedy="", http_status=None, now=END - 2 * DAY, next_poll_at=END
    )  # fmt: skip


def challenged(tx: Tx, task: SourceTask) -> None:
    refused(tx, task, kind="Unreadable", message=walls.GUARDED)


def spent(tx: Tx, task: SourceTask) -> None:
    def budget(now: datetime) -> Budget:
        used = 100 if START + DAY <= now < START + 2 * DAY else 7
        return Budget(used=used, limit=100, of="searches a day", renewed_at=START + 2 * DAY)

    looked(tx, task, START, END, budget)


def cut_short(tx: Tx, task: SourceTask) -> None:
    looked(tx, task, START, START + DAY, plentiful)
    record.record(tx, Plan(), task, Batch(entries=(), checkpoint={}, gap=True), (), START + DAY + HOUR, END)
    looked(tx, task, START + DAY + HOUR, END, plentiful)


def doubtful(tx: Tx, task: SourceTask) -> None:
    told = {"source_id": task.id, "outcome": "new", "entries": 1, "matched": 0, "gap": False}
    came = [told | {"at": END - back * DAY, "since": END - back * DAY - HOUR} for back in range(40, 14, -1)]
    tx.connection.execute(insert(poll), [row | {"error_kind": "", "error": ""} for row in came])
    looked(tx, task, START, END, plentiful)


def digest(store: Store, happened: Callable[[Tx, SourceTask], None]) -> Digest:
    task = watched(store, now=START - 60 * DAY)
    with store.write() as tx:
        looked(tx, task, START - HOUR, START, plentiful)
        happened(tx, task)
    with store.read() as tx:
        return build(digests.week_facts(tx, SLUG, START, END), SCHOOL)


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        pytest.param(refused, "nothing known for 2 days (the token was revoked (401))", id="token"),
        pytest.param(challenged, f"nothing known for 2 days ({walls.GUARDED})", id="challenge"),
        pytest.param(spent, "nothing known for 24 h (the platform's allowance was used up)", id="budget"),
        pytest.param(cut_short, "nothing known for 2 h (there was more than could be read)", id="gap"),
        pytest.param(doubtful, "in doubt for", id="doubtful silence"),
    ],
)
def test_each_kind_of_blindness_is_told_in_hours_with_its_reason(
    happened: Callable[[Tx, SourceTask], None], said: str, store: Store
) -> None:
    told = digest(store, happened)
    view = digest_view(told, envelope(""))

    assert said in " ".join(view.coverage), view.coverage
    assert ("All" not in view.beside and "in sight all" not in view.beside) or told.doubtful
    governed = digest_view(replace(told, governors=True), envelope(""))
    assert said in " ".join(governed.coverage), "governors are told too"


def test_a_week_that_was_seen_says_so_and_still_names_what_nobody_can_see(store: Store) -> None:
    told = digest(store, seen)
    coverage = " ".join(digest_view(told, envelope("")).coverage)

    assert (told.blind, told.doubtful) == ((), ())
    for words in ("closed groups", "private accounts", "direct messages"):
        assert words in coverage
