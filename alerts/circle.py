"""Who may hear of one story today: nobody it is about, nobody who is away, and of grave matters only the trusted.

Pure. ``alerts.routing`` and ``alerts.ladder`` say which roles they want; this module says who that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from alerts.absence import back_on, is_away, on_duty, stand_ins
from alerts.base import Category, Recipient, Role
from alerts.conflicts import About, Staff

TRUSTED = (Role.HEAD, Role.DSL, Role.DEPUTY_DSL, Role.CHAIR, Role.DEPUTY_HEAD)
"""Who may read what is restricted or critical; in the order in which they stand in for each other."""
CONTACTS = (Role.OUTSIDE, Role.OUT_OF_HOURS)
"""Who is outside the school: they hear when they are asked for, and else only if nobody is left."""
_NO_READERS = frozenset({*CONTACTS, Role.TECHNICIAN})
_RANK = {role: rank for rank, role in enumerate(Role)}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """People who hear, as what they hear, and what is to be said about it."""

    people: tuple[Staff, ...] = ()
    roles: tuple[Role, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Everybody, seen from one story on one day of the school."""

    people: Sequence[Staff]
    about: About
    topics: frozenset[Category]
    grave: bool
    """Critical or restricted: for the trusted alone."""
    today: date | None
    """Without a day everybody is there."""

    def told(self, roles: Iterable[Role]) -> Found:
        """Those who hold one of ``roles``; for each who is away, those who stand in."""
        wanted = set(roles)
        chosen: list[Staff] = []
        told: set[Role] = set()
        notes: list[str] = []
        for person in self.holders(wanted):
            role = first_role(wanted & held(person))
            if self.today is None or not is_away(person, self.today):
                chosen.append(person)
                told |= wanted & held(person)
                continue
            substitutes = stand_ins(person, self.people, self.today, may=self.may_hear)
            chosen += substitutes
            as_what = [first_role(held(one) & wanted or held(one)) for one in substitutes]
            told.update(as_what)
            notes.append(_absent(role, as_what, back_on(person, self.today)))
        return Found(people=tuple(chosen), roles=in_order(told), notes=tuple(dict.fromkeys(notes)))

    def first_told(self, roles: Sequence[Role]) -> Found:
        """The first of ``roles`` that somebody holds who hears, or for whom somebody stands in."""
        found = (self.told((role,)) for role in roles)
        return next((one for one in found if one.people), self.told(roles))

    def lead_on_duty(self, leads: Sequence[Role]) -> Found:
        """Whoever is on the duty rota; without one, the first of ``leads``."""
        duty = on_duty(self.people, self.today)
        if duty and self.may_hear(duty):
            return Found(people=(duty,), roles=(first_role(held(duty)),))
        return self.first_told(leads)

    def holders(self, roles: Iterable[Role], *, here: bool = False) -> list[Staff]:
        """Those who hold one of ``roles`` and whom it is not about; ``here``: and who are not away."""
        return [
            person
            for person in holders(roles, self.people)
            if not self.is_meant(person) and not (here and is_away(person, self.today))
        ]

    def readers(self) -> list[Staff]:
        """Everybody of the school who hears of posts at all."""
        return [person for person in self.people if held(person) - _NO_READERS]

    def may_hear(self, person: Staff) -> bool:
        """Whether ``person`` may stand in."""
        fit = {*TRUSTED, *CONTACTS} if self.grave else set(Role) - {Role.TECHNICIAN}
        return bool(held(person) & fit) and not self.is_meant(person) and not is_away(person, self.today)

    def is_meant(self, person: Staff) -> bool:
        """Whether the story is, or may be, about ``person``."""
        if person.address in self.about.addresses:
            return True
        # "Somebody in charge" did it: that may be the head, whatever else the head is.
        return self.head_may_be_meant and Role.HEAD in held(person)

    @property
    def head_may_be_meant(self) -> bool:
        """Whether an allegation names somebody in charge without saying who."""
        return self.about.unclear and Category.STAFF_ALLEGATION in self.topics

    def left_out(self) -> tuple[Role, ...]:
        """The roles of those who must not hear."""
        meant = self.about.roles | ({Role.HEAD} if self.head_may_be_meant else set())
        return in_order(role for person in self.people for role in held(person) & meant)


def held(person: Staff) -> set[Role]:
    """What ``person`` is."""
    return set(person.recipient.roles)


def holders(roles: Iterable[Role], people: Sequence[Staff]) -> list[Staff]:
    """Those of ``people`` who hold one of ``roles``."""
    wanted = set(roles)
    return [person for person in people if wanted & held(person)]


def first_held(roles: Iterable[Role], people: Sequence[Staff]) -> tuple[Role, ...]:
    """The first of ``roles`` that somebody holds, as a tuple; empty if nobody holds any."""
    return next(((role,) for role in roles if holders((role,), people)), ())


def first_role(roles: Iterable[Role]) -> Role:
    """The highest of ``roles``."""
    return min(roles, key=_RANK.__getitem__)


def in_order(roles: Iterable[Role]) -> tuple[Role, ...]:
    """``roles``, each once, the highest first."""
    return tuple(sorted(set(roles), key=_RANK.__getitem__))


def once(people: Iterable[Staff]) -> tuple[Recipient, ...]:
    """One recipient for each address: nobody gets the same message twice."""
    found: dict[str, Recipient] = {}
    for person in people:
        found.setdefault(person.address, person.recipient)
    return tuple(sorted(found.values(), key=lambda one: (_RANK[first_role(one.roles)], one.address)))


def said(role: Role) -> str:
    """The role in words."""
    return _SAID.get(role) or role.value.replace("_", " ").replace("dsl", "DSL").replace("dpo", "DPO")


def listed(roles: Iterable[Role]) -> str:
    """The roles in words, in their order."""
    return ", ".join(map(said, roles))


_SAID = {Role.OUTSIDE: "outside substitute", Role.OUT_OF_HOURS: "out-of-hours contact"}


def _absent(role: Role, as_what: Sequence[Role], back: date) -> str:
    until = f"away until {back.day} {_MONTHS[back.month - 1]}"
    if not as_what:
        return f"the {said(role)} is {until} without a substitute"
    names = " and ".join(dict.fromkeys(_another(one, role) for one in in_order(as_what)))
    stand = "stands" if len(set(as_what)) == 1 else "stand"
    return f"{names} {stand} in for the {said(role)}, who is {until}"


def _another(one: Role, absent: Role) -> str:
    return f"another {said(one)}" if one is absent else said(one)
