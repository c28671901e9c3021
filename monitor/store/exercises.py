"""Stories that never happened: recorded as any other, and counted nowhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from alerts.base import Category, Severity
from monitor.store import rows
from monitor.store.engine import Tx, insert_new, new_id
from monitor.store.outbox import note_event
from monitor.store.tables import incident, school

MARK = "exercise-"
"""How the subject keys of exercises begin; those of stories are hex digits."""


def know(tx: Tx, slug: str, name: str) -> None:
    """Let there be the school: an exercise, or a look at the digest, may come before the first poll."""
    insert_new(tx, school, [{"slug": slug, "name": name, "active": True}])


def begin(tx: Tx, slug: str, subject: str, category: Category, now: datetime) -> int:
    """Open a critical story that is an exercise; return its number."""
    values = {
        "school_id": rows.school_ids(tx)[slug],
        "subject_key": subject,
        "severity": Severity.CRITICAL.value,
        "category": category.value,
        "categories": [category.value],
        "certain": True,
        "mentions": 0,
        "grown_to": 0,
        "clock": "",
        "opened_at": now,
        "last_mention_at": now,
        "owner": "",
        "outcome": "",
        "note": "",
        "exercise": True,
    }
    number = new_id(tx, insert(incident).values(**values))
    note_event(tx, number, at=now, what="exercise")
    return number


def is_running(tx: Tx, slug: str) -> bool:
    """Whether an exercise of the school is open."""
    found = select(incident.c.id).where(
        incident.c.school_id == rows.school_ids(tx)[slug],
        incident.c.exercise.is_(True),
        incident.c.closed_at.is_(None),
    )
    return tx.connection.execute(found.limit(1)).first() is not None
