"""One normalisation of text for everything that compares: folded copies, and the way back.

A folded copy is for recognising only; people are shown the text as it was written. Folding takes linear
time on any text, never fails, and a place in the copy can be traced back to the characters it came from.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.letters import FLAGS, INVISIBLE, SQUARES, look_alikes

_MEMORY = 20_000
"""Characters whose folding is remembered: more than all living alphabets, little memory in a flood."""
_LONGEST = 4
"""Characters one character may become; a few Arabic phrases in one sign would become eighteen."""
_WORD_REACH = 60
"""How far a window looks for a word's end; a longer "word" is cut."""
_SPELLING_MARKS = range(7, 10)
"""Combining classes that belong to the spelling of Indic words; all others only decorate a letter."""


@dataclass(frozen=True, slots=True)
class Step:
    """Replaces every match of ``pattern``; ``whole``, if given, does the same to a whole text, but faster."""

    pattern: re.Pattern[str]
    replace: Callable[[str], str]
    whole: Callable[[str], str] | None = None
    keeps_places: bool = False
    """Every character becomes one character, so that no place moves."""

    def after(self, text: str) -> str:
        """Return ``text`` with every match replaced."""
        if self.whole is not None:
            return self.whole(text)
        return self.pattern.sub(lambda found: self.replace(found[0]), text)


class _Folding(dict[int, str]):
    """What each character is folded to: worked out when first met, then remembered."""

    def __missing__(self, code: int) -> str:
        folded = self._folded(chr(code))
        if len(self) < _MEMORY:
            self[code] = folded
        return folded

    def _folded(self, char: str) -> str:
        parts = unicodedata.normalize("NFKD", char)
        if parts == char or len(parts) > _LONGEST:
            parts = char.casefold()
        if parts == char:
            return _kept(char)
        return "".join(self[ord(part)] for part in parts)


def _kept(char: str) -> str:
    """A character that nothing else stands for: itself, a blank, a plain digit, or nothing."""
    category = unicodedata.category(char)
    if char.isspace() or category in {"Co", "Cn"}:
        return " "
    if category in {"Cc", "Cf", "Cs", "Me"} or char in INVISIBLE:
        return ""
    if unicodedata.combining(char) and unicodedata.combining(char) not in _SPELLING_MARKS:
        return ""
    return str(unicodedata.digit(char)) if category == "Nd" else char


_FOLDED: Final = _Folding(look_alikes() | FLAGS | SQUARES)
"""A memo of a pure function, not state: what it has met changes no result."""

_RUN = re.compile(r"[^\t-\r -~]+")
_CONTROLS: Final = {
    code: (" " if chr(code).isspace() else None) for code in (*range(32), 127) if code not in range(9, 14)
}


def _resolved(text: str) -> str:
    return _ENTITY.pattern.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def _forwards(text: str) -> str:
    return _REVERSED.pattern.sub(lambda found: found[0][:0:-1], text) if "\u202e" in text else text


def _plain_letters(text: str) -> str:
    if text.isascii():
        return text.translate(_CONTROLS)
    return _RUN.sub(lambda run: run[0].translate(_FOLDED), text)


def _single_blanks(text: str) -> str:
    if not text or text.isspace():
        return text and " "
    return (" " if text[0].isspace() else "") + " ".join(text.split()) + (" " if text[-1].isspace() else "")


_ENTITY = Step(
    re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"), html.unescape, _resolved
)
_REVERSED = Step(re.compile("\u202e[^\u202c\u202e\n]{1,200}"), lambda run: run[:0:-1], _forwards)
_LETTER = Step(re.compile(r"[^\t-\r -~]"), lambda char: char.translate(_FOLDED), _plain_letters)
_BLANK = Step(re.compile(r"[\t-\r][\t-\r ]*| [\t-\r ]+"), lambda _: " ", _single_blanks)
_LOWER = Step(re.compile(r"[A-Z]+"), str.lower, str.lower, keeps_places=True)

FOLD: Final = (_ENTITY, _ENTITY, _REVERSED, _LETTER, _BLANK, _LOWER)
"""Entities (feeds escape twice), text shown backwards, letters, blanks, case; the last changes no length."""


def apply(steps: Sequence[Step], text: str) -> str:
    """Return ``text`` after all ``steps``."""
    for step in steps:
        text = step.after(text)
    return text


