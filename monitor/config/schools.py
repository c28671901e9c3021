"""School files and presets become ``SchoolConfig`` values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sources.registry
from monitor.config.base import SchoolConfig, SourceConfig
from monitor.config.learned import learned_file, read_learned
from monitor.config.reading import Table, read
from monitor.config.shape import Place, fit, fit_kind, meant
from monitor.errors import ConfigError, Problem
from monitor.settings import CommonSource, SchoolSettings
from monitor.values import shown

PRESETS = "presets"
"""The folder beside ``monitor.toml`` with sources that many schools share."""
_WORD = re.compile(r"[a-z0-9][a-z0-9-]*")
"""Slugs and presets: file names that need no quoting anywhere."""


def read_schools(
    path: Path, listed: Iterable[str], private: frozenset[str], problems: list[Problem]
) -> dict[str, SchoolConfig]:
    """Read the school files ``listed`` in ``path``, which lie beside it; by slug.

    ``private`` are the hosts of ``allow_private``: a source that asks only there watches nobody outside.
    """
    reader = _Reader(path.parent, private, problems)
    schools: dict[str, SchoolConfig] = {}
    seen: set[str] = set()
    for number, name in enumerate(listed, 1):
        slug, place = Path(name).stem, Place(str(path), ("schools", number))
        if not _WORD.fullmatch(slug) or not name.isprintable():
            told = "expected the name of a file in small letters, digits and hyphens, got"
            problems.append(place.problem(f"{told} {shown(name)}"))
        elif slug in seen:
            problems.append(
                place.problem(f"a second file called {slug!r}; the file's name tells schools apart")
            )
        elif school := reader.school(slug, path.parent / name):
            schools[slug] = school
        seen.add(slug)
    return schools


def read_source(path: Path, table: Table, private: frozenset[str]) -> SourceConfig:
    """One source as it would stand in a school's file beside ``path``. Raises ``ConfigError``."""
    problems: list[Problem] = []
    found = _Reader(path.parent, private, problems).source(table, Place("the new source"))
    if found is None or problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    beside: Path
    private: frozenset[str]
    problems: list[Problem]

    def school(self, slug: str, path: Path) -> SchoolConfig | None:
        table = read(path, self.problems, missing="schools = […] in monitor.toml names files beside it")
        if table is None:
            return None
        place = Place(str(path))
        found = self._sources(table.pop("source", []), place)
        settings = fit(SchoolSettings, table, place, self.problems, also=("source",))
        file = learned_file(self.beside, slug)
        learned = read_learned(file, self.problems)
        if settings is None:
            return None
        return SchoolConfig(
            slug=slug,
            file=str(path),
            settings=settings.excluding(one.words for one in learned),
            sources=found,
            learned=learned,
            learned_in=file,
        )

    def _sources(self, tables: Any, place: Place) -> tuple[SourceConfig, ...]:
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            self.problems.append(
                place.under("source").problem("expected a list: write [[source]] with two brackets")
            )
            return ()
        found = (self.source(each, place.under("source", number)) for number, each in enumerate(tables, 1))
        return tuple(each for each in found if each)

    def source(self, own: Table, place: Place) -> SourceConfig | None:
        """Read one source; ``None`` if something is wrong with it."""
        table = own
        if own.get("preset"):
            preset = self._preset(own["preset"], place.under("preset"))
            if preset is None:
                return None
            file, inherited = preset
            table = {**inherited, **own}
            place = Place(place.file, place.keys, str(file), frozenset(inherited.keys() - own.keys()))
        fitted = fit_kind(CommonSource, sources.registry.KINDS, table, place, self.problems, word="kind")
        return self._built(*fitted) if fitted else None

    def _built(self, common: CommonSource, settings: Any) -> SourceConfig:
        kind = sources.registry.KINDS[common.kind]
        host = kind.host(settings)
        return SourceConfig(
            name=common.name,
            kind=common.kind,
            settings=settings,
            interval=kind.every if common.every is None else common.every,
            locator=kind.locate(settings),
            host=host,
            live=host.lower() not in self.private,
            medium=common.medium,
            reach=common.reach,
        )

    def _preset(self, name: object, place: Place) -> tuple[Path, Table] | None:
        folder = self.beside / PRESETS
        path = folder / f"{name}.toml"
        if not isinstance(name, str) or not _WORD.fullmatch(name) or not path.exists():
            known = sorted(each.stem for each in folder.glob("*.toml"))
            suggestion = meant(str(name), known) or f"; known: {', '.join(known) or 'none'}"
            self.problems.append(place.problem(f"no preset {shown(name)} in {folder}{suggestion}"))
            return None
        table = read(path, self.problems, missing="it was there a moment ago")
        if table is None:
            return None
        if "preset" in table:
            self.problems.append(
                Place(str(path), ("preset",)).problem("a preset cannot take keys from another")
            )
        return path, table
