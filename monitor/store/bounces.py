"""Mails that were accepted and came back later, and whose addresses they were."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select, update

from monitor.facts import BouncedMail
from monitor.model import MAIL
from monitor.store import rows
from monitor.store.engine import Tx
from monitor.store.tables import delivery

GETS_THROUGH_AFTER = timedelta(hours=1)
"""A mail that has not come back within this time has arrived: most servers say so within minutes."""
TELLS_FOR = timedelta(days=30)
"""Of an address to which nothing has been sent for so long nothing is known."""


def note(tx: Tx, number: int, code: str, now: datetime) -> bool:
    """The delivery of that number came back. False if that is known."""
    statement = update(delivery).where(delivery.c.id == number, delivery.c.bounced_at.is_(None))
    return tx.connection.execute(statement.values(bounced_at=now, bounce=code)).rowcount == 1


def unreached(tx: Tx, now: datetime) -> tuple[BouncedMail, ...]:
    """Addresses whose mails come back, until one gets through; the longest first."""
    later = delivery.alias("later")
    through = exists().where(
        later.c.recipient == delivery.c.recipient,
        later.c.channel == MAIL,
        later.c.state == "sent",
        later.c.bounced_at.is_(None),
        later.c.settled_at > delivery.c.bounced_at,
        later.c.settled_at < now - GETS_THROUGH_AFTER,
    )
    statement = (
        select(delivery.c.recipient, delivery.c.roles, delivery.c.bounced_at, delivery.c.bounce)
        .where(delivery.c.bounced_at > now - TELLS_FOR, ~through)
        .order_by(delivery.c.bounced_at)
    )
    found: dict[str, BouncedMail] = {}
    for row in tx.connection.execute(statement):
        one = BouncedMail(roles=rows.roles(row.roles), since=row.bounced_at, code=row.bounce)
        found.setdefault(row.recipient.casefold(), one)
    return tuple(found.values())
