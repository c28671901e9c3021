"""Forgetting: what has been kept long enough goes, and leaves numbers and keyed digests.

A story is kept whole while it is open or held, and as long as its severity asks. Of a purged mention remain a
count, and a digest by which a feed that still lists the post does not bring it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from alerts.base import Severity
from alerts.routing import RESTRICTED
from monitor.store import absences, answers, holds, letters, passed_on, rows
from monitor.store.engine import Tx, chunks, upsert
from monitor.store.incidents import NOT_US
from monitor.store.known import keyed
from monitor.store.tables import (
    bygone,
    delivery,
    incident,
    mention,
    notification,
    poll,
    rejected,
    seen,
    tally,
)

LITTLE = timedelta(days=30)
"""How long mentions of severity none and low are kept, and what was said in mails."""

MUCH = timedelta(days=365)
"""How long mentions of severity medium and high are kept."""

CRITICAL_AFTER_CLOSING = timedelta(days=90)
"""By then the record has been moved to the safeguarding or personnel file."""

LONGEST_MEMORY = timedelta(days=400)
"""How long numbers and digests are kept: a year, and time to compare it with the one before."""


def purge(tx: Tx, now: datetime, passed_on_kept: Mapping[str, timedelta] | None = None) -> dict[str, int]:
    """Forget what is due to be forgotten; return how many of each sort.

    ``passed_on_kept``: how long beyond its story each school keeps a post that staff passed on.
    """
    return {
        "mentions": _purge_mentions(tx, now, passed_on_kept or {}),
        "receipts": passed_on.forget_receipts(tx, now),
        "authors": _drop_authors(tx, now),
        "payloads": _drop_payloads(tx, now),
        "incidents": _purge_incidents(tx, now),
        "notifications": _purge_notifications(tx, now),
        "seen": _older(tx, seen, seen.c.at, now - LONGEST_MEMORY),
        "bygone": _older(tx, bygone, bygone.c.at, now - LONGEST_MEMORY),
        "polls": _older(tx, poll, poll.c.at, now - LONGEST_MEMORY),
        "counts": _older(tx, tally, tally.c.hour, now - LONGEST_MEMORY),
        "letters": letters.purge(tx, now),
        "absences": absences.purge(tx, now),
        "holds": holds.purge(tx, now - LITTLE),
        "replies": answers.purge(tx, now),
        "rejected": _older(tx, rejected, rejected.c.at, now - LITTLE),
    }


def _purge_mentions(tx: Tx, now: datetime, passed_on_kept: Mapping[str, timedelta]) -> int:
    statement = (
        select(mention)
        .outerjoin(incident, incident.c.id == mention.c.incident_id)
        .where(
            or_(mention.c.incident_id.is_(None), incident.c.closed_at.is_not(None)),
            or_(_expired(now), passed_on.expired(tx, now, passed_on_kept)),
            holds.is_free(now),
        )
    )
    gone = tx.connection.execute(statement).all()
    if not gone:
        return 0
    _count(tx, gone)
    _remember(tx, gone, now)
    for part in chunks([row.id for row in gone]):
        tx.connection.execute(delete(mention).where(mention.c.id.in_(part)))
    return len(gone)


def _expired(now: datetime) -> ColumnElement[bool]:
    """Older than the graver of mention and story allows; a critical one counts from its closing."""
    story = func.coalesce(incident.c.severity, Severity.NONE.value)
    gravest = case((story > mention.c.severity, story), else_=mention.c.severity)
    closed = func.coalesce(incident.c.closed_at, mention.c.seen_at)
    return or_(
        and_(gravest <= Severity.LOW.value, mention.c.seen_at < now - LITTLE),
        and_(
            gravest.in_([Severity.MEDIUM.value, Severity.HIGH.value]),
            mention.c.seen_at < now - MUCH,
        ),
        and_(gravest == Severity.CRITICAL.value, closed < now - CRITICAL_AFTER_CLOSING),
    )


def _count(tx: Tx, gone: Sequence[rows.AnyRow]) -> None:
    counts = Counter(
        (
            row.school_id,
            row.seen_at.replace(minute=0, second=0, microsecond=0),
            row.severity,
            _counted_as(row),
            row.tone,
        )
        for row in gone
        if row.verdict != NOT_US
    )
    if counts:
        names = ("school_id", "hour", "severity", "category", "tone")
        tx.connection.execute(
            insert(tally),
            [{**dict(zip(names, sort, strict=True)), "mentions": many} for sort, many in counts.items()],
        )


def _counted_as(row: rows.AnyRow) -> str | None:
    """The category that is left of a mention; a restricted one, if it was so in any way: numbers for governors lack it."""
    restricted = RESTRICTED & set(rows.categories(row.categories))
    return min(restricted).value if restricted else row.category


def _remember(tx: Tx, gone: Sequence[rows.AnyRow], now: datetime) -> None:
    by_hand = passed_on.own(tx)
    values = [
        {
            "school_id": row.school_id,
            "entry": keyed(tx, row.key),
            "content": keyed(tx, row.content_key),
            "at": now,
        }
        for row in gone
        if row.source_id not in by_hand  # no feed lists it again, and whoever passes it on again means it
    ]
    upsert(tx, bygone, values, key=["school_id", "entry"])


def _drop_authors(tx: Tx, now: datetime) -> int:
    """A net under ``incidents.close``: no readable name outlives its story."""
    still_open = union(select(incident.c.id).where(incident.c.closed_at.is_(None)), holds.numbers(now))
    outlived = or_(mention.c.incident_id.is_(None), mention.c.incident_id.not_in(still_open))
    return tx.connection.execute(
        update(mention).where(mention.c.author != "", outlived).values(author="")
    ).rowcount


def _drop_payloads(tx: Tx, now: datetime) -> int:
    """What mails quoted goes; that they were sent, and under which number, stays."""
    return tx.connection.execute(
        update(notification)
        .where(
            notification.c.created_at < now - LITTLE,
            cast(notification.c.payload, Text) != "{}",
            or_(notification.c.incident_id.is_(None), notification.c.incident_id.not_in(holds.numbers(now))),
            ~_still_waiting(),
        )
        .values(payload={})
    ).rowcount


def _purge_incidents(tx: Tx, now: datetime) -> int:
    free = incident.c.id.not_in(holds.numbers(now))
    gone = ~exists().where(mention.c.incident_id == incident.c.id)
    empty = and_(incident.c.closed_at.is_not(None), gone, free)
    tx.connection.execute(update(incident).where(incident.c.note != "", empty).values(note=""))
    return tx.connection.execute(
        delete(incident).where(incident.c.closed_at < now - LONGEST_MEMORY, empty)
    ).rowcount


def _purge_notifications(tx: Tx, now: datetime) -> int:
    free = or_(notification.c.incident_id.is_(None), notification.c.incident_id.not_in(holds.numbers(now)))
    old = and_(notification.c.created_at < now - LONGEST_MEMORY, free)
    return tx.connection.execute(delete(notification).where(old, ~_still_waiting())).rowcount


def _still_waiting() -> ColumnElement[bool]:
    return exists().where(delivery.c.notification_id == notification.c.id, delivery.c.state == "pending")


def _older(tx: Tx, table: Table, at: ColumnElement[datetime], limit: datetime) -> int:
    return tx.connection.execute(delete(table).where(at < limit)).rowcount
