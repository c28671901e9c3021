"""Promise: each reader is told what they may know, why, by when, and what to do; and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts import playbooks
from alerts.base import Alert, Category, HealthNotice, Recipient, Role, Severity
from alerts.health_view import health_view
from alerts.views import alert_view
from tests.alerts.mail_samples import (
    ABUSE,
    ACT_NOW,
    ALLEGATION,
    CHAIR,
    COMPLAINT,
    FOR_THE_CHAIR,
    HEAD,
    HEALTH,
    IMAGERY,
    NIGHT,
    PASSED_ON,
    POSSIBLE,
    PRESS,
    PUPIL,
    QUERY,
    SEVERAL,
    THREAT,
    UNCERTAIN_THREAT,
    UNCLAIMED,
    envelope,
    item,
)


@pytest.mark.parametrize(
    ("alert", "subject"),
    [
        (THREAT, "URGENT – a possible threat – Holm Nook R12"),
        (IMAGERY, "URGENT – safeguarding leads only – Holm Nook R12"),
        (ALLEGATION, "HIGH – safeguarding leads only – Holm Nook R12"),
        (ABUSE, "HIGH – a colleague needs support – decide by Wed 11:04 – Holm Nook R12"),
        (COMPLAINT, "Medium – a complaint – answer by Sat 16:05 – Holm Nook R12"),
        (QUERY, "Low – a question – answer by Wed 11:04 – Holm Nook R12"),
        (POSSIBLE, "URGENT – safeguarding leads only – place not certain – Holm Nook R12"),
        (UNCERTAIN_THREAT, "URGENT – a possible threat – place not certain – Holm Nook R12"),
        (SEVERAL, "Holm Nook: 3 to look at, the first to answer by Sat 16:05"),
        (replace(SEVERAL, clock=""), "Holm Nook: 3 to look at"),
        (replace(ABUSE, stories=4), "HIGH – 4 stories at once – decide by Wed 11:04 – Holm Nook R12"),
        (replace(ABUSE, clock="", due_at=None), "HIGH – a colleague needs support – Holm Nook R12"),
    ],
)
def test_the_subject_says_how_grave_and_by_when_and_names_nobody(alert: Alert, subject: str) -> None:
    assert alert_view(alert, envelope()).subject == subject


def test_every_mail_of_a_story_has_the_same_subject() -> None:
    first, again = (
        alert_view(THREAT, envelope()),
        alert_view(UNCLAIMED, envelope(sent_at=NIGHT + timedelta(hours=1))),
    )
    assert first.subject == again.subject
    assert first.lead != again.lead


def test_the_lead_says_what_is_asked_when_it_was_seen_and_who_was_told() -> None:
    assert alert_view(THREAT, envelope()).lead == (
        "Please read now. Reply MINE to take charge; if danger is immediate, ring 999."
        " Seen Wed 25 Nov 02:10; head, DSL and deputy DSL told."
    )


def test_nobody_is_asked_to_reply_where_replies_are_not_read() -> None:
    view = alert_view(THREAT, replace(envelope(), reply_to=""))
    assert "Agree by phone who takes charge; if danger" in view.lead
    assert "MINE" not in view.lead
    assert view.replies == ()
    assert view.commands == (
        "mention-monitor mine R12",
        "mention-monitor done R12 answered",
        "mention-monitor not-us R12",
    )


def test_a_lesser_story_asks_nobody_to_take_charge() -> None:
    assert "charge" not in alert_view(COMPLAINT, envelope()).lead


def test_a_restricted_story_shows_no_topic_in_the_preview_of_a_phone() -> None:
    for alert in (
        IMAGERY,
        ALLEGATION,
        replace(ALLEGATION, clock="", due_at=None, told=(Role.DSL,), items=()),
    ):
        view = alert_view(alert, envelope())
        assert len(f"{view.lead} {view.aside}") >= 200


def test_the_code_of_the_reply_stands_in_the_last_line() -> None:
    assert alert_view(THREAT, envelope()).foot[-1].startswith("Reply code MZXW6YTBOIQHIZLTOQQGC3DFOI: ")
    assert len(alert_view(THREAT, replace(envelope(), reply_to="watch@holmnook.example")).foot) == 1


def test_leads_may_ask_for_the_full_words_of_a_restricted_story() -> None:
    assert "words" in dict(alert_view(ALLEGATION, envelope()).replies)
    assert "words" not in dict(alert_view(ABUSE, envelope()).replies)


def test_a_low_story_can_be_raised_and_others_lowered() -> None:
    assert "should be high" in dict(alert_view(QUERY, envelope()).replies)
    assert "should be low" in dict(alert_view(ABUSE, envelope()).replies)


CHAIR_TOLD = replace(FOR_THE_CHAIR, voice="again")


def test_a_chair_who_is_told_because_nobody_answered_learns_the_topic_and_no_more() -> None:
    view = alert_view(CHAIR_TOLD, envelope(to=CHAIR))
    assert view.posts == ()
    assert view.grounds == ()
    assert view.after == ()
    assert view.kept_back
    assert view.actions == playbooks.shelf().chair
    assert [word for word, _ in view.replies] == ["mine"]
    assert view.commands == ()
    by_hand = alert_view(CHAIR_TOLD, replace(envelope(to=CHAIR), reply_to=""))
    assert by_hand.commands == ("mention-monitor mine R12",)
    assert "Ring the head, DSL or deputy DSL; if danger" in view.lead


@pytest.mark.parametrize(
    ("alert", "to"),
    [
        (replace(CHAIR_TOLD, told=(Role.CHAIR, Role.DSL)), CHAIR),
        (CHAIR_TOLD, HEAD),
        (CHAIR_TOLD, Recipient(address="c@holmnook.example", roles=(Role.CHAIR, Role.DSL))),
        (COMPLAINT, CHAIR),
    ],
    ids=["in the head's place", "the head", "chair and DSL in one", "a complaint"],
)
def test_whoever_leads_sees_the_words(alert: Alert, to: Recipient) -> None:
    assert alert_view(alert, envelope(to=to)).posts


def test_an_image_of_a_child_is_never_linked() -> None:
    hidden = replace(IMAGERY, items=(item("", link_withheld=True, url="https://bad.example/x"),))
    view = alert_view(hidden, envelope())
    assert view.posts[0].href == ""
    assert view.posts[0].host == ""
    assert "bad.example" not in repr(view)
    assert "mention-monitor mentions show M345 --reveal REASON" in view.posts[0].no_link
    assert view.never[0].startswith("Do not look for it.")


def test_a_link_that_is_kept_back_without_a_reference_names_no_command() -> None:
    hidden = replace(IMAGERY, items=(item("", link_withheld=True, url="", mention=""),))
    assert "--reveal" not in alert_view(hidden, envelope()).posts[0].no_link


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "https://xn--pple-43d.example/a",
            "No link: the letters of xn--pple-43d.example may imitate another address.",
        ),
        ("https://user@forum.example/a", "No link: the address at forum.example is not a plain one."),
        ("javascript:alert(1)", "There is no link."),
    ],
)
def test_an_unsafe_address_is_text(url: str, said: str) -> None:
    view = alert_view(replace(ABUSE, items=(item("words", url=url),)), envelope())
    assert view.posts[0].href == ""
    assert view.posts[0].no_link == said


def test_a_quote_is_short_and_that_of_a_newspaper_shorter() -> None:
    long = "word " * 100
    assert len(alert_view(replace(ABUSE, items=(item(long),)), envelope()).posts[0].quote) <= 280
    assert len(alert_view(replace(PRESS, items=(item(long),)), envelope()).posts[0].quote) <= 200


def test_a_title_that_the_quote_repeats_is_not_shown_twice() -> None:
    twice = replace(ABUSE, items=(item("Parking again at school", title="Parking again"),))
    assert alert_view(twice, envelope()).posts[0].title == ""
    assert alert_view(QUERY, envelope()).posts[0].title == "Breakfast club?"


def test_what_is_not_shown_is_counted() -> None:
    assert alert_view(ABUSE, envelope()).more == "12 more posts in this story."
    assert alert_view(COMPLAINT, envelope()).more == ""
    many = replace(ABUSE, items=tuple(item("words") for _ in range(7)), count=7)
    assert len(alert_view(many, envelope()).posts) == 5
    assert alert_view(many, envelope()).more == "2 more posts in this story."


def test_delays_doubts_and_notes_stand_at_the_top() -> None:
    late = replace(envelope(), may_repeat=True, waited=timedelta(hours=5))
    remarks = alert_view(replace(POSSIBLE, notes=("Found at the start.",)), late).remarks
    assert "You may have had this before" in remarks[0]
    assert remarks[1] == "This mail waited 5 h before it could be sent."
    assert remarks[2].startswith("Place not certain: ")
    assert remarks[3] == "Found at the start."
    assert alert_view(THREAT, envelope()).remarks == ()


def test_one_certain_post_makes_the_place_certain() -> None:
    mixed = replace(POSSIBLE, items=(*POSSIBLE.items, item("at Holm Nook")))
    assert "place not certain" not in alert_view(mixed, envelope()).subject


def test_other_topics_are_named_once() -> None:
    assert alert_view(THREAT, envelope()).also == "Also: a colleague needs support."
    assert alert_view(COMPLAINT, envelope()).also == ""


def test_abuse_on_our_own_page_may_be_hidden_with_a_reason() -> None:
    assert playbooks.shelf().own_page in alert_view(replace(ABUSE, clock="answer"), envelope()).after
    assert playbooks.shelf().own_page not in alert_view(ABUSE, envelope()).after
    assert playbooks.shelf().own_page not in alert_view(COMPLAINT, envelope()).after


@pytest.mark.parametrize("severity", Severity)
def test_every_grade_is_explained(severity: Severity) -> None:
    assert alert_view(replace(QUERY, severity=severity), envelope()).grade.endswith(
        "Story R12, Holm Nook Community Primary School."
    )


def test_an_alert_without_posts_reference_or_recipients_can_still_be_told() -> None:
    bare = Alert(
        school="Holm Nook Community Primary School",
        short="Holm Nook",
        severity=Severity.HIGH,
        category=Category.COMPLAINT_GENERAL,
        categories=(),
        reason=ABUSE.reason,
        items=(),
        count=0,
        grounds=(),
    )
    view = alert_view(bare, envelope(""))
    assert view.subject == "HIGH – a complaint – Holm Nook"
    assert view.told == "Each person told has a copy of their own. Please do not forward it."
    assert view.commands == ()
    assert view.lead == "Please look at this today. Reply MINE to take charge."


def test_a_sick_watch_says_what_since_when_and_what_to_do() -> None:
    view = health_view(HEALTH, envelope(""))
    assert view.subject == "Holm Nook: the watch needs a hand – 2 things"
    assert view.ailments[0].since == "Since Mon 23 Nov 09:02"
    assert view.ailments[1].since == ""
    assert view.ailments[1].remedy == "run: mention-monitor outbox"


def test_a_watch_that_is_well_again_says_so() -> None:
    well = HealthNotice(school="x", short="Holm Nook", zone="Europe/London", ailments=())
    view = health_view(well, envelope(""))
    assert view.subject == "Holm Nook: the watch is well again"
    assert view.lead == "The watch is well again. Nothing is left to do."


def test_several_stories_in_one_mail_show_a_post_of_each_with_its_grade() -> None:
    view = alert_view(SEVERAL, envelope())
    assert view.title == "3 stories at once"
    assert view.grade.startswith("The gravest: a complaint. Graded medium.")
    assert [post.where.partition(",")[0] for post in view.posts] == ["Medium", "Low", "Medium"]
    assert view.more == "6 more posts in these stories."
    assert view.commands[0] == "mention-monitor incidents --open"
    assert "R12, the gravest" in dict(view.replies)["mine"]
    assert view.posts[1].title == ""
    long = replace(
        SEVERAL.items[0], url=f"https://forum.example/?{'&' * 200}", excerpt="", title="word " * 99
    )
    first = alert_view(replace(SEVERAL, items=(long,)), envelope()).posts[0]
    assert (first.href, first.no_link) == ("", "The address at forum.example is too long to show here.")
    assert 100 < len(first.quote) <= 160
    many = replace(SEVERAL, items=SEVERAL.items * 8, stories=24)
    assert len(alert_view(many, envelope()).posts) == 20


def test_a_post_without_a_number_shows_none() -> None:
    unnumbered = replace(ABUSE, items=(item("words", mention="ab" * 32),))
    assert alert_view(unnumbered, envelope()).posts[0].where.endswith("11:04")


def test_the_chair_is_told_the_category_alone_whoever_leads() -> None:
    to_both = Recipient(address="c@holmnook.example", roles=(Role.CHAIR, Role.COMMS))
    without_head = replace(FOR_THE_CHAIR, told=(Role.DSL, Role.CHAIR))
    view = alert_view(without_head, envelope(to=to_both, sent_at=NIGHT + timedelta(minutes=30)))
    assert view.lead.startswith(
        "Nobody has taken this on since 02:10, so you are told too, without the details."
    )
    assert "Ring the DSL; if danger is immediate, ring 999." in view.lead
    assert (view.posts, view.grounds, view.also, view.promise, view.after) == ((), (), "", "", ())
    nobody = replace(FOR_THE_CHAIR, told=(Role.CHAIR,))
    assert "Ring the safeguarding leads" in alert_view(nobody, envelope(to=CHAIR)).lead


def test_the_chair_does_not_learn_of_an_image_or_a_doubt() -> None:
    hidden = replace(IMAGERY, voice="category_only", items=(replace(IMAGERY.items[0], certain=False),))
    view = alert_view(hidden, envelope(to=CHAIR))
    assert "image" not in " ".join(view.actions)
    assert not any(warning.startswith("Do not look for it") for warning in view.never)
    assert view.remarks == ()


def test_the_last_reminders_ask_whoever_reads_first_to_act_and_say_whom_to_ring() -> None:
    view = alert_view(ACT_NOW, envelope(sent_at=NIGHT + timedelta(hours=1)))
    assert view.lead.startswith(
        "Nobody has taken this on since 02:10. If you are the first to read this, act."
        " Ring 999 if somebody may be in danger now, otherwise 101."
    )
    assert [call.partition(":")[0] for call in view.calls] == ["999", "101", "Children's social care"]
    assert "01632 960001" in view.calls[2]
    assert "01632 960009" in view.calls[2]
    assert alert_view(UNCLAIMED, envelope()).calls == ()


def test_a_comment_on_our_own_page_comes_with_words_to_copy() -> None:
    assert alert_view(COMPLAINT, envelope()).holding.startswith("Thank you for telling us.")
    assert alert_view(replace(COMPLAINT, clock="decide"), envelope()).holding == ""
    assert alert_view(replace(COMPLAINT, severity=Severity.CRITICAL), envelope()).holding == ""
    assert alert_view(replace(COMPLAINT, restricted=True), envelope()).holding == ""
    assert alert_view(SEVERAL, envelope()).holding == ""
    assert alert_view(replace(THREAT, severity=Severity.HIGH, clock="answer"), envelope()).holding == ""


def test_grey_zones_are_said_before_anybody_acts() -> None:
    assert alert_view(PUPIL, envelope()).remarks[0].startswith("May be a child: ")
    first, second = alert_view(PASSED_ON, envelope()).remarks
    assert first.startswith("Place not certain: ")
    assert second.startswith("Passed on, not public: ")


def test_of_several_posts_it_is_said_which_is_meant() -> None:
    plain = item("words", mention="M1")
    doubtful = item("words", mention="M2", certain=False, maybe_child=True, passed_on=True)
    one, other = alert_view(replace(ABUSE, items=(plain, doubtful)), envelope()).posts
    assert one.where.endswith("M1")
    assert other.where.endswith("M2, place not certain, may be a child, passed on, not public")
    assert alert_view(replace(ABUSE, items=(doubtful,)), envelope()).posts[0].where.endswith("M2")


def test_the_time_of_the_night_is_told_without_the_day_while_it_is_the_same() -> None:
    assert " Seen 02:10; " in alert_view(THREAT, envelope(sent_at=NIGHT)).lead


def test_an_exercise_says_so_before_anything_else() -> None:
    for alert in (THREAT, ALLEGATION, SEVERAL):
        view = alert_view(replace(alert, exercise=True), envelope())
        assert view.subject.startswith("EXERCISE – ")
        assert view.lead.startswith(
            "This is an exercise: nobody is in danger, so ring nobody outside the school. "
        )
        assert "999" not in view.lead
    assert "xercise" not in repr(alert_view(THREAT, envelope()))
    assert "999" in alert_view(THREAT, envelope()).lead
    assert "999" not in alert_view(replace(ACT_NOW, exercise=True), envelope()).lead


def test_an_alert_without_a_post_says_so_in_place_of_words() -> None:
    assert alert_view(replace(THREAT, items=()), envelope()).kept_back == "There is no post to show."
    assert alert_view(THREAT, envelope()).kept_back == ""
