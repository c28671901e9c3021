"""The store opens its own file and no other, alone and in private; it writes all or nothing, and says plainly what is wrong."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from monitor.errors import StoreBusy, StoreError, StoreRefused, StoreTooNew
from monitor.store import Store, Tx, health
from monitor.store.tables import meta, school

BRIEFLY = 0.05


def _tick(store: Store, now: object) -> None:
    with store.write() as tx:
        health.set_reload_error(tx, str(now))


def _reload_error(store: Store) -> str | None:
    with store.read() as tx:
        return tx.connection.execute(select(meta.c.value)).scalar()


def _damage(path: Path, *, offset: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(os.urandom(length))


def test_everything_it_makes_is_private(tmp_path: Path) -> None:
    state = tmp_path / "var" / "state"
    store = Store.open(state)
    _tick(store, "something in the log")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()}
    store.close()
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(["monitor.db", "monitor.db-wal", "monitor.db-shm", "install.key"], 0o600)


def test_a_database_that_others_could_read_is_closed_to_them(state: Path) -> None:
    (state / "monitor.db").chmod(0o644)
    Store.open(state).close()
    assert stat.S_IMODE((state / "monitor.db").stat().st_mode) == 0o600


def test_the_installation_key_stays_the_same(state: Path) -> None:
    keys = set()
    for _ in range(2):
        opened = Store.open(state)
        keys.add(opened.install_key)
        opened.close()
    assert keys == {(state / "install.key").read_bytes()}
    assert {len(key) for key in keys} == {32}


def test_a_key_that_was_cut_short_is_refused(state: Path) -> None:
    (state / "install.key").write_bytes(b"short")
    with pytest.raises(StoreError, match="not the 32 bytes") as caught:
        Store.open(state)
    assert "restore" in caught.value.remedy


def test_the_database_waits_for_the_disk_and_overwrites_what_it_deletes(store: Store) -> None:
    with store.write() as tx:
        settings = {
            name: tx.connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10_000,
    }


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:
    def break_down(tx: Tx) -> None:
        health.set_reload_error(tx, "half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.write() as tx:
        break_down(tx)
    assert _reload_error(store) is None


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.read() as tx:
        health.set_reload_error(tx, "no")


def test_a_reader_sees_one_state_while_a_writer_goes_on(store: Store) -> None:
    _tick(store, "before")
    with store.read() as tx:
        first = tx.connection.execute(select(meta.c.value)).scalar()
        _tick(store, "after")
        second = tx.connection.execute(select(meta.c.value)).scalar()
    assert (first, second, _reload_error(store)) == ("before", "before", "after")


@pytest.mark.parametrize("handles", [1, 8], ids=["one store", "a store for each"])
def test_eight_threads_that_read_and_then_write_wait_for_one_another(
    store: Store, state: Path, handles: int
) -> None:
    _tick(store, 0)
    stores = [Store.open(state) for _ in range(handles)]

    def count_up(own: Store) -> None:
        for _ in range(10):
            with own.write() as tx:
                value = int(tx.connection.execute(select(meta.c.value)).scalar_one())
                health.set_reload_error(tx, str(value + 1))

    threads = [threading.Thread(target=count_up, args=(stores[n % handles],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for own in stores:
        own.close()
    assert _reload_error(store) == "80"


def test_a_database_that_another_program_holds_is_busy(state: Path) -> None:
    store = Store.open(state, patience=BRIEFLY)
    with closing(sqlite3.connect(state / "monitor.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="locked by another program"):
            _tick(store, "no")
        other.execute("ROLLBACK")
    _tick(store, "yes")
    assert _reload_error(store) == "yes"
    store.close()


def test_a_write_within_a_write_is_told_and_does_not_hang(state: Path) -> None:
    store = Store.open(state, patience=BRIEFLY)
    with store.write(), pytest.raises(StoreBusy, match="another part"), store.write():
        pass
    store.close()


def test_a_row_that_breaks_a_rule_is_refused_without_telling_its_text(store: Store) -> None:
    row = {"slug": "holm-nook", "name": "Secret", "active": True}
    with pytest.raises(StoreRefused) as caught, store.write() as tx:
        tx.connection.execute(school.insert(), [row, row])
    assert "Secret" not in str(caught.value)
    assert "Secret" not in str(caught.value.__cause__)


def test_no_more_room_for_pages_is_a_full_disk(store: Store) -> None:
    with store.write() as tx:
        tx.connection.execute(text("PRAGMA max_page_count=1"))
    with pytest.raises(StoreBusy, match="the disk is full"):
        _tick(store, "x" * 1_000_000)
    _tick(store, "room again")


FULL_DISK = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.errors import StoreBusy
from monitor.store import Store, health
state = Path(sys.argv[1])
size = (state / "monitor.db").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
store = Store.open(state)
try:
    with store.write() as tx:
        health.set_reload_error(tx, "x" * 2 * size)
except StoreBusy as busy:
    with store.read() as tx:
        print(busy, "|", health.facts(tx, datetime(2026, 11, 24, tzinfo=UTC)).rejected_reload)
"""


