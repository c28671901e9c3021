"""What a post is about and how grave it is, by rules a head teacher can read and by wording.

Pure: a text goes in, an assessment comes out. Knows no school by name, no author, no reach, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from monitor import abuse as abuse_scorer
from monitor.abuse import FLAGGED, AbuseScore, Scorer
from monitor.grading import verdict
from monitor.grading.joined import grounds, join
from monitor.grading.learned import Learned, load
from monitor.grading.rulebook import rulebook
from monitor.grading.verdict import Verdict
from monitor.grading.wording import words
from monitor.likeness import LIGHT
from monitor.model import WINDOW, Assessment, Ground, Match, Sentiment
from monitor.phrases import Findings, Hit
from monitor.reading import Vocabulary, read
from monitor.sentiment import ToneScorer
from monitor.weights import Damaged
from sources.base import Entry

__all__ = ["Judge", "judge", "rules_alone"]

_WEIGHTS = Path(__file__).with_name("learned.npz")

SURE = 0.75
"""Abuse from which words about staff count as an attack though no rule was met."""

UNREAD = "Could not be read, please look"
"""Said of a text in another language in which nothing was recognised."""

VICIOUS = 0.8
"""Abuse, or threat, from which a post is high whatever the rules make of it."""

THREATENS = "Someone is told that they will be hurt"
"""The abuse scorer's ground for a threat to a person."""

ANY_SCHOOL = frozenset(
    [
        "a",
        "academy",
        "and",
        "at",
        "church",
        "community",
        "cp",
        "cps",
        "first",
        "in",
        "infant",
        "infants",
        "junior",
        "juniors",
        "of",
        "our",
        "primary",
        "s",
        "school",
        "st",
        "the",
    ]
)
"""Words of schools' names that are ordinary words too."""

EMPTY = frozenset(
    """
    anything anyone asked away back because being cant come couldnt day days didnt doesnt dont even every everyone
    everything first gave give going gone herself himself hes honestly isnt keep keeps know last let like look made
    make many maybe miss mrs much myself need never next nobody nothing once only other people please put said same
    says see seen shes someone something sorry still sure take tell tells thing things think time today told twice
    wasnt week went why wont yet
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)
"""Words that give no reason by themselves."""

_TAGGED = re.compile(r"(?<!\w)@\w{3,}")
_SHARED = re.compile(r"^\W*(?:rt|via)\b", re.IGNORECASE)


class Judge:
    """Assesses texts with a tone scorer, an abuse scorer, the rules of this package and what it has learned."""

    def __init__(
        self, tone: ToneScorer, abuse: Scorer, wording: Learned | None = None, ailment: str = ""
    ) -> None:
        self._tone = tone
        self._abuse = abuse
        self._wording = wording
        self._ailment = ailment
        self._book = rulebook()
        self._vocabulary = self._book.vocabulary()

    @property
    def ailment(self) -> str:
        """What is wrong with the scorers; empty while all is well."""
        return "; ".join(filter(None, (self._abuse.ailment, self._ailment)))

    def assess(
        self, entry: Entry, window: str, *, source_kind: str = "", match: Match | None = None
    ) -> Assessment:
        """Assess the ``window`` of ``entry``.

        ``source_kind`` is the kind of medium, such as ``tweet``; ``match`` tells where the school is named, because
        its name says nothing about what happened there.
        """
        text = _text(entry, window)
        score = self._abuse.score(text)
        findings = self._book.read(read(text, self._vocabulary))
        hits = findings.hits()
        compound = self._tone.compound(window)
        ruled = self._ruled(text, compound, score, hits, source_kind, idiom=findings.idiom)
        result, learned = self._joined(
            ruled, text, source_kind, _naming(entry, match), addressed=entry.own_account
        )
        return Assessment(
            sentiment=Sentiment(compound=compound, label=result.tone),
            abuse=score.probability,
            heads=score.heads,
            categories=result.categories,
            severity=result.severity,
            needs_response=result.needs_response,
            grounds=(*learned, *_grounds(result, findings, score)),
            child_or_school_word="place" in verdict.contexts_of(hits),
            imagery=any(hit.rule.facts.get("imagery") for hit in result.hits),
        )

    def by_rules(self, entry: Entry, window: str, *, source_kind: str = "") -> Verdict:
        """What the rules alone make of it."""
        text = _text(entry, window)
        findings = self._book.read(read(text, self._vocabulary))
        compound, score = self._tone.compound(window), self._abuse.score(text)
        return self._ruled(text, compound, score, findings.hits(), source_kind, idiom=findings.idiom)

    def _ruled(
        self,
        text: str,
        compound: float,
        score: AbuseScore,
        hits: Sequence[Hit],
        source_kind: str,
        *,
        idiom: bool,
    ) -> Verdict:
        return verdict.judge(
            verdict.Evidence(
                hits=hits,
                compound=compound,
                complaint=verdict.heads_complaint(score.heads),
                abusive=score.probability >= SURE,
                source_kind=source_kind,
                tags_account=bool(_TAGGED.search(text)) and not _SHARED.match(text),
                contexts=verdict.contexts_of(hits),
                idiom=idiom,
                menacing=_menacing(score),
            )
        )

    def _joined(
        self, ruled: Verdict, text: str, source_kind: str, name: Collection[str], *, addressed: bool
    ) -> tuple[Verdict, tuple[Ground, ...]]:
        if self._wording is None:
            return ruled, ()
        opinion = self._wording.read(text, name)
        result = join(ruled, opinion, self._wording, source_kind, addressed=addressed)
        return result, grounds(result, ruled, opinion, _Telling(self._vocabulary))


class _Telling:
    """Words that may be shown as a reason: known to the rules, so no names, and with a meaning of their own."""

    def __init__(self, known: Vocabulary) -> None:
        self._known = known

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word in self._known and word not in LIGHT and word not in EMPTY


def _text(entry: Entry, window: str) -> str:
    text = window if not entry.title or entry.title in window else f"{entry.title}\n{window}"
    return text[:WINDOW]


def _naming(entry: Entry, match: Match | None) -> frozenset[str]:
    """The words that name the school, without those that any school might have in its name."""
    if match is None:
        return frozenset()
    named = {"title": entry.title, "body": entry.text}.get(match.place, "")[slice(*match.span)]
    return frozenset(words(f"{match.term} {named}")) - ANY_SCHOOL


def _grounds(result: Verdict, findings: Findings, score: AbuseScore) -> tuple[Ground, ...]:
    found = [Ground(rule=UNREAD)] if result.unread else []
    found += [Ground(rule=hit.rule.says, excerpt=findings.words_of(hit)) for hit in result.hits]
    return (*found, *(ground for ground in score.grounds if ground.weight >= FLAGGED))


def _menacing(score: AbuseScore) -> bool:
    told = any(ground.rule == THREATENS for ground in score.grounds)
    return told or score.heads.get("threat", 0.0) >= VICIOUS


def rules_alone() -> Judge:
    """The judge without what it has learned."""
    return Judge(ToneScorer(), abuse_scorer.load())


def judge(weights: Path = _WEIGHTS) -> Judge:
    """The judge as shipped. If the weights cannot be used it works by rules alone and says so."""
    try:
        return Judge(ToneScorer(), abuse_scorer.load(), load(weights))
    except Damaged as damaged:
        return Judge(ToneScorer(), abuse_scorer.load(), None, str(damaged))
