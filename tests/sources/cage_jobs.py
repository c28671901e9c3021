"""What the tests have done in the cage: honest work and every kind of harm."""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from sources.errors import Throttled, Unreadable

_KEPT: list[bytes] = []


class Tone(Enum):
    """Something a result may hold."""

    GLAD = "glad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something a job may return."""

    words: tuple[str, ...]
    at: datetime
    wait: timedelta
    tone: Tone
    marks: frozenset[int] = frozenset()


class Private(Unreadable):
    """A refinement that only this module knows."""


class _Trap:
    """A pickle that acts on whoever loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


def double(body: bytes) -> bytes:
    """Do honest work."""
    return body * 2


def describe(body: bytes, *, at: datetime, suffix: str = "") -> tuple[Found, ...]:
    """Do honest work with options and a rich result."""
    words = tuple(body.decode().split())
    return (Found(words=(*words, suffix), at=at, wait=timedelta(1), tone=Tone.GLAD, marks=frozenset({1})),)


def pid(body: bytes) -> int:
    """Say which child this is."""
    return os.getpid()


def spin(body: bytes) -> None:
    """Never end."""
    while True:
        pass


def spin_shielded(body: bytes) -> None:
    """Never end, and catch everything."""
    while True:
        try:
            while True:
                pass
        except BaseException:  # noqa: BLE001, S110 -- the point of it
            pass


def doze(body: bytes) -> None:
    """Wait for ever, at no cost."""
    time.sleep(60)


def work(body: bytes, *, seconds: float) -> float:
    """Use up processor time."""
    started = time.process_time()
    while time.process_time() - started < seconds:
        pass
    return seconds


def hoard(body: bytes) -> int:
    """Take a gigabyte."""
    return len(bytearray(1024 * 1024 * 1024))


def keep(body: bytes, *, size: int) -> int:
    """Hold on to memory after the job."""
    _KEPT.append(b"x" * size)
    return os.getpid()


def crash(body: bytes) -> None:
    """Read from address zero."""
    ctypes.string_at(0)


def leave(body: bytes) -> None:
    """End the process without a word."""
    os._exit(0)


def give_up(body: bytes) -> None:
    """End the process politely."""
    sys.exit(3)


def recurse(body: bytes) -> None:
    """Go down without a bottom."""
    recurse(body)


def stumble(body: bytes) -> None:
    """Fail with words from the document."""
    raise ValueError(body.decode())


def object_knowingly(body: bytes) -> None:
    """Fail in the words of the sources."""
    raise Throttled("wait", retry_after=timedelta(hours=1), http_status=429, remedy="be patient")


def object_privately(body: bytes) -> None:
    """Fail with an error that the parent does not know."""
    raise Private("half of it is missing")


def no_pickle(body: bytes) -> Any:
    """Return what cannot be sent."""
    return lambda: None


def trap(body: bytes) -> Any:
    """Return a pickle that acts."""
    return _Trap()


def trap_by_name(body: bytes) -> Any:
    """Return something of the sources that is no plain data."""
    return importlib.import_module("sources.cage").Cage


def too_much(body: bytes) -> bytes:
    """Return more than a message may hold."""
    return bytes(65 * 1024 * 1024)


def write(body: bytes) -> None:
    """Write a file."""
    Path(body.decode()).write_text("harm", encoding="utf-8")


def connect(body: bytes) -> None:
    """Speak to somebody."""
    socket.create_connection(("127.0.0.1", int(body)))


def look_up(body: bytes) -> None:
    """Ask the name server."""
    socket.getaddrinfo("localhost", 80)


def start(body: bytes) -> None:
    """Start a program."""
    subprocess.run(["true"], check=False)


def fork(body: bytes) -> None:
    """Multiply."""
    os.fork()


def surroundings(body: bytes) -> dict[str, Any]:
    """Say what the child knows."""
    return {
        "environment": dict(os.environ),
        "files": sorted(int(name) for name in os.listdir("/proc/self/fd")),  # noqa: PTH208 -- names are enough
        "modules": sorted(sys.modules),
        "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "session": os.getsid(0) == os.getpid(),
        "main": Path(sys.modules["__main__"].__dict__.get("__file__") or "").name,
        "now": datetime.now(UTC),
    }
