"""How we speak to the database: connections, transactions, column types, and errors in plain words.

What differs between SQLite and another database lives here and in ``tables``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, DateTime, Dialect, Engine, Insert, Table, Text, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from monitor.errors import StoreBusy, StoreDamaged, StoreError, StoreRefused

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds to wait for another writer before we say that the database is busy."""

CHUNK = 500
"""Values in one ``IN (…)``: far below the 32,766 variables that SQLite takes."""

_CACHE = 512
"""Kilobytes that each connection keeps of the file; the system keeps all of it anyway, and once for all."""

_READERS = 8  # connections kept open; more are opened and closed as needed

_UNSUITED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")
_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")

_compact = partial(json.dumps, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction, and the key that digests of forgotten posts are made with."""

    connection: Connection
    install_key: bytes


class UtcTime(TypeDecorator[datetime]):
    """A time with a zone; stored as UTC, read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: nobody could tell later what it meant."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what SQLite forgets."""
        del dialect
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Words(TypeDecorator[str]):
    """Text from the world: what no database can hold is replaced, so that no post is refused for it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace lone surrogates, which have no UTF-8, and NUL, which PostgreSQL refuses."""
        del dialect
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def connect(path: Path, *, patience: float, readonly: bool = False, lone: bool = False) -> Engine:
    """Make an engine for the SQLite file.

    ``readonly`` connections refuse to write. ``lone`` is for the single writer. Our own ``BEGIN`` is
    needed twice: the driver's would start too late for a consistent read, and a write that begins
    with a read fails at once if another writer came between, whatever the time-out.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": patience, "isolation_level": None},
        pool_size=1 if lone else _READERS,
        max_overflow=0 if lone else -1,
        json_serializer=_compact,
        hide_parameters=True,  # an error message must not carry a post's text into a log
    )
    event.listen(engine, "connect", partial(_prepare, readonly=readonly))
    begin = "BEGIN" if readonly else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare(connection: DBAPIConnection, record: ConnectionPoolEntry, *, readonly: bool) -> None:
    del record
    pragmas = {
        "foreign_keys": "ON",
        "synchronous": "FULL",  # NORMAL may lose the last commits when the power fails
        "secure_delete": "ON",  # what was purged must not be readable in free pages
        "query_only": "ON" if readonly else "OFF",
        "trusted_schema": "OFF",
        "cache_size": f"-{_CACHE}",  # in kilobytes, which the sign tells from pages
    }
    cursor = connection.cursor()
    for name, value in pragmas.items():
        cursor.execute(f"PRAGMA {name}={value}")
    cursor.close()


@contextmanager
def plainly() -> Iterator[None]:
    """Turn the database's errors into ours: one sentence, a remedy, and whether to try again."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        raise StoreRefused(f"the database refuses a row: {error.orig}") from error
    except DBAPIError as error:
        raise _told(error.orig) from error
    except sqlite3.Error as error:
        raise _told(error) from error


def _told(error: BaseException | None) -> StoreError:
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(_UNSUITED):
        return StoreDamaged(
            "the database file is damaged, or is no database",
            remedy="stop the monitor, move the file aside and restore the newest backup",
        )
    if name.startswith(_PASSING):
        return StoreBusy("the database is locked by another program", remedy="wait; it will be tried again")
    if name.startswith("SQLITE_FULL"):
        return StoreBusy("the disk is full", remedy="make room on the disk; it will be tried again")
    if isinstance(error, sqlite3.OperationalError) and name not in ("", "SQLITE_ERROR"):
        return StoreBusy(
            f"the database cannot be used just now ({name})",
            remedy="check room, health and permissions of the disk",
        )
    return StoreError(f"the database answers: {error}", remedy="report this: it should not happen")


def new_id(tx: Tx, one: Insert) -> int:
    """Insert one row and return its number."""
    key = tx.connection.execute(one).inserted_primary_key
    return int(key[0]) if key else 0


def insert_new(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that are not there yet; return how many that were."""
    if not rows:
        return 0
    statement = _insert(tx, table).on_conflict_do_nothing()
    return tx.connection.execute(statement, list(rows)).rowcount


def upsert(
    tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]], *, key: Sequence[str], unless: str = ""
) -> int:
    """Insert rows, or replace those of the same ``key``; return how many were written.

    With ``unless``, a row whose column of that name is equal already is left alone.
    """
    if not rows:
        return 0
    statement = _insert(tx, table)
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in key}
    differs = table.c[unless] != statement.excluded[unless] if unless else None
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=fresh, where=differs)
    return tx.connection.execute(statement, list(rows)).rowcount


def _insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The insert that knows ``ON CONFLICT``: two dialects have it, each under its own name."""
    if tx.connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 -- two megabytes that SQLite does without

    return postgresql.insert(table)


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a long list into pieces that fit into one statement."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
