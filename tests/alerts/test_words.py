"""Promise: slurs and strong profanity are starred, their look-alikes too, and innocent words stay."""

from __future__ import annotations

import pytest

from alerts.words import star
from tests.pace import within


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a fucking disgrace", "a f****** disgrace"),
        ("FUUUCK that", "F***** that"),
        ("sh1t and b!tch", "s*** and b****"),
        ("p.i.s.s off", "p****** off"),
        ("they are pakis", "they are p****"),
        ("window lickers", "w***** *******"),
    ],
)
def test_strong_words_keep_their_first_letter(raw: str, shown: str) -> None:
    assert star(raw) == shown


@pytest.mark.parametrize(
    "raw",
    [
        "Pakistan, mongoose, prickly",
        "fire retardant",
        "Scunthorpe and Penistone",
        "homophones",
        "shiitake",
        "c**t",
    ],
)
def test_innocent_words_stay(raw: str) -> None:
    assert star(raw) == raw


def test_a_flood_of_letters_is_starred_in_no_time() -> None:
    with within(1):
        star("f" * 2000 + "u" * 2000 + "ck" * 1000)
