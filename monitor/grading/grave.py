"""Says which words no post may be passed over for.

Grave ones, by which a plain sentence about a child, a teacher or the school becomes grave, and those of praise or blame.
"""

from __future__ import annotations

from typing import Final, Protocol

from alerts.base import Severity
from monitor.model import Assessment
from sources.base import Entry

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
"""By themselves none of them is graver than medium."""

_ALSO: Final = """
cocaine danger dangerous death died dies fire grooming intruder killed police safeguarding stranger threat threats
unsafe victim
"""
ALSO: Final = frozenset(_ALSO.split())
"""Words that say too little by themselves to be graded, and too much to look away from."""


GRAVE: Final = "it is a grave word: such posts must be seen"
BIASED: Final = "it praises or blames, whoever is meant"
TELLS_TONE: Final = 0.2
"""VADER's compound of words that are said in praise or blame."""


class _Judge(Protocol):
    def assess(self, entry: Entry, window: str, *, source_kind: str = "") -> Assessment:
        """Assess the ``window`` of ``entry``."""
        ...


def why_not_overlook(judge: _Judge, words: str) -> str:
    """Return why posts with ``words`` must not be passed over because of them; nothing if they may."""
    if not ALSO.isdisjoint(words.split(" ")):
        return GRAVE
    told = [judge.assess(Entry(id="grave", text=text), text) for text in _sentences(words)]
    if any(assessed.severity >= Severity.HIGH for assessed in told):
        return GRAVE
    return BIASED if abs(told[0].sentiment.compound) >= TELLS_TONE else ""


def _sentences(words: str) -> list[str]:
    """Each of ``FRAMES`` with the words in it; the first is the words alone."""
    return [frame.replace("{words}", words) for frame in FRAMES]
