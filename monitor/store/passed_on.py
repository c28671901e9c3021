"""Posts that staff have passed on: the place they stand under, what is known of one, and forgetting who sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, false, func, or_, select, update

from alerts.base import NotificationKind
from monitor.staff_posts import KEPT, KIND, SOURCE
from monitor.store import rows
from monitor.store.engine import Tx, insert_new
from monitor.store.known import keyed
from monitor.store.polls import never_polled
from monitor.store.tables import delivery, incident, mention, notification, school, source

LOCATOR = "staff"
RECEIPTS = "passed-on-"
"""How the subjects of receipts begin."""
RECEIPTS_KEPT = timedelta(days=3)
"""By then a receipt that could not be delivered at once has come back."""
_A_DAY = 24 * 60 * 60
_TAG = 16
"""Hex digits that tell one receipt from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A post that was passed on before."""

    story: int | None
    is_open: bool


def place(tx: Tx, now: datetime) -> int:
    """The row number of the source they belong to. It is never switched on: nobody polls it, and it is in no coverage."""
    fresh = {
        "name": SOURCE,
        "kind": KIND,
        "locator": LOCATOR,
        "host": "",
        "interval_s": _A_DAY,
        "active": False,
        **never_polled(now),
    }
    insert_new(tx, source, [fresh])
    number: int = tx.connection.execute(_place()).scalar_one()
    return number


def find(tx: Tx, slug: str, key: str) -> Passed | None:
    """The post of this key, if it is known."""
    statement = (
        select(mention.c.incident_id, incident.c.closed_at)
        .join(school, school.c.id == mention.c.school_id)
        .outerjoin(incident, incident.c.id == mention.c.incident_id)
        .where(school.c.slug == slug, mention.c.key == key)
    )
    row = tx.connection.execute(statement).first()
    if row is None:
        return None
    return Passed(story=row.incident_id, is_open=row.incident_id is not None and row.closed_at is None)


def mark(tx: Tx, words: str) -> str:
    """By what a post is known again: nothing can be read back from it without this installation's key."""
    return keyed(tx, f"passed on {words}").hex()


def receipt(tx: Tx, letter: str) -> str:
    """The name of the receipt for the letter of this digest: the same whenever that is read."""
    return f"{RECEIPTS}{keyed(tx, f'receipt {letter}').hex()[:_TAG]}"


def own(tx: Tx) -> frozenset[int]:
    """The row numbers under which such posts stand: none, or one."""
    return frozenset(tx.connection.execute(_place()).scalars())


def expired(tx: Tx, now: datetime, keep: Mapping[str, timedelta]) -> ColumnElement[bool]:
    """Whether a mention was passed on and has been kept long enough; ``keep``: how long each school says."""
    over = func.coalesce(incident.c.closed_at, mention.c.seen_at)
    limits = [
        and_(mention.c.school_id == number, over < now - keep.get(slug, KEPT))
        for slug, number in rows.school_ids(tx).items()
    ]
    return and_(mention.c.source_id.in_(_place()), or_(false(), *limits))


def forget_receipts(tx: Tx, now: datetime) -> int:
    """Forget who was thanked, and for what: return how many receipts that were."""
    execute = tx.connection.execute
    waits = exists().where(delivery.c.notification_id == notification.c.id, delivery.c.state == "pending")
    settled = and_(
        notification.c.kind == NotificationKind.ANSWER.value,
        notification.c.subject_key.startswith(RECEIPTS),
        notification.c.created_at < now - RECEIPTS_KEPT,
        cast(notification.c.payload, Text) != "{}",
        ~waits,
    )
    gone = select(notification.c.id).where(settled)
    nobody = {"recipient": "", "name": "", "roles": []}
    execute(update(delivery).where(delivery.c.notification_id.in_(gone)).values(**nobody))
    return execute(update(notification).where(settled).values(payload={})).rowcount


def _place() -> Select[Any]:
    return select(source.c.id).where(source.c.kind == KIND)
