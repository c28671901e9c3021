"""Whatever the moment at which the process is killed, the next one brings everything to the same end.

Two polls and their mails are lived through and broken off before every single statement, commit and
mail; each time a second life follows. Mentions, stories, deliveries and checkpoint must be the same as
in a life that nothing disturbed, and every mail must have arrived, under one Message-ID.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.lives import told_by


@pytest.fixture(scope="module")
def tried() -> dict[str, dict[str, Any]]:
    """What became of each way to record a poll and to send a mail."""
    result: dict[str, dict[str, Any]] = told_by("crash_rig.py")
    return result


def test_no_death_at_any_step_loses_or_invents_anything(tried: dict[str, dict[str, Any]]) -> None:
    ours = tried["ours"]
    assert ours["deaths"] == ours["steps"] > 80
    assert ours["wrong"] == 0
    assert ours["mails"] == 4


def test_one_death_repeats_a_mail_at_most_once(tried: dict[str, dict[str, Any]]) -> None:
    assert tried["ours"]["most_copies"] == 2


@pytest.mark.parametrize("way", ["checkpoint first", "mentions first", "settled before sent"])
def test_the_trial_finds_what_other_ways_lose(tried: dict[str, dict[str, Any]], way: str) -> None:
    assert tried[way]["wrong"] > 0


def test_a_first_start_that_is_broken_off_leaves_no_half_of_the_tables(
    tried: dict[str, dict[str, Any]],
) -> None:
    assert tried["birth"]["steps"] > 20
    assert tried["birth"]["wrong"] == 0
