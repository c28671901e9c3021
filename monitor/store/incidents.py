"""Stories: reading them, and what people do with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, and_, case, cast, exists, func, literal, or_, select, update
from sqlalchemy.sql import ColumnElement

from alerts.base import Category, NotificationKind, Role, Severity
from alerts.routing import RESTRICTED
from monitor.facts import IncidentEvent, IncidentRow, MentionRow
from monitor.model import MAIL
from monitor.store import holds, rows
from monitor.store.engine import Tx, UtcTime
from monitor.store.outbox import note_event
from monitor.store.tables import delivery, incident, incident_event, mention, notification

NOT_US = "not_us"
"""The outcome of a story, and the verdict on its mentions, that are about somebody else."""
LAPSED = "lapsed"
"""The outcome of a small story of which nobody ever said what came of it."""
LAPSES_AFTER = timedelta(days=30)
"""Beyond its time, if nothing was added to it meanwhile."""


def listing(
    tx: Tx,
    *,
    school: str | None = None,
    open_only: bool = False,
    since: datetime | None = None,
    severity: Severity | None = None,
    category: Category | None = None,
    limit: int = 200,
) -> tuple[IncidentRow, ...]:
    """Stories, those that moved last first; ``severity`` and graver, ``category`` among others."""
    statement = rows.narrowed(rows.incidents_query(), incident, school, severity, category)
    if open_only:
        statement = statement.where(incident.c.closed_at.is_(None))
    if since is not None:
        statement = statement.where(incident.c.last_mention_at >= since)
    statement = statement.order_by(incident.c.last_mention_at.desc(), incident.c.id.desc()).limit(limit)
    return tuple(map(rows.incident_row, tx.connection.execute(statement)))


def get(tx: Tx, number: int) -> IncidentRow | None:
    """The story of that number."""
    row = tx.connection.execute(rows.incidents_query().where(incident.c.id == number)).first()
    return rows.incident_row(row) if row is not None else None


def mentions_of(tx: Tx, number: int) -> tuple[MentionRow, ...]:
    """The story's mentions, oldest first."""
    statement = rows.mentions_query().where(mention.c.incident_id == number).order_by(mention.c.id)
    return tuple(map(rows.mention_row, tx.connection.execute(statement)))


def gravest(tx: Tx, number: int, limit: int) -> tuple[MentionRow, ...]:
    """The story's gravest mentions, of equals the oldest first, each text once as far as that is known."""
    ordered = (mention.c.duplicate_of.is_not(None), mention.c.severity.desc(), mention.c.id)
    statement = rows.mentions_query().where(mention.c.incident_id == number).order_by(*ordered).limit(limit)
    return tuple(map(rows.mention_row, tx.connection.execute(statement)))


def events(tx: Tx, number: int) -> tuple[IncidentEvent, ...]:
    """The story's history, oldest first."""
    statement = select(incident_event).where(incident_event.c.incident_id == number)
    return tuple(
        IncidentEvent(at=row.at, what=row.what, by=row.by, detail=row.detail)
        for row in tx.connection.execute(statement.order_by(incident_event.c.id))
    )


def told(tx: Tx, number: int) -> tuple[Role, ...]:
    """The roles that a message about the story has been sent to, by itself or in a bundle."""
    bundled = and_(
        notification.c.kind == NotificationKind.BUNDLE.value,
        cast(notification.c.payload, Text).contains(f'"ref":"R{number}"'),
    )
    statement = (
        select(delivery.c.roles)
        .join(notification, notification.c.id == delivery.c.notification_id)
        .where(
            or_(notification.c.incident_id == number, bundled),
            delivery.c.channel == MAIL,
            delivery.c.state == "sent",
        )
    )
    heard = {role for row in tx.connection.execute(statement) for role in rows.roles(row.roles)}
    return tuple(role for role in Role if role in heard)


