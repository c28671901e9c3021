"""Names of groups of people that are neutral in themselves: the model reads them all as one word.

So no group can be held against a text by itself, and hostility that was learnt for one is known for all.
Slurs are not here: they are what the model should see.
"""

from __future__ import annotations

import re

GROUP = "qxq"
"""Stands for any group; no word looks like it."""

_NOUNS = (
    "women|woman|females?|girls|men|gays?|lesbians?|homosexuals?|bisexuals?|transgenders?|transsexuals?|transwom[ae]n"
    "|transm[ae]n|lgbtq?|lgbt|queers?|muslims?|moslems?|jews?|jewish|christians?|catholics?|protestants?|hindus?|sikhs?"
    "|buddhists?|atheists?|islam|judaism|immigrants?|migrants?|refugees?|asylum seekers?|foreigners?|blacks|whites"
    "|asians?|africans?|african americans?|arabs?|indians?|pakistanis?|bangladeshis?|chinese|japanese|koreans?|mexicans?"
    "|latin[oax]s?|hispanics?|romanians?|poles|polish|bulgarians?|albanians?|ukrainians?|russians?|turks|turkish|irish"
    "|scots|welsh|travellers?|gypsies|gypsy|roma|nigerians?|somalis?|syrians?|afghans?|iraqis?|iranians?|caribbeans?"
    "|jamaicans?|vietnamese|filipinos?|europeans?|americans?|pensioners|the elderly|the disabled|disabled|handicapped"
    "|autistics?|autistic|the deaf|the blind|wheelchair users?"
)
_DESCRIBING = (
    "black|white|brown|trans|gay|lesbian|straight|bi|bisexual|queer|deaf|blind|disabled|old|elderly|non binary|coloured"
    "|poor|fat|young|muslim|jewish|asian|african|irish|polish|chinese|indian|pakistani|arab|foreign|autistic"
)
_PEOPLE = "people|person|men|man|women|woman|folks?|guys?|kids?|children|child|boys?|girls?|community|communities|families"
_NAMED = re.compile(
    rf"\b(?:(?:{_DESCRIBING}) (?:{_PEOPLE})|people with (?:disabilities|down'?s|autism)|{_NOUNS})\b"
)


def masked(text: str) -> str:
    """``text`` (lower case) with each named group as ``GROUP``."""
    return _NAMED.sub(GROUP, text)
