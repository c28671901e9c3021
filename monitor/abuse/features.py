"""Text to hashed features: words, pairs of words, and runs of three to five characters.

The same bits on every machine: the hashes are CRC-32 and fixed multipliers, nothing is salted.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from monitor.abuse.identities import masked, names_group
from monitor.model import WINDOW
from monitor.text import fold

BUCKETS_LOG2 = 18
BUCKETS = 1 << BUCKETS_LOG2

Indices: TypeAlias = NDArray[np.uint32]

_WORDS = re.compile(r"[^\W_]+|[^\w\s]")
_REPEATS = re.compile(r"(.)\1{2,}")
_UNLEET = str.maketrans("013457@$8€", "oieastasbe")
"""Digits that stand for letters. Numbers themselves say nothing about abuse."""
_STEP = np.uint32(0x01000193)
_SEEDS = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D))
_PAIR = np.uint32(0x27D4EB2F)
_MIX = np.uint32(15)
_SHIFT = np.uint32(32 - BUCKETS_LOG2)
_NOTHING = np.zeros(1, np.uint32)


def plain(text: str) -> str:
    """The form that is hashed: folded, digits read as letters, repeats and spaces shortened, groups masked."""
    return _prepared(text)[0]


def _prepared(text: str) -> tuple[str, list[str]]:
    text = fold(text[:WINDOW])[: 2 * WINDOW].translate(_UNLEET)
    text = _REPEATS.sub(r"\1\1", " ".join(text.split()))
    words = _WORDS.findall(text)
    if names_group(words):
        text = masked(text)
        words = _WORDS.findall(text)
    return text, words


def features(text: str) -> Indices:
    """Buckets of every feature of ``text``, repeats included; never empty."""
    text, parts = _prepared(text)
    words = np.array([crc32(part.encode("utf-8", "replace")) for part in parts], np.uint32)
    codes = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), np.uint32)
    two = codes[:-1] * _STEP + codes[1:]
    three = two[:-1] * _STEP + codes[2:]
    four = three[:-1] * _STEP + codes[3:]
    five = four[:-1] * _STEP + codes[4:]
    pairs = words[:-1] * _PAIR + words[1:]
    hashes = np.concatenate((words, pairs, three * _SEEDS[0], four * _SEEDS[1], five * _SEEDS[2]))
    if not hashes.size:
        return _NOTHING
    hashes ^= hashes >> _MIX
    return (hashes * _SEEDS[1]) >> _SHIFT
