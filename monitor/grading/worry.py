"""A second opinion where no rule is met: do several worrying ideas stand in the post together?

Policy, 1.3 rule 5: when in doubt about a floor topic, take the higher band. A table of weights, not of phrases.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alerts.base import Category, Severity
from monitor.phrases import Findings, Pattern, Rulebook

GRAVE = 0.75
"""From here on it is more likely grave than anything else."""

DOUBTFUL = 0.55
"""From here on an adult should look within hours."""

SAYS = "Several worrying words stand together"

_TABLE = Path(__file__).with_name("worry.toml")
_VIOLENT: Final = frozenset(
    {"harm", "weapon", "veiled", "i_will", "bomb_hoax", "dire_words", "confront", "gang"}
)
"""Ideas that make a worry a threat rather than a child at risk."""
_FLOOR: Final = _VIOLENT - {"i_will"} | {
    "exploit",
    "fear",
    "groom_ask",
    "hit_hard",
    "injury",
    "lure",
    "message_child",
    "missing",
    "nude",
    "prowl",
    "self_harm",
    "sexual_touch",
}
"""Ideas of the floor topics: without one of these a worry is medium at most."""


@dataclass(frozen=True, slots=True)
class Worry:
    """How grave a post may be though nothing says so outright."""

    severity: Severity
    category: Category | None
    """What it may be about; nothing where no idea of a floor topic is near."""


class Worrier:
    """Weighs which ideas are there."""

    def __init__(self, book: Rulebook) -> None:
        data = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
        self._bias = float(data["bias"])
        self._heads: Mapping[str, float] = data["heads"]
        self._ideas: tuple[tuple[str, Pattern, float], ...] = tuple(
            (name, book.pattern(f"@{name}"), float(weight)) for name, weight in data["concepts"].items()
        )

    def weigh(self, findings: Findings, heads: Mapping[str, float]) -> Worry | None:
        """The worry, or nothing."""
        there = [(name, weight) for name, pattern, weight in self._ideas if findings.has(pattern)]
        total = self._bias + sum(weight for _, weight in there)
        total += sum(weight * heads.get(name, 0.0) for name, weight in self._heads.items())
        odds = 1.0 / (1.0 + math.exp(-total))
        if odds < DOUBTFUL:
            return None
        if not {name for name, _ in there} & _FLOOR:
            return Worry(Severity.MEDIUM, None)
        violent = sum(weight for name, weight in there if name in _VIOLENT)
        others = sum(weight for name, weight in there if name not in _VIOLENT and name != "child")
        category = Category.THREAT_VIOLENCE if violent >= others else Category.CHILD_SAFEGUARDING
        return Worry(Severity.CRITICAL if odds >= GRAVE else Severity.HIGH, category)
