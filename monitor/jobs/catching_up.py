"""After days without mail: what is not urgent becomes one mail for each reader instead of hundreds.

Critical alerts always go out one by one, first. Everything else that waited for more than a day is told together,
as soon as mail works again and if there is much of it. Nothing is dropped: every story is named in that mail.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.base import PRECEDENCE, Alert, Severity
from monitor import log
from monitor.app import App
from monitor.model import DeliveryTask
from monitor.store import Tx, backlog, outbox
from monitor.store import health as vitals

logger = logging.getLogger(__name__)

OLD = timedelta(days=1)
MANY = 10
"""More mails than this at once are not read one by one."""
WORKS = timedelta(minutes=10)
"""Mail that went out so recently shows that it works again."""
LISTED = 20
"""Stories that one mail shows, the gravest; the rest are counted, and stand in the list of stories."""


def catch_up(app: App, now: datetime) -> int:
    """If mail works: try critical alerts at once, and fold what waited too long; return how many mails became one."""
    with app.store.write() as tx:
        if not vitals.sent_since(tx, now - WORKS):
            return 0
        if vitals.once(tx, "hurried", f"{now:%Y-%m-%dT%H}"):  # a full mailbox is not to be tried each minute
            outbox.hurry(tx, now, from_severity=Severity.CRITICAL)
        waiting: dict[tuple[str, str], list[DeliveryTask]] = {}
        for task in backlog.stale(tx, now - OLD):
            waiting.setdefault((task.school, task.recipient.address), []).append(task)
        folded = sum(_fold(tx, tasks, now) for tasks in waiting.values() if len(tasks) > MANY)
    if folded:
        log.event(logger, logging.WARNING, "delivery.folded", mails=folded)
    return folded


def _fold(tx: Tx, tasks: Sequence[DeliveryTask], now: datetime) -> int:
    """Put the alerts for one reader, gravest first, into one."""
    backlog.replace(tx, tasks, _together(tasks, now), now)
    return len(tasks)


def _together(tasks: Sequence[DeliveryTask], now: datetime) -> Alert:
    alerts = [task.payload for task in tasks if isinstance(task.payload, Alert)]
    first = alerts[0]
    waited = (now - min(task.due_since for task in tasks)) // timedelta(hours=1)
    more = f" It shows the {LISTED} gravest; all are in the list of stories." if len(alerts) > LISTED else ""
    note = (
        f"Mail could not be sent for a while: {len(alerts)} alerts waited, the oldest for {waited} h.{more}"
    )
    subjects = dict.fromkeys(subject for task in tasks for subject in _subjects(task))
    return dataclasses.replace(
        first,
        categories=tuple(
            sorted({each for alert in alerts for each in alert.categories}, key=PRECEDENCE.__getitem__)
        ),
        items=tuple(alert.items[0] for alert in alerts if alert.items)[:LISTED],
        count=sum(alert.count for alert in alerts),
        due_at=min((alert.due_at for alert in alerts if alert.due_at), default=None),
        restricted=any(alert.restricted for alert in alerts),
        notes=(note,),
        stories=len(subjects),
        subjects=tuple(subjects),
    )


def _subjects(task: DeliveryTask) -> tuple[str, ...]:
    told = task.payload.subjects if isinstance(task.payload, Alert) else ()
    return told or (task.subject_key,)
