"""What becomes of posts after they were told, and what a lead wants kept: as plain values, from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A mention that nobody has begun to look after."""

    mention: int
    seen_at: datetime
    kind: str
    """Of its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A post that is to be looked at again."""

    mention: int
    source_id: int
    kind: str
    entry_id: str
    url: str
    """Empty where there is none, or where nobody must open it."""
    seen_at: datetime
    gone_at: datetime | None
    etag: str
    blank_at: datetime | None
    open: bool
    """It belongs to a story that is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What is known of a post since it was told."""

    mention: int
    fate: str
    """``up``, ``gone``, or nothing while it was not looked at again."""
    checked_at: datetime | None
    gone_at: datetime | None
    edited: bool
    blank_at: datetime | None = None
    """When our copy of its words goes."""
    blanked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The words of a story are kept until then, whatever their age."""

    story: int
    reason: str
    by: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was removed of all that was read at one place."""

    posts: int
    held: int
    """So many stay until the hold on their story ends."""
