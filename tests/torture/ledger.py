"""What was measured, one JSON line for each figure, and the report that is made of it.

Whoever measures adds lines; the newest line of a figure counts. ``RELIABILITY.md`` is never written by hand.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LEDGER = Path(__file__).with_name("figures.jsonl")
REPORT = Path(__file__).parents[2] / "RELIABILITY.md"
SECTIONS = {
    "lost": ("Nothing lost", "make torture"),
    "faults": ("Faults on the way", "make torture"),
    "clock": ("Clocks", "make torture"),
    "damage": ("Damage and repair", "make torture"),
    "mutants": ("Deliberate breaks that the trials find", "make torture"),
    "hostile": ("Hostile input", "make hostile"),
}
"""In the order of the report: title, and how to measure it again."""
_HEAD = """\
# Reliability

What is promised, what was done to break it, and what came of it. Every figure was measured by a program, none is
written by hand: `make torture` measures again and writes this page. How it is done is told in `tests/torture/`;
short forms of all trials run with `make check`.

A post that should be told of is told of at least once, under one Message-ID. A crash between handing a mail over
and noting it may repeat that mail, under the same Message-ID, so that mail programs show it once.
"""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing that was measured."""

    section: str
    """A key of ``SECTIONS``."""
    what: str
    value: int | float | str
    limit: int | float | None = None
    """The most that was promised; ``None`` where the figure only tells how much was tried."""
    at: str = ""
    machine: str = ""

    @property
    def holds(self) -> bool:
        return self.limit is None or (isinstance(self.value, int | float) and self.value <= self.limit)


def add(figures: Iterable[Figure], *, ledger: Path = LEDGER, report: Path = REPORT) -> None:
    """Write figures down with the day and the machine; older ones of the same name go. The report follows."""
    at, where = datetime.now(UTC).date().isoformat(), machine()
    fresh = [dataclasses.replace(one, at=at, machine=where) for one in figures]
    names = {(one.section, one.what) for one in fresh}
    kept = [one for one in read(ledger=ledger) if (one.section, one.what) not in names]
    ledger.write_text("".join(json.dumps(dataclasses.asdict(one)) + "\n" for one in [*kept, *fresh]))
    report.write_text(render(read(ledger=ledger)), encoding="utf-8")


def read(*, ledger: Path = LEDGER) -> list[Figure]:
    """All figures, oldest first."""
    text = ledger.read_text() if ledger.exists() else ""
    return [Figure(**json.loads(line)) for line in text.splitlines()]


def machine() -> str:
    """This machine in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def render(figures: Iterable[Figure]) -> str:
    """The report."""
    return _HEAD + "".join(_sections(list(figures)))


def _sections(figures: list[Figure]) -> Iterator[str]:
    for key, (title, how) in SECTIONS.items():
        own = [one for one in figures if one.section == key]
        if not own:
            continue
        yield f"\n## {title}\n\n| what | measured | promised |\n| --- | ---: | ---: |\n"
        for one in own:
            promised = "" if one.limit is None else f"≤ {_number(one.limit)}" if one.limit else "0"
            yield f"| {one.what} | {_number(one.value)}{'' if one.holds else ' ✗'} | {promised} |\n"
        newest = max(own, key=lambda one: one.at)
        yield f"\nMeasured on {newest.at} with {newest.machine}; again by `{how}`.\n"


def _number(value: float | str) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}" if isinstance(value, float) else value
