"""Somebody whose mailbox stays full, or whose mails come back, cannot hear: somebody else must.

Once for each mail, when it has come back or from the time at which the mailbox has been full for a day: the person's substitute, else who
is on duty, else the next role that may hear of such a story; never anybody the story is, or may be, about.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from alerts.absence import stand_ins
from alerts.base import Alert, NotificationKind, Recipient, Role
from alerts.circle import CONTACTS, TRUSTED, Circle, holders
from alerts.conflicts import About, Staff, conflicts, together
from alerts.retry import FULL_FOR
from alerts.routing import RESTRICTED, STAND_INS, circle_of, route
from monitor import log
from monitor.app import App
from monitor.model import DeliveryTask
from monitor.school import people, today
from monitor.store import Tx, standins, stepped_back

logger = logging.getLogger(__name__)


def stand_in(app: App, tx: Tx, task: DeliveryTask, now: datetime) -> bool:
    """If the reader's mailbox has been full for a day, let somebody else hear; whether somebody new does."""
    since = standins.full_since(tx, task.recipient.address, now)
    if since is None or now - since < FULL_FOR:
        return False
    return stand_in_at_once(app, tx, task, now)


def stand_in_at_once(app: App, tx: Tx, task: DeliveryTask, now: datetime) -> bool:
    """Let somebody else hear what its reader cannot; whether somebody new does."""
    if standins.is_stood_in_for(tx, task):
        return False
    to = next(_candidates(app, tx, task, now), None)
    if to is None:
        log.event(logger, logging.ERROR, "delivery.nobody_else", kind=task.kind, severity=task.severity)
        return False
    log.event(logger, logging.WARNING, "delivery.stands_in", kind=task.kind, severity=task.severity)
    return standins.add(tx, task, to, now)


def _candidates(app: App, tx: Tx, task: DeliveryTask, now: datetime) -> Iterator[Recipient]:
    school = app.config.schools.get(task.school)
    if school is None:  # a self-test, or a school that has gone from the configuration
        return
    settings = school.settings
    staff = people(settings)
    known = standins.readers(tx, task)
    if isinstance(task.payload, Alert):
        circle, barred = _of_a_story(tx, task, task.payload, staff, today=today(settings, now))
        known |= barred
        fit = [one for one in staff if circle.may_hear(one) and one.address not in known]
        if not _is_told_whom_it_means(tx, task, task.payload):
            fit = [one for one in fit if Role.OUTSIDE in one.recipient.roles]
        yield from (one.recipient for one in _in_turn(task, circle, fit))
    elif task.kind is NotificationKind.HEALTH:
        order = (Role.TECHNICIAN, Role.OFFICE, *STAND_INS)
        fit = [one for role in order for one in holders((role,), staff) if one.address not in known]
        yield from (one.recipient for one in fit)


def _of_a_story(
    tx: Tx, task: DeliveryTask, alert: Alert, staff: Sequence[Staff], *, today: date
) -> tuple[Circle, frozenset[str]]:
    """Who may hear of the story, and who hears of it anyway or was left out of it for a reason."""
    words = standins.texts(tx, task.school, _subjects(task, alert))
    out = stepped_back.addresses(tx, task.incident_id) if task.incident_id is not None else frozenset()
    about = together([*(conflicts(text, staff) for text in words), About(addresses=out)])
    told = frozenset(one.address for one in holders(alert.told, staff))
    usual = route(alert.severity, alert.categories, alert.category, people=staff).recipients
    left_out = frozenset(one.address.casefold() for one in usual)
    circle = circle_of(alert.severity, (*alert.categories, alert.category), staff, about, today)
    return circle, told | left_out


def _is_told_whom_it_means(tx: Tx, task: DeliveryTask, alert: Alert) -> bool:
    """Whether the words are there by which to know whom a restricted story is about."""
    restricted = RESTRICTED & {*alert.categories, alert.category}
    words = standins.texts(tx, task.school, _subjects(task, alert))
    return not restricted or (bool(words) and all(words))


def _in_turn(task: DeliveryTask, circle: Circle, fit: Sequence[Staff]) -> Iterator[Staff]:
    """Of those who are fit: substitutes and who is on duty, then role by role."""
    addresses = {one.address for one in fit}
    for one in circle.people:
        if one.address == task.recipient.address.casefold() and circle.today is not None:
            yield from stand_ins(
                one, circle.people, circle.today, may=lambda other: other.address in addresses
            )
    for role in (*TRUSTED, *CONTACTS) if circle.grave else (*STAND_INS, *CONTACTS):
        yield from holders((role,), fit)


def _subjects(task: DeliveryTask, alert: Alert) -> tuple[str, ...]:
    return alert.subjects or (task.subject_key,)
