"""Stored mentions, for people to read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from alerts.base import Category, Severity
from monitor.facts import MentionRow
from monitor.model import Certainty
from monitor.store import rows
from monitor.store.engine import Tx
from monitor.store.tables import incident, mention


def listing(
    tx: Tx,
    *,
    school: str | None = None,
    open_only: bool = False,
    since: datetime | None = None,
    severity: Severity | None = None,
    category: Category | None = None,
    certainty: Certainty | None = None,
    limit: int = 200,
) -> tuple[MentionRow, ...]:
    """Mentions, the latest first; ``severity`` and graver, ``category`` among others.

    ``open_only`` leaves those whose story is open.
    """
    statement = rows.narrowed(rows.mentions_query(), mention, school, severity, category)
    if open_only:
        still_open = select(incident.c.id).where(incident.c.closed_at.is_(None))
        statement = statement.where(mention.c.incident_id.in_(still_open))
    if since is not None:
        statement = statement.where(mention.c.seen_at >= since)
    if certainty is not None:
        statement = statement.where(mention.c.certainty == certainty.value)
    statement = statement.order_by(mention.c.seen_at.desc(), mention.c.id.desc()).limit(limit)
    return tuple(map(rows.mention_row, tx.connection.execute(statement)))


def get(tx: Tx, number: int) -> MentionRow | None:
    """The mention of that number."""
    row = tx.connection.execute(rows.mentions_query().where(mention.c.id == number)).first()
    return rows.mention_row(row) if row is not None else None
