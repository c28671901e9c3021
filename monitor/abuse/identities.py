"""Names of groups of people that are neutral in themselves: the model reads them all as one word.

So no group can be held against a text by itself, and hostility that was learnt for one is known for all.
Slurs are not here: they are what the model should see.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

GROUP = "qxq"
"""Stands for any group; no word looks like it."""

_NOUNS: Final = """
women woman female females girls men gay gays lesbian lesbians homosexual homosexuals bisexual bisexuals transgender
transgenders transsexual transsexuals transwomen transwoman transmen transman lgbt lgbtq queer queers muslim muslims
moslem moslems jew jews jewish christian christians catholic catholics protestant protestants hindu hindus sikh sikhs
buddhist buddhists atheist atheists islam judaism immigrant immigrants migrant migrants refugee refugees foreigner
foreigners blacks whites asian asians african africans arab arabs indian indians pakistani pakistanis bangladeshi
bangladeshis chinese japanese korean koreans mexican mexicans latino latinos latina latinas latinx hispanic hispanics
romanian romanians poles polish bulgarian bulgarians albanian albanians ukrainian ukrainians russian russians turks
turkish irish scots welsh traveller travellers gypsy gypsies roma nigerian nigerians somali somalis syrian syrians
afghan afghans iraqi iraqis iranian iranians caribbean caribbeans jamaican jamaicans vietnamese filipino filipinos
european europeans american americans pensioner pensioners disabled handicapped autistic autistics
""".split()
_DESCRIBING: Final = """
black white brown trans gay lesbian straight bi bisexual queer deaf blind disabled old elderly coloured poor fat young
muslim jewish asian african irish polish chinese indian pakistani arab foreign autistic
""".split()
_PEOPLE = "people|person|men|man|women|woman|folks?|guys?|kids?|children|child|boys?|girls?|community|communities|families"
_LONGER: Final = "asylum seekers?|african americans?|the elderly|the deaf|the blind|wheelchair users?|people with (?:disabilities|down'?s|autism)"
_NAMED = re.compile(rf"\b(?:(?:{'|'.join(_DESCRIBING)}) (?:{_PEOPLE})|{_LONGER}|{'|'.join(_NOUNS)})\b")
_SIGNS: Final = (
    frozenset(_NOUNS)
    | frozenset(_DESCRIBING)
    | {"asylum", "elderly", "wheelchair", "disabilities", "down", "downs", "autism"}
)


def names_group(words: Collection[str]) -> bool:
    """Whether one of ``words`` may belong to the name of a group; cheap."""
    return not _SIGNS.isdisjoint(words)


def masked(text: str) -> str:
    """``text`` (lower case) with each named group as ``GROUP``."""
    return _NAMED.sub(GROUP, text)
