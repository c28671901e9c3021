"""What became of stored posts: which are to be looked at again, what was seen, and whose words are to go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from monitor.fates import Aftermath, Fresh, Lookup
from monitor.store import holds
from monitor.store.afterlife_tables import afterlife
from monitor.store.engine import Tx, chunks, insert_new
from monitor.store.tables import incident, mention, source

_MOST_ADOPTED = 1000
"""Posts that are taken in with one look: a first look at a large database is spread over minutes."""


def new(tx: Tx) -> tuple[Fresh, ...]:
    """Mentions that are stored and not yet looked after; numbers only grow, so those are the last."""
    last = select(func.coalesce(func.max(afterlife.c.mention_id), 0)).scalar_subquery()
    statement = (
        select(mention.c.id, mention.c.seen_at, source.c.kind)
        .join(source, source.c.id == mention.c.source_id)
        .where(mention.c.id > last)
        .order_by(mention.c.id)
        .limit(_MOST_ADOPTED)
    )
    return tuple(
        Fresh(mention=row.id, seen_at=row.seen_at, kind=row.kind) for row in tx.connection.execute(statement)
    )


def adopt(tx: Tx, times: Iterable[tuple[int, datetime | None, datetime | None]]) -> int:
    """Look after mentions: when to look again, and when their words go; return how many are new."""
    rows = [{"mention_id": number, "next_at": next_at, "blank_at": blank} for number, next_at, blank in times]
    return insert_new(tx, afterlife, rows)


def due(tx: Tx, now: datetime, each: int) -> tuple[Lookup, ...]:
    """Posts whose next look has come, the longest due first: of ``each`` source so many, so that none waits behind another's flood."""
    order = (afterlife.c.next_at, afterlife.c.mention_id)
    turn = func.row_number().over(partition_by=mention.c.source_id, order_by=order).label("turn")
    ranked = (
        select(afterlife.c.mention_id, turn)
        .join(mention, mention.c.id == afterlife.c.mention_id)
        .where(afterlife.c.next_at <= now)
        .subquery()
    )
    columns = (mention.c.source_id, mention.c.entry_id, mention.c.url, mention.c.seen_at, mention.c.imagery)
    is_open = (incident.c.id.is_not(None) & incident.c.closed_at.is_(None)).label("open")
    statement = (
        select(afterlife, *columns, source.c.kind, source.c.name, is_open)
        .join(mention, mention.c.id == afterlife.c.mention_id)
        .join(source, source.c.id == mention.c.source_id)
        .outerjoin(incident, incident.c.id == mention.c.incident_id)
        .join(ranked, ranked.c.mention_id == afterlife.c.mention_id)
        .where(ranked.c.turn <= each)
        .order_by(*order)
    )
    return tuple(_lookup(row) for row in tx.connection.execute(statement))


def _lookup(row: Any) -> Lookup:
    return Lookup(
        mention=row.mention_id,
        source_id=row.source_id,
        kind=row.kind,
        entry_id=row.entry_id,
        url="" if row.imagery else row.url,
        seen_at=row.seen_at,
        gone_at=row.gone_at,
        etag=row.etag,
        blank_at=row.blank_at,
        open=bool(row.open),
    )


def put_off(tx: Tx, number: int, next_at: datetime | None) -> None:
    """Nothing was learnt: look again then, or not any more."""
    _set(tx, number, next_at=next_at)


def up(
    tx: Tx, number: int, now: datetime, *, next_at: datetime | None, blank_at: datetime | None, etag: str
) -> None:
    """It is there; if it was thought to be gone, our copy stays after all."""
    values = {"next_at": next_at, "blank_at": blank_at, "etag": etag}
    _set(tx, number, fate="up", checked_at=now, gone_at=None, **values)


def gone(tx: Tx, number: int, now: datetime, *, next_at: datetime | None) -> None:
    """It is not there any more; since when that is known stays."""
    first = func.coalesce(afterlife.c.gone_at, now)
    _set(tx, number, fate="gone", checked_at=now, gone_at=first, next_at=next_at)


def doom(tx: Tx, number: int, at: datetime) -> bool:
    """Our copy of its words is to go then, if no earlier time is set. False if that was so already."""
    later = or_(afterlife.c.blank_at.is_(None), afterlife.c.blank_at > at)
    wanted = later & afterlife.c.blanked_at.is_(None)
    return _set(tx, number, wanted, blank_at=at) == 1


def named(tx: Tx, source_id: int, entry_ids: Sequence[str]) -> list[tuple[int, bool]]:
    """Numbers of the mentions of these entries, and whether each was known to be gone."""
    found: list[tuple[int, bool]] = []
    for part in chunks(list(dict.fromkeys(entry_ids))):
        statement = (
            select(mention.c.id, afterlife.c.gone_at, afterlife.c.mention_id)
            .outerjoin(afterlife, afterlife.c.mention_id == mention.c.id)
            .where(mention.c.source_id == source_id, mention.c.entry_id.in_(part), mention.c.entry_id != "")
        )
        for row in tx.connection.execute(statement).all():
            insert_new(tx, afterlife, [{"mention_id": row.id}] if row.mention_id is None else [])
            found.append((row.id, row.gone_at is not None))
    return found


def story_of(tx: Tx, number: int) -> int | None:
    """The story that a mention belongs to."""
    return tx.connection.execute(select(mention.c.incident_id).where(mention.c.id == number)).scalar()


def overdue(tx: Tx, now: datetime, limit: int) -> tuple[tuple[int, bool], ...]:
    """Mentions whose words are to be gone by now and that nobody holds, and whether their posts are gone."""
    statement = (
        select(afterlife.c.mention_id, afterlife.c.fate)
        .join(mention, mention.c.id == afterlife.c.mention_id)
        .outerjoin(incident, incident.c.id == mention.c.incident_id)
        .where(afterlife.c.blank_at <= now, afterlife.c.blanked_at.is_(None), holds.is_free(now))
        .order_by(afterlife.c.blank_at)
        .limit(limit)
    )
    return tuple((row.mention_id, row.fate == "gone") for row in tx.connection.execute(statement))


def blanked(tx: Tx, numbers: Sequence[int], now: datetime) -> None:
    """Their words are gone."""
    for part in chunks(numbers):
        statement = update(afterlife).where(afterlife.c.mention_id.in_(part))
        tx.connection.execute(statement.values(blanked_at=now, blank_at=None, etag=""))


def revived(tx: Tx, number: int, now: datetime) -> None:
    """A mention has words again, because its post was edited: whatever was known of it has to be learnt anew."""
    _set(tx, number, afterlife.c.blanked_at.is_not(None), fate="", gone_at=None, blanked_at=None, next_at=now)


def aftermath(tx: Tx, story: int) -> tuple[Aftermath, ...]:
    """What is known of a story's posts since they were told, oldest first."""
    statement = (
        select(mention.c.id, mention.c.edits, afterlife)
        .outerjoin(afterlife, afterlife.c.mention_id == mention.c.id)
        .where(mention.c.incident_id == story)
        .order_by(mention.c.id)
    )
    return tuple(
        Aftermath(
            mention=row.id,
            fate=row.fate or "",
            checked_at=row.checked_at,
            gone_at=row.gone_at,
            edited=row.edits > 0,
            blank_at=row.blank_at,
            blanked_at=row.blanked_at,
        )
        for row in tx.connection.execute(statement)
    )


def _set(tx: Tx, number: int, *conditions: ColumnElement[bool], **values: Any) -> int:
    statement = update(afterlife).where(afterlife.c.mention_id == number, *conditions).values(**values)
    return tx.connection.execute(statement).rowcount
