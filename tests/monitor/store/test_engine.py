"""Times keep their meaning, hostile text is storable, and the database's errors become ours."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.exc import StatementError

from monitor.errors import StoreError
from monitor.store import Store
from monitor.store.engine import CHUNK, UtcTime, Words, chunks, plainly
from monitor.store.tables import school

DIALECT = SQLiteDialect()


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 11, 24, 10, 15)  # noqa: DTZ001 -- the point of the test
    with pytest.raises(StatementError, match="without a zone"), store.write() as tx:
        tx.connection.execute(select(school).where(school.c.next_digest_at <= naive))


def test_a_time_keeps_its_instant_whatever_its_zone() -> None:
    column = UtcTime()
    tokyo = datetime(2026, 11, 24, 19, 15, 0, 123456, tzinfo=ZoneInfo("Asia/Tokyo"))
    stored = column.process_bind_param(tokyo, DIALECT)
    assert stored == tokyo
    assert stored is not None
    assert stored.tzinfo is UTC
    assert column.process_result_value(stored.replace(tzinfo=None), DIALECT) == tokyo
    assert column.process_result_value(stored, DIALECT) == tokyo


def test_nothing_stays_nothing() -> None:
    assert UtcTime().process_bind_param(None, DIALECT) is None
    assert UtcTime().process_result_value(None, DIALECT) is None
    assert Words().process_bind_param(None, DIALECT) is None


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec=None), max_size=50))
def test_any_text_can_be_stored_and_good_text_is_unchanged(words: str) -> None:
    stored = Words().process_bind_param(words, DIALECT)
    assert stored is not None
    base = sqlite3.connect(":memory:")
    assert base.execute("SELECT ?", (stored,)).fetchone() == (stored,)
    base.close()
    if "\0" not in words and not any("\ud800" <= sign <= "\udfff" for sign in words):
        assert stored == words


def test_a_mistake_of_ours_is_no_reason_to_try_again(store: Store) -> None:
    with pytest.raises(StoreError, match="no such table") as caught, store.read() as tx:
        tx.connection.execute(text("SELECT * FROM nowhere"))
    assert type(caught.value) is StoreError
    assert caught.value.exit_status == 1


def test_an_error_of_the_driver_itself_is_told_like_the_others() -> None:
    with pytest.raises(StoreError, match="database answers"), plainly():
        raise sqlite3.ProgrammingError("closed")


def test_long_lists_are_cut_into_pieces_without_loss() -> None:
    numbers = list(range(2 * CHUNK + 1))
    pieces = list(chunks(numbers))
    assert [len(piece) for piece in pieces] == [CHUNK, CHUNK, 1]
    assert [number for piece in pieces for number in piece] == numbers
    assert list(chunks([])) == []
