"""What platforms allow, as it stood at the last poll, and for how long nothing of it was left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.facts import Allowance
from sources.base import Budget

SPENT = "the platform's allowance was used up"
SHORTEST = timedelta(hours=1)
"""Whoever spreads a day's allowance over the day comes to its end shortly before it is renewed: that is no blindness."""


def noted(budget: Budget | None, before: Mapping[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    """What to remember of a budget; since when it is spent is taken over from ``before``."""
    if budget is None:
        return None
    spent_at = _spent_at(before) or now.isoformat()
    return {
        "used": budget.used,
        "limit": budget.limit,
        "of": budget.of,
        "renewed_at": budget.renewed_at.isoformat() if budget.renewed_at else "",
        "spent_at": spent_at if budget.used >= budget.limit else "",
    }


def read(told: Mapping[str, Any] | None) -> Allowance | None:
    """What was remembered."""
    if told is None:
        return None
    return Allowance(
        used=told["used"],
        limit=told["limit"],
        of=told["of"],
        renewed_at=_moment(told["renewed_at"]),
        spent_at=_moment(told["spent_at"]),
    )


def spell(allowed: Allowance | None, end: datetime) -> tuple[datetime, datetime] | None:
    """From when until when (``end`` at the latest) nothing of an allowance is left, if it is for long."""
    if allowed is None or allowed.spent_at is None:
        return None
    until = min(allowed.renewed_at or end, end)
    return (allowed.spent_at, until) if until - allowed.spent_at >= SHORTEST else None


def ended(
    source_id: int, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any] | None:
    """The row of history which says that an allowance was spent and no longer is; ``None`` if that is not so."""
    since = _spent_at(before)
    if not since or _spent_at(after) or now - datetime.fromisoformat(since) < SHORTEST:
        return None
    return {
        "source_id": source_id,
        "at": now,
        "since": datetime.fromisoformat(since),
        "outcome": "unchanged",
        "http_status": None,
        "entries": 0,
        "matched": 0,
        "gap": True,
        "error_kind": "",
        "error": SPENT,
    }


def _spent_at(told: Mapping[str, Any] | None) -> str:
    return str(told["spent_at"]) if told else ""


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
