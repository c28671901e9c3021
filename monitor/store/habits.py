"""When each source brought something new, and what that says of its habits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select

from monitor import habit
from monitor.facts import Habit, SourceStatus
from monitor.store.engine import Tx
from monitor.store.tables import poll


def learnt(tx: Tx, source_id: int, now: datetime) -> Habit | None:
    """How often a source brought something new up to then; ``None`` if that cannot be told yet."""
    came = (
        select(poll.c.at)
        .where(poll.c.source_id == source_id, poll.c.at <= now, poll.c.outcome == "new", poll.c.entries > 0)
        .order_by(poll.c.at.desc())
        .limit(habit.MOST)
    )
    times = tx.connection.execute(came).scalars().all()
    return habit.learn(times[::-1]) if times else None


def of(tx: Tx, sources: Iterable[SourceStatus], now: datetime) -> Mapping[int, Habit]:
    """The habits of all sources that have one, by the source's number."""
    found = ((status.id, learnt(tx, status.id, now)) for status in sources)
    return {number: known for number, known in found if known}
