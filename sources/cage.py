"""Runs parsers on bytes from the world in a child process that can be killed.

A hostile document may cost processor time, memory, or the whole process: here it costs one child, and
its source one poll. The children are warm and used again, so that an honest document pays for two
messages only. They are started, not forked: they know nothing of the parent's main module, threads,
environment and secrets, and they end when the parent does.
"""

from __future__ import annotations

import dataclasses
import enum
import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, TypeVar

from sources import caged, errors
from sources.caged import Limits, Verdict
from sources.errors import SourceError, Unreachable, Unreadable

T = TypeVar("T")

CPU_SECONDS = 5.0
WALL_SECONDS = 30.0
"""Six times the processor time: on a busy machine a feed of 10,000 posts is slow, and neither stuck nor hostile."""
MEMORY_BYTES = 512 * 1024 * 1024
CHILDREN = 2
"""One core is enough for parsing; the second child works on while the first is stuck."""

_START_SECONDS = 60.0  # to load the parsers on the slowest machine
_LONGEST_NAME = 80  # letters of an exception's name
_DEATH_SECONDS = 0.5  # between the end of the line and the exit status

_REMEDY = "leave it; if it lasts, the source is broken or hostile and should be switched off"

_BOOT: Final = "import sys; sys.path[:] = sys.argv[5:]; from sources.caged import live; live(*sys.argv[1:5])"


class InProcess:
    """Implements ``sources.base.Parser`` right here, without limits: for tests and small tools."""

    def run(self, job: Callable[..., T], body: bytes, /, **options: Any) -> T:
        """Return ``job(body, **options)``. Raises ``SourceError``."""
        try:
            return job(body, **options)
        except SourceError:
            raise
        except Exception as error:  # whatever a parser meets in hostile bytes
            raise _unreadable(type(error).__name__) from error

    def close(self) -> None:
        """Nothing is held."""


class Cage:
    """Implements ``sources.base.Parser``. Safe to share among threads."""

    def __init__(
        self,
        *,
        children: int = CHILDREN,
        cpu: float = CPU_SECONDS,
        wall: float = WALL_SECONDS,
        memory: int = MEMORY_BYTES,
    ) -> None:
        self._limits = Limits(cpu=cpu, wall=wall, memory=memory)
        self._places = threading.Semaphore(children)
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._closed = False

    def run(self, job: Callable[..., T], body: bytes, /, **options: Any) -> T:
        """Return ``job(body, **options)``. Raises ``SourceError``: ``Unreadable`` if the job fails.

        ``job`` is a function at the top of an importable module, and returns plain values and
        dataclasses of ``sources`` or its own module. A child that was taken over by a document can
        send nothing else.
        """
        call = pickle.dumps((job.__module__, job.__qualname__, options))
        with self._places:
            child = self._take()
            retires = True
            try:
                verdict, retires, result = child.ask(call, body)
            finally:
                self._give_back(child, keep=not retires)
        value: T = _outcome(verdict, result, job.__module__)
        return value

    def close(self) -> None:
        """End the children. Who is at work may finish; further jobs are refused."""
        with self._lock:
            self._closed = True
            children, self._idle = self._idle, []
        for child in children:
            child.end()

    def _take(self) -> _Child:
        while True:
            with self._lock:
                if self._closed:
                    raise Unreachable("the program is about to end")
                child = self._idle.pop() if self._idle else None
            if child is None:
                return _Child(self._limits)
            if child.is_alive():
                return child
            child.end()

    def _give_back(self, child: _Child, *, keep: bool) -> None:
        with self._lock:
            keep = keep and not self._closed
            if keep:
                self._idle.append(child)
        if not keep:
            child.end()


class _Child:
    """The parent's end of one child."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sock, theirs = socket.socketpair()
        with theirs:
            self._process = _start(theirs.fileno(), limits)
        try:
            self._ready()
        except BaseException:
            self.end()
            raise

    def is_alive(self) -> bool:
        """Whether it still waits for a job."""
        return self._process.poll() is None

    def ask(self, call: bytes, body: bytes) -> tuple[Verdict, bool, bytes]:
        """Have a job done; say how it ended, whether the child retires, and with what result."""
        ends = time.monotonic() + self._limits.wall
        try:
            self._sock.settimeout(self._limits.wall)
            caged.send(self._sock, call, body)
            (verdict, retires), result = caged.receive(self._sock, ends)
            return Verdict(verdict), bool(retires), result
        except TimeoutError:
            told = f"reading it took longer than {self._limits.wall:g} seconds"
            raise Unreadable(told, remedy=_REMEDY) from None
        except (OSError, ValueError):
            raise Unreadable(self._cause_of_death(), remedy=_REMEDY) from None

    def end(self) -> None:
        """Kill it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._sock.close()

    def _ready(self) -> None:
        try:
            said = caged.receive(self._sock, time.monotonic() + _START_SECONDS)
        except OSError:
            said = None
        if said != caged.READY:
            raise Unreachable(
                "the parser could not be started",
                remedy="see whether the machine is short of memory, or the service unit forbids setrlimit",
            )

    def _cause_of_death(self) -> str:
        with suppress(subprocess.TimeoutExpired):  # it lives, but talks nonsense
            if self._process.wait(timeout=_DEATH_SECONDS) == -signal.SIGPROF:
                return f"reading it took more than {self._limits.cpu:g} seconds of processor time"
        return "it crashed the parser"


def _start(descriptor: int, limits: Limits) -> subprocess.Popen[bytes]:
    path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 -- "" stands for the folder we are in
    command = [sys.executable, "-I", "-B", "-c", _BOOT, str(descriptor)]
    command += [str(limits.cpu), str(limits.wall), str(limits.memory), *path]
    return subprocess.Popen(  # noqa: S603 -- our own interpreter and constants
        command,
        env={},  # no secret, no proxy, no surprise
        pass_fds=[descriptor],
        start_new_session=True,  # Ctrl-C at the terminal is for the parent alone
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # parsers quote what they warn about: text from the world
    )


def _outcome(verdict: Verdict, result: bytes, module: str) -> Any:
    if verdict is Verdict.FAILED:
        raise _unreadable(result[:_LONGEST_NAME].decode("ascii", "replace"))
    try:
        value = _Unpickler(result, module).load()
        if verdict is Verdict.DONE:
            return value
        error = _known_error(*value)
    except Exception as broken:  # a pickle from a child that was taken over can raise anything
        raise _unreadable(type(broken).__name__) from broken
    raise error


def _known_error(
    name: str, message: str, retry_after: timedelta | None, http_status: int | None, remedy: str
) -> SourceError:
    kind: type[SourceError] = getattr(errors, name)
    if not issubclass(kind, SourceError):
        raise TypeError
    return kind(message, retry_after=retry_after, http_status=http_status, remedy=remedy)


class _Unpickler(pickle.Unpickler):
    """Loads plain values, dates, and the dataclasses and enums of the sources: nothing that acts."""

    def __init__(self, octets: bytes, module: str) -> None:
        super().__init__(io.BytesIO(octets))
        self._module = module

    def find_class(self, module: str, name: str, /) -> Any:
        if module == "datetime" and name in {"date", "datetime", "timedelta", "timezone"}:
            return super().find_class(module, name)
        if module == self._module or module.startswith("sources."):
            found = getattr(sys.modules.get(module), name, None)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _unreadable(kind: str) -> Unreadable:
    if kind == MemoryError.__name__:
        return Unreadable("reading it took too much memory", remedy=_REMEDY)
    return Unreadable(f"it cannot be read ({kind if kind.isidentifier() else '?'})", remedy=_REMEDY)
