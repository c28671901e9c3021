"""The outbox: what we have decided to say, and each copy of it until it is sent or given up.

A delivery is leased, sent outside any transaction, and settled. Whoever settles must still hold the
lease: the number of attempts goes up with each, and tells one from the next.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, literal, or_, select, true, update
from sqlalchemy.sql import ColumnElement

from alerts.base import NotificationKind, Reason, Recipient, Severity, freeze, thaw
from monitor.facts import OutboxRow
from monitor.model import MAIL, WAKE, ChannelName, DeliveryTask, NewNotification
from monitor.store import ladders, rows, stepped_back
from monitor.store.engine import Tx, insert_new, new_id
from monitor.store.tables import delivery, incident, incident_event, notification, school


def add(tx: Tx, new: NewNotification, subject: str, now: datetime) -> None:
    """Queue a digest, a reminder or a health notice.

    ``subject`` is the period or the name of the notice; a story's own key takes its place.
    """
    number = rows.school_ids(tx)[new.school]
    story = None
    if new.incident is not None:
        subject = new.incident
        story = _story(tx, number, subject)
    queue(tx, new, school_id=number, incident_id=story, subject=subject, now=now)


def queue(
    tx: Tx, new: NewNotification, *, school_id: int, incident_id: int | None, subject: str, now: datetime
) -> None:
    """Store a notification and one delivery for each recipient, or add to the one that still waits."""
    if incident_id is not None and new.kind is not NotificationKind.ANSWER:
        new = replace(new, recipients=stepped_back.narrowed(tx, incident_id, new.recipients))
    waiting_one = unleased(tx, incident_id) if new.amends and incident_id is not None else None
    if waiting_one is not None:
        number = waiting_one.id
        _amend(tx, number, new)
    else:
        number = _insert(tx, new, school_id=school_id, incident_id=incident_id, subject=subject, now=now)
        if incident_id is not None and new.kind is NotificationKind.REMINDER:
            note_event(tx, incident_id, at=now, what="reminder")
    insert_new(tx, delivery, [rows.new_delivery(number, to, new.not_before) for to in new.recipients])
    insert_new(tx, delivery, [rows.new_delivery(number, to, new.not_before, WAKE) for to in new.wakes])
    ladders.put(tx, school_id, new.climbs, new.not_before)


def unleased(tx: Tx, incident_id: int) -> rows.AnyRow | None:
    """The incident's latest alert of which no copy has been leased yet: it may still grow."""
    return tx.connection.execute(
        select(notification)
        .where(
            notification.c.incident_id == incident_id,
            notification.c.kind == NotificationKind.ALERT.value,
            notification.c.frozen_at.is_(None),
        )
        .order_by(notification.c.sequence.desc())
        .limit(1)
    ).first()


def _story(tx: Tx, school_id: int, subject: str) -> int | None:
    return tx.connection.execute(
        select(incident.c.id)
        .where(incident.c.school_id == school_id, incident.c.subject_key == subject)
        .order_by(incident.c.id.desc())
        .limit(1)
    ).scalar()


def _insert(
    tx: Tx, new: NewNotification, *, school_id: int, incident_id: int | None, subject: str, now: datetime
) -> int:
    last = tx.connection.execute(
        select(func.max(notification.c.sequence)).where(
            notification.c.school_id == school_id, notification.c.subject_key == subject
        )
    ).scalar()
    row = insert(notification).values(
        school_id=school_id,
        incident_id=incident_id,
        subject_key=subject,
        sequence=0 if last is None else last + 1,
        kind=new.kind.value,
        reason=new.reason.value,
        severity=new.severity.value,
        payload=freeze(new.kind, new.payload),
        created_at=now,
    )
    return new_id(tx, row)


def _amend(tx: Tx, number: int, new: NewNotification) -> None:
    tx.connection.execute(
        update(notification)
        .where(notification.c.id == number)
        .values(payload=freeze(new.kind, new.payload), reason=new.reason.value, severity=new.severity.value)
    )
    # A story that became worse must not wait as long as it was going to.
    tx.connection.execute(
        update(delivery)
        .where(
            delivery.c.notification_id == number,
            delivery.c.state == "pending",
            delivery.c.next_attempt_at > new.not_before,
        )
        .values(next_attempt_at=new.not_before, due_since=new.not_before)
    )


