"""Stories whose words are kept whatever their age, because a lead has said why: reading, putting, ending."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, select

from monitor.fates import Hold
from monitor.store.afterlife_tables import held
from monitor.store.engine import Tx, upsert
from monitor.store.outbox import note_event
from monitor.store.tables import incident, school


def hold(tx: Tx, number: int, wanted: Hold, *, via: str, now: datetime) -> bool:
    """Keep the words of a story until then. False if that is so already."""
    before = of(tx, number)
    if before is not None and (before.reason, before.until) == (wanted.reason, wanted.until):
        return False
    row = {
        "incident_id": number,
        "reason": wanted.reason,
        "by": wanted.by,
        "since": now,
        "until": wanted.until,
    }
    upsert(tx, held, [row], key=["incident_id"])
    told = f"until {wanted.until:%Y-%m-%d}: {wanted.reason}"
    note_event(tx, number, at=now, what="held", by=wanted.by, via=via, detail=told)
    return True


def unhold(tx: Tx, number: int, *, by: str, via: str, now: datetime) -> bool:
    """End the hold: what is past its time goes from now on. False if there is none."""
    if tx.connection.execute(delete(held).where(held.c.incident_id == number)).rowcount != 1:
        return False
    note_event(tx, number, at=now, what="unheld", by=by, via=via)
    return True


def purge(tx: Tx, before: datetime) -> int:
    """Forget holds that ended before then; that there was one stays in the story's history."""
    return tx.connection.execute(delete(held).where(held.c.until < before)).rowcount


def of(tx: Tx, number: int) -> Hold | None:
    """The hold of a story, even if its end has come."""
    row = tx.connection.execute(select(held).where(held.c.incident_id == number)).first()
    return None if row is None else Hold(story=number, reason=row.reason, by=row.by, until=row.until)


def ending(tx: Tx, slug: str, now: datetime, before: datetime) -> tuple[Hold, ...]:
    """The holds of a school's stories that end from now until then, the next first."""
    statement = (
        select(held)
        .join(incident, incident.c.id == held.c.incident_id)
        .join(school, school.c.id == incident.c.school_id)
        .where(school.c.slug == slug, held.c.until > now, held.c.until <= before)
        .order_by(held.c.until, held.c.incident_id)
    )
    return tuple(
        Hold(story=row.incident_id, reason=row.reason, by=row.by, until=row.until)
        for row in tx.connection.execute(statement)
    )


def is_held(tx: Tx, number: int, now: datetime) -> bool:
    """Whether the words of a story are to be kept now."""
    return tx.connection.execute(numbers(now).where(held.c.incident_id == number)).first() is not None


def numbers(now: datetime) -> Select[tuple[int]]:
    """The stories that are held now, for a condition of another statement."""
    return select(held.c.incident_id).where(held.c.until > now)


def is_free(now: datetime) -> ColumnElement[bool]:
    """For statements on mentions or notifications joined with their story: nobody holds it."""
    return incident.c.id.is_(None) | incident.c.id.not_in(numbers(now))
