"""Who hears what, and not before when.

Pure: facts go in, recipients and times come out. Knows no post, no database, no clock. Whom a text speaks of is
worked out in ``alerts.conflicts``, who may hear in ``alerts.circle``, what follows if nobody answers in
``alerts.ladder``.

Who is chosen:

* an allegation about an adult, however grave: head and DSL only; the chair in the head's place if the head is
  meant, or may be;
* child safeguarding, and anything critical: the safeguarding leads (head, DSL, deputy DSLs); the chair too
  where it is unclear who is meant;
* high and medium: the owners of the category, and the head;
* low: the office, or whoever looks after communications.

Whoever the post is about is left out, and whoever is away is replaced by their substitute. If nobody remains, the
first role of ``STAND_INS`` (``TRUSTED``, then the outside substitute, for what is restricted or critical) with
somebody in it stands in. The technician hears of the watch's health alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import combinations
from typing import Protocol

from alerts.base import Category, Recipient, Role, Severity
from alerts.circle import (
    CONTACTS,
    TRUSTED,
    Circle,
    Found,
    first_held,
    first_role,
    held,
    holders,
    in_order,
    listed,
    once,
    said,
)
from alerts.conflicts import NOBODY, About, Staff

LEADS = (Role.HEAD, Role.DSL, Role.DEPUTY_DSL)
"""The safeguarding leads."""
RESTRICTED = frozenset({Category.CHILD_SAFEGUARDING, Category.STAFF_ALLEGATION})
"""For the leads' eyes only: no topic in a subject, no example in a digest."""
STAND_INS = (
    Role.HEAD, Role.DEPUTY_HEAD, Role.DSL, Role.DEPUTY_DSL, Role.CHAIR, Role.OFFICE, Role.COMMS, Role.SENCO, Role.DPO
)  # fmt: skip
"""Who stands in for an ordinary recipient; a complaint about the head goes to the chair first."""
OWNERS = {
    Category.THREAT_VIOLENCE: (Role.HEAD, Role.DSL),
    Category.CHILD_SAFEGUARDING: (Role.DSL, Role.DEPUTY_DSL),
    Category.STAFF_ALLEGATION: (Role.HEAD, Role.DSL),
    Category.EXTREMISM_PREVENT: (Role.DSL,),
    Category.PRIVACY_DATA_BREACH: (Role.DPO,),
    Category.SEND_INCLUSION: (Role.SENCO,),
    Category.ATTENDANCE_ADMISSIONS: (Role.OFFICE,),
    Category.CAMPAIGN_INDUSTRIAL: (Role.CHAIR,),
    Category.QUERY_INFO: (Role.OFFICE,),
    Category.PRAISE_COMMUNITY: (Role.COMMS,),
}
"""Route owners besides the head; a category that is not named is the head's own."""
_DESK = (Role.OFFICE, Role.COMMS)
_PRESS_DESK = (Role.COMMS, Role.OFFICE)
_FOR_THE_PRESS_DESK = frozenset(
    {Category.PRAISE_COMMUNITY, Category.MEDIA_INSPECTION, Category.CAMPAIGN_INDUSTRIAL}
)
_REMEDY = "add a person with the role dsl, deputy_dsl or chair, or an outside substitute under [routing]"
_SOME_DAY = date(2026, 11, 23)
"""Any day will do to play through an absence."""
_LEADERSHIP = (Role.HEAD, Role.DEPUTY_HEAD, Role.DSL, Role.DEPUTY_DSL)


class Calendar(Protocol):
    """The times of a school."""

    def next_bundle(self, now: datetime, *, owed: bool) -> datetime:
        """When the next bundle goes out; ``owed``: an answer or a decision is due."""
        ...

    def end_of_quiet(self, now: datetime) -> datetime:
        """``now`` by day, else the end of the night."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Who is told, and why these."""

    recipients: tuple[Recipient, ...]
    """One message each; empty only if the school has named nobody who may read it."""
    roles: tuple[Role, ...]
    """The roles that were looked for and found, for "who else was told"."""
    restricted: bool
    why: str
    last_resort: bool = False
    """Only people are left who should not have to hear this, or are away: the configuration wants mending."""
    once: bool = False
    """Told to whoever is on duty, and not again if nobody answers."""


