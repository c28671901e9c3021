"""Two processes on one outbox without the lock that should keep them apart, and one that keeps the database to itself."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from alerts.base import NotificationKind
from monitor.daemon import Engine
from monitor.jobs import delivering
from monitor.store import outbox
from tests.torture import house
from tests.torture.house import READERS, House

WORKERS = 2


@dataclass
class Race:
    """What became of the alerts of a race."""

    alerts: int
    lost: int
    doubled: int
    by_worker: tuple[int, ...]

    @property
    def wrong(self) -> int:
        return self.lost + self.doubled


def race(home: Path, alerts: int) -> Race:
    """Let two processes send the same so many alerts."""
    place = house.build(home)
    with place.app() as app:
        house.fill(app, alerts, place.clock())
    start = time.time() + 0.5
    children = []
    for number in range(WORKERS):
        child = os.fork()
        if child == 0:
            _send(place, number, start)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    said = place.said()
    shares = tuple(len((home / f"worker-{number}").read_text()) for number in range(WORKERS))
    return Race(alerts, len(said.lost(alerts, READERS[:1])), len(said.doubled()) + said.repeats, shares)


def _send(place: House, number: int, start: float) -> None:
    """Send until nothing is left; never comes back."""
    try:
        with place.app() as app:
            time.sleep(max(start - time.time(), 0))
            sent = 0
            while tasks := delivering.claim(app, app.now(), limit=5):
                sent += sum(
                    delivering.guarded_deliver(app, task, app.now()).outcome == "sent" for task in tasks
                )
        (place.home / f"worker-{number}").write_text("x" * sent)
    finally:
        os._exit(0)


@dataclass
class Blocked:
    """What a locked database cost."""

    lost: int
    doubled: int
    late: int

    @property
    def wrong(self) -> int:
        return self.lost + self.doubled + self.late


def blocked(home: Path, *, posts: int = 6, seconds: float = 1.0, patience: float = 0.1) -> Blocked:
    """Keep the database locked for many times the patience of the house, while posts appear."""
    place = house.build(home, posts=posts)
    with place.app(patience=patience) as app:
        engine = Engine(app, monotonic=place.clock.true_seconds)
        engine._start()
        house.beat(engine)
        with closing(
            sqlite3.connect(place.config.state / "monitor.db", isolation_level=None, check_same_thread=False)
        ) as rival:
            rival.execute("BEGIN IMMEDIATE")
            free = threading.Timer(seconds, rival.execute, args=("ROLLBACK",))
            free.start()
            try:
                while free.is_alive():
                    house.beat(engine)
            finally:
                free.cancel()
                free.join()
        place.clock.advance(timedelta(minutes=6))  # a lease that could not be given back has run out
        for _ in range(posts + 3):
            house.beat(engine)
            house.beat(engine)
            place.clock.advance()
        with app.store.read() as tx:
            waiting = sum(row.kind is not NotificationKind.REMINDER for row in outbox.waiting(tx))
    said = place.said()
    return Blocked(len(said.lost(posts, READERS)), len(said.doubled()) + said.repeats, waiting)
