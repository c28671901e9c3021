"""What a school's settings mean to whoever speaks about it: its people, its names, its short name."""

from __future__ import annotations

from collections.abc import Callable

from alerts.base import Recipient
from alerts.clean import MaskNames, mask
from alerts.conflicts import Staff, is_post, staff
from monitor.settings import SchoolFacts, SchoolSettings

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
    """Everybody who hears from us, with the words that mean them."""
    return tuple(
        staff(Recipient(address=person.mail, roles=person.all_roles, name=person.name), person.names)
        for person in settings.person
    )


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
