"""Flips bytes of the database at random, and asks what is lost, what is told twice, and what is thrown away."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from monitor.daemon import Engine
from monitor.errors import StoreError
from monitor.store import Store
from monitor.store.backup import backup
from tests.torture import house
from tests.torture.house import READERS, House

BYTES = 200
BEFORE, MEANWHILE, AFTER = 2, 15, 3
"""Posts told of before the copy is made, between the copy and the damage, and after the restart."""
_LAST_BEATS = 8


@dataclass
class Harm:
    """What became of all that was damaged."""

    tried: int = 0
    unnoticed: int = 0
    lost: int = 0
    doubled: int = 0
    thrown_away: int = 0
    untold: int = 0
    broken: int = 0

    @property
    def wrong(self) -> int:
        return self.unnoticed + self.lost + self.doubled + self.thrown_away + self.untold + self.broken


def prepare(home: Path) -> House:
    """A house that has told of posts before and after a copy was made."""
    Store.open(home / "empty").close()
    place = house.build(home / "house", posts=BEFORE)
    place.lay_out(home / "empty")
    live(place, BEFORE, copy=True)
    place.posts += MEANWHILE
    live(place, MEANWHILE)
    return place


def run(home: Path, place: House, seeds: int) -> Harm:
    """Damage that many databases of such a house, each in another way."""
    harm = Harm()
    for seed in range(seeds):
        broken = home / f"seed-{seed}"
        shutil.copytree(place.home, broken)
        _one(house.build(broken, posts=place.posts), random.Random(seed), harm)
        shutil.rmtree(broken)
    return harm


def _one(place: House, dice: random.Random, harm: Harm) -> None:
    harm.tried += 1
    damaged = damage(place.config.state / "monitor.db", dice)
    place.posts += AFTER
    try:
        live(place, AFTER)
    except StoreError:
        harm.broken += 1
        return
    said = place.said()
    aside = list((place.config.state / "damaged").glob("*/monitor.db"))
    harm.unnoticed += not aside
    harm.thrown_away += bool(aside) and aside[0].read_bytes() != damaged
    harm.lost += len(said.lost(place.posts, READERS))
    harm.doubled += len(said.doubled()) + said.reused() + said.repeats
    harm.untold += not any(line["to"].startswith("technician") for line in said.lines)


def damage(path: Path, dice: random.Random) -> bytes:
    """Write random values over random bytes; return what the file holds now."""
    content = bytearray(path.read_bytes())
    for _ in range(BYTES):
        content[dice.randrange(len(content))] = dice.randrange(256)
    path.write_bytes(content)
    return bytes(content)


def live(place: House, steps: int, *, copy: bool = False) -> None:
    """Start the house as the service does, let it work for some steps, and make a copy at the end."""
    store, recovery = Store.mended(place.config.state, place.clock())
    with place.app(store=store, recovery=recovery) as app:
        engine = Engine(app, monotonic=place.clock.steady)
        engine._start()
        for _ in range(steps):
            house.beat(engine)
            house.beat(engine)
            place.clock.advance()
        for _ in range(_LAST_BEATS):
            house.beat(engine)
            place.clock.advance(house.STEP / 5)
        if copy:
            backup(app.store, place.config.state / "backups", place.clock())