def fold(text: str) -> str:
    """Return the copy of ``text`` in which the same words are written in the same way.

    HTML entities are resolved; compatibility letters, accents, look-alike letters, curly quotes and
    dashes become plain ones; what cannot be seen is gone; one blank stands between words.
    """
    return apply(FOLD, text)


def origin(text: str, span: tuple[int, int], steps: Sequence[Step] = FOLD) -> tuple[int, int]:
    """Return where in ``text`` the characters ``span`` of its copy come from."""
    stages = [text]
    for step in steps:
        stages.append(step.after(stages[-1]))
    places = span[0], max(span[1] - 1, span[0])
    for step, before in zip(reversed(steps), reversed(stages[:-1]), strict=True):
        if not step.keeps_places:
            first, last = _before(step, before, places)
            places = first[0], last[1] - 1
    return min(places[0], len(text)), min(places[1] + 1, len(text))


def _before(step: Step, text: str, places: tuple[int, int]) -> list[tuple[int, int]]:
    """The characters of ``text`` from which ``step`` made those at ``places``, first and last."""
    grown = 0
    sought = list(places)
    origins: list[tuple[int, int]] = []
    for found in step.pattern.finditer(text):
        start, end = found.span()
        while sought and sought[0] < start + grown:
            origins.append((sought[0] - grown, sought.pop(0) - grown + 1))
        length = len(step.replace(found[0]))
        while sought and sought[0] < start + grown + length:
            origins.append((start, end))
            del sought[0]
        if not sought:
            return origins
        grown += length - (end - start)
    return origins + [(place - grown, place - grown + 1) for place in sought]


def window(text: str, span: tuple[int, int], size: int = 2000) -> str:
    """Return at most ``size`` characters of ``text`` round ``span``, cut between words."""
    if len(text) <= size:
        return text
    middle = (max(0, span[0]) + min(len(text), span[1])) // 2
    start = max(0, min(middle - size // 2, len(text) - size))
    end = start + size
    if start:
        start = _next_word(text, start)
    if end < len(text):
        end = _last_word(text, start, end)
    return text[start:end].strip()


def _next_word(text: str, start: int) -> int:
    """The first place from ``start`` on where a word begins, if one is near."""
    if text[start - 1].isspace():
        return start
    found = re.compile(r"\s").search(text, start, start + _WORD_REACH)
    return found.end() if found else start


def _last_word(text: str, start: int, end: int) -> int:
    """The last place up to ``end`` where a word ends, if one is near."""
    if text[end].isspace():
        return end
    cut = max(start, end - _WORD_REACH)
    return max((i for i in range(cut, end) if text[i].isspace()), default=end)


_LINK = re.compile(
    r"https?://\S{1,2000}|\bwww\.\S{1,2000}"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,5}(?:com|org|net|uk|eu|io|me|ly|gl|co|tv|gov|edu|app|info|news|social"
    r"|page|link|example|test)\b(?:/\S{0,2000})?"
)
_TAG = re.compile(r"[#@][\w.\-]{1,100}")
_PASSED_ON = re.compile(
    r"^\W*(?:(?:rt|mt|fwd?|fw|re|repost(?:ed|ing)?|shared?|sharing|copied|via|from|by|seen on|cross ?post(?:ed)?)\b"
    r"(?:\s+(?:from|by|via|of|on))?[^\w@]{0,3}(?:@\w{1,100})?(?:\s?[\w']{1,30}){0,4}:|(?:rt|mt)\b\s?(?:@\w{1,100})?)"
)
_VIA = re.compile(r"(?<!\W)\W{1,9}(?:via|h/?t|source)\W{1,9}[\w.]{1,60}\W{0,9}$")
_VIA_REACH = 90
_NO_WORD = re.compile(r"[\W_]+")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def bare(text: str) -> str:
    """Return only the words of ``text``, as a repost keeps them, with one blank between them.

    Links, handles, hashtags, emoji and punctuation are gone, and so is "RT @name:" and the like.
    """
    words = _LINK.sub(" ", fold(text))
    words = _PASSED_ON.sub("", words)
    words = words[:-_VIA_REACH] + _VIA.sub("", words[-_VIA_REACH:])
    words = _APOSTROPHE.sub("", _TAG.sub(" ", words))
    return _NO_WORD.sub(" ", words).strip()
