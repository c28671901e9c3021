"""Who owes what: stories that are nearly due or were put off, who was told of them, and what was proposed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Text, and_, case, cast, or_, select, union_all, update

from alerts.base import NotificationKind, Recipient, Severity
from monitor.facts import IncidentEvent, IncidentRow
from monitor.model import MAIL
from monitor.store import rows, stepped_back
from monitor.store.engine import Tx
from monitor.store.tables import delivery, incident, incident_event, notification, school

PROPOSED = "proposed"
"""One lead wants a critical story to be graded lower; another must say the same."""
_GRADING = ("opened", "worsened", "regraded", "reopened")
"""What changes a story's grade, or keeps the one that it has."""
_AHEAD = timedelta(days=2)
"""More than a tenth of the longest time that an answer may take, over a run of holidays."""
_BEHIND = timedelta(days=7)
"""What is overdue for longer is told in the digest."""
_TOLD = [NotificationKind.ALERT.value, NotificationKind.REMINDER.value]


def nearly_due(tx: Tx, slug: str, now: datetime) -> tuple[IncidentRow, ...]:
    """Open stories of which nobody was reminded and that may be nearly due, and those that were put off until now."""
    unreminded = select(incident.c.id).where(
        incident.c.closed_at.is_(None),
        incident.c.reminded_at.is_(None),
        incident.c.answered_at.is_(None),
        incident.c.clock != "",
        incident.c.due_at <= now + _AHEAD,
        incident.c.due_at >= now - _BEHIND,
    )
    put_off = select(incident.c.id).where(incident.c.snoozed_until <= now)
    numbers = set(tx.connection.execute(union_all(unreminded, put_off)).scalars())
    statement = rows.incidents_query().where(
        incident.c.id.in_(numbers),
        school.c.slug == slug,
        incident.c.closed_at.is_(None),
        incident.c.exercise.is_(False),
    )
    ordered = statement.order_by(incident.c.due_at, incident.c.id)
    return tuple(map(rows.incident_row, tx.connection.execute(ordered)))


def reminded(tx: Tx, number: int, now: datetime, *, nearly_due: bool) -> None:
    """The owner is reminded; ``nearly_due``: of the policy's time. What is put off to a later time still comes then."""
    values = {"reminded_at": now} if nearly_due else {}
    later = case((incident.c.snoozed_until > now, incident.c.snoozed_until), else_=None)
    tx.connection.execute(
        update(incident).where(incident.c.id == number).values(snoozed_until=later, **values)
    )


def told(tx: Tx, story: IncidentRow) -> tuple[Recipient, ...]:
    """Everybody to whom a mail about the story went, or is to go, whoever was told first in front.

    Without those who are personally involved.
    """
    own = notification.c.incident_id == story.id
    among_others = and_(
        notification.c.kind.in_(_TOLD),
        notification.c.created_at >= story.opened_at,
        cast(notification.c.payload["subjects"], Text).contains(f'"{story.subject_key}"'),
    )
    statement = (
        select(delivery.c.recipient, delivery.c.name, delivery.c.roles)
        .join(notification, notification.c.id == delivery.c.notification_id)
        .where(or_(own, among_others), delivery.c.state != "dead", delivery.c.channel == MAIL)
        .order_by(notification.c.id, delivery.c.id)
    )
    found: dict[str, Recipient] = {}
    out = stepped_back.addresses(tx, story.id)
    for row in tx.connection.execute(statement):
        if row.recipient.casefold() in out:
            continue
        one = Recipient(address=row.recipient, roles=rows.roles(row.roles), name=row.name)
        found.setdefault(one.address.casefold(), one)
    return tuple(found.values())


def proposed(tx: Tx, number: int) -> IncidentEvent | None:
    """The grade that somebody has proposed for a critical story, unless it was graded anew since."""
    statement = (
        select(incident_event)
        .where(
            incident_event.c.incident_id == number,
            incident_event.c.what.in_([PROPOSED, "regraded", "worsened", "reopened"]),
        )
        .order_by(incident_event.c.id.desc())
        .limit(1)
    )
    row = tx.connection.execute(statement).first()
    if row is None or row.what != PROPOSED:
        return None
    return IncidentEvent(at=row.at, what=row.what, by=row.by, detail=row.detail)


def gravest(tx: Tx, story: IncidentRow) -> Severity:
    """The gravest that a story has been since it was opened, or opened again: before somebody graded it lower."""
    statement = (
        select(incident_event.c.what, incident_event.c.detail)
        .where(incident_event.c.incident_id == story.id, incident_event.c.what.in_(_GRADING))
        .order_by(incident_event.c.id)
    )
    grade = peak = Severity.NONE
    for what, detail in tx.connection.execute(statement):
        grade = Severity.of(detail) if detail else grade
        peak = grade if what == "reopened" else max(peak, grade)
    return max(peak, story.severity)
