"""Errors with a remedy, for people.

::

    MonitorError
    ├ ConfigError(problems)   the configuration is wrong: every problem at once; exit 2
    ├ NotAllowed(message)     this person may not do this to this story; exit 2
    └ StoreError(message)     the database cannot be used: exit 1 or 3
        ├ StoreBusy           locked, full or failing: try again; exit 3
        ├ StoreRefused        a row breaks a rule of the tables: that row will never go in; exit 1
        ├ StoreDamaged        not what was written: the newest good copy must take its place; exit 1
        ├ StoreTooNew         written by a newer program: refuse; exit 1
        └ AlreadyRunning      another daemon holds this database: exit 1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class MonitorError(Exception):
    """An error that is told in one sentence, never as a traceback."""

    exit_status = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration, with the path in the file."""

    file: str
    path: str
    """Such as ``school.name`` or ``source[2].url``; empty for the file as a whole."""
    message: str

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        return f"{self.file}: {place}{self.message}"


class ConfigError(MonitorError):
    """The configuration cannot be used; ``problems`` lists everything that is wrong."""

    exit_status = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class NotAllowed(MonitorError):
    """This person may not do this to this story, or there is no such story."""

    exit_status = 2


class StoreError(MonitorError):
    """The database cannot be used; ``remedy`` says what to do."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class StoreBusy(StoreError):
    """Locked, full or failing for the moment."""

    exit_status = 3


class StoreRefused(StoreError):
    """A row breaks a rule of the tables; trying again changes nothing, leaving it out does."""


class StoreDamaged(StoreError):
    """The file is damaged, or no database at all."""


class StoreTooNew(StoreError):
    """Written by a newer version of the program."""


class AlreadyRunning(StoreError):
    """Another daemon works on the same database."""
