"""Promise: every kind of source and channel can be found from the README and has recorded answers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import alerts.registry
import sources.registry
from tests.house import kinds_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sources.registry.KINDS)
def test_a_kind_of_source_is_described_in_its_own_words_and_recorded(kind: str) -> None:
    assert kinds_table.row(kind) in kinds_table.shown(README), "make kinds"
    assert any((ROOT / "tests" / "sources" / "data" / kind).iterdir())
    assert sources.registry.KINDS[kind].sees
    assert sources.registry.KINDS[kind].cannot


def test_the_table_of_kinds_is_the_registry_and_nothing_else() -> None:
    assert kinds_table.shown(README) == kinds_table.table(), "make kinds"


@pytest.mark.parametrize(
    ("minutes", "said"), [(15, "15 min"), (60, "60 min"), (360, "6 h"), (1440, "1 d"), (20160, "14 d")]
)
def test_intervals_are_told_as_people_say_them(minutes: int, said: str) -> None:
    assert kinds_table.every(timedelta(minutes=minutes)) == said


def test_what_is_not_watched_and_never_seen_can_be_found_from_the_readme() -> None:
    assert "`mention-monitor sources --declined`" in README
    for words in ("closed and private groups", "private accounts", "direct messages"):
        assert words in README


@pytest.mark.parametrize("kind", alerts.registry.KINDS)
def test_a_kind_of_channel_is_described_and_tested(kind: str) -> None:
    assert f'`channel = "{kind}"`' in README
    assert (ROOT / "tests" / "alerts" / f"test_{kind}.py").exists()
