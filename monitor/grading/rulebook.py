"""The grader's rules, read from the data files beside this module."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from monitor.phrases import Rulebook

_HERE = Path(__file__).parent
_RULES = ("rules.toml", "implied.toml", "hinted.toml")
_WORDS = ("concepts.toml", "people.toml", "daily.toml", *_RULES[1:])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))


def rulebook() -> Rulebook:
    """Build the rulebook: some tenths of a second, once per process."""
    concepts: dict[str, str] = {}
    idioms = ""
    for name in _WORDS:
        data = _read(name)
        concepts |= data["concepts"]
        idioms += data.get("idioms", "")
    rules = [rule for name in _RULES for rule in _read(name)["rule"]]
    return Rulebook(concepts, rules, idioms)
