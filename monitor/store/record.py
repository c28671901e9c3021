"""Writing down what was decided: everything a poll came to, in the caller's one transaction.

The checkpoint moves here, and with an unchanged poll, and nowhere else: if and only if the mentions,
stories and deliveries it stands for exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from alerts.base import Alert
from monitor.model import (
    WINDOW,
    EditedMention,
    Finding,
    IncidentChange,
    NewMention,
    NewNotification,
    Plan,
    SourceTask,
)
from monitor.store import afterlife, allowances, outbox, remarks, rows
from monitor.store.engine import Tx, chunks, insert_new, new_id, upsert
from monitor.store.incidents import NOT_US
from monitor.store.known import known
from monitor.store.tables import incident, mention, mention_band, poll, rejected, seen, source
from sources.base import Batch

__all__ = ["Recorded", "known", "record", "record_edits"]

LONGEST_ID = 500
"""Characters of a source's own id that are kept for the operator; the key stands for all of it."""

LONGEST_URL = 4000
"""A longer address is no address that anybody could open; it is left out rather than cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """How much was new."""

    mentions: int
    notifications: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """What every step of recording needs."""

    tx: Tx
    task: SourceTask
    now: datetime
    schools: Mapping[str, int]


def record(  # noqa: PLR0917 -- a poll, told in the order in which it happened
    tx: Tx,
    plan: Plan,
    task: SourceTask,
    batch: Batch,
    others: Sequence[tuple[bytes, bytes]],
    now: datetime,
    next_poll_at: datetime,
    *,
    read_with: str | None = None,
) -> Recorded:
    """Store all that one poll came to, and move the source on; ``read_with``: the version of the matcher."""
    polled = _Poll(tx=tx, task=task, now=now, schools=rows.school_ids(tx))
    new = _put_plan(polled, plan)
    unmatched = upsert(tx, seen, _seen_rows(polled, others), key=["source_id", "entry"], unless="content")
    upsert(tx, rejected, _rejected_rows(polled, plan), key=["source_id", "entry_id"])
    matched = len({one.finding.keys.key for one in plan.mentions})
    counts = {"entries": matched + unmatched, "matched": matched, "new": new}
    _put_poll(polled, batch, next_poll_at, read_with=read_with, **counts)
    return Recorded(mentions=new, notifications=len(plan.notifications))


def record_edits(tx: Tx, plan: Plan, task: SourceTask, now: datetime) -> None:
    """Store what a second look at known posts came to; the source itself stays where it was."""
    _put_plan(_Poll(tx=tx, task=task, now=now, schools=rows.school_ids(tx)), plan)


def _put_plan(polled: _Poll, plan: Plan) -> int:
    for change in plan.incidents:
        _put_incident(polled, change)
    stories = _stories(polled, plan)
    new = _put_mentions(polled, plan.mentions, stories)
    for edited in plan.edited:
        _put_edited(polled, edited, stories)
    _put_notifications(polled, plan, stories)
    return new


def _put_incident(polled: _Poll, change: IncidentChange) -> None:
    execute = polled.tx.connection.execute
    number = polled.schools[change.school]
    columns = select(incident.c.id, incident.c.severity, incident.c.grown_to, incident.c.answered_at)
    before = execute(
        columns.where(
            incident.c.school_id == number,
            incident.c.subject_key == change.subject_key,
            incident.c.closed_at.is_(None),
        )
    ).first()
    standing = _standing(change, polled.now)
    if before is None:
        fresh = {"opened_at": polled.now, "owner": "", "outcome": "", "note": "", "exercise": change.exercise}
        key = insert(incident).values(school_id=number, subject_key=change.subject_key, **fresh, **standing)
        _note(polled, new_id(polled.tx, key), "opened", change.severity.word)
        return
    if before.answered_at is not None and change.due_at is None:
        del standing["due_at"]  # nothing new is owed: it stays when it was
    elif before.answered_at is not None:
        standing |= {"answered_at": None, "reminded_at": None}
    execute(update(incident).where(incident.c.id == before.id).values(**standing))
    if change.severity > before.severity:
        _note(polled, before.id, "worsened", change.severity.word)
    if change.grown_to > before.grown_to:
        _note(polled, before.id, "grew", str(change.count))


def _note(polled: _Poll, number: int, what: str, detail: str) -> None:
    outbox.note_event(polled.tx, number, at=polled.now, what=what, detail=detail)


def _standing(change: IncidentChange, now: datetime) -> dict[str, Any]:
    return {
        "severity": change.severity.value,
        "category": change.category.value,
        "categories": [category.value for category in change.categories],
        "certain": change.certain,
        "mentions": change.count,
        "grown_to": change.grown_to,
        "clock": change.clock,
        "due_at": change.due_at,
        "last_mention_at": now,
    }


def _stories(polled: _Poll, plan: Plan) -> dict[tuple[str, str], int]:
    """Numbers of the incidents that the plan names: the open one, else the last that was closed."""
    named = {(one.finding.school, one.incident) for one in plan.mentions}
    named |= {(one.finding.school, one.incident) for one in plan.edited}
    named |= {(one.school, one.incident) for one in plan.notifications}
    slugs = {polled.schools[slug]: slug for slug, _ in named}
    found: dict[tuple[str, str], int] = {}
    for part in chunks(sorted(key for _, key in named if key)):
        statement = (
            select(incident.c.school_id, incident.c.subject_key, incident.c.id)
            .where(incident.c.school_id.in_(slugs), incident.c.subject_key.in_(part))
            .order_by(incident.c.closed_at.is_(None), incident.c.id)
        )
        for row in polled.tx.connection.execute(statement):
            found[slugs[row.school_id], row.subject_key] = row.id
    return found


def _put_mentions(
    polled: _Poll, mentions: Sequence[NewMention], stories: Mapping[tuple[str, str], int]
) -> int:
    new = insert_new(polled.tx, mention, [_new_row(polled, one, stories) for one in mentions])
    firsts = [(one.finding.school, one.duplicate_of) for one in mentions if one.duplicate_of]
    numbers = _numbers(polled, [(one.finding.school, one.finding.keys.key) for one in mentions] + firsts)
    _put_bands(polled, [one.finding for one in mentions], numbers)
    repeats = [
        {"b_id": numbers[one.finding.school, one.finding.keys.key], "b_first": numbers[first]}
        for one in mentions
        if one.duplicate_of and (first := (one.finding.school, one.duplicate_of)) in numbers
    ]
    if repeats:
        first_of = update(mention).where(mention.c.id == bindparam("b_id"))
        polled.tx.connection.execute(first_of.values(duplicate_of=bindparam("b_first")), repeats)
    return new


def _new_row(polled: _Poll, new: NewMention, stories: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    finding, entry = new.finding, new.finding.entry
    story = stories.get((finding.school, new.incident)) if new.incident else None
    return {
        **_content(finding, new.text),
        "school_id": polled.schools[finding.school],
        "source_id": polled.task.id,
        "entry_id": entry.id[:LONGEST_ID],
        "key": finding.keys.key,
        "url_key": finding.keys.url,
        "thread_key": finding.keys.thread,
        "reply_key": finding.keys.reply_to,
        "entry_kind": entry.kind,
        # a name is kept only while a story is open
        "author": entry.author if story is not None and not new.not_us else "",
        "own_account": entry.own_account,
        "published_at": entry.published,
        "seen_at": polled.now,
        "clock": new.clock,
        "due_at": new.due_at,
        "silent": new.silent,
        "edits": 0,
        "incident_id": story,
        "verdict": NOT_US if new.not_us else "",
    }


def _content(finding: Finding, text: str) -> dict[str, Any]:
    """What changes when a post is edited."""
    entry, judged = finding.entry, finding.assessment
    categories = [category.value for category in judged.categories]
    return {
        "content_key": finding.keys.content,
        "text_key": finding.keys.text,
        "title": entry.title[:WINDOW] if entry.quotable else "",
        "text": text,
        "url": entry.url if len(entry.url) <= LONGEST_URL else "",
        "certainty": finding.match.certainty.value,
        "severity": judged.severity.value,
        "category": categories[0] if categories else None,
        "categories": categories,
        "tone": judged.sentiment.label,
        "compound": judged.sentiment.compound,
        "abuse": judged.abuse,
        "needs_response": judged.needs_response,
        "imagery": judged.imagery,
        "grounds": [
            [ground.rule, ground.excerpt, ground.weight]
            for ground in (*finding.match.grounds, *judged.grounds)
        ],
    }


def _numbers(polled: _Poll, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Row numbers of mentions, by school and key."""
    slugs = {number: slug for slug, number in polled.schools.items()}
    found: dict[tuple[str, str], int] = {}
    for part in chunks(sorted({key for _, key in keys})):
        statement = select(mention.c.school_id, mention.c.key, mention.c.id).where(
            mention.c.school_id.in_({polled.schools[slug] for slug, _ in keys}), mention.c.key.in_(part)
        )
        for row in polled.tx.connection.execute(statement):
            found[slugs[row.school_id], row.key] = row.id
    return found


