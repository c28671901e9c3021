"""What is still stored of a school's mentions, to be read again: only looks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, or_, select

from alerts.base import Severity
from monitor.facts import History, PastMention
from monitor.store.engine import Tx
from monitor.store.incidents import NOT_US
from monitor.store.rows import AnyRow
from monitor.store.tables import incident, mention, school, source


def history(tx: Tx, slug: str) -> History:
    """Everything that can still be read of what was found for a school, and how much cannot."""
    readable = or_(mention.c.title != "", mention.c.text != "")
    statement: Select[Any] = (
        select(
            mention.c.id,
            mention.c.incident_id,
            source.c.name.label("source"),
            mention.c.title,
            mention.c.text,
            mention.c.url,
            mention.c.own_account,
            mention.c.text_key,
            mention.c.severity,
            incident.c.severity.label("story_severity"),
            mention.c.verdict,
        )
        .join(school, school.c.id == mention.c.school_id)
        .join(source, source.c.id == mention.c.source_id)
        .outerjoin(incident, incident.c.id == mention.c.incident_id)
        .where(school.c.slug == slug, readable)
        .order_by(mention.c.id)
    )
    mentions = tuple(_past(row) for row in tx.connection.execute(statement))
    stories = tx.connection.execute(
        select(func.count())
        .select_from(incident)
        .join(school, school.c.id == incident.c.school_id)
        .where(school.c.slug == slug, incident.c.outcome == NOT_US, incident.c.exercise.is_(False))
    ).scalar_one()
    read = {one.story for one in mentions if one.not_us}
    return History(mentions=mentions, not_us=stories, unreadable=stories - len(read))


def _past(row: AnyRow) -> PastMention:
    return PastMention(
        id=row.id,
        story=row.incident_id,
        source=row.source,
        title=row.title,
        text=row.text,
        url=row.url,
        own_account=row.own_account,
        text_key=row.text_key,
        severity=Severity(max(row.severity, row.story_severity or 0)),
        not_us=row.verdict == NOT_US,
    )
