"""Kills a worker again and again, at random moments and at named points, and asks what was lost.

The parent imports everything, holds no thread and no connection, and forks one life after the other over one
folder. A life is the real engine over the real database; it is ended by SIGKILL. After every fifty deaths one
life is left alone until nothing waits any more. Then the history of mails, which lies outside of all this, must
hold every post for every reader under one Message-ID, and no more repeats than there were deaths.
"""

from __future__ import annotations

import logging
import os
import random
import select
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event

from monitor import app as wiring
from monitor.daemon import Engine
from monitor.store import Store
from monitor.store import health as vitals
from monitor.store.sentlog import SentLog
from tests.torture import house, mutants
from tests.torture.house import READERS, HistoryChannel, House

EVERY = 50
"""Deaths after which the house is brought to its end and looked at; about as many posts can be told of meanwhile."""
LONGEST_WAIT = 0.03
"""Seconds up to which a life may last that is ended at a random moment, beyond the time it needs to wake up."""
PATIENCE = 60.0
"""Seconds after which a life is stuck."""
_BEATS = 3
_STEPS = 12
"""After so many a life ends that never reached its point."""
_LAST_STEPS = 100
_HASTE = 4
"""Steps at once that the clock makes in the life that is left alone."""
_SMTP_PART = 10
"""Every tenth series of deaths speaks to a real mail server."""
POINTS = (
    "before a statement",
    "before a commit",
    "after a commit",
    "before the mail is taken",
    "after the mail was taken",
    "before it is noted as sent",
    "after it was noted as sent",
)
WIRE_POINTS = ("before an answer of the server", "after an answer of the server")
_DEEPEST = {
    "before a statement": 60,
    "before a commit": 10,
    "after a commit": 10,
    **dict.fromkeys(WIRE_POINTS, 24),
}
"""How far into a life such a point is looked for; others come four times in a short life."""


@dataclass
class Toll:
    """What became of all deaths."""

    deaths: int = 0
    by_point: Counter[str] = field(default_factory=Counter)
    mails: int = 0
    repeats: int = 0
    too_many_repeats: int = 0
    lost: int = 0
    doubled: int = 0
    damaged: int = 0
    stuck: int = 0
    broken: int = 0
    """Errors that reached an edge and should not have."""

    @property
    def wrong(self) -> int:
        return self.lost + self.doubled + self.damaged + self.stuck + self.broken + self.too_many_repeats


@dataclass(frozen=True)
class Death:
    """When a life ends: at a moment, or at the ``nth`` time that ``point`` is reached."""

    after: float = 0.0
    point: str = ""
    nth: int = 0


def run(home: Path, kills: int, *, seed: int = 1, smtp: bool = True, every: int = EVERY) -> Toll:
    """Kill that many times, and look each ``every`` times."""
    toll, dice = Toll(), random.Random(seed)
    Store.open(home / "empty").close()
    series = 0
    while toll.deaths < kills:
        wire = smtp and series % _SMTP_PART == _SMTP_PART // 2
        deaths = min(every, kills - toll.deaths)
        _series(home / f"series-{series}", home / "empty", deaths, dice, toll, wire=wire)
        series += 1
    return toll


def _series(home: Path, empty: Path, deaths: int, dice: random.Random, toll: Toll, *, wire: bool) -> None:
    home.mkdir()
    with _mail_server(home) if wire else nullcontext(2525) as port:
        place = house.build(home, posts=deaths, port=port)
        place.lay_out(empty)
        points = (*POINTS[:3], *POINTS[5:], *WIRE_POINTS) if wire else POINTS
        for _ in range(deaths):
            death = _choose(dice, points)
            _one_death(place, death, toll, wire=wire)
        if not _live(place, Death(after=PATIENCE), wire=wire, to_the_end=True):
            toll.stuck += 1
    said = place.said()
    toll.mails += len(said.lines)
    toll.repeats += said.repeats
    toll.too_many_repeats += max(said.repeats - deaths, 0)
    toll.lost += len(said.lost(place.posts, READERS))
    toll.doubled += len(said.doubled()) + said.reused()
    toll.broken += len((home / "broken").read_text().splitlines()) if (home / "broken").exists() else 0
    with closing(sqlite3.connect(home / "state" / "monitor.db")) as base:
        toll.damaged += base.execute("PRAGMA integrity_check").fetchall() != [("ok",)]


def _choose(dice: random.Random, points: tuple[str, ...]) -> Death:
    if dice.random() < 0.5:
        return Death(after=dice.uniform(0, LONGEST_WAIT))
    point = dice.choice(points)
    return Death(point=point, nth=dice.randint(1, _DEEPEST.get(point, 4)))


