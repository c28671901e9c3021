"""Files that nobody else may read."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import StoreError

_KEY_BYTES = 32


def private_folder(folder: Path) -> None:
    """Make the folder for us alone if it is not there; made by root, it is its parent's owner's, as a file is.

    Raises ``StoreError``.
    """
    try:
        if folder.is_dir():
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            _give_to_owner_above(folder)
    except OSError as error:
        raise _unusable(folder, error) from error


def private_file(path: Path) -> int:
    """Open ``path`` for reading and writing, made for us alone if it is not there.

    Made by root, it is given to the folder's owner: an administrator who looks first must not lock
    the daemon out. Raises ``StoreError``.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if os.geteuid() in (0, os.fstat(handle).st_uid):
            os.fchmod(handle, 0o600)
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise _unusable(path, error) from error
    return handle


def private_database(path: Path) -> None:
    """Make an empty ``path`` for us alone, or close the one that is there to others. Raises ``StoreError``.

    A file that is there is not opened: closing it again would drop the locks that SQLite holds on it
    anywhere in this process (POSIX says so).
    """
    try:
        if path.is_symlink() or not path.exists():
            os.close(private_file(path))  # refuses the link
        elif os.geteuid() in (0, path.stat().st_uid):
            path.chmod(0o600)
    except OSError as error:
        raise _unusable(path, error) from error


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold the private file ``path`` open, alone among all processes; wait for it if need be."""
    handle = private_file(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def install_key(handle: int) -> bytes:
    """Read this installation's key from its file, or make it. Raises ``StoreError`` if it was cut short."""
    key = os.pread(handle, _KEY_BYTES + 1, 0)
    if not key:
        key = secrets.token_bytes(_KEY_BYTES)
        os.pwrite(handle, key, 0)
        os.fsync(handle)
    if len(key) != _KEY_BYTES:
        raise StoreError(
            f"the installation's key is not the {_KEY_BYTES} bytes it should be",
            remedy="restore install.key from a backup of the state folder",
        )
    return key


def _give_to_owner_above(folder: Path) -> None:
    owner = folder.parent.stat()
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fchown(handle, owner.st_uid, owner.st_gid)
    finally:
        os.close(handle)


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path} cannot be used: {error.strerror}",
        remedy="run as the user that owns the state folder, or correct 'state' in monitor.toml",
    )
