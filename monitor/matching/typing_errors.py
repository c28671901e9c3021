"""Words one typing error away from a known word: a letter too many, missing, wrong, or two swapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from monitor.matching.english import is_ordinary

SHORTEST: Final = 4
"""Letters a word must have before an error in it is forgiven: "oak" and "oat" are two words."""
LONGEST: Final = 24
"""No word of a name is longer; hostile "words" cost nothing."""


def one_error_apart(first: str, second: str) -> bool:
    """Return whether one typing error makes ``first`` into ``second``; equal words are not apart."""
    if len(first) > len(second):
        first, second = second, first
    if len(second) - len(first) > 1 or first == second:
        return False
    at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))
    if len(first) < len(second):
        return first[at:] == second[at + 1 :]
    swapped = second[at + 1 : at + 2] + second[at : at + 1] + second[at + 2 :]
    return first[at + 1 :] == second[at + 1 :] or first[at:] == swapped


class Neighbours:
    """Finds the known words that a word of a post is one typing error away from."""

    def __init__(self, words: Iterable[str], known: Iterable[str]) -> None:
        self.known = frozenset(known)
        """Words that are no misspelling of another, because they stand in a name themselves."""
        self._by_rest: dict[str, set[str]] = {}
        for word in words:
            if SHORTEST <= len(word) <= LONGEST:
                for rest in (word, *_with_one_letter_less(word)):
                    self._by_rest.setdefault(rest, set()).add(word)

    def of(self, word: str) -> frozenset[str]:
        """Return the known words that ``word``, or ``word`` without a final s, is one error away from."""
        return self._near(word) or (self._near(word[:-1]) if word.endswith("s") else frozenset())

    def _near(self, word: str) -> frozenset[str]:
        if not SHORTEST - 1 <= len(word) <= LONGEST or word in self.known:
            return frozenset()
        candidates: set[str] = set()
        for rest in (word, *_with_one_letter_less(word)):
            candidates |= self._by_rest.get(rest, frozenset())
        near = frozenset(known for known in candidates if one_error_apart(word, known))
        return frozenset() if near and is_ordinary(word) else near


def _with_one_letter_less(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))