def claim(
    tx: Tx,
    now: datetime,
    *,
    limit: int = 20,
    lease: timedelta = timedelta(minutes=5),
    everything: bool = False,
    channel: ChannelName = MAIL,
) -> tuple[DeliveryTask, ...]:
    """Lease deliveries that are due: the gravest first, of these what is not said again, then the oldest.

    ``everything`` takes those that are not due yet as well, but never what somebody else holds. A
    lease that has run out is taken over; its message may have gone out, and the task says so. The
    payload is frozen with the first lease of any copy.
    """
    free = or_(delivery.c.leased_until.is_(None), delivery.c.leased_until <= now)
    ready = true() if everything else delivery.c.next_attempt_at <= now
    chosen = (
        select(delivery.c.id)
        .join(notification, notification.c.id == delivery.c.notification_id)
        .where(delivery.c.state == "pending", delivery.c.channel == channel, free, ready)
        .order_by(*_in_turn())
        .limit(limit)
        .with_for_update(skip_locked=True, of=delivery)
    )
    taken = tx.connection.execute(
        update(delivery)
        .where(delivery.c.id.in_(chosen), delivery.c.state == "pending", free)
        .values(
            attempts=delivery.c.attempts + 1,
            may_repeat=or_(delivery.c.may_repeat, delivery.c.leased_until.is_not(None)),
            leased_until=now + lease,
        )
        .returning(delivery.c.id)
    ).scalars()
    numbers = list(taken)
    if not numbers:
        return ()
    tasks = tx.connection.execute(tasks_query().where(delivery.c.id.in_(numbers)).order_by(*_in_turn())).all()
    tx.connection.execute(
        update(notification)
        .where(
            notification.c.id.in_({row.notification_id for row in tasks}), notification.c.frozen_at.is_(None)
        )
        .values(frozen_at=now)
    )
    return tuple(map(task_of, tasks))


def _in_turn() -> tuple[ColumnElement[Any], ...]:
    again = notification.c.kind == NotificationKind.REMINDER.value
    return notification.c.severity.desc(), again, delivery.c.due_since, delivery.c.id


def tasks_query() -> Select[Any]:
    """Deliveries with all that a task needs; ``task_of`` turns a row into one."""
    original = delivery.alias("original")
    return (
        select(
            delivery,
            original.c.roles.label("instead_of"),
            notification.c.kind,
            notification.c.reason,
            notification.c.severity,
            notification.c.payload,
            notification.c.subject_key,
            notification.c.sequence,
            notification.c.incident_id,
            school.c.slug,
        )
        .join(notification, notification.c.id == delivery.c.notification_id)
        .join(school, school.c.id == notification.c.school_id)
        .outerjoin(original, original.c.id == delivery.c.stands_in_for)
    )


def untried(now: datetime) -> Select[Any]:
    """``tasks_query`` for mails that are due and were never tried: nothing of them can have arrived."""
    return tasks_query().where(
        delivery.c.channel == MAIL,
        delivery.c.state == "pending",
        delivery.c.leased_until.is_(None),
        delivery.c.attempts == 0,
        delivery.c.next_attempt_at <= now,
    )


def task_of(row: rows.AnyRow) -> DeliveryTask:
    """The value of a row of ``tasks_query``."""
    kind = NotificationKind(row.kind)
    return DeliveryTask(
        id=row.id,
        school=row.slug,
        kind=kind,
        reason=Reason(row.reason),
        severity=Severity(row.severity),
        payload=thaw(kind, row.payload),
        subject_key=row.subject_key,
        incident_id=row.incident_id,
        sequence=row.sequence,
        recipient=Recipient(address=row.recipient, roles=rows.roles(row.roles), name=row.name),
        attempts=row.attempts,
        due_since=row.due_since,
        may_repeat=row.may_repeat,
        channel=row.channel,
        instead_of=rows.roles(row.instead_of or ()),
    )


def sent(tx: Tx, task: DeliveryTask, *, message_id: str, code: str, now: datetime) -> bool:
    """The channel took it. False if the lease had passed to somebody else."""
    ours = _settle(
        tx,
        task,
        state="sent",
        message_id=message_id,
        code=code,
        settled_at=now,
        error="",
        remedy="",
    )
    if ours and task.incident_id is not None:
        what = "mail sent" if task.channel == MAIL else "woken"
        note_event(tx, task.incident_id, at=now, what=what, detail=", ".join(task.recipient.roles))
    return ours


def retry(
    tx: Tx,
    task: DeliveryTask,
    *,
    error: str,
    remedy: str,
    next_attempt_at: datetime,
    may_repeat: bool,
    now: datetime,
) -> bool:
    """It did not go out, or may not have; try again later. False if the lease had passed on."""
    del now
    return _settle(
        tx,
        task,
        next_attempt_at=next_attempt_at,
        may_repeat=or_(delivery.c.may_repeat, literal(may_repeat)),
        error=error,
        remedy=remedy,
    )


