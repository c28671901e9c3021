"""Promise: whenever the worker is killed, no alert is lost, and none comes under two identities."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.ledger import Figure

ROOT = Path(__file__).parents[2]


def _trial(name: str) -> list[Figure]:
    """In a process of its own: it forks, and a parent with threads must not."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.torture", "--short", "--one", name],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [Figure(**json.loads(line)) for line in run.stdout.splitlines()]


def _told(figures: list[Figure]) -> dict[str, object]:
    return {figure.what: figure.value for figure in figures if not figure.holds}


def test_forty_kills_lose_nothing_and_double_nothing() -> None:
    figures = _trial("kills")

    assert _told(figures) == {}
    assert sum(figure.value == 40 for figure in figures if figure.what.startswith("SIGKILLs")) == 1


def test_a_full_disk_costs_nothing_and_the_trial_finds_a_deliberate_break() -> None:
    figures = _trial("disk")

    assert _told(figures) == {}
    assert len(figures) == 5


@pytest.mark.slow
def test_the_trial_finds_a_deliberate_break() -> None:
    figures = _trial("breaks")

    assert _told(figures) == {}
    assert len(figures) == 1
