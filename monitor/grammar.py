"""The words by which people act on a story, strictly read: in doubt somebody has seen it, and nothing is closed.

Pure. A command is the beginning of the first line; what closes a story is all of its first sentence. What looks like
a command and is none is a *guess*: the writer is asked, nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from monitor import days, tails, vocabulary
from monitor.outcomes import NEED_A_REASON, OUTCOMES
from monitor.plain import lower, plain
from monitor.quoting import without_greeting
from monitor.tails import Tail, tail
from monitor.typing_errors import one_error_apart

Command: TypeAlias = Literal[
    "take", "close", "not_us", "reopen", "later", "regrade", "assign", "words", "conflict", "away", "seen"
]

LONGEST_NOTE: Final = 300
"""Characters of a reason that are kept."""
MOST_REFS: Final = 50
_FEW = 4
"""Words after a command that may be a failed try; more are a sentence."""
_BELOW = 60
"""Lines below the first in which a second command is noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done."""

    command: Command
    refs: tuple[str, ...] = ()
    how: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Something like a command: a sentence that helps the writer to say it."""

    hint: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What follows a command word: the stories named so far, the words, and the lines below of the same paragraph."""

    refs: tuple[str, ...]
    rest: str
    """As it was written; compared in lower case."""
    below: tuple[str, ...]


_Read: TypeAlias = "Wish | Guess"
SEEN: Final = Wish(command="seen")

_GAP = re.compile(r"[\s,&+/;]+|and\b", re.IGNORECASE)
_REF = re.compile(r"([rm])(\d{1,12})\b", re.IGNORECASE)
_ENCLOSED = re.compile(r'"([^"]{3,60})"[.!]?')
_BULLET = " -*;"
_HEADS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern + r"(?![\w'])", re.IGNORECASE)
    for name, pattern in {
        "take": "mine",
        "close": "done",
        "not_us": "not[ -]us",
        "reopen": "re-?open",
        "later": "later",
        "regrade": "should be",
        "assign": "assign",
        "words": "words",
        "conflict": "conflict(?: of interests?)?",
        "away": "away",
        "back": "back",
    }.items()
}
_UNTIL = re.compile(r"\s*(?:until|till|til)\s+(.*)", re.IGNORECASE)
_TO = re.compile(r"\s*(?:it |this )?\s*(?:to )?\s*(?:the )?\s*", re.IGNORECASE)


def wish(words: str) -> Wish | Guess:
    """What somebody's own words ask for; *seen* if it is no command, unless they ask, or say that they are not on it."""
    text = plain(without_greeting(words))
    read = _read(text)
    if read != SEEN or not tails.DECLINES.search("\n".join(text.strip("\n").split("\n")[:_FEW])):
        return read
    return Guess(hint=vocabulary.TAKE_IT)


def _read(text: str) -> Wish | Guess:
    paragraph = text.strip("\n").partition("\n\n")[0].split("\n")
    lines = [line for line in text.split("\n") if line]
    if not lines:
        return SEEN
    first = lines[0].lstrip(_BULLET)
    enclosed = _ENCLOSED.fullmatch(first)
    if enclosed:
        return Guess(hint=vocabulary.ALONE.format(enclosed[1])) if _command(enclosed[1]) else SEEN
    found = _command(first, tuple(paragraph[1:]))
    if found is None:
        return _attempted(first)
    return _single(found, lines[1 : _BELOW + 1]) if isinstance(found, Wish) else found


def _command(line: str, below: tuple[str, ...] = ()) -> _Read | None:
    """What one line asks for; ``None`` if it does not begin with a command."""
    refs, rest = _refs(line)
    rest = rest.lstrip(" :,-") if refs else rest
    for name, head in _HEADS.items():
        if found := head.match(rest):
            more, rest = _refs(rest[found.end() :])
            return _bounded(_READERS[name](_Said((*refs, *more), rest, below)))
    return None


def _bounded(read: _Read) -> _Read:
    """``read`` with each reference once."""
    if isinstance(read, Guess):
        return read
    refs = tuple(dict.fromkeys(read.refs))
    return replace(read, refs=refs) if len(refs) <= MOST_REFS else Guess(hint=vocabulary.ONE_AT_A_TIME)


def _single(found: Wish, below: list[str]) -> _Read:
    """``found``, unless a further line asks for something else, or takes it back."""
    if found.command == "seen":
        return found
    if below and not found.refs:
        refs, rest = _refs(below[0])
        if refs and tails.ONLY_ENDS.fullmatch(rest):
            found, below = replace(found, refs=refs), below[1:]
    if any(_asks_otherwise(line.lstrip(_BULLET), found) for line in below):
        return Guess(hint=vocabulary.ONE_AT_A_TIME)
    if any(tails.TAKEN_BACK.search(line) for line in below[:_FEW]):
        return Guess(hint=vocabulary.ALONE.format(_spoken(found)))
    return found


