"""A death at any moment leaves no urgent mail without its wake-up and no wake-up without its mail, and rings twice at most."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STRIDE = "5"
"""Each fifth statement: by hand, without it, every one is tried."""


@pytest.mark.slow
def test_no_death_loses_a_wake_up_or_a_mail() -> None:
    rig = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("wake_rig.py")), STRIDE],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert rig.returncode == 0, rig.stderr
    told = json.loads(rig.stdout)

    assert told["steps"] > 60
    assert told["wrong"] == 0
    assert told["heard"] == [
        "mail dsl@school.test",
        "mail head@school.test",
        "wake json://duty.test",
        "wake json://head.test/one",
        "wake json://head.test/two",
    ]
    assert told["most_rings"] <= 2
