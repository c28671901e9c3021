"""What mail servers and absent people's machines answer: whoever was not reached must not be waited for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from alerts.base import Severity
from alerts.circle import first_role, said
from monitor import log
from monitor.app import App
from monitor.jobs import standing_in
from monitor.store import Tx, bounces, incidents, ladders, letters, outbox
from monitor.store.letters import Copy
from sources.letter import Report

logger = logging.getLogger(__name__)

BOUNCED, DELAYED, ABSENT, UNKNOWN = "bounce", "delayed", "out of office", "unknown report"
"""What is counted of such letters."""
_ABSENT = "away"
"""What a story's history says of an automatic answer …"""
_NOT_REACHED = "not reached"
"""… and of a mail that came back."""


def reported(app: App, tx: Tx, copies: Sequence[Copy], reports: Sequence[Report], now: datetime) -> str:
    """A mail server says what became of a mail of ours; return the word under which it is counted."""
    failed = {report.recipient: report.status for report in reports if report.action == "failed"}
    lost = [copy for copy in copies if copy.recipient.address.casefold() in failed]
    for copy in lost:
        _bounced(app, tx, copy, failed[copy.recipient.address.casefold()], now)
    if lost:
        return BOUNCED
    return DELAYED if copies and any(report.action == "delayed" for report in reports) else UNKNOWN


def absent(app: App, tx: Tx, copy: Copy, now: datetime) -> str:
    """A machine answers for somebody: while a grave story waits for them, the next hear at once, once for each."""
    fresh = copy.severity >= Severity.HIGH and not _is_known(tx, copy, _ABSENT)
    if fresh and _hurry(app, tx, copy):
        told = f"the {said(first_role(copy.recipient.roles))} is away (automatic answer)"
        _note(tx, copy, _ABSENT, told, now)
    return ABSENT


def _bounced(app: App, tx: Tx, copy: Copy, code: str, now: datetime) -> None:
    if not bounces.note(tx, copy.id, code, now):
        return
    log.event(logger, logging.ERROR, "delivery.bounced", kind=copy.kind, severity=copy.severity, code=code)
    known = _is_known(tx, copy, _NOT_REACHED)  # each step of a ladder comes back from the same address
    if copy.incident_id is not None:
        told = f"{said(first_role(copy.recipient.roles))}: the mail came back {code}".strip()
        _note(tx, copy, _NOT_REACHED, told, now)
    if copy.severity >= Severity.HIGH and not known:
        _hurry(app, tx, copy)
    task = letters.task(tx, copy.id)
    if task is not None and copy.school in app.config.schools:
        standing_in.stand_in_at_once(app, tx, task, now)


def _is_known(tx: Tx, copy: Copy, what: str) -> bool:
    """Whether the ladder of the story was moved on for this person before."""
    if copy.incident_id is None:
        return True
    who = copy.recipient.address.casefold()
    return any(event.what == what and event.by == who for event in incidents.events(tx, copy.incident_id))


def _note(tx: Tx, copy: Copy, what: str, told: str, now: datetime) -> None:
    if copy.incident_id is not None:
        who = copy.recipient.address.casefold()
        outbox.note_event(tx, copy.incident_id, at=now, what=what, by=who, via="mail", detail=told)


def _hurry(app: App, tx: Tx, copy: Copy) -> bool:
    school = app.config.schools.get(copy.school)
    if school is None or copy.incident_id is None:
        return False
    return ladders.hurry(tx, copy.incident_id, school.settings.school.timezone)
