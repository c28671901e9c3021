"""Measure what a poll asks the database, with ten thousand, a hundred thousand and a million stored mentions.

Run: ``python -m tests.bench.lookups [SIZE …]``. A million take about three gigabytes and some minutes.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from monitor.store import Store, polls, record
from tests.bench.stocked import poll, steps, stock

SIZES = (10_000, 100_000, 1_000_000)
TRIES = 30


def main(sizes: tuple[int, ...]) -> None:
    """Print one line for each size, and how each compares with the first."""
    sys.stdout.write(
        "mentions   fill s   file MB   known: median ms   slowest ms   steps   seen: median ms   times the first\n"
    )
    first = 0.0
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="stocked-") as folder:
            begin = time.perf_counter()
            store = stock(Path(folder), size)
            filled = time.perf_counter() - begin
            megabytes = (Path(folder) / "monitor.db").stat().st_size / 1e6
            known, seen, worked = _measured(store, size)
            store.close()
        first = first or statistics.median(known)
        sys.stdout.write(
            f"{size:>9,} {filled:>8.1f} {megabytes:>9.0f} {statistics.median(known):>18.2f} {max(known):>12.2f}"
            f" {worked:>8,} {statistics.median(seen):>16.2f} {statistics.median(known) / first:>16.2f}\n"
        )
        sys.stdout.flush()


def _measured(store: Store, size: int) -> tuple[list[float], list[float], int]:
    rng = random.Random(7)
    known: list[float] = []
    seen: list[float] = []
    for _ in range(TRIES):
        findings = poll(size, rng)
        digests = [f"{rng.randrange(2 * size):016x}".encode() for _ in range(200)]
        with store.write() as tx:
            begin = time.perf_counter()
            record.known(tx, findings)
            middle = time.perf_counter()
            polls.seen(tx, 1, digests)
            seen.append((time.perf_counter() - middle) * 1000)
            known.append((middle - begin) * 1000)
    with steps(store) as count, store.write() as tx:
        record.known(tx, poll(size, random.Random(8)))
    return known, seen, count[0]


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
