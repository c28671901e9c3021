"""Kills a process before every statement while posts are answered, looked at again, deleted and removed, and looks what is left.

Run as a program (a stride may follow), it prints one JSON object. Each life is a child
of ``lives.House``.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from monitor import config as configuration
from monitor.app import App, open_app
from monitor.jobs import delivering, lookback, polling
from monitor.store import polls
from monitor.store.afterlife_tables import afterlife, answered, our_reply
from monitor.store.engine import UtcTime
from monitor.store.tables import delivery, incident, incident_event, mention, notification
from tests.journeys.lives import House, Wire, room
from tests.journeys.play import MONITOR, SCHOOL, THREAT
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


def journey(app: App, late: timedelta = timedelta()) -> None:
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


def left(house: House) -> tuple[dict[str, Any], Counter[str]]:
    with house.app.store.read() as tx:
        rows = {table.name: _told(tx, table) for table in LEFT}
    house.app.store.close()
    return json.loads(json.dumps(rows)), house.heard()


def _told(tx: Any, table: Table) -> list[list[Any]]:
    columns = [column for column in table.columns if column.name not in _CHANCE]
    told = [column.is_(None) if isinstance(column.type, UtcTime) else column for column in columns]
    found = tx.connection.execute(select(*told).order_by(*table.primary_key.columns))
    return [[value.hex() if isinstance(value, bytes) else value for value in row] for row in found]


@contextmanager
def set_up(home: Path) -> Iterator[House]:
    """A house that has never polled; a first life warms everything up."""
    (home / "schools").mkdir()
    (home / "schools" / "holm-nook.toml").write_text(SCHOOL + PLACE)
    (home / "monitor.toml").write_text(MONITOR.format(state=home / "state"))
    config = configuration.load(home / "monitor.toml", environ={})
    wire = Wire(home / "wire")
    with open_app(config, now=lambda: START) as app:
        polling.reconcile(app, START)
        house = House(home, dataclasses.replace(app, channel=wire, spread=lambda: 0.0), wire)
        house.keep()
        house.lay_out()
        journey(house.app)
        left(house)
        house.lay_out()
        yield house


def main() -> None:
    """Die before every step, live again, and compare with an undisturbed life."""
    with room() as home, set_up(home) as house:
        steps = house.live(journey)
        right, heard = left(house)
        wrong = 0
        stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
        for step in range(1, steps + 1, stride):
            house.lay_out()
            if house.live(journey, dies_at=step):
                raise SystemExit(f"nobody died at step {step} of {steps}")
            house.live(partial(journey, late=AFTER_A_CRASH))
            rows, arrived = left(house)
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
