"""Promise: what is installed is what was locked, nothing else is imported, and nothing known to be bad is locked."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.supply import lockfile
from tests.supply.lockfile import Pin

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS: dict[str, tuple[Pin, ...]] = {
    path.name: lockfile.read(path) for path in sorted(ROOT.glob("requirements*.lock"))
}
RUNTIME, DEV = LOCKS["requirements.lock"], LOCKS["requirements-dev.lock"]
BUILD = PROJECT["build-system"]["requires"]
WANTED = {"requirements.lock": [*PROJECT["project"]["dependencies"], *BUILD]}
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
WANTED |= {
    f"requirements-{extra}.lock": [*WANTED["requirements.lock"], *more] for extra, more in EXTRAS.items()
}
DECLARED = [*PROJECT["project"]["dependencies"], *(each for more in EXTRAS.values() for each in more)]
WANTED["requirements-dev.lock"] = [*DECLARED, *BUILD, *PROJECT["dependency-groups"]["dev"]]
FLOORS: list[dict[str, str]] = tomllib.loads(
    (ROOT / "tests" / "supply" / "floors.toml").read_text(encoding="utf-8")
)["floor"]

OWNERS = metadata.packages_distributions()
OURS = {"monitor", "sources", "alerts"}
TYPES_ONLY = {"_typeshed"}  # exists for type checkers alone
PART_OF = {"markupsafe": "jinja2", "pydantic-core": "pydantic", "soupsieve": "beautifulsoup4"}
"""Packages that are part of the interface of one that we declare."""
LOADED_BY_NAME = {"faker", "tzdata"}
"""Data that are found by name while the program runs, and never imported by a statement."""


def test_all_locks_are_here() -> None:
    others = {"requirements-fuzz.lock", "requirements-uv.lock"}
    assert set(LOCKS) == {*WANTED, *others}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_load_from(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--(?!hash=)\w", text)


@pytest.mark.parametrize("lock", WANTED)
def test_a_lock_has_all_that_is_declared(lock: str) -> None:
    versions: dict[str, list[str]] = {}
    for pin in LOCKS[lock]:
        versions.setdefault(pin.name, []).append(pin.version)
    for wanted in map(Requirement, WANTED[lock]):
        found = versions.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted} is not in {lock}: run make lock"
        assert all(wanted.specifier.contains(version) for version in found), f"{wanted}: {found}"


@pytest.mark.parametrize("lock", WANTED)
def test_the_tests_run_with_the_versions_that_are_shipped(lock: str) -> None:
    assert set(LOCKS[lock]) <= set(DEV)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_adds_to_what_is_installed_and_changes_nothing_of_it(extra: str) -> None:
    assert set(RUNTIME) < set(LOCKS[f"requirements-{extra}.lock"])


def test_the_product_installs_from_its_lock_without_the_network() -> None:
    """What builds it is locked too: ``--no-build-isolation`` needs nothing else."""
    assert {canonicalize_name(Requirement(each).name) for each in BUILD} <= {pin.name for pin in RUNTIME}


def test_every_installation_of_the_makefile_checks_digests() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    checked = "pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps"
    install = re.search(r"^INSTALL := -m (.+)$", text, re.MULTILINE)
    assert install
    assert install[1] == checked
    others = [line for line in re.findall(r"pip install.+", text) if line != checked]
    assert [line for line in others if "--no-build-isolation --no-deps --editable ." not in line] == []
    assert re.findall(r"\$\(INSTALL\) -r (\S+)", text)
    assert len(re.findall(r"\$\(INSTALL\) -r \S+\.lock$", text, re.MULTILINE)) == text.count("$(INSTALL)")


def test_a_flipped_digit_in_a_lock_stops_the_installation(tmp_path: Path) -> None:
    wheel = _tiny_wheel(tmp_path)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    flipped = f"{int(digest[0], 16) ^ 1:x}{digest[1:]}"
    assert _install(tmp_path, f"tiny==1.0 --hash=sha256:{digest}").returncode == 0
    told = _install(tmp_path, f"tiny==1.0 --hash=sha256:{flipped}")
    assert told.returncode == 1
    assert "DO NOT MATCH THE HASHES" in told.stderr


def _tiny_wheel(folder: Path) -> Path:
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(
            "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return wheel


def _install(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    (folder / "tiny.lock").write_text(line + "\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--isolated",
        "install",
        "--dry-run",
        "--no-index",
        "--find-links",
        ".",
    ]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", "tiny.lock"]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False)


def _undeclared(file: Path) -> Iterator[str]:
    """Packages that ``file`` imports without our having declared them."""
    declared = {canonicalize_name(Requirement(each).name) for each in DECLARED}
    for module in _imported(file):
        if module in sys.stdlib_module_names or module in OURS | TYPES_ONLY:
            continue
        owners = {canonicalize_name(name) for name in OWNERS.get(module, [module])}
        if not any(owner in declared or PART_OF.get(owner) in declared for owner in owners):
            yield module


def _imported(file: Path) -> set[str]:
    """The top names of all imports, late ones too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


def _modules() -> list[Path]:
    return [file for package in sorted(OURS) for file in (ROOT / package).rglob("*.py")]


def test_nothing_is_imported_that_is_not_declared() -> None:
    undeclared = {file.name: told for file in _modules() if (told := sorted(_undeclared(file)))}
    assert undeclared == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pytest",
        "from hypothesis import given",
        "def late():\n    import six.moves",
        "import nowhere_to_be_found",
    ],
)
def test_an_import_that_is_not_declared_is_noticed(line: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(line, encoding="utf-8")
    assert list(_undeclared(tmp_path / "module.py"))


def test_nothing_is_declared_that_is_not_used() -> None:
    used = {
        canonicalize_name(owner)
        for file in _modules()
        for module in _imported(file)
        for owner in OWNERS.get(module, [])
    }
    declared = {canonicalize_name(Requirement(each).name) for each in DECLARED}
    assert declared - used == LOADED_BY_NAME


def _below(floor: dict[str, str], pins: tuple[Pin, ...]) -> list[str]:
    lowest = Version(floor["at_least"])
    return [pin.version for pin in pins if pin.name == floor["package"] and Version(pin.version) < lowest]


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor["package"])
def test_no_lock_goes_below_a_floor(floor: dict[str, str]) -> None:
    assert "CVE-" in floor["because"]
    assert [lock for lock, pins in LOCKS.items() if any(pin.name == floor["package"] for pin in pins)], (
        "a leftover"
    )
    assert {lock: low for lock, pins in LOCKS.items() if (low := _below(floor, pins))} == {}


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor["package"])
def test_who_installs_without_the_lock_stays_above_the_floor_too(floor: dict[str, str]) -> None:
    declared = [Requirement(each) for each in WANTED["requirements-dev.lock"]]
    mine = [each for each in declared if canonicalize_name(each.name) == floor["package"]]
    lowest = [Version(spec.version) for each in mine for spec in each.specifier if spec.operator == ">="]
    assert all(version >= Version(floor["at_least"]) for version in lowest)
    assert len(lowest) == len(mine)


def test_a_version_below_its_floor_is_noticed() -> None:
    floor = {"package": "urllib3", "at_least": "2.6.3"}
    pins = tuple(Pin("urllib3", version) for version in ("2.6.2", "2.6.3", "2.10.0", "2.6.3rc1"))
    assert _below(floor, pins) == ["2.6.2", "2.6.3rc1"]
