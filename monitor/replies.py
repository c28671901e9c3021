"""A letter becomes an act, a delivery report, an absence, an intake, or nothing.

Pure: whose letter it is, and whether its code is right, is for ``monitor.jobs`` to find out. What is not clear closes
nothing: somebody has *seen* it, or is asked what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from monitor import automatic, grammar, vocabulary
from monitor.codes import find_code, is_ours
from monitor.passing_on import is_forwarded, passed_on
from monitor.quoting import own_words, without_greeting
from sources.letter import Letter, Report

Command: TypeAlias = grammar.Command

_OUR_LIST = "<mentions."
"""How the ``List-Id`` of our mails begins; see ``monitor.identity``."""
_ANSWERS = re.compile(r"\s*(?:re|aw|sv|odp|antw|rép|rif|ynghylch|ateb)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_SUBJECT_CODE = re.compile(r"\[[^\[\]]{0,20}[A-Za-z2-7]{26}\]")
_CLOSING = frozenset({"close", "not_us"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody wants something done about a story."""

    code: str
    """The reply code that was found, upper case; empty if there is none."""
    command: Command
    refs: tuple[str, ...] = ()
    """Stories and posts that are named, such as ``R12``, ``M345``; empty: the story of the mail that is answered."""
    how: Mapping[str, str] = field(default_factory=dict)
    """``outcome`` and ``note`` of *close*, ``until`` of *later* and *away*, ``severity`` of *regrade*, ``to`` of *assign*.

    ``until`` is as people write it, for ``monitor.deadlines.put_off``; of *away* it is empty for somebody who is back.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Puzzle:
    """A person's answer in words that we do not understand: nothing was done."""

    code: str
    """Empty if there is none, and the writer is one of those who may pass posts on."""
    hint: str = ""
    """A sentence that helps them to say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A mail server says what became of a mail of ours."""

    code: str
    parents: tuple[str, ...]
    """Message-IDs of the mail it is about."""
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOffice:
    """A machine answers for somebody who is not there."""

    code: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Somebody passes on a post, or describes one."""

    text: str
    """The post's words as they were pasted; the forwarder's own head and foot are left out. Empty if none came."""
    url: str = ""
    """A link that was pasted with it, if there is exactly one."""
    posted: date | None = None
    images: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing to act on, and why: counted, never answered."""

    why: Literal["automatic", "list", "empty", "own", "broken", "no code"]


Understood: TypeAlias = Act | Puzzle | Bounce | OutOfOffice | Intake | Ignored


def understand(
    letter: Letter, *, box: str, intake: str, senders: Collection[str] | Callable[[str], bool]
) -> Understood:
    """What a letter to ``box`` wants.

    ``intake`` is where posts are passed on to, ``box`` itself or another address; ``senders`` are those who may.
    """
    if _is_own(letter, box):
        return Ignored(why="own")
    code = find_code(letter, box)
    sort = automatic.sort(letter)
    if sort != "person":
        return _machine(letter, sort, code)
    if code:
        return _answer(letter, code)
    return _without_code(letter, box=box, intake=intake, senders=senders)


def _is_own(letter: Letter, box: str) -> bool:
    """Whether a mail of ours has come back."""
    told = {name.casefold(): value.casefold() for name, value in letter.headers.items()}
    domain = box.casefold().rpartition("@")[2]
    return is_ours(letter.sender, box) or f"{_OUR_LIST}{domain}>" in told.get("list-id", "")


def _machine(letter: Letter, sort: automatic.Sort, code: str) -> Understood:
    known = bool(code or letter.parents)
    if sort == "bounce":
        reports = automatic.reports(letter)
        return Bounce(code=code, parents=letter.parents, reports=reports) if known or reports else _AUTOMATIC
    if sort == "away" and known:
        return OutOfOffice(code=code, parents=letter.parents)
    return Ignored(why="list") if sort == "list" else _AUTOMATIC


_AUTOMATIC = Ignored(why="automatic")


def _answer(letter: Letter, code: str) -> Act | Puzzle | Ignored:
    words = own_words(letter.text)
    said = words if without_greeting(words) else _subject_words(letter) or words
    if not said:
        return Ignored(why="empty" if letter.whole else "broken")
    read = grammar.wish(said)
    if isinstance(read, grammar.Guess):
        return Puzzle(code=code, hint=read.hint)
    cut = not letter.whole and letter.text.rstrip().endswith(said)
    if cut and read.command in _CLOSING:
        return Puzzle(code=code, hint=vocabulary.NOT_WHOLE)
    if not words and read.command == "seen":
        return Ignored(why="empty")
    return Act(code=code, command=read.command, refs=read.refs, how=read.how)


def _subject_words(letter: Letter) -> str:
    """The subject of a letter that is no answer and says nothing else: a link in a mail may have begun it."""
    if _ANSWERS.match(letter.subject) or is_forwarded(letter):
        return ""
    return _SUBJECT_CODE.sub(" ", letter.subject).strip()


def _without_code(
    letter: Letter, *, box: str, intake: str, senders: Collection[str] | Callable[[str], bool]
) -> Intake | Puzzle | Ignored:
    may = senders(letter.sender) if callable(senders) else letter.sender in senders
    explicit = intake.casefold() != box.casefold() and intake.casefold() in letter.to
    if not (letter.sender and may) or not (explicit or any(is_ours(to, box) for to in letter.to)):
        return Ignored(why="no code")
    if not explicit and _is_lost_answer(letter):
        return Puzzle(code="", hint=vocabulary.NO_CODE)
    post = passed_on(letter)
    if not (post.text or post.url or letter.images or letter.forwarded):
        if not letter.whole:
            return Ignored(why="broken")
        return Intake(text="") if explicit else Ignored(why="empty")
    return Intake(text=post.text, url=post.url, posted=post.posted, images=letter.images)


def _is_lost_answer(letter: Letter) -> bool:
    """Whether somebody answers a mail of ours, or gives a command, and the code has been lost."""
    if is_forwarded(letter):
        return False
    if letter.parents and _ANSWERS.match(letter.subject):
        return True
    read = grammar.wish(own_words(letter.text))
    return isinstance(read, grammar.Wish) and read.command != "seen"
