"""Promise: a pattern of the configuration that could hang the monitor is refused, with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.expressions import LONGEST, compiled, literal_start, why_not
from tests.pace import within

HARMLESS = (
    r"[@#]?holmnook(cp|cps|ps|primary)[a-z0-9_]*",
    r"\b(at|into|from) holm nook\b(?! (estate|shops|pub))",
    r"\bholm nook('s)? (have|has|won't|used to)",
    r"(?:a|b)?c{2,3}[x*+]{4}\d{6}",
    r"a.*b.*",
    r"(?P<name>a)(?i:b)(?=c)(?<!d)\)\(",
    r"[]*]x|[^]+]",
    "{name} x{} y{,}",
    "",
)

HARMFUL = {
    r"(a+)+$": "itself repeats",
    r"(?:a*)*": "itself repeats",
    r"(a|aa)+$": "itself repeats",
    r"((ab)*c)*": "itself repeats",
    r"(a{1,9}){1,9}": "itself repeats",
    r"(?:x+y){4}": "itself repeats",
    r"(x{2,}){3}": "itself repeats",
    r"a*b*c*": "more than 2 times",
    r"\w{0,20}\w{0,20}\w{0,20}": "more than 2 times",
    r"(a)\1": "refers back",
    r"(?P<x>a)(?P=x)": "refers back",
    r"(a)?(?(1)b|c)": "refers back",
    r"(": "not a regular expression",
    r"[[a]": "not a regular expression",
    r"a{2,1}": "not a regular expression",
    r"a{99999999999}": "not a regular expression",
    "a" * (LONGEST + 1): "longer than",
}


@pytest.mark.parametrize("pattern", HARMLESS)
def test_a_harmless_pattern_is_compiled(pattern: str) -> None:
    assert why_not(pattern) == ""
    assert compiled(pattern) is not None


@pytest.mark.parametrize(("pattern", "reason"), HARMFUL.items(), ids=lambda text: text[:20])
def test_a_harmful_pattern_is_refused_with_a_reason(pattern: str, reason: str) -> None:
    assert reason in why_not(pattern)
    assert compiled(pattern) is None


def test_case_does_not_matter() -> None:
    pattern = compiled("Holm")
    assert pattern is not None
    assert pattern.search("HOLM")


@given(st.text("ab(|)*+?{1,}[]\\.^$:=!<P>#@-", max_size=24))
def test_what_is_accepted_is_quick(pattern: str) -> None:
    expression = compiled(pattern)
    if expression is not None:
        with within(1):
            expression.search("ab" * 60 + "c")
    literal_start(pattern)


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        (r"[@#]?holmnook(cp|ps)[a-z]*", "holmnook"),
        (r"^@?Holm nook", "holm nook"),
        (r"\b#?holmnooks?", "holmnook"),
        (r"holmnook*", "holmnoo"),
        (r"holmnook{2}", "holmnoo"),
        (r"holmnook+", "holmnook"),
        (r"(?:@|#)?holm", "holm"),
        (r"holm|nook", ""),
        (r"(holm|nook)cp", ""),
        (r"holm(a|b)", "holm"),
        (r"(?i)holm|nook", ""),
        (r".*holm", ""),
        ("", ""),
    ],
)
def test_the_letters_every_match_begins_with_are_known(pattern: str, literal: str) -> None:
    assert literal_start(pattern) == literal
