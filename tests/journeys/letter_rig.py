"""Kills a process before every statement while replies are read, acted on and confirmed, and looks what is left.

Run as a program (a stride may follow), it prints one JSON object. Like ``wake_rig`` it forks a child for each life; besides our way it
tries two that write the letter in a transaction of its own.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from monitor import config as configuration
from monitor.app import App, open_app
from monitor.jobs import delivering, drilling, replying
from monitor.store import letters
from monitor.store.letters import Read
from monitor.store.sentlog import SentLog
from sources.letter import Letter
from tests.fakes import RecordingChannel
from tests.journeys.crash_rig import _Steps
from tests.journeys.play import MONITOR, SCHOOL
from tests.journeys.post import BOX, Post, answer_to
from tests.journeys.wake_rig import Wire

START = datetime(2026, 11, 24, 10, 10, tzinfo=UTC)
AFTER_A_CRASH = timedelta(minutes=6)
MAILBOX = f"""
[mailbox]
host = "imap.school.test"
user = "box"
password = {{ file = "imap-password" }}
address = "{BOX}"
"""
LEFT = (
    "SELECT outcome, story, message IS NULL FROM letter ORDER BY digest",
    "SELECT owner, outcome, closed_at IS NULL, ladder_step FROM incident",
    "SELECT what, by, via, detail FROM incident_event WHERE what != 'mail sent' ORDER BY id",
    "SELECT recipient, state FROM delivery ORDER BY recipient, state",
    "SELECT value FROM meta WHERE name = 'mailbox_read_to'",
)
Way = Callable[[App, Letter, datetime], str]


def noted_first(app: App, letter: Letter, now: datetime) -> str:
    """The letter counts as read, and then it is acted on."""
    with app.store.write() as tx:
        if letters.is_known(tx, letter.digest):
            return ""
        letters.note(tx, Read(digest=letter.digest, outcome="take"), now)
        replying._advance(tx, letter)
    with app.store.write() as tx:
        replying._judged(app, tx, letter, now)
    return "take"


def noted_after(app: App, letter: Letter, now: datetime) -> str:
    """The letter is acted on, and then it counts as read."""
    with app.store.write() as tx:
        if letters.is_known(tx, letter.digest):
            return ""
        read = replying._judged(app, tx, letter, now)
    with app.store.write() as tx:
        letters.note(tx, read, now)
        replying._advance(tx, letter)
    return read.outcome


WAYS: dict[str, Way] = {"ours": replying.take_up, "noted first": noted_first, "noted after": noted_after}


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

    def live(self, way: Way, dies_at: int = 0, late: timedelta = timedelta()) -> int:
        """Read and confirm in a child that may die; the steps it took, or 0 if it died."""
        child = os.fork()
        if child == 0:
            steps = _Steps(dies_at)
            for engine in (self.app.store._reader, self.app.store._writer):
                event.listen(engine, "before_cursor_execute", steps)
                event.listen(engine, "commit", steps)
            self.wire.point = steps
            app = dataclasses.replace(self.app, sent_log=SentLog(self.home / "state" / "sent.log"))
            vars(replying)["take_up"] = way
            replying.read_replies(app, START + late)
            delivering.deliver_all(app, START + late)
            app.store.close()
            (self.home / "steps").write_text(str(steps.taken))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status not in (0, -signal.SIGKILL):
            raise SystemExit(f"the child broke: {status}")
        return int((self.home / "steps").read_text()) if status == 0 else 0

    def left(self) -> tuple[list[Any], Counter[str]]:
        with self.app.store.read() as tx:
            rows = [[tuple(row) for row in tx.connection.exec_driver_sql(asked)] for asked in LEFT]
        self.app.store.close()
        return rows, Counter(self.wire.file.read_text().splitlines())


@contextmanager
def set_up(home: Path) -> Iterator[Rig]:
    """A house whose two leads had an urgent mail, and have answered it."""
    (home / "schools").mkdir()
    (home / "schools" / "holm-nook.toml").write_text(SCHOOL)
    (home / "monitor.toml").write_text(MONITOR.format(state=home / "state") + MAILBOX)
    config = configuration.load(home / "monitor.toml", environ={})
    channel, wire = RecordingChannel(), Wire(home / "wire")
    with open_app(config) as opened:
        app = dataclasses.replace(opened, channel=channel)
        with app.store.write() as tx:
            drilling.drill(config, tx, "holm-nook", START)
        delivering.deliver_all(app, START)
        head, dsl = sorted(channel.sent, key=lambda sent: sent.to.address == "dsl@school.test")
        mine = answer_to(head, "mine", at=START)
        again = dataclasses.replace(mine, digest="again")
        done = answer_to(dsl, "done answered", at=START + timedelta(minutes=1))
        post = Post([mine, again, done, answer_to(head, "done", at=START)])
        assert app.store.compact()
        app.store.close()
        shutil.copy(home / "state" / "monitor.db", home / "before.db")
        rig = Rig(home, dataclasses.replace(app, channel=wire, mailbox=post.session), wire)
        rig.lay_out()
        yield rig


def trial(rig: Rig, way: Way, stride: int, *, thorough: bool) -> dict[str, Any]:
    """Die at every step, live again, and compare with an undisturbed life. Not ``thorough``: until something is wrong."""
    rig.lay_out()
    steps = rig.live(way)
    right, heard = rig.left()
    wrong = 0
    for step in range(1, steps + 1, stride):
        rig.lay_out()
        if rig.live(way, dies_at=step):
            raise SystemExit(f"nobody died at step {step} of {steps}")
        rig.live(way, late=AFTER_A_CRASH)
        rows, arrived = rig.left()
        wrong += rows != right or set(arrived) != set(heard)
        if wrong and not thorough:
            break
    return {"steps": steps, "wrong": wrong, "rows": right, "heard": sorted(heard)}


def main() -> None:
    """Try our way at every step, and the others."""
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it; a disk is not what dies here
    stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as home,
        set_up(Path(home)) as rig,
    ):
        tried = {name: trial(rig, way, stride, thorough=name == "ours") for name, way in WAYS.items()}
    sys.stdout.write(json.dumps(tried))


if __name__ == "__main__":
    main()
