"""Advisories for tests, in the OSV format: those that every audit must know, and what else a test needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.supply.audit import KNOWN_BAD

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def record(name: str, number: str, **affected: Any) -> dict[str, Any]:
    """An advisory about one package, written today."""
    package = {"ecosystem": "PyPI", "name": name}
    return {
        "id": number,
        "modified": "2026-11-23T07:00:00Z",
        "summary": "something is wrong",
        "affected": [{"package": package, **affected}],
    }


def span(*events: tuple[str, str], kind: str = "ECOSYSTEM") -> dict[str, Any]:
    """A range of versions, from events such as ``("fixed", "2.0")``."""
    return {"type": kind, "events": [{event: version} for event, version in events]}


def control() -> list[dict[str, Any]]:
    """What everybody knows."""
    return [
        record(pin.name, f"PYSEC-{number}", versions=[pin.version]) | {"aliases": [cve]}
        for number, (pin, cve) in enumerate(KNOWN_BAD.items())
    ]


def write(folder: Path, records: Iterable[dict[str, Any]]) -> Path:
    """The records as files in ``folder``."""
    folder.mkdir(exist_ok=True)
    for number, each in enumerate(records):
        (folder / f"{number}.json").write_text(json.dumps(each), encoding="utf-8")
    return folder
