"""Forgetting all that was read at one place, whatever its age; what a lead holds goes when the hold ends."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update

from monitor.fates import Forgotten
from monitor.store import afterlife, blanking, holds
from monitor.store.afterlife_tables import afterlife as fates
from monitor.store.engine import Tx, chunks
from monitor.store.outbox import note_event
from monitor.store.tables import incident, mention, source

EVENT = "forgotten"


def names(tx: Tx) -> tuple[str, ...]:
    """Every place at which something was ever looked for, watched or not."""
    return tuple(tx.connection.execute(select(source.c.name).distinct().order_by(source.c.name)).scalars())


def count(tx: Tx, name: str, now: datetime) -> Forgotten:
    """What would be forgotten, and what stays because it is held."""
    every, free = _readable(tx, name), _readable(tx, name, free_at=now)
    return Forgotten(posts=len(free), held=len(every) - len(free))


def forget(tx: Tx, name: str, *, by: str, via: str, now: datetime) -> Forgotten:
    """Remove words, names, links and quotes of everything that was read there and that is looked after."""
    told = count(tx, name, now)
    free = _readable(tx, name, free_at=now)
    for part in chunks(_readable(tx, name)):
        gone = {"fate": "gone", "gone_at": func.coalesce(fates.c.gone_at, now), "next_at": None}
        mine = fates.c.mention_id.in_(part)
        tx.connection.execute(update(fates).where(mine).values(**gone, blank_at=now))
    blanking.blank(tx, free, keep_ids=False)
    afterlife.blanked(tx, free, now)
    stories = Counter(story for number in free if (story := afterlife.story_of(tx, number)) is not None)
    for story, posts in stories.items():
        what = "post" if posts == 1 else "posts"
        note_event(tx, story, at=now, what=EVENT, by=by, via=via, detail=f"{posts} {what} of {name}")
    return told


def _readable(tx: Tx, name: str, *, free_at: datetime | None = None) -> tuple[int, ...]:
    """Numbers of the posts whose words still stand here; with ``free_at`` those that nobody holds then."""
    statement: Select[Any] = (
        select(mention.c.id)
        .join(source, source.c.id == mention.c.source_id)
        .outerjoin(fates, fates.c.mention_id == mention.c.id)
        .outerjoin(incident, incident.c.id == mention.c.incident_id)
        .where(source.c.name == name, fates.c.blanked_at.is_(None))
        .order_by(mention.c.id)
    )
    if free_at is not None:
        statement = statement.where(holds.is_free(free_at))
    return tuple(tx.connection.execute(statement).scalars())
