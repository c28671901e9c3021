"""How abusive a text is: rules that can say why, and a linear model that has read more than we wrote.

Says nothing about the school, the author or severity; a score is a reason to look, never a finding.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from monitor.abuse import linear
from monitor.abuse.spelling import Speller
from monitor.model import Ground
from monitor.phrases import Rulebook
from monitor.reading import read
from monitor.weights import Damaged

__all__ = ["AbuseScore", "JointScorer", "Scorer", "load"]

FLAGGED = 0.5
"""At this probability and above a text is flagged."""

UNFLAGGED = 0.4
"""The most that the model alone may say where its opinion is not to be trusted."""

SWORN = 0.8
"""How sure the head *profanity* is of a word in the lexicon, which says nothing about abuse."""

UGLY = ("hate", "nasty", "harm", "profane")
"""Concepts whose words are worth looking for behind spelling tricks; slurs are too short for guessing."""

_HERE = Path(__file__).parent
_WEIGHTS = _HERE / "weights.npz"
_RULES = _HERE / "rules.toml"


@dataclass(frozen=True, slots=True)
class AbuseScore:
    """How likely a text is abusive, by head, and why."""

    probability: float
    heads: Mapping[str, float] = field(default_factory=dict)
    grounds: tuple[Ground, ...] = ()


class Scorer(Protocol):
    """Anything that scores abuse."""

    @property
    def ailment(self) -> str:
        """What is wrong with the scorer; empty while it is well."""
        ...

    def score(self, text: str) -> AbuseScore:
        """Score ``text``: any text at all, in bounded time, without an exception."""
        ...


class JointScorer:
    """Rules joined with the linear model; rules alone while the model is missing."""

    def __init__(self, book: Rulebook, model: linear.Linear | None, ailment: str = "") -> None:
        self._book = book
        self._model = model
        self._vocabulary = book.vocabulary()
        self._speller = Speller(model.common if model else (), self._vocabulary.words, book.words_of(UGLY))
        self.ailment = ailment

    def score(self, text: str) -> AbuseScore:
        """Score ``text``: the model's opinion, raised or lowered by what the rules are sure of."""
        heads = self._model.heads(text) if self._model else {}
        reading = self._speller.corrected(read(text, self._vocabulary))
        hits = self._book.read(reading).hits()
        seen = {hit.rule.facts["sight"] for hit in hits if "sight" in hit.rule.facts}
        firm = [hit.rule for hit in hits if "head" in hit.rule.facts]
        weight = max((float(rule.facts["weight"]) for rule in firm), default=0.0)
        for rule in firm:
            for head in (rule.facts["head"], rule.facts.get("also")):
                if head:
                    heads[head] = max(heads.get(head, 0.0), float(rule.facts["weight"]) or SWORN)
        probability = _joined(heads.get("abuse", 0.0), weight, seen)
        heads["abuse"] = probability
        grounds = (Ground(rule=rule.says, weight=float(rule.facts["weight"])) for rule in firm)
        return AbuseScore(probability, heads, tuple(ground for ground in grounds if ground.weight))


def _joined(model: float, rules: float, seen: set[str]) -> float:
    """The model's opinion and the rules' together.

    Naming a group without an unkind word is not abuse, and neither is denying or reporting hostility;
    the model cannot be trusted with either, so there only a rule may flag.
    """
    if rules >= FLAGGED:
        return rules + (1.0 - rules) * model
    if "group" in seen and ("nasty" not in seen or "denied" in seen):
        return min(model, UNFLAGGED)
    return model


def load(weights: Path = _WEIGHTS) -> JointScorer:
    """The scorer as shipped. If its weights cannot be used it works by rules alone and says so."""
    data = tomllib.loads(_RULES.read_text(encoding="utf-8"))
    book = Rulebook(data["concepts"], data["rule"], data.get("idioms", ""))
    try:
        return JointScorer(book, linear.load(weights))
    except Damaged as damaged:
        return JointScorer(book, None, str(damaged))