def _asks_otherwise(line: str, found: Wish) -> bool:
    bare = lower(line).strip(" .!")
    if bare in vocabulary.WORDS:
        return not _spoken(found).startswith(bare)
    other = _command(line)
    return isinstance(other, Wish) and other.command != "seen" and other != found


def _refs(text: str) -> tuple[tuple[str, ...], str]:
    """The stories and posts that ``text`` begins with, and what follows."""
    found: list[str] = []
    at = rest = 0
    while True:
        while gap := _GAP.match(text, at):
            at = gap.end()
        ref = _REF.match(text, at)
        if not ref:
            return tuple(found), text[rest:]
        found.append(f"{ref[1].upper()}{int(ref[2])}")
        at = rest = ref.end()


def _settled(asked: Wish, rest: str, *, casual: bool = False) -> _Read:
    """``asked``, if nothing behind it casts doubt on it; for what is easily undone."""
    after = tail(rest)
    if after.kind == "question":
        return SEEN if after.text else _alone(asked)
    if after.kind == "more":
        if not (casual and tails.CASUAL.match(rest)):
            return SEEN
        after = Tail("remark", after.text)
    if after.kind in {"sentence", "remark"} and _command(after.text):
        return Guess(hint=vocabulary.ONE_AT_A_TIME)
    doubtful = (tails.TAKEN_BACK if after.kind in {"sentence", "because"} else tails.DOUBT).search(after.text)
    return _alone(asked) if doubtful else asked


def _alone(asked: Wish) -> Guess:
    return Guess(hint=vocabulary.ALONE.format(_spoken(asked)))


def _spoken(asked: Wish) -> str:
    """The command in the writer's words."""
    back = asked.command == "away" and not asked.how.get("until")
    said = {
        "take": "mine",
        "close": f"done {asked.how.get('outcome', '')}",
        "not_us": "not us",
        "regrade": f"should be {asked.how.get('severity', '')}",
        "away": "back" if back else f"away until {asked.how.get('until', '')}",
    }
    return said.get(asked.command, asked.command)


def _plainly(command: Command, how: Mapping[str, str] | None = None) -> Callable[[_Said], _Read]:
    def reader(said: _Said) -> _Read:
        asked = Wish(command=command, refs=said.refs, how=how or {})
        return _settled(asked, said.rest, casual=command == "take")

    return reader


def _not_us(said: _Said) -> _Read:
    asked = Wish(command="not_us", refs=said.refs)
    return asked if _closes(tail(said.rest), said.below) else _refused(asked, said.rest)


def _refused(asked: Wish, rest: str) -> _Read:
    """Nothing is closed: a question is only a question, anything else may have been meant."""
    return SEEN if tail(rest).kind == "question" and not tails.ONLY_ASKS.fullmatch(rest) else _alone(asked)


def _closes(after: Tail, below: tuple[str, ...]) -> bool:
    """Whether a command that closes a story is all of its sentence, and nothing takes it back."""
    doubtful = "?" in after.text or any("?" in line for line in below)
    if after.kind == "end":
        return not doubtful
    if after.kind == "because":
        return bool(after.text) and not doubtful
    behind = after.kind == "sentence" and not doubtful and not tails.TAKEN_BACK.search(after.text)
    return behind and not _command(after.text)


def _close(said: _Said) -> _Read:
    rest = said.rest.lstrip(" ,;:-")
    folded = lower(rest)
    word = next((each for each in _OUTCOMES if _begins(folded, each)), "")
    if not word:
        asks = tail(said.rest)
        return SEEN if asks.kind == "question" and asks.text else Guess(hint=vocabulary.WHICH_OUTCOME)
    outcome = vocabulary.OUTCOME_WORDS[word]
    more, rest = _refs(rest[len(word) :])
    after = tail(rest)
    note = _note(after, said.below)
    if outcome in NEED_A_REASON and not note:
        return Guess(
            hint=vocabulary.WHY.format(vocabulary.SAID_FOR_NO_REPLY if outcome == "no-reply" else outcome)
        )
    asked = Wish(command="close", refs=(*said.refs, *more), how={"outcome": OUTCOMES[outcome], "note": note})
    return asked if note or _closes(after, said.below) else _refused(asked, rest)


def _note(after: Tail, below: Iterable[str]) -> str:
    """The reason that is given, to the end of the paragraph; empty if there is none, or if it is in doubt."""
    text = " ".join((after.text, *below)).strip()[:LONGEST_NOTE].rstrip()
    if not any(map(str.isalnum, after.text)) or "?" in text or tails.TAKEN_BACK.search(text):
        return ""
    if after.kind == "because":
        return text
    doubtful = (
        after.kind != "remark"
        or tails.DOUBT.search(text)
        or tails.MORE_DOUBT.search(text)
        or _command(after.text)
    )
    return "" if doubtful else text


def _later(said: _Said) -> _Read:
    return _until(Wish(command="later", refs=said.refs), said.rest)


def _away(said: _Said) -> _Read:
    found = _UNTIL.match(said.rest)
    asked = Wish(command="away", refs=said.refs)
    return _until(
        asked, found[1] if found else said.rest if _is_short(said.rest) else "so long that", ok=bool(found)
    )


