"""Who hears what, and not before when.

Pure: facts go in, recipients and times come out. Knows no post, no database, no clock. Whom a text speaks of is
worked out in ``alerts.conflicts``.

Who is chosen:

* an allegation about an adult, however grave: head and DSL only; the chair in the head's place if the head is
  meant, or may be;
* child safeguarding, and anything critical: the safeguarding leads (head, DSL, deputy DSLs); the chair too
  where it is unclear who is meant;
* high and medium: the owners of the category, and the head;
* low: the office, or whoever looks after communications.

Whoever the post is about is left out. If nobody remains, the first role of ``STAND_INS`` (``TRUSTED`` for what
is restricted or critical) with somebody in it stands in. The technician hears of the watch's health alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from alerts.base import Category, Recipient, Role, Severity
from alerts.conflicts import NOBODY, About, Staff

LEADS = (Role.HEAD, Role.DSL, Role.DEPUTY_DSL)
"""The safeguarding leads."""
RESTRICTED = frozenset({Category.CHILD_SAFEGUARDING, Category.STAFF_ALLEGATION})
"""For the leads' eyes only: no topic in a subject, no example in a digest."""
TRUSTED = (Role.HEAD, Role.DSL, Role.DEPUTY_DSL, Role.CHAIR, Role.DEPUTY_HEAD)
"""Who may read what is restricted or critical; in the order in which they stand in for each other."""
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
_LEADERSHIP = (Role.HEAD, Role.DEPUTY_HEAD, Role.DSL, Role.DEPUTY_DSL)
_REMEDY = "add a person with the role dsl, deputy_dsl or chair"
_RANK = {role: rank for rank, role in enumerate(Role)}


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
    """Only people are left who should not have to hear this: the configuration wants mending."""


def route(
    severity: Severity,
    categories: Iterable[Category],
    lead: Category,
    *,
    people: Sequence[Staff],
    about: About = NOBODY,
    certain: bool = True,
    child_or_school_word: bool = True,
) -> Routed:
    """Choose who hears of a story. Nobody hears of a post about themselves; never does nobody hear.

    A story that is not ``certain`` to be about the school and has no child or school word in it goes to the
    duty lead alone.
    """
    topics = {*categories, lead}
    readers = [person for person in people if _roles(person) - {Role.TECHNICIAN}]
    free = [person for person in readers if not _is_meant(person, about, topics)]
    if certain or child_or_school_word:
        wanted = _wanted(severity, topics, lead, about, free)
    else:
        wanted = _first_held(LEADS, free)
    grave = severity is Severity.CRITICAL or bool(topics & RESTRICTED)
    chosen, why, last_resort = _choose(wanted, free, readers, grave=grave)
    left_out = sorted(
        about.roles & {role for person in readers for role in _roles(person)}, key=_RANK.__getitem__
    )
    return Routed(
        recipients=_once(chosen),
        roles=_told(chosen, wanted),
        restricted=bool(topics & RESTRICTED),
        why=f"{why}; not told, because the post may be about them: {_listed(left_out)}" if left_out else why,
        last_resort=last_resort,
    )


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
    roles = _first_held((Role.TECHNICIAN, Role.OFFICE, *STAND_INS), people)
    return _once(_holders(roles, people))


def digest_readers(people: Sequence[Staff], *, governors: bool = False) -> tuple[Recipient, ...]:
    """Who gets the weekly digest: the leadership, else who stands in; the chair gets the governors' edition."""
    roles = (Role.CHAIR,) if governors else _LEADERSHIP
    readers = _holders(roles, people)
    return _once(readers if readers or governors else _holders(_first_held(STAND_INS, people), people))


def problems(people: Sequence[Staff]) -> list[str]:
    """Play through what goes wrong when a critical post is about a lead, or a lead is away.

    Each sentence tells a case in which nobody who may read it would hear of a critical post.
    """
    trusted = _holders(TRUSTED, people)
    if not trusted:
        return ["nobody hears of a critical post: add a person with the role head, dsl or deputy_dsl"]
    found = [_about_problem(role, people) for role in (Role.HEAD, Role.DSL)]
    if len({person.recipient.address.casefold() for person in trusted}) == 1:
        role = _told(trusted, TRUSTED)[0]
        found.append(f"if the {_said(role)} is away, nobody hears of a critical post: {_REMEDY}")
    return [problem for problem in found if problem]


