"""Who said by mail that they are away: the latest word of each person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias

from sqlalchemy import delete, select

from monitor.store import rows
from monitor.store.engine import Tx, upsert
from monitor.store.letter_tables import absence
from monitor.store.tables import school

Absences: TypeAlias = Mapping[tuple[str, str], tuple[date, date]]
"""By school and address (folded): the first and the last day."""

_OVER = timedelta(days=30)
"""How long an absence that is over is kept, for whoever asks why somebody else was told."""


def said(tx: Tx) -> Absences:
    """Everybody who said so."""
    found = tx.connection.execute(
        select(absence, school.c.slug).join(school, school.c.id == absence.c.school_id)
    )
    return MappingProxyType({(row.slug, row.person): (row.first_day, row.last_day) for row in found})


def put(tx: Tx, slug: str, person: str, days: tuple[date, date], now: datetime) -> None:
    """Somebody is away on these days, whatever they said before."""
    row = {
        "school_id": rows.school_ids(tx)[slug],
        "person": person.casefold(),
        "first_day": days[0],
        "last_day": days[1],
        "said_at": now,
    }
    upsert(tx, absence, [row], key=["school_id", "person"])


def end(tx: Tx, slug: str, person: str) -> bool:
    """Somebody is back. False if they never said that they were away."""
    number = rows.school_ids(tx)[slug]
    mine = delete(absence).where(absence.c.school_id == number, absence.c.person == person.casefold())
    return tx.connection.execute(mine).rowcount == 1


def purge(tx: Tx, now: datetime) -> int:
    """Forget absences that have been over for long."""
    return tx.connection.execute(delete(absence).where(absence.c.last_day < (now - _OVER).date())).rowcount
