"""A house that is lived in by children who may be killed at any step, laid out anew for each life.

The parent holds no connection and no thread. A step is a statement, a commit, or a mail.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event

from alerts.base import Message, Receipt, Recipient
from monitor.app import App
from monitor.store import Store
from monitor.store.sentlog import SentLog

ROOT = Path(__file__).parents[2]


class Steps:
    """Counts statements, commits and mails; dies before the one that was asked for."""

    def __init__(self, dies_at: int) -> None:
        self.taken = 0
        self._dies_at = dies_at

    def __call__(self, *_: object) -> None:
        self.taken += 1
        if self.taken == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


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


@dataclass(frozen=True)
class House:
    """A house, where its mails arrive, and what it is laid out from (``before.db``)."""

    home: Path
    app: App
    wire: Wire

    def keep(self) -> None:
        """What is in the database now is what each life begins with."""
        assert self.app.store.compact()
        self.app.store.close()
        shutil.copy(self.home / "state" / "monitor.db", self.home / "before.db")

    def lay_out(self) -> None:
        """As it was kept, with nothing said yet."""
        lay_out(self.home)
        (self.home / "state" / "sent.log").unlink(missing_ok=True)
        self.wire.file.write_text("")

    def live(self, life: Callable[[App], object], dies_at: int = 0) -> int:
        """Live in a child that may die; the steps it took, or 0 if it died."""

        def lived(steps: Steps) -> None:
            self.wire.point = steps
            life(dataclasses.replace(self.app, sent_log=SentLog(self.home / "state" / "sent.log")))

        return in_a_child(self.app.store, lived, self.home / "steps", dies_at)

    def heard(self) -> Counter[str]:
        """Everything that arrived."""
        return Counter(self.wire.file.read_text().splitlines())


def lay_out(home: Path) -> None:
    """Put the database back that was kept."""
    for path in (home / "state").glob("monitor.db*"):
        path.unlink()
    shutil.copy(home / "before.db", home / "state" / "monitor.db")


def in_a_child(store: Store, life: Callable[[Steps], object], taken: Path, dies_at: int) -> int:
    """Live in a child that dies before its ``dies_at``-th step; the steps it took, or 0 if it died."""
    child = os.fork()
    if child == 0:
        steps = Steps(dies_at)
        for engine in (store._reader, store._writer):
            event.listen(engine, "before_cursor_execute", steps)
            event.listen(engine, "commit", steps)
        life(steps)
        store.close()
        taken.write_text(str(steps.taken))
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, -signal.SIGKILL):
        raise SystemExit(f"the child broke: {status}")
    return int(taken.read_text()) if status == 0 else 0


@contextmanager
def room() -> Iterator[Path]:
    """A folder in memory where there is one: a disk is not what dies here."""
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as home:
        yield Path(home)


def told_by(rig: str, *how: str) -> Any:
    """Run a rig as a program, in whose process nothing else is; what it printed."""
    program = [sys.executable, str(Path(__file__).with_name(rig)), *how]
    run = subprocess.run(
        program, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
