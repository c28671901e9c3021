"""Kills a process before every statement while replies are read, acted on and confirmed, and looks what is left.

Run as a program (a stride may follow), it prints one JSON object. Each life is a child of ``lives.House``; besides our way it
tries two that write the letter in a transaction of its own.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from monitor import config as configuration
from monitor.app import App, open_app
from monitor.jobs import delivering, drilling, replying
from monitor.store import letters
from monitor.store.letters import Read
from sources.letter import Letter
from tests.fakes import RecordingChannel
from tests.journeys.lives import House, Wire, room
from tests.journeys.play import MONITOR, SCHOOL
from tests.journeys.post import BOX, Post, answer_to

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


def journey(way: Way, late: timedelta, app: App) -> None:
    """Read the letters, and confirm them."""
    vars(replying)["take_up"] = way
    replying.read_replies(app, START + late)
    delivering.deliver_all(app, START + late)


def left(house: House) -> tuple[list[Any], Counter[str]]:
    with house.app.store.read() as tx:
        rows = [[tuple(row) for row in tx.connection.exec_driver_sql(asked)] for asked in LEFT]
    house.app.store.close()
    return rows, house.heard()


@contextmanager
def set_up(home: Path) -> Iterator[House]:
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
        house = House(home, dataclasses.replace(app, channel=wire, mailbox=post.session), wire)
        house.keep()
        house.lay_out()
        yield house


def trial(house: House, way: Way, stride: int, *, thorough: bool) -> dict[str, Any]:
    """Die at every step, live again, and compare with an undisturbed life. Not ``thorough``: until something is wrong."""
    house.lay_out()
    steps = house.live(partial(journey, way, timedelta()))
    right, heard = left(house)
    wrong = 0
    for step in range(1, steps + 1, stride):
        house.lay_out()
        if house.live(partial(journey, way, timedelta()), dies_at=step):
            raise SystemExit(f"nobody died at step {step} of {steps}")
        house.live(partial(journey, way, AFTER_A_CRASH))
        rows, arrived = left(house)
        wrong += rows != right or set(arrived) != set(heard)
        if wrong and not thorough:
            break
    return {"steps": steps, "wrong": wrong, "rows": right, "heard": sorted(heard)}


def main() -> None:
    """Try our way at every step, and the others."""
    stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with room() as home, set_up(home) as house:
        tried = {name: trial(house, way, stride, thorough=name == "ours") for name, way in WAYS.items()}
    sys.stdout.write(json.dumps(tried))


if __name__ == "__main__":
    main()
