"""Single posts that a person has judged: it is about us, or it is not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from alerts.base import Category, Severity
from monitor.facts import MentionRow
from monitor.model import Certainty
from monitor.store.engine import Tx, new_id
from monitor.store.incidents import NOT_US
from monitor.store.outbox import note_event
from monitor.store.tables import incident, mention


def open_story(tx: Tx, post: MentionRow, *, due_at: datetime, by: str, via: str, now: datetime) -> int:
    """Open a story for a post that belongs to none, since somebody says that it is about the school."""
    row = tx.connection.execute(
        select(mention.c.school_id, mention.c.own_account).where(mention.c.id == post.id)
    ).one()
    clock = "answer" if row.own_account else "decide"
    severity = max(post.severity, Severity.LOW)
    usual = Category.COMPLAINT_GENERAL if severity >= Severity.MEDIUM else Category.QUERY_INFO
    lead = post.category or usual
    story = insert(incident).values(
        school_id=row.school_id,
        subject_key=post.key,
        severity=severity.value,
        category=lead.value,
        categories=[each.value for each in dict.fromkeys((*post.categories, lead))],
        certain=True,
        mentions=1,
        grown_to=0,
        clock=clock,
        due_at=due_at,
        opened_at=now,
        last_mention_at=now,
        owner="",
        outcome="",
        note="",
    )
    number = new_id(tx, story)
    tx.connection.execute(
        update(mention)
        .where(mention.c.id == post.id)
        .values(incident_id=number, certainty=Certainty.CERTAIN.value, clock=clock, due_at=due_at, verdict="")
    )
    note_event(tx, number, at=now, what="opened", by=by, via=via, detail=severity.word)
    return number


def dismiss(tx: Tx, number: int) -> bool:
    """Somebody says that the post is about somebody else. False if that is known."""
    statement = update(mention).where(mention.c.id == number, mention.c.verdict != NOT_US)
    return tx.connection.execute(statement.values(verdict=NOT_US, author="")).rowcount == 1
