"""The week as the database knows it, and whose digest is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, Text, cast, func, or_, select, update
from sqlalchemy.sql import ColumnElement

from alerts.base import Category, Severity
from alerts.routing import RESTRICTED
from monitor.facts import BlindSpell, IncidentRow, MentionRow, SourceStatus, WeekFacts
from monitor.store import rows
from monitor.store.engine import Tx, chunks
from monitor.store.incidents import NOT_US
from monitor.store.polls import silence
from monitor.store.tables import delivery, incident, mention, notification, poll, school, tally

WEEK = timedelta(days=7)
WEEKS_BEFORE = 4

_NOT_RUNNING = "the monitor was not running"
_TOO_MANY = "there was more than could be read"


def due_schools(tx: Tx, now: datetime) -> tuple[tuple[str, datetime], ...]:
    """Schools whose digest is due, with the time it was due at."""
    statement = select(school.c.slug, school.c.next_digest_at).where(
        school.c.active, school.c.next_digest_at <= now
    )
    return tuple(
        (row.slug, row.next_digest_at) for row in tx.connection.execute(statement.order_by(school.c.slug))
    )


def set_next(tx: Tx, slug: str, *, expected: datetime | None, next_at: datetime) -> bool:
    """Move a school's next digest on, if it still is the ``expected`` one. False: somebody else did."""
    moved = tx.connection.execute(
        update(school)
        .where(school.c.slug == slug, school.c.next_digest_at == expected)
        .values(next_digest_at=next_at)
    )
    return moved.rowcount == 1


def week_facts(tx: Tx, slug: str, start: datetime, end: datetime) -> WeekFacts:
    """What is known of a school from ``start`` up to ``end``.

    The weeks before are counted back from ``start`` as its own zone's clock tells them. Mentions that
    were marked as not about the school count in none of the figures, only in ``mentions``.
    """
    number = rows.school_ids(tx)[slug]
    sources = rows.statuses(tx, slug)
    before = [(start - WEEK * (k + 1), start - WEEK * k) for k in range(WEEKS_BEFORE)]
    return WeekFacts(
        school=slug,
        start=start,
        end=end,
        mentions=_mentions(tx, number, start, end),
        severity_by_week=tuple(_by_severity(tx, number, *week) for week in before),
        unrestricted_by_week=tuple(_by_severity(tx, number, *week, restricted=False) for week in before),
        category_last_week=_by_category(tx, number, *before[0]),
        open=_incidents(
            tx,
            number,
            incident.c.opened_at < end,
            or_(incident.c.closed_at.is_(None), incident.c.closed_at >= end),
        ),
        closed=_incidents(tx, number, incident.c.closed_at >= start, incident.c.closed_at < end),
        owed=_incidents(
            tx, number, incident.c.clock == "answer", incident.c.due_at >= start, incident.c.due_at < end
        ),
        sources=sources,
        blind=tuple(spell for status in sources for spell in _blind(tx, status, start, end)),
        entries=_entries(tx, sources, start, end),
        dead=_dead(tx, number, start, end),
    )


def _mentions(tx: Tx, school_id: int, start: datetime, end: datetime) -> tuple[MentionRow, ...]:
    statement = rows.mentions_query().where(
        mention.c.school_id == school_id, mention.c.seen_at >= start, mention.c.seen_at < end
    )
    return tuple(
        map(rows.mention_row, tx.connection.execute(statement.order_by(mention.c.seen_at, mention.c.id)))
    )


def _by_severity(
    tx: Tx, school_id: int, start: datetime, end: datetime, *, restricted: bool = True
) -> tuple[tuple[Severity, int], ...]:
    counts = _counted(tx, "severity", school_id, start, end, restricted=restricted)
    return tuple((severity, counts[severity.value]) for severity in Severity)


def _by_category(tx: Tx, school_id: int, start: datetime, end: datetime) -> tuple[tuple[Category, int], ...]:
    counts = _counted(tx, "category", school_id, start, end)
    return tuple((category, counts[category.value]) for category in Category if counts[category.value])


