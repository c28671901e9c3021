"""When two texts say the same: copies that were cut off, quoted, lightly edited or told again.

Works on bare words (``text.bare``). A *sketch* finds candidates without reading all texts; ``alike`` decides.
Two people who complain of the same thing are not alike: they share a subject, not their words.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from monitor.typing_errors import SHORTEST, one_error_apart

GRAM: Final = 5
"""Characters of a shingle: long enough to tell texts apart, short enough to survive a typing error."""
ALIKE: Final = 0.55
"""Share of common shingles (Jaccard) from which two texts are the same."""
SHORT: Final = 60
"""Shingles below which a text is short: the school's name alone is a large part of it, and so …"""
SHORT_ALIKE: Final = 0.6
FEWEST_SHORT: Final = 3
SHORT_RETOLD: Final = 0.75
"""… shingles are not enough: the words of weight must be the same too."""
PARTS: Final = ((0.85, 60, 0), (0.95, 25, 4))
"""Share of the shorter text that stands in the longer one, its shingles, and its words of weight: a copy
that was cut off or quoted. What is shorter still is a phrase, not a copy."""
RETOLD: Final = 0.65
"""Share of common words, by letters, from which a text is told again; a typing error is forgiven."""
FEWEST_RETOLD: Final = 7
"""Words of weight that both must have: two short complaints of one thing share fewer."""
_SLIP = 0.9
"""What a word with a typing error counts."""
_MOST_WORDS = 400
"""Words that are compared with errors forgiven; more do not fit in a window."""
_LONGEST = 20_000
"""Characters that are sketched and compared."""

_CHARACTER_BANDS, _CHARACTER_ROWS = 21, 3
_WORD_BANDS, _WORD_ROWS = 16, 4
"""Bands by rows: by characters for edited copies, by words for texts told again. Both are chosen by
measurement: nearly all copies share a band, and hardly one in five hundred pairs of other posts does."""
_STEM = 5
"""Letters of a word that the word sketch looks at: endings and late errors do not matter."""
_HASHES: Final = max(_CHARACTER_BANDS * _CHARACTER_ROWS, _WORD_BANDS * _WORD_ROWS)


def _numbers(seed: int) -> Iterator[int]:
    """Endless 64-bit numbers (SplitMix64): stored sketches must mean the same in every version of a library."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) % 2**64
        mixed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
        yield mixed ^ (mixed >> 31)


_FACTORS: Final = np.array([[number | 1] for number in islice(_numbers(1), _HASHES)], dtype=np.uint64)
_OFFSETS: Final = np.array([[number] for number in islice(_numbers(2), _HASHES)], dtype=np.uint64)
_POWERS: Final = np.array([pow(1_000_003, k, 2**64) for k in range(GRAM)], dtype=np.uint64)

_LIGHT_WORDS = """
a about again all also am an and any are as at be been but by can could did do does down for from get got had has have
having he her here him his how i if im in into is it its ive just me more most my no not now of on one or our out over
really she should so some than that the their them then there these they this those to too up us very was we were what
when which who will with would you your school primary community cp cps
"""
LIGHT: Final = frozenset(_LIGHT_WORDS.split())
"""Words that every post on a school has; they make no two texts alike."""

Hashes: TypeAlias = npt.NDArray[np.uint64]


def sketch(words: str) -> tuple[int, ...]:
    """Return the bands of a MinHash sketch, as signed 64-bit numbers: texts that are alike share at least one."""
    stems = {word[:_STEM].encode("utf-8", "surrogatepass") for word in _weighty(words)}
    hashes = np.array([zlib.crc32(stem) << 32 | zlib.crc32(stem[::-1]) for stem in stems], dtype=np.uint64)
    return (
        *_bands(_shingles(words), _CHARACTER_BANDS, _CHARACTER_ROWS, "characters"),
        *_bands(hashes, _WORD_BANDS, _WORD_ROWS, "words"),
    )


def alike(first: str, second: str) -> bool:
    """Return whether two texts (bare words) say the same."""
    if first == second:
        return bool(first)
    shingles, others = _shingles(first), _shingles(second)
    shorter = min(len(shingles), len(others))
    if not shorter:
        return False
    common = len(np.intersect1d(shingles, others, assume_unique=True))
    jaccard = common / (len(shingles) + len(others) - common)
    if shorter >= SHORT and jaccard >= ALIKE:
        return True
    words, other_words = _weighty(first), _weighty(second)
    fewest = min(len(words), len(other_words))
    if any(common >= share * shorter and shorter >= size and fewest >= least for share, size, least in PARTS):
        return True
    if fewest >= FEWEST_RETOLD and _shared(words, other_words) >= RETOLD:
        return True
    return jaccard >= SHORT_ALIKE and fewest >= FEWEST_SHORT and _shared(words, other_words) >= SHORT_RETOLD


def _shared(words: Sequence[str], others: Sequence[str]) -> float:
    """The share of letters in words that both have, in whatever order; a typing error is forgiven."""
    common = Counter(words) & Counter(others)
    letters = float(sum(len(word) * times for word, times in common.items()))
    left, right = (list((Counter(some) - common).elements()) for some in (words, others))
    for word in left:
        slip = next(
            (other for other in right if len(word) >= SHORTEST and one_error_apart(word, other)), None
        )
        if slip is not None:
            right.remove(slip)
            letters += _SLIP * len(word)
    return 2 * letters / sum(map(len, (*words, *others)))


def _weighty(words: str) -> list[str]:
    return [word for word in words[:_LONGEST].split(" ") if word and word not in LIGHT][:_MOST_WORDS]


def _shingles(words: str) -> Hashes:
    """The distinct hashes of all runs of ``GRAM`` characters."""
    codes = np.frombuffer(words[:_LONGEST].encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(
        np.uint64
    )
    if len(codes) < GRAM:
        return np.empty(0, dtype=np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(codes, GRAM)
    mixed: Hashes = (runs * _POWERS).sum(axis=1, dtype=np.uint64)
    mixed.sort()
    return mixed[np.concatenate(([True], mixed[1:] != mixed[:-1]))]  # np.unique would load masked arrays


def _bands(hashes: Hashes, bands: int, rows: int, sort: str) -> tuple[int, ...]:
    if not len(hashes):
        return ()
    size = bands * rows
    lowest = ((hashes * _FACTORS[:size] + _OFFSETS[:size]) >> np.uint64(16)).min(axis=1).reshape(bands, rows)
    return tuple(
        int.from_bytes(
            hashlib.blake2b(
                row.astype("<u8").tobytes(),
                digest_size=8,
                salt=number.to_bytes(2, "big"),
                person=sort.encode(),
            ).digest(),
            "big",
            signed=True,
        )
        for number, row in enumerate(lowest)
    )
