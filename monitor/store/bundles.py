"""What waits for a bundle, and which posts that may be about us were not listed yet."""

from __future__ import annotations

from datetime import datetime

from alerts.base import NotificationKind, Severity
from monitor.facts import IncidentRow, MentionRow
from monitor.model import Certainty, DeliveryTask
from monitor.store import memo, outbox, rows
from monitor.store.engine import Tx
from monitor.store.tables import delivery, incident, mention, notification, school

_LISTED = "possible_listed:"


def waiting(tx: Tx, now: datetime) -> tuple[DeliveryTask, ...]:
    """Alerts of medium and low grade that are due and were never tried; whatever was due first in front."""
    statement = (
        outbox.untried(now)
        .where(
            notification.c.kind == NotificationKind.ALERT.value,
            notification.c.severity <= Severity.MEDIUM.value,
        )
        .order_by(delivery.c.due_since, delivery.c.id)
    )
    return tuple(map(outbox.task_of, tx.connection.execute(statement)))


def open_story(tx: Tx, slug: str, subject: str) -> IncidentRow | None:
    """The open story of this subject key."""
    statement = rows.incidents_query().where(
        school.c.slug == slug, incident.c.subject_key == subject, incident.c.closed_at.is_(None)
    )
    row = tx.connection.execute(statement).first()
    return rows.incident_row(row) if row is not None else None


def possible(tx: Tx, slug: str, since: datetime, until: datetime, limit: int) -> tuple[MentionRow, ...]:
    """Posts that may be about the school and belong to no story; the gravest first. Critical ones have been told."""
    statement = (
        rows.mentions_query()
        .where(
            school.c.slug == slug,
            mention.c.certainty == Certainty.POSSIBLE.value,
            mention.c.incident_id.is_(None),
            mention.c.duplicate_of.is_(None),
            mention.c.verdict == "",
            mention.c.silent.is_(False),
            mention.c.severity < Severity.CRITICAL.value,
            mention.c.seen_at > since,
            mention.c.seen_at <= until,
        )
        .order_by(mention.c.severity.desc(), mention.c.id)
        .limit(limit)
    )
    return tuple(map(rows.mention_row, tx.connection.execute(statement)))


def listed_at(tx: Tx, slug: str) -> datetime | None:
    """Up to when such posts have been listed."""
    value = memo.fact(tx, f"{_LISTED}{slug}")
    return datetime.fromisoformat(value) if value else None


def set_listed(tx: Tx, slug: str, at: datetime) -> None:
    """They have been listed up to then."""
    memo.note(tx, f"{_LISTED}{slug}", at.isoformat())
