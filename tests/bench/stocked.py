"""Databases with as many stored mentions as one likes, and polls that ask them what is known.

Built within SQLite, so that a million mentions take minutes. They are as spread as real ones: each has the
37 bands of its sketch, one in five hundred pairs of unrelated mentions shares a band, one in ten belongs to a
story, and twenty stories are open.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from monitor.model import Finding, Keys
from monitor.store import Store
from tests.monitor.store.given import finding, watched

BANDS = 37
COMMON = 500
"""Of so many values the first band of each mention has one: what unrelated texts share by chance."""
_ODD = 0x9E3779B97F4A7C15
_STEP = 100
"""Instructions of the database between two calls of the counter."""

_MENTIONS = """
INSERT INTO mention (id, school_id, source_id, entry_id, key, content_key, url_key, text_key, thread_key, reply_key,
    entry_kind, title, text, url, author, own_account, seen_at, certainty, severity, categories, tone, compound, abuse,
    needs_response, imagery, grounds, clock, silent, edits, incident_id, verdict)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size)
SELECT i, 1, 1, 'e' || i, printf('%064x', i), printf('c%063x', i), printf('a%063x', i), printf('b%063x', i),
    printf('d%063x', i / 8), '', 'post', 'Title ' || i, printf('%.*c', 300, 'x'), 'https://blog.example/' || i, '', 0,
    strftime('%Y-%m-%d %H:%M:%f', 1700000000 + i * 30, 'unixepoch'), 'certain', 1, '[]', 'neu', 0.0, 0.0, 0, 0, '[]', '',
    0, 0, CASE WHEN i % 10 = 0 THEN 1 + (i / 10) % :stories END, '' FROM n
"""
_STORIES = """
INSERT INTO incident (id, school_id, subject_key, severity, category, categories, certain, mentions, grown_to, clock,
    opened_at, last_mention_at, owner, closed_at, outcome, note)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :stories)
SELECT i, 1, printf('%064x', i * 10), 2, 'complaint_general', '[]', 1, 10, 0, '', '2026-11-01 10:00:00.000000',
    '2026-11-01 10:00:00.000000', '', CASE WHEN i > 20 THEN '2026-11-02 10:00:00.000000' END,
    CASE WHEN i > 20 THEN 'answered' ELSE '' END, '' FROM n
"""
_SKETCHES = """
INSERT INTO mention_band (mention_id, band, school_id)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size),
    b(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM b WHERE j < 36)
SELECT i, CASE WHEN j = 0 THEN (i * 7919) % 500 ELSE spread(i, j) END, 1 FROM n CROSS JOIN b
"""
_SEEN = """
INSERT INTO seen (source_id, entry, content, at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size)
SELECT 1, CAST(printf('%016x', i) AS BLOB), x'00000000000000000000000000000000', '2026-11-01 10:00:00.000000' FROM n
"""


def stock(state: Path, size: int) -> Store:
    """Open a store with ``size`` mentions of one school."""
    store = Store.open(state)
    watched(store)
    store.close()
    with closing(sqlite3.connect(state / "monitor.db", isolation_level=None)) as base:
        base.create_function("spread", 2, spread, deterministic=True)
        base.execute("PRAGMA synchronous = OFF")
        told = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%ON mention%'"
        indexes = base.execute(told).fetchall()
        for name, _ in indexes:
            base.execute(f"DROP INDEX {name}")
        values = {"size": size, "stories": max(size // 100, 1)}
        base.execute("BEGIN")
        for statement in (_STORIES, _MENTIONS, _SKETCHES, _SEEN):
            base.execute(statement, {name: values[name] for name in values if f":{name}" in statement})
        for _, sql in indexes:
            base.execute(sql)
        base.execute("COMMIT")
    return Store.open(state)


def spread(number: int, place: int) -> int:
    """The band of a mention at that place: a number that no other has."""
    mixed = (number * 64 + place) * _ODD % 2**64
    return mixed - 2**63


def poll(size: int, rng: random.Random, posts: int = 50) -> list[Finding]:
    """What a poll may bring: mostly new posts; one in ten repeats a text, and one in ten was edited a little."""
    return [_post(number, rng.randrange(1, size + 1), size, rng) for number in range(posts)]


def _post(number: int, other: int, size: int, rng: random.Random) -> Finding:
    fresh = size + 1 + rng.randrange(10**9)
    alike = other if number % 10 == 0 else fresh
    bands = (rng.randrange(COMMON), *(spread(alike if j < BANDS // 2 else fresh, j) for j in range(1, BANDS)))
    keys = Keys(
        key=f"{fresh:064x}",
        content=f"c{fresh:063x}",
        url=f"a{fresh:063x}",
        text=f"b{other if number % 10 == 1 else fresh:063x}",
        thread=f"d{fresh:063x}",
        reply_to=f"{other:064x}" if number % 10 == 2 else "",
        bands=bands,
    )
    return finding(keys.key, keys=keys)


@contextmanager
def steps(store: Store) -> Iterator[list[int]]:
    """Count the instructions that the writer's database carries out, to the nearest hundred."""
    count = [0]

    def note() -> int:
        count[0] += _STEP
        return 0

    with store.write() as tx:
        driver: Any = tx.connection.connection.driver_connection
        driver.set_progress_handler(note, _STEP)
    try:
        yield count
    finally:
        driver.set_progress_handler(None, _STEP)