def route(
    severity: Severity,
    categories: Iterable[Category],
    lead: Category,
    *,
    people: Sequence[Staff],
    about: About = NOBODY,
    certain: bool = True,
    child_or_school_word: bool = True,
    today: date | None = None,
) -> Routed:
    """Choose who hears of a story. Nobody hears of a post about themselves; never does nobody hear.

    A story that is not ``certain`` to be about the school and has no child or school word in it goes to the
    duty lead alone. ``today`` is the school's own day; without it everybody is taken to be there.
    """
    circle = circle_of(severity, (*categories, lead), people, about, today)
    unsure = not (certain or child_or_school_word)
    wanted = LEADS if unsure else _wanted(severity, lead, circle)
    if unsure:
        found = circle.lead_on_duty(wanted)
    elif _is_small(severity, circle):
        found = circle.first_told(wanted)
    else:
        found = circle.told(wanted)
    choice = _Choice(found, f"told: {listed(found.roles)}") if found.people else _fall_back(circle, wanted)
    left_out = () if choice.to_everybody else circle.left_out()
    aside = [f"not told, because the post may be about them: {listed(left_out)}"] if left_out else []
    return Routed(
        recipients=once(choice.found.people),
        roles=choice.found.roles,
        restricted=bool(circle.topics & RESTRICTED),
        why="; ".join([choice.why, *found.notes, *aside]),
        last_resort=choice.last_resort,
        once=unsure,
    )


def circle_of(
    severity: Severity,
    categories: Iterable[Category],
    people: Sequence[Staff],
    about: About,
    today: date | None,
) -> Circle:
    """Who may hear of a story of this kind."""
    topics = frozenset(categories)
    grave = severity is Severity.CRITICAL or bool(topics & RESTRICTED)
    return Circle(people=people, about=about, topics=topics, grave=grave, today=today)


def not_before(
    severity: Severity,
    now: datetime,
    calendar: Calendar,
    *,
    received: datetime | None = None,
    due_at: datetime | None = None,
) -> datetime:
    """When a mail may go out at the earliest.

    Critical: at any hour. High: by day. Medium and low: with the next bundle; but if less than half the time
    until ``due_at`` would then be left, at once, by day.
    """
    if severity is Severity.CRITICAL:
        return now
    by_day = calendar.end_of_quiet(now)
    if severity is Severity.HIGH:
        return by_day
    bundle = calendar.next_bundle(now, owed=due_at is not None)
    if due_at and due_at - bundle < (due_at - (received or now)) / 2:
        return min(by_day, bundle)
    return bundle


def health_readers(people: Sequence[Staff]) -> tuple[Recipient, ...]:
    """Who hears that the watch itself is ill: the technician, else the office, else the head, else anyone."""
    roles = first_held((Role.TECHNICIAN, Role.OFFICE, *STAND_INS), people)
    return once(holders(roles, people))


def digest_readers(people: Sequence[Staff], *, governors: bool = False) -> tuple[Recipient, ...]:
    """Who gets the weekly digest: the leadership, else who stands in; the chair gets the governors' edition."""
    roles = (Role.CHAIR,) if governors else _LEADERSHIP
    readers = holders(roles, people)
    return once(readers if readers or governors else holders(first_held(STAND_INS, people), people))


def problems(people: Sequence[Staff]) -> list[str]:
    """Play through what goes wrong when a critical post is about a lead, or somebody is away.

    A post about "somebody in charge" is played through with the one about the head, who is then left out too.
    Each sentence tells a case in which nobody who may read it would hear of a critical post.
    """
    if not holders(TRUSTED, people):
        return ["nobody hears of a critical post: add a person with the role head, dsl or deputy_dsl"]
    people = _without(people)
    found = [
        f"if a critical post is about the {said(role)}, nobody else may hear of it: {_REMEDY}"
        for role in LEADS
        if holders((role,), people) and not _reached(people, about=_about(role, people))
    ]
    found += [
        f"if the {said(first_role(held(person)))} is away, nobody hears of a critical post: {_REMEDY}"
        for person in _each(holders(TRUSTED, people))
        if not _reached(_without(people, person))
    ]
    return found


def cautions(people: Sequence[Staff]) -> list[str]:
    """What would still be told, but late or to hardly anybody; nothing while there are ``problems``."""
    return [] if problems(people) else [*_few_leads(people), *_two_away(people), *_nobody_above(people)]


def _few_leads(people: Sequence[Staff]) -> Iterator[str]:
    leads = _each(holders(LEADS, people))
    if len(leads) > 1:
        return
    told = "there is one safeguarding lead" if leads else "there is no safeguarding lead"
    if holders((Role.OUT_OF_HOURS,), people):
        yield f"{told}: add a second person with the role deputy_dsl"
    else:
        yield (
            f"{told}, and nobody for the hours out of school: an urgent mail at night may not be read before morning;"
            " add a person with the role deputy_dsl, or out_of_hours under [routing]"
        )


def _two_away(people: Sequence[Staff]) -> Iterator[str]:
    for one, other in combinations(_each(holders(TRUSTED, people)), 2):
        if not _reached(_without(people, one, other)):
            names = " and the ".join(said(first_role(held(person))) for person in (one, other))
            yield f"if the {names} are away at once, nobody hears of a critical post: {_REMEDY}"


