"""The self-test as the database knows it: how far the last one is, and its rows, which belong to a school of their own.

No figure of a school counts what is of another: neither digest nor flood nor history sees a self-test.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update

from monitor.facts import SelfTest
from monitor.model import MAIL
from monitor.store import memo, rows
from monitor.store.engine import Tx, insert_new
from monitor.store.outbox import note_event
from monitor.store.polls import never_polled
from monitor.store.tables import (
    bygone,
    delivery,
    incident,
    mention,
    notification,
    rejected,
    school,
    seen,
    source,
    tally,
    watch,
)

SLUG = "(self-test)"
"""No file of a school can have this name."""
KIND = "self-test"
OUTCOME = "self-test"
"""How its story ends."""
_LAST, _NEXT = "self_test", "self_test_next"
_DAY = timedelta(days=1)
_SHAPE = TypeAdapter(SelfTest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What a self-test has left in the tables by now."""

    story: int | None = None
    queued: bool = False
    left_at: datetime | None = None
    dead: bool = False
    """Its mail was refused for good."""
    error: str = ""
    """Of the last try to hand its mail over."""


def last(tx: Tx) -> SelfTest | None:
    """The self-test that is under way, or the last one."""
    noted = memo.fact(tx, _LAST)
    return _SHAPE.validate_json(noted) if noted else None


def put(tx: Tx, test: SelfTest) -> None:
    """Remember how far it is."""
    memo.note(tx, _LAST, _SHAPE.dump_json(test).decode())


def next_at(tx: Tx, plan: str) -> datetime | None:
    """When the next one is due; ``None`` if that was worked out for another ``plan``, or never."""
    at, of = json.loads(memo.fact(tx, _NEXT) or '["", ""]')
    return datetime.fromisoformat(at) if at and of == plan else None


def set_next(tx: Tx, at: datetime, plan: str) -> None:
    """The next one is due then, as the ``plan`` of the configuration has it."""
    memo.note(tx, _NEXT, json.dumps([at.isoformat(), plan]))


def clear(tx: Tx, now: datetime) -> int:
    """Forget all rows of earlier ones, and make the place where the next is found; return its number."""
    insert_new(tx, school, [{"slug": SLUG, "name": SLUG, "active": False}])
    number = rows.school_ids(tx)[SLUG]
    for table in (mention, notification, incident, bygone, tally):
        tx.connection.execute(delete(table).where(table.c.school_id == number))
    insert_new(tx, source, [_place(now)])
    found = select(source.c.id).where(source.c.kind == KIND)
    place: int = tx.connection.execute(found).scalar_one()
    insert_new(tx, watch, [{"school_id": number, "source_id": place, "active": False}])
    for table in (seen, rejected):
        tx.connection.execute(delete(table).where(table.c.source_id == place))
    return place


def place(tx: Tx) -> int:
    """The number of the place where it is found."""
    number: int = tx.connection.execute(select(source.c.id).where(source.c.kind == KIND)).scalar_one()
    return number


def traces(tx: Tx) -> Traces:
    """How far it shows in the tables."""
    execute, number = tx.connection.execute, rows.school_ids(tx).get(SLUG)
    story = execute(
        select(incident.c.id).join(mention, mention.c.incident_id == incident.c.id)
        .where(incident.c.school_id == number, incident.c.exercise)
    ).scalar()  # fmt: skip
    mail = execute(
        select(delivery).join(notification, notification.c.id == delivery.c.notification_id)
        .where(notification.c.school_id == number, delivery.c.channel == MAIL)
        .order_by(delivery.c.id).limit(1)
    ).first()  # fmt: skip
    if mail is None:
        return Traces(story=story)
    sent = mail.state == "sent"
    left_at = mail.settled_at if sent else None
    return Traces(story=story, queued=True, left_at=left_at, dead=mail.state == "dead", error=mail.error)


def end(tx: Tx, now: datetime, *, call_back: bool) -> None:
    """Close its story and drop its post; ``call_back``: its mail is not to go out any more."""
    execute, number = tx.connection.execute, rows.school_ids(tx)[SLUG]
    own = delivery.c.notification_id.in_(select(notification.c.id).where(notification.c.school_id == number))
    if call_back:
        waiting = update(delivery).where(own, delivery.c.state == "pending")
        execute(waiting.values(state="cancelled", settled_at=now, leased_until=None))
        execute(update(delivery).where(own, delivery.c.state == "dead").values(looked_at=now))
    story = (incident.c.school_id == number) & incident.c.closed_at.is_(None)
    for each in execute(select(incident.c.id).where(story)).scalars().all():
        note_event(tx, each, at=now, what=OUTCOME)
    execute(update(incident).where(story).values(closed_at=now, outcome=OUTCOME))
    execute(delete(mention).where(mention.c.school_id == number))


def _place(now: datetime) -> dict[str, object]:
    """Never due by itself, and in no list: it is switched off."""
    return {
        "name": KIND,
        "kind": KIND,
        "locator": KIND,
        "host": "",
        "interval_s": int(_DAY.total_seconds()),
        "active": False,
        **never_polled(now),
    }
