"""One daemon per database and role, held by a lock that dies with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from monitor.errors import AlreadyRunning
from monitor.store.files import private_file, private_folder

_HALVES = {"all": ("fetch", "mail"), "fetch": ("fetch",), "mail": ("mail",)}
"""What each role works on; the whole excludes both halves."""


@contextmanager
def hold(state: Path, role: str) -> Iterator[None]:
    """Keep others away from this role while we run. Raises ``AlreadyRunning``, which names the first."""
    private_folder(state)
    with ExitStack() as held:
        for half in _HALVES[role]:
            held.enter_context(_hold(state / f"monitor-{half}.lock", half))
        yield


@contextmanager
def _hold(path: Path, half: str) -> Iterator[None]:
    handle = private_file(path)  # stays when we end: removing it would let two daemons hold two files
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            first = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyRunning(
                f"another mention-monitor (process {first}) works on {path.parent} as {half}",
                remedy=f"use that one, or stop it first: systemctl stop mention-monitor, or kill {first}",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
