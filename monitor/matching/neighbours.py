"""Finds the words of names that a word of a post may be a misspelling of, without trying them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from monitor.matching.english import is_ordinary
from monitor.typing_errors import SHORTEST, one_error_apart

LONGEST: Final = 24
"""No word of a name is longer; hostile "words" cost nothing."""


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
        if not word.endswith("s"):
            return self._near(word)
        return frozenset() if word[:-1] in self.known else self._near(word) or self._near(word[:-1])

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
