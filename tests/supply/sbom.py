"""Writes the list of what the product is made of (CycloneDX 1.6), from the lock and the licences we read.

``python -m tests.supply.sbom`` writes ``sbom.cdx.json`` anew. The same lock gives the same bytes: the list
carries no date and no random number, so a change of it is a change of what is inside.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.supply import lockfile
from tests.supply.lockfile import Pin

ROOT = Path(__file__).parents[2]
FILE = ROOT / "sbom.cdx.json"
LICENCES = Path(__file__).parent / "licences.toml"

_WORDS = re.compile(r"[\w.+-]+")
_JOINTS = {"AND", "OR"}


class UnknownLicenceError(ValueError):
    """A package that nobody may pass on before somebody has read its licence."""


def make(lock: Path, licences: Path = LICENCES) -> str:
    """The text of the list. Raises ``UnknownLicenceError``."""
    known = tomllib.loads(licences.read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": project["name"],
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"expression": project["license"]}],
            }
        },
        "components": [_component(pin, _licence(pin, known)) for pin in lockfile.read(lock)],
    }
    return json.dumps(bill, indent=1) + "\n"


def _licence(pin: Pin, known: Mapping[str, Any]) -> str:
    expression: str = known["licences"].get(pin.name, "")
    named = set(_WORDS.findall(expression)) - _JOINTS
    if not named:
        raise UnknownLicenceError(f"{pin.name}: its licence is not in {LICENCES.name}")
    if not named <= set(known["allowed"]):
        raise UnknownLicenceError(f"{pin.name}: {expression} is not allowed")
    return expression


def _component(pin: Pin, licence: str) -> dict[str, Any]:
    address = f"pkg:pypi/{pin.name}@{pin.version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": pin.name,
        "version": pin.version,
        "licenses": [{"expression": licence}],
        "purl": address,
    }


if __name__ == "__main__":
    FILE.write_text(make(ROOT / "requirements.lock"), encoding="utf-8")
