"""Says which words no post may be passed over for.

Grave ones, by which a plain sentence about a child, a teacher or the school becomes grave, and those of praise or blame.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from alerts.base import Severity
from monitor.grading.rulebook import rulebook
from monitor.phrases import Hit
from monitor.reading import read
from monitor.sentiment import ToneScorer

FRAMES: Final = (
    "{words}.",
    "There is {words} at the school.",
    "There were {words} in the classroom.",
    "A child at the school said {words}.",
    "A child at the school was {words}.",
    "A teacher at the school was {words}.",
    "A teacher {words} a child at school.",
    "Someone {words} my child at the school.",
    "Someone will {words} a teacher at the school.",
    "Someone sells {words} to children at the school.",
)
"""By themselves they meet no rule that is high or critical."""

_ALSO: Final = """
cocaine danger dangerous death died dies fire grooming intruder killed police safeguarding stranger threat threats
photos unsafe victim
"""
ALSO: Final = frozenset(_ALSO.split())
"""Words that say too little by themselves to be graded, and too much to look away from."""


GRAVE: Final = "it is a grave word: such posts must be seen"
BIASED: Final = "it praises or blames, whoever is meant"
TELLS_TONE: Final = 0.2
"""VADER's compound of words that are said in praise or blame."""


def guard() -> Callable[[str], str]:
    """Return what says why posts with some words must not be passed over because of them; nothing if they may.

    It asks the rules alone: an opinion that was learned from posts has one on every word.
    """
    book, tone = rulebook(), ToneScorer()
    vocabulary = book.vocabulary()

    def why_not(words: str) -> str:
        if not ALSO.isdisjoint(words.split(" ")):
            return GRAVE
        sentences = (frame.replace("{words}", words) for frame in FRAMES)
        if any(_is_grave(hit) for text in sentences for hit in book.read(read(text, vocabulary)).hits()):
            return GRAVE
        return BIASED if abs(tone.compound(words)) >= TELLS_TONE else ""

    return why_not


def _is_grave(hit: Hit) -> bool:
    return "gives" in hit.rule.facts and Severity.of(hit.rule.facts["severity"]) >= Severity.HIGH
