"""How a rule reads a text: folded, cut into words and sentences, with disguised words undone.

Everything here is for recognising only; what people are shown is the text as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from monitor.model import WINDOW
from monitor.text import fold

_SPELT = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*]){2,}[^\W\d_](?![^\W_])")
"""Letters one by one: "k i l l", "k.i.l.l"."""
_GLUE = re.compile(r"[ .\-_*]")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")
_QUERY_OF_LINK = re.compile(r"(?<=\S)\?(?=[\w%&=.-]+=)")
"""The "?" inside a web address asks nothing."""
_TAG = re.compile(r"#\w+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(
    r"[@$#£]?[^\W_](?:[^\W_]|['&](?=[^\W_])|[*@$|](?=[\w*@$!|])|!(?=!*[^\W\d_])|\*)*"
    r"|[.!?;]+|[\U0001F000-\U0001FAFF\u2600-\u27BF]"
)
_LEET: Final = (
    str.maketrans("013457@$!|8€+", "oieastasiibet"),
    str.maketrans("013457@$!|8€+", "oleastasllbet"),
)
_YEAR_GROUP = re.compile(r"(?:y|yr|year|ks|fs|p)\d+s?|\d+[a-z]{1,2}")
_SENTENCE_ENDS: Final = frozenset(".!?;")
_MOST_RUNS = 4
"""Stretched letters in a word that are tried in every combination."""

_LONGEST_MASKED = 14
"""Letters of the longest word anyone masks with stars."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Words with the sentence each stands in, and which word of ``text`` each comes from."""

    text: str
    words: tuple[str, ...]
    sentences: tuple[int, ...]
    origins: tuple[int, ...]

    def excerpt(self, start: int, end: int) -> str:
        """The text from word ``start`` to before word ``end``."""
        places = [found.span() for found in _WORD.finditer(self.text)]
        return self.text[places[self.origins[start]][0] : places[self.origins[end - 1]][1]]


class Vocabulary:
    """The words that rules know: disguised words are compared with them."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        self._alike: dict[tuple[str, int], list[str]] = {}
        for word in sorted(self.words):
            if word.isalpha():
                self._alike.setdefault((word[0], len(word)), []).append(word)

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def alike(self, first: str, length: int) -> Sequence[str]:
        """Words of that first letter and length."""
        return self._alike.get((first, length), ())


def read(text: str, vocabulary: Vocabulary) -> Reading:
    """Cut ``text`` into words; a disguised word becomes the word of ``vocabulary`` that it hides."""
    text = _unspelt(_QUERY_OF_LINK.sub(" ", text[:WINDOW]))
    words: list[str] = []
    sentences: list[int] = []
    origins: list[int] = []
    sentence = 0
    known = vocabulary.words
    for origin, word in enumerate(_WORD.findall(text)):
        if word[0] in _SENTENCE_ENDS:
            sentence += 1
            if "?" not in word:
                continue
            words.append("?")
            sentences.append(sentence - 1)
        else:
            words.append(word if word in known else _undone(word, vocabulary))
            sentences.append(sentence)
        origins.append(origin)
    return Reading(text, tuple(words), tuple(sentences), tuple(origins))


def _unspelt(text: str) -> str:
    """``text`` folded, with tags parted into words and words that were spelt out put together."""
    if "#" in text:
        text = _TAG.sub(lambda tag: _HUMP.sub(" ", tag[0]), text)
    text = fold(text.replace("\n", " ; "))[: 2 * WINDOW]
    return _SPELT.sub(lambda spelt: _GLUE.sub("", spelt[0]), text)


def _undone(word: str, vocabulary: Vocabulary) -> str:
    if word.isalpha():
        return _squeezed(word, vocabulary)
    word = word.replace("'", "")
    if word.isalpha() or word.isdigit() or word in vocabulary:
        return word
    if "*" in word:
        return _starred(word, vocabulary)
    return _unleeted(word, vocabulary)


def _unleeted(word: str, vocabulary: Vocabulary) -> str:
    bare = word.lstrip("#@$£")
    if bare.isalpha() and word[0] in "#@":
        return bare if word[0] == "#" else word
    if not _YEAR_GROUP.fullmatch(word):
        for table in _LEET:
            plain = word.lstrip("#").translate(table)
            if plain in vocabulary:
                return plain
    return word


def _starred(word: str, vocabulary: Vocabulary) -> str:
    if len(word) <= _LONGEST_MASKED and word[0] != "*":
        for length in (len(word), len(word) + 1):
            for known in vocabulary.alike(word[0], length):
                if all(letter in {"*", other} for letter, other in zip(word, known, strict=False)):
                    return known
    return word.replace("*", "")


def _squeezed(word: str, vocabulary: Vocabulary) -> str:
    """``word`` with its long runs of a letter cut to one or two, whichever makes a known word."""
    runs = _LONG_RUN.findall(word)
    if not 0 < len(runs) <= _MOST_RUNS:
        return word
    for lengths in product((2, 1), repeat=len(runs)):
        shorter = word
        for length in lengths:
            shorter = _LONG_RUN.sub(r"\1" * length, shorter, count=1)
        if shorter in vocabulary:
            return shorter
    return _LONG_RUN.sub(r"\1", word)
