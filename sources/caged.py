"""The child in the parser's cage: takes a job, does it within its limits, replies, takes the next.

Runs in a process of its own that ``sources.cage`` starts and kills. It ends when its line does.
"""

from __future__ import annotations

import importlib
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sources import errors
from sources.errors import SourceError

MOST_RESULT = 64 * 1024 * 1024
"""Bytes of one message; 5 MB of feed come to a fraction of this."""

READY = (b"", b"")
"""What a child says once it can work."""

_PRELOADED = ("feedparser", "bs4", "lxml.html")  # jobs import them late; that shall not count as their time
_MOST_JOBS = 1_000  # then a child has served its time: C libraries leak
_MOST_GROWTH = 128 * 1024 * 1024  # bytes it may hold on to beyond what it started with, likewise
_PATIENCE = 2  # times the wall limit: only where the parent died and cannot kill any more

_HEAD = struct.Struct("!II")  # lengths of the two parts of a message
_SMALL = 65_536  # bytes that are cheaper to copy than to send apart
_SHORTEST_WAIT = 0.001  # seconds; zero would mean "do not wait at all"

# A parser reads. It neither writes files, nor speaks to anybody, nor starts anything (PEP 578).
_FORBIDDEN = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.remove",
        "os.rename",
        "os.system",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.sendto",
        "subprocess.Popen",
    }
)


class Verdict(IntEnum):
    """How a job ended, and so what the second part of a reply holds."""

    DONE = 0
    """What the job returned, pickled."""
    KNOWN = 1
    """A ``SourceError`` that the job raised, as plain values, pickled."""
    FAILED = 2
    """The name of the type of any other exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may cost."""

    cpu: float
    """Seconds of processor time."""
    wall: float
    memory: int
    """Bytes beyond what the child needs by itself."""


def live(descriptor: str, cpu: str, wall: str, memory: str) -> None:
    """Serve until the parent hangs up. The arguments come from a command line."""
    limits = Limits(cpu=float(cpu), wall=float(wall), memory=int(memory))
    with socket.socket(fileno=int(descriptor)) as sock:
        _settle()
        for name in _PRELOADED:
            with suppress(ImportError):
                importlib.import_module(name)
        sys.addaudithook(_forbid)
        statm = os.open("/proc/self/statm", os.O_RDONLY)
        start, resident = _memory(statm)
        resource.setrlimit(resource.RLIMIT_AS, (start + limits.memory, resource.RLIM_INFINITY))
        send(sock, *READY)
        with suppress(OSError):  # the parent has hung up
            serve(sock, limits, lambda: _memory(statm)[1] - resident)


def serve(sock: socket.socket, limits: Limits, growth: Callable[[], int]) -> None:
    """Do job after job. Raises ``OSError`` when the line ends."""
    for count in range(1, sys.maxsize):
        call, body = receive(sock)
        verdict, result = do(call, body, limits)
        retires = count >= _MOST_JOBS or growth() > _MOST_GROWTH
        send(sock, bytes((verdict, retires)), result)


def do(call: bytes, body: bytes, limits: Limits) -> tuple[Verdict, bytes]:
    """Do one job and put its end into bytes."""
    try:
        module, name, options = pickle.loads(call)  # noqa: S301 -- from our own parent
        job = getattr(importlib.import_module(module), name)
        with _limited(limits):
            result = pickle.dumps(job(body, **options), pickle.HIGHEST_PROTOCOL)
    except SourceError as error:
        return Verdict.KNOWN, pickle.dumps(_plain(error))
    except BaseException as error:  # noqa: BLE001 -- whatever a parser meets in hostile bytes, exits too
        return Verdict.FAILED, type(error).__name__.encode()
    if len(result) > MOST_RESULT:
        return Verdict.FAILED, b"OverflowError"
    return Verdict.DONE, result


def send(sock: socket.socket, first: bytes, second: bytes) -> None:
    """Send one message of two parts."""
    head = _HEAD.pack(len(first), len(second)) + first
    if len(second) < _SMALL:
        sock.sendall(head + second)
    else:
        sock.sendall(head)
        sock.sendall(second)


def receive(sock: socket.socket, ends: float | None = None) -> tuple[bytes, bytes]:
    """Return one message. Raises ``OSError`` when time (monotonic) or the line ends before it."""
    first, second = _HEAD.unpack(_exactly(sock, _HEAD.size, ends))
    if max(first, second) > MOST_RESULT:
        raise ConnectionError
    return _exactly(sock, first, ends), _exactly(sock, second, ends)


def _exactly(sock: socket.socket, count: int, ends: float | None) -> bytes:
    octets = bytearray(count)
    view = memoryview(octets)
    while view:
        if ends is not None:
            sock.settimeout(max(ends - time.monotonic(), _SHORTEST_WAIT))
        got = sock.recv_into(view)
        if not got:
            raise ConnectionError
        view = view[got:]
    return bytes(octets)


def _settle() -> None:
    """Undo what a parent may hand down, and leave no trace of a crash."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for deadly in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(deadly, signal.SIG_DFL)
    for theirs in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(theirs, signal.SIG_IGN)  # the parent ends us when it is done
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(kind, (0, 0))


@contextmanager
def _limited(limits: Limits) -> Iterator[None]:
    """Die of a signal that no library can catch, rather than go on for longer than allowed."""
    signal.setitimer(signal.ITIMER_PROF, limits.cpu)
    signal.setitimer(signal.ITIMER_REAL, limits.wall * _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _forbid(event: str, args: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN or (event == "open" and _writes(args)):
        raise PermissionError(event)


def _writes(args: tuple[Any, ...]) -> bool:
    flags = args[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def _memory(statm: int) -> tuple[int, int]:
    """Virtual and resident bytes of this process."""
    size, resident = os.pread(statm, 64, 0).split()[:2]
    page = resource.getpagesize()
    return int(size) * page, int(resident) * page


def _plain(error: SourceError) -> tuple[object, ...]:
    """What the parent needs to raise it again; a class it does not know becomes the one above it."""
    name = next(kind.__name__ for kind in type(error).__mro__ if getattr(errors, kind.__name__, None) is kind)
    return name, str(error), error.retry_after, error.http_status, error.remedy