def dead(tx: Tx, task: DeliveryTask, *, error: str, remedy: str, now: datetime) -> bool:
    """It will never go out; ``health`` tells until somebody looks. False if the lease had passed on."""
    return _settle(tx, task, state="dead", settled_at=now, error=error, remedy=remedy)


def _settle(tx: Tx, task: DeliveryTask, **values: Any) -> bool:
    settled = tx.connection.execute(
        update(delivery)
        .where(
            delivery.c.id == task.id,
            delivery.c.state == "pending",
            delivery.c.attempts == task.attempts,
            delivery.c.leased_until.is_not(None),
        )
        .values(leased_until=None, **values)
    )
    return settled.rowcount == 1


def release(tx: Tx) -> int:
    """Take back every lease; return how many. For whoever knows that no other worker is alive.

    What a dead worker had leased may have gone out: its mail will say so.
    """
    return tx.connection.execute(
        update(delivery)
        .where(delivery.c.state == "pending", delivery.c.leased_until.is_not(None))
        .values(leased_until=None, may_repeat=True)
    ).rowcount


def hurry(tx: Tx, now: datetime, *, from_severity: Severity = Severity.NONE, tried: bool = False) -> int:
    """Make everything that waits and is so grave due now; return how many. ``tried``: only what failed before."""
    grave = select(notification.c.id).where(notification.c.severity >= from_severity.value)
    return tx.connection.execute(
        update(delivery)
        .where(
            delivery.c.state == "pending",
            delivery.c.next_attempt_at > now,
            delivery.c.attempts >= int(tried),
            delivery.c.notification_id.in_(grave),
        )
        .values(next_attempt_at=now)
    ).rowcount


def waiting(tx: Tx) -> tuple[OutboxRow, ...]:
    """Deliveries that wait, are being sent, or were given up and not looked at; gravest first."""
    statement = (
        tasks_query()
        .where(
            or_(delivery.c.state == "pending", (delivery.c.state == "dead") & delivery.c.looked_at.is_(None))
        )
        .order_by(notification.c.severity.desc(), delivery.c.due_since, delivery.c.id)
    )
    return tuple(map(_outbox_row, tx.connection.execute(statement)))


def _outbox_row(row: rows.AnyRow) -> OutboxRow:
    return OutboxRow(
        id=row.id,
        school=row.slug,
        kind=NotificationKind(row.kind),
        reason=Reason(row.reason),
        severity=Severity(row.severity),
        incident_id=row.incident_id,
        roles=rows.roles(row.roles),
        channel=row.channel,
        state="leased" if row.leased_until is not None else row.state,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        due_since=row.due_since,
        error=row.error,
        remedy=row.remedy,
    )


def looked(tx: Tx, now: datetime) -> int:
    """Somebody has looked at the deliveries that were given up; return how many were new to them."""
    return tx.connection.execute(
        update(delivery)
        .where(delivery.c.state == "dead", delivery.c.looked_at.is_(None))
        .values(looked_at=now)
    ).rowcount


def thread(tx: Tx, task: DeliveryTask) -> tuple[tuple[NotificationKind, int], ...]:
    """Kind and sequence of what this recipient was told, or will be, of the subject before; oldest first."""
    statement = (
        select(notification.c.kind, notification.c.sequence)
        .join(delivery, delivery.c.notification_id == notification.c.id)
        .join(school, school.c.id == notification.c.school_id)
        .where(
            school.c.slug == task.school,
            notification.c.subject_key == task.subject_key,
            notification.c.sequence < task.sequence,
            delivery.c.recipient == task.recipient.address,
            delivery.c.channel == MAIL,
            delivery.c.state.in_(["pending", "sent"]),
        )
        .order_by(notification.c.sequence)
    )
    return tuple((NotificationKind(row.kind), row.sequence) for row in tx.connection.execute(statement))


def parents(tx: Tx, task: DeliveryTask) -> tuple[int, ...]:
    """Only the sequences of ``thread``."""
    return tuple(sequence for _, sequence in thread(tx, task))


def note_event(
    tx: Tx, incident_id: int, *, at: datetime, what: str, by: str = "", via: str = "", detail: str = ""
) -> None:
    """Write into a story's history."""
    tx.connection.execute(
        insert(incident_event).values(
            incident_id=incident_id, at=at, what=what, by=by, via=via, detail=detail
        )
    )
