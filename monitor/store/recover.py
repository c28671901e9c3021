"""A damaged database: it is moved aside, never deleted, and the newest good copy takes its place.

Only for whoever holds the lock, and before the database is opened.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import StoreBusy, StoreError
from monitor.store.engine import PATIENCE
from monitor.store.files import private_file, private_folder
from monitor.store.schema import look

BACKUPS = "backups"
ASIDE = "damaged"
_BESIDE = ("", "-wal", "-shm")
"""What belongs to one database: what the log beside it holds may still be wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What was done about a damaged database."""

    aside: Path
    """Where the damaged file lies now."""
    copy: Path | None
    """The copy that took its place; ``None`` if there was no good one and everything begins anew."""
    made_at: datetime | None
    """When that copy was made: what was noted since is lost."""


def was_emptied(path: Path) -> bool:
    """Whether a database that must once have held something is an empty file, or is gone half-way through here."""
    backed_up = any((path.parent / BACKUPS).glob("*.db"))
    return _draft(path).exists() or (backed_up and path.exists() and path.stat().st_size == 0)


def replace_damaged(path: Path, now: datetime) -> Recovery:
    """Move the database aside and put the newest good copy in its place.

    Broken off at any moment, it can be done again. Raises ``StoreBusy`` if the disk is full.
    """
    try:
        return _replace(path, now)
    except OSError as error:
        raise StoreBusy(
            f"the damaged database cannot be replaced: {error.strerror}", remedy="make room on the disk"
        ) from error


def _replace(path: Path, now: datetime) -> Recovery:
    copy = next((each for each in _copies(path.parent / BACKUPS, now) if _is_good(each)), None)
    draft = _draft(path)
    if copy is not None:
        _lay_ready(copy, draft)
    aside = path.parent / ASIDE / now.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    private_folder(aside)
    for suffix in reversed(_BESIDE):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(aside / beside.name)
    if copy is not None:
        draft.replace(path)
    return Recovery(aside=aside, copy=copy, made_at=_made(copy) if copy else None)


def _draft(path: Path) -> Path:
    return path.with_name(path.name + ".restored")


def _copies(folder: Path, now: datetime) -> list[Path]:
    """Newest first; those from a future that a wrong clock told come last."""
    return sorted(folder.glob("*.db"), key=lambda copy: (_made(copy) <= now, _made(copy)), reverse=True)


def _made(copy: Path) -> datetime:
    return datetime.fromtimestamp(copy.stat().st_mtime, UTC)


def _is_good(copy: Path) -> bool:
    try:
        look(copy, patience=PATIENCE)
    except StoreError:
        return False
    return True


def _lay_ready(copy: Path, draft: Path) -> None:
    """Copy it for us alone, and wait until the disk has it."""
    draft.unlink(missing_ok=True)
    handle = private_file(draft)
    with os.fdopen(handle, "wb") as target, copy.open("rb") as source:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
