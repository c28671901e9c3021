"""What was said of late, and what has waited: for room on the disk or in people's heads, for a mail server, for a clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from alerts import flood
from alerts.base import Alert, NotificationKind, Severity
from monitor.model import MAIL, DeliveryTask, NewNotification
from monitor.store import exercises, outbox, rows
from monitor.store.engine import Tx, chunks
from monitor.store.tables import delivery, incident, notification, school

LONGEST_HOLD = timedelta(days=5)
"""Older alerts are not asked how lately they were due: a small one found on Maundy Thursday waits for Tuesday."""


def was_added(tx: Tx, slug: str, subject: str) -> bool:
    """Whether anything was ever queued under this subject."""
    found = (
        select(notification.c.id)
        .join(school, school.c.id == notification.c.school_id)
        .where(school.c.slug == slug, notification.c.subject_key == subject)
        .limit(1)
    )
    return tx.connection.execute(found).first() is not None


def recent(tx: Tx, slug: str, now: datetime) -> flood.Recent:
    """What was told of a school within the last hour, or waits for its time to be told."""
    payload = notification.c.payload
    statement = (
        select(
            notification.c.id,
            notification.c.severity,
            notification.c.created_at,
            payload["categories"].label("categories"),
            payload["stories"].as_integer().label("stories"),
            payload[("items", 0, "source")].as_string().label("source"),
            delivery.c.recipient,
            delivery.c.due_since,
        )
        .join_from(notification, delivery, delivery.c.notification_id == notification.c.id)
        .join(school, school.c.id == notification.c.school_id)
        .where(
            school.c.slug == slug,
            notification.c.kind == NotificationKind.ALERT.value,
            notification.c.created_at > now - LONGEST_HOLD,
            notification.c.subject_key.not_like(f"{exercises.MARK}%"),  # no exercise is part of a flood
            payload["category"].as_string().is_not(None),  # what was purged has no words any more
            delivery.c.channel == MAIL,
            delivery.c.state != "cancelled",
            delivery.c.due_since > now - flood.HOUR,
        )
        .order_by(delivery.c.due_since)
    )
    told = tx.connection.execute(statement).all()
    mails: dict[str, list[datetime]] = {}
    for row in told:
        if row.due_since <= now:
            mails.setdefault(row.recipient, []).append(row.due_since)
    return flood.Recent(
        mails={address: tuple(times) for address, times in mails.items()},
        stories=sum({row.id: row.stories for row in told if row.created_at > now - flood.HOUR}.values()),
        critical=frozenset(
            (category, row.source or "")
            for row in told
            if row.severity == Severity.CRITICAL.value and row.due_since <= now
            for category in rows.categories(row.categories)
        ),
    )


def crowded(tx: Tx, now: datetime) -> tuple[DeliveryTask, ...]:
    """Alerts that are due after they had to wait for their hour, and were never tried; the gravest first, then the oldest."""
    statement = (
        outbox.untried(now)
        .where(
            delivery.c.due_since > notification.c.created_at,
            notification.c.kind == NotificationKind.ALERT.value,
        )
        .order_by(notification.c.severity.desc(), delivery.c.due_since, delivery.c.id)
    )
    return tuple(map(outbox.task_of, tx.connection.execute(statement)))


def said_again(tx: Tx, now: datetime) -> tuple[DeliveryTask, ...]:
    """Reminders of stories that nobody has taken that are due and were never tried; the gravest first."""
    statement = (
        outbox.untried(now)
        .where(
            notification.c.kind == NotificationKind.REMINDER.value,
            notification.c.incident_id.is_not(None),
        )
        .order_by(notification.c.severity.desc(), delivery.c.due_since, delivery.c.id)
    )
    return tuple(map(outbox.task_of, tx.connection.execute(statement)))


def posts(tx: Tx, slug: str, subjects: Sequence[str]) -> int:
    """How many posts the stories of these subject keys have by now."""
    total = 0
    for part in chunks(subjects):
        latest = (
            select(func.max(incident.c.id))
            .join(school, school.c.id == incident.c.school_id)
            .where(school.c.slug == slug, incident.c.subject_key.in_(part))
            .group_by(incident.c.subject_key)
        )
        found = select(func.coalesce(func.sum(incident.c.mentions), 0)).where(incident.c.id.in_(latest))
        total += tx.connection.execute(found).scalar_one()
    return total


def grave(tx: Tx, now: datetime, limit: int) -> tuple[DeliveryTask, ...]:
    """Critical mails that are due and that nobody holds, without leasing them; oldest first."""
    free = or_(delivery.c.leased_until.is_(None), delivery.c.leased_until <= now)
    statement = (
        outbox.tasks_query()
        .where(
            delivery.c.channel == MAIL,
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
            delivery.c.channel == MAIL,
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
    call_back(tx, tasks, now)
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


def call_back(tx: Tx, tasks: Sequence[DeliveryTask], now: datetime) -> None:
    """Let these not go out: their readers get the same in another shape."""
    for part in chunks([task.id for task in tasks]):
        gone = delivery.c.id.in_(part)
        # what one reader will not get in this shape must not grow for the others
        told_of = notification.c.id.in_(select(delivery.c.notification_id).where(gone))
        tx.connection.execute(
            update(notification).where(told_of, notification.c.frozen_at.is_(None)).values(frozen_at=now)
        )
        tx.connection.execute(update(delivery).where(gone).values(state="cancelled", settled_at=now))
