"""Copies of the database: one a day, one a week, each checked before it counts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from monitor.store import Store
from monitor.store.engine import plainly
from monitor.store.schema import keep

DAILY = 7
WEEKLY = 4


def backup(store: Store, folder: Path, now: datetime) -> Path:
    """Copy the live database into ``folder`` and return the copy; old copies go.

    The copy is whole and checked, or it is not there. Kept are the last seven days and four weeks.
    Raises ``StoreBusy`` if the disk is full, ``StoreError`` if the database is damaged.
    """
    day = now.astimezone(UTC).date()
    year, week, _ = day.isocalendar()
    daily = folder / f"daily-{day.isoformat()}.db"
    weekly = folder / f"weekly-{year}-W{week:02}.db"
    with plainly(), closing(sqlite3.connect(store.path)) as base:
        keep(base, daily)
        if not weekly.exists():
            keep(base, weekly)
    _prune(folder, "daily-*.db", DAILY)
    _prune(folder, "weekly-*.db", WEEKLY)
    return daily


def _prune(folder: Path, pattern: str, most: int) -> None:
    for copy in sorted(folder.glob(pattern))[:-most]:
        copy.unlink()
