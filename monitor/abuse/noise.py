"""Copies of texts with the tricks people use to slip past filters, and sentences made from templates.

Harmless texts get the same noise as abusive ones: a trick must not itself look like abuse.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from monitor.abuse.corpora import Row, Targets

NOISED = 0.35
"""Share of the short texts that get a second, disguised copy."""

SHORT = 300
"""Characters up to which a text is worth disguising."""

_TEMPLATES = Path(__file__).with_name("templates.toml")
_LEET = str.maketrans("aeiost", "43105" + "7")


def _leet(words: list[str], at: int, dice: np.random.Generator) -> list[str]:
    words[at] = "".join(c.translate(_LEET) if dice.random() < 0.7 else c for c in words[at])  # noqa: PLR2004 -- most letters, not all
    return words


def _joined(words: list[str], at: int, dice: np.random.Generator) -> list[str]:
    end = min(at + 2 + int(dice.integers(0, 3)), len(words))
    return [*words[:at], "".join(words[at:end]), *words[end:]]


def _spelt(words: list[str], at: int, dice: np.random.Generator) -> list[str]:
    gap = " " if dice.random() < 0.5 else ". "  # noqa: PLR2004 -- a coin
    words[at] = gap.join(words[at])
    return words


def _split(words: list[str], at: int, dice: np.random.Generator) -> list[str]:
    cut = 1 + int(dice.integers(0, max(len(words[at]) - 1, 1)))
    words[at] = f"{words[at][:cut]} {words[at][cut:]}"
    return words


def _swapped(words: list[str], at: int, dice: np.random.Generator) -> list[str]:
    word = words[at]
    spot = int(dice.integers(0, max(len(word) - 1, 1)))
    words[at] = word[:spot] + word[spot + 1 : spot + 2] + word[spot : spot + 1] + word[spot + 2 :]
    return words


def _dropped(words: list[str], at: int, dice: np.random.Generator) -> list[str]:
    spot = int(dice.integers(0, len(words[at])))
    words[at] = words[at][:spot] + words[at][spot + 1 :]
    return words


def _starred(words: list[str], at: int, dice: np.random.Generator) -> list[str]:
    word = words[at]
    spot = 1 + int(dice.integers(0, max(len(word) - 1, 1)))
    words[at] = f"{word[:spot]}*{word[spot + 1 :]}"
    return words


_TRICKS: tuple[Callable[[list[str], int, np.random.Generator], list[str]], ...] = (
    _leet,
    _joined,
    _spelt,
    _split,
    _swapped,
    _dropped,
    _starred,
)


def disguised(text: str, dice: np.random.Generator) -> str:
    """``text`` with one to four of its longer words disguised."""
    words = text.split()
    for _ in range(1 + int(dice.integers(0, 4))):
        spots = [at for at, word in enumerate(words) if len(word) > 2]  # noqa: PLR2004 -- "a" and "is" hide nothing
        if not spots:
            break
        trick = _TRICKS[int(dice.integers(0, len(_TRICKS)))]
        words = trick(words, spots[int(dice.integers(0, len(spots)))], dice)
    return " ".join(words)


def noisy(rows: Sequence[Row], dice: np.random.Generator) -> Iterator[Row]:
    """Disguised copies of a share of ``rows``."""
    for row in rows:
        if len(row.text) <= SHORT and dice.random() < NOISED and "abuse" in row.targets:
            yield Row(row.corpus, disguised(row.text, dice), row.targets)


def made_up() -> Iterator[Row]:
    """Every template with every group or person."""
    data = tomllib.loads(_TEMPLATES.read_text(encoding="utf-8"))
    harmless: Targets = dict.fromkeys(("abuse", "threat", "insult", "identity_hate", "sexism"), (0.0, 1.0))
    meaning: Mapping[str, tuple[str, str, Targets]] = {
        "hostile": (
            "{g}",
            "groups",
            {"abuse": (1.0, 1.0), "identity_hate": (1.0, 1.0), "threat": (0.0, 1.0)},
        ),
        "threats": (
            "{g}",
            "groups",
            {"abuse": (1.0, 1.0), "identity_hate": (1.0, 1.0), "threat": (1.0, 1.0)},
        ),
        "friendly": ("{g}", "groups", harmless),
        "negated": ("{g}", "groups", harmless),
        "person_threats": ("{p}", "people", {"abuse": (1.0, 1.0), "threat": (1.0, 1.0)}),
        "person_insults": (
            "{p}",
            "people",
            {"abuse": (1.0, 1.0), "insult": (1.0, 1.0), "threat": (0.0, 1.0)},
        ),
        "person_neutral": ("{p}", "people", harmless),
    }
    for name, (slot, fillers, targets) in meaning.items():
        for template in data[name]:
            for filler in data[fillers]:
                yield Row("templates", template.replace(slot, filler), targets)
    for life in data["school_life"]:
        for frame in data["school_frames"]:
            for school in data["schools"] if "{s}" in frame else [""]:
                yield Row("school", frame.replace("{l}", life).replace("{s}", school), harmless)
