"""Wake somebody when no mail goes out: once for each outage, and by a way that does not need mail.

Looked at each minute. What was tried and still waits, while nothing at all goes out, is an outage; one reader's full
mailbox is none, nor is a digest that waits. At night it is worth waking somebody for only while something critical or
high is among what waits. That it is over is told by day alone: nobody is woken to hear that all is well.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts import routing
from alerts.base import Ailment, HealthNotice, NotificationKind, Reason, Recipient, Severity
from monitor import deadlines, log
from monitor.app import App
from monitor.config import waking as lists
from monitor.jobs import waking
from monitor.model import NewNotification
from monitor.school import people, short_name
from monitor.store import Tx, memo, outbox, wakes
from monitor.store import health as vitals

logger = logging.getLogger(__name__)

TOO_LONG = timedelta(minutes=30)
LAST_TRY = timedelta(minutes=28)
"""Then what waits is tried once more, whenever its next try was meant: nobody is woken for a server that is back."""
UNWATCHED = timedelta(minutes=5)
"""After a longer time in which nobody looked (the machine was off), what was failing then says nothing of now."""
_FAILING, _TRIED, _WOKEN = "mail_failing", "mail_down_tried", "mail_down_woken"


@dataclass(frozen=True, slots=True)
class _Spell:
    """Since when mail has been failing, and when that was last seen."""

    since: datetime
    seen: datetime

    @classmethod
    def of(cls, noted: str, now: datetime) -> _Spell:
        """What is noted, as far as it still tells something; else a spell that begins now."""
        if noted:
            since, seen = map(datetime.fromisoformat, noted.split())
            if timedelta() <= now - seen <= UNWATCHED and since <= seen:
                return cls(since, seen)
        return cls(now, now)

    def __str__(self) -> str:
        return f"{self.since.isoformat()} {self.seen.isoformat()}"


def look(app: App, now: datetime) -> bool:
    """See whether mail goes out; ``True`` if somebody is to be woken because it does not, or goes again."""
    if not lists.is_set_up(app.config):
        return False
    with app.store.write() as tx:
        spell = _Spell.of(memo.fact(tx, _FAILING), now)
        stuck = wakes.stuck(tx, spell.since)
        if stuck is None:
            return _over(app, tx, now)
        memo.note(tx, _FAILING, str(_Spell(spell.since, now)))
        if now - spell.since >= LAST_TRY and memo.once(tx, _TRIED, spell.since.isoformat()):
            outbox.hurry(tx, now, tried=True)
        if now - spell.since < TOO_LONG or not (stuck.grave or _is_day(app, now)):
            return False
        return memo.once(tx, _WOKEN, spell.since.isoformat()) and _tell(
            app, tx, waking.DOWN, stuck.readers, now
        )


def _over(app: App, tx: Tx, now: datetime) -> bool:
    """Mail works, or nothing waits; those who were woken hear that it goes again, if it is day."""
    noted = memo.fact(tx, _FAILING)
    if not noted:
        return False
    memo.note(tx, _FAILING, "")
    since = datetime.fromisoformat(noted.split()[0])
    was_woken = memo.fact(tx, _WOKEN) == since.isoformat()
    if not (was_woken and vitals.sent_since(tx, since) and _is_day(app, now)):
        return False
    return _tell(app, tx, waking.AGAIN, (), now)


def _tell(app: App, tx: Tx, what: str, readers: Sequence[Recipient], now: datetime) -> bool:
    """Queue the line for whoever looks after the watch, and for those for whom urgent mail waits."""
    slug, school = next(iter(app.config.schools.items()))
    facts = school.settings.school
    keepers = routing.health_readers(people(school.settings))
    told = {one.address.casefold(): one for one in (*keepers, *readers)}
    to = waking.woken(app, tuple(told.values()))
    ailment = Ailment(what="Mail does not go out", since=now, remedy="see: mention-monitor outbox")
    notice = NewNotification(
        school=slug,
        incident=None,
        kind=NotificationKind.HEALTH,
        reason=Reason.FIRST,
        severity=Severity.NONE,
        payload=HealthNotice(
            school=facts.name, short=short_name(facts), zone=str(facts.timezone), ailments=(ailment,)
        ),
        recipients=(),
        not_before=now,
        wakes=to,
    )
    outbox.add(tx, notice, f"{what}{now:%Y-%m-%dT%H%M%S}", now)
    log.event(logger, logging.ERROR, f"mail.{'down' if what == waking.DOWN else 'again'}", woken=len(to))
    return bool(to)


def _is_day(app: App, now: datetime) -> bool:
    facts = next(iter(app.config.schools.values())).settings.school
    return not deadlines.in_quiet_hours(now, facts)
