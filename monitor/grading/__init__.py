"""What a post is about and how grave it is, by rules a head teacher can read.

Pure: a text goes in, an assessment comes out. Knows no school by name, no author, no reach, no clock.
"""

from __future__ import annotations

import re

from monitor import abuse as abuse_scorer
from monitor.abuse import FLAGGED, AbuseScore, Scorer
from monitor.grading import verdict
from monitor.grading.rulebook import rulebook
from monitor.grading.worry import SAYS, Worrier
from monitor.model import WINDOW, Assessment, Ground, Sentiment
from monitor.phrases import Findings
from monitor.reading import read
from monitor.sentiment import ToneScorer
from sources.base import Entry

__all__ = ["Judge", "judge"]

SURE = 0.75
"""Abuse from which words about staff count as an attack though no rule was met."""

UNREAD = "Could not be read, please look"
"""Said of a text in another language in which nothing was recognised."""

VICIOUS = 0.8
"""Abuse, or threat, from which a post is high whatever the rules make of it."""

THREATENS = "Someone is told that they will be hurt"
"""The abuse scorer's ground for a threat to a person."""

_TAGGED = re.compile(r"(?<!\w)@\w{3,}")
_SHARED = re.compile(r"^\W*(?:rt|via)\b", re.IGNORECASE)


class Judge:
    """Assesses texts with a tone scorer, an abuse scorer and the rules of this package."""

    def __init__(self, tone: ToneScorer, abuse: Scorer) -> None:
        self._tone = tone
        self._abuse = abuse
        self._book = rulebook()
        self._worrier = Worrier(self._book)
        self._vocabulary = self._book.vocabulary()

    @property
    def ailment(self) -> str:
        """What is wrong with the scorers; empty while all is well."""
        return self._abuse.ailment

    def assess(self, entry: Entry, window: str, *, source_kind: str = "") -> Assessment:
        """Assess the ``window`` of ``entry``; ``source_kind`` is the kind of medium, such as ``tweet``."""
        text = window if not entry.title or entry.title in window else f"{entry.title}\n{window}"
        text = text[:WINDOW]
        compound = self._tone.compound(window)
        score = self._abuse.score(text)
        findings = self._book.read(read(text, self._vocabulary))
        hits = findings.hits()
        contexts = verdict.contexts_of(hits)
        result = verdict.judge(
            verdict.Evidence(
                hits=hits,
                compound=compound,
                complaint=verdict.heads_complaint(score.heads),
                abusive=score.probability >= SURE,
                source_kind=source_kind,
                tags_account=bool(_TAGGED.search(text)) and not _SHARED.match(text),
                contexts=contexts,
                idiom=findings.idiom,
                menacing=_menacing(score),
                worry=self._worrier.weigh(findings, score.heads),
            )
        )
        return Assessment(
            sentiment=Sentiment(compound=compound, label=result.tone),
            abuse=score.probability,
            heads=score.heads,
            categories=result.categories,
            severity=result.severity,
            needs_response=result.needs_response,
            grounds=_grounds(result, findings, score),
            child_or_school_word="place" in contexts,
            imagery=any(hit.rule.facts.get("imagery") for hit in result.hits),
        )


def _grounds(result: verdict.Verdict, findings: Findings, score: AbuseScore) -> tuple[Ground, ...]:
    found = [Ground(rule=SAYS)] if result.worried else []
    found += [Ground(rule=UNREAD)] if result.unread else []
    found += [Ground(rule=hit.rule.says, excerpt=findings.words_of(hit)) for hit in result.hits]
    return (*found, *(ground for ground in score.grounds if ground.weight >= FLAGGED))


def _menacing(score: AbuseScore) -> bool:
    told = any(ground.rule == THREATENS for ground in score.grounds)
    return told or score.heads.get("threat", 0.0) >= VICIOUS


def judge() -> Judge:
    """The judge as shipped."""
    return Judge(ToneScorer(), abuse_scorer.load())
