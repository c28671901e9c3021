"""How a rule reads a text: folded, cut into words and sentences, with disguises undone.

Everything here is for recognising only; what people are shown is the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from monitor.model import WINDOW

_LOOK_ALIKES = str.maketrans(
    "łøđħıßæœаеорсухіјѕԁһԛԝɡνοαρτυκιβєѵ’‘`´“”„«»",
    "lodhi" + "s" + "ao" + "aeopcyxijsdhqwgvoaptukibev" + "''''" + '"""""',
)
"""Letters that do not decompose, and Cyrillic and Greek letters that look like Latin ones."""

_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*]){2,}[^\W\d_](?![^\W_])")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")
_CAMEL = re.compile(r"#\w+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z0-9])")
_WORD = re.compile(
    r"[@$#£]?[^\W_](?:[^\W_]|['&/](?=[^\W_])|[*@$!|](?=[\w*@$!|])|\*)*"
    r"|[.!?;:\n]+|[\U0001F000-\U0001FAFF☀-➿⚠☠]"
)
_LEET = tuple(
    str.maketrans("013457@$!|8€+", letters) for letters in ("oieast" + "asiibet", "oleast" + "aslibet")
)
_SENTENCE_ENDS = frozenset(".!?;:\n")
_MAX_MASK = 14


@dataclass(frozen=True, slots=True)
class Reading:
    """Words with the sentence each stands in, and where it came from in ``text``."""

    text: str
    words: tuple[str, ...]
    sentences: tuple[int, ...]
    places: tuple[tuple[int, int], ...]

    def excerpt(self, start: int, end: int) -> str:
        """The text from word ``start`` to before word ``end``."""
        return self.text[self.places[start][0] : self.places[end - 1][1]]


def fold(text: str) -> str:
    """``text`` in lower case, without accents, invisible characters and look-alike letters."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).lower().translate(_LOOK_ALIKES)
    return "".join(c for c in plain if c.isascii() or unicodedata.category(c) not in {"Mn", "Me", "Cf", "Cs"})


def read(text: str, vocabulary: Collection[str]) -> Reading:
    """Cut ``text`` into words; disguised words become the word of ``vocabulary`` that they hide."""
    text = (
        _CAMEL.sub(lambda tag: _HUMP.sub(" ", tag.group()), text[:WINDOW]) if "#" in text else text[:WINDOW]
    )
    text = fold(text)[: 2 * WINDOW]
    text = _SPACED.sub(lambda spelt: re.sub(r"[ .\-_*]", "", spelt.group()), text)
    words: list[str] = []
    sentences: list[int] = []
    places: list[tuple[int, int]] = []
    sentence = 0
    for found in _WORD.finditer(text):
        word = found.group()
        if word[0] in _SENTENCE_ENDS:
            sentence += 1
            if "?" not in word:
                continue
            word = "?"
        elif not word.isalpha():
            word = _unmask(word, vocabulary)
        elif word not in vocabulary:
            word = _squeezed(word, vocabulary)
        words.append(word)
        sentences.append(sentence - (word == "?"))
        places.append(found.span())
    return Reading(text, tuple(words), tuple(sentences), tuple(places))


def _unmask(word: str, vocabulary: Collection[str]) -> str:
    word = word.replace("'", "")
    if word in vocabulary or word.isalpha() or word.isdigit():
        return word
    if "*" in word:
        return _starred(word, vocabulary)
    bare = word.lstrip("#@$£")
    if bare.isalpha() and word[0] in "#@":
        return bare if word[0] == "#" else word
    for table in _LEET:
        plain = word.lstrip("#").translate(table)
        if plain in vocabulary:
            return plain
    return word


def _starred(word: str, vocabulary: Collection[str]) -> str:
    if len(word) > _MAX_MASK or word[0] == "*":
        return word.strip("*")
    shape = re.compile(re.escape(word).replace(r"\*", "[a-z]") + "s?")
    return min(
        (known for known in vocabulary if known[:1] == word[0] and shape.fullmatch(known)),
        default=word.replace("*", ""),
    )


def _squeezed(word: str, vocabulary: Collection[str]) -> str:
    if not _LONG_RUN.search(word):
        return word
    for shape in (r"\1\1", r"\1"):
        shorter = _LONG_RUN.sub(shape, word)
        if shorter in vocabulary:
            return shorter
    return _LONG_RUN.sub(r"\1", word)