def _about_problem(role: Role, people: Sequence[Staff]) -> str:
    holders = frozenset(person.recipient.address.casefold() for person in _holders((role,), people))
    about, lead = About(addresses=holders, roles=frozenset({role})), Category.STAFF_ALLEGATION
    if not route(Severity.CRITICAL, (lead,), lead, people=people, about=about).last_resort:
        return ""
    return f"if a critical post is about the {_said(role)}, nobody else may hear of it: {_REMEDY}"


def _is_meant(person: Staff, about: About, topics: set[Category]) -> bool:
    if person.recipient.address.casefold() in about.addresses:
        return True
    # "Somebody in charge" did it: that may be the head, whatever else the head is.
    return about.unclear and Category.STAFF_ALLEGATION in topics and Role.HEAD in _roles(person)


def _wanted(
    severity: Severity, topics: set[Category], lead: Category, about: About, free: Sequence[Staff]
) -> tuple[Role, ...]:
    head_is_meant = Role.HEAD in about.roles
    if Category.STAFF_ALLEGATION in topics:
        return (Role.CHAIR, Role.DSL) if head_is_meant or about.unclear else (Role.HEAD, Role.DSL)
    if severity is Severity.CRITICAL:
        return (*LEADS, Role.CHAIR) if about.unclear else LEADS
    if topics & RESTRICTED:
        return LEADS
    if severity <= Severity.LOW:
        return _first_held(_PRESS_DESK if lead in _FOR_THE_PRESS_DESK else _DESK, free)
    owners = OWNERS.get(lead, ())
    return (Role.HEAD, Role.CHAIR, *owners) if head_is_meant else (Role.HEAD, *owners)


def _choose(
    wanted: Sequence[Role], free: Sequence[Staff], readers: Sequence[Staff], *, grave: bool
) -> tuple[list[Staff], str, bool]:
    chosen = _holders(wanted, free)
    if chosen:
        return chosen, f"told: {_listed(_told(chosen, wanted))}", False
    order = (*TRUSTED, *STAND_INS) if grave else STAND_INS
    stand_in = _first_held(order, free)
    if stand_in:
        why = f"none of {_listed(wanted)} can be told; {_said(stand_in[0])} stands in"
        return _holders(stand_in, free), why, grave and stand_in[0] not in TRUSTED
    return list(readers), "nobody is left whom it is not about: told to everybody rather than to nobody", True


def _holders(roles: Iterable[Role], people: Sequence[Staff]) -> list[Staff]:
    wanted = set(roles)
    return [person for person in people if wanted & _roles(person)]


def _first_held(roles: Iterable[Role], people: Sequence[Staff]) -> tuple[Role, ...]:
    """The first of ``roles`` that somebody holds, as a tuple; empty if nobody holds any."""
    return next(((role,) for role in roles if _holders((role,), people)), ())


def _roles(person: Staff) -> set[Role]:
    return set(person.recipient.roles)


def _told(chosen: Sequence[Staff], wanted: Sequence[Role]) -> tuple[Role, ...]:
    """The wanted roles that are held; of people who stand in, all they are."""
    held = {role for person in chosen for role in _roles(person)}
    return tuple(sorted(held & set(wanted) or held - {Role.TECHNICIAN}, key=_RANK.__getitem__))


def _once(people: Iterable[Staff]) -> tuple[Recipient, ...]:
    """One recipient for each address: nobody gets the same message twice."""
    found: dict[str, Recipient] = {}
    for person in people:
        found.setdefault(person.recipient.address.casefold(), person.recipient)
    return tuple(
        sorted(found.values(), key=lambda one: (min(map(_RANK.__getitem__, one.roles)), one.address))
    )


def _listed(roles: Iterable[Role]) -> str:
    return ", ".join(map(_said, roles)) or "the people it is meant for"


def _said(role: Role) -> str:
    return role.value.replace("_", " ").replace("dsl", "DSL").replace("dpo", "DPO")