def take(tx: Tx, number: int, *, by: str, via: str, now: datetime) -> bool:
    """Somebody says *mine*. False if the story is theirs already, or closed."""
    changed = _change(
        tx,
        number,
        incident.c.closed_at.is_(None) & (incident.c.owner != by),
        owner=by,
        first_look_at=_first_look(now),
    )
    if changed:
        _cancel_reminders(tx, number, now)
        note_event(tx, number, at=now, what="mine", by=by, via=via)
    return changed


def snooze(tx: Tx, number: int, *, until: datetime, by: str, via: str, now: datetime) -> bool:
    """Remind whoever says so ``until`` then; the story is theirs if it was nobody's. False if it is closed."""
    changed = _change(
        tx,
        number,
        incident.c.closed_at.is_(None),
        snoozed_until=until,
        owner=case((incident.c.owner == "", by), else_=incident.c.owner),
        first_look_at=_first_look(now),
    )
    if changed:
        _cancel_reminders(tx, number, now)
        note_event(tx, number, at=now, what="later", by=by, via=via, detail=until.isoformat())
    return changed


def assign(tx: Tx, number: int, *, to: str, by: str, via: str, now: datetime) -> bool:
    """Ask somebody, by role, to look after a story. They have not taken it by that. False if it is theirs, or closed."""
    changed = _change(
        tx,
        number,
        incident.c.closed_at.is_(None) & (incident.c.assigned_to != to),
        assigned_to=to,
        first_look_at=_first_look(now),
    )
    if changed:
        note_event(tx, number, at=now, what="assigned", by=by, via=via, detail=to)
    return changed


def give_up(tx: Tx, number: int, *, names: Sequence[str]) -> bool:
    """Somebody, by whatever ``names``, looks after a story no more: it is nobody's again. False if it was not theirs."""
    held = or_(incident.c.owner.in_(names), incident.c.assigned_to.in_(names))
    return _change(
        tx,
        number,
        held,
        owner=case((incident.c.owner.in_(names), ""), else_=incident.c.owner),
        assigned_to=case((incident.c.assigned_to.in_(names), ""), else_=incident.c.assigned_to),
        snoozed_until=None,
    )


def regrade(tx: Tx, number: int, *, severity: Severity, by: str, via: str, now: datetime) -> bool:
    """Somebody grades a story anew. False if it is so already, or closed."""
    changed = _change(
        tx,
        number,
        incident.c.closed_at.is_(None) & (incident.c.severity != severity.value),
        severity=severity.value,
        first_look_at=_first_look(now),
    )
    if changed:
        _cancel_reminders(tx, number, now)
        note_event(tx, number, at=now, what="regraded", by=by, via=via, detail=severity.word)
    return changed


def close(tx: Tx, number: int, *, outcome: str, note: str, by: str, via: str, now: datetime) -> bool:
    """End a story with what came of it. False if it is closed already.

    Reminders that have not gone out are cancelled; alerts still go, because somebody may not know
    yet. The readable names of authors are dropped.
    """
    if not _close(tx, number, outcome=outcome, note=note, now=now):
        return False
    note_event(tx, number, at=now, what="done", by=by, via=via, detail=outcome)
    return True


def not_us(tx: Tx, number: int, *, by: str, via: str, now: datetime) -> bool:
    """It is about somebody else: close the story and mark its mentions. False if it is closed already."""
    if not _close(tx, number, outcome=NOT_US, note="", now=now):
        return False
    _mark(tx, number, verdict=NOT_US)
    note_event(tx, number, at=now, what="not_us", by=by, via=via)
    return True


