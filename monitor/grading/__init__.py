"""What a post is about and how grave it is, by rules a head teacher can read.

Pure: a text goes in, an assessment comes out. Knows no school by name, no author, no reach, no clock.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from alerts.base import PRECEDENCE, Category, Severity
from monitor import abuse as abuse_scorer
from monitor.abuse import Scorer
from monitor.model import Assessment, Ground, Sentiment, Tone
from monitor.phrases import Rulebook
from monitor.reading import read
from monitor.sentiment import ToneScorer
from sources.base import Entry

__all__ = ["Judge", "judge"]

_HERE = Path(__file__).parent


class Judge:
    """Assesses texts with a tone scorer, an abuse scorer and the rules of this package."""

    def __init__(self, tone: ToneScorer, abuse: Scorer) -> None:
        self._tone = tone
        self._abuse = abuse
        data = tomllib.loads((_HERE / "rules.toml").read_text(encoding="utf-8"))
        self._book = Rulebook(data["concepts"], data["rule"], data.get("idioms", ""))

    @property
    def ailment(self) -> str:
        """What is wrong with the scorers; empty while all is well."""
        return self._abuse.ailment

    def assess(self, entry: Entry, window: str, *, source_kind: str = "") -> Assessment:
        """Assess the ``window`` of ``entry``; ``source_kind`` is the kind of medium, such as ``tweet``."""
        compound = self._tone.compound(window)
        score = self._abuse.score(window)
        findings = self._book.read(read(window, self._book.vocabulary))
        hits = findings.hits()
        severity = max((Severity.of(hit.rule.facts["severity"]) for hit in hits), default=Severity.NONE)
        categories = {Category(name) for hit in hits for name in hit.rule.facts["gives"]}
        label: Tone = "neg" if compound < -0.05 or severity >= Severity.MEDIUM else "neu"
        return Assessment(
            sentiment=Sentiment(compound=compound, label=label),
            abuse=score.probability,
            heads=score.heads,
            categories=tuple(sorted(categories, key=PRECEDENCE.__getitem__)),
            severity=severity,
            needs_response=severity >= Severity.MEDIUM,
            grounds=tuple(Ground(rule=hit.rule.says, excerpt=findings.words_of(hit)) for hit in hits),
        )


def judge() -> Judge:
    """The judge as shipped."""
    return Judge(ToneScorer(), abuse_scorer.load())
