"""Slurs and strong profanity, so that an excerpt can be read out without saying them.

Keeps the first letter and stars the rest. Judges nothing: what a word means is graded elsewhere.
"""

from __future__ import annotations

import re
from functools import lru_cache

_STEMS = """
fuck motherfuck cunt twat wank bitch whore slut slag skank bellend knobhead dickhead prick cocksuck bastard
bollock arsehole asshole shit bullshit piss pisshead jizz tosser
nigger nigga paki wog coon golliwog chink gook spic kike yid wop raghead towelhead gyppo gypo pikey jungle_bunny
faggot poof poofter batty_boy lezza lesbo tranny shemale homo
retard spaz spastic spacker spakker mong cripple window_licker flid
"""
"""A stem stands for itself and any ending."""
_WHOLE = frozenset(
    {"paki", "homo", "spic", "yid", "wop", "mong", "coon", "chink", "slag", "prick", "flid", "poof", "wog"}
)
"""Beginnings of innocent words too (Pakistan, mongoose, prickly): only alone or in the plural."""
_INNOCENT = frozenset({"shitake", "shiitake", "retardant", "retardants", "pissarro", "wankel"})
_LOOKS = {"a": "a@4", "e": "e3", "i": "i1!", "o": "o0", "u": "uv", "s": "s$5", "c": "ck"}
"""Signs that are put in a letter's place."""
_REPEATS = 20
"""A letter may be drawn out so far; a bound keeps the search linear."""


def star(text: str) -> str:
    """``text`` with every such word starred: ``f***``."""
    return _pattern().sub(_starred, text)


def _starred(met: re.Match[str]) -> str:
    word = met.group()
    if word.casefold() in _INNOCENT:
        return word
    return word[0] + "".join(" " if c.isspace() else "*" for c in word[1:])


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(_spelt, _STEMS.split()))})(?![^\W_])", re.IGNORECASE)


def _spelt(stem: str) -> str:
    letters = (
        r"[\s-]?" if letter == "_" else f"[{re.escape(_LOOKS.get(letter, letter))}]{{1,{_REPEATS}}}"
        for letter in stem
    )
    return r"[._-]?".join(letters) + (r"(?:e?s)?" if stem in _WHOLE else r"\w*")
