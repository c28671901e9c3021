"""Replaces a file of the configuration as a whole, one writer at a time.

A reader sees the old one or the new one, and after a crash one of the two is there.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monitor.errors import ConfigError, Problem


@contextmanager
def alone(path: Path, instead: str) -> Iterator[None]:
    """Hold the folder of the file: two who write at once must not undo each other.

    Raises ``ConfigError``, with what to do ``instead``, if there is no such folder or it is not to be opened.
    """
    try:
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise unwritable(path, error, instead) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, content: bytes, settle: Callable[[int, str], None]) -> None:
    """Put the content in place of the file. Raises ``OSError``; then the file is as it was.

    ``settle`` gives the new one its owner and mode, by its open handle or its name.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            settle(file.fileno(), name)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise


def unwritable(path: Path, error: OSError, instead: str) -> ConfigError:
    """Why the file cannot be written, and what to do ``instead``."""
    why = (error.strerror or "unknown reason").lower()
    return ConfigError([Problem(str(path), "", f"cannot be written: {why}; {instead}")])
