"""From files to a ``Config``: each file is read and put into shape, then the whole is looked at."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import alerts.registry
from monitor.config import sense
from monitor.config.base import Check, Config, MailConfig
from monitor.config.reading import NEAR, SYSTEM, VARIABLE, Table, read
from monitor.config.schools import read_schools
from monitor.config.secret import Secrets
from monitor.config.shape import Place, fit, fit_kind
from monitor.errors import ConfigError, Problem
from monitor.settings import MailSettings, MonitorSettings

_MISSING = f"give --config FILE, set ${VARIABLE}, or write {SYSTEM} (an example: {NEAR})"


def load(path: Path, *, environ: Mapping[str, str] = os.environ, checks: Sequence[Check] = ()) -> Config:
    """Read the configuration that begins at ``path``. Raises ``ConfigError`` with every problem.

    ``checks`` look further at each school's settings than this package can. Secrets are not touched.
    """
    problems: list[Problem] = []
    config = _assemble(path, environ, problems)
    if config is None or problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    problems += sense.problems(config, checks)
    if problems:
        raise ConfigError(problems)
    return replace(config, warnings=tuple(sense.warnings(config)), blockers=tuple(sense.blockers(config)))


def _assemble(path: Path, environ: Mapping[str, str], problems: list[Problem]) -> Config | None:
    table = read(path, problems, missing=_MISSING)
    if table is None:
        return None
    place = Place(str(path))
    mail = _mail(table.pop("mail", {}), place.under("mail"), problems)
    listed = _listed(table)
    monitor = fit(MonitorSettings, table, place, problems, also=("mail",))
    private = monitor.fetch.allow_private if monitor else ()
    schools = read_schools(path, listed, frozenset(private), problems)
    if monitor is None or mail is None:
        return None
    beside = path.absolute().parent
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    return Config(
        path=path,
        state=Path(monitor.state).absolute(),
        monitor=monitor,
        mail=mail,
        schools=MappingProxyType(schools),
        secret=Secrets(beside, Path(credentials) if credentials else None),
        resolve=beside.joinpath,
    )


def _listed(table: Table) -> tuple[str, ...]:
    """The school files, read even where the rest of ``monitor.toml`` is wrong: all problems at once."""
    listed = table.get("schools")
    return tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()


def _mail(table: Any, place: Place, problems: list[Problem]) -> MailConfig | None:
    if not isinstance(table, dict):
        problems.append(place.problem("expected a table such as [mail]"))
        return None
    fitted = fit_kind(MailSettings, alerts.registry.KINDS, table, place, problems, word="channel")
    return MailConfig(settings=fitted[0], kind=fitted[0].channel, channel=fitted[1]) if fitted else None
