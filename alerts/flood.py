"""Which of many stories are told by themselves, which together, and which wait: a flood must bury nothing, and nobody.

Nobody gets more than three mails about single stories and one about the rest within an hour, however many polls
bring them. What comes on top waits until there is room again, and is then told together. A critical story does
not wait, unless it is one of many from a place, and about a matter, of which the same people were told in that
hour.

Pure: facts go in, an order comes out. Knows no post, no database, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from alerts.base import Category, Recipient, Severity

ALONE = 3
"""Mails about single stories that one person gets from one poll, or in an hour of flood."""
HOUR = timedelta(hours=1)
"""How long what was told counts."""
FLOOD = 20
"""More stories within an hour are no longer read one by one: even critical ones may have to wait for each other."""


class Tellable(Protocol):
    """A story that there is something to say about."""

    @property
    def severity(self) -> Severity:
        """How grave."""
        ...

    @property
    def topics(self) -> Collection[Category]:
        """What is new in it, at least one."""
        ...

    @property
    def recipients(self) -> Sequence[Recipient]:
        """Who is to hear of it."""
        ...


T = TypeVar("T", bound=Tellable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """What was told of a school within the last hour; reminders and digests are no flood."""

    mails: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    """By address: when each alert was due, oldest first; what still waits for its time is not among them."""
    stories: int = 0
    """How many stories moved."""
    critical: frozenset[tuple[Category, str]] = frozenset()
    """What the critical ones among them were about, and the source that each came from."""


QUIET = Recent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared(Generic[T]):
    """What becomes of the stories of one poll; each list gravest first."""

    alone: tuple[T, ...]
    together: tuple[T, ...]
    held: tuple[T, ...]
    """Told together, too, but not before there is room."""


def share_out(stories: Iterable[T], recent: Recent, *, source: str) -> Shared[T]:
    """Say how the stories that a poll of ``source`` brought are told.

    The gravest by themselves, and of equals first one of each topic: a flood of one kind must not bury
    another.
    """
    ranked = _ranked(stories)
    flooded = recent.stories + len(ranked) > FLOOD
    alone: list[T] = []
    together: list[T] = []
    held: list[T] = []
    for place, (nth, story) in enumerate(ranked):
        critical = story.severity is Severity.CRITICAL
        known = flooded and all((topic, source) in recent.critical for topic in story.topics)
        if place < ALONE - _load(story, recent) or (critical and nth == 0 and not known):
            alone.append(story)
        elif room_at(story.recipients, recent) is None or (critical and not known):
            together.append(story)
        else:
            held.append(story)
    return Shared(alone=tuple(alone), together=tuple(together), held=tuple(held))


def room_at(recipients: Iterable[Recipient], recent: Recent) -> datetime | None:
    """When all of them may get another mail; ``None``: now."""
    full = [times[-ALONE - 1] for to in recipients if len(times := _times(to, recent)) > ALONE]
    return max(full) + HOUR if full else None


def _ranked(stories: Iterable[T]) -> list[tuple[int, T]]:
    """Gravest first; each with how many of its severity and topic stand before it."""
    met: Counter[tuple[Severity, Category]] = Counter()
    ranked: list[tuple[int, T]] = []
    for story in stories:
        kinds = [(story.severity, topic) for topic in story.topics]
        ranked.append((min(met[kind] for kind in kinds), story))
        met.update(kinds)
    return sorted(ranked, key=lambda one: (-one[1].severity, one[0]))


def _load(story: Tellable, recent: Recent) -> int:
    return max((len(_times(to, recent)) for to in story.recipients), default=0)


def _times(to: Recipient, recent: Recent) -> Sequence[datetime]:
    return recent.mails.get(to.address, ())
