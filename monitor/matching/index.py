"""Finds all names of all schools in one pass, however they are written: the time hardly grows with their number.

What is found here are *hits*: places where a name stands, or something near enough. What a hit means is
decided by ``reading``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from itertools import islice
from typing import Final, Literal

import ahocorasick

from monitor.matching.english import is_ordinary
from monitor.matching.neighbours import Neighbours
from monitor.typing_errors import SHORTEST, one_error_apart

FUZZY_REACH: Final = 100_000
"""Characters in which disguises are looked for; exact names are found however long a text is."""
SHORTEST_ALONE: Final = 6
"""Letters a name in one word must have before an error in it is forgiven."""
_MOST_FOLLOWED = 1000
"""Possible typing errors followed up in one text; a flood of them says nothing more."""
_MOST_PLACES = 100
"""Places of one name in one text; a flood of one name can neither exhaust us nor hide another name."""
_REMEMBERED = 50_000
"""Words remembered as dull: all words of ordinary posts, and little memory in a flood."""
_SPELT_LETTERS = "1" * 5
"""So many single letters in a row are a word that is spelt out."""
_REACH = 120
"""Characters of the longest handle, or of a word beside another."""
_MARKS = ".,;:!?@#/$|"
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W_] ){4,80}[^\W_](?![^\W_])")
_LEET_WORD = re.compile(r"(?=[^a-z]*[a-z])(?=[a-z]*[013457@$!8])[a-z013457@$!8]{3,40}")
_LEET: Final = tuple(str.maketrans("013457@$!8", letters) for letters in ("oieastasib", "oleastaslb"))
_TOKEN = re.compile(r"[^\W_]{1,200}")
_WHOLE_WORD = re.compile(r"(?<![^\W_])[^\W_]{3,25}(?![^\W_])")
_BEFORE = re.compile(r"([^\W_]+) $")
_AFTER = re.compile(r" ([^\W_]+)")
_HANDLE_START = re.compile(
    r"(?:the|friendsof|friends|pta|ptaof|team|weare|our|ourschool|love|save|support|justicefor|stop|boycott)?"
)
_HANDLE_END = re.compile(
    r"(?:communityprimary|primary|prim|school|sch|cps?|ps|headteacher|head|office|official|pta|ptfa|friends|parents|staff"
    r"|governors|nursery|reception|eyfs|ks[12]|y(?:r|ear)?[1-6r]|class|infants?|juniors?|academy|senco|library|sport|pe)+"
    r"[0-9]{0,4}"
    r"|(?:communityprimary|primary|school|headteacher|official)[a-z0-9]*"
)
_NO_BLANKS_BETWEEN_WORDS = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0xFFEF),
    (0x20000, 0x3FFFF),
)
"""Thai, Lao, Burmese, Khmer, and the scripts of East Asia: a name may stand in the middle of a run."""


class Kind(Enum):
    """What sort of name was found."""

    STRONG = auto()
    WEAK = auto()
    CORE = auto()
    """The own part of the school's name; counts only with "primary", "school" or the like behind it."""
    HANDLE = auto()
    DOMAIN = auto()
    SCRIPT = auto()
    URN = auto()
    OTHER = auto()
    """Another school, never ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """One way a school is named."""

    kind: Kind
    school: int
    term: str
    """As the configuration spells it."""
    words: str
    """Its key."""
    stem: int = 0
    """Characters of the key before the school words at its end; all of them if there are none."""
    fuzzy: bool = False
    handle: re.Pattern[str] | None = None
    derived: bool = False
    """Made from the school's name alone; nobody has said that it is enough by itself."""
    joined: bool = False
    """To be found without its blanks."""

    @property
    def joined_stem(self) -> str:
        """The stem without its blanks."""
        return self.words[: self.stem].replace(" ", "")

    @property
    def spelling(self) -> str:
        """What the automaton looks for."""
        return self.joined_stem if self.joined else self.words


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a key where a name stands."""

    name: Name
    start: int
    end: int
    """After the name, with a possessive or plural s."""
    errors: int = 0
    """Typing errors, or 1 for blanks left out."""
    tagged: bool = False
    """As a handle or hashtag that is the school's by its ending."""
    disguise: Literal["", "leet", "spaced"] = ""


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The words of a text that are worth a second look."""

    misspelt: Mapping[str, frozenset[str]]
    """With the words of names that they may stand for."""
    leet: frozenset[str]
    is_spelt_out: bool


class Index:
    """All names of all schools, compiled once. Reading from several threads is safe."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._names: list[list[Name]] = []
        """By number in the automaton; negative numbers there stand for names without their blanks."""
        self._automaton = ahocorasick.Automaton()
        self._followers: dict[tuple[str, str, int], list[tuple[Name, int]]] = {}
        listed = list(names)
        for name in listed:
            self._add(name)
        self._is_empty = not listed
        if listed:
            self._automaton.make_automaton()
        words = {word for word, _, _ in self._followers}
        written = {word for name in listed for word in (*name.words.split(" "), name.joined_stem)}
        self._near = Neighbours(words, written)
        self._dull: set[str] = set()
        """A memo of words that no name could be hidden in; it changes the time taken and nothing else."""

    def hits(self, text: str) -> list[Hit]:
        """Return every place of ``text`` (a key) where a name stands, disguised or not."""
        if self._is_empty:
            return []
        near = text[:FUZZY_REACH]
        hits = list(self._exact(text))
        tokens = self._second_look(near)
        if tokens.misspelt:
            hits += self._misspelt(near, tokens.misspelt)
        if tokens.leet:
            hits += self._leet(near, tokens.leet)
        if tokens.is_spelt_out:
            hits += self._spelt_out(near)
        return hits

    def _add(self, name: Name) -> None:
        self._list(name)
        words = name.words[: name.stem].split(" ")
        joined = "".join(words)
        long_enough = len(joined) >= SHORTEST_ALONE
        if name.kind in {Kind.WEAK, Kind.CORE} and long_enough:
            self._list(replace(name, joined=True))
        if name.fuzzy and long_enough:
            self._followers.setdefault((joined, "", 0), []).append((name, -1))
        if name.fuzzy and len(words) > 1:
            for at, word in enumerate(words):
                step = 1 if at + 1 < len(words) else -1
                self._followers.setdefault((word, words[at + step], step), []).append((name, at))

    def _list(self, name: Name) -> None:
        number: int = self._automaton.get(name.spelling, len(self._names))
        if number == len(self._names):
            self._automaton.add_word(name.spelling, number)
            self._names.append([])
        self._names[number].append(name)

    def _exact(self, text: str) -> Iterator[Hit]:
        met: Counter[int] = Counter()
        for last, number in self._automaton.iter(text):
            met[number] += 1
            for name in self._names[number] if met[number] <= _MOST_PLACES else ():
                find = _joined if name.joined else _SHAPES.get(name.kind, _phrase)
                hit = find(text, last + 1 - len(name.spelling), last + 1, name)
                if hit:
                    yield hit

    def _second_look(self, text: str) -> _Tokens:
        tokens = text.split(" ")
        misspelt: dict[str, frozenset[str]] = {}
        leet: set[str] = set()
        for token in set(tokens) - self._dull:
            word = token.strip(_MARKS)
            near = self._near.of(word) if word.isalpha() else frozenset()
            if near:
                misspelt[word] = near
            elif self._could_be_leet(word):
                leet.add(word)
            elif len(self._dull) < _REMEMBERED:
                self._dull.add(token)
        lengths = "".join("1" if len(token) == 1 else "-" for token in tokens)
        return _Tokens(misspelt, frozenset(leet), _SPELT_LETTERS in lengths)

    def _could_be_leet(self, word: str) -> bool:
        if not _LEET_WORD.fullmatch(word):
            return False
        plain = {word.translate(table) for table in _LEET}
        return any(
            one in self._near.known
            or one.removesuffix("s") in self._near.known
            or any(self._automaton.iter(one))
            for one in plain
        )

    def _misspelt(self, text: str, near: Mapping[str, frozenset[str]]) -> Iterator[Hit]:
        followed = 0
        for found in _WHOLE_WORD.finditer(text):
            for word in near.get(found[0], ()):
                for name, at in self._with_word(text, found.span(), word):
                    hit = _with_neighbours(text, found.span(), name, at)
                    if hit:
                        yield hit
                    followed += 1
            if followed >= _MOST_FOLLOWED:
                return

    def _with_word(self, text: str, span: tuple[int, int], word: str) -> Iterator[tuple[Name, int]]:
        """The names that have ``word``, and beside it what stands beside ``span``."""
        yield from self._followers.get((word, "", 0), ())
        for step, found in (
            (1, _AFTER.match(text, span[1])),
            (-1, _BEFORE.search(text, max(0, span[0] - _REACH), span[0])),
        ):
            if found:
                beside = found[1]
                for known in {beside, beside.removesuffix("s"), *self._near.of(beside)}:
                    yield from self._followers.get((word, known, step), ())

    def _leet(self, text: str, words: frozenset[str]) -> Iterator[Hit]:
        some = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, sorted(words)))})(?![^\W_])")
        for reading in sorted({some.sub(partial(_unleet, table), text) for table in _LEET}):
            for hit in self._exact(reading):
                if reading[hit.start : hit.end] != text[hit.start : hit.end]:
                    yield replace(hit, disguise="leet")

    def _spelt_out(self, text: str) -> Iterator[Hit]:
        for run in islice(_SPACED.finditer(text), _MOST_PLACES):
            letters = run[0].replace(" ", "")
            for last, number in self._automaton.iter(letters):
                tagged = bool(_HANDLE_END.fullmatch(letters[last + 1 :]))
                for name in self._names[number]:
                    yield Hit(name, run.start(), run.end(), tagged=tagged, disguise="spaced")


