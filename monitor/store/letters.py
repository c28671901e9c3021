"""Letters that were read: each once, known again by keyed digests; and the mails that they answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select

from alerts.base import NotificationKind, Recipient, Severity
from monitor.model import MAIL, DeliveryTask
from monitor.store import memo, outbox, rows
from monitor.store.engine import Tx
from monitor.store.known import keyed
from monitor.store.letter_tables import letter
from monitor.store.tables import delivery, notification, school

KEPT = timedelta(days=400)
"""Longer than any mailbox keeps a letter: one that is found again is known."""
SELF_TEST = "self-test"
"""The mail of a self-test that came back to us: in no figure."""
_LONGEST_WAIT = timedelta(days=30)
"""A mail may have waited so long before it went out; its row is older than its departure."""
_CHECKPOINT = "mailbox_read_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What is remembered of a letter; the words themselves are turned into digests."""

    digest: str
    message_id: str = ""
    said: str = ""
    """Code, words and date of what was acted on; empty if nothing was."""
    sender: str = ""
    """The person whose letter it was; empty if that was not proven."""
    outcome: str
    story: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One mail of ours to one person, with all that its code is made of."""

    id: int
    school: str
    subject_key: str
    kind: NotificationKind
    sequence: int
    recipient: Recipient
    severity: Severity
    incident_id: int | None
    sent_at: datetime


def is_known(tx: Tx, digest: str) -> bool:
    """Whether this very letter was read before."""
    return _one(tx, letter.c.digest == keyed(tx, digest))


def was_acted_on(tx: Tx, message_id: str, said: str) -> bool:
    """Whether a letter of this name, or with the same code, words and date, was acted on before."""
    named = letter.c.message == keyed(tx, message_id)
    return _one(
        tx, or_(named, letter.c.said == keyed(tx, said)) if message_id else letter.c.said == keyed(tx, said)
    )


def note(tx: Tx, read: Read, now: datetime) -> None:
    """Remember a letter. Its name and words count only where it was acted on: nobody can use them up for others."""
    row = {
        "digest": keyed(tx, read.digest),
        "message": keyed(tx, read.message_id) if read.message_id and read.said else None,
        "said": keyed(tx, read.said) if read.said else None,
        "sender": keyed(tx, read.sender) if read.sender else None,
        "at": now,
        "outcome": read.outcome,
        "story": read.story,
    }
    tx.connection.execute(insert(letter).values(**row))


def read_to(tx: Tx) -> Mapping[str, Any] | None:
    """Which letters were read, as the mailbox tells them apart; ``None`` before the first reading."""
    noted = memo.fact(tx, _CHECKPOINT)
    return json.loads(noted) if noted else None


def set_read_to(tx: Tx, place: Mapping[str, Any]) -> None:
    """The mailbox was read so far."""
    memo.note(tx, _CHECKPOINT, json.dumps(dict(place), separators=(",", ":")))


def counts(tx: Tx, since: datetime) -> Mapping[str, int]:
    """How many letters came to what since then, the most frequent first."""
    many = func.count()
    found = tx.connection.execute(
        select(letter.c.outcome, many.label("many"))
        .where(letter.c.at >= since, letter.c.outcome != SELF_TEST)
        .group_by(letter.c.outcome)
        .order_by(many.desc(), letter.c.outcome)
    )
    return {row.outcome: row.many for row in found}


def answered(tx: Tx, sender: str, since: datetime, outcomes: Sequence[str] = ()) -> int:
    """How many letters of this person were read since then, of these outcomes or of any."""
    statement = select(func.count()).where(letter.c.sender == keyed(tx, sender), letter.c.at >= since)
    if outcomes:
        statement = statement.where(letter.c.outcome.in_(outcomes))
    return tx.connection.execute(statement).scalar_one()


def purge(tx: Tx, now: datetime) -> int:
    """Forget letters that no mailbox can hold any more."""
    return tx.connection.execute(delete(letter).where(letter.c.at < now - KEPT)).rowcount


def copies(tx: Tx, addresses: Sequence[str], since: datetime) -> Iterator[Copy]:
    """The mails that went, or may have gone, to one of these addresses (folded) since then; the latest first."""
    to_them = func.lower(delivery.c.recipient).in_([address.casefold() for address in addresses])
    for row in tx.connection.execute(_mails(since).where(to_them)):
        yield _copy(row)


def named(tx: Tx, message_ids: Sequence[str], since: datetime) -> tuple[Copy, ...]:
    """The mails of these names."""
    found = tx.connection.execute(_mails(since).where(delivery.c.message_id.in_([*message_ids])))
    return tuple(map(_copy, found))


def refs(tx: Tx, copy: Copy) -> tuple[str, ...]:
    """Stories and posts that a mail told of as one among several, such as ``R12``, ``M345``."""
    told = select(notification.c.payload).join(delivery, delivery.c.notification_id == notification.c.id)
    payload = tx.connection.execute(told.where(delivery.c.id == copy.id)).scalar()
    return tuple(_refs(payload or {}))


def task(tx: Tx, number: int) -> DeliveryTask | None:
    """A delivery as it was leased; ``None`` where what it said is no longer kept."""
    row = tx.connection.execute(outbox.tasks_query().where(delivery.c.id == number)).first()
    return outbox.task_of(row) if row is not None and row.payload else None


def _one(tx: Tx, condition: Any) -> bool:
    return tx.connection.execute(select(letter.c.digest).where(condition).limit(1)).first() is not None


def _mails(since: datetime) -> Select[Any]:
    at = func.coalesce(delivery.c.settled_at, delivery.c.due_since)
    return (
        select(
            delivery,
            notification.c.subject_key,
            notification.c.kind,
            notification.c.sequence,
            notification.c.severity,
            notification.c.incident_id,
            school.c.slug,
        )
        .join(notification, notification.c.id == delivery.c.notification_id)
        .join(school, school.c.id == notification.c.school_id)
        .where(
            notification.c.created_at >= since - _LONGEST_WAIT,
            delivery.c.channel == MAIL,
            # one that was tried may have arrived, whatever became of the try
            delivery.c.attempts > 0,
            delivery.c.state != "cancelled",
            at >= since,
        )
        .order_by(delivery.c.id.desc())
    )


def _copy(row: rows.AnyRow) -> Copy:
    return Copy(
        id=row.id,
        school=row.slug,
        subject_key=row.subject_key,
        kind=NotificationKind(row.kind),
        sequence=row.sequence,
        recipient=Recipient(address=row.recipient, roles=rows.roles(row.roles), name=row.name),
        severity=Severity(row.severity),
        incident_id=row.incident_id,
        sent_at=row.settled_at or row.due_since,
    )


def _refs(payload: Mapping[str, Any]) -> Iterator[str]:
    """The stories of a bundle or of a reminder of several, and the posts that may be about us."""
    for line in (*payload.get("items", ()), *payload.get("lines", ())):
        if "ref" in line:
            yield line["ref"]
    for post in payload.get("possible", ()):
        if "excerpt" in post and post.get("mention"):
            yield post["mention"]
