"""Wake somebody: one line without content, over the services that Apprise knows (ntfy, SMS gateways, pagers …).

Apprise itself runs in a process of its own (``wake_child``), which is killed when its time is over: a service that
hangs holds up nothing, and nothing of it stays in memory. The addresses are secrets; no sentence of ours names one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from alerts.errors import Misconfigured
from alerts.wake_child import NOT_INSTALLED

CHILD = Path(__file__).with_name("wake_child.py")
DEADLINE = timedelta(seconds=25)
"""For all that a service does: name, connection, answer."""
GRACE = timedelta(seconds=20)
"""For the child's own start on a slow machine; it is killed after that."""
COMMENT = "#"
INSTALL = "install the extra: pip install --require-hashes --no-deps -r requirements-wake.lock"
NO_ANSWER = "no answer in time"


@dataclass(frozen=True, slots=True)
class Way:
    """One address over which somebody is woken."""

    place: str
    """Where it stands, such as ``head-wake, line 2``: all that may be said of it."""
    url: str = field(repr=False)


def ways(name: str, text: str) -> tuple[Way, ...]:
    """The addresses in a file: one a line; empty lines, and those that begin with ``#``, say nothing."""
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return tuple(
        Way(f"{name}, line {number}", line) for number, line in lines if line and not line.startswith(COMMENT)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waker:
    """Says lines over ways. Safe to use from several threads; nothing is kept open."""

    deadline: timedelta = DEADLINE
    python: str = sys.executable

    def look(self, urls: Iterable[str]) -> tuple[str, ...]:
        """For each address why it cannot be used, empty if it can; nothing is sent. Raises ``Misconfigured``."""
        return self._ask([*urls], None)

    def say(self, urls: Iterable[str], line: str, *, grave: bool = True, proxy: str = "") -> tuple[str, ...]:
        """Say the line over each address; for each why it did not go, empty if it did. Raises ``Misconfigured``."""
        return self._ask([*urls], line, grave=grave, proxy=proxy)

    def _ask(
        self, urls: Sequence[str], line: str | None, *, grave: bool = False, proxy: str = ""
    ) -> tuple[str, ...]:
        if not urls:
            return ()
        seconds = self.deadline.total_seconds()
        asked = {"urls": urls, "line": line, "seconds": seconds, "grave": grave, "proxy": proxy}
        status, said = self._run(json.dumps(asked), seconds + GRACE.total_seconds())
        if status == NOT_INSTALLED:
            raise Misconfigured("Apprise, which wakes people, is not installed", remedy=INSTALL)
        return _told(said, len(urls))

    def _run(self, asked: str, seconds: float) -> tuple[int, str]:
        """Start the child; what it said until it ended, or was killed."""
        try:
            child = subprocess.Popen(  # noqa: S603 -- our own file, and no shell; addresses go in by standard input
                [self.python, "-I", str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # plug-ins may write addresses there
                text=True,
            )
        except OSError as error:
            raise Misconfigured(
                f"the program that wakes people cannot be started ({error.strerror})", remedy=INSTALL
            ) from None
        with child:
            try:
                said, _ = child.communicate(asked, seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                said, _ = child.communicate()
        return child.returncode, said


def _told(said: str, many: int) -> tuple[str, ...]:
    """The child's answers, by address; a line that was cut short by its end says nothing."""
    found = {}
    for line in said.splitlines():
        try:
            answer = json.loads(line)
            found[int(answer["number"])] = str(answer["why"])
        except (ValueError, KeyError, TypeError):
            continue
    return tuple(found.get(number, NO_ANSWER) for number in range(many))
