"""A death at any moment leaves no urgent mail without its wake-up and no wake-up without its mail, and rings twice at most."""

from __future__ import annotations

import pytest

from tests.journeys.lives import told_by

STRIDE = "5"
"""Each fifth statement: by hand, without it, every one is tried."""


@pytest.mark.slow
def test_no_death_loses_a_wake_up_or_a_mail() -> None:
    told = told_by("wake_rig.py", STRIDE)

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