def _unleet(table: dict[int, int], token: re.Match[str]) -> str:
    return token[0].translate(table)


def _phrase(text: str, start: int, end: int, name: Name) -> Hit | None:
    """A name between word boundaries, or with "primary" stuck to its end."""
    if start and text[start - 1].isalnum():
        return None
    stop = _end_of_word(text, end)
    if stop:
        return Hit(name, start, stop)
    token = _TOKEN.match(text, end)
    if token and name.kind in {Kind.WEAK, Kind.CORE} and _HANDLE_END.fullmatch(token[0]):
        return Hit(name, start, token.end(), tagged=True)
    return None


def _handle(text: str, start: int, end: int, name: Name) -> Hit | None:
    """A handle, hashtag or sender that matches the configured pattern from its beginning."""
    if name.handle is None or (start and text[start - 1].isalnum()):
        return None
    begins = (start - 1, start) if start and text[start - 1] in "@#" else (start,)
    for begin in begins:
        found = name.handle.match(text[begin : begin + _REACH])
        if found and begin + found.end() >= end:
            return Hit(name, begin, begin + found.end(), tagged=True)
    return None


def _domain(text: str, start: int, end: int, name: Name) -> Hit | None:
    """A domain or a subdomain of it, not another that begins or ends like it."""
    if start and text[start - 1].isalnum():
        return None
    follows = text[end : end + 2]
    if follows[:1].isalnum() or (follows[:1] == "." and follows[1:].isalnum()):
        return None
    return Hit(name, start, end)


