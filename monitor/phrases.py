"""Ideas in a text: concepts, patterns of concepts, and rules over them, found in linear time.

A *concept* is a set of words and phrases that mean the same to us (``teacher``, ``hurt``). A *pattern* is a
row of concepts and words with gaps. A *rule* is a few patterns with what their presence means. All are
data (TOML); this module knows none of them by name. The spelling of the text has been undone before, by
``reading``; whoever writes patterns may therefore write plain lower-case words.

Grammar of a word: see ``lexicon``. Grammar of a pattern: terms that follow each other; ``~4`` allows up to four words between two terms;
``a|b|@c`` is any of them, ``@c`` the concept; `` & `` joins parts that may stand anywhere, `` &9 `` parts
at most nine words apart.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from monitor.lexicon import NOT_CACHED, Lexicon, Span, Spans, endings
from monitor.reading import Reading, Vocabulary
from monitor.text import fold

__all__ = ["NOT_CACHED", "Findings", "Hit", "Lexicon", "Pattern", "Rule", "Rulebook", "endings"]

ANYWHERE = 1 << 20
"""A distance that no text has."""

_TERM = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Term:
    """One step of a chain: a concept, and how many words may stand before it."""

    concept: int
    gap: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Chains that must all be found, each at most ``reach`` words from the first."""

    chains: tuple[tuple[Term, ...], ...]
    reach: tuple[int, ...]
    needs: frozenset[int]
    """Every concept of every chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What it means when one of its patterns is found."""

    name: str
    says: str
    """One plain sentence for people."""
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...] = ()
    negation: str = "both"
    """Where a negating word silences a match: ``both`` (before or inside), ``inside`` or ``off``."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Everything else that the data say of the rule; for its user."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that was met, and by which words."""

    rule: Rule
    span: Span


