"""A death at any moment counts no answer twice, forgets no deletion, and tells the leads of a vanished threat all the same."""

from __future__ import annotations

import pytest

from tests.journeys.lives import told_by

STRIDE = "9"
"""Each ninth statement: by hand, without it, every one is tried."""


@pytest.mark.slow
def test_no_death_changes_what_becomes_of_a_post() -> None:
    told = told_by("afterlife_rig.py", STRIDE)

    assert told["steps"] > 150
    assert told["wrong"] == 0
    assert sorted(map(bool, told["words"])) == [False, False, True]
    assert told["answered"] == 2
