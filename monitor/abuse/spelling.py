"""Undoes spelling tricks: a strange word that is one slip from an ugly one, or several words glued or cut.

Only words that civil people never write are touched; a list of hashes of common words says which those are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from zlib import crc32

from monitor.reading import Reading

SHORTEST = 4
"""Letters below which everything is one slip from something."""

LONGEST = 30
"""Letters above which a word is no word."""

MEMORY = 10_000
"""Ordinary words that are remembered: bounds what a flood can take."""

_LETTERS = frozenset({"i", "a", "u"})
"""Words of one letter that may be glued to others."""


def word_hash(word: str) -> int:
    """What is stored of a common word."""
    return crc32(word.encode("utf-8", "replace"))


def _shorter(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


class Speller:
    """Knows common words (as hashes), known ones, and the ugly ones that tricks hide."""

    def __init__(self, common: Sequence[int], known: Collection[str], hidden: Collection[str]) -> None:
        self._common = common  # in order; a set would take fifty times the room
        self._hidden = frozenset(hidden)
        self._met = set(known)
        self._solved: dict[str, tuple[str, ...]] = {}
        self._slips: dict[str, str] = {}
        for word in sorted(hidden):
            if SHORTEST <= len(word) <= LONGEST and word.isalpha():
                for form in _shorter(word):
                    self._slips.setdefault(form, word)

    def corrected(self, reading: Reading) -> Reading:
        """``reading`` with strange words undone; the same object if there were none."""
        if not self._common or self._met.issuperset(reading.words):
            return reading
        strange = [not self._ordinary(word) for word in reading.words]
        if not any(strange):
            return reading
        words: list[str] = []
        origins: list[int] = []
        at = 0
        while at < len(strange):
            undone, used = self._undone(reading.words, strange, at)
            words += undone
            origins += [at] * len(undone)
            at += used
        return Reading(
            reading.text,
            tuple(words),
            tuple([reading.sentences[origin] for origin in origins]),
            tuple([reading.origins[origin] for origin in origins]),
        )

    def _undone(self, words: tuple[str, ...], strange: list[bool], at: int) -> tuple[tuple[str, ...], int]:
        word = words[at]
        if at + 1 < len(words) and (strange[at] or strange[at + 1]):
            joined = word + words[at + 1]
            joined = joined if joined in self._hidden else self._slips.get(joined, "")
            if len(joined) >= SHORTEST:
                return (joined,), 2
        return (self._alone(word) if strange[at] else (word,)), 1

    def _alone(self, word: str) -> tuple[str, ...]:
        known = self._solved.get(word)
        if known is None:
            known = tuple(self._parted(word)) or (self._slip(word),)
            if len(self._solved) < MEMORY:
                self._solved[word] = known
        return known

    def _ordinary(self, word: str) -> bool:
        if word in self._met:
            return True
        if word.isalpha() and not self._is_common(word):
            return False
        if len(self._met) < MEMORY:
            self._met.add(word)
        return True

    def _is_common(self, word: str) -> bool:
        key = word_hash(word)
        place = bisect_left(self._common, key)
        return place < len(self._common) and self._common[place] == key

    def _slip(self, word: str) -> str:
        if not SHORTEST <= len(word) <= LONGEST:
            return word
        if word in self._slips:
            return self._slips[word]
        for form in _shorter(word):
            if len(form) >= SHORTEST and form in self._hidden:
                return form
            if (
                len(form) >= SHORTEST - 1
                and form in self._slips
                and abs(len(self._slips[form]) - len(word)) <= 1
            ):
                return self._slips[form]
        return word

    def _parted(self, word: str) -> list[str]:
        """``word`` as two or three words, one of them a hidden one; nothing if it is none."""
        if not SHORTEST <= len(word) <= LONGEST:
            return []
        for cut in range(1, len(word)):
            left, right = word[:cut], word[cut:]
            if not self._part(left):
                continue
            if self._part(right) and self._ugly(left, right):
                return [left, right]
            for second in range(1, len(right)):
                middle, last = right[:second], right[second:]
                if self._part(middle) and self._part(last) and self._ugly(left, middle, last):
                    return [left, middle, last]
        return []

    def _part(self, word: str) -> bool:
        if len(word) == 1:
            return word in _LETTERS
        return self._ordinary(word)

    def _ugly(self, *parts: str) -> bool:
        return any(len(part) >= SHORTEST and part in self._hidden for part in parts)