def _urn(text: str, start: int, end: int, name: Name) -> Hit | None:
    """The school's number, where the text says that it is one."""
    if text[start - 1 : start].isdigit() or text[end : end + 1].isdigit():
        return None
    return Hit(name, start, end) if re.search(r"\burn\b", text[max(0, start - 15) : start]) else None


def _script(text: str, start: int, end: int, name: Name) -> Hit | None:
    """A name in another script; where words have no blanks between them it may stand anywhere."""
    if start and text[start - 1].isalnum() and not _is_unspaced(text[start]):
        return None
    if text[end : end + 1].isalnum() and not _is_unspaced(text[end - 1]):
        return None
    return Hit(name, start, end)


_SHAPES: Final = {Kind.HANDLE: _handle, Kind.DOMAIN: _domain, Kind.URN: _urn, Kind.SCRIPT: _script}


def _joined(text: str, start: int, end: int, name: Name) -> Hit | None:
    """A name without its blanks: by itself, or in a handle or hashtag with school words round it."""
    token = _TOKEN.match(text, start)
    begin = start
    while begin and start - begin < _REACH and text[begin - 1].isalnum():
        begin -= 1
    if token is None or token.end() - begin > _REACH:
        return None
    sign = text[begin - 1 : begin] if begin else ""
    if sign != "#" and not _HANDLE_START.fullmatch(text[begin:start]):
        return None
    rest = text[end : token.end()]
    if _HANDLE_END.fullmatch(rest):
        return Hit(name, begin, token.end(), tagged=True)
    if rest in {"", "s"} and " " in name.words[: name.stem]:
        return Hit(name, begin, token.end(), errors=0 if sign and sign in "@#" else 1)
    return None


def _with_neighbours(text: str, span: tuple[int, int], name: Name, at: int) -> Hit | None:
    """A name of which the word at ``span`` is the misspelt ``at``-th (-1: all of it in one word)."""
    if at < 0:
        return Hit(name, *span, errors=1)
    words = name.words[: name.stem].split(" ")
    (start, end), errors = span, 1
    for word in reversed(words[:at]):
        found = _BEFORE.search(text, max(0, start - _REACH), start)
        if not found or not _reads_as(found[1], word):
            return None
        start, errors = found.start(), errors + (found[1] != word)
    for word in words[at + 1 :]:
        found = _AFTER.match(text, end)
        if not found or not _reads_as(found[1], word):
            return None
        end, errors = found.end(), errors + (found[1] not in {word, word + "s"})
    return Hit(name, start, end, errors=errors)


def _reads_as(written: str, word: str) -> bool:
    if written in {word, word + "s"}:
        return True
    return len(word) >= SHORTEST and one_error_apart(written, word) and not is_ordinary(written)


def _end_of_word(text: str, end: int) -> int:
    """``end``, or after a possessive s, if a word ends there; else 0."""
    if not text[end : end + 1].isalnum():
        return end
    return end + 1 if text[end] == "s" and not text[end + 1 : end + 2].isalnum() else 0


def _is_unspaced(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _NO_BLANKS_BETWEEN_WORDS)
