"""What a school's file, and its name alone, give the matcher to look for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Final

from monitor.matching.context import Weigher, own_pattern, weigher
from monitor.matching.english import is_ordinary
from monitor.matching.expressions import compiled, literal_start
from monitor.matching.index import Kind, Name
from monitor.matching.names import SchoolName, key, school_name
from monitor.settings import Alias, SchoolSettings

SHORTEST_LITERAL: Final = 4
"""Letters with which a handle's pattern must begin, so that it is not tried at every word."""
_URN_DIGITS = range(5, 8)
_SAINT = re.compile(r"\b(st|saint) (\w+?)(s?)\b")


@dataclass(frozen=True, slots=True)
class Profile:
    """One school as the matcher sees it."""

    slug: str
    number: int
    settings: SchoolSettings
    own: SchoolName
    weigher: Weigher

    @property
    def reach(self) -> int:
        """Words on each side of a bare name that are weighed."""
        sides = (self.settings.context.positive, self.settings.context.negative)
        return max((side.window_words for side in sides if side is not None), default=25)

    def is_placed(self, text: str) -> bool:
        """Return whether ``text`` (a key) names the school's town, district or postcode."""
        return any(
            place in text and re.search(rf"(?<![^\W_]){re.escape(place)}(?![^\W_])", text)
            for place in self.own.region
            if place
        )


def profile(slug: str, number: int, settings: SchoolSettings) -> Profile:
    """Return the profile of one school."""
    facts = settings.school
    own = school_name(facts.name, (*facts.locality, facts.postcode))
    strong = [school_name(text) for alias in settings.alias if alias.kind == "strong" for text in alias.any]
    own = replace(own, kinds=reduce(or_, (name.kinds for name in strong), own.kinds))
    names = [key(text).strip() for alias in settings.alias if alias.kind == "weak" for text in alias.any]
    has_article = facts.name.lower().startswith("the ")
    return Profile(
        slug, number, settings, own, weigher(settings.context, [*names, own.core], has_article=has_article)
    )


def names_of(one: Profile) -> Iterator[Name]:
    """Yield everything the school is called, each once."""
    seen: set[tuple[Kind, str, bool, bool, str]] = set()
    for name in _all_names(one):
        pattern = name.handle.pattern if name.handle else ""
        told = (name.kind, name.words, name.fuzzy, name.derived, pattern)
        if told not in seen:
            seen.add(told)
            yield name


def _all_names(one: Profile) -> Iterator[Name]:
    settings, number = one.settings, one.number
    for alias in settings.alias:
        yield from _from_alias(alias, number)
    for name in _typed(settings.school.name, number, fuzzy=False):
        yield replace(name, derived=True)
    if one.own.is_usable:
        for name in _spellings(Kind.CORE, number, settings.school.name, one.own.core, fuzzy=True):
            yield replace(name, derived=True)
        if not settings.alias and not (" " not in one.own.core and is_ordinary(one.own.core)):
            yield from _spellings(Kind.WEAK, number, settings.school.name, one.own.core, fuzzy=True)
    urn = settings.school.urn.strip()
    if urn.isdigit() and len(urn) in _URN_DIGITS:
        yield Name(Kind.URN, number, f"URN {urn}", urn)
    for other in settings.other_schools.names:
        yield from _spellings(Kind.OTHER, number, other, _words(other), fuzzy=False)


def _from_alias(alias: Alias, number: int) -> Iterator[Name]:
    fuzzy = bool(alias.fuzzy)
    for text in alias.any:
        if alias.kind == "strong":
            yield from _typed(text, number, fuzzy=fuzzy)
        elif alias.kind == "weak":
            yield from _spellings(Kind.WEAK, number, text, _words(text), fuzzy=fuzzy)
        elif alias.kind == "script" and _words(text):
            yield Name(Kind.SCRIPT, number, text, _words(text))
        elif alias.kind == "domain" and domain(text):
            yield Name(Kind.DOMAIN, number, text, domain(text))
        elif alias.kind == "handle":
            literal = _words(text.lstrip("@#"))
            yield from _handle(number, text, rf"[@#]?{re.escape(literal)}(?![^\W_])")
    for pattern in alias.regex if alias.kind == "handle" else ():
        yield from _handle(number, pattern, handle_pattern(pattern))


def handle_pattern(pattern: str) -> str:
    """Return a handle's pattern as it is compiled: keys have blanks for underscores and hyphens."""
    return own_pattern(re.sub(r"_(?![^\[]*\])", " ", pattern))


def domain(text: str) -> str:
    """Return the key of a domain, whatever stands round it."""
    host = re.sub(r"^[a-z]+://|^www\.", "", text.strip().lower())
    return _words(re.sub(r"^www\.", "", host).partition("/")[0])


def _handle(number: int, term: str, pattern: str) -> Iterator[Name]:
    literal, expression = literal_start(pattern.replace("\\ ", " ")), compiled(pattern)
    if expression is not None and len(literal) >= SHORTEST_LITERAL:
        yield Name(Kind.HANDLE, number, term, literal, handle=expression)


def _typed(text: str, number: int, *, fuzzy: bool) -> Iterator[Name]:
    """A strong name; where it ends in school words, errors are forgiven in what stands before them."""
    words, core = _words(text), school_name(text).core
    stem = len(core) if words.startswith(f"{core} ") else len(words)
    yield from _spellings(Kind.STRONG, number, text, words, fuzzy=fuzzy and stem == len(words), stem=stem)
    if fuzzy and 0 < stem < len(words):
        yield from _spellings(Kind.CORE, number, text, core, fuzzy=True)


def _spellings(
    kind: Kind, number: int, term: str, words: str, *, fuzzy: bool, stem: int | None = None
) -> Iterator[Name]:
    """The name, and "St Mary", "St Marys" and "Saint Marys" for each other."""
    if not words:
        return
    stem = len(words) if stem is None else stem
    yield Name(kind, number, term, words, stem, fuzzy)
    if not _SAINT.search(words):
        return
    for saint, ending in (("st", ""), ("st", "s"), ("saint", ""), ("saint", "s")):
        other, other_stem = (_SAINT.sub(rf"{saint} \g<2>{ending}", text) for text in (words, words[:stem]))
        if other != words:
            yield Name(kind, number, term, other, len(other_stem), fuzzy)


def _words(text: str) -> str:
    return key(text).strip().removeprefix("the ")
