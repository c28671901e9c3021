"""Sets the clock while the house works, and asks what was missed, repeated or thrown away."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from monitor.daemon import Engine
from monitor.store import Store
from monitor.store.tables import delivery, mention, notification
from tests.torture import house
from tests.torture.house import READERS, START, STEP, House, World

STEPS: dict[str, timedelta] = {
    "ten minutes on": timedelta(minutes=10),
    "ten minutes back": timedelta(minutes=-10),
    "two hours back": timedelta(hours=-2),
    "a year on": timedelta(days=365),
    "back to 1970": datetime(1970, 1, 1, tzinfo=UTC) - START,
}
POSTS = 12
_WRONG_FROM, _WRONG_UNTIL = 3, 8
"""Steps between which the clock is wrong; then it is set right."""
_PATIENCE = 3 * STEP
"""An interval of the sources with its spread, the step in which it ends, and that in which the mail goes out."""


@dataclass
class SetClock:
    """The true time, and what the clock on the wall shows."""

    true: datetime = START
    error: timedelta = timedelta()

    def __call__(self) -> datetime:
        return self.true + self.error

    def truth(self) -> datetime:
        return self.true

    def steady(self) -> float:
        return (self.true - START).total_seconds()


@dataclass
class Mischief:
    """What a wrong clock did."""

    missed: int = 0
    late: int = 0
    doubled: int = 0
    thrown_away: int = 0
    flood: int = 0
    told: dict[int, datetime] = field(default_factory=dict)

    @property
    def wrong(self) -> int:
        return self.missed + self.late + self.doubled + self.thrown_away + self.flood


def run(home: Path, error: timedelta) -> Mischief:
    """Live through it; every post must be told of within an interval, once, and stay stored."""
    Store.open(home / "empty").close()
    place = house.build(home / "house", posts=POSTS)
    place.lay_out(home / "empty")
    clock, found = SetClock(), Mischief()
    fetcher = World(clock=clock.truth, posts=POSTS).fetcher()
    with place.app(now=clock, fetcher=fetcher) as app:
        engine = Engine(app, monotonic=clock.steady)
        engine._start()
        for step in range(POSTS + 3):
            clock.error = error if _WRONG_FROM <= step < _WRONG_UNTIL else timedelta()
            for _ in range(3):
                house.beat(engine)
                clock.true += STEP / 3
            _note_told(place, clock.true, found)
        with app.store.read() as tx:
            stored = tx.connection.execute(select(func.count()).select_from(mention)).scalar_one()
    said = place.said()
    found.missed = len(said.lost(POSTS, READERS))
    found.late = sum(at - START - post * STEP > _PATIENCE for post, at in found.told.items())
    found.doubled = len(said.doubled()) + said.repeats
    found.thrown_away = POSTS - stored
    found.flood = max(sum(bool(line["tokens"]) for line in said.lines) - POSTS * len(READERS), 0)
    return found


def _note_told(place: House, now: datetime, found: Mischief) -> None:
    heard = {each for line in place.said().lines for each in line["tokens"]}
    for post in range(POSTS):
        if house.token(post) in heard:
            found.told.setdefault(post, now)


def digests(home: Path, times: list[datetime]) -> list[tuple[str, datetime]]:
    """Start a fresh round at each of these times; subject and time of each digest that was queued."""
    shutil.rmtree(home, ignore_errors=True)
    place = house.build(home)
    for now in times:
        with place.app(now=lambda now=now: now) as app:
            house.round_of(app)
            with app.store.read() as tx:
                found = tx.connection.execute(
                    select(notification.c.subject_key, func.min(delivery.c.settled_at))
                    .join(delivery, delivery.c.notification_id == notification.c.id)
                    .where(notification.c.kind == "digest")
                    .group_by(notification.c.id)
                    .order_by(notification.c.id)
                ).all()
    return [(row[0], row[1].replace(tzinfo=UTC) if row[1].tzinfo is None else row[1]) for row in found]
