"""From rows to the house's values, and the questions that several subjects share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, Table, Text, cast, func, select

from alerts.base import Category, Recipient, Role, Severity
from monitor.facts import IncidentRow, MentionRow, SourceStatus
from monitor.model import MAIL, Certainty, ChannelName, Ground
from monitor.store import allowances, remarks
from monitor.store.engine import Tx
from monitor.store.tables import incident, mention, rejected, school, source, watch

AnyRow: TypeAlias = Row[Any]


def new_delivery(
    number: int, to: Recipient, at: datetime, channel: ChannelName = MAIL, stands_in_for: int | None = None
) -> dict[str, Any]:
    """The row of a delivery of notification ``number`` that is due ``at`` that time."""
    return {
        "notification_id": number,
        "channel": channel,
        "recipient": to.address,
        "name": to.name,
        "roles": [role.value for role in to.roles],
        "state": "pending",
        "attempts": 0,
        "due_since": at,
        "next_attempt_at": at,
        "may_repeat": False,
        "error": "",
        "remedy": "",
        "message_id": "",
        "code": "",
        "stands_in_for": stands_in_for,
    }


def school_ids(tx: Tx) -> dict[str, int]:
    """The row numbers of all schools, by slug."""
    return {row.slug: row.id for row in tx.connection.execute(select(school.c.slug, school.c.id))}


def watchers(tx: Tx, source_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The slugs of the schools that watch each source."""
    found: dict[int, list[str]] = {number: [] for number in source_ids}
    statement = (
        select(watch.c.source_id, school.c.slug)
        .join(school, school.c.id == watch.c.school_id)
        .where(watch.c.source_id.in_(source_ids), watch.c.active, school.c.active)
        .order_by(school.c.slug)
    )
    for row in tx.connection.execute(statement):
        found[row.source_id].append(row.slug)
    return {number: tuple(slugs) for number, slugs in found.items()}


def mentions_query() -> Select[Any]:
    """Mentions with the names of their school and source."""
    return (
        select(mention, school.c.slug, source.c.name.label("source_name"), source.c.kind.label("source_kind"))
        .join(school, school.c.id == mention.c.school_id)
        .join(source, source.c.id == mention.c.source_id)
    )


def incidents_query() -> Select[Any]:
    """Incidents with the name of their school."""
    return select(incident, school.c.slug).join(school, school.c.id == incident.c.school_id)


def narrowed(
    statement: Select[Any],
    table: Table,
    slug: str | None,
    severity: Severity | None,
    category: Category | None,
) -> Select[Any]:
    """Only one school, only this severity and graver, only where the category is among others."""
    if slug is not None:
        statement = statement.where(school.c.slug == slug)
    if severity is not None:
        statement = statement.where(table.c.severity >= severity.value)
    if category is not None:
        statement = statement.where(cast(table.c.categories, Text).contains(f'"{category.value}"'))
    return statement


def mention_row(row: AnyRow) -> MentionRow:
    """The value of a row of ``mentions_query``."""
    return MentionRow(
        id=row.id,
        school=row.slug,
        key=row.key,
        source=row.source_name,
        source_kind=row.source_kind,
        title=row.title,
        text=row.text,
        url=row.url,
        author=row.author,
        published_at=row.published_at,
        seen_at=row.seen_at,
        severity=Severity(row.severity),
        category=Category(row.category) if row.category else None,
        categories=categories(row.categories),
        tone=row.tone,
        compound=row.compound,
        abuse=row.abuse,
        certainty=Certainty(row.certainty),
        needs_response=row.needs_response,
        grounds=tuple(Ground(rule=rule, excerpt=words, weight=weight) for rule, words, weight in row.grounds),
        clock=row.clock,
        due_at=row.due_at,
        duplicate_of=row.duplicate_of,
        incident_id=row.incident_id,
        verdict=row.verdict,
        imagery=row.imagery,
    )


def incident_row(row: AnyRow) -> IncidentRow:
    """The value of a row of ``incidents_query``."""
    return IncidentRow(
        id=row.id,
        school=row.slug,
        subject_key=row.subject_key,
        severity=Severity(row.severity),
        category=Category(row.category),
        categories=categories(row.categories),
        certain=row.certain,
        count=row.mentions,
        opened_at=row.opened_at,
        last_mention_at=row.last_mention_at,
        clock=row.clock,
        due_at=row.due_at,
        first_look_at=row.first_look_at,
        owner=row.owner,
        closed_at=row.closed_at,
        outcome=row.outcome,
        assigned_to=row.assigned_to,
        snoozed_until=row.snoozed_until,
        exercise=row.exercise,
        answered_at=row.answered_at,
    )


def statuses(tx: Tx, slug: str | None = None) -> tuple[SourceStatus, ...]:
    """How every source that is switched on is doing; with ``slug``, those of one school."""
    broken = select(func.count()).where(rejected.c.source_id == source.c.id).scalar_subquery()
    statement = select(source, broken.label("rejected")).where(source.c.active).order_by(source.c.name)
    rows = tx.connection.execute(statement).all()
    schools = watchers(tx, [row.id for row in rows])
    return tuple(_status(row, schools[row.id]) for row in rows if slug is None or slug in schools[row.id])


def _status(row: AnyRow, schools: tuple[str, ...]) -> SourceStatus:
    return SourceStatus(
        id=row.id,
        name=row.name,
        kind=row.kind,
        host=row.host,
        interval=timedelta(seconds=row.interval_s),
        schools=schools,
        last_ok_at=row.last_ok_at,
        last_poll_at=row.last_poll_at,
        next_poll_at=row.next_poll_at,
        failures=row.failures,
        error=row.error,
        remedy=row.remedy,
        gap_at=row.gap_at,
        robots=row.robots,
        entries=row.entries,
        mentions=row.mentions,
        added_at=row.added_at,
        rejected=row.rejected,
        error_kind=row.error_kind,
        allowance=allowances.read(row.allowance),
        notes=remarks.notes(row.remarks),
        worries=remarks.worries(row.remarks),
    )


def categories(words: Iterable[str]) -> tuple[Category, ...]:
    """The categories of a JSON column."""
    return tuple(Category(word) for word in words)


def roles(words: Iterable[str]) -> tuple[Role, ...]:
    """The roles of a JSON column."""
    return tuple(Role(word) for word in words)
