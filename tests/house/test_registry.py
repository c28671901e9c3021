"""Promise: every kind of source and channel can be found from the README and has recorded answers."""

from __future__ import annotations

from pathlib import Path

import pytest

import alerts.registry
import sources.registry

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sources.registry.KINDS)
def test_a_kind_of_source_is_described_and_recorded(kind: str) -> None:
    assert f"| `{kind}` |" in README
    assert any((ROOT / "tests" / "sources" / "data" / kind).iterdir())
    assert sources.registry.KINDS[kind].sees
    assert sources.registry.KINDS[kind].cannot


@pytest.mark.parametrize("kind", alerts.registry.KINDS)
def test_a_kind_of_channel_is_described_and_tested(kind: str) -> None:
    assert f'`channel = "{kind}"`' in README
    assert (ROOT / "tests" / "alerts" / f"test_{kind}.py").exists()
