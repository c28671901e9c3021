"""Ideas in a text: concepts, patterns of concepts, and rules over them, found in linear time.

A *concept* is a set of words and phrases that mean the same to us (``teacher``, ``hurt``). A *pattern* is a
row of concepts and words with gaps. A *rule* is a few patterns with what their presence means. All are
data (TOML); this module knows none of them by name. The spelling of the text has been undone before, by
``reading``; whoever writes patterns may therefore write plain lower-case words.

Grammar of a word: ``kill+`` with its usual endings, ``threat*`` with any ending, ``put_hands_on`` a phrase.
Grammar of a pattern: terms that follow each other; ``~4`` allows up to four words between two terms;
``a|b|@c`` is any of them, ``@c`` the concept; `` & `` joins parts that may stand anywhere, `` &9 `` parts
at most nine words apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from monitor.reading import Reading, Vocabulary
from monitor.text import fold

Span: TypeAlias = tuple[int, int]
Phrase: TypeAlias = tuple[tuple[str, ...], int, bool]
"""The rest of a phrase, its concept, and whether it is made of whole words only."""
Known: TypeAlias = tuple[tuple[int, ...], tuple[Phrase, ...]]
"""What a lexicon knows of a word: its concepts, and the phrases it may begin."""
Spans: TypeAlias = dict[int, list[Span]]

SHORT = 2
"""Letters of the longest word that doubles no consonant ("go")."""

ANYWHERE = 1 << 20
"""A distance that no text has."""

NOT_CACHED = 20_000
"""Words remembered by a lexicon before it forgets them all: bounds the memory a flood can take."""

_TERM = re.compile(r"\S+")
_VOWELS = frozenset("aeiou")


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


def endings(word: str) -> set[str]:
    """``word`` with the endings that English verbs and nouns take."""
    forms = {word, word + "s", word + "ed", word + "ing", word + "in"}
    if word.endswith("e"):
        stem = word[:-1]
        forms |= {word + "d", stem + "ing", stem + "in"}
    elif word.endswith("y") and len(word) > 1 and word[-2] not in _VOWELS:
        forms |= {word[:-1] + "ies", word[:-1] + "ied"}
    elif word.endswith(("s", "x", "z", "ch", "sh")):
        forms.add(word + "es")
    if (
        len(word) > SHORT
        and word[-1] not in _VOWELS | set("wxy")
        and word[-2] in _VOWELS
        and word[-3] not in _VOWELS
    ):
        double = word + word[-1]
        forms |= {double + "ed", double + "ing", double + "in"}
    return forms


class Lexicon:
    """Many phrases, looked up together. Not for several threads at once while it learns a new word."""

    def __init__(self) -> None:
        self._whole: dict[str, set[int]] = {}
        self._stems: dict[str, set[int]] = {}
        self._longer: dict[str, list[Phrase]] = {}
        self._longer_stems: dict[str, list[Phrase]] = {}
        self._lengths: tuple[int, ...] = ()
        self._seen: dict[str, Known | None] = {}
        self.words: set[str] = set()

    def add(self, phrase: str, concept: int) -> None:
        """Let ``phrase`` stand for ``concept``."""
        words = fold(phrase).replace("_", " ").split()
        for first in self._forms(words[0]):
            self._put(first, tuple(words[1:]), concept)
        for word in words:
            self.words.update(w.rstrip("*") for w in self._forms(word))
        self._lengths = tuple(sorted({len(stem) for stem in (*self._stems, *self._longer_stems)}))

    @staticmethod
    def _forms(word: str) -> set[str]:
        return endings(word[:-1]) if word.endswith("+") else {word}

    def _put(self, first: str, rest: tuple[str, ...], concept: int) -> None:
        stem = first.endswith("*")
        key = first.rstrip("*")
        if rest:
            (self._longer_stems if stem else self._longer).setdefault(key, []).append(
                (rest, concept, not any(word[-1] in "*+" for word in rest))
            )
        else:
            (self._stems if stem else self._whole).setdefault(key, set()).add(concept)

    def spans(self, words: tuple[str, ...]) -> Spans:
        """Where each concept stands in ``words``."""
        found: Spans = {}
        seen = self._seen
        for at, word in enumerate(words):
            known = seen[word] if word in seen else self._learn(word)
            if known is None:
                continue
            for concept in known[0]:
                found.setdefault(concept, []).append((at, at + 1))
            for rest, concept, whole in known[1]:
                end = at + 1 + len(rest)
                if words[at + 1 : end] == rest if whole else _follows(words, at + 1, rest):
                    found.setdefault(concept, []).append((at, end))
        return found

    def may_begin(self, words: Iterable[str]) -> bool:
        """Whether some phrase begins with one of ``words``; cheap, and only for phrases of whole words."""
        return not self._longer.keys().isdisjoint(words)

    def _learn(self, word: str) -> Known | None:
        single = set(self._whole.get(word, ()))
        longer = list(self._longer.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            stem = word[:length]
            single |= self._stems.get(stem, set())
            longer += self._longer_stems.get(stem, ())
        if len(self._seen) >= NOT_CACHED:
            self._seen.clear()
        known = (tuple(sorted(single)), tuple(longer)) if single or longer else None
        self._seen[word] = known
        return known


def _follows(words: Sequence[str], at: int, rest: tuple[str, ...]) -> bool:
    if at + len(rest) > len(words):
        return False
    return all(_same(words[at + step], wanted) for step, wanted in enumerate(rest))


def _same(word: str, wanted: str) -> bool:
    if wanted[-1] == "*":
        return word.startswith(wanted[:-1])
    if wanted[-1] == "+":
        return word.startswith(wanted[: max(len(wanted) - 2, 1)]) and word in endings(wanted[:-1])
    return word == wanted


class Rulebook:
    """Concepts and rules from data, ready to be asked."""

    def __init__(
        self, concepts: Mapping[str, str], rules: Iterable[Mapping[str, Any]], idioms: str = ""
    ) -> None:
        self._phrases = {name: _listed(text) for name, text in concepts.items()}
        self._numbers: dict[tuple[str, ...], int] = {}
        self._sizes: list[int] = []
        self._lexicon = Lexicon()
        self._negators = frozenset(fold(word) for word in self._phrases.get("negators", ()))
        self._idioms = Lexicon()
        for idiom in _listed(idioms):
            self._idioms.add(idiom, 0)
        self.rules = tuple(self._rule(rule) for rule in rules)
        self._by_concept = self._index()

    def vocabulary(self) -> Vocabulary:
        """Every word that some pattern knows: what disguised words are compared with."""
        return Vocabulary(self._lexicon.words)

    def words_of(self, concepts: Iterable[str]) -> frozenset[str]:
        """Every single word, in all its forms, of the named concepts."""
        return frozenset(
            form
            for concept in concepts
            for phrase in self._phrases[concept]
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
        phrases: list[str] = []
        for choice in piece.split("|"):
            phrases += self._phrases[choice[1:]] if choice.startswith("@") and len(choice) > 1 else [choice]
        key = tuple(sorted(set(phrases)))
        if key not in self._numbers:
            number = self._numbers[key] = len(self._numbers)
            self._sizes.append(len(key))
            for phrase in key:
                self._lexicon.add(phrase, number)
        return self._numbers[key]

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

    def has(self, pattern: Pattern) -> bool:
        """Whether the pattern stands in the text, negated or not."""
        return self._find(pattern, "off") is not None

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
