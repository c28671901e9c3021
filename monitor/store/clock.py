"""What a clock that was set wrong leaves behind: times that lie ahead, and times before there was anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Table, bindparam, func, or_, select, update

from monitor.store.engine import Tx
from monitor.store.tables import delivery, incident, mention, notification, school, source

NOT_SET = datetime(2025, 1, 1, tzinfo=UTC)
"""An earlier time was told by a clock that had not been set since the power came back."""


def set_back(tx: Tx, now: datetime, by: timedelta) -> None:
    """The clock went back ``by`` so much: what was to happen after some time happens after that time."""
    _shift(tx, source, "leased_until", now, by)
    for column in ("leased_until", "next_attempt_at", "due_since"):
        _shift(tx, delivery, column, now, by)
    _shift(tx, incident, "ladder_from", now, by)
    redate(tx, now)


def call_sources(tx: Tx, now: datetime) -> int:
    """Make due what was polled in what is now the future; return how many.

    When its next poll was meant is unknown. Asked each minute: a poll that was under way when the clock was set
    notes the old time afterwards.
    """
    last = func.coalesce(source.c.last_poll_at, source.c.added_at)
    ahead = update(source).where(last > now, source.c.next_poll_at > now)
    return tx.connection.execute(ahead.values(next_poll_at=now)).rowcount


def redate(tx: Tx, now: datetime) -> None:
    """What was seen at an impossible time counts as seen now: it is kept as long as it should be."""
    for table, name in ((mention, "seen_at"), (notification, "created_at"), (incident, "ladder_from")):
        column = table.c[name]
        tx.connection.execute(update(table).where(or_(column > now, column < NOT_SET)).values({name: now}))


def latest_digest(tx: Tx, slug: str, at: datetime) -> None:
    """The next digest of a school is due at that time, or earlier."""
    tx.connection.execute(
        update(school).where(school.c.slug == slug, school.c.next_digest_at > at).values(next_digest_at=at)
    )


def _shift(tx: Tx, table: Table, name: str, now: datetime, by: timedelta) -> None:
    column = table.c[name]
    ahead = tx.connection.execute(select(table.c.id, column).where(column > now)).all()
    if ahead:
        tx.connection.execute(
            update(table).where(table.c.id == bindparam("b_id")),
            [{"b_id": number, name: max(at - by, now)} for number, at in ahead],
        )