def _until(asked: Wish, rest: str, *, ok: bool = True) -> _Read:
    """``asked`` with the time that ``rest`` begins with."""
    for end in (len(rest), *(found.start() for found in _CUTS.finditer(rest[:_TIME_LIMIT]))):
        words, refs = _without_refs(rest[:end])
        if ok and days.is_time(words):
            timed = replace(asked, refs=(*asked.refs, *refs), how={"until": words})
            return _settled(timed, rest[end:])
    failed = _is_short(rest) and "?" not in rest.strip(" ?")
    word = "away until" if asked.command == "away" else asked.command
    return Guess(hint=vocabulary.UNTIL_WHEN.format(word)) if failed else SEEN


_TIME_LIMIT = 80
_CUTS = re.compile(r"[,;:(!?]|\.(?:\s|$)|\s-+|-+\s|\s(?=please|thank|cheers|pls|because|x+$)", re.IGNORECASE)


def _without_refs(words: str) -> tuple[str, tuple[str, ...]]:
    """``words`` without the stories named at their end, and those."""
    tokens = words.strip(" ,;.!-").split()
    end = len(tokens)
    while end and (
        _REF.fullmatch(tokens[end - 1].strip(",;")) or lower(tokens[end - 1]) in {"and", "&", "for", "+"}
    ):
        end -= 1
    return " ".join(tokens[:end]), _refs(" ".join(token for token in tokens[end:] if lower(token) != "for"))[
        0
    ]


def _is_short(rest: str) -> bool:
    return len(rest.split(None, _FEW)) <= _FEW


def _regrade(said: _Said) -> _Read:
    word, _, _ = lower(said.rest).strip().partition(" ")
    bare = word.strip(".,!;:?")
    grade = vocabulary.GRADE_WORDS.get(bare, "")
    if not grade:
        wrong = bare in vocabulary.NO_GRADES or not bare
        return Guess(hint=vocabulary.WHICH_GRADE) if wrong else SEEN
    more, rest = _refs(said.rest.lstrip()[len(bare) :])
    asked = Wish(command="regrade", refs=(*said.refs, *more), how={"severity": grade})
    return _settled(asked, rest)


def _assign(said: _Said) -> _Read:
    begun = _TO.match(said.rest)
    rest = said.rest[begun.end() :] if begun else said.rest
    word = next((each for each in _ROLES if _begins(lower(rest), each)), "")
    if not word:
        return Guess(hint=vocabulary.WHOM) if _is_short(said.rest) else SEEN
    more, rest = _refs(rest[len(word) :])
    asked = Wish(command="assign", refs=(*said.refs, *more), how={"to": vocabulary.ROLE_WORDS[word].value})
    settled = _settled(asked, rest)
    return Guess(hint=vocabulary.WHOM) if settled is SEEN and _is_short(rest) and "?" not in rest else settled


_READERS: Final[Mapping[str, Callable[[_Said], _Read]]] = {
    "take": _plainly("take"),
    "close": _close,
    "not_us": _not_us,
    "reopen": _plainly("reopen"),
    "later": _later,
    "regrade": _regrade,
    "assign": _assign,
    "words": _plainly("words"),
    "conflict": _plainly("conflict"),
    "away": _away,
    "back": _plainly("away", {"until": ""}),
}
_OUTCOMES: Final = sorted(vocabulary.OUTCOME_WORDS, key=len, reverse=True)
_ROLES: Final = sorted(vocabulary.ROLE_WORDS, key=len, reverse=True)


def _begins(text: str, word: str) -> bool:
    return text.startswith(word) and not text[len(word) : len(word) + 1].isalnum()


def _attempted(first: str) -> _Read:
    """A command with a typing error is asked about, never done."""
    refs, rest = _refs(first)
    tokens = (rest.lstrip(" :,-") if refs else rest).split(None, _BELOW)
    bare = lower(" ".join(tokens)).strip(" .!,")
    if bare in vocabulary.NEAR:
        return Guess(hint=vocabulary.MEANT.format(vocabulary.NEAR[bare]))
    for word in vocabulary.WORDS:
        if any(_is_misspelt(tokens, count, word) for count in {1, word.count(" ") + 1}):
            return Guess(hint=vocabulary.MEANT.format(word))
    silent = not any(map(str.isalnum, first))
    return Guess(hint=vocabulary.THE_WORDS) if silent and "?" in first else SEEN


def _is_misspelt(tokens: list[str], count: int, word: str) -> bool:
    """Whether the first tokens are ``word`` but for one error, and the rest would do as a command."""
    tried = lower(" ".join(tokens[:count])).strip(" .,!:;")
    if tried in vocabulary.OTHER_WORDS or not one_error_apart(tried, word):
        return False
    read = _command(f"{word} {' '.join(tokens[count:])}")
    return (isinstance(read, Guess) and len(tokens) <= count + 1) or (
        isinstance(read, Wish) and read.command != "seen"
    )
