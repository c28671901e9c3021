"""What a clock that was set wrong leaves behind: times that lie ahead, and times before there was anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Table, bindparam, or_, select, update

from monitor.store.engine import Tx
from monitor.store.tables import delivery, mention, notification, school, source

NOT_SET = datetime(2025, 1, 1, tzinfo=UTC)
"""An earlier time was told by a clock that had not been set since the power came back."""


def set_back(tx: Tx, now: datetime, by: timedelta) -> None:
    """The clock went back ``by`` so much: what was to happen after some time happens after that time.

    Sources need nothing: one that was polled in what is now the future is due.
    """
    _shift(tx, source, "leased_until", now, by)
    for column in ("leased_until", "next_attempt_at", "due_since"):
        _shift(tx, delivery, column, now, by)
    redate(tx, now)


def redate(tx: Tx, now: datetime) -> None:
    """What was seen at an impossible time counts as seen now: it is kept as long as it should be."""
    for table, name in ((mention, "seen_at"), (notification, "created_at")):
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
