"""Our own replies on a platform: which comments they answer, and what that does to a story's clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from alerts.base import Severity
from monitor.store import incidents
from monitor.store.afterlife_tables import answered, our_reply
from monitor.store.engine import Tx, chunks, insert_new
from monitor.store.incidents import NOT_US
from monitor.store.outbox import note_event
from monitor.store.tables import incident, mention, school, source

REMEMBERED = timedelta(days=30)
"""How long a reply waits for the comment that it answers: a search index may be days behind."""
OUTCOME = "answered"
VIA = "platform"
"""How we know: neither a command nor a letter said so."""
_SEEN = "our reply was seen on the platform"


def remember(tx: Tx, replies: Mapping[bytes, datetime]) -> None:
    """Note what our replies answer; of several to one post the first counts."""
    insert_new(tx, our_reply, [{"target": target, "at": at} for target, at in replies.items()])


def replied(tx: Tx, targets: Iterable[bytes]) -> dict[bytes, datetime]:
    """When we answered these, as far as that is remembered."""
    found: dict[bytes, datetime] = {}
    for part in chunks(list(targets)):
        statement = select(our_reply).where(our_reply.c.target.in_(part))
        found |= {row.target: row.at for row in tx.connection.execute(statement)}
    return found


def places(tx: Tx, kind: str) -> tuple[str, ...]:
    """Where a platform is looked at: a reply may be found at another of them than the comment."""
    return tuple(tx.connection.execute(select(source.c.locator).where(source.c.kind == kind)).scalars())


def stop(tx: Tx, slugs: Sequence[str], replies: Mapping[str, datetime], now: datetime) -> int:
    """Let our replies, by the key of what they answer, stop the clocks of open stories; return how many stopped.

    Each comment once. A small story is closed by it; a grave one stays open until a person closes it.
    """
    stopped = 0
    for part in chunks(sorted(replies)):
        statement = (
            select(mention.c.id, mention.c.duplicate_of, mention.c.key, mention.c.incident_id)
            .join(school, school.c.id == mention.c.school_id)
            .join(incident, incident.c.id == mention.c.incident_id)
            .where(
                school.c.slug.in_(slugs),
                mention.c.key.in_(part),
                mention.c.clock == "answer",
                mention.c.verdict != NOT_US,
                incident.c.closed_at.is_(None),
            )
            .order_by(mention.c.id)
        )
        for row in tx.connection.execute(statement).all():
            at = min(replies[row.key], now)
            # who said it twice, and is answered once, is answered
            if insert_new(tx, answered, [{"mention_id": row.duplicate_of or row.id, "at": at}]):
                stopped += _stop(tx, row.incident_id, row.id, at, now)
    return stopped


def _stop(tx: Tx, story: int, number: int, at: datetime, now: datetime) -> bool:
    """One comment of a story is answered: its clock stops, or is that of the next comment that is still owed."""
    row = tx.connection.execute(
        select(incident.c.severity, incident.c.answered_at).where(incident.c.id == story)
    ).one()
    if row.answered_at is not None:
        return False
    told = f"M{number}: {_SEEN}"
    left = _owed(tx, story)
    if left:
        _set(tx, story, due_at=min(left), reminded_at=None)
        note_event(tx, story, at=now, what=OUTCOME, via=VIA, detail=f"{told}; {len(left)} still wait")
        return False
    _set(tx, story, answered_at=at)
    note_event(tx, story, at=now, what=OUTCOME, via=VIA, detail=told)
    if row.severity <= Severity.MEDIUM.value:
        incidents.close(tx, story, outcome=OUTCOME, note="", by="", via=VIA, now=now)
    return True


def _owed(tx: Tx, story: int) -> list[datetime]:
    """When the other comments of a story are due that are owed an answer and have none."""
    statement = (
        select(mention.c.due_at)
        .join(incident, incident.c.id == mention.c.incident_id)
        .where(
            mention.c.incident_id == story,
            mention.c.own_account,
            mention.c.clock == "answer",
            mention.c.duplicate_of.is_(None),
            mention.c.due_at.is_not(None),
            or_(mention.c.needs_response, mention.c.key == incident.c.subject_key),
            mention.c.id.not_in(select(answered.c.mention_id)),
        )
    )
    return list(tx.connection.execute(statement).scalars())


def _set(tx: Tx, story: int, **values: object) -> None:
    tx.connection.execute(update(incident).where(incident.c.id == story).values(**values))


def purge(tx: Tx, now: datetime) -> int:
    """Forget replies whose comment never came."""
    return tx.connection.execute(delete(our_reply).where(our_reply.c.at < now - REMEMBERED)).rowcount
