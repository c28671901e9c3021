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
from monitor.model import Ground
from monitor.phrases import Rulebook
from monitor.reading import read

__all__ = ["AbuseScore", "JointScorer", "Scorer", "load"]

FLAGGED = 0.5
"""At this probability and above a text is flagged."""

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
        self._vocabulary = book.vocabulary
        self.ailment = ailment

    def score(self, text: str) -> AbuseScore:
        """Score ``text``: the model's opinion, raised or lowered by what the rules are sure of."""
        heads = self._model.heads(text) if self._model else {}
        hits = self._book.read(read(text, self._vocabulary)).hits()
        probability = heads.get("abuse", 0.0)
        grounds = []
        for hit in hits:
            weight = float(hit.rule.facts["weight"])
            head = str(hit.rule.facts["head"])
            heads[head] = max(heads.get(head, 0.0), weight)
            probability = max(probability, weight)
            grounds.append(Ground(rule=hit.rule.says, weight=weight))
        return AbuseScore(probability, heads, tuple(grounds))


def load(weights: Path = _WEIGHTS) -> JointScorer:
    """The scorer as shipped. If its weights cannot be used it works by rules alone and says so."""
    data = tomllib.loads(_RULES.read_text(encoding="utf-8"))
    book = Rulebook(data["concepts"], data["rule"], data.get("idioms", ""))
    try:
        return JointScorer(book, linear.load(weights))
    except linear.Damaged as damaged:
        return JointScorer(book, None, str(damaged))
