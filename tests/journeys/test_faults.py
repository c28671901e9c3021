"""Promise: whichever call fails, nothing is lost, nothing crashes, the log tells, and the next round makes it good."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from monitor import daemon, log
from monitor.cli import cli
from monitor.daemon import Engine
from monitor.errors import StoreBusy
from monitor.facts import SourceStatus
from monitor.jobs import delivering, polling, reporting
from monitor.store import Store, hold, polls
from sources.base import Answer
from sources.errors import Unreachable
from tests.fakes import Call
from tests.torture import faults, house, rivals
from tests.torture.faults import Fuse
from tests.torture.mutants import LOCK_BREAKS, RIVAL_BREAKS, patched
from tests.torture.trials import FEW_CALLS, STRIDES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", faults.STORAGE)
def test_a_disk_that_fails_once_costs_nothing(kind: str, tmp_path: Path) -> None:
    found = faults.run(tmp_path, kind, stride=STRIDES[kind][1])

    assert found.injected >= 3
    assert found.wrong == 0, found


@pytest.mark.parametrize("kind", faults.NETWORK)
def test_a_network_that_fails_once_costs_nothing(kind: str, tmp_path: Path) -> None:
    found = faults.run(tmp_path, kind, stride=FEW_CALLS)

    assert found.injected >= 1
    assert found.wrong == 0, found


def _unguarded(engine: Engine, stage: Callable[[], None]) -> None:
    stage()


def _taken_as_read(app: Any, task: Any, error: Any, now: Any) -> Any:
    """A failed poll that moves on as if it had read everything."""
    listed = app.source(task).poll(task.checkpoint)
    return polling._unchanged(app, task, dataclasses.replace(listed, entries=()), now, None)


@pytest.mark.parametrize(
    ("kind", "nth", "broken"),
    [
        ("SQLITE_IOERR", 50, (Engine, "_guarded", _unguarded)),
        ("mail put off", 1, (delivering, "next_attempt", lambda *_, **__: None)),
        ("unreachable", 4, (polling, "_failed", _taken_as_read)),
        ("unreachable", 1, (log, "event", lambda *_, **__: None)),
    ],
    ids=["a bare tick", "gives up at once", "takes it as read", "keeps quiet"],
)
def test_the_trial_finds_a_deliberate_break(kind: str, nth: int, broken: Any, tmp_path: Path) -> None:
    found = faults.Faults()
    Store.open(tmp_path / "empty").close()

    with patched(broken):
        for later in range(
            0, 100, 10
        ):  # threads take turns as they like: the N-th call is not always the same
            faults._one(tmp_path, kind, Fuse(nth + later), found)
            if found.wrong:
                return
    pytest.fail("the trial did not find it")


def test_a_place_that_fails_is_counted_and_the_next_is_on_time(tmp_path: Path) -> None:
    place = house.build(tmp_path, posts=3)
    world = house.World(clock=place.clock, posts=3).fetcher()
    world.web["https://place0.test/feed"] = [Unreachable("the name is not known")]
    with place.app(fetcher=world) as app:
        engine = Engine(app, monotonic=place.clock.steady)
        engine._start()
        for _ in range(5):
            house.beat(engine)
            house.beat(engine)
            place.clock.advance()
        with app.store.read() as tx:
            status: dict[str, SourceStatus] = {one.name: one for one in polls.statuses(tx)}
        lost = place.said().lost(3, house.READERS)

        place.clock.advance(timedelta(hours=25))
        told = [each.what for each in reporting.current_ailments(app, app.now())]

    assert [post for post, _ in lost] == [0, 0]
    assert status["place 0"].failures >= 2
    assert status["place 1"].failures == 0
    assert any("Not heard from place 0 for 25 h: the name is not known" in each for each in told)


def _looked_up_for_ever(home: Path, patience: float) -> set[int]:
    """One place never answers; the posts of which nobody heard meanwhile. Raises ``TimeoutError`` if others wait."""
    place, answers = house.build(home, posts=3), threading.Event()
    world = house.World(clock=place.clock, posts=3).fetcher()

    def hangs(_: Call) -> Answer:
        answers.wait(30)
        raise Unreachable("the name was looked up in vain")

    world.web["https://place0.test/feed"] = [hangs]
    with place.app(fetcher=world) as app:
        engine = Engine(app, monotonic=place.clock.steady)
        engine._start()
        try:
            for _ in range(5):
                for _ in range(2):
                    engine.tick()
                    others = [one for one in engine._polling.values() if not one.host.startswith("place0")]
                    for running in (*others, *engine._mailing.values()):
                        running.future.result(patience)
                place.clock.advance()
            return {post for post, _ in place.said().lost(3, house.READERS)}
        finally:
            answers.set()
            house.finish(engine)


def test_a_place_whose_name_is_looked_up_for_ever_holds_up_nobody(tmp_path: Path) -> None:
    assert _looked_up_for_ever(tmp_path, 30) == {0}


def test_the_trial_finds_that_everybody_waits_for_one(tmp_path: Path) -> None:
    def one_at_a_time(_: int, name: str) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, name)

    with patched((daemon, "ThreadPoolExecutor", one_at_a_time)), pytest.raises(TimeoutError):
        _looked_up_for_ever(tmp_path, 0.5)


def test_a_database_that_somebody_keeps_costs_nothing(tmp_path: Path) -> None:
    assert rivals.blocked(tmp_path).wrong == 0


@pytest.mark.parametrize("name", LOCK_BREAKS)
def test_the_trial_of_the_lock_finds_a_deliberate_break(name: str, tmp_path: Path) -> None:
    """Whether a mail falls into the locked second is up to the machine; that none ever does is not."""
    with LOCK_BREAKS[name]():
        assert any(rivals.blocked(tmp_path / str(number)).wrong > 0 for number in range(8))


def test_a_tick_that_cannot_wait_for_a_lock_would_be_the_last(tmp_path: Path) -> None:
    with patched((Engine, "_guarded", _unguarded)), pytest.raises(StoreBusy):
        rivals.blocked(tmp_path)


@pytest.mark.parametrize("name", RIVAL_BREAKS)
def test_the_race_of_two_daemons_finds_a_deliberate_break(name: str, tmp_path: Path) -> None:
    """In a process of its own: the race forks."""
    script = (
        "import pathlib, sys; from tests.torture import mutants, rivals\n"
        f"with mutants.RIVAL_BREAKS[{name!r}](): print(rivals.race(pathlib.Path(sys.argv[1]), 60).wrong)"
    )
    environ = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env=environ, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert int(told.stdout) > 0


@pytest.mark.parametrize("how", [["run"], ["run", "--once"], ["run", "--role", "mail"]], ids=" ".join)
def test_a_second_daemon_leaves_at_once_and_names_the_first(how: list[str], tmp_path: Path) -> None:
    place = house.build(tmp_path)
    with hold(place.config.state, "all"):
        start = time.monotonic()
        told = CliRunner().invoke(cli, ["--config", str(place.config.path), *how])
        took = time.monotonic() - start

    assert told.exit_code == 1
    assert f"process {os.getpid()}" in told.output
    assert took < 10


def test_a_claim_is_taken_once(tmp_path: Path) -> None:
    place = house.build(tmp_path)
    with place.app() as app, place.app() as rival:
        house.fill(app, 10, place.clock())
        mine = {task.id for task in delivering.claim(app, place.clock(), limit=6)}
        theirs = {task.id for task in delivering.claim(rival, place.clock(), limit=6)}

    assert len(mine) == 6
    assert len(theirs) == 4
    assert not mine & theirs
