"""The questions of every poll and every mail find their rows by an index, however much is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from monitor.model import Keys
from monitor.store import Store, Tx, backlog, bundles, digests, ladders, outbox, owed, polls, record
from sources.base import Batch
from tests.monitor.store.given import NOW, SLUG, finding, put, told, watched

GROWING = (
    "mention",
    "mention_band",
    "incident",
    "notification",
    "delivery",
    "seen",
    "bygone",
    "poll",
    "source",
)

WHOLE_SCHOOL = "(school_id=?)"  # an index that narrows no further than to all that a school has


@pytest.fixture
def asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Every statement of the writer, with its values."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 -- as SQLAlchemy calls it
        statements.append((statement, values[0] if many else values))

    event.listen(store._writer, "before_cursor_execute", note)
    yield statements
    event.remove(store._writer, "before_cursor_execute", note)


def _poll(tx: Tx) -> None:
    (task,) = polls.due(tx, NOW + polls.SHORTEST_SILENCE)
    keys = Keys(key="k9", content="c", url="u", text="t", thread="h", reply_to="k1", bands=(1, 2))
    found = finding("k9", keys=keys)
    polls.lease(tx, task.id, NOW, NOW)
    polls.seen(tx, task.id, [b"e" * 16])
    record.known(tx, [found, finding()])
    record.record(tx, told("k9"), task, Batch(entries=(), checkpoint={}), [(b"e" * 16, b"c" * 16)], NOW, NOW)
    unchanged = polls.Unchanged(source_id=task.id, checkpoint={}, now=NOW, next_poll_at=NOW)
    polls.record_unchanged(tx, [unchanged])


def _mail(tx: Tx) -> None:
    first, *_ = outbox.claim(tx, NOW)
    outbox.thread(tx, first)
    outbox.sent(tx, first, message_id="<x>", code="250", now=NOW)
    digests.due_schools(tx, NOW)


def _minute(tx: Tx) -> None:
    ladders.climbing(tx, NOW)
    owed.nearly_due(tx, SLUG, NOW)
    bundles.waiting(tx, NOW)
    bundles.listed_at(tx, SLUG)
    bundles.possible(tx, SLUG, NOW, NOW, 50)
    backlog.said_again(tx, NOW)


@pytest.mark.parametrize("work", [_poll, _mail, _minute], ids=["a poll", "a mail", "a look each minute"])
def test_nothing_that_grows_is_read_from_end_to_end(
    store: Store, state: Path, asked: list[tuple[str, Any]], work: Any
) -> None:
    put(store, told(), watched(store))
    asked.clear()
    with store.write() as tx:
        work(tx)
    with closing(sqlite3.connect(state / "monitor.db")) as base:
        scans = [
            (step[3], statement)
            for statement, values in asked
            if not statement.startswith("BEGIN")
            for step in base.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            if step[3].split()[1] in GROWING
            and (step[3].startswith("SCAN") or step[3].endswith(WHOLE_SCHOOL))
        ]
    assert len(asked) > 4
    assert scans == []