def _put_bands(polled: _Poll, findings: Sequence[Finding], numbers: Mapping[tuple[str, str], int]) -> None:
    values = [
        {
            "mention_id": numbers[finding.school, finding.keys.key],
            "band": band,
            "school_id": polled.schools[finding.school],
        }
        for finding in findings
        for band in finding.keys.bands
    ]
    insert_new(polled.tx, mention_band, values)


def _put_edited(polled: _Poll, edited: EditedMention, stories: Mapping[tuple[str, str], int]) -> None:
    finding = edited.finding
    numbers = _numbers(polled, [(finding.school, finding.keys.key)])
    number = numbers.get((finding.school, finding.keys.key))
    if number is None:  # erased while its source was being read
        return
    execute = polled.tx.connection.execute
    values = {**_content(finding, edited.text), "edits": mention.c.edits + 1}
    if edited.incident:
        values["incident_id"] = stories.get((finding.school, edited.incident))
        values["author"] = finding.entry.author
    afterlife.revived(polled.tx, number, polled.now)
    execute(
        update(mention).where(mention.c.id == number).values(entry_id=finding.entry.id[:LONGEST_ID], **values)
    )
    execute(delete(mention_band).where(mention_band.c.mention_id == number))
    _put_bands(polled, [finding], numbers)


