"""Somebody says that they are away, or back: who hears instead is said, and it holds like what stands in the school file.

What a person says is kept in the database, since a reply does not write configuration files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.absence import is_away, stand_ins
from alerts.base import Recipient, Severity
from alerts.circle import CONTACTS, TRUSTED, first_role, held, said
from alerts.conflicts import NOBODY, Staff
from alerts.routing import LEADS, circle_of
from monitor import deadlines
from monitor.app import App
from monitor.errors import NotAllowed
from monitor.school import people, today, with_absences
from monitor.settings import SchoolSettings
from monitor.store import Tx, absences
from monitor.values import Days

LONGEST = timedelta(days=366)
"""A later day is a slip of the pen."""
_DAY = timedelta(days=1)


def present(settings: SchoolSettings, tx: Tx, slug: str) -> SchoolSettings:
    """The school's settings with who said that they are away."""
    found = {person: days for (school, person), days in absences.said(tx).items() if school == slug}
    return with_absences(settings, found)


def taken_up(app: App) -> App:
    """The house as it is with everybody away who says so; the same one while nothing has changed."""
    with app.store.read() as tx:
        return app.with_absences(absences.said(tx))


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person of a school."""

    slug: str
    settings: SchoolSettings
    """As configured."""
    person: Recipient


def leave(tx: Tx, one: Somebody, until: str, now: datetime) -> str:
    """Note that somebody is away from today until that day, and say who hears instead. Raises ``NotAllowed``."""
    slug, settings, person = one.slug, one.settings, one.person
    first = today(settings, now)
    last = _last_day(until, now, settings)
    if last - first > LONGEST:
        raise NotAllowed(f"{_spoken(last)} is more than a year from now: please say it again")
    before = present(settings, tx, slug)
    after = with_absences(settings, {**_said(tx, slug), person.address.casefold(): (first, last)})
    _refuse_if_nobody_is_left(people(before), people(after), (first, last))
    absences.put(tx, slug, person.address, (first, last), now)
    hears = _instead(people(after), person, (first, last))
    return (
        f"You are away until {_spoken(last)}, that day included. {hears} Reply BACK when you are here again."
    )


def come_back(tx: Tx, one: Somebody, now: datetime) -> str:
    """Note that somebody is back, whatever they said before."""
    ended = absences.end(tx, one.slug, one.person.address)
    day = today(one.settings, now)
    mine = [each for each in people(one.settings) if each.address == one.person.address.casefold()]
    if any(is_away(each, day) for each in mine):
        return (
            "The school's own file says that you are away: whoever runs the watch has to change that. Until then"
            " your substitute hears."
        )
    if not ended:
        return "You were not away; nothing has changed."
    return "Welcome back: you hear of everything again from now on."


def _said(tx: Tx, slug: str) -> dict[str, Days]:
    return {person: days for (school, person), days in absences.said(tx).items() if school == slug}


def _last_day(until: str, now: datetime, settings: SchoolSettings) -> date:
    """The last day away; a time of day says no more than its day."""
    try:
        at = deadlines.put_off(until, now, settings.school)
    except ValueError as error:
        raise NotAllowed(str(error)) from None
    return at.astimezone(settings.school.timezone).date()


def _refuse_if_nobody_is_left(before: Sequence[Staff], after: Sequence[Staff], days: Days) -> None:
    """A critical post must reach somebody who is there, on each of these days. Raises ``NotAllowed``."""
    for day in _turns(after, days):
        if _is_heard(after, day) or not _is_heard(before, day):
            continue
        raise NotAllowed(
            f"On {_spoken(day)} nobody would be there to hear of an urgent post, so you are not away yet: ask another"
            " lead, or whoever runs the watch, to name a substitute first"
        )


def _is_heard(everybody: Sequence[Staff], day: date) -> bool:
    circle = circle_of(Severity.CRITICAL, (), everybody, NOBODY, day)
    trusted = circle.holders((*TRUSTED, *CONTACTS), here=True)
    return bool(trusted)


def _turns(everybody: Sequence[Staff], days: Days) -> list[date]:
    """The days on which somebody leaves, or comes back."""
    periods = [period for one in everybody for period in one.presence.away]
    found = {days[0], *(first for first, _ in periods), *(last + _DAY for _, last in periods)}
    return sorted(day for day in found if days[0] <= day <= days[1])


def _instead(everybody: Sequence[Staff], person: Recipient, days: Days) -> str:
    """Who stands in on the first day, in words: roles, since people know each other by them."""
    me = next(one for one in everybody if one.address == person.address.casefold())
    grave = bool(held(me) & {*LEADS})
    circle = circle_of(Severity.CRITICAL if grave else Severity.HIGH, (), everybody, NOBODY, days[0])
    found = stand_ins(me, everybody, days[0], may=circle.may_hear)
    if found:
        return f"The {_named(found)} hears instead."
    others = [one for one in circle.holders(LEADS, here=True) if one.address != me.address] if grave else []
    if others:
        return f"The {_named(others)} still hears; nobody else stands in for you."
    return "Nobody in particular stands in for you: the next role that may hear of a story does."


def _named(found: Sequence[Staff]) -> str:
    return " and the ".join(dict.fromkeys(said(first_role(held(one))) for one in found))


def _spoken(day: date) -> str:
    return f"{day:%A %-d %B %Y}"
