"""How the tables came to be: one revision per change, additive only (table, column, index).

A revision in ``versions`` needs its line here, so that start-up knows without loading Alembic
whether a database is old, current or newer than the program.
"""

from __future__ import annotations

REVISIONS: tuple[str, ...] = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Oldest first; the last is what ``tables`` describes."""
