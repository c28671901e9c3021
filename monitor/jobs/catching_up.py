"""What waited becomes one mail for each reader instead of hundreds: after days without mail, and after a flood.

After days without mail, critical alerts go out one by one, first; everything else that waited for more than a day
is told together, as soon as mail works again and if there is much of it. What had to wait for its hour, because of
a flood or of the night, is told together beyond the first few. Nothing is dropped: every story is counted.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from alerts import flood
from alerts.base import PRECEDENCE, Alert, Role, Severity
from monitor import log
from monitor.app import App
from monitor.model import DeliveryTask
from monitor.store import Tx, backlog, memo, outbox
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
        if memo.once(tx, "hurried", f"{now:%Y-%m-%dT%H}"):  # a full mailbox is not to be tried each minute
            outbox.hurry(tx, now, from_severity=Severity.CRITICAL, tried=True)
        waiting = _by_reader(backlog.stale(tx, now - OLD))
        many = [tasks for tasks in waiting if len(tasks) > MANY]
        for tasks in many:
            backlog.replace(tx, tasks, _together(tasks, _outage(tasks, now)), now)
    if folded := sum(map(len, many)):
        log.event(logger, logging.WARNING, "delivery.folded", mails=folded)
    return folded


def gather(tx: Tx, now: datetime) -> int:
    """Fold what is due after it had to wait for its hour, beyond the gravest few; return how many mails became one."""
    folded = _gather_reminders(tx, now)
    for tasks in _by_reader(backlog.crowded(tx, now)):
        if len(tasks) > flood.ALONE + 1:
            single = {task.id for task in [one for one in tasks if not _subjects_told(one)][: flood.ALONE]}
            rest = [task for task in tasks if task.id not in single]
            alert = _together(rest, _flooded(rest))
            posts = backlog.posts(tx, rest[0].school, alert.subjects)
            backlog.replace(tx, rest, dataclasses.replace(alert, count=posts or alert.count), now)
            folded += len(rest)
    return folded


def _gather_reminders(tx: Tx, now: datetime) -> int:
    """Fold what is said again to one reader in one voice, if it is about more than a few stories."""
    voices: dict[str, list[DeliveryTask]] = {}
    for task in backlog.said_again(tx, now):
        voices.setdefault(_voice(task), []).append(task)
    folded = 0
    for tasks in [each for voice in voices.values() for each in _by_reader(voice)]:
        if len(tasks) > flood.ALONE and _voice(tasks[0]) != "due":
            # named by itself alone: what it tells of was told before, and is meant to be told again
            alert = dataclasses.replace(_together(tasks, _unanswered(tasks)), subjects=())
            backlog.replace(tx, tasks, alert, now)
            folded += len(tasks)
    return folded


def _voice(task: DeliveryTask) -> str:
    return task.payload.voice if isinstance(task.payload, Alert) else ""


def _by_reader(tasks: Iterable[DeliveryTask]) -> list[list[DeliveryTask]]:
    found: dict[tuple[str, str], list[DeliveryTask]] = {}
    for task in tasks:
        found.setdefault((task.school, task.recipient.address), []).append(task)
    return list(found.values())


def _outage(tasks: Sequence[DeliveryTask], now: datetime) -> str:
    waited = (now - min(task.due_since for task in tasks)) // timedelta(hours=1)
    more = f" It shows the {LISTED} gravest; all are in the list of stories." if len(tasks) > LISTED else ""
    return f"Mail could not be sent for a while: {len(tasks)} alerts waited, the oldest for {waited} h.{more}"


def _flooded(tasks: Sequence[DeliveryTask]) -> str:
    many = len({subject for task in tasks for subject in _subjects(task)})
    listed = "the gravest of them" if many > LISTED else "all of them"
    return f"{many} stories came within a short time; this mail lists {listed}."


def _unanswered(tasks: Sequence[DeliveryTask]) -> str:
    listed = "the gravest of them" if len(tasks) > LISTED else "all of them"
    return f"Nobody has taken {len(tasks)} stories yet; this mail lists {listed}."


def _together(tasks: Sequence[DeliveryTask], note: str) -> Alert:
    """The alerts for one reader, gravest first, in one."""
    alerts = [task.payload for task in tasks if isinstance(task.payload, Alert)]
    subjects = dict.fromkeys(subject for task in tasks for subject in _subjects(task))
    items = [item for alert in alerts for item in (alert.items if alert.subjects else alert.items[:1])]
    return dataclasses.replace(
        alerts[0],
        categories=tuple(
            sorted({each for alert in alerts for each in alert.categories}, key=PRECEDENCE.__getitem__)
        ),
        items=tuple(sorted(items, key=lambda item: -item.severity))[:LISTED],
        count=sum(alert.count for alert in alerts),
        due_at=min((alert.due_at for alert in alerts if alert.due_at), default=None),
        told=tuple(role for role in Role if any(role in alert.told for alert in alerts)),
        restricted=any(alert.restricted for alert in alerts),
        notes=(note,),
        stories=len(subjects),
        subjects=tuple(subjects),
    )


def _subjects_told(task: DeliveryTask) -> tuple[str, ...]:
    """Of a mail about several stories, which."""
    return task.payload.subjects if isinstance(task.payload, Alert) else ()


def _subjects(task: DeliveryTask) -> tuple[str, ...]:
    return _subjects_told(task) or (task.subject_key,)
