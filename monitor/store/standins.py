"""Mailboxes that stay full, and who hears in place of their owners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from alerts.base import Recipient, Role
from alerts.errors import MailboxFull
from alerts.retry import FULL_FOR
from monitor.facts import FullMailbox
from monitor.model import MAIL, DeliveryTask
from monitor.store import rows
from monitor.store.engine import Tx, chunks, insert_new
from monitor.store.tables import delivery, incident, mention, school

TELLS_FOR = timedelta(days=7)
"""How long a mail that was given up says something of a mailbox: people leave, and addresses with them."""
MOST_TEXTS = 500
"""Posts of a story that are read to learn whom they speak of, the latest."""


def full_since(tx: Tx, address: str, now: datetime) -> datetime | None:
    """Since when mails to this address have found its mailbox full; ``None`` if the last one went in."""
    return {one: since for one, since, _ in _full(tx, now)}.get(address)


def full(tx: Tx, now: datetime) -> tuple[FullMailbox, ...]:
    """Mailboxes that have been full for a day, and who has heard instead."""
    found = []
    for address, since, wanted in _full(tx, now):
        if now - since < FULL_FOR:
            continue
        original = delivery.alias("original")
        heard = tx.connection.execute(
            select(delivery.c.roles)
            .join(original, original.c.id == delivery.c.stands_in_for)
            .where(original.c.recipient == address, original.c.due_since >= since)
        ).scalars()
        instead = {role for each in heard for role in rows.roles(each)}
        found.append(FullMailbox(roles=wanted, since=since, instead=tuple(sorted(instead))))
    return tuple(found)


def _full(tx: Tx, now: datetime) -> list[tuple[str, datetime, tuple[Role, ...]]]:
    arrived = delivery.alias("arrived")
    last = (
        select(func.max(arrived.c.settled_at))
        .where(
            arrived.c.recipient == delivery.c.recipient,
            arrived.c.channel == delivery.c.channel,
            arrived.c.state == "sent",
        )
        .scalar_subquery()
    )
    statement = (
        select(delivery.c.recipient, delivery.c.due_since, delivery.c.roles, last.label("last"))
        .where(
            delivery.c.channel == MAIL,
            delivery.c.remedy == MailboxFull.remedy,
            or_(
                delivery.c.state == "pending",
                (delivery.c.state == "dead") & (delivery.c.settled_at > now - TELLS_FOR),
            ),
        )
        .order_by(delivery.c.due_since)
    )
    found: dict[str, tuple[datetime, tuple[Role, ...]]] = {}
    for row in tx.connection.execute(statement):
        if row.last is None or row.due_since > row.last:
            found.setdefault(row.recipient, (row.due_since, rows.roles(row.roles)))
    return [(address, since, roles) for address, (since, roles) in found.items()]


def readers(tx: Tx, task: DeliveryTask) -> frozenset[str]:
    """The addresses (folded) of everybody who gets the same notification."""
    same = select(delivery.c.notification_id).where(delivery.c.id == task.id).scalar_subquery()
    found = select(delivery.c.recipient).where(delivery.c.notification_id == same, delivery.c.channel == MAIL)
    return frozenset(address.casefold() for address in tx.connection.execute(found).scalars())


def is_stood_in_for(tx: Tx, task: DeliveryTask) -> bool:
    """Whether somebody hears in place of this delivery's reader."""
    found = select(delivery.c.id).where(delivery.c.stands_in_for == task.id)
    return tx.connection.execute(found.limit(1)).first() is not None


def texts(tx: Tx, slug: str, subjects: Sequence[str]) -> tuple[str, ...]:
    """What the posts of these stories say, title first; empty for a post whose words are not kept."""
    found: list[str] = []
    for part in chunks(subjects):
        statement = (
            select(mention.c.title, mention.c.text)
            .join(incident, incident.c.id == mention.c.incident_id)
            .join(school, school.c.id == incident.c.school_id)
            .where(school.c.slug == slug, incident.c.subject_key.in_(part))
            .order_by(mention.c.id.desc())
            .limit(MOST_TEXTS)
        )
        found += [f"{row.title}\n{row.text}".strip() for row in tx.connection.execute(statement)]
    return tuple(found)


def add(tx: Tx, task: DeliveryTask, to: Recipient, now: datetime) -> bool:
    """Let ``to`` hear the same in place of the task's reader. False if they hear it anyway."""
    same = select(delivery.c.notification_id).where(delivery.c.id == task.id)
    number = tx.connection.execute(same).scalar_one()
    return insert_new(tx, delivery, [rows.new_delivery(number, to, now, stands_in_for=task.id)]) == 1
