"""A message that was sent is known as sent: after a crash, in another process, and beside a restored database."""

from __future__ import annotations

import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import StoreBusy
from monitor.store import files, sentlog
from monitor.store.sentlog import TURN, SentLog

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ONE, TWO, THREE = "<one@x.example>", "<two@x.example>", "<three@x.example>"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sent.log"


def test_nothing_was_sent_before_the_first_message(path: Path) -> None:
    assert not SentLog(path).contains(ONE)
    assert not path.exists()


def test_what_was_sent_is_known_here_and_after_a_restart(path: Path) -> None:
    log = SentLog(path)
    log.add(ONE)
    log.add(TWO)
    for reader in (log, SentLog(path)):
        assert [reader.contains(one) for one in (ONE, TWO, THREE)] == [True, True, False]


def test_what_another_process_sent_is_known_at_once(path: Path) -> None:
    ours, theirs = SentLog(path), SentLog(path)
    assert not ours.contains(ONE)
    theirs.add(ONE)
    assert ours.contains(ONE)
    theirs.add(TWO)
    assert ours.contains(TWO)


def test_only_hashes_are_written_for_our_eyes_only(path: Path) -> None:
    SentLog(path).add(ONE)
    assert b"one" not in path.read_bytes()
    assert b"example" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("left", range(1, 33))
def test_a_line_that_a_crash_cut_short_harms_no_other(path: Path, left: int) -> None:
    log = SentLog(path)
    log.add(ONE)
    whole = path.stat().st_size
    log.add(TWO)
    os.truncate(path, whole + left)
    after = SentLog(path)
    assert [after.contains(ONE), after.contains(TWO)] == [True, False]
    after.add(THREE)
    for reader in (after, SentLog(path)):
        assert [reader.contains(ONE), reader.contains(THREE)] == [True, True]


def test_a_message_is_on_the_disk_before_it_counts_as_sent(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_size))
    SentLog(path).add(ONE)
    assert synced == [33]


def test_a_full_disk_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pwrite", lambda _handle, _data, _offset: 5)
    with pytest.raises(StoreBusy, match="cannot be written") as caught:
        SentLog(path).add(ONE)
    assert "room" in caught.value.remedy


def test_threads_do_not_write_into_one_anothers_lines(path: Path) -> None:
    logs = [SentLog(path) for _ in range(4)]
    sent = [f"<{number}@x.example>" for number in range(80)]
    threads = [
        threading.Thread(target=lambda log=log, part=sent[n::4]: [log.add(one) for one in part])
        for n, log in enumerate(logs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = SentLog(path)
    assert all(after.contains(one) for one in sent)
    assert path.stat().st_size == 80 * 33


def test_a_writer_waits_while_another_process_writes(path: Path) -> None:
    log = SentLog(path)
    log.add(ONE)
    with files.locked(path):
        writer = threading.Thread(target=log.add, args=(TWO,))
        writer.start()
        writer.join(timeout=0.05)
        assert writer.is_alive()
        assert path.stat().st_size == 33
    writer.join()
    assert log.contains(TWO)


def test_a_file_is_turned_when_it_is_old_and_what_it_told_stays_known_once_more(path: Path) -> None:
    log, reader = SentLog(path), SentLog(path)
    log.add(ONE)
    assert [log.turn(NOW), log.turn(NOW), log.turn(NOW + TURN)] == [False, False, False]
    assert log.turn(NOW + TURN * 1.01)
    log.add(TWO)
    for one in (log, reader, SentLog(path)):
        assert [one.contains(ONE), one.contains(TWO)] == [True, True]
    assert log.turn(NOW + TURN * 2.02)
    for one in (log, reader, SentLog(path)):
        assert [one.contains(ONE), one.contains(TWO)] == [False, True]


def test_the_log_forgets_before_the_database_does() -> None:
    from monitor.store.purge import LONGEST_MEMORY

    assert 2 * sentlog.TURN <= LONGEST_MEMORY
