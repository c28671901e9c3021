"""Killed at any moment, a reply was acted on or will be: once, with its confirmation, and never twice.

Two leads answer one urgent mail, one of them twice; the process dies before a statement, commit or mail, and lives
again. Story, history, letters and mails must be as in a life that nothing disturbed.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.lives import told_by

STRIDE = "5"
"""Each fifth statement: by hand, without it, every one is tried."""


@pytest.fixture(scope="module")
def tried() -> dict[str, dict[str, Any]]:
    """What became of each way to read a letter."""
    result: dict[str, dict[str, Any]] = told_by("letter_rig.py", STRIDE)
    return result


@pytest.mark.slow
def test_no_death_loses_a_reply_or_acts_on_it_twice(tried: dict[str, dict[str, Any]]) -> None:
    ours = tried["ours"]
    assert ours["steps"] > 80
    assert ours["wrong"] == 0
    outcomes = sorted(row[0] for row in ours["rows"][0])
    assert outcomes == ["again", "close", "puzzle", "take"]
    assert [row[0] for row in ours["rows"][2] if row[2] == "reply"] == ["mine", "done"]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["noted first", "noted after"])
def test_a_letter_in_a_transaction_of_its_own_is_lost_or_counts_twice(
    tried: dict[str, dict[str, Any]], way: str
) -> None:
    assert tried[way]["wrong"] > 0
