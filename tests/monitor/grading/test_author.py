"""Promise: what a post looks like is said only on words that show it, seldom wrongly, and fast on any text."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from monitor.grading import author
from monitor.grading.author import Author, guess
from tests.pace import within

POSTS = Path(author.__file__).with_name("posts")


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("My son was left outside the gate at Holm Nook", Author.PARENT, "my son"),
        ("they lost my autistic daughter’s coat again", Author.PARENT, "my autistic daughter"),
        ("our five year old has told us", Author.PARENT, "our five year old"),
        ("is it pe kit on Friday at Holm Nook?", Author.PARENT, "is it pe kit on friday at holm nook?"),
        ("As a parent I expect better", Author.PARENT, "as a parent"),
        ("someone in my class at holm nook cuts herself", Author.PUPIL, "in my class"),
        ("if my dad gets called in again", Author.PUPIL, "my dad gets"),
        ("im in year 5 and i hate it", Author.PUPIL, "im in year 5"),
        ("not telling miss", Author.PUPIL, "not telling miss"),
        ("I teach there and it is as bad as you think", Author.STAFF, "i teach there"),
        ("The staff room is cold and nobody asks us", Author.STAFF, "staff room is cold and nobody asks us"),
        ("Former employee. Run.", Author.STAFF, "former employee"),
        ("I'm a producer on a breakfast show", Author.JOURNALIST, "i'm a producer"),
        ("as our paper reported in May", Author.JOURNALIST, "our paper"),
        ("As your ward councillor I have written", Author.OFFICIAL, "as your ward councillor"),
        ("Vacancy: class teacher", Author.OFFICIAL, "vacancy:"),
        ("I live opposite and the lights are on all night", Author.COMMUNITY, "i live opposite"),
    ],
)
def test_words_that_show_who_wrote_it_are_the_ground(text: str, expected: Author, words: str) -> None:
    found = guess(text, source_kind="facebook_comment")

    assert found.author is expected
    assert [ground.excerpt for ground in found.grounds] == [words]
    assert found.grounds[0].rule.startswith("looks like ")
    assert found.maybe_child is (expected is Author.PUPIL)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Holm Nook is a disgrace",
        "I used to work in a prison and the desk there was friendlier",
        "my lads mates",
        "the class of my friend",
    ],
)
def test_without_such_words_nothing_is_guessed(text: str) -> None:
    found = guess(text, source_kind="facebook_comment")

    assert found == author.Guess()


def test_a_child_who_tells_of_its_family_is_no_parent() -> None:
    found = guess("my dad hits my little brother and our kid is scared, im in year 6", source_kind="tweet")

    assert found.author is Author.PUPIL


@pytest.mark.parametrize("kind", ["news", "review", "foi", "petition", "blog", "wiki_edit"])
def test_where_children_do_not_write_nothing_is_taken_for_theirs(kind: str) -> None:
    assert not guess("someone in my class at holm nook cuts herself", source_kind=kind).maybe_child


def test_how_children_write_may_be_a_child() -> None:
    found = guess("vote for ugliest kid in 5A", source_kind="youtube_comment")

    assert (found.author, found.maybe_child) == (Author.PUPIL, True)
    assert not guess("vote for ugliest kid in 5A", source_kind="review").maybe_child


def test_a_newspaper_is_written_by_journalists_whatever_it_quotes() -> None:
    found = guess(
        "“My son came home with bruises,” a mother said.", title="Parents speak", source_kind="news"
    )

    assert found.author is Author.JOURNALIST
    assert found.grounds[0].rule == "stands in the press"
    assert guess("", title="Vacancy: class teacher", source_kind="news").author is Author.OFFICIAL


def test_a_link_to_a_newspaper_looks_like_a_journalist() -> None:
    found = guess("Library opens at Holm Nook north-west-daily.example/library", source_kind="tweet")

    assert found.author is Author.JOURNALIST


def test_an_edit_of_an_encyclopedia_tells_nothing() -> None:
    assert guess("+ my son says it is closed", source_kind="wiki_edit").author is Author.UNKNOWN


def test_the_words_shown_are_few() -> None:
    text = "does anyone know " + "whether or not " * 4 + "it is non uniform day tomorrow at all?"

    assert len(guess(text).grounds[0].excerpt) == 60


def test_on_posts_of_other_hands_hardly_a_guess_is_wrong() -> None:
    lines = [line for path in sorted(POSTS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    rows = [json.loads(line) for line in lines]
    outcomes: Counter[bool] = Counter()
    for row in rows:
        found = guess(row["text"], title=row["title"], source_kind=row["source_kind"])
        if found.author is not Author.UNKNOWN:
            outcomes[found.author.value == row["author_role"]] += 1

    assert outcomes[True] / outcomes.total() >= 0.85
    assert outcomes.total() / len(rows) >= 0.15


@pytest.mark.parametrize("text", ["u ", "what ", "my ", "staffroom ", "a" * 2000, "miss u ", "what pe kit "])
def test_any_text_is_read_in_linear_time(text: str) -> None:
    with within(0.05):
        guess((text * 2000)[:200_000])
