"""Promise: every module says in one sentence what it is for, stays short, and has tests by its name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path.relative_to(ROOT)
    for package in ("monitor", "sources", "alerts")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
LONGEST = 400
LONGEST_FUNCTION = 60


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_opens_with_a_sentence(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8")))

    assert docstring, f"{module} says nothing about itself"
    assert docstring.split("\n\n")[0].rstrip().endswith((".", ":", "!", "?")), docstring.splitlines()[0]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_is_short_enough_to_read(module: Path) -> None:
    text = (ROOT / module).read_text(encoding="utf-8")
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert len(text.splitlines()) <= LONGEST
    for function in functions:
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= LONGEST_FUNCTION, f"{module}: {function.name} has {length} lines"


def test_nothing_under_tests_is_a_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py")), "it would shadow the product"


def test_systemd_is_no_package() -> None:
    assert not list((ROOT / "systemd").rglob("*.py"))


def test_no_promise_is_left_open() -> None:
    left = [str(module) for module in MODULES if "TO" + "DO" in (ROOT / module).read_text(encoding="utf-8")]

    assert left == []
