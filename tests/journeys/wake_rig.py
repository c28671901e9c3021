"""Kills a process before every statement while an urgent mail and its wake-ups go out, and looks who was rung and what is left.

Run as a program (a stride may follow), it prints one JSON object. Each life is a child
of ``lives.House``.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select

from alerts.wake import Waker
from monitor import config as configuration
from monitor.app import App, open_app
from monitor.jobs import delivering, drilling, waking
from monitor.store.tables import delivery
from tests.journeys.lives import House, Wire, room
from tests.journeys.play import MONITOR, SCHOOL

START = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
AFTER_A_CRASH = timedelta(minutes=6)
OWN = SCHOOL.replace('mail = "head@school.test"', 'mail = "head@school.test"\nwake = { file = "head-wake" }')
LINES = ["json://head.test/one", "json://head.test/two", "json://duty.test"]


@dataclass(frozen=True, kw_only=True)
class Ringing(Waker):
    """The outermost edge of waking."""

    wire: Wire

    def say(self, urls: Iterable[str], line: str, *, grave: bool = True, proxy: str = "") -> tuple[str, ...]:
        rung = [*urls]
        for url in rung:
            self.wire.put(f"wake {url}")
        return tuple("" for _ in rung)


def journey(app: App, late: timedelta = timedelta()) -> None:
    """Wake and mail."""
    waking.wake_all(app, START + late)
    delivering.deliver_all(app, START + late)
    waking.wake_all(app, START + late)


def left(house: House) -> tuple[list[tuple[str, str, str]], Counter[str]]:
    with house.app.store.read() as tx:
        columns = delivery.c.channel, delivery.c.recipient, delivery.c.state
        rows = [tuple(row) for row in tx.connection.execute(select(*columns).order_by(*columns))]
    house.app.store.close()
    return rows, house.heard()


@contextmanager
def set_up(home: Path) -> Iterator[House]:
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
        house = House(home, dataclasses.replace(app, channel=wire, waker=Ringing(wire=wire)), wire)
        house.keep()
        house.lay_out()
        yield house


def main() -> None:
    """Die before every step, live again, and compare with an undisturbed life."""
    with room() as home, set_up(home) as house:
        steps = house.live(journey)
        right, heard = left(house)
        wrong, most = 0, 0
        stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
        for step in range(1, steps + 1, stride):
            house.lay_out()
            if house.live(journey, dies_at=step):
                raise SystemExit(f"nobody died at step {step} of {steps}")
            house.live(partial(journey, late=AFTER_A_CRASH))
            rows, arrived = left(house)
            wrong += rows != right or set(arrived) != set(heard)
            most = max(most, *(many for what, many in arrived.items() if what.startswith("wake")), 0)
    sys.stdout.write(
        json.dumps(
            {"steps": steps, "wrong": wrong, "rows": right, "heard": sorted(heard), "most_rings": most}
        )
    )


if __name__ == "__main__":
    main()