def _one_death(place: House, death: Death, toll: Toll, *, wire: bool) -> None:
    """Count one death; a life that met its end first is followed by another."""
    _live(place, death, wire=wire)
    toll.deaths += 1
    toll.by_point[death.point or "at a random moment"] += 1


def _live(place: House, death: Death, *, wire: bool, to_the_end: bool = False) -> bool:
    """One life in a child; whether it came to its own end."""
    awake, wakes = os.pipe()
    child = os.fork()
    if child == 0:
        _child(place, death, wakes, wire=wire, to_the_end=to_the_end)
    os.close(wakes)
    try:
        select.select([awake], [], [], PATIENCE)
        if death.point or to_the_end:
            return _wait(child, PATIENCE) == 0
        time.sleep(death.after)
        os.kill(child, signal.SIGKILL)
        _wait(child, PATIENCE)
        return False
    finally:
        os.close(awake)


def _wait(child: int, patience: float) -> int | None:
    """The exit status of the child; ``None`` if it was stuck and had to be killed."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _child(place: House, death: Death, wakes: int, *, wire: bool, to_the_end: bool) -> None:
    """Live, and never come back."""
    status = 1
    try:
        _hear_of_what_breaks(place.home / "broken")
        point = _Points(death)
        with _wire_points(point):
            channel = wiring.build_channel(place.config) if wire else HistoryChannel(place.history, point)
            store = _watched(place, point)
            os.write(wakes, b".")
            log = _PointedLog(place.config.state / "sent.log", point)
            with place.app(store=store, channel=channel, sent_log=log) as app:
                engine = Engine(app, monotonic=place.clock.steady)
                engine._start()
                status = 0 if _work(place, engine, to_the_end=to_the_end) else 1
                os.kill(os.getpid(), 0 if to_the_end else signal.SIGKILL)
    finally:
        os._exit(status)


def _work(place: House, engine: Engine, *, to_the_end: bool) -> bool:
    """Beat until everything has been said, or for ever; the clock goes on in between."""
    for _ in range(_LAST_STEPS if to_the_end else _STEPS):
        for _ in range(_BEATS):
            house.beat(engine)
        place.clock.advance(house.STEP * (_HASTE if to_the_end else 1))
        if to_the_end and place.clock.elapsed > place.posts * house.STEP + house.STEP and _quiet(engine):
            return True
    return not to_the_end


def _quiet(engine: Engine) -> bool:
    with engine.app.store.read() as tx:
        return vitals.facts(tx, engine.app.now()).pending == 0


def _watched(place: House, point: Callable[[str], None]) -> Store:
    store = Store.open(place.config.state)
    writer = store._writer
    event.listen(writer, "before_cursor_execute", lambda *_: point("before a statement"))
    event.listen(writer, "commit", lambda *_: point("before a commit"))
    event.listen(writer.pool, "checkin", lambda *_: point("after a commit"))
    return store


class _Points:
    """Dies at the point that was chosen."""

    def __init__(self, death: Death) -> None:
        self._death = death
        self._met: Counter[str] = Counter()

    def __call__(self, name: str) -> None:
        self._met[name] += 1
        if name == self._death.point and self._met[name] == self._death.nth:
            os.kill(os.getpid(), signal.SIGKILL)


class _PointedLog(SentLog):
    """``sent.log`` with a point before and after each line."""

    def __init__(self, path: Path, point: Callable[[str], None]) -> None:
        super().__init__(path)
        self._point = point

    def add(self, *message_ids: str) -> None:
        self._point("before it is noted as sent")
        super().add(*message_ids)
        self._point("after it was noted as sent")


@contextmanager
def _wire_points(point: Callable[[str], None]) -> Iterator[None]:
    """A point before and after each answer of a mail server, the one after the message among them."""

    def pointed(smtp: smtplib.SMTP) -> Any:
        point("before an answer of the server")
        answer = getreply(smtp)
        point("after an answer of the server")
        return answer

    getreply = smtplib.SMTP.getreply
    with mutants.patched((smtplib.SMTP, "getreply", pointed)):
        yield


def _hear_of_what_breaks(path: Path) -> None:
    """Write down whatever reaches an edge: one line of the log for each."""

    class Edge(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            with path.open("a") as file:
                file.write(f"{record.getMessage()}: {getattr(record, 'facts', record.exc_info)!r}\n")

    root = logging.getLogger()
    root.handlers = [Edge(logging.CRITICAL), logging.NullHandler()]


@contextmanager
def _mail_server(home: Path) -> Iterator[int]:
    """A real mail server in a process of its own; its port."""
    command = [sys.executable, "-m", "tests.torture.sink", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()
