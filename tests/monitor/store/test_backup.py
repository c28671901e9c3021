"""A copy is whole and checked, for our eyes only, and made without stopping anybody; old ones go."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store import Store, backup, mentions, schema
from tests.monitor.store.given import NOW, put, told, watched

DAY = timedelta(days=1)


def test_a_copy_taken_while_somebody_writes_is_whole(store: Store, tmp_path: Path) -> None:
    put(store, told(), watched(store))
    with store.read():
        copy = backup.backup(store, tmp_path / "backups", NOW)
    put(store, told("k2"), watched(store))
    restored = tmp_path / "restored"
    restored.mkdir()
    copy.rename(restored / "monitor.db")
    again = Store.open(restored)
    with again.read() as tx:
        assert [row.key for row in mentions.listing(tx)] == ["k1"]
    again.close()


def test_copies_are_private_single_files(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    copy = backup.backup(store, folder, NOW)
    assert copy.name == "daily-2026-11-24.db"
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "daily-2026-11-24.db": 0o600,
        "weekly-2026-W48.db": 0o600,
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_seven_days_and_four_weeks_are_kept(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    for days in range(40):
        backup.backup(store, folder, NOW + days * DAY)
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"daily-2026-12-{day}.db" for day in range(27, 32)),
        "daily-2027-01-01.db",
        "daily-2027-01-02.db",
        "weekly-2026-W50.db",
        "weekly-2026-W51.db",
        "weekly-2026-W52.db",
        "weekly-2026-W53.db",
    ]


def test_the_second_copy_of_a_day_takes_the_place_of_the_first(store: Store, tmp_path: Path) -> None:
    first = backup.backup(store, tmp_path, NOW)
    put(store, told(), watched(store))
    assert backup.backup(store, tmp_path, NOW + timedelta(hours=1)) == first
    with closing(sqlite3.connect(first)) as copy:
        assert copy.execute("SELECT count(*) FROM mention").fetchone() == (1,)


def test_a_copy_that_fails_its_check_is_not_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = backup.backup(store, tmp_path / "backups", NOW)
    before = good.read_bytes()

    def refuse(_base: sqlite3.Connection) -> None:
        raise StoreError("the database file is damaged")

    monkeypatch.setattr(schema, "verify", refuse)
    with pytest.raises(StoreError, match="damaged"):
        backup.backup(store, tmp_path / "backups", NOW)
    assert good.read_bytes() == before
    assert not list((tmp_path / "backups").glob("*.part"))
