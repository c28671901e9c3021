"""A letter becomes an act, a delivery report, an absence, an intake, or nothing.

Pure: whose letter it is, and whether its code is right, is for ``monitor.jobs`` to find out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from sources.letter import Report

Command: TypeAlias = Literal[
    "take", "close", "not_us", "reopen", "later", "regrade", "assign", "words", "conflict", "away", "seen"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody wants something done about a story."""

    code: str
    """The reply code that was found, upper case; empty if there is none."""
    command: Command
    refs: tuple[str, ...] = ()
    """Stories and posts that are named, such as ``R12``, ``M345``; empty: the story of the mail that is answered."""
    how: Mapping[str, str] = field(default_factory=dict)
    """``outcome`` and ``note`` of *close*, ``until`` of *later* and *away*, ``severity`` of *regrade*, ``to`` of *assign*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Puzzle:
    """A person's answer with a code, in words that we do not understand."""

    code: str


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
    """The post's words as they were pasted; the forwarder's own head and foot are left out."""
    url: str = ""
    """A link that was pasted with it, if there is exactly one."""
    posted: date | None = None
    images: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing to act on, and why: counted, never answered."""

    why: Literal["automatic", "list", "empty", "own", "broken", "no code"]


Understood: TypeAlias = Act | Puzzle | Bounce | OutOfOffice | Intake | Ignored
