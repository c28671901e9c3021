"""What has waited in the outbox: for room on the disk, for a mail server, or for a clock that was set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update

from alerts.base import Alert, NotificationKind, Severity
from monitor.model import DeliveryTask, NewNotification
from monitor.store import outbox, rows
from monitor.store.engine import Tx, chunks
from monitor.store.tables import delivery, notification, school


def was_added(tx: Tx, slug: str, subject: str) -> bool:
    """Whether anything was ever queued under this subject."""
    found = (
        select(notification.c.id)
        .join(school, school.c.id == notification.c.school_id)
        .where(school.c.slug == slug, notification.c.subject_key == subject)
        .limit(1)
    )
    return tx.connection.execute(found).first() is not None


def grave(tx: Tx, now: datetime, limit: int) -> tuple[DeliveryTask, ...]:
    """Critical deliveries that are due and that nobody holds, without leasing them; oldest first."""
    free = or_(delivery.c.leased_until.is_(None), delivery.c.leased_until <= now)
    statement = (
        outbox.tasks_query()
        .where(
            delivery.c.state == "pending",
            free,
            delivery.c.next_attempt_at <= now,
            notification.c.severity >= Severity.CRITICAL.value,
        )
        .order_by(delivery.c.due_since, delivery.c.id)
        .limit(limit)
    )
    return tuple(map(outbox.task_of, tx.connection.execute(statement)))


def stale(tx: Tx, limit: datetime) -> tuple[DeliveryTask, ...]:
    """Alerts, but no critical ones, that have been due since before ``limit``; the gravest first, then the oldest."""
    statement = (
        outbox.tasks_query()
        .where(
            delivery.c.state == "pending",
            delivery.c.leased_until.is_(None),
            delivery.c.due_since < limit,
            notification.c.kind == NotificationKind.ALERT.value,
            notification.c.severity < Severity.CRITICAL.value,
        )
        .order_by(notification.c.severity.desc(), delivery.c.due_since, delivery.c.id)
    )
    return tuple(map(outbox.task_of, tx.connection.execute(statement)))


def replace(tx: Tx, tasks: Sequence[DeliveryTask], payload: Alert, now: datetime) -> None:
    """Let one alert for one reader stand for several; it belongs to the story of the first."""
    first = tasks[0]
    for part in chunks([task.id for task in tasks]):
        tx.connection.execute(
            update(delivery).where(delivery.c.id.in_(part)).values(state="cancelled", settled_at=now)
        )
    new = NewNotification(
        school=first.school,
        incident=None,
        kind=first.kind,
        reason=first.reason,
        severity=first.severity,
        payload=payload,
        recipients=(first.recipient,),
        not_before=min(task.due_since for task in tasks),
    )
    number = rows.school_ids(tx)[first.school]
    outbox.queue(tx, new, school_id=number, incident_id=first.incident_id, subject=first.subject_key, now=now)
