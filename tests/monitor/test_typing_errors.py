"""Promise: one typing error is told from two, and from none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.typing_errors import one_error_apart

WORDS = st.text("abc", min_size=1, max_size=6)


@pytest.mark.parametrize(
    "written",
    ["nok", "ook", "noo", "nnook", "nookk", "anook", "noxk", "xook", "noox", "onok", "noko"],
)
def test_one_error_is_forgiven(written: str) -> None:
    assert one_error_apart(written, "nook")
    assert one_error_apart("nook", written)


@pytest.mark.parametrize("written", ["nook", "nk", "noooook", "xoxk", "oonk", "kook2", "", "koon"])
def test_none_and_two_are_not(written: str) -> None:
    assert not one_error_apart(written, "nook")


@given(WORDS, WORDS)
def test_it_is_what_undoing_one_error_says(first: str, second: str) -> None:
    letters = "abc"
    near = {first[:at] + first[at + 1 :] for at in range(len(first))}
    near |= {first[:at] + letter + first[at + 1 :] for at in range(len(first)) for letter in letters}
    near |= {first[:at] + letter + first[at:] for at in range(len(first) + 1) for letter in letters}
    near |= {first[:at] + first[at + 1] + first[at] + first[at + 2 :] for at in range(len(first) - 1)}
    assert one_error_apart(first, second) == (second in near - {first})
