"""Brings a database file to the tables of this program, or refuses it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection

from monitor.errors import StoreDamaged, StoreError, StoreTooNew
from monitor.store.afterlife_tables import metadata
from monitor.store.engine import connect, plainly
from monitor.store.files import private_file, private_folder
from monitor.store.migrations import REVISIONS

APPLICATION_ID = 0x4D4D4F4E
"""``MMON``, in the file's header: a database of somebody else is not ours to migrate."""

_HERE = Path(__file__).parent / "migrations"


def prepare(path: Path, *, patience: float, migrate: bool) -> None:
    """Make, check and migrate the file. Raises ``StoreError``."""
    with plainly(), _legible():
        with _raw(path, patience) as base:
            version = _version(base, path)
            current = version == REVISIONS[-1]
            if current:
                return
            if not migrate:
                raise StoreError(
                    "the database is from an older version", remedy="start the monitor once: it migrates"
                )
            base.execute("PRAGMA journal_mode=WAL")
            if version is not None:
                keep(base, path.parent / "backups" / f"before-{REVISIONS[-1]}.db")
        _migrate(path, patience)


@contextmanager
def _legible() -> Iterator[None]:
    """Names of tables that are no text come from damage, and nothing else."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise _damaged() from error


def look(path: Path, *, patience: float) -> None:
    """Read the whole file. Raises ``StoreError`` unless it is a database of ours that is as it was written."""
    with plainly(), _legible(), _raw(path, patience) as base:
        if _version(base, path) is None:
            raise _damaged()


def verify(base: sqlite3.Connection) -> None:
    """Read the whole file. Raises ``StoreError`` if anything is not as it was written."""
    findings = [str(row[0]) for row in base.execute("PRAGMA quick_check(1)").fetchall()]
    if findings != ["ok"]:
        raise _damaged()


def keep(base: sqlite3.Connection, copy: Path) -> None:
    """Copy the live database into ``copy``, whole or not at all, and check the copy."""
    private_folder(copy.parent)
    draft = copy.with_name(copy.name + ".part")
    draft.unlink(missing_ok=True)
    try:
        os.close(private_file(draft))
        with closing(sqlite3.connect(draft)) as target:
            base.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            verify(target)
        draft.replace(copy)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _raw(path: Path, patience: float) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=patience, isolation_level=None)) as base:
        yield base


def _version(base: sqlite3.Connection, path: Path) -> str | None:
    """The revision of the file; ``None`` if it is empty. Raises ``StoreError``."""
    tables = {str(row[0]) for row in base.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    if not tables:
        return None
    verify(base)  # before anything is believed that stands in it
    ours = base.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    if not ours:
        raise StoreError(f"{path} is a database of another program", remedy="correct 'state' in monitor.toml")
    row = base.execute("SELECT version_num FROM alembic_version").fetchone()
    version = str(row[0])
    if version not in REVISIONS:
        raise StoreTooNew(
            f"the database was written by a newer version of the program (revision {version})",
            remedy="install that version again, or restore the backup made before it",
        )
    return version


def _damaged() -> StoreError:
    return StoreDamaged(
        "the database file is damaged",
        remedy="stop the monitor, move the file aside and restore the newest backup",
    )


def _migrate(path: Path, patience: float) -> None:
    """One transaction for all that is missing: a kill leaves the old tables or the new."""
    engine = connect(path, patience=patience, lone=True)
    try:
        with engine.connect() as connection:
            # Copying a table must not cascade into those that point at it; within a transaction this does nothing.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                (upgrade if _has_tables(connection) else lay_out)(connection)
                connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    finally:
        engine.dispose()


def _has_tables(connection: Connection) -> bool:
    """Whether there are tables by now: another program may have been faster."""
    return connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first() is not None


def lay_out(connection: Connection) -> None:
    """Give an empty file its tables: Alembic would keep ten megabytes for as long as the program runs."""
    metadata.create_all(connection)
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (REVISIONS[-1],))


def upgrade(connection: Connection) -> None:
    """Run every missing revision in the transaction of ``connection``."""
    from alembic import command  # noqa: PLC0415 -- 0.1 s and 10 MB that only an older database needs
    from alembic.config import Config  # noqa: PLC0415 -- as above

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    command.upgrade(config, "head")
