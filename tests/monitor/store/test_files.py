"""Files are made for their owner's eyes, and an administrator who comes first locks nobody out."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store import files


def test_a_new_file_is_private_and_an_open_one_is_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for _ in range(2):
        os.close(files.private_file(path))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o666)


def test_what_root_makes_belongs_to_the_owner_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda _handle, user, group: given.append((user, group)))
    os.close(files.private_file(tmp_path / "file"))
    for _ in range(2):
        files.private_folder(
            tmp_path / "backups"
        )  # by an upgrade's first look; one that is there stays as it is
    owner = tmp_path.stat()
    assert given == [(owner.st_uid, owner.st_gid)] * 2
    assert stat.S_IMODE((tmp_path / "backups").stat().st_mode) == 0o700


def test_what_belongs_to_somebody_else_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(0o660)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    os.close(files.private_file(path))
    files.private_database(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_database_that_vanishes_while_we_look_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(b"")

    def refuse(_path: Path, _mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(StoreError, match="Operation not permitted"):
        files.private_database(path)


def test_only_one_holds_a_file_at_a_time(tmp_path: Path) -> None:
    import fcntl

    with files.locked(tmp_path / "file"):
        other = files.private_file(tmp_path / "file")
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
