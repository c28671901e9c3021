"""Fails the N-th statement, commit, line of ``sent.log``, fetch or mail, for N = 1, 2, 3 … until nothing fails.

After each fault the house goes on undisturbed. Nothing may be lost or told under two identities, nothing may reach
an edge as a bug, the engine must not have to be started more than once again, and the log must tell of it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event

from alerts.base import Message, Receipt, Recipient
from alerts.errors import Deferred, Misconfigured
from monitor import daemon
from monitor.daemon import Engine
from monitor.errors import StoreBusy, StoreError
from monitor.store import Store
from monitor.store.sentlog import SentLog
from sources.base import Answer
from sources.errors import Throttled, Unreachable
from tests.fakes import FakeFetcher
from tests.torture import house
from tests.torture.house import READERS, HistoryChannel, House, World
from tests.torture.mutants import patched

POSTS = 3
_DISTURBED, _QUIET = 3, 7
"""Steps in which the fault may happen, and after which all must be well again."""
STORAGE = ("SQLITE_IOERR", "SQLITE_FULL", "SQLITE_BUSY")
NETWORK = (
    "unreachable",
    "throttled",
    "a bug of ours",
    "mail put off",
    "mail lost or not",
    "mail settings wrong",
)


@dataclass
class Faults:
    """What became of all faults."""

    injected: int = 0
    lost: int = 0
    doubled: int = 0
    bugs: int = 0
    """Errors of our own code at an edge, other than the one we put in."""
    crashes: int = 0
    """Exceptions that left the engine, or starts that failed more than once."""
    silent: int = 0
    """Faults of which the log says nothing."""

    @property
    def wrong(self) -> int:
        return self.lost + self.doubled + self.bugs + self.crashes + self.silent


@dataclass
class Fuse:
    """Blows at the ``nth`` call, once."""

    nth: int
    calls: int = 0

    def __call__(self) -> bool:
        self.calls += 1
        return self.calls == self.nth

    @property
    def blown(self) -> bool:
        return self.calls >= self.nth


def run(home: Path, kind: str, *, stride: int = 1, first: int = 1) -> Faults:
    """Fail every ``stride``-th call until a run has no fault."""
    found = Faults()
    Store.open(home / "empty").close()
    for number in range(first, 10_000, stride):
        if not _one(home, kind, Fuse(number), found):
            break
    return found


def _one(home: Path, kind: str, fuse: Fuse, found: Faults) -> bool:
    """One house, one fault; whether it happened."""
    place = house.build(home / "house", posts=POSTS)
    place.lay_out(home / "empty")
    heard = _Listener()
    with _listening(heard), patched((daemon, "START_AGAIN", 0.0)):
        for attempt in range(3):
            if _live(place, kind, fuse, found, start=attempt == 0):
                break
            heard.lines += 1  # the command tells why it did not start, and ends
        else:
            found.crashes += 1
    if not fuse.blown:
        return False
    said = place.said()
    found.injected += 1
    found.lost += len(said.lost(POSTS, READERS))
    found.doubled += len(said.doubled()) + said.reused()
    found.bugs += heard.bugs - (1 if kind == "a bug of ours" else 0)
    found.silent += not heard.lines
    return True


def _live(place: House, kind: str, fuse: Fuse, found: Faults, *, start: bool) -> bool:
    """Start the engine and let it work; ``False`` if it did not start, as a service would be started again."""
    blow = fuse if start or not fuse.blown else Fuse(0)
    store = Store.open(place.config.state)
    _break_storage(store, kind, blow)
    fetcher = _Web(World(clock=place.clock, posts=POSTS).fetcher(), kind, blow)
    channel, log = (
        _Mail(HistoryChannel(place.history), kind, blow),
        _Log(place.config.state / "sent.log", kind, blow),
    )
    with place.app(store=store, fetcher=fetcher, channel=channel, sent_log=log) as app:
        engine = Engine(app, monotonic=place.clock.true_seconds)
        try:
            engine._start()
        except StoreError:
            return False
        try:
            for _ in range(_DISTURBED + _QUIET):
                house.beat(engine)
                house.beat(engine)
                place.clock.advance()
        except Exception:  # noqa: BLE001 -- whatever leaves the engine is what we look for
            found.crashes += 1
    return True


def _break_storage(store: Store, kind: str, fuse: Fuse) -> None:
    if kind not in STORAGE:
        return

    def fail(*_: Any) -> None:
        if fuse():
            error = sqlite3.OperationalError(f"injected {kind}")
            error.sqlite_errorname = kind
            raise error

    for engine in (store._writer, store._reader):
        for moment in ("do_execute", "do_executemany", "do_execute_no_params"):
            event.listen(engine, moment, fail)
    event.listen(store._writer, "commit", fail)


class _Web:
    """A web of which one call fails."""

    def __init__(self, web: FakeFetcher, kind: str, fuse: Fuse) -> None:
        self._web, self._kind, self._fuse = web, kind, fuse

    def get(self, url: str, **how: Any) -> Answer:
        if self._kind in NETWORK[:3] and self._fuse():
            raise {"unreachable": Unreachable("injected"), "throttled": Throttled("injected")}.get(
                self._kind, ZeroDivisionError()
            )
        return self._web.get(url, **how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._web, name)


class _Mail:
    """A channel of which one call fails, before the mail was taken or after."""

    def __init__(self, channel: HistoryChannel, kind: str, fuse: Fuse) -> None:
        self._channel, self._kind, self._fuse = channel, kind, fuse

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        fails = self._kind in NETWORK[3:] and self._fuse()
        if fails and self._kind == "mail put off":
            raise Deferred("injected")
        if fails and self._kind == "mail settings wrong":
            raise Misconfigured("injected")
        receipt = self._channel.send(message, to, key)
        if fails:
            raise Deferred("injected", may_have_arrived=True)
        return receipt

    def check(self) -> str:
        return self._channel.check()

    def close(self) -> None:
        self._channel.close()


class _Log(SentLog):
    """``sent.log`` on a disk that fails once with the rest of the storage."""

    def __init__(self, path: Path, kind: str, fuse: Fuse) -> None:
        super().__init__(path)
        self._kind, self._fuse = kind, fuse

    def add(self, *message_ids: str) -> None:
        if self._kind in STORAGE and self._fuse():
            raise StoreBusy("injected")
        super().add(*message_ids)


@dataclass
class _Listener(logging.Handler):
    """Counts what the log tells."""

    lines: int = 0
    bugs: int = 0
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        logging.Handler.__init__(self, logging.WARNING)

    def __hash__(self) -> int:
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += 1
        self.bugs += record.levelno >= logging.CRITICAL
        self.told.append(record.getMessage())


@contextmanager
def _listening(heard: _Listener) -> Iterator[None]:
    root = logging.getLogger()
    root.addHandler(heard)
    try:
        yield
    finally:
        root.removeHandler(heard)
