"""Promise: copies are found however they are passed on, and two people who complain of one thing stay two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.likeness import alike, sketch
from monitor.text import bare
from tests.pace import within

POST = (
    "My son came home from Holm Nook soaked through again because nobody opened the door at ten to nine. "
    "Three weeks running now, and the office says it is not their job. Who do I complain to?"
)
SHORT = "Ice cream van outside Holm Nook again at ten past three, make it stop"

EDITS = {
    "retweeted": f"RT @preston_mum: {POST}",
    "with a link and tags": f"{POST} https://t.co/abc #preston #schools 😡",
    "cut off": POST[: int(len(POST) * 0.7)] + "…",
    "cut to a half": POST[: int(len(POST) * 0.55)] + "…",
    "with words before it": f"Has anyone seen this?! Unbelievable. {POST}",
    "with typing errors": POST.replace("soaked", "saoked").replace("office", "offce"),
    "in capitals": POST.upper().replace("IS", "’IS’"),
    "one word replaced": POST.replace("complain", "talk"),
    "sentences moved": " ".join((*POST.split(". ")[1:], POST.split(". ", maxsplit=1)[0])),
    "disguised letters": POST.replace("o", "о").replace("e", "e\u200b"),
    "told again": (
        "Three weeks running, nobody opens the door at ten to nine. Son came home from Holm Nook soaked through "
        "again. Office says not their job. Who to complain to?"
    ),
}
OTHERS = (
    ("Is Holm Nook open tomorrow?", "Is Holm Nook shut on Friday?"),
    ("Holm Nook Primary is great", "Holm Nook Primary is closed"),
    ("The head at Holm Nook is brilliant", "The head at Holm Nook needs help"),
    (
        "Dinners at Holm Nook are a disgrace, he came home starving again today",
        "Holm Nook dinners are grim, mine comes home starving every single day",
    ),
    (
        "Parking outside Holm Nook at school run is awful, somebody will be hurt soon",
        "Parking outside Holm Nook is a nightmare every morning, two near misses this week",
    ),
    (
        "Mrs Holt at Holm Nook Primary shouted at my son in front of everyone on Tuesday",
        "Mrs Holt at Holm Nook Primary shouted at our daughter on Friday, she was in tears all night",
    ),
    (
        "Holm Nook summer fair Saturday 2pm, bouncy castle, barbecue, all welcome",
        "Holm Nook Christmas fair Sunday 1pm, Santa, raffle, mince pies, all welcome",
    ),
    ("thank you so much", "thank you very much"),
    ("What is this and why are you all so", "What is this and who are you all, so"),
)

SKETCHED = (5650635902831509260, 5247079408968502399)
"""Stored in databases: if this changes, so must all of them."""


def shares_a_band(first: str, second: str) -> bool:
    return bool(set(sketch(first)) & set(sketch(second)))


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_copy_is_found_and_known(edit: str) -> None:
    assert alike(bare(POST), bare(edit))
    assert alike(bare(edit), bare(POST))
    assert shares_a_band(bare(POST), bare(edit))


@pytest.mark.parametrize(
    "edit",
    [SHORT.replace("van", "vna"), SHORT.replace("stop", "end"), f"lol {SHORT}", f"{SHORT} pls"],
)
def test_a_copy_of_a_short_post_is_known(edit: str) -> None:
    assert alike(bare(SHORT), bare(edit))


@pytest.mark.parametrize(("first", "second"), OTHERS)
def test_two_people_with_one_subject_stay_two(first: str, second: str) -> None:
    assert not alike(bare(first), bare(second))


def test_a_phrase_within_a_post_is_no_copy() -> None:
    assert not alike(bare(POST), bare("the office says it is not"))
    assert not alike(bare(f"{POST} Nobody rang me back."), bare("Nobody rang me back."))


def test_nothing_is_like_nothing() -> None:
    assert not alike("", "")
    assert not alike("", bare(POST))
    assert not alike("ab", "abc")
    assert sketch("") == ()


def test_equal_words_are_alike_however_short() -> None:
    assert alike("ok", "ok")


def test_a_sketch_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert sketch("holm nook is shut today because of the snow")[:2] == SKETCHED
    assert len(sketch(bare(POST))) == 37


def test_bands_fit_a_signed_column() -> None:
    assert all(-(2**63) <= band < 2**63 for band in sketch(bare(POST)))


def test_only_light_words_make_no_word_bands() -> None:
    assert len(sketch("this is what you are")) == 21


@given(st.text(max_size=60), st.text(max_size=60))
def test_alike_is_mutual_and_never_fails(first: str, second: str) -> None:
    assert alike(first, second) == alike(second, first)
    sketch(first)


def test_a_book_takes_no_longer_than_a_chapter() -> None:
    book = "the quick brown fox jumps over holm nook " * 50_000
    with within(2):
        sketch(book)
        alike(book, book[1:])
        alike(" ".join(f"w{n}" for n in range(90_000)), " ".join(f"v{n}" for n in range(90_000)))
