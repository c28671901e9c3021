"""Kills a process before every statement while an urgent mail and its wake-ups go out, and looks who was rung and what is left.

Run as a program (a stride may follow), it prints one JSON object. Like ``crash_rig`` it forks a child for each life, from a parent that holds no
connection and no thread; the same steps are counted.
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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, select

from alerts.base import Message, Receipt, Recipient
from alerts.wake import Waker
from monitor import config as configuration
from monitor.app import App, open_app
from monitor.jobs import delivering, drilling, waking
from monitor.store.sentlog import SentLog
from monitor.store.tables import delivery
from tests.journeys.crash_rig import _Steps
from tests.journeys.play import MONITOR, SCHOOL

START = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
AFTER_A_CRASH = timedelta(minutes=6)
OWN = SCHOOL.replace('mail = "head@school.test"', 'mail = "head@school.test"\nwake = { file = "head-wake" }')
LINES = ["json://head.test/one", "json://head.test/two", "json://duty.test"]


@dataclass
class Wire:
    """Mails and wake-ups, each a line in a file; a step before and after."""

    file: Path
    point: Callable[[], None] = lambda: None

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        self.put(f"mail {to.address}")
        return Receipt(key=key)

    def check(self) -> str:
        return ""

    def close(self) -> None:
        """Nothing is open."""

    def put(self, what: str) -> None:
        self.point()
        with self.file.open("a") as file:
            file.write(what + "\n")
        self.point()


@dataclass(frozen=True, kw_only=True)
class Ringing(Waker):
    """The outermost edge of waking."""

    wire: Wire

    def say(self, urls: Iterable[str], line: str, *, grave: bool = True, proxy: str = "") -> tuple[str, ...]:
        rung = [*urls]
        for url in rung:
            self.wire.put(f"wake {url}")
        return tuple("" for _ in rung)


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
        """Wake and mail in a child that may die; the steps it took, or 0 if it died."""
        child = os.fork()
        if child == 0:
            steps = _Steps(dies_at)
            for engine in (self.app.store._reader, self.app.store._writer):
                event.listen(engine, "before_cursor_execute", steps)
                event.listen(engine, "commit", steps)
            self.wire.point = steps
            app = dataclasses.replace(self.app, sent_log=SentLog(self.home / "state" / "sent.log"))
            waking.wake_all(app, START + late)
            delivering.deliver_all(app, START + late)
            waking.wake_all(app, START + late)
            app.store.close()
            (self.home / "steps").write_text(str(steps.taken))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status not in (0, -signal.SIGKILL):
            raise SystemExit(f"the child broke: {status}")
        return int((self.home / "steps").read_text()) if status == 0 else 0

    def left(self) -> tuple[list[tuple[str, str, str]], Counter[str]]:
        with self.app.store.read() as tx:
            columns = delivery.c.channel, delivery.c.recipient, delivery.c.state
            rows = [tuple(row) for row in tx.connection.execute(select(*columns).order_by(*columns))]
        self.app.store.close()
        return rows, Counter(self.wire.file.read_text().splitlines())


@contextmanager
def set_up(home: Path) -> Iterator[Rig]:
    """A house with an exercise that waits to be told."""
    (home / "schools").mkdir()
    (home / "schools" / "holm-nook.toml").write_text(OWN)
    (home / "monitor.toml").write_text(
        MONITOR.format(state=home / "state") + '[wake]\nurls = { file = "wake-urls" }\n'
    )
    for name, text in (("head-wake", "\n".join(LINES[:2])), ("wake-urls", LINES[2])):
        (home / name).write_text(text)
        (home / name).chmod(0o600)
    config = configuration.load(home / "monitor.toml", environ={})
    wire = Wire(home / "wire")
    with open_app(config) as app:
        with app.store.write() as tx:
            drilling.drill(config, tx, "holm-nook", START)
        assert app.store.compact()
        app.store.close()
        shutil.copy(home / "state" / "monitor.db", home / "before.db")
        rig = Rig(home, dataclasses.replace(app, channel=wire, waker=Ringing(wire=wire)), wire)
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
        wrong, most = 0, 0
        stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
        for step in range(1, steps + 1, stride):
            rig.lay_out()
            if rig.live(dies_at=step):
                raise SystemExit(f"nobody died at step {step} of {steps}")
            rig.live(late=AFTER_A_CRASH)
            rows, arrived = rig.left()
            wrong += rows != right or set(arrived) != set(heard)
            most = max(most, *(many for what, many in arrived.items() if what.startswith("wake")), 0)
    sys.stdout.write(
        json.dumps(
            {"steps": steps, "wrong": wrong, "rows": right, "heard": sorted(heard), "most_rings": most}
        )
    )


if __name__ == "__main__":
    main()
