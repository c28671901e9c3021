"""Text to hashed features: words, pairs of words, and runs of three to five characters.

The same bits on every machine: the hashes are CRC-32 and fixed multipliers, nothing is salted.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from monitor.abuse.identities import masked
from monitor.model import WINDOW
from monitor.text import fold

BUCKETS_LOG2 = 18
BUCKETS = 1 << BUCKETS_LOG2

Indices: TypeAlias = NDArray[np.uint32]

_WORDS = re.compile(r"[^\W_]+|[^\w\s]")
_SPACES = re.compile(r"\s+")
_REPEATS = re.compile(r"(.)\1{2,}")
_UNLEET = str.maketrans("013457@$8€", "oieastasbe")
"""Digits that stand for letters. Numbers themselves say nothing about abuse."""
_STEP = np.uint32(0x01000193)
_SEEDS = {3: np.uint32(0x9E3779B1), 4: np.uint32(0x85EBCA77), 5: np.uint32(0xC2B2AE3D)}
_PAIR = np.uint32(0x27D4EB2F)
_SHIFT = np.uint32(32 - BUCKETS_LOG2)
_NOTHING = np.zeros(1, np.uint32)


def plain(text: str) -> str:
    """The form that is hashed: folded, digits read as letters, repeats and spaces shortened, groups masked."""
    text = fold(text[:WINDOW])[: 2 * WINDOW].translate(_UNLEET)
    return masked(_REPEATS.sub(r"\1\1", _SPACES.sub(" ", text)))


def features(text: str) -> Indices:
    """Buckets of every feature of ``text``, repeats included; never empty."""
    text = plain(text)
    words = np.array([crc32(word.encode("utf-8", "replace")) for word in _WORDS.findall(text)], np.uint32)
    pairs = words[:-1] * _PAIR + words[1:]
    codes = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), np.uint32)
    runs = codes
    found = [words, pairs]
    for length in (2, 3, 4, 5):
        runs = runs[:-1] * _STEP + codes[length - 1 :]
        if length in _SEEDS:
            found.append(runs * _SEEDS[length])
    hashes = np.concatenate(found)
    if not hashes.size:
        return _NOTHING
    hashes ^= hashes >> np.uint32(15)
    return (hashes * _SEEDS[4]) >> _SHIFT
