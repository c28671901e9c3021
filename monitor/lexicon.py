"""Many phrases of many concepts, looked up together in a text of words.

Grammar of a word: ``kill+`` with its usual endings, ``threat*`` with any ending, ``put_hands_on`` a phrase.
A phrase belongs to dozens of concepts and a word begins hundreds of phrases: so phrases are numbered, and
what belongs to each stands in rows of small numbers, a tenth of the size of sets and tuples.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, TypeAlias

from alerts.wordlist import WordList
from monitor.text import fold

Span: TypeAlias = tuple[int, int]
Spans: TypeAlias = dict[int, list[Span]]
Phrase: TypeAlias = tuple[tuple[str, ...], bool, "array[int]"]
"""The rest of a phrase, whether it is made of whole words only, and its concepts."""
Known: TypeAlias = tuple["array[int]", tuple[Phrase, ...]]
"""What a lexicon knows of a word: its concepts, and the phrases it may begin."""

SHORT = 2
"""Letters of the longest word that doubles no consonant ("go")."""

NOT_CACHED = 20_000
"""Words remembered by a lexicon before it forgets them all: bounds the memory a flood can take."""

_VOWELS: Final = frozenset("aeiou")
_NEITHER: Final = _VOWELS | frozenset("wxy")


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
    if len(word) > SHORT and word[-1] not in _NEITHER and word[-2] in _VOWELS and word[-3] not in _VOWELS:
        double = word + word[-1]
        forms |= {double + "ed", double + "ing", double + "in"}
    return forms


class Lexicon:
    """Phrases and the concepts they stand for. Not for several threads at once while it learns a new word."""

    def __init__(self) -> None:
        self._phrases = _Phrases(WordList(), _Rows(0, array("I"), array("I")))
        self._beginnings: frozenset[str] | None = None
        self._adding: _Adding | None = None
        self._seen: dict[str, Known | None] = {}

    def add(self, phrase: str, concept: int) -> None:
        """Let ``phrase`` stand for ``concept``; cheap until the next question."""
        if self._adding is None:
            self._adding = _Adding(self._phrases)
        self._adding.add(phrase, concept)

    def spans(self, words: tuple[str, ...]) -> Spans:
        """Where each concept stands in ``words``."""
        found: Spans = {}
        self._settle()
        seen = self._seen
        for at, word in enumerate(words):
            known = seen[word] if word in seen else self._learn(word)
            if known is None:
                continue
            for concept in known[0]:
                found.setdefault(concept, []).append((at, at + 1))
            if known[1]:
                for concept, end in _begun(words, at + 1, known[1]):
                    found.setdefault(concept, []).append((at, end))
        return found

    def may_begin(self, words: Iterable[str]) -> bool:
        """Whether a phrase of several words begins with one of ``words``; cheap, and only for whole words."""
        self._settle()
        if self._beginnings is None:
            self._beginnings = frozenset(self._phrases.beginnings())
        return not self._beginnings.isdisjoint(words)

    def words(self) -> frozenset[str]:
        """Every word that stands in some phrase, in all its forms."""
        self._settle()
        return self._phrases.words()

    def _settle(self) -> None:
        """Take up what was added, all at once: what is found by number cannot be added to."""
        if self._adding is not None:
            self._phrases, self._adding = self._adding.numbered(), None
            self._seen.clear()
            self._beginnings = None

    def _learn(self, word: str) -> Known | None:
        if len(self._seen) >= NOT_CACHED:
            self._seen.clear()
        known = self._seen[word] = self._phrases.known(word)
        return known


class _Adding:
    """Phrases while they are added to, which takes ten times the room."""

    def __init__(self, before: _Phrases) -> None:
        self._numbers: dict[str, int] = {}
        self._phrases, self._concepts = array("I"), array("I")
        for text, concepts in before.items():
            for concept in concepts:
                self.add(text, concept)

    def add(self, phrase: str, concept: int) -> None:
        """Note that ``phrase`` stands for ``concept``."""
        self._phrases.append(self._numbers.setdefault(phrase, len(self._numbers)))
        self._concepts.append(concept)

    def numbered(self) -> _Phrases:
        """The same for finding."""
        rank = {number: rank for rank, (_, number) in enumerate(sorted(self._numbers.items()))}
        phrases = array("I", map(rank.__getitem__, self._phrases))
        return _Phrases(WordList(self._numbers), _Rows(len(rank), phrases, self._concepts))


class _Rows:
    """For each of so many things its numbers, all in one row."""

    __slots__ = ("_numbers", "_starts")

    def __init__(self, things: int, owners: array[int], numbers: array[int]) -> None:
        starts = self._starts = array("I", bytes(4 * (things + 1)))
        for thing in owners:
            starts[thing + 1] += 1
        for thing in range(things):
            starts[thing + 1] += starts[thing]
        free = array("I", starts)
        self._numbers = array("I", numbers)
        for thing, number in zip(owners, numbers, strict=True):
            self._numbers[free[thing]] = number
            free[thing] += 1

    def __getitem__(self, thing: int) -> array[int]:
        return self._numbers[self._starts[thing] : self._starts[thing + 1]]


class _Phrases:
    """Numbered phrases, found by their first word; nothing is added any more."""

    def __init__(self, texts: WordList, concepts: _Rows) -> None:
        self._texts, self._concepts = texts, concepts
        first: dict[str, tuple[int, ...]] = {}
        self._stems: dict[str, tuple[int, ...]] = {}
        for number, text in enumerate(texts):
            for form in _forms(_cut(text)[0]):
                by_word = self._stems if form.endswith("*") else first
                key = form.rstrip("*")
                by_word[key] = (*by_word.get(key, ()), number)
        self._lengths = tuple(sorted(set(map(len, self._stems))))
        self._first = WordList(first)
        owners, numbers = array("I"), array("I")
        for place, word in enumerate(self._first):
            owners.extend([place] * len(first[word]))
            numbers.extend(first[word])
        self._begun = _Rows(len(first), owners, numbers)

    def items(self) -> Iterator[tuple[str, Sequence[int]]]:
        """Every phrase with its concepts."""
        return ((text, self._concepts[number]) for number, text in enumerate(self._texts))

    def beginnings(self) -> Iterator[str]:
        """The first words of phrases of several words, where they are whole."""
        for place, word in enumerate(self._first):
            if any(_cut(self._texts[number])[1] for number in self._begun[place]):
                yield word

    def words(self) -> frozenset[str]:
        """Every word that stands in some phrase, in all its forms."""
        later = {word for text in self._texts for word in _cut(text)[1]}
        forms = (form.rstrip("*") for word in later for form in _forms(word))
        return frozenset(set(chain(self._first, self._stems, forms)))  # from a set it takes half the room

    def known(self, word: str) -> Known | None:
        """What is known of ``word``; nothing if no phrase begins with it."""
        place = self._first.place(word)
        numbers = [] if place is None else list(self._begun[place])
        for length in self._lengths:
            if length > len(word):
                break
            numbers += self._stems.get(word[:length], ())
        if not numbers:
            return None
        single: set[int] = set()
        longer: list[Phrase] = []
        for number in numbers:
            rest = _cut(self._texts[number])[1]
            concepts = self._concepts[number]
            if rest:
                whole = not any(word[-1] in "*+" for word in rest)
                longer.append((rest, whole, concepts))
            else:
                single.update(concepts)
        return array("I", sorted(single)), tuple(longer)


def _cut(phrase: str) -> tuple[str, tuple[str, ...]]:
    """The first word of a phrase, and the rest."""
    head, *rest = fold(phrase).replace("_", " ").split() or ("",)
    return head, tuple(map(sys.intern, rest))


def _forms(word: str) -> Iterable[str]:
    return endings(word[:-1]) if word.endswith("+") else (word,)


def _begun(words: tuple[str, ...], at: int, phrases: Iterable[Phrase]) -> list[tuple[int, int]]:
    """Concepts of those ``phrases`` that go on at ``at``, lowest first, and where each ends."""
    found: list[tuple[int, int]] = []
    for rest, whole, concepts in phrases:
        end = at + len(rest)
        if words[at:end] == rest if whole else _follows(words, at, rest):
            found += [(concept, end) for concept in concepts]
    return sorted(found, key=lambda pair: pair[0]) if len(found) > 1 else found


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
