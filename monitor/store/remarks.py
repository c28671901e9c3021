"""What the last poll of a source remarked, and what a human must see to there, since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from monitor.facts import Worry
from sources.base import Concern


def noted(
    notes: tuple[str, ...],
    concerns: tuple[Concern, ...],
    before: Mapping[str, Any] | None,
    now: datetime,
) -> dict[str, Any] | None:
    """What to remember of a poll; since when a concern lasts is taken over from ``before``."""
    if not notes and not concerns:
        return None
    since = {worry.what: worry.since for worry in worries(before)}
    return {
        "notes": list(notes),
        "worries": [
            {
                "what": concern.what,
                "remedy": concern.remedy,
                "since": min(since.get(concern.what, now), now).isoformat(),
                "ends": concern.ends.isoformat() if concern.ends else "",
            }
            for concern in concerns
        ],
    }


def notes(told: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The remarks that were remembered."""
    return tuple(told["notes"]) if told else ()


def worries(told: Mapping[str, Any] | None) -> tuple[Worry, ...]:
    """What was remembered that a human must see to."""
    return tuple(
        Worry(
            what=one["what"],
            remedy=one["remedy"],
            since=datetime.fromisoformat(one["since"]),
            ends=datetime.fromisoformat(one["ends"]) if one["ends"] else None,
        )
        for one in (told["worries"] if told else ())
    )
