"""The week as the database knows it, and whose digest is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Column, Text, and_, cast, func, or_, select, true, update
from sqlalchemy.sql import ColumnElement

from alerts.base import PRECEDENCE, Category, Severity
from alerts.routing import RESTRICTED
from monitor.facts import BlindSpell, Gone, IncidentRow, MentionRow, SourceStatus, WeekFacts
from monitor.model import MAIL
from monitor.store import allowances, habits, rows
from monitor.store.engine import Tx, chunks
from monitor.store.incidents import NOT_US
from monitor.store.polls import silence
from monitor.store.tables import (
    delivery,
    incident,
    mention,
    notification,
    poll,
    school,
    source,
    tally,
    watch,
)

Period: TypeAlias = tuple[datetime, datetime]
WEEK = timedelta(days=7)
WEEKS_BEFORE = 4

_LEAST = max(PRECEDENCE[category] for category in RESTRICTED)
_HIDDEN = or_(
    func.coalesce(mention.c.category, "").in_(sorted(RESTRICTED)),
    *(cast(mention.c.categories, Text).contains(f'"{each.value}"') for each in sorted(RESTRICTED)),
)
"""For the leads' eyes only."""
_MAY_BE_HIDDEN = func.coalesce(tally.c.category, "").in_(
    sorted(each for each in Category if PRECEDENCE[each] <= _LEAST)
)
"""Of what was purged the first category alone is left: a threat may have been about safeguarding too."""

_NOT_RUNNING = "the monitor was not running"
_TOO_MANY = "there was more than could be read"
_QUIET = "it answers, but has brought nothing for longer than usual"


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


def began(tx: Tx, slug: str) -> datetime | None:
    """When the first place of the school was added, whether it is still looked at or not."""
    added = select(func.min(source.c.added_at)).join(watch, watch.c.source_id == source.c.id)
    return tx.connection.execute(added.where(watch.c.school_id == rows.school_ids(tx)[slug])).scalar()


def week_facts(
    tx: Tx, slug: str, start: datetime, end: datetime, *, now: datetime | None = None
) -> WeekFacts:
    """What is known of a school from ``start`` up to ``end``; what comes after ``now`` nobody has failed to see.

    The weeks before are counted back from ``start`` as its own zone's clock tells them. Mentions that
    were marked as not about the school count in none of the figures, only in ``mentions``.
    """
    number = rows.school_ids(tx)[slug]
    sources = rows.statuses(tx, slug)
    before = _before(start, end)
    seen_to = min(end, now or end)
    return WeekFacts(
        school=slug,
        start=start,
        end=end,
        mentions=_mentions(tx, number, start, end),
        severity_by_week=tuple(_by_severity(tx, number, week) for week in before),
        unrestricted_by_week=tuple(_by_severity(tx, number, week, restricted=False) for week in before),
        category_last_week=_by_category(tx, number, before[0]),
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
        blind=tuple(spell for status in sources for spell in _blind(tx, status, start, seen_to)),
        blind_before=sum(bool(_blind(tx, status, *before[0])) for status in sources),
        failed=_failed(tx, sources, start, end),
        began=began(tx, slug),
        entries=_entries(tx, sources, start, end),
        dead=_dead(tx, number, start, end),
        gone=_gone(tx, number, start, end),
        doubtful=tuple(spell for status in sources for spell in _doubtful(tx, status, start, seen_to)),
    )


def _before(start: datetime, end: datetime) -> list[Period]:
    """What the period is compared with, latest first: four weeks, or once its own length."""
    length = end.replace(tzinfo=None) - start.replace(tzinfo=None)  # by the school's clock, as its days are
    often = WEEKS_BEFORE if length <= WEEK else 1
    return [(start - length * (k + 1), start - length * k) for k in range(often)]


def _mentions(tx: Tx, school_id: int, start: datetime, end: datetime) -> tuple[MentionRow, ...]:
    statement = rows.mentions_query().where(
        mention.c.school_id == school_id, mention.c.seen_at >= start, mention.c.seen_at < end
    )
    return tuple(
        map(rows.mention_row, tx.connection.execute(statement.order_by(mention.c.seen_at, mention.c.id)))
    )


def _by_severity(
    tx: Tx, school_id: int, period: Period, *, restricted: bool = True
) -> tuple[tuple[Severity, int], ...]:
    """Mentions by severity; without what is ``restricted`` if asked so, and without what may have been."""
    stored = _stored(tx, "severity", school_id, period, true() if restricted else ~_HIDDEN)
    purged = _purged(tx, "severity", school_id, period, true() if restricted else ~_MAY_BE_HIDDEN)
    return tuple((severity, stored[severity.value] + purged[severity.value]) for severity in Severity)


