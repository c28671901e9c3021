"""Promise: the week on one page; a silent watch never looks like a quiet week, and governors see no family."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.base import Blind, Category, Digest, Topic
from alerts.digest_view import digest_view
from tests.alerts.mail_samples import BLIND, BUSY, GOVERNORS, QUIET, envelope, item

HERE = envelope("")


@pytest.mark.parametrize(
    ("digest", "word", "lead"),
    [
        (QUIET, "quiet where we can look", "Nothing grave was said where we can look. Nothing is left open."),
        (
            replace(QUIET, counts=BLIND.counts),
            "quiet where we can look",
            "No posts about us in the places we can see. Nothing is left open.",
        ),
        (
            BUSY,
            "please act",
            "Something is left to do: 1 story is past its time, 2 grave stories are open and 1 mail could not be delivered.",
        ),
        (
            replace(BUSY, open=BUSY.open[3:], undelivered=0),
            "worth watching",
            "Nothing is late, but 1 story is open and 2 posts may be about us.",
        ),
        (
            replace(BUSY, open=(), possible=(), undelivered=0),
            "worth watching",
            "Nothing is late, but something grave was said and has been dealt with.",
        ),
        (
            BLIND,
            "we could not look",
            "We could see none of our places this week. That is not a quiet week.",
        ),
        (GOVERNORS, "worth watching", "More grave posts than in a quiet week. The head can say more."),
        (
            replace(QUIET, governors=True),
            "quiet where we can look",
            "No unusual number of grave posts where we can look.",
        ),
    ],
    ids=["quiet", "no posts", "act", "watch", "dealt with", "blind", "governors watch", "governors quiet"],
)
def test_a_word_and_a_sentence_say_what_the_week_asks_for(digest: Digest, word: str, lead: str) -> None:
    view = digest_view(digest, HERE)
    assert (view.word, view.lead) == (word, lead)
    assert word in view.subject


@pytest.mark.parametrize(
    ("digest", "beside"),
    [
        (QUIET, "All 9 places were in sight all week."),
        (replace(QUIET, sources=1), "Our one place was in sight all week."),
        (replace(QUIET, sources=0), "No place is being looked at: check the set-up."),
        (BUSY, "Out of sight for part of the week: 1 of 9 places (see below)."),
        (BLIND, "Out of sight all week: 2 of 2 places (see below)."),
    ],
)
def test_the_blind_places_stand_beside_the_headline(digest: Digest, beside: str) -> None:
    assert digest_view(digest, HERE).beside == beside


def test_two_half_blind_spells_of_one_place_add_up() -> None:
    halves = tuple(Blind(source="Bluesky", hours=84.0, why="no answer") for _ in range(2))
    assert digest_view(replace(QUIET, sources=1, blind=halves), HERE).word == "we could not look"
    assert digest_view(replace(QUIET, sources=1, blind=halves[:1]), HERE).word == "quiet where we can look"


def test_no_posts_differs_from_could_not_look() -> None:
    looked = digest_view(replace(BLIND, blind=()), HERE)
    assert looked.total == "Nothing new stood in any place."
    assert any("no posts is not the same as no look" in line for line in looked.coverage)
    assert digest_view(BLIND, HERE).total == "Nothing was read, so nothing can be said."
    assert digest_view(replace(BLIND, blind=(), entries=40, not_ours=40), HERE).total.startswith(
        "No posts about us."
    )


def test_counts_stand_beside_last_week_and_the_usual() -> None:
    rows = digest_view(BUSY, HERE).counts
    assert [(row.name, row.this, row.last, row.mean, row.percent) for row in rows] == [
        ("URGENT", "1", "0", "0.3", 6),
        ("HIGH", "3", "1", "0.8", 18),
        ("Medium", "9", "4", "3.5", 53),
        ("Low", "12", "9", "8.0", 71),
        ("Good or neutral", "17", "11", "12.3", 100),
    ]
    assert digest_view(BUSY, HERE).total == (
        "42 posts about us, 15 of them friendly. 398 other posts turned out not to be about us."
    )


def test_bars_come_with_twenty_posts() -> None:
    assert digest_view(BUSY, HERE).bars
    assert not digest_view(QUIET, HERE).bars
    assert all(row.percent == 0 for row in digest_view(BLIND, HERE).counts)


def test_open_stories_stay_until_closed_and_restricted_ones_have_no_topic() -> None:
    stories = digest_view(BUSY, HERE).open
    assert [story.ref for story in stories] == ["R12", "R14", "R17", "R19"]
    assert stories[0].title == "for the safeguarding leads"
    assert stories[0].due == ""
    assert stories[1].due == "decide by Tue 24 Nov 11:00"
    assert stories[2].due == "answer by Sat 21 Nov 16:05 – past its time"
    assert stories[2].owner == "nobody yet"


def test_what_does_not_fit_is_counted_with_the_way_to_see_it() -> None:
    many = replace(
        BUSY,
        open=BUSY.open * 5,
        possible=BUSY.possible * 5,
        blind=tuple(Blind(source=f"place {n}", hours=9.0, why="no answer") for n in range(8)),
    )
    view = digest_view(many, HERE)
    assert view.open_more == "… and 5 more: mention-monitor incidents --open"
    assert view.possible_more == "… and 5 more: mention-monitor mentions"
    assert "… and 2 more: mention-monitor sources" in view.coverage
    assert digest_view(BUSY, HERE).open_more == ""


@pytest.mark.parametrize(
    ("digest", "kept"),
    [
        (BUSY, "5 of 6 answers on our own pages came in time (83 %)."),
        (QUIET, "1 of 1 answer on our own pages came in time (100 %)."),
        (BLIND, "No answer was owed on our own pages."),
        (replace(BUSY, governors=True), "All but a few of 6 answers on our own pages came in time."),
        (
            replace(BUSY, governors=True, answered_in_time=1),
            "1 of 6 answers on our own pages came in time (17 %).",
        ),
        (replace(QUIET, governors=True), "Under 3 answers were owed on our own pages."),
    ],
)
def test_the_promise_is_counted(digest: Digest, kept: str) -> None:
    assert digest_view(digest, HERE).promise[0] == kept


def test_the_first_look_is_told_in_time_or_was_not_needed() -> None:
    assert digest_view(BUSY, HERE).promise[1] == "First look at urgent and high posts: 14 min (median)."
    assert digest_view(QUIET, HERE).promise[1] == "No urgent or high post had to be looked at."


def test_topics_come_by_number_with_a_short_example_never_of_a_safeguarding_post() -> None:
    topics = digest_view(BUSY, HERE).topics
    assert [topic.name for topic in topics][:2] == ["A complaint", "Good news"]
    assert [topic.change for topic in topics] == [
        "up from 5",
        "up from 8",
        "the same",
        "up from 0",
        "up from 0",
    ]
    assert topics[4].example == ""
    down = replace(BUSY, topics=(Topic(category=Category.QUERY_INFO, this=1, last=4, example="word " * 60),))
    assert digest_view(down, HERE).topics[0].change == "down from 4"
    assert len(digest_view(down, HERE).topics[0].example) <= 110


def test_a_post_without_words_says_so_and_a_withheld_link_is_not_shown() -> None:
    hidden = item("", title="", link_withheld=True, url="https://bad.example/")
    view = digest_view(replace(QUIET, possible=(hidden,)), HERE)
    assert view.possible[0].quote == "(no words shown)"
    assert view.possible[0].href == ""


def test_governors_see_numbers_alone_and_no_small_ones() -> None:
    view = digest_view(replace(BUSY, governors=True, undelivered=0, open=()), HERE)
    assert (view.open, view.praise, view.possible, view.coming_up) == ((), (), (), ())
    assert [row.this for row in view.counts] == ["under 3", "3", "9", "12", "17"]
    assert view.counts[1].last == "under 3"
    assert view.counts[1].mean == "under 3"
    assert view.counts[0].percent == 0
    assert view.total.startswith("About 40 posts about us.")
    assert all(topic.example == "" for topic in view.topics)
    assert "A child may be at risk" not in [topic.name for topic in view.topics]
    assert view.topics[3].change == ""
    assert view.subject.endswith("(governors)")
    few = digest_view(replace(BLIND, governors=True, entries=9, not_ours=9, blind=(), false_alarms=1), HERE)
    assert few.total.startswith("Fewer than 5 posts about us.")
    assert "Marked “not us” by you: under 3." in few.coverage


def test_the_page_says_what_it_means_when_it_does_not_come() -> None:
    assert digest_view(QUIET, HERE).foot[0].startswith("No mail like this by Monday 09:00")


def test_a_late_digest_says_so() -> None:
    late = replace(HERE, waited=timedelta(hours=26))
    assert digest_view(QUIET, late).remarks == ("This mail waited 26 h before it could be sent.",)
