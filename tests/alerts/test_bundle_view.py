"""Promise: the day's stories are told together, what is owed first, each with its time, its reason and its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.base import Alert, Bundle, Category, NotificationKind, Severity, freeze, thaw
from alerts.bundle_view import CALM, CALM_BY_HAND, GOOD_ENOUGH, JUDGE, BundleView, bundle_view, due_view
from alerts.views import PRIVATE
from tests.alerts.mail_samples import (
    ABUSE,
    ALLEGATION,
    BUNDLE,
    COMPLAINT,
    DUE,
    IMAGERY,
    LONG_BUNDLE,
    OWED,
    SEEN,
    envelope,
    item,
    story,
)

LOOK, ANSWER, ASK = BUNDLE.items
BY_HAND = replace(envelope(""), reply_to="")
ELSEWHERE = "https://forum.example/thread/812?page=3"


def view(*items: object, **other: object) -> BundleView:
    return bundle_view(replace(BUNDLE, items=items, **{"possible": (), **other}), envelope(""))  # type: ignore[arg-type]  # a test's own fields


@pytest.mark.parametrize(
    ("bundle", "subject"),
    [
        (BUNDLE, "Holm Nook today: 2 to look at, 1 to answer by Sat 16:05"),
        (replace(BUNDLE, items=(LOOK,)), "Holm Nook today: 1 to look at"),
        (replace(BUNDLE, items=(ANSWER,)), "Holm Nook today: 1 to answer by Sat 16:05"),
        (
            replace(BUNDLE, items=(ANSWER, replace(ANSWER, due_at=SEEN))),
            "Holm Nook today: 2 to answer, the first by Tue 11:04",
        ),
        (replace(BUNDLE, items=(replace(ANSWER, due_at=None),)), "Holm Nook today: 1 to answer"),
        (replace(BUNDLE, items=()), "Holm Nook today: 2 perhaps about us"),
        (replace(BUNDLE, items=(), possible=()), "Holm Nook today: nothing to look at"),
    ],
)
def test_the_subject_counts_and_says_by_when_and_names_nobody(bundle: Bundle, subject: str) -> None:
    assert bundle_view(bundle, envelope("")).subject == subject


def test_what_waits_for_an_answer_comes_first_and_the_earliest_of_each_leads() -> None:
    later = replace(LOOK, ref="R1", due_at=SEEN + timedelta(days=3))
    sections = view(later, ASK, LOOK, ANSWER).sections
    assert [section.title for section in sections] == ["To answer", "To look at"]
    assert [line.name.partition(" ")[0] for line in sections[1].lines] == ["R19", "R20", "R1"]


def test_each_story_says_its_time_its_reason_its_link_and_its_words() -> None:
    line = view(ANSWER).sections[0].lines[0]
    assert line.name == "R17 – A complaint"
    assert line.due == "Answer by Sat 28 Nov 16:05"
    assert line.where == "graded medium, our Facebook page"
    assert line.why == "Why: a complaint: “not good enough”"
    assert line.href == "https://facebook.example/holmnook/posts/77"
    assert [word for word, _ in line.words] == ["mine R17", "done R17 answered", "not us R17"]
    assert line.holding.startswith("Thank you for telling us.")


def test_only_a_comment_on_our_own_page_gets_words_to_copy() -> None:
    assert view(LOOK).sections[0].lines[0].holding == ""
    assert view(replace(ANSWER, severity=Severity.CRITICAL)).sections[0].lines[0].holding == ""
    assert view(replace(ANSWER, restricted=True)).sections[0].lines[0].holding == ""
    assert view(replace(ANSWER, category=Category.CHILD_SAFEGUARDING)).sections[0].lines[0].holding == ""


def test_a_post_elsewhere_may_be_closed_without_a_reply() -> None:
    assert "done R19 no reply, because …" in dict(view(LOOK).sections[0].lines[0].words)


@pytest.mark.parametrize(
    ("clock", "days", "due"),
    [
        ("decide", 1, "Decide by Wed 25 Nov 11:04"),
        ("decide", 0, "Overdue: decide by Tue 24 Nov 11:04"),
        ("answer", 0, "Overdue: answer by Tue 24 Nov 11:04"),
        ("", 1, "No answer is owed"),
    ],
)
def test_the_time_is_told_in_words_with_the_weekday(clock: str, days: int, due: str) -> None:
    line = replace(LOOK, clock=clock, due_at=SEEN + timedelta(days=days))  # type: ignore[arg-type]  # parametrized
    assert view(line).sections[0].lines[0].due == due


def test_doubt_about_the_place_stands_with_the_post() -> None:
    assert view(ASK).sections[0].lines[0].where.endswith("place not certain")
    assert "place not certain" not in view(LOOK).sections[0].lines[0].where


def test_posts_that_may_be_about_us_ask_for_a_look() -> None:
    shown = bundle_view(BUNDLE, envelope("")).sections[-1]
    assert shown.title == "Maybe about us: please look"
    assert shown.lines[0].name == "M375 – place not certain"
    assert shown.lines[0].words == (("mine M375", ", if it is about us"), ("not us M375", ""))
    assert shown.lines[1].where.endswith("may be a child")
    assert shown.lines[1].no_link == "There is no link."
    unnumbered = view(possible=(item("words", mention="", passed_on=True),)).sections[0].lines[0]
    assert (unnumbered.name, unnumbered.words, unnumbered.enter) == ("Place not certain", (), "")
    assert unnumbered.where.endswith("passed on, not public")


def test_where_only_the_place_is_in_doubt_a_person_is_asked_to_judge() -> None:
    only = bundle_view(replace(BUNDLE, items=()), envelope(""))
    assert only.lead == f"2 posts that may be about us. {JUDGE}"
    assert [word for word, _ in only.replies] == ["mine M375", "not us M375"]
    unnumbered = replace(BUNDLE, items=(), possible=(item("words", mention=""),))
    assert bundle_view(unnumbered, envelope("")).replies == ()


def test_the_lead_says_how_much_there_is_and_that_none_of_it_is_urgent() -> None:
    whole = bundle_view(BUNDLE, envelope(""))
    assert whole.lead == (
        "1 comment on our own pages to answer by Sat 28 Nov 16:05; 2 stories to look at; 2 posts that may be about us."
    )
    assert whole.aside == CALM
    two = view(ANSWER, replace(ANSWER, due_at=SEEN))
    assert two.lead == "2 comments on our own pages to answer, the first by Tue 24 Nov 11:04."
    assert view().lead == "Nothing is left to look at."


def test_where_replies_are_not_read_each_story_gives_the_command() -> None:
    by_hand = bundle_view(BUNDLE, BY_HAND)
    assert by_hand.replies == ()
    assert by_hand.aside == CALM_BY_HAND
    assert by_hand.sections[0].lines[0].enter == "Enter: mention-monitor mine R17"
    assert by_hand.sections[-1].lines[0].enter == "Enter: mention-monitor mentions show M375"


def test_the_words_to_reply_carry_a_number() -> None:
    assert [word for word, _ in view(LOOK, ANSWER).replies] == [
        "mine R17",
        "done R17 answered",
        "later R17 Thursday",
        "should be high R17",
        "not us R17",
    ]


def test_a_long_bundle_shows_what_is_due_first_and_counts_the_rest() -> None:
    whole = bundle_view(LONG_BUNDLE, envelope(""))
    assert [len(section.lines) for section in whole.sections] == [6, 9, 5]
    assert whole.more == (
        "3 more stories; to see all: mention-monitor incidents --open",
        "3 more posts may be about us; to see all: mention-monitor mentions",
    )
    answers = view(*(replace(ANSWER, ref=f"R{n}") for n in range(20)), LOOK)
    assert [len(section.lines) for section in answers.sections] == [15]
    assert answers.more[0].startswith("6 more stories")


def test_a_link_that_is_kept_back_or_too_long_is_explained() -> None:
    kept = view(replace(LOOK, link_withheld=True)).sections[0].lines[0]
    assert (kept.host, kept.href) == ("", "")
    assert "mention-monitor incidents show R19 --reveal REASON" in kept.no_link
    long = view(replace(LOOK, url=f"https://forum.example/{'a' * 700}")).sections[0].lines[0]
    assert (long.href, long.no_link) == ("", "The address at forum.example is too long to show here.")
    hidden = view(possible=(item("", link_withheld=True),)).sections[0].lines[0]
    assert "mention-monitor mentions show M345 --reveal REASON" in hidden.no_link


def test_a_restricted_story_shows_neither_topic_nor_words_nor_link() -> None:
    line = view(replace(LOOK, category=Category.STAFF_ALLEGATION, restricted=True)).sections[0].lines[0]
    assert line.name == "R19 – Safeguarding leads only"
    assert (line.quote, line.why, line.href, line.no_link) == ("", "", "", "")


def test_a_quote_is_short_and_that_of_a_newspaper_shorter() -> None:
    long = replace(LOOK, excerpt="word " * 100)
    assert 200 < len(view(long).sections[0].lines[0].quote) <= 280
    press = replace(long, category=Category.MEDIA_INSPECTION)
    assert len(view(press).sections[0].lines[0].quote) <= 200


def test_the_preview_is_long_enough_to_keep_quotes_off_a_lock_screen() -> None:
    for least in (view(LOOK), view(ANSWER), view(possible=(item("x"),)), bundle_view(BUNDLE, BY_HAND)):
        assert len(f"{least.lead} {least.aside} {least.title}") > 190
    for due in (due_view(OWED, envelope()), due_view(DUE, envelope(""))):
        assert len(f"{due.lead} {due.aside}") > 200


def test_a_bundle_and_its_place_in_the_database_are_the_same() -> None:
    kind = NotificationKind.BUNDLE
    assert thaw(kind, freeze(kind, BUNDLE)) == BUNDLE
    assert thaw(NotificationKind.REMINDER, freeze(NotificationKind.REMINDER, DUE)) == DUE


def test_a_reminder_that_was_stored_before_voices_came_can_still_be_read() -> None:
    old = freeze(NotificationKind.REMINDER, replace(OWED, voice=""))
    del old["voice"], old["lines"]
    for each in old["items"]:
        del each["maybe_child"], each["passed_on"]
    assert thaw(NotificationKind.REMINDER, old) == replace(OWED, voice="")


@pytest.mark.parametrize(
    ("alert", "ref", "subject"),
    [
        (OWED, "R17", "Medium – a complaint – answer by Sat 16:05 – Holm Nook R17"),
        (DUE, "", "Holm Nook reminder: 3 due soon, the first by Wed 11:04"),
        (replace(DUE, lines=(ANSWER, ANSWER)), "", "Holm Nook reminder: 2 to answer, the first by Sat 16:05"),
        (replace(DUE, lines=(LOOK, ASK)), "R1", "Holm Nook reminder: 2 to decide, the first by Wed 11:04"),
        (replace(DUE, lines=(LOOK,)), "", "Holm Nook reminder: 1 to decide by Wed 11:04"),
        (replace(DUE, lines=(replace(LOOK, due_at=None),)), "", "Holm Nook reminder: 1 to decide"),
    ],
)
def test_one_reminder_tells_of_everything_that_is_due_soon(alert: Alert, ref: str, subject: str) -> None:
    assert due_view(alert, envelope(ref)).subject == subject


@pytest.mark.parametrize(
    ("alert", "hours", "lead"),
    [
        (
            OWED,
            0,
            "Reminder: this story needs an answer from you by Sat 28 Nov 16:05.",
        ),
        (
            OWED,
            200,
            "Reminder: the time is over: this story needs an answer from you; it was due by Sat 28 Nov 16:05.",
        ),
        (
            DUE,
            22,
            ("Reminder: 3 stories need an answer or a decision from you, the first by Wed 25 Nov 11:04."),
        ),
        (
            DUE,
            25,
            (
                "Reminder: the time is over: 3 stories need an answer or a decision from you; the first was due by"
                " Wed 25 Nov 11:04."
            ),
        ),
        (
            replace(OWED, due_at=None),
            0,
            "Reminder: this story needs an answer from you.",
        ),
    ],
)
def test_the_reminder_says_what_is_owed_by_when(alert: Alert, hours: int, lead: str) -> None:
    shown = due_view(alert, envelope("R17", sent_at=SEEN + timedelta(hours=hours)))
    assert shown.lead == lead
    assert shown.title == ("Out of time" if "is over" in lead else "For you to finish")


def test_a_reminder_lists_what_is_due_first_and_keeps_restricted_stories_to_the_leads() -> None:
    shown = due_view(DUE, envelope(""))
    assert [section.title for section in shown.sections] == ["To decide", "To answer"]
    assert shown.aside == f"{GOOD_ENOUGH} {PRIVATE}"
    assert due_view(OWED, envelope()).aside == GOOD_ENOUGH
    assert due_view(replace(OWED, restricted=True), envelope()).aside.endswith(PRIVATE)
    many = due_view(
        replace(DUE, lines=tuple(story(f"R{n}", LOOK.category, "x") for n in range(17))), envelope("")
    )
    assert many.more[0].startswith("2 more stories")


def test_a_reminder_of_one_story_is_made_of_the_story_itself() -> None:
    line = due_view(OWED, envelope("R17")).sections[0].lines[0]
    assert line.name == "R17 – A complaint"
    assert line.quote == COMPLAINT.items[0].excerpt
    assert line.why == "Why: a complaint: “not good enough”"
    hidden = due_view(replace(IMAGERY, voice="due", clock="decide", due_at=SEEN), envelope("R13"))
    assert hidden.sections[0].lines[0].name == "R13 – Safeguarding leads only"
    bare = due_view(replace(ABUSE, items=(), grounds=()), envelope("R14")).sections[0].lines[0]
    assert (bare.quote, bare.why, bare.href) == ("", "", "")
    doubtful = replace(ABUSE, items=(item("words", certain=False, title="x"),))
    assert "place not certain" in due_view(doubtful, envelope("R14")).sections[0].lines[0].where
    assert due_view(ALLEGATION, envelope("R16")).sections[0].lines[0].quote == ""


def test_a_reminder_of_an_exercise_says_so_first() -> None:
    for alert, ref in ((OWED, "R17"), (DUE, "")):
        shown = due_view(replace(alert, exercise=True), envelope(ref))
        assert shown.subject.startswith("EXERCISE – ")
        assert shown.lead.startswith("This is an exercise: ")
