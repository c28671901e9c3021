"""What systemd tells a service through the environment; read here so that nothing else reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """How the process was started."""

    journal: bool
    """Standard error goes to the journal, which adds the time and reads ``<3>`` prefixes."""
    notify_socket: str
    """Where to send READY and WATCHDOG (sd_notify(3)); empty if nobody listens."""


def surroundings(environ: Mapping[str, str], *, fd: int = 2) -> Surroundings:
    """Read what systemd says. ``fd`` is the descriptor that the log is written to."""
    return Surroundings(
        journal=_is_journal(environ.get("JOURNAL_STREAM", ""), fd),
        notify_socket=environ.get("NOTIFY_SOCKET", ""),
    )


def _is_journal(stream: str, fd: int) -> bool:
    """``$JOURNAL_STREAM`` names device and inode; a redirected descriptor has others (systemd.exec(5))."""
    try:
        found = os.fstat(fd)
    except OSError:
        return False
    return stream == f"{found.st_dev}:{found.st_ino}"
