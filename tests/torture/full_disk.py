"""Lets the house run where no file may grow any more, and gives it room again."""

from __future__ import annotations

import logging
import os
import resource
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from monitor import daemon
from monitor.daemon import Engine
from monitor.store import mentions
from tests.fakes import FakeFetcher
from tests.torture import house
from tests.torture.faults import _Listener, _listening
from tests.torture.house import READERS, House
from tests.torture.mutants import patched

BEFORE, FULL, AFTER = 3, 5, 4
"""Steps with room, without any, and with room again; a post appears in each."""


@dataclass
class Full:
    """What a full disk cost."""

    lost: int = 0
    doubled: int = 0
    unsaid: int = 0
    """Critical stories that nobody heard of while the disk was full."""
    unread: int = 0
    """What was stored before and could not be read while the disk was full."""
    crashes: int = 0
    requests: int = 0
    """More requests to one place than one in each interval."""
    forgotten: int = 0
    """Posts that are not in the database in the end."""

    @property
    def wrong(self) -> int:
        return sum(vars(self).values())


def run(home: Path) -> Full:
    """Live through it in a child: the limit must not reach anybody else."""
    place = house.build(home, posts=BEFORE + FULL + AFTER)
    child = os.fork()
    if child == 0:
        _child(place)
    crashed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = place.said()
    told = (home / "told").read_text().split() if (home / "told").exists() else ["0", "0", "0", "0", "9"]
    unsaid, unread, requests, kept, bugs = map(int, told)
    return Full(
        lost=len(said.lost(place.posts, READERS)),
        doubled=len(said.doubled()) + said.repeats,
        unsaid=unsaid,
        unread=unread,
        crashes=int(crashed != 0) + bugs,
        requests=requests,
        forgotten=place.posts - kept,
    )


def _child(place: House) -> None:
    """Never comes back."""
    status = 1
    try:
        heard = _Listener()
        with _listening(heard), patched((daemon, "START_AGAIN", 0.0)):
            (place.home / "told").write_text(" ".join(map(str, [*_live(place), heard.bugs])))
        status = 0
    finally:
        os._exit(status)


def _live(place: House) -> tuple[int, int, int, int]:
    signal.signal(
        signal.SIGXFSZ, signal.SIG_IGN
    )  # as Python does by itself: writing fails instead of killing
    logging.getLogger().addHandler(logging.NullHandler())
    with place.app() as app:
        web = cast("FakeFetcher", app.fetcher)
        engine = Engine(app, monotonic=place.clock.true_seconds)
        engine._start()
        _steps(place, engine, BEFORE)
        stored = _stored(engine)
        before = len(web.calls)
        with _no_room(place):
            _steps(place, engine, FULL)
            unread = stored - _stored(engine)
        requests = len(web.calls) - before - (FULL + 1) * house.SOURCES
        unsaid = len([post for post, _ in place.said().lost(BEFORE + FULL - 2, READERS)])
        _steps(place, engine, AFTER + 3)
        return unsaid, max(unread, 0), max(requests, 0), _stored(engine)


def _steps(place: House, engine: Engine, many: int) -> None:
    for _ in range(many):
        for _ in range(3):
            house.beat(engine)
            place.clock.advance(house.STEP / 3)


def _stored(engine: Engine) -> int:
    with engine.app.store.read() as tx:
        return len(mentions.listing(tx))


class _no_room:  # noqa: N801 -- reads as a statement
    """No file of this process may become longer than the history of mails needs; the database's log less."""

    def __init__(self, place: House) -> None:
        self._place = place

    def __enter__(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        self._before = soft, hard
        history = self._place.history.stat().st_size if self._place.history.exists() else 0
        log = (self._place.config.state / "monitor.db-wal").stat().st_size
        assert log > history
        resource.setrlimit(resource.RLIMIT_FSIZE, (min(log, history + 60_000), hard))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)
