"""A death at any moment counts no answer twice, forgets no deletion, and tells the leads of a vanished threat all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STRIDE = "9"
"""Each ninth statement: by hand, without it, every one is tried."""


@pytest.mark.slow
def test_no_death_changes_what_becomes_of_a_post() -> None:
    rig = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("afterlife_rig.py")), STRIDE],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert rig.returncode == 0, rig.stderr
    told = json.loads(rig.stdout)

    assert told["steps"] > 150
    assert told["wrong"] == 0
    assert sorted(map(bool, told["words"])) == [False, False, True]
    assert told["answered"] == 2
