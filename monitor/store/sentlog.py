"""What has been sent, beside the database: a restored database must not mail everything again.

One line per message, a hash of its Message-ID, on the disk before we say so. Lines are only added;
a line that a crash cut short stands for nothing.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import threading
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import StoreBusy
from monitor.store.files import private_file

TURN = timedelta(days=200)
"""After this time a new file is begun, and the last but one is forgotten.

Far longer than any backup is kept, and twice it is less than what the database remembers: an id may
come again once both have forgotten it, and that message must go out.
"""

_LINE = re.compile(rb"[0-9a-f]{32}")
_BEGUN = re.compile(rb"begun (\S+)")


class SentLog:
    """The Message-IDs that a channel has accepted. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._old = path.with_name(path.name + ".old")
        self._lock = threading.Lock()
        self._read_to = 0
        self._inode = 0
        self._sent: set[bytes] = set()
        self._unwritten: set[bytes] = set()
        """Sent while the disk was full: written with the next that can be."""

    def contains(self, message_id: str) -> bool:
        """Whether that message has been sent, by this process or another."""
        with self._lock:
            self._catch_up()
            hashed = _hash(message_id)
            return hashed in self._sent or hashed in self._unwritten

    def add(self, *message_ids: str) -> None:
        """Remember messages as sent; they are on the disk when this returns. Raises ``StoreBusy``."""
        with self._lock:
            self._unwritten |= set(map(_hash, message_ids))
            self._append(b"\n".join(sorted(self._unwritten)))
            self._unwritten.clear()

    def turn(self, now: datetime) -> bool:
        """Begin a new file if this one is old; say whether. Call it now and then, such as with a purge."""
        with self._lock:
            lines = self._path.read_bytes().split(b"\n") if self._path.exists() else []
            begun = next((match[1] for line in lines if (match := _BEGUN.fullmatch(line))), None)
            due = begun is not None and now - datetime.fromisoformat(begun.decode()) > TURN
            if due:
                self._path.replace(self._old)
            if due or begun is None:
                self._append(f"begun {now.isoformat()}".encode())
            return due

    def _append(self, line: bytes) -> None:
        handle = private_file(self._path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # two processes must not write into one another's line
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            _write(handle, (b"\n" if torn else b"") + line + b"\n", size)
            os.fsync(handle)
        except OSError as error:
            raise StoreBusy(
                f"{self._path.name} cannot be written: {error.strerror}", remedy="make room on the disk"
            ) from error
        finally:
            os.close(handle)

    def _catch_up(self) -> None:
        """Read what was added since we looked, by whomever; all of it after a turn."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return
        if status.st_ino != self._inode:
            self._inode, self._read_to = status.st_ino, 0
            self._sent = _lines(self._old.read_bytes()) if self._old.exists() else set()
        if status.st_size > self._read_to:
            with self._path.open("rb") as file:
                file.seek(self._read_to)
                added = file.read()
            whole = added.rfind(b"\n") + 1  # what comes after is torn, or still being written
            self._sent |= _lines(added[:whole])
            self._read_to += whole


def _write(handle: int, whole: bytes, offset: int) -> None:
    if os.pwrite(handle, whole, offset) < len(whole):  # the disk took only a part of it
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _lines(content: bytes) -> set[bytes]:
    return {line for line in content.split(b"\n") if _LINE.fullmatch(line)}


def _hash(message_id: str) -> bytes:
    return hashlib.sha256(message_id.encode()).hexdigest()[:32].encode()
