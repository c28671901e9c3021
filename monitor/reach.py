"""How far a story reaches: newspapers that report it in words of their own, the national press, who insists on it.

A text that is passed on is one report, however many print it. Far reach raises a story by one band, once, and
never to critical: that word is kept for danger, and readers are not safer or less safe for being many.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from alerts.base import Category, Severity
from monitor.model import OpenIncident

SEVERAL: Final = 2
"""Newspapers from which a report is more than one editor's choice."""

OFTEN: Final = 3
WEEK: Final = timedelta(days=7)
PERSONAL: Final = frozenset({Category.STAFF_ABUSE_HARASSMENT, Category.STAFF_ALLEGATION})
"""What is said about a person."""

INSISTS: Final = "The same author has written of this person three times in seven days, so one band higher."
NATIONAL: Final = "Now in the national press, so one band higher, but never urgent for that alone."
NATIONAL_TOO: Final = "Now in the national press too."
REPORTED: Final = "Reported by two or more newspapers in words of their own, so one band higher."


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Which of a school's sources are newspapers, and which of them is being read."""

    here: str = ""
    """The source's name."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """The newspapers: names of sources, and where each is; two sections of one paper are one."""
    national: frozenset[str] = frozenset()
    """Sources that the whole country reads."""

    @property
    def prints(self) -> bool:
        """Whether a newspaper is being read."""
        return self.here in self.hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Widened:
    """What a poll did to the reach of a story."""

    raises: bool = False
    jumps: bool = False
    """The story was known, and the national press has it now."""
    ground: str = ""


def widened(before: OpenIncident | None, press: Press, *, own_words: bool) -> Widened:
    """Say what it changes that the source ``press.here`` has the story too; ``own_words``: not only as a copy."""
    reported = before.reported_by if before else frozenset()
    nationally = bool(before and before.carried_by & press.national)
    jumps = press.here in press.national and not nationally
    papers = {press.hosts[name] for name in reported if name in press.hosts}
    now = papers | ({press.hosts[press.here]} if press.prints and own_words else set())
    was_wide = nationally or len(papers) >= SEVERAL
    if jumps:
        ground = NATIONAL_TOO if was_wide else NATIONAL
        return Widened(raises=not was_wide, jumps=before is not None, ground=ground)
    if len(now) >= SEVERAL and not was_wide:
        return Widened(raises=True, ground=REPORTED)
    return Widened()


def insists(
    before: OpenIncident | None,
    authors: Sequence[str],
    about: Collection[Category],
    press: Press,
    now: datetime,
) -> bool:
    """Whether one of ``authors`` has now written of a person for the third time in seven days, in this one story.

    Journalists do so for a living. Handles of two sources are not compared: they may be two people's.
    """
    if press.prints or PERSONAL.isdisjoint(about):
        return False
    voices = before.voices if before else {}
    for author in set(authors) - {""}:
        earlier = sum(at > now - WEEK for at in voices.get((press.here, author), ()))
        if earlier < OFTEN <= earlier + authors.count(author):
            return True
    return False


def unraised(reach: Widened) -> Widened:
    """The same for a story that was as grave already."""
    return replace(reach, raises=False, ground=NATIONAL_TOO if reach.jumps else "")


def raised(severity: Severity) -> Severity:
    """One band higher, but never critical, and never lower than it was."""
    return max(severity, Severity(min(severity + 1, Severity.HIGH)))
