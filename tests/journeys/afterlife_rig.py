"""Kills a process before every statement while posts are answered, looked at again, deleted and removed, and looks what is left.

Run as a program (a stride may follow), it prints one JSON object. Like ``crash_rig`` it forks a child for each life, from a
parent that holds no connection and no thread; the same steps are counted.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event, select

from monitor import config as configuration
from monitor.app import App, open_app
from monitor.jobs import delivering, lookback, polling
from monitor.store import polls
from monitor.store.afterlife_tables import afterlife, answered, our_reply
from monitor.store.engine import UtcTime
from monitor.store.sentlog import SentLog
from monitor.store.tables import delivery, incident, incident_event, mention, notification
from tests.journeys.crash_rig import _Steps
from tests.journeys.play import MONITOR, SCHOOL, THREAT
from tests.journeys.wake_rig import Wire
from tests.monitor.jobs.afterwards import OTHER, QUESTION, Platform, comment, reply

START = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
AFTER_A_CRASH = timedelta(minutes=6)
LOOKS = (timedelta(minutes=70), timedelta(minutes=90), timedelta(days=4))
"""It is missing, it is missing for certain, and the words of the threat go."""
PLACE = """
[[source]]
name = "bluesky"
kind = "bluesky"
query = "holm nook"
"""
LEFT: tuple[Table, ...] = (
    incident,
    mention,
    incident_event,
    afterlife,
    answered,
    our_reply,
    notification,
    delivery,
)
_CHANCE = {"attempts", "may_repeat", "message_id", "payload", "frozen_at"}
"""They tell of the crash, or of the time."""


def journey(app: App, late: timedelta) -> None:
    """A poll, three looks back, and the mails."""
    at = [START + late]
    app = dataclasses.replace(app, now=lambda: at[0])
    with app.store.read() as tx:
        due = [task for task in polls.due(tx, at[0]) if task.name == "bluesky"]
    for task in due:
        app._sources[task.id] = _platform()
        polling.guarded_poll(app, task, at[0])
    for task in polling.active(app):
        app._sources[task.id] = _platform()
    for moment in LOOKS:
        at[0] = START + moment + late
        lookback.look(app, at[0])
        delivering.deliver_all(app, at[0], everything=True)


def _platform() -> Platform:
    posts = (
        comment("c1", QUESTION, at=START),
        comment("c2", THREAT, at=START),
        comment("c3", OTHER, at=START),
        reply("c1", at=START),
        reply("c2", at=START),
    )
    return Platform(batch=posts, again={"c1": None, "c2": None, "c3": posts[2]})


@dataclass(frozen=True)
class Rig:
    """A house that is laid out anew for each life."""

    home: Path
    app: App
    wire: Wire

    def lay_out(self) -> None:
        for path in (self.home / "state").glob("monitor.db*"):
            path.unlink()
        shutil.copy(self.home / "before.db", self.home / "state" / "monitor.db")
        (self.home / "state" / "sent.log").unlink(missing_ok=True)
        self.wire.file.write_text("")

    def live(self, dies_at: int = 0, late: timedelta = timedelta()) -> int:
        """Live in a child that may die; the steps it took, or 0 if it died."""
        child = os.fork()
        if child == 0:
            steps = _Steps(dies_at)
            for engine in (self.app.store._reader, self.app.store._writer):
                event.listen(engine, "before_cursor_execute", steps)
                event.listen(engine, "commit", steps)
            self.wire.point = steps
            journey(dataclasses.replace(self.app, sent_log=SentLog(self.home / "state" / "sent.log")), late)
            self.app.store.close()
            (self.home / "steps").write_text(str(steps.taken))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status not in (0, -signal.SIGKILL):
            raise SystemExit(f"the child broke: {status}")
        return int((self.home / "steps").read_text()) if status == 0 else 0

    def left(self) -> tuple[dict[str, Any], Counter[str]]:
        with self.app.store.read() as tx:
            rows = {table.name: _told(tx, table) for table in LEFT}
        self.app.store.close()
        return json.loads(json.dumps(rows)), Counter(self.wire.file.read_text().splitlines())


def _told(tx: Any, table: Table) -> list[list[Any]]:
    columns = [column for column in table.columns if column.name not in _CHANCE]
    told = [column.is_(None) if isinstance(column.type, UtcTime) else column for column in columns]
    found = tx.connection.execute(select(*told).order_by(*table.primary_key.columns))
    return [[value.hex() if isinstance(value, bytes) else value for value in row] for row in found]


@contextmanager
def set_up(home: Path) -> Iterator[Rig]:
    """A house that has never polled; a first life warms everything up."""
    (home / "schools").mkdir()
    (home / "schools" / "holm-nook.toml").write_text(SCHOOL + PLACE)
    (home / "monitor.toml").write_text(MONITOR.format(state=home / "state"))
    config = configuration.load(home / "monitor.toml", environ={})
    wire = Wire(home / "wire")
    with open_app(config, now=lambda: START) as app:
        polling.reconcile(app, START)
        assert app.store.compact()
        app.store.close()
        shutil.copy(home / "state" / "monitor.db", home / "before.db")
        rig = Rig(home, dataclasses.replace(app, channel=wire, spread=lambda: 0.0), wire)
        rig.lay_out()
        journey(rig.app, timedelta())
        rig.left()
        rig.lay_out()
        yield rig


def main() -> None:
    """Die before every step, live again, and compare with an undisturbed life."""
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it; a disk is not what dies here
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as home,
        set_up(Path(home)) as rig,
    ):
        steps = rig.live()
        right, heard = rig.left()
        wrong = 0
        stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
        for step in range(1, steps + 1, stride):
            rig.lay_out()
            if rig.live(dies_at=step):
                raise SystemExit(f"nobody died at step {step} of {steps}")
            rig.live(late=AFTER_A_CRASH)
            rows, arrived = rig.left()
            wrong += rows != right or set(arrived) != set(heard)
    told = {
        "steps": steps,
        "wrong": wrong,
        "words": [row[mention.c.keys().index("text")] for row in right["mention"]],
        "answered": len(right["answered"]),
        "heard": sorted(heard),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