def _nobody_above(people: Sequence[Staff]) -> Iterator[str]:
    if not holders((Role.CHAIR, Role.OUTSIDE), people):
        yield (
            "where it is unclear whom a post is about, nobody hears who is surely not meant:"
            " add a person with the role chair, or an outside substitute under [routing]"
        )


def _reached(people: Sequence[Staff], about: About = NOBODY) -> bool:
    """Whether a critical post reaches somebody who is there and may read it."""
    lead = Category.STAFF_ALLEGATION
    routed = route(Severity.CRITICAL, (lead,), lead, people=people, about=about, today=_SOME_DAY)
    return not routed.last_resort


def _about(role: Role, people: Sequence[Staff]) -> About:
    """A post about everybody with this role, whatever else they are."""
    meant = holders((role,), people)
    roles = {each for person in meant for each in held(person)}
    return About(addresses=frozenset(person.address for person in meant), roles=frozenset(roles))


def _without(people: Sequence[Staff], *away: Staff) -> list[Staff]:
    """The same people on a day on which these and nobody else are away, and nobody is on duty."""
    gone = {person.address for person in away}
    return [
        replace(
            person,
            presence=replace(
                person.presence,
                away=((_SOME_DAY, _SOME_DAY),) if person.address in gone else (),
                duty=(),
            ),
        )
        for person in people
    ]


def _each(people: Iterable[Staff]) -> list[Staff]:
    """Each person once."""
    return list({person.address: person for person in people}.values())


@dataclass(frozen=True, slots=True)
class _Choice:
    found: Found
    why: str
    last_resort: bool = False
    to_everybody: bool = False


def _wanted(severity: Severity, lead: Category, circle: Circle) -> tuple[Role, ...]:
    head_is_meant, unclear = Role.HEAD in circle.about.roles, circle.about.unclear
    if Category.STAFF_ALLEGATION in circle.topics:
        return (*_overseer(circle), Role.DSL) if head_is_meant or unclear else (Role.HEAD, Role.DSL)
    if severity is Severity.CRITICAL:
        return (*LEADS, *_overseer(circle)) if unclear else LEADS
    if circle.grave:
        return LEADS
    if _is_small(severity, circle):
        return _PRESS_DESK if lead in _FOR_THE_PRESS_DESK else _DESK
    owners = OWNERS.get(lead, ())
    return (Role.HEAD, Role.CHAIR, *owners) if head_is_meant else (Role.HEAD, *owners)


def _overseer(circle: Circle) -> tuple[Role, ...]:
    """The chair; and the outside substitute if no chair can be told."""
    return (Role.CHAIR,) if circle.told((Role.CHAIR,)).people else (Role.CHAIR, Role.OUTSIDE)


def _is_small(severity: Severity, circle: Circle) -> bool:
    return severity <= Severity.LOW and not circle.grave


def _fall_back(circle: Circle, wanted: Sequence[Role]) -> _Choice:
    """Whom to tell when none of ``wanted`` can be told: there is always somebody, while the school names anybody."""
    for roles, here, last_resort in _grave_order(wanted) if circle.grave else _order(wanted):
        people = tuple(circle.holders(roles, here=here))
        if not people:
            continue
        if here:
            why = f"none of {listed(wanted)} can be told; {said(roles[0])} stands in"
        else:
            why = "nobody who may hear is there: told all the same, though away"
        return _Choice(Found(people=people, roles=_told(people, wanted)), why, last_resort)
    everybody = tuple(circle.readers())
    why = "nobody is left whom it is not about: told to everybody rather than to nobody"
    return _Choice(
        Found(people=everybody, roles=_told(everybody, ())), why, last_resort=True, to_everybody=True
    )


def _grave_order(wanted: Sequence[Role]) -> Iterator[tuple[tuple[Role, ...], bool, bool]]:
    """Roles to try, whether they must be there, and whether the configuration wants mending then."""
    yield from (((role,), True, False) for role in (*TRUSTED, *CONTACTS))
    yield tuple(wanted), False, True
    yield from (((role,), here, True) for here in (True, False) for role in (*TRUSTED, *STAND_INS))


def _order(wanted: Sequence[Role]) -> Iterator[tuple[tuple[Role, ...], bool, bool]]:
    yield from (((role,), True, False) for role in STAND_INS)
    yield tuple(wanted), False, False
    yield from (((role,), False, False) for role in STAND_INS)
    yield from (((role,), True, False) for role in CONTACTS)


def _told(people: Sequence[Staff], wanted: Sequence[Role]) -> tuple[Role, ...]:
    """The wanted roles that are held; of people who stand in, all they are."""
    roles = {role for person in people for role in held(person)}
    return in_order(roles & set(wanted) or roles - {Role.TECHNICIAN})