def lapse(tx: Tx, now: datetime) -> int:
    """Close what is small, long past its time, and has not grown; return how many. Never safeguarding or an allegation."""
    limit = now - LAPSES_AFTER
    reopened = exists().where(
        incident_event.c.incident_id == incident.c.id,
        incident_event.c.what == "reopened",
        incident_event.c.at >= limit,
    )
    over = rows.incidents_query().where(
        incident.c.closed_at.is_(None),
        incident.c.severity <= Severity.MEDIUM.value,
        incident.c.due_at < limit,
        incident.c.last_mention_at < limit,
        or_(incident.c.snoozed_until.is_(None), incident.c.snoozed_until < now),
        ~reopened,
    )
    stories = map(rows.incident_row, tx.connection.execute(over).all())
    gone = [story.id for story in stories if not RESTRICTED & {*story.categories, story.category}]
    for number in gone:
        _change(tx, number, incident.c.closed_at.is_(None), closed_at=now, outcome=LAPSED)
        _tidy(tx, number, now)
        note_event(tx, number, at=now, what=LAPSED)
    return len(gone)


def reopen(tx: Tx, number: int, *, by: str, via: str, now: datetime) -> bool:
    """Open a closed story again: it is nobody's then. False if it is open, or another story about the same thing is."""
    other = incident.alias("other")
    free = ~exists().where(
        other.c.school_id == incident.c.school_id,
        other.c.subject_key == incident.c.subject_key,
        other.c.closed_at.is_(None),
    )
    opened = _change(
        tx,
        number,
        incident.c.closed_at.is_not(None) & free,
        closed_at=None,
        outcome="",
        note="",
        answered_at=None,
        **_nobodys(now),
    )
    if opened:
        _mark(tx, number, verdict="")
        note_event(tx, number, at=now, what="reopened", by=by, via=via)
    return opened


def unsettle(tx: Tx, number: int, *, severity: Severity, by: str, via: str, now: datetime) -> bool:
    """Undo that somebody took an open story, or graded it below ``severity``: it is nobody's then. False if neither."""
    changed = _change(
        tx,
        number,
        incident.c.closed_at.is_(None) & or_(incident.c.owner != "", incident.c.severity < severity.value),
        severity=severity.value,
        **_nobodys(now),
    )
    if changed:
        note_event(tx, number, at=now, what="reopened", by=by, via=via, detail=severity.word)
    return changed


def _nobodys(now: datetime) -> dict[str, Any]:
    """It needs somebody to take charge, as on the first day."""
    return {
        "owner": "",
        "reminded_at": None,
        "snoozed_until": None,
        "ladder_from": case((incident.c.ladder.is_not(None), literal(now, UtcTime())), else_=None),
        "ladder_step": 0,
        "ladder_hurried": 0,
    }


def _close(tx: Tx, number: int, *, outcome: str, note: str, now: datetime) -> bool:
    closed = _change(
        tx,
        number,
        incident.c.closed_at.is_(None),
        closed_at=now,
        outcome=outcome,
        note=note,
        first_look_at=_first_look(now),
    )
    if closed:
        _tidy(tx, number, now)
    return closed


def _tidy(tx: Tx, number: int, now: datetime) -> None:
    """What ends with a story: reminders that have not gone out, and the readable names of authors."""
    _cancel_reminders(tx, number, now)
    if not holds.is_held(tx, number, now):
        _mark(tx, number, author="")


def _first_look(now: datetime) -> ColumnElement[datetime]:
    return func.coalesce(incident.c.first_look_at, literal(now, UtcTime()))


def _change(tx: Tx, number: int, condition: ColumnElement[bool], **values: Any) -> bool:
    statement = update(incident).where(incident.c.id == number, condition).values(**values)
    return tx.connection.execute(statement).rowcount == 1


def _mark(tx: Tx, number: int, **values: Any) -> None:
    tx.connection.execute(update(mention).where(mention.c.incident_id == number).values(**values))


def _cancel_reminders(tx: Tx, number: int, now: datetime) -> None:
    reminders = select(notification.c.id).where(
        notification.c.incident_id == number, notification.c.kind == NotificationKind.REMINDER.value
    )
    tx.connection.execute(
        update(delivery)
        .where(
            delivery.c.notification_id.in_(reminders),
            delivery.c.state == "pending",
            delivery.c.leased_until.is_(None),
        )
        .values(state="cancelled", settled_at=now)
    )
