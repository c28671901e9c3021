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

from monitor.text import fold

Span: TypeAlias = tuple[int, int]
Spans: TypeAlias = dict[int, list[Span]]
Phrase: TypeAlias = tuple[tuple[str, ...], bool, tuple[int, ...]]
"""The rest of a phrase, whether it is made of whole words only, and its concepts."""
Known: TypeAlias = tuple[tuple[int, ...], tuple[Phrase, ...]]
"""What a lexicon knows of a word: its concepts, and the phrases it may begin."""

SHORT = 2
"""Letters of the longest word that doubles no consonant ("go")."""

NOT_CACHED = 5_000
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
        self._phrases = _Phrases({}, array("I"), array("I"))
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
        return not self._phrases.longer.keys().isdisjoint(words)

    def words(self) -> frozenset[str]:
        """Every word that stands in some phrase, in all its forms."""
        self._settle()
        return self._phrases.words()

    def _settle(self) -> None:
        """Take up what was added, all at once: what is found by number cannot be added to."""
        if self._adding is not None:
            self._phrases, self._adding = self._adding.numbered(), None
            self._seen.clear()

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
        starts = array("I", bytes(4 * (len(self._numbers) + 1)))
        for phrase in self._phrases:
            starts[phrase + 1] += 1
        for number in range(len(self._numbers)):
            starts[number + 1] += starts[number]
        free = array("I", starts)
        row = array("I", bytes(4 * len(self._concepts)))
        for phrase, concept in zip(self._phrases, self._concepts, strict=True):
            row[free[phrase]] = concept
            free[phrase] += 1
        return _Phrases(self._numbers, starts, row)


class _Phrases:
    """Numbered phrases, found by their first word; nothing is added any more."""

    def __init__(self, texts: Iterable[str], starts: array[int], concepts: array[int]) -> None:
        self._texts = "\n".join(texts)  # asked for only when something is added
        self._starts, self._concepts = starts, concepts
        self.single: dict[str, tuple[int, ...]] = {}
        self.longer: dict[str, tuple[int, ...]] = {}
        self._stems: dict[str, tuple[int, ...]] = {}
        self._rest: dict[int, tuple[str, ...]] = {}
        alike: dict[str, tuple[str, ...]] = {}  # many phrases go on with the same words
        for number, text in enumerate(texts):
            head, _, tail = fold(text).replace("_", " ").strip().partition(" ")
            if tail:
                self._rest[number] = alike.setdefault(tail, tuple(map(sys.intern, tail.split())))
            for form in _forms(head):
                whole = self.longer if tail else self.single
                by_word = self._stems if form.endswith("*") else whole
                key = sys.intern(form.rstrip("*"))
                by_word[key] = (*by_word.get(key, ()), number)
        self._lengths = tuple(sorted(set(map(len, self._stems))))

    def items(self) -> Iterator[tuple[str, Sequence[int]]]:
        """Every phrase with its concepts."""
        return ((text, self._meant(number)) for number, text in enumerate(self._texts.splitlines()))

    def words(self) -> frozenset[str]:
        """Every word that stands in some phrase, in all its forms."""
        later = {word for rest in self._rest.values() for word in rest}
        forms = (sys.intern(form.rstrip("*")) for word in later for form in _forms(word))
        return frozenset(chain(self.single, self.longer, self._stems, forms))

    def known(self, word: str) -> Known | None:
        """What is known of ``word``; nothing if no phrase begins with it."""
        numbers = [*self.single.get(word, ()), *self.longer.get(word, ())]
        for length in self._lengths:
            if length > len(word):
                break
            numbers += self._stems.get(word[:length], ())
        if not numbers:
            return None
        single = {
            concept for number in numbers if number not in self._rest for concept in self._meant(number)
        }
        longer = [self._longer(number) for number in numbers if number in self._rest]
        return tuple(sorted(single)), tuple(longer)

    def _longer(self, number: int) -> Phrase:
        rest = self._rest[number]
        return rest, not any(word[-1] in "*+" for word in rest), tuple(self._meant(number))

    def _meant(self, number: int) -> Sequence[int]:
        return self._concepts[self._starts[number] : self._starts[number + 1]]


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
