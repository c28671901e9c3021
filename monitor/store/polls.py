"""Sources and their polls: what is due, who polls it, and how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, insert, or_, select, true, update
from sqlalchemy.sql import ColumnElement

from monitor.facts import SourceSpec, SourceStatus
from monitor.model import SourceTask
from monitor.store import allowances, remarks, rows
from monitor.store.engine import Tx, UtcTime, chunks, upsert
from monitor.store.tables import poll, school, source, watch
from monitor.store.tables import seen as seen_table
from sources.base import Budget, Concern

SILENCE = 3
"""Intervals without a success after which a source counts as unseen, not as merely late."""

SHORTEST_SILENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A poll that found nothing new."""

    source_id: int
    checkpoint: Mapping[str, Any]
    now: datetime
    next_poll_at: datetime
    http_status: int | None = None
    robots: str = ""
    read_with: str | None = None
    budget: Budget | None = None
    notes: tuple[str, ...] = ()
    concerns: tuple[Concern, ...] = ()


def reconcile(
    tx: Tx, schools: Sequence[tuple[str, str]], sources: Sequence[SourceSpec], now: datetime
) -> None:
    """Make schools, sources and watches what the configuration says.

    What has gone from it is switched off and keeps its history. A new source is due at once; a
    source whose interval became shorter is due no later than that.
    """
    execute = tx.connection.execute
    execute(update(school).values(active=False))
    upsert(tx, school, [{"slug": slug, "name": name, "active": True} for slug, name in schools], key=["slug"])
    execute(update(source).values(active=False))
    _put_sources(tx, sources, now)
    execute(update(watch).values(active=False))
    numbers = rows.school_ids(tx)
    places = {
        (row.kind, row.locator): row.id
        for row in execute(select(source.c.kind, source.c.locator, source.c.id).where(source.c.active))
    }
    pairs = [
        {"school_id": numbers[slug], "source_id": places[spec.kind, spec.locator], "active": True}
        for spec in sources
        for slug in spec.schools
    ]
    upsert(tx, watch, pairs, key=["school_id", "source_id"])


def never_polled(now: datetime) -> dict[str, Any]:
    """What is known of a source at which nobody has looked yet."""
    return {
        "added_at": now,
        "next_poll_at": now,
        "failures": 0,
        "error": "",
        "remedy": "",
        "robots": "",
        "entries": 0,
        "mentions": 0,
    }


def _put_sources(tx: Tx, sources: Sequence[SourceSpec], now: datetime) -> None:
    execute = tx.connection.execute
    places = {(row.kind, row.locator) for row in execute(select(source.c.kind, source.c.locator))}
    known, new = [], []
    for spec in sources:
        named = {
            "name": spec.name,
            "host": spec.host,
            "interval_s": int(spec.interval.total_seconds()),
        }
        if (spec.kind, spec.locator) in places:
            place = {"b_kind": spec.kind, "b_locator": spec.locator, "b_latest": now + spec.interval}
            known.append({**named, **place})
        else:
            new.append(
                {**named, **never_polled(now), "active": True, "kind": spec.kind, "locator": spec.locator}
            )
    if new:
        execute(insert(source), new)
    if known:
        latest = bindparam("b_latest", type_=UtcTime())
        execute(
            update(source)
            .where(source.c.kind == bindparam("b_kind"), source.c.locator == bindparam("b_locator"))
            .values(
                active=True,
                next_poll_at=case((source.c.next_poll_at > latest, latest), else_=source.c.next_poll_at),
            ),
            known,
        )


def due(tx: Tx, now: datetime, limit: int = 64) -> tuple[SourceTask, ...]:
    """The sources whose turn has come and that nobody is polling; longest waiting first."""
    free = or_(source.c.leased_until.is_(None), source.c.leased_until <= now)
    return _tasks(tx, (source.c.next_poll_at <= now) & free, limit)


def active(tx: Tx) -> tuple[SourceTask, ...]:
    """Every source that is switched on."""
    return _tasks(tx, true(), None)


def named(tx: Tx, name: str) -> SourceTask | None:
    """The source of that name, if it is switched on."""
    return next(iter(_tasks(tx, source.c.name == name, 1)), None)


def _tasks(tx: Tx, which: ColumnElement[bool], limit: int | None) -> tuple[SourceTask, ...]:
    statement = (
        select(source).where(source.c.active, which).order_by(source.c.next_poll_at, source.c.id).limit(limit)
    )
    found = tx.connection.execute(statement).all()
    schools = rows.watchers(tx, [row.id for row in found])
    return tuple(
        SourceTask(
            id=row.id,
            name=row.name,
            kind=row.kind,
            locator=row.locator,
            schools=schools[row.id],
            checkpoint=row.checkpoint,
            failures=row.failures,
            interval=timedelta(seconds=row.interval_s),
            host=row.host,
            read_with=row.read_with,
        )
        for row in found
    )


