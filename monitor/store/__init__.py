"""The memory of the house: one database file, questions and writes by subject.

``Store`` opens the file and hands out transactions; the functions of ``polls``, ``record``,
``outbox``, ``incidents``, ``mentions``, ``digests``, ``health`` and ``purge`` take one and speak in
the house's own values. Rows never leave this package, and nobody else speaks SQL.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from monitor.errors import StoreBusy, StoreDamaged, StoreError
from monitor.store.engine import PATIENCE, Tx, connect, plainly
from monitor.store.files import install_key, locked, private_database, private_folder
from monitor.store.lock import hold
from monitor.store.recover import Recovery, replace_damaged, was_emptied
from monitor.store.schema import prepare

__all__ = ["Recovery", "Store", "Tx", "hold"]

_FILE = "monitor.db"
_SQLITE = "sqlite:///"


class Store:
    """An open database. Safe to use from several threads; not across a fork."""

    def __init__(self, path: Path, key: bytes, *, patience: float) -> None:
        self.path = path
        self.install_key = key
        self._patience = patience
        self._turn = threading.Lock()
        self._reader: Engine = connect(path, patience=patience, readonly=True)
        self._writer: Engine = connect(path, patience=patience, lone=True)

    @classmethod
    def open(cls, state: Path, *, url: str = "", migrate: bool = True, patience: float = PATIENCE) -> Store:
        """Open ``monitor.db`` in the folder ``state``, making both if need be.

        An older database is backed up and migrated. ``patience`` is how many seconds to wait for
        another writer. Raises ``StoreTooNew``, ``StoreBusy``, or ``StoreError`` for a damaged file.
        """
        if url and not url.startswith(_SQLITE):
            raise StoreError("only SQLite is supported so far", remedy='leave out the database\'s "url"')
        path = Path(url.removeprefix(_SQLITE)) if url else state / _FILE
        private_folder(state)
        with locked(state / "install.key") as handle:  # two first starts at once must not cross
            key = install_key(handle)
            private_database(path)
            prepare(path, patience=patience, migrate=migrate)
        return cls(path, key, patience=patience)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """See one consistent state of everything, without waiting for writers. Writing fails."""
        with plainly(), self._reader.begin() as connection:
            yield Tx(connection, self.install_key)

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Change things together or not at all. Keep it short: there is one writer at a time.

        Raises ``StoreBusy`` if the database stays locked, the disk is full or fails; nothing is
        changed then. Never do network in here.
        """
        with self._alone(), plainly(), self._writer.begin() as connection:
            yield Tx(connection, self.install_key)

    def compact(self) -> bool:
        """Rewrite the file without what was deleted, and empty the log beside it. Once a day, after a purge.

        Deleted text is overwritten at once, but traces outlive it in free space and in the log. False
        if somebody was reading: then the log is emptied another time.
        """
        with self._alone(), plainly(), closing(sqlite3.connect(self.path, timeout=self._patience)) as base:
            base.execute("VACUUM")
            busy, *_ = base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._patience):
            raise StoreBusy("another part of the program keeps the database", remedy="it will be tried again")
        try:
            yield
        finally:
            self._turn.release()

    @classmethod
    def mended(cls, state: Path, now: datetime) -> tuple[Store, Recovery | None]:
        """``open``, but a damaged file is replaced by the newest good copy; only for whoever holds the lock."""
        path, done = state / _FILE, None
        if was_emptied(path):
            done = replace_damaged(path, now)
        try:
            return cls.open(state), done
        except StoreDamaged:
            done = replace_damaged(path, now)
        return cls.open(state), done

    def close(self) -> None:
        """Let go of the file."""
        self._reader.dispose()
        self._writer.dispose()
