"""Promise: the rooms of the house may only be entered by their doors, and the linter notices who climbs in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRESPASSES = {
    "a leaf imports the house": ("sources/cadence.py", "import monitor.model"),
    "a leaf imports the other leaf": ("alerts/retry.py", "import sources.base"),
    "the core opens a socket": ("monitor/deadlines.py", "import socket"),
    "the core asks the database": ("monitor/deadlines.py", "import monitor.store"),
    "a job speaks SQL": ("monitor/pipeline.py", "import sqlalchemy"),
    "a job knows the timer": ("monitor/jobs/polling.py", "import schedule"),
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--no-cache",
        "--config",
        "pyproject.toml",
    ]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("house")
    for package in ("monitor", "sources", "alerts"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def test_the_contracts_hold(house: Path) -> None:
    assert (told := _lint(house)).returncode == 0, told.stdout


@pytest.mark.parametrize("trespass", TRESPASSES)
def test_each_contract_notices_its_trespass(trespass: str, house: Path) -> None:
    file, line = TRESPASSES[trespass]
    module = house / file
    honest = module.read_text(encoding="utf-8")
    module.write_text(f"{honest}\n{line}\n", encoding="utf-8")
    try:
        told = _lint(house)
    finally:
        module.write_text(honest, encoding="utf-8")

    assert told.returncode == 1
    assert "BROKEN" in told.stdout
