"""Promise: whoever replied reads in a line what came of it; full words go to whoever is entitled, images to nobody."""

from __future__ import annotations

from dataclasses import replace

from alerts.answer_view import CHOICES, GONE, WITHHELD, answer_view, plain_lines
from alerts.base import Answer, NotificationKind, freeze, thaw
from alerts.render import render
from tests.alerts.mail_samples import ANSWER, FULL_WORDS, WHOLE_POSTS, envelope

ASKED = replace(envelope("R13"), posts=WHOLE_POSTS)


def test_the_first_line_says_what_came_of_it() -> None:
    view = answer_view(replace(ANSWER, said=("R12 is yours.", "R13 is not.")), envelope())
    assert (view.subject, view.lead, view.lines) == (
        "Holm Nook R12: your reply",
        "R12 is yours.",
        ("R13 is not.",),
    )
    assert (view.replies, view.posts, view.aside) == ((), (), "")


def test_somebody_who_was_not_understood_reads_the_words_that_are() -> None:
    view = answer_view(replace(ANSWER, choices=True), envelope())
    assert view.replies == CHOICES
    assert answer_view(replace(ANSWER, choices=True), replace(envelope(), reply_to="")).replies == ()


def test_an_answer_about_an_exercise_says_so() -> None:
    assert answer_view(replace(ANSWER, exercise=True), envelope()).subject.startswith("EXERCISE")


def test_an_answer_without_words_still_says_something() -> None:
    assert answer_view(replace(ANSWER, said=()), envelope()).lead == "Your reply has arrived."


def test_full_words_are_never_in_what_is_stored() -> None:
    stored = freeze(NotificationKind.ANSWER, FULL_WORDS)
    assert thaw(NotificationKind.ANSWER, stored) == FULL_WORDS
    assert "man waits" not in str(stored)


def test_full_words_are_shown_with_where_they_stand() -> None:
    first, second, third = answer_view(FULL_WORDS, ASKED).posts
    assert first.where == "M345, Ribbleton parents forum"
    assert len(first.words) == 2
    assert second.words == (GONE,)
    assert (third.words, third.href, third.title) == ((WITHHELD,), "", "")


def test_a_post_that_may_show_an_image_is_never_sent_even_if_its_words_were_at_hand() -> None:
    post = replace(WHOLE_POSTS[0], withheld=True)
    sent = render(NotificationKind.ANSWER, FULL_WORDS, replace(envelope("R13"), posts=(post,)))
    assert "man waits" not in sent.text + sent.html
    assert "forum.example" not in sent.text + sent.html
    assert list(plain_lines(FULL_WORDS, replace(ASKED, posts=(post,))))[1:] == [f"M345: {WITHHELD}"]


def test_words_that_nobody_asked_for_are_not_shown() -> None:
    other = Answer(school="x", short="Holm Nook", zone="Europe/London", said=("Done.",))
    sent = render(NotificationKind.ANSWER, other, ASKED)
    assert "man waits" not in sent.text
    assert list(plain_lines(other, ASKED)) == ["Done."]
