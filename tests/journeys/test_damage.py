"""Promise: a damaged database is moved aside, the newest good copy takes its place, and nothing is told twice."""

from __future__ import annotations

import os
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from monitor import app as wiring
from monitor.errors import StoreBusy, StoreDamaged
from monitor.jobs import delivering
from monitor.store import Store, recover
from monitor.store import health as vitals
from monitor.store.backup import backup
from monitor.store.sentlog import SentLog
from tests.torture import house, restore
from tests.torture.mutants import patched

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> house.House:
    """A house with a copy of its database, and posts that were told of since."""
    return restore.prepare(tmp_path_factory.mktemp("lived-in"))


def test_random_damage_costs_nothing_but_what_was_noted_since_the_copy(
    lived_in: house.House, tmp_path: Path
) -> None:
    harm = restore.run(tmp_path, lived_in, 2)

    assert harm.tried == 2
    assert harm.wrong == 0, harm


@pytest.mark.parametrize(
    "broken",
    [
        (SentLog, "contains", lambda *_: False),
        (delivering, "_without", lambda task, told: task),
        (delivering, "_free_name", lambda app, task, names: names[0]),
        (Store, "mended", classmethod(lambda cls, state, now: (cls.open(state), None))),
        (recover, "_BESIDE", ()),
    ],
    ids=["asks no log", "tells all again", "keeps the name", "mends nothing", "loses the file"],
)
def test_the_trial_finds_a_deliberate_break(broken: Any, lived_in: house.House, tmp_path: Path) -> None:
    with patched(broken):
        assert restore.run(tmp_path, lived_in, 1).wrong > 0


@pytest.fixture
def copied(state: Path) -> Path:
    """A state folder with a copy of its database that knows of a tick, and a database that knows of a later one."""
    store = Store.open(state)
    _tick(store, NOW)
    backup(store, state / "backups", NOW)
    _tick(store, NOW + timedelta(hours=5))
    store.close()
    return state


def _tick(store: Store, at: datetime) -> None:
    with store.write() as tx:
        vitals.tick(tx, at)


def _last_tick(state: Path) -> datetime | None:
    store, _ = Store.mended(state, NOW)
    try:
        with store.read() as tx:
            return vitals.last_tick_at(tx)
    finally:
        store.close()


def test_a_healthy_database_is_left_alone(copied: Path) -> None:
    assert _last_tick(copied) == NOW + timedelta(hours=5)
    assert not (copied / "damaged").exists()


def test_a_database_that_was_emptied_is_replaced(copied: Path) -> None:
    (copied / "monitor.db").write_bytes(b"")

    assert _last_tick(copied) == NOW


def test_a_copy_that_is_damaged_itself_is_passed_over(copied: Path) -> None:
    good = copied / "backups" / "daily-2026-11-24.db"
    bad = copied / "backups" / "daily-2026-11-25.db"
    shutil.copy(good, bad)
    restore.damage(bad, random.Random(1))
    os.utime(good, (1, 1))
    restore.damage(copied / "monitor.db", random.Random(2))

    assert _last_tick(copied) == NOW


def test_a_copy_from_a_future_that_never_came_is_the_last_choice(copied: Path) -> None:
    old = copied / "backups" / "daily-2026-11-24.db"
    ahead = copied / "backups" / "daily-2027-11-24.db"
    os.utime(old, ((NOW - timedelta(days=1)).timestamp(),) * 2)
    shutil.copy(old, ahead)
    os.utime(ahead, ((NOW + timedelta(days=365)).timestamp(),) * 2)

    found = recover._copies(copied / "backups", NOW)

    assert found[0] != ahead
    assert found[-1] == ahead


def test_without_any_copy_the_memory_begins_anew_and_the_file_is_kept(state: Path) -> None:
    broken = restore.damage(state / "monitor.db", random.Random(3))

    store, done = Store.mended(state, NOW)
    store.close()

    assert done is not None
    assert done.copy is None
    assert (done.aside / "monitor.db").read_bytes() == broken


def test_a_repair_that_was_broken_off_is_taken_up(copied: Path) -> None:
    restore.damage(copied / "monitor.db", random.Random(4))
    replace = Path.replace

    def die(self: Path, target: Path) -> Path:
        if self.name.endswith(".restored"):
            raise KeyboardInterrupt
        return replace(self, target)

    with mock.patch.object(Path, "replace", die), pytest.raises(KeyboardInterrupt):
        Store.mended(copied, NOW)

    assert not (copied / "monitor.db").exists()
    assert _last_tick(copied) == NOW


def test_a_disk_that_has_no_room_for_the_copy_is_told(copied: Path) -> None:
    restore.damage(copied / "monitor.db", random.Random(5))

    full = OSError(28, "No space left on device")
    with mock.patch("os.fsync", side_effect=full), pytest.raises(StoreBusy, match="No space left"):
        Store.mended(copied, NOW)

    assert (copied / "monitor.db").exists()


def test_who_only_looks_mends_nothing(tmp_path: Path) -> None:
    place = house.build(tmp_path)
    Store.open(place.config.state).close()
    restore.damage(place.config.state / "monitor.db", random.Random(6))

    with pytest.raises(StoreDamaged), wiring.open_app(place.config, now=lambda: NOW):
        pass
    with wiring.open_app(place.config, now=lambda: NOW, mend=True) as app:
        assert app.recovery is not None
