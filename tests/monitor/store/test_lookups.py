"""Promise: what a poll asks costs the same however much is stored; work is counted, not timed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.model import Keys
from monitor.store import known, record
from tests.bench.stocked import poll, spread, steps, stock
from tests.monitor.store.given import finding

SMALL, LARGE = 1_000, 10_000


def _work(state: Path, size: int) -> int:
    """Instructions of the database for one poll of fifty posts."""
    store = stock(state, size)
    with steps(store) as count, store.write() as tx:
        record.known(tx, poll(size, random.Random(1)))
    store.close()
    return count[0]


def test_ten_times_as_many_mentions_cost_hardly_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound on near-duplicates is lowered with the sizes: what lies beyond it must cost nothing."""
    monkeypatch.setattr(known, "NEWEST", SMALL)
    work = {}
    for size in (SMALL, LARGE):
        (tmp_path / str(size)).mkdir()
        work[size] = _work(tmp_path / str(size), size)

    assert work[LARGE] <= 1.5 * work[SMALL], work


def test_the_stock_is_as_large_as_it_says_and_has_all_its_indexes(tmp_path: Path) -> None:
    store = stock(tmp_path, SMALL)
    with store.read() as tx:
        counts = [
            tx.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()  # noqa: S608 -- our own tables
            for table in ("mention", "mention_band", "seen")
        ]
        indexes = tx.connection.execute(
            text("SELECT count(*) FROM sqlite_master WHERE name LIKE 'ix_mention%'")
        )
        assert counts == [SMALL, 37 * SMALL, SMALL]
        assert indexes.scalar() == 7
    store.close()


def test_an_edited_copy_of_a_late_mention_is_found_and_of_a_very_old_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "NEWEST", SMALL // 2)
    store = stock(tmp_path, SMALL)
    copies = [
        finding(f"k{number}", keys=Keys(key=f"k{number}", content="c", bands=(spread(number, 3),)))
        for number in (1, SMALL // 2, SMALL // 2 + 1, SMALL)
    ]
    with store.write() as tx:
        found = [int(one.key, 16) for one in record.known(tx, copies).mentions]
    store.close()

    assert found == [SMALL // 2 + 1, SMALL]
