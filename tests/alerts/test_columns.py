"""Promise: no line of plain text is wider than old mail programs show, and what is to be copied stays in one piece."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.columns import WIDTH, narrow

SAID = "Please read now. Reply MINE to take charge; if danger is immediate, ring 999. Seen at night."
ADDRESS = "https://forum.example/" + "a" * 90
COMMAND = "  mention-monitor done R12 no reply, because " + "the family has been rung and is content " * 2


@pytest.mark.parametrize("sign", ["- ", "1. ", "12. "])
def test_what_follows_a_sign_of_a_list_stands_under_its_words(sign: str) -> None:
    first, second = narrow(sign + SAID).split("\n")
    assert first.startswith(f"{sign}Please")
    assert second == " " * len(sign) + second.lstrip()
    assert f"{first.removeprefix(sign)} {second.lstrip()}" == SAID


def test_what_a_reply_does_is_set_further_in_than_the_reply() -> None:
    assert narrow(f"  done – {SAID}").split("\n")[1].startswith("    ring")


@pytest.mark.parametrize("whole", ["", "short", ADDRESS, COMMAND, f"- {ADDRESS}"])
def test_what_is_short_or_to_be_copied_stays_in_one_piece(whole: str) -> None:
    assert narrow(whole).strip() == whole.strip()


@example(f"{'a' * 66} school-mentions")
@given(st.text(st.sampled_from("ab -–.\n12"), max_size=400))
def test_no_word_is_lost_and_no_line_without_a_long_word_is_wide(words: str) -> None:
    shown = narrow(words)
    assert shown.split() == words.split()
    for line in shown.split("\n"):
        assert len(line) <= WIDTH or len(max(line.split(), key=len)) > WIDTH - 16
