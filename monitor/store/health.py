"""What the watch knows of itself."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import func, select

from monitor.facts import DeafMailbox, HealthFacts
from monitor.model import MAIL, WAKE
from monitor.store import bounces, letters, memo, rows, self_tests, standins
from monitor.store.engine import Tx
from monitor.store.tables import delivery, rejected

_TICK = "last_tick_at"
_LEAP = "clock_leapt_at"
_OFF = "was_off"
_RELOAD = "reload_error"
_DEAF = "mailbox_deaf"
_WEEK = timedelta(days=7)
_RECENTLY = timedelta(days=1)


def facts(tx: Tx, now: datetime) -> HealthFacts:
    """How sources, outbox and daemon are doing."""
    execute = tx.connection.execute
    mail, wake = delivery.c.channel == MAIL, delivery.c.channel == WAKE
    pending = mail & (delivery.c.state == "pending")
    given_up = (delivery.c.state == "dead") & delivery.c.looked_at.is_(None)
    noted = memo.facts(tx, (_TICK, _LEAP, _OFF, _RELOAD, _DEAF))
    failing = wake & (delivery.c.state == "pending") & (delivery.c.error != "")
    return HealthFacts(
        sources=rows.statuses(tx),
        pending=execute(select(func.count()).where(pending)).scalar_one(),
        oldest_pending_since=execute(
            select(func.min(delivery.c.due_since)).where(pending, delivery.c.due_since <= now)
        ).scalar(),
        dead=execute(select(func.count()).where(mail, given_up)).scalar_one(),
        last_sent_at=execute(
            select(func.max(delivery.c.settled_at)).where(mail, delivery.c.state == "sent")
        ).scalar(),
        wake_failing_since=execute(select(func.min(delivery.c.due_since)).where(failing)).scalar(),
        unwoken=execute(select(func.count()).where(wake, given_up)).scalar_one(),
        last_tick_at=_moment(noted[_TICK]),
        leapt_at=_moment(noted[_LEAP]),
        off=_off(noted[_OFF]),
        rejected_reload=noted[_RELOAD],
        full=standins.full(tx, now),
        bounced=bounces.unreached(tx, now),
        deaf=_deafness(noted[_DEAF]),
        letters=tuple(letters.counts(tx, now - _WEEK).items()),
        self_test=self_tests.last(tx),
        rejected_entries=execute(select(func.count()).where(rejected.c.at > now - _RECENTLY)).scalar_one(),
    )


def tick(tx: Tx, now: datetime) -> None:
    """The daemon is alive. Once a minute is enough: each is a write that waits for the disk."""
    memo.note(tx, _TICK, now.isoformat())


def sent_since(tx: Tx, limit: datetime) -> bool:
    """Whether any mail went out since then."""
    sent = select(delivery.c.id).where(
        delivery.c.channel == MAIL, delivery.c.state == "sent", delivery.c.settled_at >= limit
    )
    return tx.connection.execute(sent.limit(1)).first() is not None


def last_tick_at(tx: Tx) -> datetime | None:
    """When the daemon was last known to be alive."""
    return _moment(memo.fact(tx, _TICK))


def set_leap(tx: Tx, at: datetime | None) -> None:
    """The clock leapt forward, and whether it is right is not known yet; ``None``: it is believed."""
    memo.note(tx, _LEAP, at.isoformat() if at else "")


def leapt_at(tx: Tx) -> datetime | None:
    """When the clock leapt forward, if it is not believed yet."""
    return _moment(memo.fact(tx, _LEAP))


def _moment(noted: str) -> datetime | None:
    return datetime.fromisoformat(noted) if noted else None


def set_off(tx: Tx, since: datetime, until: datetime) -> None:
    """Nothing ran from then until now."""
    memo.note(tx, _OFF, f"{since.isoformat()} {until.isoformat()}")


def _off(noted: str) -> tuple[datetime, datetime] | None:
    since, _, until = noted.partition(" ")
    return (datetime.fromisoformat(since), datetime.fromisoformat(until)) if until else None


def set_reload_error(tx: Tx, text: str) -> None:
    """Why the last reload of the configuration was refused; empty if it was not."""
    memo.note(tx, _RELOAD, text)


def set_deaf(tx: Tx, now: datetime, error: str, remedy: str) -> None:
    """The mailbox could not be read; since when is remembered."""
    known = deafness(tx)
    since = known.since if known else now
    memo.note(tx, _DEAF, json.dumps({"since": since.isoformat(), "error": error, "remedy": remedy}))


def set_heard(tx: Tx) -> None:
    """The mailbox was read, or there is none any more."""
    memo.note(tx, _DEAF, "")


def is_deaf(tx: Tx) -> bool:
    """Whether the mailbox could not be read the last time."""
    return deafness(tx) is not None


def deafness(tx: Tx) -> DeafMailbox | None:
    """Since when the mailbox of replies cannot be read, and why; ``None`` while it can."""
    return _deafness(memo.fact(tx, _DEAF))


def _deafness(noted: str) -> DeafMailbox | None:
    if not noted:
        return None
    facts = json.loads(noted)
    return DeafMailbox(
        since=datetime.fromisoformat(facts["since"]), error=facts["error"], remedy=facts["remedy"]
    )
