"""Weighs the words near a bare name: is it the school, or the place, pub or club of the same name?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from monitor.matching import evidence
from monitor.matching.expressions import compiled
from monitor.matching.names import key
from monitor.settings import Context, ContextSide

MARK: Final = "zqnamezq"
"""Stands for the name in the text that patterns see; no text has it."""
PLACEHOLDER: Final = "{name}"
_POSITIVE, _HINT, _NEGATIVE = 1, -1, -2
"""Weights of one word or pattern; a word with ``*`` counts twice."""
_MOST_PATTERNS = 200
"""Patterns of one file that are used; each costs time at every bare name."""
_CLASS = re.compile(r"(\[[^\]]+\])")
_SPECIAL = re.compile(r"([^\w ])")

Grammar: TypeAlias = tuple[tuple[int, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something near the name that speaks for the school (weight above 0) or against it."""

    words: str
    weight: int
    cells: frozenset[int]
    """The characters it rests on, without the name; no character counts twice."""


@dataclass(frozen=True, slots=True)
class Weigher:
    """Words and patterns with their weights, for one school or for all that have none of their own."""

    words: re.Pattern[str]
    weights: tuple[int, ...]
    """By group of ``words``."""
    grammar: Grammar

    def weigh(self, text: str) -> tuple[Evidence, ...]:
        """Return what speaks for and against ``MARK`` in ``text``; the longer of two readings wins."""
        marks = frozenset(at for found in re.finditer(MARK, text) for at in range(*found.span()))
        found = sorted(self._all(text, marks), key=lambda one: (-len(one.cells), -abs(one.weight)))
        taken: dict[str, Evidence] = {}
        used: frozenset[int] = frozenset()
        for one in found:
            if one.words not in taken and not one.cells & used:
                taken[one.words] = one
                used |= one.cells
        return tuple(sorted(taken.values(), key=lambda one: -abs(one.weight)))

    def _all(self, text: str, marks: frozenset[int]) -> Iterator[Evidence]:
        for found in self.words.finditer(text):
            group = found.lastindex or 1
            yield Evidence(found[group], self.weights[group - 1], frozenset(range(*found.span())))
        for weight, pattern in self.grammar:
            for found in pattern.finditer(text):
                yield Evidence(found[0], weight, frozenset(range(*found.span())) - marks)


def weigher(context: Context, names: Sequence[str], *, has_article: bool) -> Weigher:
    """Return the weigher of a school's file: the built-in lists, and the file's own on top of them.

    In the file's patterns ``{name}`` stands for the name, and so does each of ``names`` written out.
    ``has_article`` is true for "The Grove Academy", of which "the Grove" says nothing.
    """
    if context.positive is None and context.negative is None:
        return built_in(has_article=has_article)
    words, grammar = dict(_built_in_words()), list(_built_in_grammar(has_article=has_article))
    for side, weight in ((context.positive, _POSITIVE), (context.negative, _NEGATIVE)):
        if side is not None:
            words |= dict(_own_words(side, weight))
            grammar += _own_grammar(side, weight, names)
    return _weigher(words, grammar)


@cache
def built_in(*, has_article: bool) -> Weigher:
    """Return the weigher of all schools whose files have no context of their own."""
    return _weigher(_built_in_words(), _built_in_grammar(has_article=has_article))


def own_pattern(pattern: str, names: Sequence[str] = ()) -> str:
    """Return a pattern of a file as it is compiled: for text without apostrophes and hyphens."""
    pattern = pattern.replace("'", "").replace("’", "").replace(PLACEHOLDER, MARK)
    parts = _CLASS.split(pattern)
    pattern = "".join(part if at % 2 else part.replace("-", " ") for at, part in enumerate(parts))
    for name in sorted(names, key=len, reverse=True):
        pattern = re.sub(re.escape(name).replace(r"\ ", " "), MARK, pattern, flags=re.IGNORECASE)
    return pattern


def _weigher(words: Mapping[str, int], grammar: Iterable[tuple[int, re.Pattern[str]]]) -> Weigher:
    weights = tuple(sorted(set(words.values())))
    groups = "|".join(
        "(" + "|".join(sorted((word for word in words if words[word] == weight), key=len, reverse=True)) + ")"
        for weight in weights
    )
    return Weigher(re.compile(rf"\b(?:{groups})(?:e?s)?\b"), weights, tuple(grammar))


@cache
def _built_in_words() -> Mapping[str, int]:
    lists = (
        (evidence.NEGATIVE_HINTS, _HINT),
        (evidence.POSITIVE_WORDS, _POSITIVE),
        (evidence.NEGATIVE_WORDS, _NEGATIVE),
    )
    return {
        word.removeprefix("*"): weight * (1 + word.startswith("*"))
        for words, weight in lists
        for word in (listed.strip() for listed in words.split(","))
    }


@cache
def _built_in_grammar(*, has_article: bool) -> Grammar:
    entries = [*evidence.POSITIVE_GRAMMAR, *evidence.NEGATIVE_GRAMMAR, *evidence.NOUNS]
    if not has_article:
        entries.append(evidence.THE_NAME)
    return tuple((weight, re.compile(pattern.replace(PLACEHOLDER, MARK))) for weight, pattern in entries)


def _own_words(side: ContextSide, weight: int) -> Iterator[tuple[str, int]]:
    """Words of a file as expressions: folded like text, only ``[..]`` keeps its meaning."""
    for word in side.words:
        parts = _CLASS.split(word.removeprefix("*"))
        folded = (part if at % 2 else _SPECIAL.sub(r"\\\1", key(part)) for at, part in enumerate(parts))
        expression = "".join(folded).strip()
        if expression and compiled(expression):
            yield expression, weight * (1 + word.startswith("*"))


def _own_grammar(
    side: ContextSide, weight: int, names: Sequence[str]
) -> Iterator[tuple[int, re.Pattern[str]]]:
    for pattern in side.grammar[:_MOST_PATTERNS]:
        expression = compiled(own_pattern(pattern, names))
        if expression is not None:
            yield weight, expression
