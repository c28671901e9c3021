"""Whom to wake beside which mail, and what became of it; and since when no mail has gone out.

A wake-up is a delivery over another channel, of the same notification as the mail it comes with: leased, tried again
and settled like any other, and counted in no figure about mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from alerts.base import NotificationKind, Reason, Recipient, Severity
from alerts.errors import MailboxFull
from monitor.model import MAIL, WAKE, DeliveryTask
from monitor.store import outbox, rows
from monitor.store.engine import Tx, insert_new
from monitor.store.tables import delivery, incident, incident_event, notification

_TAKEN = ("mine", "done", "not_us")
"""What somebody says of a story after which nobody has to be woken for it."""
_URGENT = (NotificationKind.ALERT.value, NotificationKind.REMINDER.value)


def urgent(tx: Tx, now: datetime) -> tuple[DeliveryTask, ...]:
    """Mails about critical stories that are due and were never tried; not what only reminds an owner of a date."""
    owned = and_(notification.c.reason == Reason.GREW.value, incident.c.owner != "")
    statement = (
        outbox.untried(now)
        .outerjoin(incident, incident.c.id == notification.c.incident_id)
        .where(
            notification.c.severity >= Severity.CRITICAL.value,
            notification.c.kind.in_(_URGENT),
            func.coalesce(notification.c.payload["voice"].as_string(), "") != "due",
            # whoever took a story looks after what is added to it; what makes it worse is news to everybody
            or_(incident.c.id.is_(None), ~owned),
        )
        .order_by(delivery.c.id)
    )
    return tuple(map(outbox.task_of, tx.connection.execute(statement)))


def is_waiting(tx: Tx, now: datetime) -> bool:
    """Whether there may be somebody to wake: a cheap look before a transaction that writes."""
    due = select(delivery.c.id).where(
        delivery.c.channel == WAKE,
        delivery.c.state == "pending",
        or_(delivery.c.leased_until.is_(None), delivery.c.leased_until <= now),
        delivery.c.next_attempt_at <= now,
    )
    return tx.connection.execute(due.limit(1)).first() is not None or any(
        not _is_planned(tx, task) for task in urgent(tx, now)
    )


def add(tx: Tx, mail: DeliveryTask, to: Recipient, now: datetime) -> bool:
    """Wake ``to`` beside this mail. False if that is planned; what still waits for them about the story is dropped."""
    number = _notification_of(tx, mail)
    if not insert_new(tx, delivery, [rows.new_delivery(number, to, now, WAKE)]):
        return False
    if mail.incident_id is not None:
        earlier = select(notification.c.id).where(
            notification.c.incident_id == mail.incident_id, notification.c.id != number
        )
        _cancel(tx, now, delivery.c.notification_id.in_(earlier), delivery.c.recipient == to.address)
    return True


def stop(tx: Tx, now: datetime) -> int:
    """Wake nobody for a story that somebody has taken or closed since; return how many are spared."""
    taken = exists().where(
        incident_event.c.incident_id == notification.c.incident_id,
        incident_event.c.what.in_(_TAKEN),
        incident_event.c.at >= delivery.c.due_since,
    )
    of_taken = select(delivery.c.id).join(notification).where(delivery.c.channel == WAKE, taken)
    return _cancel(tx, now, delivery.c.id.in_(of_taken))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Mails that were tried and did not go out, while none at all did."""

    grave: bool
    """One of them is critical or high."""
    readers: tuple[Recipient, ...]
    """To whom the grave ones are addressed."""


def stuck(tx: Tx, since: datetime) -> Stuck | None:
    """Mails that were tried in vain, if none has gone out from ``since`` on. A full mailbox, or a digest, is not meant."""
    statement = (
        outbox.tasks_query()
        .where(
            delivery.c.channel == MAIL,
            delivery.c.state == "pending",
            delivery.c.attempts > 0,
            delivery.c.remedy != MailboxFull.remedy,
            notification.c.kind != NotificationKind.DIGEST.value,
        )
        .order_by(delivery.c.id)
    )
    waiting = tx.connection.execute(statement).all()
    if not waiting or _has_gone(tx, since):
        return None
    grave = [row for row in waiting if row.severity >= Severity.HIGH.value]
    readers = {row.recipient: _recipient(row) for row in grave}
    return Stuck(grave=bool(grave), readers=tuple(readers.values()))


def _has_gone(tx: Tx, since: datetime) -> bool:
    gone = select(delivery.c.id).where(
        delivery.c.channel == MAIL, delivery.c.state == "sent", delivery.c.settled_at >= since
    )
    return tx.connection.execute(gone.limit(1)).first() is not None


def _recipient(row: rows.AnyRow) -> Recipient:
    return Recipient(address=row.recipient, roles=rows.roles(row.roles), name=row.name)


def _is_planned(tx: Tx, mail: DeliveryTask) -> bool:
    planned = select(delivery.c.id).where(
        delivery.c.notification_id == _notification_of(tx, mail), delivery.c.channel == WAKE
    )
    return tx.connection.execute(planned.limit(1)).first() is not None


def _notification_of(tx: Tx, mail: DeliveryTask) -> int:
    number: int = tx.connection.execute(
        select(delivery.c.notification_id).where(delivery.c.id == mail.id)
    ).scalar_one()
    return number


def _cancel(tx: Tx, now: datetime, *which: ColumnElement[bool]) -> int:
    return tx.connection.execute(
        update(delivery)
        .where(
            delivery.c.channel == WAKE,
            delivery.c.state == "pending",
            delivery.c.leased_until.is_(None),
            *which,
        )
        .values(state="cancelled", settled_at=now)
    ).rowcount
