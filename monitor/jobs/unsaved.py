"""What to do when nothing can be written down: say at least what is critical, straight from memory.

Under the Message-ID that the alert will have when it can be stored: then it is known as sent, and at worst a mail
program shows one mail where two came.
"""

from __future__ import annotations

import dataclasses
import logging
from datetime import datetime

from alerts.base import Alert, NotificationKind, Reason, Recipient, Severity
from alerts.errors import DeliveryError
from monitor import log
from monitor.app import App
from monitor.errors import StoreError
from monitor.jobs import delivering, waking
from monitor.model import DeliveryTask, NewNotification, Plan
from monitor.store import backlog

logger = logging.getLogger(__name__)

REMARK = "The watch cannot write to its disk: this mail comes straight from memory, and the list of stories may lack it."


def speak(app: App, plan: Plan, now: datetime) -> int:
    """Mail the first word of each critical story in the plan, once; return how many mails went out."""
    grave = [one for one in plan.notifications if _is_first_and_grave(one)]
    return sum(_send(app, one, to, now) for one in grave for to in one.recipients)


def grave(app: App, now: datetime, limit: int) -> tuple[DeliveryTask, ...]:
    """Critical mails that are due but cannot be leased, because nothing can be written."""
    with app.store.read() as tx:
        return backlog.grave(tx, now, limit)


def deliver(app: App, task: DeliveryTask, now: datetime) -> None:
    """Send it, once; it is settled when something can be written again. Never raises."""
    try:
        delivering.hand_over(app, task, now)
    except (DeliveryError, StoreError) as error:
        log.event(logger, logging.ERROR, "delivery.unsaved", delivery=task.id, error=error)
    waking.unsaved(app, task)


def _is_first_and_grave(new: NewNotification) -> bool:
    first = new.kind is NotificationKind.ALERT and new.reason is Reason.FIRST
    return first and new.severity is Severity.CRITICAL and not new.amends


def _send(app: App, new: NewNotification, to: Recipient, now: datetime) -> bool:
    mail, sent = _task(new, to, now), True
    try:
        delivering.hand_over(app, mail, now)
    except DeliveryError as error:
        log.event(logger, logging.ERROR, "delivery.unsaved", error=error)
        sent = False
    waking.unsaved(app, mail)
    return sent


def _task(new: NewNotification, to: Recipient, now: datetime) -> DeliveryTask:
    payload = new.payload
    if isinstance(payload, Alert):
        items = tuple(dataclasses.replace(item, mention="") for item in payload.items)
        payload = dataclasses.replace(payload, items=items, notes=(REMARK, *payload.notes))
    return DeliveryTask(
        id=0,
        school=new.school,
        kind=new.kind,
        reason=new.reason,
        severity=new.severity,
        payload=payload,
        subject_key=new.incident or "",
        incident_id=None,
        sequence=0,
        recipient=to,
        attempts=1,
        due_since=now,
        may_repeat=False,
    )
