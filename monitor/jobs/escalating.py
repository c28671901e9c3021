"""Say again what nobody has answered: the steps of the ladders, and the reminders to whoever owes something.

Each step once: what is queued and that it is queued are written together. Of steps that passed while nothing ran
only the latest is said, and its mail tells how long it waited. Whoever says *mine*, *done* or *not us* ends it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts import ladder as rungs
from alerts import wording
from alerts.base import Alert, BundleLine, NotificationKind, Reason, Recipient, Severity
from monitor import deadlines, log
from monitor.app import App
from monitor.facts import IncidentRow
from monitor.jobs.retelling import Teller, roles_of, teller
from monitor.model import NewNotification
from monitor.store import Tx, ladders, outbox, owed

logger = logging.getLogger(__name__)

NEARLY = 0.9
"""Of the time to answer or decide: then its owner is reminded, once."""


def escalate(app: App, now: datetime) -> int:
    """Queue what is to be said again by now; return how many reminders were queued."""
    with app.store.write() as tx:
        said = sum(_climb(app, tx, one, now) for one in ladders.climbing(tx, now))
        return said + _remind_owners(app, tx, now)


def _climb(app: App, tx: Tx, one: ladders.Climbing, now: datetime) -> int:
    """Queue the latest steps of one story whose time has come since the last look."""
    school = app.config.schools.get(one.story.school)
    if school is None:
        return 0
    zone = school.settings.school.timezone
    due = one.ladder.steps[: max(len(rungs.due(one.ladder, one.began, now, zone)), one.hurried)]
    if len(due) <= one.said or not ladders.advance(tx, one, len(due)):
        return 0
    ladders.supersede(tx, one.story.id, now)
    latest = rungs.when(due[-1], one.began, zone)
    steps = [step for step in due[one.said :] if rungs.when(step, one.began, zone) == latest]
    told = roles_of([*one.ladder.first, *(to for step in due for to in step.recipients)])
    words = teller(school.settings)
    for step in steps:
        notes = _notes(tx, one, zone)
        alert = words.alert(tx, one.story, told, voice=step.voice, notes=notes)
        outbox.add(tx, _reminder(one.story, alert, step.recipients, min(latest, now)), "", now)
    log.event(logger, logging.INFO, "ladder.step", story=one.story.id, step=len(due))
    return len(steps)


def _reminder(
    story: IncidentRow, alert: Alert, recipients: tuple[Recipient, ...], at: datetime
) -> NewNotification:
    return NewNotification(
        school=story.school,
        incident=story.subject_key,
        kind=NotificationKind.REMINDER,
        reason=Reason.REMINDER,
        severity=story.severity,
        payload=alert,
        recipients=recipients,
        not_before=at,
    )


def _notes(tx: Tx, one: ladders.Climbing, zone: ZoneInfo) -> Iterator[str]:
    yield f"Said again, because nobody has taken this on since {wording.moment(one.began, zone)}."
    proposal = owed.proposed(tx, one.story.id)
    if proposal is not None:
        yield f"Somebody has proposed to grade it {proposal.detail}: a second lead must say the same."


@dataclass(frozen=True, slots=True)
class _Debt:
    story: IncidentRow
    to: Recipient
    line: BundleLine


def _remind_owners(app: App, tx: Tx, now: datetime) -> int:
    """One mail to each person about everything of theirs that is nearly due, or that they put off until now."""
    said = 0
    for slug, school in app.config.schools.items():
        night = deadlines.in_quiet_hours(now, school.settings.school)
        stories = [
            story
            for story in owed.nearly_due(tx, slug, now)
            if _is_time(story, now) and not (night and story.severity < Severity.CRITICAL)
        ]
        if stories:
            said += _remind(tx, stories, teller(school.settings), now)
    return said


def _is_time(story: IncidentRow, now: datetime) -> bool:
    put_off = story.snoozed_until is not None and story.snoozed_until <= now
    return put_off or _is_nearly_due(story, now)


def _is_nearly_due(story: IncidentRow, now: datetime) -> bool:
    """Of what was late when it was first seen, its first mail tells: a reminder beside it would say nothing new."""
    if story.due_at is None or story.due_at <= story.opened_at:
        return False
    return now >= story.opened_at + (story.due_at - story.opened_at) * NEARLY


def _remind(tx: Tx, stories: Sequence[IncidentRow], words: Teller, now: datetime) -> int:
    debts: dict[str, list[_Debt]] = {}
    for story in stories:
        owed.reminded(tx, story.id, now, nearly_due=_is_nearly_due(story, now))
        to = _owner(tx, story, words)
        if to is not None:
            debts.setdefault(to.address, []).append(_Debt(story, to, words.line(tx, story)))
    for mine in debts.values():
        _queue(tx, mine, words, now)
    return len(debts)


def _queue(tx: Tx, debts: Sequence[_Debt], words: Teller, now: datetime) -> None:
    gravest = max((debt.story for debt in debts), key=lambda story: (story.severity, -story.id))
    to, alone = debts[0].to, len(debts) == 1
    alert = words.alert(tx, gravest, roles_of([to]), voice="due")
    if not alone:  # what became of one of them is told with its number
        told = (f"R{debt.story.id}: {said}" for debt in debts for said in words.since(tx, debt.story))
        alert = replace(alert, notes=tuple(told))
    new = _reminder(gravest, _of_several(alert, debts), (to,), now)
    new = new if alone else replace(new, incident=None)
    outbox.add(tx, new, f"due-{now:%Y-%m-%dT%H%M}", now)


def _of_several(alert: Alert, debts: Sequence[_Debt]) -> Alert:
    lines = tuple(debt.line for debt in debts)
    restricted = any(line.restricted for line in lines)
    return replace(alert, lines=lines, restricted=restricted, items=(), grounds=())


def _owner(tx: Tx, story: IncidentRow, words: Teller) -> Recipient | None:
    """Who took the story, else who was asked to, else who was told first; never anybody it is about."""
    told = owed.told(tx, story)
    about = words.about(tx, story).addresses
    by_role = [one.recipient for one in words.staff if one.address not in about]
    for name in filter(None, (story.owner, story.assigned_to)):
        for one in (*told, *by_role):
            if name.casefold() == one.address.casefold() or name in one.roles:
                return one
    return next(iter(told), None)
