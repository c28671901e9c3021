"""Who is personally involved in a story and hears no more of it, and who hears in their place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update

from alerts.base import NotificationKind, Recipient
from monitor.store import rows
from monitor.store.engine import Tx, insert_new
from monitor.store.letter_tables import left_out
from monitor.store.tables import delivery, notification


def add(tx: Tx, number: int, person: str, instead: Iterable[Recipient], now: datetime) -> bool:
    """Leave somebody out of a story from now on. False if they are out already."""
    row = {
        "incident_id": number,
        "person": person.casefold(),
        "instead": [{"address": one.address, "roles": [*one.roles], "name": one.name} for one in instead],
        "at": now,
    }
    return insert_new(tx, left_out, [row]) == 1


def call_back(tx: Tx, number: int, person: str, now: datetime) -> int:
    """Cancel what still waits to be sent to them about the story, but for the answer to their own word."""
    about = select(notification.c.id).where(
        notification.c.incident_id == number, notification.c.kind != NotificationKind.ANSWER.value
    )
    waiting = update(delivery).where(
        delivery.c.notification_id.in_(about),
        func.lower(delivery.c.recipient) == person.casefold(),
        delivery.c.state == "pending",
        delivery.c.leased_until.is_(None),
    )
    return tx.connection.execute(waiting.values(state="cancelled", settled_at=now)).rowcount


def addresses(tx: Tx, number: int) -> frozenset[str]:
    """The addresses (folded) of those who are left out of the story."""
    found = tx.connection.execute(select(left_out.c.person).where(left_out.c.incident_id == number))
    return frozenset(found.scalars())


def narrowed(tx: Tx, number: int, recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """``recipients`` without those who are left out of the story, and with those who hear in their place."""
    wanted = tuple(recipients)
    found = tx.connection.execute(select(left_out).where(left_out.c.incident_id == number)).all()
    out = {row.person for row in found}
    meant = [row for row in found if any(one.address.casefold() == row.person for one in wanted)]
    joining = (
        Recipient(address=one["address"], roles=rows.roles(one["roles"]), name=one["name"])
        for row in meant
        for one in row.instead
    )
    told: dict[str, Recipient] = {}
    for one in (*wanted, *joining):
        if one.address.casefold() not in out:
            told.setdefault(one.address.casefold(), one)
    return tuple(told.values())
