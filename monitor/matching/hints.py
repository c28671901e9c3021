"""Whether a headline hints at a school that it does not name, and how strongly: then the article is worth a look.

A place or a word about schools is a hint; both together are a strong one, and so is the school's bare name, which may
be that of a quarter. Knows all schools that watch a source; says nothing of which one it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from monitor.matching.english import is_ordinary
from monitor.matching.names import key, school_name
from monitor.matching.regions import COUNTIES
from monitor.model import Certainty, Match
from monitor.settings import SchoolSettings
from sources.base import Entry

NAME: Final = 4
"""The bare name of a school, or one that is too weak to be enough by itself."""
PLACE: Final = 2
TOPIC: Final = 1

LOOKED_AT: Final = 4_000
"""Characters of title and summary; a feed that shows more shows the article."""

_SHORTEST_PLACE: Final = 3
_TOPIC: Final = re.compile(
    r"\b(?:schools?|schooling|primary|primaries|academy|academies|infants?|juniors?|nursery|reception class|year (?:[1-6]|one"
    r"|two|three|four|five|six)s?|key stage|ofsted|pupils?|schoolchild(?:ren)?|schoolboys?|schoolgirls?|head ?teachers?"
    r"|head ?masters?|head ?mistress|deputy head|assistant head|teachers?|teaching assistants?|classrooms?|classmates?"
    r"|playgrounds?|governors?|term ?time|half term|send|sen|sats|admissions?|education|safeguarding|childminders?"
    r"|lollipop (?:man|lady|woman)|(?:four|five|six|seven|eight|nine|ten|eleven|[4-9]|10|11) ?year ?olds?)\b"
)


class Finder(Protocol):
    """Finds the schools that an entry is about, as ``Matcher`` does."""

    def find(self, entry: Entry) -> tuple[Match, ...]:
        """Every school that the entry is, or may be, about."""
        ...


class Hints:
    """Implements ``sources.base.Tools.hints`` for all schools that watch a source."""

    def __init__(self, schools: Mapping[str, SchoolSettings], finder: Finder) -> None:
        self._count = len(schools)
        self._finder = finder
        self._names = _any_of(name for school in schools.values() for name in _names(school))
        self._places = _any_of(place for school in schools.values() for place in _places(school))

    def __call__(self, entry: Entry) -> int:
        """How strongly ``entry`` hints at a school that it does not name for certain; 0: not at all."""
        text = key(f"{entry.title}\n{entry.text}"[:LOOKED_AT])
        strength = sum(
            points
            for points, pattern in ((NAME, self._names), (PLACE, self._places), (TOPIC, _TOPIC))
            if pattern is not None and pattern.search(text)
        )
        if not strength:
            return 0
        certain = {match.school for match in self._finder.find(entry) if match.certainty is Certainty.CERTAIN}
        return strength if len(certain) < self._count else 0


def _names(school: SchoolSettings) -> Iterable[str]:
    """What the school is called where nobody says that it is one."""
    core = school_name(school.school.name, ()).core
    yield "" if " " not in core and is_ordinary(core) else core  # "Park School" is not named by every park
    for alias in school.alias:
        yield from alias.any if alias.kind == "weak" else ()


def _places(school: SchoolSettings) -> Iterable[str]:
    """Town, quarter and postcode district; the county only if the file tells nothing smaller: it is in every headline."""
    facts = school.school
    told = [key(place).strip() for place in (*facts.locality, facts.postcode.partition(" ")[0])]
    near = [place for place in told if place and place not in COUNTIES]
    return near or told


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds any of these as words of their own, in a key, which writes "Preston's" as "prestons"."""
    keys = sorted({key(word).strip() for word in words}, key=len, reverse=True)
    found = [re.escape(word) for word in keys if len(word) >= _SHORTEST_PLACE]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(found)})s?(?![^\W_])") if found else None
