"""Matches pins with advisories in the OSV format (https://ossf.github.io/osv-schema/).

What cannot be judged is told as such and never passed over: an advisory about one of our packages whose
versions cannot be compared counts against us until a human has read it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tests.supply.lockfile import Pin

Record: TypeAlias = Mapping[str, Any]

ECOSYSTEM = "PyPI"
_AHEAD = timedelta(days=1)
"""A clock may be wrong by so much; a date beyond says nothing about the age of the data."""


class NoAdvisoriesError(Exception):
    """There is nothing to audit with."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An advisory that holds for a pin, or that nobody could judge."""

    pin: Pin
    id: str
    names: frozenset[str]
    """The id and its aliases: one flaw is known by several numbers."""
    summary: str
    problem: str = ""
    """Why it could not be judged."""


@dataclass(frozen=True, slots=True)
class Database:
    """Advisories by package, and how new the newest is."""

    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    count: int = 0
    newest: datetime | None = None

    def findings(self, pins: Iterable[Pin]) -> Iterator[Finding]:
        """What is known against ``pins``."""
        for pin in pins:
            for record in self.records.get(pin.name, ()):
                yield from _judged(pin, record)


def load(source: Path, *, now: datetime) -> Database:
    """The advisories in a folder or zip of JSON files. Raises ``NoAdvisoriesError``."""
    by_package: dict[str, list[Record]] = {}
    newest = None
    count = 0
    try:
        for text in _texts(source):
            record = json.loads(text)
            count += 1
            modified = _moment(record["modified"])
            if modified <= now + _AHEAD and (newest is None or modified > newest):
                newest = modified
            for name in {_package(affected) for affected in record.get("affected", ())} - {""}:
                by_package.setdefault(name, []).append(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise NoAdvisoriesError(f"{source}: cannot be read ({type(error).__name__})") from error
    return Database(by_package, count, newest)


def _texts(source: Path) -> Iterator[bytes]:
    if source.is_dir():
        yield from (path.read_bytes() for path in sorted(source.rglob("*.json")))
        return
    with zipfile.ZipFile(source) as archive:
        yield from (archive.read(name) for name in archive.namelist() if name.endswith(".json"))


def _moment(told: str) -> datetime:
    moment = datetime.fromisoformat(told)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _package(affected: Record) -> str:
    """The package that is affected, or nothing if it is not Python's."""
    package = affected.get("package", {})
    return canonicalize_name(package["name"]) if package.get("ecosystem") == ECOSYSTEM else ""


def _judged(pin: Pin, record: Record) -> Iterator[Finding]:
    """At most one finding: what one part of a record says stands whatever the others say."""
    if record.get("withdrawn"):
        return
    problem = ""
    for affected in record["affected"]:
        if _package(affected) != pin.name:
            continue
        try:
            if _holds(Version(pin.version), affected):
                yield _finding(pin, record)
                return
        except (InvalidVersion, KeyError, TypeError, ValueError):
            problem = "its versions cannot be compared with ours"
    if problem:
        yield _finding(pin, record, problem)


def _holds(version: Version, affected: Record) -> bool:
    listed = affected.get("versions", ())
    ranges = [each for each in affected.get("ranges", ()) if each["type"] != "GIT"]
    if not listed and not ranges:
        raise ValueError("neither versions nor ranges")
    return any(_same(version, each) for each in listed) or any(_within(version, each) for each in ranges)


def _same(version: Version, told: str) -> bool:
    try:
        return Version(told) == version
    except InvalidVersion:  # versions older than the rules; ours keep them
        return False


def _within(version: Version, span: Record) -> bool:
    """Walk through the events in the order of their versions (OSV, "evaluation")."""
    if span["type"] != "ECOSYSTEM":
        raise ValueError(span["type"])
    affected = False
    for at, kind in sorted(_event(event) for event in span["events"]):
        if version < at or (version == at and kind == "last_affected"):
            break
        affected = kind == "introduced"
    return affected


def _event(event: Mapping[str, str]) -> tuple[Version, str]:
    ((kind, told),) = event.items()
    if kind not in {"introduced", "fixed", "last_affected"}:
        raise ValueError(kind)
    return Version("0.dev0" if told == "0" else told), kind


def _finding(pin: Pin, record: Record, problem: str = "") -> Finding:
    names = frozenset([record["id"], *record.get("aliases", ())])
    summary = str(record.get("summary") or record.get("details") or "").partition("\n")[0]
    return Finding(pin, record["id"], names, summary, problem)
