"""The wording of a text as hashed features: words, pairs of words, and the parts of words.

The same bits on every machine: the hashes are CRC-32 and fixed multipliers, nothing is salted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from monitor.model import WINDOW
from monitor.text import fold

Hashes: TypeAlias = NDArray[np.uint32]

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[!?]|[\U0001F300-\U0001FAFF\u2600-\u27BF]")
_LONG_NUMBER = 3
"""Numbers of so many digits are all alike; shorter ones are ages and year groups."""
_LONGEST = 40
"""Letters of a word that are looked at."""
_STEP = np.uint32(0x01000193)
_SEEDS = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D))
_PAIR = np.uint32(0x27D4EB2F)
_PARTS = np.uint32(0xA5A5A5A5)
_SHIFTS = (np.uint32(15), np.uint32(13))
_BLANK = 32


def words(text: str, aside: Collection[str] = ()) -> list[str]:
    """The words of the first ``WINDOW`` characters, folded, without those that name the school."""
    found = _WORD.findall(fold(text[:WINDOW])[: 2 * WINDOW])
    plain = ("0" if word.isdigit() and len(word) >= _LONG_NUMBER else word[:_LONGEST] for word in found)
    return [word for word in plain if word not in aside]


def hashes(parts: Sequence[str]) -> tuple[Hashes, Hashes]:
    """Hashes of the words followed by those of the pairs; and hashes of runs of 3 to 5 letters of each word."""
    one = np.array([crc32(part.encode("utf-8", "replace")) for part in parts], np.uint32)
    return _mixed(np.concatenate((one, one[:-1] * _PAIR + one[1:]))), _runs(parts)


def _runs(parts: Sequence[str]) -> Hashes:
    """Runs may begin or end with the blank beside a word, and never reach into the next."""
    text = f" {'  '.join(parts)} "
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    blank = codes == _BLANK
    run, inside = codes[:-1] * _STEP + codes[1:], np.zeros(max(codes.size - 1, 0), bool)
    found = []
    for at, seed in enumerate(_SEEDS, 2):
        run = run[:-1] * _STEP + codes[at:]
        inside = inside[:-1] | blank[at - 1 : -1]
        found.append(run[~inside] * seed)
    return _mixed(np.concatenate(found) ^ _PARTS)


def _mixed(hashed: Hashes) -> Hashes:
    hashed = (hashed ^ (hashed >> _SHIFTS[0])) * _SEEDS[1]
    return hashed ^ (hashed >> _SHIFTS[1])
