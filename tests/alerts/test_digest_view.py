"""Promise: the week on one page; a silent watch never looks like a quiet week, and governors see no family."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.base import Blind, Category, Digest, LateAnswer, Role, Topic
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
            "Nothing is overdue, but 1 story is open and 2 posts may be about us.",
        ),
        (
            replace(BUSY, open=(), possible=(), undelivered=0),
            "worth watching",
            "Nothing is overdue, but something grave was said and has been dealt with.",
        ),
        (
            BLIND,
            "we could not look",
            "We could see none of our places this week. That is not a quiet week.",
        ),
        (
            replace(BLIND, sources=3),
            "we could hardly look",
            "We saw nothing of 2 of our 3 places. That is not a quiet week.",
        ),
        (
            replace(
                BLIND,
                governors=True,
                end=date(2026, 12, 20),
                blind=(Blind(source="Bluesky", hours=840, why=""),),
            ),
            "we could hardly look",
            "We saw nothing of 1 of our 2 places. That is not a quiet term.",
        ),
        (
            replace(BLIND, sources=0, blind=()),
            "we could not look",
            "We could see none of our places this week. That is not a quiet week.",
        ),
        (
            replace(QUIET, late=(LateAnswer(ref="R9", hours=3.0), LateAnswer(ref="R8", hours=None))),
            "worth watching",
            "Nothing is overdue, but 1 answer came late.",
        ),
        (
            replace(BUSY, governors=True, open=(), counts=QUIET.counts),
            "quiet where we can look",
            "Fewer than 5 posts were grave where we can look.",
        ),
        (GOVERNORS, "worth watching", "Some posts were grave: 5 or more. The head can say more."),
        (
            replace(QUIET, governors=True),
            "quiet where we can look",
            "Fewer than 5 posts were grave where we can look.",
        ),
    ],
    ids=[
        "quiet",
        "no posts",
        "act",
        "watch",
        "dealt with",
        "blind",
        "mostly blind",
        "a blind term",
        "no place",
        "answered late",
        "governors hear of no mail",
        "governors watch",
        "governors quiet",
    ],
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
        (BUSY, "Out of sight for part of the week: 1 of 9 places (Ribbleton parents forum)."),
        (BLIND, "Out of sight all week: 2 of 2 places (Bluesky and Ribbleton Gazette)."),
    ],
)
def test_the_blind_places_stand_beside_the_headline(digest: Digest, beside: str) -> None:
    assert digest_view(digest, HERE).beside == beside


def test_many_blind_places_are_counted_by_their_whole_names() -> None:
    names = [f"a place with a name that is longer than the page has room for, {n}" for n in range(5)]
    blind = tuple(Blind(source=name, hours=9.0, why="no answer") for name in names)
    beside = digest_view(replace(QUIET, blind=blind), HERE).beside
    assert "5 of 9 places" in beside
    assert beside.endswith(" and 2 more).")


def test_two_half_blind_spells_of_one_place_add_up() -> None:
    halves = tuple(Blind(source="Bluesky", hours=84.0, why="no answer") for _ in range(2))
    assert digest_view(replace(QUIET, sources=1, blind=halves), HERE).word == "we could not look"
    assert digest_view(replace(QUIET, sources=1, blind=halves[:1]), HERE).word == "quiet where we can look"


def test_no_posts_differs_from_could_not_look() -> None:
    looked = digest_view(replace(BLIND, blind=(), failed=0), HERE)
    assert looked.total.startswith("Nothing new stood in any place.")
    assert looked.coverage[0] == "2 places tried, none of them failed; 0 posts read."
    assert any("no posts is not the same as no look" in line for line in looked.coverage)
    blind = digest_view(BLIND, HERE)
    assert blind.total.startswith("Nothing was read, so nothing can be said.")
    assert blind.coverage[0] == "2 places tried, 2 of them failed at least once; 0 posts read."
    assert not any("no posts is not the same as no look" in line for line in blind.coverage)
    assert ({row.this for row in looked.counts}, {row.this for row in blind.counts}) == ({"0"}, {"–"})
    assert looked.word != blind.word
    assert digest_view(replace(BLIND, blind=(), entries=40, not_ours=40), HERE).total.startswith(
        "No posts about us."
    )


def test_where_nothing_ran_no_place_is_said_to_be_without_failure() -> None:
    told = digest_view(replace(BLIND, failed=0), HERE).coverage
    assert told[0] == "2 places tried; 0 posts read."
    assert digest_view(replace(QUIET, sources=0), HERE).coverage[0] == "No place was tried."


def test_what_can_never_be_seen_is_always_said() -> None:
    for digest in (QUIET, BUSY, BLIND, GOVERNORS):
        assert any(
            line.startswith("Never in sight: closed groups, private accounts, direct messages")
            for line in digest_view(digest, HERE).coverage
        )


def test_a_place_that_is_unusually_quiet_is_told_without_being_called_unseen() -> None:
    quiet = replace(
        QUIET, doubtful=(Blind(source="Blog", hours=96.0, why="it answers, but has brought nothing"),)
    )
    view = digest_view(quiet, HERE)

    told = "Blog: in doubt for 4 days (it answers, but has brought nothing). Somebody should look whether its"
    assert any(line.startswith(told) for line in view.coverage)
    assert not any("Blog" in line for line in digest_view(QUIET, HERE).coverage)
    assert view.word == digest_view(QUIET, HERE).word


def test_bars_and_shares_come_with_twenty_posts() -> None:
    assert digest_view(BUSY, HERE).bars
    assert digest_view(BUSY, HERE).shares.startswith("Shares: URGENT 2 %, HIGH 7 %")
    assert not digest_view(QUIET, HERE).bars
    assert digest_view(QUIET, HERE).shares == ""
    exact = replace(QUIET, counts=tuple(replace(row, this=4) for row in QUIET.counts))
    assert digest_view(exact, HERE).bars
    fewer = replace(exact, counts=(replace(exact.counts[0], this=3), *exact.counts[1:]))
    assert not digest_view(fewer, HERE).bars


def test_open_stories_stay_until_closed_and_restricted_ones_have_no_topic() -> None:
    view = digest_view(BUSY, HERE)
    assert view.open_head == "Still open on Sun 22 Nov"
    assert [story.ref for story in view.open] == ["R17", "R12", "R14", "R19"]
    assert view.open[1].title == "for the safeguarding leads"
    assert view.open[1].due == ""
    assert view.open[2].due == "decide by Tue 24 Nov 11:00"
    assert view.open[0].due == "answer by Sat 21 Nov 16:05 – past its time"
    assert [story.owner for story in view.open[:3]] == [
        "nobody yet",
        "DSL",
        "head, put off until Thu 26 Nov 07:30",
    ]
    assert view.open[0].owner == "nobody yet"


def test_what_does_not_fit_is_told_by_number_with_the_way_to_see_it() -> None:
    stories = tuple(replace(BUSY.open[1], ref=f"R{n}") for n in range(1, 26))
    many = replace(
        BUSY,
        open=stories,
        possible=BUSY.possible * 5,
        blind=tuple(Blind(source=f"place {n}", hours=9.0, why="no answer") for n in range(8)),
        learned=("a", "*b", "c", "d", "e", "f"),
    )
    view = digest_view(many, HERE)
    shown = " ".join([*(story.ref for story in view.open), view.open_more])
    assert all(f"R{n} " in shown or f"R{n}," in shown for n in range(1, 22))
    assert view.open_more.endswith("R21 and 4 more (mention-monitor incidents --open)")
    assert view.possible_more == "… and 8 more: mention-monitor mentions"
    assert "… and 6 more: mention-monitor sources" in view.coverage
    words = "As you taught it, these words speak against us: “a”, “b”, “c”, “d” and 2 more (mention-monitor rules)."
    assert words in view.coverage
    assert digest_view(BUSY, HERE).open_more == ""
    assert digest_view(replace(BUSY, open=stories[:7]), HERE).open_more == (
        "Open too: R7 (mention-monitor incidents --open)"
    )


def test_topics_come_by_number_with_a_short_example_never_of_a_safeguarding_post() -> None:
    topics = digest_view(BUSY, HERE).topics
    assert [topic.name for topic in topics][:2] == ["A complaint", "Good news"]
    assert [topic.change for topic in topics] == ["up from 5", "up from 8", "the same", "new", "new"]
    assert topics[4].example == ""
    down = replace(BUSY, topics=(Topic(category=Category.QUERY_INFO, this=1, last=4, example="word " * 60),))
    assert digest_view(down, HERE).topics[0].change == "down from 4"
    assert len(digest_view(down, HERE).topics[0].example) <= 90
    assert {topic.change for topic in digest_view(replace(BUSY, periods_before=0), HERE).topics} == {""}


def test_a_post_without_words_says_so_and_a_withheld_link_is_not_shown() -> None:
    hidden = item("", title="", link_withheld=True, url="https://bad.example/")
    view = digest_view(replace(QUIET, possible=(hidden,)), HERE)
    assert view.possible[0].quote == "(no words shown)"
    assert view.possible[0].href == ""


def test_governors_see_numbers_alone_and_no_small_ones() -> None:
    view = digest_view(replace(BUSY, governors=True, learned=("moor park",)), HERE)
    assert (view.open, view.open_more, view.praise, view.possible, view.shares) == ((), "", (), (), "")
    assert all(topic.example == "" for topic in view.topics)
    assert "A child may be at risk" not in [topic.name for topic in view.topics]
    assert [topic.this for topic in view.topics] == ["11", "10", "7", "fewer than 5"]
    assert [topic.change for topic in view.topics] == ["up from 5", "up from 8", "the same", ""]
    assert view.subject.endswith("(governors)")
    assert "moor park" not in str(view)
    assert "R17" not in str(view)
    assert "Marked “not us” by you: fewer than 5." in view.coverage
    assert view.foot[0].startswith("Numbers under 5 are not spelt out.")


def test_who_is_on_duty_over_christmas_is_told_to_the_end() -> None:
    days = "Fri 25 Dec (Christmas Day), Sat 26 Dec (Boxing Day), Mon 28 Dec (Boxing Day), Fri 1 Jan (New Year's Day)"
    turns = "deputy head on Fri 25 Dec; DSL on Sat 26 Dec; deputy DSL on Mon 28 Dec; nobody on Fri 1 Jan"
    holidays = f"Bank holidays: {days}. On duty: {turns}"
    assert digest_view(replace(BUSY, coming_up=(holidays,)), HERE).coming_up == (holidays,)
    many = digest_view(replace(BUSY, coming_up=("a day",) * 9), HERE).coming_up
    assert many == (*("a day",) * 7, "… and 2 more")


def test_governors_hear_that_the_policy_is_due_for_review() -> None:
    assert digest_view(GOVERNORS, HERE).coming_up == GOVERNORS.coming_up != ()


def test_a_page_of_a_term_says_so() -> None:
    view = digest_view(GOVERNORS, HERE)
    assert (view.title, view.columns) == (
        "Holm Nook, 2 Sep–20 Dec 2026, for the governors",
        ("This term", "As long before", ""),
    )


@pytest.mark.parametrize(
    ("digest", "foot"),
    [
        (
            QUIET,
            "No mail like this by Mon 30 Nov 09:00? Then the watch itself may have stopped: tell the technician.",
        ),
        (
            replace(QUIET, keeper=Role.OFFICE, next_at=datetime(2026, 12, 29, 7, 30, tzinfo=UTC)),
            "No mail like this by Tue 29 Dec 09:00? Then the watch itself may have stopped: tell the office.",
        ),
        (
            replace(QUIET, keeper=None, next_at=None),
            (
                "No mail like this by Monday 09:00 (Tuesday after a bank holiday)? Then the watch itself may have stopped:"
                " tell whoever looks after it."
            ),
        ),
    ],
    ids=["technician", "office", "as it was written before"],
)
def test_the_page_says_what_it_means_when_it_does_not_come(digest: Digest, foot: str) -> None:
    assert digest_view(digest, HERE).foot[0] == foot


REMARKS: dict[str, tuple[Digest, str]] = {
    "nothing": (QUIET, ""),
    "begun": (replace(QUIET, began=date(2026, 11, 18)), "The watch began on Wed 18 Nov: this is not a whole week."),
    "unfinished": (
        replace(QUIET, as_of=datetime(2026, 11, 20, 9, 5, tzinfo=UTC)),
        "This week is not over: as of Fri 20 Nov 09:05.",
    ),
    "skipped": (
        replace(QUIET, skipped=2),
        "Nothing was running: 2 earlier weeks had no mail like this. To see one: mention-monitor digest --week",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("digest", "remark"), REMARKS.values(), ids=REMARKS)
def test_what_is_odd_about_the_week_is_said_at_the_top(digest: Digest, remark: str) -> None:
    assert digest_view(digest, HERE).remarks == ((remark,) if remark else ())


def test_a_late_digest_says_so() -> None:
    late = replace(HERE, waited=timedelta(hours=26))
    assert digest_view(QUIET, late).remarks == ("This mail waited 26 h before it could be sent.",)
    twice = digest_view(QUIET, replace(HERE, may_repeat=True)).remarks
    assert twice == ("You may have had this before: the mail server did not confirm the first try.",)


def test_the_more_there_is_to_tell_the_smaller_are_the_letters() -> None:
    full = replace(BUSY, open=BUSY.open * 5, coming_up=BUSY.coming_up * 2, skipped=1, blind=BUSY.blind * 3)
    sizes = [digest_view(digest, HERE).size[0] for digest in (QUIET, BUSY, full)]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (14, 12)
    assert (
        digest_view(
            replace(
                full,
                possible=tuple(item("word " * 90) for _ in range(3)),
                learned=("word " * 9,) * 9,
                coming_up=("word " * 90,) * 9,
            ),
            HERE,
        ).size[0]
        == 11
    )
