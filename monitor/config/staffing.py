"""Do people, substitutes and the duty rota of a school fit together, and does somebody hear whatever happens?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from alerts import routing
from alerts.absence import is_away, stand_ins
from alerts.base import Role
from alerts.circle import CONTACTS, TRUSTED, held, listed, said
from alerts.conflicts import Staff
from monitor.config.base import SchoolConfig
from monitor.config.shape import Place, meant
from monitor.errors import Problem
from monitor.school import people, substitutes
from monitor.settings import Person, SchoolSettings
from monitor.values import shown

_TRUSTED = frozenset({*TRUSTED, *CONTACTS})
_DAY = timedelta(days=1)


def repeated(values: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Which value repeats which, counted from 1."""
    for number, value in enumerate(values, 1):
        first = values.index(value) + 1
        if first < number:
            yield number, first


def addresses(settings: SchoolSettings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every address that may get a mail, with the keys under which it stands."""
    for number, person in enumerate(settings.person, 1):
        yield ("person", number), person.mail
    named = settings.routing
    for key, contact in (("outside", named.outside), ("out_of_hours", named.out_of_hours)):
        if contact:
            yield ("routing", key), contact.mail


def problems(school: SchoolConfig) -> Iterator[Problem]:
    """What cannot be meant."""
    place = Place(school.file)
    for number, first in repeated([person.mail.casefold() for person in school.settings.person]):
        yield place.under("person", number, "mail").problem(
            f'person[{first}] has the same address; one person is one entry with roles = ["…"]'
        )
    yield from _other_addresses(school.settings, place)
    for number, person in enumerate(school.settings.person, 1):
        if person.substitute:
            yield from _substitute(school.settings, person, place.under("person", number, "substitute"))
    yield from _duty(school.settings, place.under("routing", "duty"))
    yield from _contacts(school.settings, place.under("routing"))


def unheard(school: SchoolConfig) -> Iterator[Problem]:
    """Play through who hears of a critical post: about the head, about the DSL, with one of them away."""
    for message in routing.problems(people(school.settings)):
        yield Place(school.file, ("person",)).problem(message)


def cautions(school: SchoolConfig) -> Iterator[Problem]:
    """What would be told late, or to hardly anybody."""
    everybody, place = people(school.settings), Place(school.file)
    for message in routing.cautions(everybody):
        yield place.under("person").problem(message)
    for number, person in enumerate(school.settings.person, 1):
        if set(person.all_roles) & set(routing.LEADS) or person.substitute:
            yield from _alone(everybody, everybody[number - 1], place.under("person", number, "away"))


def _other_addresses(settings: SchoolSettings, place: Place) -> Iterator[Problem]:
    """An answer comes from one person: no address is that of two."""
    mails = [person.mail.casefold() for person in settings.person]
    others = [(number, mail) for number, person in enumerate(settings.person, 1) for mail in person.also]
    for number, first in repeated([*mails, *(mail.casefold() for _, mail in others)]):
        if number > len(mails):
            owner = first if first <= len(mails) else others[first - len(mails) - 1][0]
            at = place.under("person", others[number - len(mails) - 1][0], "also")
            yield at.problem(f"person[{owner}] has the same address: an answer from it would be whose?")


def _substitute(settings: SchoolSettings, person: Person, place: Place) -> Iterator[Problem]:
    named = substitutes(settings, person.substitute)
    others = [mail for mail in named if mail != person.mail.casefold()]
    if not named:
        yield place.problem(_nobody(settings, person.substitute))
        return
    if not others:
        yield place.problem(f"nobody else is that: name somebody else{_known(settings, but=person)}")
        return
    unfit = _unfit(settings, others, grave=bool(set(person.all_roles) & {*routing.LEADS, Role.CHAIR}))
    if unfit:
        yield place.problem(
            f"{unfit} may not read what goes to the {said(person.all_roles[0])}: name one of {listed(TRUSTED)}"
        )
    elif loop := _loop(settings, person):
        yield place.problem(
            f"{loop} stand in for each other in a circle: if all are away, nobody does; give one of them another substitute"
        )


def _nobody(settings: SchoolSettings, named: str) -> str:
    roles = [role.value for person in settings.person for role in person.all_roles]
    mails = [person.mail for person in settings.person]
    what = "has this address" if "@" in named else "has this role"
    return f"nobody {what}, got {shown(named)}{meant(named, [*roles, *mails]) or _known(settings)}"


def _known(settings: SchoolSettings, but: Person | None = None) -> str:
    roles = [role for person in settings.person if person is not but for role in person.all_roles]
    return f"; there are: {', '.join(dict.fromkeys(roles)) or 'none'}"


def _unfit(settings: SchoolSettings, mails: Sequence[str], *, grave: bool) -> str:
    """In words, who of ``mails`` may not stand in; the technician hears of no post at all."""
    for person in settings.person:
        roles = set(person.all_roles)
        if person.mail.casefold() in mails and (
            roles <= {Role.TECHNICIAN} or (grave and not roles & _TRUSTED)
        ):
            return f"the {said(person.all_roles[0])}"
    return ""


def _loop(settings: SchoolSettings, person: Person) -> str:
    """The circle that leads from ``person`` back to them, as ``person[1] and person[2]``; told once, at the first."""
    numbers = {one.mail.casefold(): number for number, one in enumerate(settings.person, 1)}
    way, at = [person.mail.casefold()], person
    while True:
        named = [mail for mail in substitutes(settings, at.substitute) if mail != at.mail.casefold()]
        if len(named) != 1 or named[0] not in numbers:
            return ""
        if named[0] in way:
            break
        way.append(named[0])
        at = settings.person[numbers[named[0]] - 1]
    circle = sorted(numbers[mail] for mail in way[way.index(named[0]) :])
    if circle[0] != numbers[person.mail.casefold()]:
        return ""
    return " and ".join(f"person[{number}]" for number in circle)


def _duty(settings: SchoolSettings, place: Place) -> Iterator[Problem]:
    mails = [person.mail for person in settings.person]
    folded = [mail.casefold() for mail in mails]
    for number, turn in enumerate(settings.routing.duty, 1):
        mail, at = turn.person.casefold(), place.under(number, "person")
        if mail not in folded:
            suggestion = meant(turn.person, mails) or "; give the mail of one of [[person]]"
            yield at.problem(f"nobody has this address, got {shown(turn.person)}{suggestion}")
        elif unfit := _unfit(settings, [mail], grave=True):
            yield at.problem(f"{unfit} may not read critical posts: name one of {listed(TRUSTED)}")


def _contacts(settings: SchoolSettings, place: Place) -> Iterator[Problem]:
    mails = [person.mail.casefold() for person in settings.person]
    outside, night = settings.routing.outside, settings.routing.out_of_hours
    if outside and outside.mail.casefold() in mails:
        number = mails.index(outside.mail.casefold()) + 1
        yield place.under("outside", "mail").problem(
            f"that is person[{number}]: name somebody outside the school, such as the local authority's duty officer"
        )
    if night and (unfit := _unfit(settings, [night.mail.casefold()], grave=True)):
        yield place.under("out_of_hours", "mail").problem(
            f"{unfit} may not read critical posts: name one of {listed(TRUSTED)}, or somebody outside"
        )


def _alone(everybody: Sequence[Staff], person: Staff, place: Place) -> Iterator[Problem]:
    """Days on which ``person`` is away and nobody stands in."""
    fit = _TRUSTED if held(person) & set(routing.LEADS) else set(Role) - {Role.TECHNICIAN}
    for number, (first, last) in enumerate(person.presence.away, 1):
        for day in _turns(everybody, first, last):
            there = [one for one in everybody if held(one) & fit and not is_away(one, day)]
            if not stand_ins(person, everybody, day, may=there.__contains__):
                yield place.under(number).problem(
                    f"on {day} nobody stands in for the {said(person.recipient.roles[0])}: give a substitute who is"
                    " there, or a turn of [[routing.duty]]"
                )
                break


def _turns(everybody: Sequence[Staff], first: date, last: date) -> list[date]:
    """The days from ``first`` to ``last`` on which somebody leaves or comes back."""
    periods = [days for one in everybody for days in (*one.presence.away, *one.presence.duty)]
    days = {first, *(begins for begins, _ in periods), *(ends + _DAY for _, ends in periods)}
    return sorted(day for day in days if first <= day <= last)
