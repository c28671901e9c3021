"""Asks whether anything is known against the packages of our locks; answers no only if it could really ask.

``python -m tests.supply.audit [--advisories FOLDER_OR_ZIP] LOCK …``. Exit status: 0 nothing is known, 1 a human
should look, 3 there was nothing to ask, or it was too old.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from tests.supply import advisories, lockfile
from tests.supply.advisories import Database, Finding, NoAdvisoriesError
from tests.supply.lockfile import NotALockError, Pin

CLEAN, LOOK, NOTHING_TO_ASK = 0, 1, 3

DUMP = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
"""Everything the Open Source Vulnerabilities project knows of Python packages, made anew all day."""
OLDEST = timedelta(days=30)
"""A flaw is often exploited within weeks of its announcement: older data answer another question."""
KNOWN_BAD = {
    Pin("requests", "2.31.0"): "CVE-2024-35195",
    Pin("jinja2", "3.1.5"): "CVE-2025-27516",
    Pin("urllib3", "2.6.2"): "CVE-2026-21441",
    Pin("lxml", "6.0.2"): "CVE-2026-41066",
}
"""Found on each run, or what was found of ours means nothing."""
_PATIENCE = 60.0  # seconds without a byte
_PIECE = 1 << 20  # bytes written at a time

Fetch = Callable[[Path], None]


def main(
    argv: Sequence[str], *, now: datetime, fetch: Fetch | None = None, say: Callable[[str], object] = print
) -> int:
    """Audit the locks; return the exit status."""
    arguments = _arguments(argv)
    try:
        pins = _pins(arguments.locks)
    except (NotALockError, OSError) as error:
        say(f"not audited: {error}")
        return LOOK
    try:
        database = _database(arguments.advisories, fetch or download, now)
        _prove(database, now, say)
    except NoAdvisoriesError as error:
        say(f"NOT AUDITED: {error}")
        return NOTHING_TO_ASK
    findings = sorted(database.findings(pins), key=lambda each: (each.pin, each.id))
    for finding in findings:
        say(_told(finding))
    age_problem = _too_old(database, now)
    if age_problem:
        say(f"NOT AUDITED: {age_problem}")
    say(f"{len(pins)} packages, {len(findings)} advisories against them")
    if findings:
        return LOOK
    return NOTHING_TO_ASK if age_problem else CLEAN


def download(to: Path) -> None:
    """Fetch the public data. Raises ``NoAdvisoriesError``."""
    try:
        with requests.get(DUMP, stream=True, timeout=_PATIENCE) as answer, to.open("wb") as file:
            answer.raise_for_status()
            file.writelines(answer.iter_content(_PIECE))
    except (requests.RequestException, OSError) as error:
        raise NoAdvisoriesError(
            f"the advisories cannot be fetched ({type(error).__name__}); "
            f"fetch {DUMP} elsewhere and run: make audit ADVISORIES=all.zip"
        ) from error


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="audit", description=__doc__)
    parser.add_argument("--advisories", type=Path, help="a folder or zip of OSV files; else they are fetched")
    parser.add_argument("locks", type=Path, nargs="+")
    return parser.parse_args(argv)


def _pins(locks: Sequence[Path]) -> frozenset[Pin]:
    """Every pin once, whatever machine it is for."""
    found = frozenset(Pin(pin.name, pin.version) for lock in locks for pin in lockfile.read(lock))
    if not found:
        raise NotALockError("the locks name no package")
    return found


def _database(source: Path | None, fetch: Fetch, now: datetime) -> Database:
    if source:
        return advisories.load(source, now=now)
    with tempfile.TemporaryDirectory() as folder:
        fetched = Path(folder) / "all.zip"
        fetch(fetched)
        return advisories.load(fetched, now=now)


def _prove(database: Database, now: datetime, say: Callable[[str], object]) -> None:
    """Say how new the data are, and that they know what everybody knows. Raises ``NoAdvisoriesError``."""
    if database.newest is None:
        raise NoAdvisoriesError("there is no advisory in the data")
    say(
        f"{database.count:,} advisories, the newest of {database.newest:%Y-%m-%d} ({_days(database, now)} days old)"
    )
    found = {
        (each.pin, name) for each in database.findings(KNOWN_BAD) if not each.problem for name in each.names
    }
    missed = [
        f"{pin.name} {pin.version} ({cve})" for pin, cve in KNOWN_BAD.items() if (pin, cve) not in found
    ]
    if missed:
        raise NoAdvisoriesError(f"what everybody knows is not found: {', '.join(missed)}")
    say(f"control: {len(KNOWN_BAD)} of {len(KNOWN_BAD)} known-bad versions are recognised")


def _too_old(database: Database, now: datetime) -> str:
    if database.newest and now - database.newest > OLDEST:
        return f"the advisories are {_days(database, now)} days old, more than {OLDEST.days}"
    return ""


def _days(database: Database, now: datetime) -> int:
    return max((now - database.newest).days, 0) if database.newest else 0


def _told(finding: Finding) -> str:
    judged = f"NOT JUDGED, {finding.problem}: " if finding.problem else ""
    others = ", ".join(sorted(finding.names - {finding.id}))
    known = f"{finding.id} ({others})" if others else finding.id
    return f"{finding.pin.name} {finding.pin.version}: {judged}{known} {finding.summary}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], now=datetime.now(UTC)))