def _counted(
    tx: Tx, column: str, school_id: int, start: datetime, end: datetime, *, restricted: bool = True
) -> Counter[Any]:
    """Mentions of a period by one column: those still stored, and those of which the number is left.

    Without what is ``restricted`` if asked so: neither safeguarding nor allegations, not even as a second category.
    """
    stored = (
        select(mention.c[column], func.count())
        .where(
            mention.c.school_id == school_id,
            mention.c.seen_at >= start,
            mention.c.seen_at < end,
            mention.c.verdict != NOT_US,
            *(() if restricted else _unrestricted(mention)),
        )
        .group_by(mention.c[column])
    )
    purged = (
        select(tally.c[column], func.sum(tally.c.mentions))
        .where(
            tally.c.school_id == school_id,
            tally.c.hour >= start,
            tally.c.hour < end,
            *(() if restricted else _unrestricted(tally)),
        )
        .group_by(tally.c[column])
    )
    counts: Counter[Any] = Counter()
    for statement in (stored, purged):
        counts.update({value: int(many) for value, many in tx.connection.execute(statement)})
    return counts


def _unrestricted(table: Table) -> Iterator[ColumnElement[bool]]:
    for category in sorted(RESTRICTED):
        yield func.coalesce(table.c.category, "") != category.value
        if table is mention:
            yield ~cast(table.c.categories, Text).contains(f'"{category.value}"')


def _incidents(tx: Tx, school_id: int, *conditions: Any) -> tuple[IncidentRow, ...]:
    statement = rows.incidents_query().where(incident.c.school_id == school_id, *conditions)
    ordered = statement.order_by(incident.c.severity.desc(), incident.c.opened_at, incident.c.id)
    return tuple(map(rows.incident_row, tx.connection.execute(ordered)))


def _blind(tx: Tx, status: SourceStatus, start: datetime, end: datetime) -> list[BlindSpell]:
    """Times within the period for which nothing is known of a source."""
    polls = tx.connection.execute(
        select(poll)
        .where(poll.c.source_id == status.id, poll.c.outcome != "failed", poll.c.at > start)
        .order_by(poll.c.at)
    ).all()
    spells = []
    for row in polls:
        since = row.since or status.added_at
        if row.gap:
            spells.append((since, row.at, _TOO_MANY))
        elif row.at - since > silence(status.interval):
            spells.append((since, row.at, _why(tx, status, since, row.at)))
    last = status.last_ok_at or status.added_at
    if end - last > silence(status.interval):
        spells.append((last, end, _why(tx, status, last, end)))
    return [
        BlindSpell(source=status.name, start=max(since, start), end=min(until, end), why=why)
        for since, until, why in spells
        if since < end and until > start
    ]


def _why(tx: Tx, status: SourceStatus, since: datetime, until: datetime) -> str:
    statement = (
        select(poll.c.error)
        .where(
            poll.c.source_id == status.id,
            poll.c.outcome == "failed",
            poll.c.at > since,
            poll.c.at <= until,
        )
        .order_by(poll.c.at.desc())
        .limit(1)
    )
    return tx.connection.execute(statement).scalar() or _NOT_RUNNING


def _entries(tx: Tx, sources: Sequence[SourceStatus], start: datetime, end: datetime) -> int:
    total = 0
    for part in chunks([status.id for status in sources]):
        statement = select(func.coalesce(func.sum(poll.c.entries), 0)).where(
            poll.c.source_id.in_(part), *_within(poll.c.at, start, end)
        )
        total += tx.connection.execute(statement).scalar_one()
    return total


def _dead(tx: Tx, school_id: int, start: datetime, end: datetime) -> int:
    statement = (
        select(func.count())
        .join_from(delivery, notification, notification.c.id == delivery.c.notification_id)
        .where(
            notification.c.school_id == school_id,
            delivery.c.state == "dead",
            *_within(delivery.c.settled_at, start, end),
        )
    )
    return tx.connection.execute(statement).scalar_one()


def _within(column: Column[Any], start: datetime, end: datetime) -> tuple[Any, Any]:
    return column >= start, column < end
