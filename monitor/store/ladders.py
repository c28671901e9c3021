"""Ladders of stories: frozen with the first mail, climbed step by step, each step once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update

from alerts.base import NotificationKind, Severity
from alerts.ladder import Ladder, freeze, thaw, when
from monitor.facts import IncidentRow
from monitor.model import Climb
from monitor.store import rows
from monitor.store.engine import Tx
from monitor.store.tables import delivery, incident, notification

_GRADE = "grade"
"""How grave the story was when its ladder was made; kept beside the ladder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbing:
    """A story whose ladder is being climbed."""

    story: IncidentRow
    ladder: Ladder
    began: datetime
    """When the first mail was meant to go out."""
    said: int
    """How many steps were queued."""
    hurried: int = 0
    """How many steps are due whatever the hour."""


def put(tx: Tx, school_id: int, climbs: Iterable[Climb], began: datetime) -> None:
    """Freeze the ladders of stories that have none; one that has become graver begins its new one."""
    for climb in climbs:
        row = tx.connection.execute(
            select(incident.c.id, incident.c.ladder).where(
                incident.c.school_id == school_id,
                incident.c.subject_key == climb.subject_key,
                incident.c.closed_at.is_(None),
            )
        ).first()
        if row is not None and (row.ladder is None or row.ladder[_GRADE] < climb.severity.value):
            frozen = {**freeze(climb.ladder), _GRADE: climb.severity.value}
            _set(tx, row.id, ladder=frozen, ladder_from=began, ladder_step=0, ladder_hurried=0)


def drop(tx: Tx, number: int) -> None:
    """Nobody is told again of a story that is no longer grave."""
    _set(tx, number, ladder=None, ladder_from=None, ladder_step=0, ladder_hurried=0)


def get(tx: Tx, number: int) -> Climbing | None:
    """The ladder of a story, if it has one."""
    row = tx.connection.execute(
        rows.incidents_query().where(incident.c.id == number, incident.c.ladder.is_not(None))
    ).first()
    return _climbing(row) if row is not None else None


def climbing(tx: Tx, now: datetime) -> tuple[Climbing, ...]:
    """Open stories that nobody has taken, and that have not been put off; the gravest first."""
    statement = rows.incidents_query().where(
        incident.c.closed_at.is_(None),
        incident.c.ladder.is_not(None),
        incident.c.owner == "",
        incident.c.severity >= Severity.HIGH.value,
        incident.c.ladder_from <= now,
        or_(incident.c.snoozed_until.is_(None), incident.c.snoozed_until <= now),
    )
    ordered = statement.order_by(incident.c.severity.desc(), incident.c.id)
    return tuple(map(_climbing, tx.connection.execute(ordered)))


def advance(tx: Tx, one: Climbing, said: int) -> bool:
    """Note that so many steps are queued by now. False if somebody else was faster, or took the story."""
    moved = tx.connection.execute(
        update(incident)
        .where(
            incident.c.id == one.story.id,
            incident.c.ladder_step == one.said,
            incident.c.owner == "",
            incident.c.closed_at.is_(None),
        )
        .values(ladder_step=said)
    )
    return moved.rowcount == 1


def hurry(tx: Tx, number: int, zone: ZoneInfo) -> bool:
    """The next step of a story's ladder is due now. False if it has none, or nobody has to be told any more."""
    one = get(tx, number)
    if one is None or one.story.owner or one.story.closed_at or one.said >= len(one.ladder.steps):
        return False
    at = when(one.ladder.steps[one.said], one.began, zone)
    wanted = sum(when(step, one.began, zone) <= at for step in one.ladder.steps)
    _set(tx, number, ladder_hurried=wanted)
    return True


def supersede(tx: Tx, number: int, now: datetime) -> int:
    """Cancel the reminders of a story that still wait: a later one says the same, and more."""
    voice = notification.c.payload["voice"].as_string()
    earlier = select(notification.c.id).where(
        notification.c.incident_id == number,
        notification.c.kind == NotificationKind.REMINDER.value,
        voice.in_(["again", "category_only", "act_now"]),
    )
    return tx.connection.execute(
        update(delivery)
        .where(
            delivery.c.notification_id.in_(earlier),
            delivery.c.state == "pending",
            delivery.c.leased_until.is_(None),
        )
        .values(state="cancelled", settled_at=now)
    ).rowcount


def _climbing(row: rows.AnyRow) -> Climbing:
    return Climbing(
        story=rows.incident_row(row),
        ladder=thaw(row.ladder),
        began=row.ladder_from,
        said=row.ladder_step,
        hurried=row.ladder_hurried,
    )


def _set(tx: Tx, number: int, **values: Any) -> None:
    tx.connection.execute(update(incident).where(incident.c.id == number).values(**values))
