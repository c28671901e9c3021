"""Who is woken, over what: lists of Apprise addresses, each in a secret file, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from alerts.circle import listed
from alerts.errors import Misconfigured
from alerts.routing import LEADS
from alerts.wake import Way, ways
from monitor.config.base import Config, SchoolConfig, SecretFile
from monitor.config.shape import Place
from monitor.errors import ConfigError, Problem
from monitor.model import ON_DUTY
from monitor.settings import Contact, Person, SchoolSettings

_HOW = 'wake = { file = "…" }, a file with Apprise addresses'


def is_set_up(config: Config) -> bool:
    """Whether anybody can be woken at all."""
    return any(True for _ in named(config))


def named(config: Config) -> Iterator[tuple[Place, SecretFile]]:
    """Every list that the configuration names, and where."""
    if config.monitor.wake:
        yield Place(str(config.path), ("wake", "urls")), config.monitor.wake.urls
    for school in config.schools.values():
        for keys, one in _people(school.settings):
            if one.wake:
                yield Place(school.file, (*keys, "wake")), one.wake


def list_of(config: Config, address: str) -> SecretFile | None:
    """The list over which this address, or whoever is on duty, is woken; ``None`` if there is none of their own."""
    if address == ON_DUTY:
        return config.monitor.wake.urls if config.monitor.wake else None
    for school in config.schools.values():
        for _, one in _people(school.settings):
            if one.mail.casefold() == address.casefold() and one.wake:
                return one.wake
    return None


def read(config: Config, name: SecretFile) -> tuple[Way, ...]:
    """The addresses of a list. Raises ``ConfigError`` if the file cannot be used, or names none."""
    found = ways(name.file, config.secret(name))
    if not found:
        raise ConfigError([Problem(name.file, "", "names no address; one Apprise address a line")])
    return found


def problems(config: Config, look: Callable[[Sequence[str]], Sequence[str]]) -> Iterator[Problem]:
    """Which addresses cannot be used, and why; a file that cannot be read is told with the other secrets.

    ``look`` says for each address why it cannot be used, empty if it can. No sentence holds an address.
    """
    found = list(_readable(config))
    try:
        verdicts = look([way.url for _, way in found])
    except Misconfigured as error:
        yield found[0][0].problem(f"{error}: {error.remedy}")
        return
    for (place, way), why in zip(found, verdicts, strict=True):
        if why:
            yield place.problem(f"{way.place}: {why}")


def cautions(config: Config) -> Iterator[Problem]:
    """Who would sleep through an urgent mail."""
    if not is_set_up(config):
        yield Place(str(config.path), ("wake",)).problem(
            'mail at night wakes nobody: give [wake] urls = { file = "…" }, or each person wake = { file = "…" }'
        )
        return
    for school in config.schools.values():
        yield from _asleep(config, school)


def _asleep(config: Config, school: SchoolConfig) -> Iterator[Problem]:
    """The safeguarding leads without a list of their own."""
    leads = [one for one in school.settings.person if set(one.all_roles) & set(LEADS) and not one.wake]
    if not leads:
        return
    who = listed(tuple(dict.fromkeys(role for one in leads for role in one.all_roles if role in LEADS)))
    place = Place(school.file, ("person",))
    if config.monitor.wake is None:
        yield place.problem(f"nothing wakes the {who} when an urgent mail comes: give {_HOW}")
    else:
        yield place.problem(
            f"the {who} can be woken over the list of [wake] alone; everybody who hears it learns that there is"
            f" something, even if it is about them: give each {_HOW}"
        )


def _readable(config: Config) -> Iterator[tuple[Place, Way]]:
    for place, name in named(config):
        try:
            yield from ((place, way) for way in read(config, name))
        except ConfigError:
            continue


def _people(settings: SchoolSettings) -> Iterator[tuple[tuple[str | int, ...], Person | Contact]]:
    """Everybody who may be told, with the keys under which they stand."""
    for number, person in enumerate(settings.person, 1):
        yield ("person", number), person
    for key, contact in (
        ("outside", settings.routing.outside),
        ("out_of_hours", settings.routing.out_of_hours),
    ):
        if contact:
            yield ("routing", key), contact