def _by_category(tx: Tx, school_id: int, period: Period) -> tuple[tuple[Category, int], ...]:
    counts = _stored(tx, "category", school_id, period, ~_HIDDEN)
    counts += _purged(tx, "category", school_id, period, true())
    counts[Category.CHILD_SAFEGUARDING.value] += _stored(tx, "category", school_id, period, _HIDDEN).total()
    return tuple((category, counts[category.value]) for category in Category if counts[category.value])


def _stored(tx: Tx, column: str, school_id: int, period: Period, which: ColumnElement[bool]) -> Counter[Any]:
    """Mentions of a period that are still stored, by one column."""
    ours = and_(mention.c.school_id == school_id, mention.c.verdict != NOT_US, which)
    by = mention.c[column]
    statement = select(by, func.count()).where(ours, *_within(mention.c.seen_at, *period)).group_by(by)
    return Counter({row[0]: row[1] for row in tx.connection.execute(statement)})


def _purged(tx: Tx, column: str, school_id: int, period: Period, which: ColumnElement[bool]) -> Counter[Any]:
    """Mentions of a period of which only the number is left, by one column."""
    ours, by = and_(tally.c.school_id == school_id, which), tally.c[column]
    total = func.sum(tally.c.mentions)
    statement = select(by, total).where(ours, *_within(tally.c.hour, *period)).group_by(by)
    return Counter({value: int(many) for value, many in tx.connection.execute(statement)})


def _gone(tx: Tx, school_id: int, start: datetime, end: datetime) -> tuple[Gone, ...]:
    """The mentions of a period of which only the number is left."""
    by = (tally.c.severity, tally.c.category, tally.c.tone)
    statement = select(*by, func.sum(tally.c.mentions).label("many")).where(
        tally.c.school_id == school_id, *_within(tally.c.hour, start, end)
    )
    return tuple(
        Gone(
            severity=Severity(row.severity),
            category=Category(row.category) if row.category else None,
            tone=row.tone,
            count=int(row.many),
        )
        for row in tx.connection.execute(statement.group_by(*by).order_by(*by))
    )


def _incidents(tx: Tx, school_id: int, *conditions: Any) -> tuple[IncidentRow, ...]:
    real = incident.c.exercise.is_(False)
    statement = rows.incidents_query().where(incident.c.school_id == school_id, real, *conditions)
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
            spells.append((since, row.at, row.error or _TOO_MANY))
        elif row.at - since > silence(status.interval):
            spells.append((since, row.at, _why(tx, status, since, row.at)))
    last = status.last_ok_at or status.added_at
    if end - last > silence(status.interval):
        spells.append((last, end, _why(tx, status, last, end)))
    if spent := allowances.spell(status.allowance, end):
        spells.append((*spent, allowances.SPENT))
    return [
        BlindSpell(source=status.name, start=max(since, start), end=min(until, end), why=why)
        for since, until, why in spells
        if since < end and until > start
    ]


def _doubtful(tx: Tx, status: SourceStatus, start: datetime, end: datetime) -> list[BlindSpell]:
    """The end of the period, if a source that answers has brought nothing for longer than is its habit."""
    habit = habits.learnt(tx, status.id, end)
    until = min(end, status.last_ok_at or end)
    if habit is None or habit.doubtful_at >= until:
        return []
    since = max(habit.doubtful_at, start)
    return [BlindSpell(source=status.name, start=since, end=until, why=_QUIET)]


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


def _failed(tx: Tx, sources: Sequence[SourceStatus], start: datetime, end: datetime) -> int:
    """How many of the sources failed at least once."""
    found: set[int] = set()
    for part in chunks([status.id for status in sources]):
        statement = select(poll.c.source_id).where(
            poll.c.source_id.in_(part), poll.c.outcome == "failed", *_within(poll.c.at, start, end)
        )
        found.update(tx.connection.execute(statement.distinct()).scalars())
    return len(found)


def _dead(tx: Tx, school_id: int, start: datetime, end: datetime) -> int:
    statement = (
        select(func.count())
        .join_from(delivery, notification, notification.c.id == delivery.c.notification_id)
        .where(
            notification.c.school_id == school_id,
            delivery.c.channel == MAIL,
            delivery.c.state == "dead",
            *_within(delivery.c.settled_at, start, end),
        )
    )
    return tx.connection.execute(statement).scalar_one()


def _within(column: Column[Any], start: datetime, end: datetime) -> tuple[Any, Any]:
    return column >= start, column < end
