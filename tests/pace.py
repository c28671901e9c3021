"""How long something may take, on a machine of any speed and in any company.

A limit in plain seconds fails on a busy machine and proves nothing on a fast one. So a fixed piece of work is
timed beside what is tried, and the limit stretches with it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

QUIET = 0.004
"""Processor seconds of the yardstick on the quiet machine for which limits are written."""

SLACK = 2.0
"""Measuring coverage slows the product and not the yardstick."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail if the body takes more processor time than ``seconds`` would be on a quiet machine."""
    before = stretch()
    start = time.process_time()
    try:
        yield
    finally:
        took = time.process_time() - start
        limit = seconds * SLACK * max(before, stretch())
        assert took <= limit, f"took {took:.3f} s; on this machine, as it is now, {limit:.3f} s would do"


def stretch() -> float:
    """How many times slower this machine is than a quiet one just now; never less than once."""
    return max(1.0, yardstick() / QUIET)


def yardstick() -> float:
    """Processor seconds that a fixed piece of work takes just now."""
    start = time.process_time()
    seen: dict[str, int] = {}
    for number in range(40_000):
        word = str(number % 977)
        seen[word] = seen.get(word, 0) + len(word)
    assert len(seen) == 977
    return time.process_time() - start
