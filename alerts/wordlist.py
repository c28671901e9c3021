"""A list of words that takes as many bytes as they have letters: sets take a hundred for each word."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet


class WordList(AbstractSet[str]):
    """A set in one string, in the order of its words' letters; asking takes some microseconds."""

    __slots__ = ("_ends", "_letters")

    def __init__(self, words: Iterable[str] = ()) -> None:
        rows = sorted(set(words))
        self._letters = "".join(rows)
        self._ends = array("I", [0])
        for word in rows:
            self._ends.append(self._ends[-1] + len(word))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._letters[self._ends[place] : self._ends[place + 1]]

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))

    def __contains__(self, word: object) -> bool:
        return self.place(str(word)) is not None

    def place(self, word: str) -> int | None:
        """Which of the words ``word`` is; ``None`` if it is none of them."""
        place = bisect_left(range(len(self)), word, key=self.__getitem__)
        return place if place < len(self) and self[place] == word else None
