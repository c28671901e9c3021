"""Promise: no text from the world is ever a template, a format, markup or code: the source itself is searched."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.render import _environment
from tests.hostile import naughty
from tests.hostile.test_naughty_mails import sent

ROOT = Path(__file__).parents[2]
FILES = [
    path for package in ("monitor", "sources", "alerts") for path in sorted((ROOT / package).rglob("*.py"))
]
TEMPLATES = sorted((ROOT / "alerts" / "templates").rglob("*.*"))

_CODE = {"eval", "exec", "compile", "__import__"}
_ALWAYS = {"from_string", "format_map", "Template", "safe_substitute"}


def findings(tree: ast.AST) -> Iterator[str]:
    """Places where a text that is no literal would become a template, a format, markup or code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _formats(node):
            yield f"{node.lineno}: % with a text that is no literal"


def _call(node: ast.Call) -> Iterator[str]:
    name, owner = _name(node.func)
    if name in _ALWAYS or (name in _CODE and owner is None):
        yield f"{node.lineno}: {name}"
    elif name == "format" and owner is not None and not _literal(node.func):
        yield f"{node.lineno}: format of a text that is no literal"
    elif name == "Markup" and node.args and not isinstance(node.args[0], ast.Constant):
        yield f"{node.lineno}: Markup of a text that is no literal"


def _name(called: ast.expr) -> tuple[str, str | None]:
    if isinstance(called, ast.Attribute):
        return called.attr, ast.unparse(called.value)
    return (called.id, None) if isinstance(called, ast.Name) else ("", None)


def _literal(called: ast.expr) -> bool:
    """A method of a literal, or of a constant of this or another module, whose name is in capitals."""
    assert isinstance(called, ast.Attribute)
    owner = called.value
    if isinstance(owner, ast.Call) and _name(owner.func)[0] == "Markup":
        owner = owner.args[0]
    if isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id.islower():
        return owner.attr.isupper()
    return isinstance(owner, ast.Constant) or (isinstance(owner, ast.Name) and owner.id.isupper())


def _formats(node: ast.BinOp) -> bool:
    """Only ``text % values`` has values in a tuple or a mapping; numbers have not."""
    return not isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Tuple | ast.Dict)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_becomes_a_template_a_format_markup_or_code(path: Path) -> None:
    assert list(findings(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_templates_trust_nothing_and_escape_everything() -> None:
    assert len(TEMPLATES) > 15
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        for trusting in (
            "|safe",
            "| safe",
            "autoescape",
            "Markup",
            "{% raw",
            "{%- raw",
            "xmlattr",
            "src=",
            "url(",
        ):
            assert trusting not in text, path
    environment = _environment()
    assert callable(environment.autoescape)
    assert environment.autoescape("alert/body.html")
    assert environment.loader is not None


@pytest.mark.parametrize(
    "code",
    [
        "words.format(name)",
        "post.title.format(**facts)",
        "posts.of(day).TITLE.format(1)",
        "f(words).format(1)",
        "words.format_map(facts)",
        "words % (name,)",
        "words % {'a': 1}",
        "Template(words)",
        "environment.from_string(words)",
        "Markup(words)",
        "Markup(f'<b>{words}</b>')",
        "eval(words)",
    ],
)
def test_the_search_finds_what_it_is_for(code: str) -> None:
    assert list(findings(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "'{}'.format(words)",
        "_PAGE.format(words)",
        "vocabulary.WHY.format(words)",
        "Markup('<p>{}').format(x)",
        "a % b",
        "re.compile(x)",
    ],
)
def test_the_search_leaves_alone_what_is_safe(code: str) -> None:
    assert list(findings(ast.parse(code))) == []


def test_no_word_of_a_template_is_run_in_any_kind_of_mail() -> None:
    for words in naughty.TEMPLATES:
        for name in ("digest_busy", "health", "reminder_critical"):
            message, _ = sent(name, f"zz{words}zz")
            assert "zz49zz" not in message.text
            assert "zz49zz" not in message.html
