"""Promise: a flood over several polls is four mails an hour with the true count, and hides nothing that is not part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import flood
from tests.torture.mutants import FLOOD_BREAKS
from tests.torture.trials import FEW_POSTS


def test_a_flood_over_several_polls_buries_nobody_and_hides_nothing(tmp_path: Path) -> None:
    found = flood.run(tmp_path, FEW_POSTS)

    assert found.wrong == 0, found


@pytest.mark.parametrize("name", FLOOD_BREAKS)
def test_the_trial_finds_a_deliberate_break(name: str, tmp_path: Path) -> None:
    with FLOOD_BREAKS[name]():
        assert flood.run(tmp_path, FEW_POSTS).wrong > 0