def lease(tx: Tx, source_id: int, now: datetime, until: datetime) -> bool:
    """Take a source for one poll. False if somebody else has it."""
    taken = tx.connection.execute(
        update(source)
        .where(source.c.id == source_id, or_(source.c.leased_until.is_(None), source.c.leased_until <= now))
        .values(leased_until=until)
    )
    return taken.rowcount == 1


def let_go(tx: Tx, source_id: int) -> None:
    """Give a source back that was taken for something else than a poll."""
    tx.connection.execute(update(source).where(source.c.id == source_id).values(leased_until=None))


def release(tx: Tx) -> int:
    """Take back every lease; return how many. For whoever knows that no other worker is alive."""
    return tx.connection.execute(
        update(source).where(source.c.leased_until.is_not(None)).values(leased_until=None)
    ).rowcount


def record_failure(
    tx: Tx,
    task: SourceTask,
    *,
    kind: str,
    message: str,
    remedy: str,
    http_status: int | None,
    now: datetime,
    next_poll_at: datetime,
) -> None:
    """Note a poll that failed, and let go of the source. The checkpoint stays where it was."""
    before = tx.connection.execute(select(source.c.last_ok_at).where(source.c.id == task.id)).scalar()
    tx.connection.execute(
        update(source)
        .where(source.c.id == task.id)
        .values(
            failures=source.c.failures + 1,
            error=message,
            error_kind=kind,
            remedy=remedy,
            http_status=http_status,
            last_poll_at=now,
            next_poll_at=next_poll_at,
            leased_until=None,
        )
    )
    tx.connection.execute(
        insert(poll).values(
            source_id=task.id,
            at=now,
            since=before,
            outcome="failed",
            http_status=http_status,
            entries=0,
            matched=0,
            gap=False,
            error_kind=kind,
            error=message,
        )
    )


def record_unchanged(tx: Tx, results: Sequence[Unchanged]) -> None:
    """Note polls that found nothing new: one statement for all of them.

    A row of history is written only where a silence ended; it tells how long that was.
    """
    if not results:
        return
    before = _before(tx, results)
    allowed = {
        result.source_id: allowances.noted(result.budget, before[result.source_id].allowance, result.now)
        for result in results
    }
    renewed = (
        allowances.ended(
            result.source_id, before[result.source_id].allowance, allowed[result.source_id], result.now
        )
        for result in results
    )
    ends = [*_silences_ended(before, results), *filter(None, renewed)]
    if ends:
        tx.connection.execute(insert(poll), ends)
    tx.connection.execute(
        update(source)
        .where(source.c.id == bindparam("b_id"))
        .values(failures=0, error="", error_kind="", remedy="", leased_until=None),
        [
            {
                "b_id": result.source_id,
                "checkpoint": dict(result.checkpoint),
                "http_status": result.http_status,
                "robots": result.robots,
                "last_poll_at": result.now,
                "last_ok_at": result.now,
                "next_poll_at": result.next_poll_at,
                "read_with": result.read_with,
                "allowance": allowed[result.source_id],
                "remarks": remarks.noted(
                    result.notes, result.concerns, before[result.source_id].remarks, result.now
                ),
            }
            for result in results
        ],
    )


def _before(tx: Tx, results: Sequence[Unchanged]) -> dict[int, Any]:
    names = ("id", "failures", "last_ok_at", "interval_s", "allowance", "remarks")
    columns = select(*(source.c[name] for name in names))
    polled = columns.where(source.c.id.in_([result.source_id for result in results]))
    return {row.id: row for row in tx.connection.execute(polled)}


def _silences_ended(before: Mapping[int, Any], results: Sequence[Unchanged]) -> list[dict[str, Any]]:
    return [
        {
            "source_id": result.source_id,
            "at": result.now,
            "since": row.last_ok_at,
            "outcome": "unchanged",
            "http_status": result.http_status,
            "entries": 0,
            "matched": 0,
            "gap": False,
            "error_kind": "",
            "error": "",
        }
        for result in results
        if (row := before[result.source_id]).failures
        or row.last_ok_at is None
        or result.now - row.last_ok_at > silence(timedelta(seconds=row.interval_s))
    ]


def silence(interval: timedelta) -> timedelta:
    """How long a source of this interval may go without a success before it counts as unseen."""
    return max(interval * SILENCE, SHORTEST_SILENCE)


def seen(tx: Tx, source_id: int, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """Of these entries' digests, those that matched nothing earlier, with the digest of their content."""
    found: dict[bytes, bytes] = {}
    for part in chunks(digests):
        statement = select(seen_table.c.entry, seen_table.c.content).where(
            seen_table.c.source_id == source_id, seen_table.c.entry.in_(part)
        )
        found.update(tx.connection.execute(statement).all())
    return found


def statuses(tx: Tx) -> tuple[SourceStatus, ...]:
    """How every source that is switched on is doing."""
    return rows.statuses(tx)
