"""Tries a source before it is watched: what it yields, and what of that is about the school. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import clean
from monitor.app import build_source
from monitor.config import SchoolConfig, SourceConfig
from monitor.matching import Matcher
from monitor.model import Certainty
from monitor.school import masker
from sources.base import Budget, Entry, Tools

SAMPLES = 3
"""Entries that are shown: enough to see that it is the right place."""
OURS = 5
EXCERPT = 100
_UNQUOTED = "(no words shown: its publisher asks not to be quoted)"
_WORDLESS = "(no words)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An entry as it may be shown: masked, in few words."""

    words: str
    published: datetime | None = None
    certainty: Certainty | None = None
    """``None`` where it is not about the school."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a source yields."""

    entries: int
    ours: int
    """How many of them are about the school, or may be."""
    newest: datetime | None
    robots: str
    notes: tuple[str, ...]
    gap: bool
    budget: Budget | None
    samples: tuple[Sample, ...]
    """Those about the school first."""


def tried(source: SourceConfig, school: SchoolConfig, tools: Tools) -> Trial:
    """Look once, as the daemon would at its first poll. Raises ``SourceError``."""
    batch = build_source(source, tools).poll(None)
    matcher = Matcher({school.slug: school.settings})
    certainties = [_certainty(matcher, entry) for entry in batch.entries]
    dated = [entry.published for entry in batch.entries if entry.published]
    return Trial(
        entries=len(batch.entries),
        ours=sum(each is not None for each in certainties),
        newest=max(dated, default=None),
        robots=batch.robots,
        notes=batch.notes,
        gap=batch.gap,
        budget=batch.budget,
        samples=tuple(_samples(batch.entries, certainties, school)),
    )


def _certainty(matcher: Matcher, entry: Entry) -> Certainty | None:
    match = next(iter(matcher.find(entry)), None)
    return match.certainty if match else None


def _samples(
    entries: Sequence[Entry], certainties: Sequence[Certainty | None], school: SchoolConfig
) -> Iterator[Sample]:
    masked = masker(school.settings)
    both = list(zip(entries, certainties, strict=True))
    ours = [pair for pair in both if pair[1]][:OURS]
    others = [pair for pair in both if not pair[1]][:SAMPLES]
    for entry, certainty in (*ours, *others):
        shown = clean.excerpt(masked(entry.title or entry.text), EXCERPT) if entry.quotable else _UNQUOTED
        yield Sample(
            words=shown or _WORDLESS,
            published=entry.published,
            certainty=certainty,
        )
