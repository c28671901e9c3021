"""What a school's settings mean to whoever speaks about it: its people, its names, its short name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

from alerts.base import Recipient, Role
from alerts.clean import MaskNames, mask
from alerts.conflicts import Presence, Staff, contact, is_post, staff
from monitor.settings import Person, Routing, SchoolFacts, SchoolSettings
from monitor.values import Days

_KINDS_OF_SCHOOL = frozenset(
    [
        "academy", "aided", "and", "c", "catholic", "ce", "church", "cofe", "community", "controlled", "cp", "cps",
        "e", "endowed", "england", "first", "foundation", "free", "infant", "infants", "junior", "juniors",
        "methodist", "nursery", "of", "primary", "rc", "roman", "school", "va", "vc", "voluntary",
    ]
)  # fmt: skip
"""Words at the end of a school's name that people leave out when they talk."""


def short_name(facts: SchoolFacts) -> str:
    """The name as people say it: ``Holm Nook`` for *Holm Nook Community Primary School*."""
    if facts.short:
        return facts.short
    words = facts.name.split()
    while len(words) > 1 and words[-1].casefold().strip(".,()") in _KINDS_OF_SCHOOL:
        words.pop()
    return " ".join(words)


def people(settings: SchoolSettings) -> tuple[Staff, ...]:
    """Everybody who hears from us, with the words that mean them; the contacts outside at the end."""
    listed = tuple(_person(settings, person) for person in settings.person)
    outside = _contacts(settings.routing)
    by_night = {mail for mail, one in outside.items() if Role.OUT_OF_HOURS in one.roles}
    known = tuple(_with_night(one) if one.address in by_night else one for one in listed)
    addresses = {one.address for one in listed}
    return (*known, *(contact(one) for mail, one in outside.items() if mail not in addresses))


def substitutes(settings: SchoolSettings, named: str) -> tuple[str, ...]:
    """The addresses (folded) that ``substitute`` means: one, or everybody with that role; none if nobody has it."""
    known = {person.mail.casefold(): person.all_roles for person in settings.person}
    known |= {mail: one.roles for mail, one in _contacts(settings.routing).items() if mail not in known}
    wanted = named.casefold()
    return tuple(mail for mail, roles in known.items() if wanted == mail or wanted in roles)


def with_absences(settings: SchoolSettings, said: Mapping[str, Days]) -> SchoolSettings:
    """The same school, with who said by themselves that they are away, by address (folded)."""
    if not said:
        return settings

    def marked(person: Person) -> Person:
        days = said.get(person.mail.casefold())
        if days is None or days in person.away:
            return person
        return person.model_copy(update={"away": (*person.away, days)})

    return settings.model_copy(update={"person": tuple(map(marked, settings.person))})


def today(settings: SchoolSettings, now: datetime) -> date:
    """The school's own day."""
    return now.astimezone(settings.school.timezone).date()


def mask_names(settings: SchoolSettings) -> MaskNames:
    """Whose names no mail spells out, and which names stay readable because they are the school's own."""
    named = {name for person in settings.person for name in (person.name, *person.names)}
    handles = (name for alias in settings.alias if alias.kind == "handle" for name in alias.any)
    return MaskNames(
        people=tuple(sorted(name for name in named if not is_post(name))),
        keep=(settings.school.name, short_name(settings.school), *settings.school.locality),
        handles=tuple(handles),
    )


def masker(settings: SchoolSettings) -> Callable[[str], str]:
    """A function that hides people's names in everything that is shown."""
    names = mask_names(settings)
    return lambda text: mask(text, names)


def _person(settings: SchoolSettings, person: Person) -> Staff:
    own = person.mail.casefold()
    presence = Presence(
        away=person.away,
        duty=tuple(
            (turn.first, turn.last) for turn in settings.routing.duty if turn.person.casefold() == own
        ),
        substitutes=tuple(mail for mail in substitutes(settings, person.substitute) if mail != own),
    )
    return staff(
        Recipient(address=person.mail, roles=person.all_roles, name=person.name), person.names, presence
    )


def _contacts(routing: Routing) -> dict[str, Recipient]:
    """The contacts outside, by address: one may be both."""
    found: dict[str, Recipient] = {}
    for role, named in ((Role.OUTSIDE, routing.outside), (Role.OUT_OF_HOURS, routing.out_of_hours)):
        if named:
            one = found.get(named.mail.casefold(), Recipient(address=named.mail, name=named.name))
            found[named.mail.casefold()] = replace(one, roles=(*one.roles, role))
    return found


def _with_night(one: Staff) -> Staff:
    recipient = replace(one.recipient, roles=(*one.recipient.roles, Role.OUT_OF_HOURS))
    return replace(one, recipient=recipient)