class Rulebook:
    """Concepts and rules from data, ready to be asked."""

    def __init__(
        self, concepts: Mapping[str, str], rules: Iterable[Mapping[str, Any]], idioms: str = ""
    ) -> None:
        self._concepts = dict(concepts)
        self._pieces: dict[str, int] = {}
        self._numbers: dict[bytes, int] = {}
        self._sizes = array("I")
        self._lexicon = Lexicon()
        self._negators = frozenset(map(fold, _listed(concepts.get("negators", ""))))
        self._idioms = Lexicon()
        for idiom in _listed(idioms):
            self._idioms.add(idiom, 0)
        self.rules = tuple(self._rule(rule) for rule in rules)
        self._by_concept = self._index()

    def vocabulary(self) -> Vocabulary:
        """Every word that some pattern knows: what disguised words are compared with."""
        return Vocabulary(self._lexicon.words())

    def words_of(self, concepts: Iterable[str]) -> frozenset[str]:
        """Every single word, in all its forms, of the named concepts."""
        return frozenset(
            form
            for concept in concepts
            for phrase in _listed(self._concepts[concept])
            if phrase.isalpha() or (phrase[-1] == "+" and phrase[:-1].isalpha())
            for form in (endings(phrase[:-1]) if phrase[-1] == "+" else {phrase})
        )

    def pattern(self, text: str) -> Pattern:
        """Compile ``text`` (see the grammar above). Raises ``KeyError`` for an unknown concept."""
        chains: list[tuple[Term, ...]] = []
        reach: list[int] = []
        for part, distance in _parts(text):
            chains.append(self._chain(part))
            reach.append(distance)
        needs = frozenset(term.concept for chain in chains for term in chain)
        return Pattern(tuple(chains), tuple(reach), needs)

    def _chain(self, text: str) -> tuple[Term, ...]:
        terms: list[Term] = []
        gap = 0
        for piece in text.split():
            if piece.startswith("~"):
                gap = int(piece[1:])
            else:
                terms.append(Term(self._number(piece), gap))
                gap = 0
        return tuple(terms)

    def _number(self, piece: str) -> int:
        """The number of what ``piece`` means; pieces that mean the same phrases share one."""
        if piece not in self._pieces:
            key = sorted({phrase for choice in piece.split("|") for phrase in self._choice(choice)})
            digest = blake2b("|".join(key).encode(), digest_size=16).digest()
            if digest not in self._numbers:
                number = self._numbers[digest] = len(self._numbers)
                self._sizes.append(len(key))
                for phrase in key:
                    self._lexicon.add(phrase, number)
            self._pieces[piece] = self._numbers[digest]
        return self._pieces[piece]

    def _choice(self, choice: str) -> list[str]:
        named = choice.startswith("@") and len(choice) > 1
        return _listed(self._concepts[choice[1:]]) if named else [choice]

    def _rule(self, data: Mapping[str, Any]) -> Rule:
        facts = {k: v for k, v in data.items() if k not in {"name", "says", "when", "unless", "negation"}}
        return Rule(
            name=data["name"],
            says=data["says"],
            patterns=tuple(map(self.pattern, data["when"])),
            unless=tuple(map(self.pattern, data.get("unless", ()))),
            negation=data.get("negation", "both"),
            facts=facts,
        )

    def _index(self) -> dict[int, list[tuple[int, Pattern]]]:
        index: dict[int, list[tuple[int, Pattern]]] = {}
        for number, rule in enumerate(self.rules):
            for pattern in rule.patterns:
                index.setdefault(min(pattern.needs, key=self._rarity), []).append((number, pattern))
        return index

    def _rarity(self, concept: int) -> int:
        """How many phrases a concept has: few phrases are found seldom."""
        return self._sizes[concept]

    def read(self, reading: Reading) -> Findings:
        """Find every concept of ``reading``; idioms are taken out first."""
        words, idiom = reading.words, False
        if self._idioms.may_begin(words):
            words, idiom = self._without_idioms(words)
        return Findings(self, reading, words, self._lexicon.spans(words), idiom=idiom)

    def _without_idioms(self, words: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
        idioms = self._idioms.spans(words).get(0, ())
        left = list(words)
        for start, end in idioms:
            left[start:end] = [""] * (end - start)
        return tuple(left), bool(idioms)

    def candidates(self, spans: Spans) -> list[tuple[int, Pattern]]:
        """Patterns whose first concept is there, in the order of their rules."""
        present = spans.keys()
        found = [
            entry
            for concept in spans
            for entry in self._by_concept.get(concept, ())
            if entry[1].needs <= present
        ]
        return sorted(found, key=lambda entry: entry[0])

    def negating(self, word: str) -> bool:
        """Whether ``word`` turns what follows into its opposite."""
        return word in self._negators


class Findings:
    """What a rulebook found in one text."""

    def __init__(
        self, book: Rulebook, reading: Reading, words: tuple[str, ...], spans: Spans, *, idiom: bool = False
    ) -> None:
        self._book = book
        self.idiom = idiom
        self.reading = reading
        self._words = words
        self._spans = spans

    def hits(self) -> list[Hit]:
        """Every rule that is met, once, in the order of the data."""
        met: dict[int, Hit] = {}
        for number, pattern in self._book.candidates(self._spans):
            if number in met:
                continue
            rule = self._book.rules[number]
            span = self._find(pattern, rule.negation)
            if span and not any(self._find(other, "off") for other in rule.unless):
                met[number] = Hit(rule, span)
        return list(met.values())

    def words_of(self, hit: Hit) -> str:
        """The words that met the rule, as they stand in the text that was read."""
        return self.reading.excerpt(*hit.span)

    def _find(self, pattern: Pattern, negation: str) -> Span | None:
        if not pattern.needs <= self._spans.keys():
            return None
        firsts = [span for span in self._chain(pattern.chains[0]) if not self._negated(span, negation)]
        for chain, reach in zip(pattern.chains[1:], pattern.reach[1:], strict=True):
            others = self._chain(chain)
            firsts = [span for span in firsts if any(_apart(span, other) <= reach for other in others[:50])]
            if not firsts:
                return None
        return firsts[0] if firsts else None

    def _chain(self, chain: tuple[Term, ...]) -> list[Span]:
        partial = dict.fromkeys(self._spans[chain[0].concept])
        ends = {end: start for start, end in reversed(list(partial))}
        for term in chain[1:]:
            longer: dict[int, int] = {}
            for start, end in self._spans[term.concept]:
                for before in range(start, start - term.gap - 1, -1):
                    if before in ends and self._together(before - 1, start):
                        longer.setdefault(end, ends[before])
                        break
            ends = longer
        return sorted((start, end) for end, start in ends.items())

    def _together(self, left: int, right: int) -> bool:
        return self.reading.sentences[left] == self.reading.sentences[right]

    def _negated(self, span: Span, where: str) -> bool:
        if where == "off":
            return False
        start, end = span
        if any(self._book.negating(word) for word in self._words[start + 1 : end - 1]):
            return True
        before = self._words[max(start - 3, 0) : start] if where == "both" else ()
        return any(
            self._book.negating(word) and self._together(start - len(before) + step, start)
            for step, word in enumerate(before)
        )


def _apart(one: Span, other: Span) -> int:
    return max(one[0] - other[1], other[0] - one[1], 0)


def _listed(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip()]


def _parts(text: str) -> list[tuple[str, int]]:
    parts: list[tuple[str, int]] = []
    words: list[str] = []
    reach = ANYWHERE
    for piece in _TERM.findall(text):
        if piece[0] == "&":
            parts.append((" ".join(words), reach))
            words, reach = [], int(piece[1:] or ANYWHERE)
        else:
            words.append(piece)
    parts.append((" ".join(words), reach))
    return parts