def _put_notifications(polled: _Poll, plan: Plan, stories: Mapping[tuple[str, str], int]) -> None:
    if not plan.notifications:
        return
    changed = [one.finding for one in plan.mentions] + [one.finding for one in plan.edited]
    numbers = _numbers(polled, [(finding.school, finding.keys.key) for finding in changed])
    for new in plan.notifications:
        named = {key: f"M{number}" for (slug, key), number in numbers.items() if slug == new.school}
        outbox.queue(
            polled.tx,
            _with_references(new, named),
            school_id=polled.schools[new.school],
            incident_id=stories.get((new.school, new.incident)) if new.incident else None,
            subject=new.incident or "",
            now=polled.now,
        )


def _with_references(new: NewNotification, named: Mapping[str, str]) -> NewNotification:
    """Where an item names its mention by key, name it as people do: only now has it a number."""
    if not isinstance(new.payload, Alert):
        return new
    items = tuple(replace(item, mention=named.get(item.mention, item.mention)) for item in new.payload.items)
    return replace(new, payload=replace(new.payload, items=items))


def _seen_rows(polled: _Poll, others: Sequence[tuple[bytes, bytes]]) -> list[dict[str, Any]]:
    return [
        {"source_id": polled.task.id, "entry": entry, "content": content, "at": polled.now}
        for entry, content in others
    ]


def _rejected_rows(polled: _Poll, plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "source_id": polled.task.id,
            "entry_id": one.entry_id[:LONGEST_ID],
            "error": one.error,
            "at": polled.now,
        }
        for one in plan.rejected
    ]


def _put_poll(
    polled: _Poll,
    batch: Batch,
    next_poll_at: datetime,
    *,
    read_with: str | None,
    entries: int,
    matched: int,
    new: int,
) -> None:
    execute = polled.tx.connection.execute
    before = execute(
        select(source.c.last_ok_at, source.c.allowance, source.c.remarks).where(source.c.id == polled.task.id)
    ).one()
    allowed = allowances.noted(batch.budget, before.allowance, polled.now)
    renewed = allowances.ended(polled.task.id, before.allowance, allowed, polled.now)
    if renewed:
        execute(insert(poll).values(renewed))
    execute(
        insert(poll).values(
            source_id=polled.task.id,
            at=polled.now,
            since=before.last_ok_at,
            outcome="new",
            http_status=batch.http_status,
            entries=entries,
            matched=matched,
            gap=batch.gap,
            error_kind="",
            error="",
        )
    )
    values: dict[str, Any] = {"gap_at": polled.now} if batch.gap else {}
    execute(
        update(source)
        .where(source.c.id == polled.task.id)
        .values(
            checkpoint=dict(batch.checkpoint),
            next_poll_at=next_poll_at,
            leased_until=None,
            last_poll_at=polled.now,
            last_ok_at=polled.now,
            failures=0,
            error="",
            error_kind="",
            allowance=allowed,
            remarks=remarks.noted(batch.notes, batch.concerns, before.remarks, polled.now),
            remedy="",
            http_status=batch.http_status,
            robots=batch.robots,
            entries=source.c.entries + entries,
            mentions=source.c.mentions + new,
            read_with=read_with,
            **values,
        )
    )