def test_a_full_disk_is_told_and_what_was_stored_stays_readable(state: Path) -> None:
    before = Store.open(state)
    _tick(before, "before")
    before.close()
    full = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(state)], capture_output=True, text=True, check=True
    )
    assert full.stdout == "the database cannot be used just now (SQLITE_IOERR_WRITE) | before\n"
    after = Store.open(state)
    _tick(after, "there is room again")
    assert _reload_error(after) == "there is room again"
    after.close()


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 200), (16, 80), (4096, 200)], ids=["no header", "odd header", "a page"]
)
def test_a_damaged_file_is_recognised_and_left_where_it_is(state: Path, offset: int, length: int) -> None:
    _damage(state / "monitor.db", offset=offset, length=length)
    damaged = (state / "monitor.db").read_bytes()
    with pytest.raises(StoreError) as caught:
        Store.open(state)
    assert "backup" in caught.value.remedy or "state" in caught.value.remedy
    assert (state / "monitor.db").read_bytes() == damaged


def test_whatever_a_disk_did_to_the_file_it_is_told_or_it_does_no_harm(state: Path, tmp_path: Path) -> None:
    whole = (state / "monitor.db").read_bytes()
    dice = random.Random(24)
    told = 0
    for seed in range(40):
        broken = tmp_path / str(seed)
        shutil.copytree(state, broken)
        damaged = bytearray(whole)
        for _ in range(200):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        (broken / "monitor.db").write_bytes(damaged)
        try:
            Store.open(broken).close()
        except StoreError:
            told += 1
    assert told == 40


def test_a_database_of_another_program_is_not_touched(state: Path) -> None:
    path = state / "monitor.db"
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="another program"):
        Store.open(state)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_newer_database_is_refused(state: Path) -> None:
    with closing(sqlite3.connect(state / "monitor.db")) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    with pytest.raises(StoreTooNew, match="newer version"):
        Store.open(state)


def test_a_state_that_cannot_be_used_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be used") as caught:
        Store.open(tmp_path / "file" / "state")
    assert "state" in caught.value.remedy


def test_a_link_in_the_place_of_the_database_is_not_followed(state: Path, tmp_path: Path) -> None:
    (state / "monitor.db").unlink()
    (state / "monitor.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(StoreError, match="cannot be used"):
        Store.open(state)
    assert not (tmp_path / "elsewhere.db").exists()


def test_an_address_names_another_file(state: Path, tmp_path: Path) -> None:
    store = Store.open(state, url=f"sqlite:///{tmp_path / 'other.db'}")
    assert store.path == tmp_path / "other.db"
    store.close()


def test_another_kind_of_database_is_refused_in_plain_words(state: Path) -> None:
    with pytest.raises(StoreError, match="only SQLite"):
        Store.open(state, url="postgresql://db.example/monitor")


def test_after_compacting_nothing_that_was_deleted_can_be_read(store: Store, state: Path) -> None:
    canaries = [f"canary-{number:04}-{'y' * number}" for number in range(0, 2000, 20)]
    with store.write() as tx:
        tx.connection.execute(
            school.insert(), [{"slug": word, "name": word, "active": False} for word in canaries]
        )
    with store.write() as tx:
        tx.connection.execute(school.delete())
    assert store.compact()
    left = b"".join(path.read_bytes() for path in state.iterdir())
    assert left.count(b"canary-") == 0


def test_compacting_beside_a_reader_is_put_off(state: Path) -> None:
    store = Store.open(state, patience=BRIEFLY)
    with store.read() as tx:
        tx.connection.execute(select(meta.c.value)).all()
        assert not store.compact()
    assert store.compact()
    store.close()
