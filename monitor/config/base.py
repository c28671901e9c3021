"""What a configuration is once it has been read and found good: frozen values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel

import alerts.base
import sources.base
from monitor.errors import Problem
from monitor.settings import Exclusion, MailSettings, MonitorSettings, SchoolSettings

SecretFile: TypeAlias = alerts.base.SecretFile | sources.base.SecretFile
"""The leaves do not know each other, so each has its own; they mean the same."""

Check: TypeAlias = Callable[[SchoolSettings], Iterable[tuple[str, str]]]
"""A further look at one school's settings: what is wrong, as (path in the file, sentence)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """One place to look, as a school file names it."""

    name: str
    kind: str
    settings: BaseModel
    """The kind's own settings."""
    interval: timedelta
    locator: str
    host: str
    live: bool
    """False where only addresses of ``allow_private`` are asked: nobody outside is watched."""
    medium: str = ""
    """What readers would call it, such as ``news``; empty if nobody said."""
    reach: str = "local"
    """Who reads it: ``local`` or ``national``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolConfig:
    """One school with its sources."""

    slug: str
    """The stem of the file's name."""
    file: str
    """The file as messages name it."""
    settings: SchoolSettings
    """What was learned is already in it."""
    sources: tuple[SourceConfig, ...]
    learned: tuple[Exclusion, ...] = ()
    """What was accepted with ``rules`` …"""
    learned_in: Path = Path()
    """… and the file of its own that it stands in, whether there is one or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailConfig:
    """``[mail]``: what every channel has, and what belongs to its kind."""

    settings: MailSettings
    kind: str
    channel: BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything an operator has decided. Printing it shows no address and no secret."""

    path: Path
    state: Path
    """Absolute."""
    monitor: MonitorSettings
    mail: MailConfig
    schools: Mapping[str, SchoolConfig]
    """By slug, in the order of ``schools``."""
    secret: Callable[[SecretFile], str] = field(repr=False)
    """Reads a secret, each time it is called. Raises ``ConfigError``."""
    resolve: Callable[[str], Path] = field(repr=False)
    """A file named in the configuration, as an absolute path (beside ``monitor.toml``)."""
    warnings: tuple[Problem, ...] = ()
    """What ``check`` should tell, though the program can run."""
    blockers: tuple[Problem, ...] = ()
    """What ``run`` refuses to start with, though everything else works."""
