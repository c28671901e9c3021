"""One request at a time for each host, and a pause between two: politeness among our own threads.

Who waits here holds up nobody but himself: every host has a queue of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sources.errors import Throttled

LONGEST_WAIT = timedelta(seconds=60)
"""A thread that has to wait for longer does something else and comes back."""

_SWEEP_ABOVE = 1_000  # hosts; article links may lead to very many


@dataclass(slots=True)
class _Host:
    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    """When the pause after the last request is over."""
    users: int = 0
    """Threads that speak to the host or wait to do so."""


class Turns:
    """Hands out turns, by ``host:port``."""

    def __init__(self, *, sleep: Callable[[float], None], monotonic: Callable[[], float]) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    @contextmanager
    def take(self, key: str, pause: timedelta) -> Iterator[float]:
        """Wait for the turn and hold it; yield the seconds waited.

        Raises ``Throttled`` instead of waiting for more than a minute. ``pause`` is what must lie
        between the end of one request and the start of the next.
        """
        arrived = self._monotonic()
        host = self._enter(key, pause.total_seconds(), arrived)
        try:
            if not host.lock.acquire(timeout=LONGEST_WAIT.total_seconds()):
                raise _throttled(key, pause.total_seconds())
            try:
                self._wait(key, host, arrived)
                try:
                    yield self._monotonic() - arrived
                finally:
                    host.free_at = self._monotonic() + pause.total_seconds()
            finally:
                host.lock.release()
        finally:
            with self._lock:
                host.users -= 1

    def _enter(self, key: str, pause: float, now: float) -> _Host:
        with self._lock:
            if len(self._hosts) > _SWEEP_ABOVE:
                self._hosts = {
                    name: one for name, one in self._hosts.items() if one.users or one.free_at > now
                }
            host = self._hosts.setdefault(key, _Host(free_at=now))
            expected = max(0.0, host.free_at - now) + host.users * pause
            if expected > LONGEST_WAIT.total_seconds():
                raise _throttled(key, expected)
            host.users += 1
            return host

    def _wait(self, key: str, host: _Host, arrived: float) -> None:
        now = self._monotonic()
        left = host.free_at - now
        if now - arrived + left > LONGEST_WAIT.total_seconds():
            raise _throttled(key, left)
        if left > 0:
            self._sleep(left)


def _throttled(key: str, seconds: float) -> Throttled:
    return Throttled(
        f"too many requests of ours wait for {key}",
        retry_after=timedelta(seconds=max(seconds, 1.0)),
        remedy="ask the sources on this host less often (every = …)",
    )
