"""Promise: the list of what is inside names exactly what the lock installs, under licences that we have read."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tests.supply import lockfile, sbom
from tests.supply.sbom import UnknownLicenceError

LOCK = sbom.ROOT / "requirements.lock"
EXTRAS = [
    lock for name in ("wake", "microsoft", "google") for lock in sbom.ROOT.glob(f"requirements-{name}.lock")
]
UNSAID = {"imapclient", "pyasn1-modules", "requests-oauthlib"}
"""Their metadata name no licence, or two; the files that lie beside them do (BSD, three and two clauses; ISC)."""
SHIPPED: dict[str, Any] = json.loads(sbom.FILE.read_text(encoding="utf-8"))
LICENCES: dict[str, str] = tomllib.loads(sbom.LICENCES.read_text(encoding="utf-8"))["licences"]
FAMILIES = (
    "0BSD",
    "Apache",
    "BSD",
    "CC0",
    "GPL",
    "ISC",
    "MIT",
    "MPL",
    "PSF",
    "Public-Domain",
    "Unlicense",
    "Zlib",
)


def _lock(folder: Path, *names: str) -> Path:
    lock = folder / "some.lock"
    lock.write_text("".join(f"{name}==1.0 --hash=sha256:{'a' * 64}\n" for name in names), encoding="utf-8")
    return lock


def _licences(folder: Path, text: str) -> Path:
    file = folder / "licences.toml"
    file.write_text(f'allowed = ["MIT", "BSD-3-Clause"]\n[licences]\n{text}\n', encoding="utf-8")
    return file


def test_the_shipped_list_is_the_lock() -> None:
    listed = {(each["name"], each["version"]) for each in SHIPPED["components"]}
    assert listed == {(pin.name, pin.version) for pin in lockfile.read(LOCK)}


def test_the_shipped_list_is_up_to_date() -> None:
    assert sbom.FILE.read_text(encoding="utf-8") == sbom.make(LOCK), "run: make sbom"


def test_the_shipped_list_has_what_the_standard_asks_for() -> None:
    assert (SHIPPED["bomFormat"], SHIPPED["specVersion"], SHIPPED["version"]) == ("CycloneDX", "1.6", 1)
    names = [each["bom-ref"] for each in SHIPPED["components"]]
    assert len(names) == len(set(names))
    for each in SHIPPED["components"]:
        assert each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}"
        assert each["licenses"][0]["expression"]


def test_the_list_of_licences_has_no_leftovers() -> None:
    assert LICENCES.keys() == {pin.name for lock in (LOCK, *EXTRAS) for pin in lockfile.read(lock)}


@pytest.mark.parametrize("name", sorted(LICENCES.keys() - UNSAID))
def test_what_we_read_is_what_the_package_says_of_itself(name: str) -> None:
    said = metadata.metadata(name).json
    expression = str(said.get("license_expression", ""))
    if expression:
        assert expression == LICENCES[name]
    classifiers = [each for each in said.get("classifier", ()) if "License ::" in each]
    words = [str(said.get("license", "")), *classifiers]
    told = _families(expression or " ".join(words).replace("Python Software Foundation", "PSF"))
    assert told == _families(LICENCES[name])


def _families(text: str) -> set[str]:
    known = text.replace("Mozilla Public License 2.0", "MPL")
    return {family for family in FAMILIES if re.search(rf"(?<![\w]){family}(?!\w)", known)}


def test_a_package_whose_licence_nobody_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownLicenceError, match="new-thing: its licence is not in"):
        sbom.make(_lock(tmp_path, "new-thing"), _licences(tmp_path, ""))


@pytest.mark.parametrize(
    "expression", ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "MIT OR Proprietary", "MIT+"]
)
def test_a_licence_that_is_not_allowed_is_refused(expression: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownLicenceError, match="not allowed"):
        sbom.make(_lock(tmp_path, "six"), _licences(tmp_path, f'six = "{expression}"'))


def test_licences_that_are_allowed_may_be_joined(tmp_path: Path) -> None:
    text = sbom.make(
        _lock(tmp_path, "six", "a"), _licences(tmp_path, 'six = "MIT AND (BSD-3-Clause OR MIT)"\na = "MIT"')
    )
    assert [each["name"] for each in json.loads(text)["components"]] == ["a", "six"]
