"""Promise: who was told of a grave story hears at once what another did about it, and how to disagree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.base import Deed, News, NotificationKind, Role, Severity, freeze, thaw
from alerts.news_view import news_view
from alerts.views import PRIVATE
from tests.alerts.mail_samples import CHAIR, CLOSED, LOWERED, NIGHT, PROPOSED, REOPENED, SEEN, TAKEN, envelope

SOON = envelope("R12", sent_at=NIGHT)
RAISED = replace(LOWERED, deed="raised", was=Severity.MEDIUM, severity=Severity.CRITICAL)
ANSWERED = replace(CLOSED, restricted=False, outcome="answered")


@pytest.mark.parametrize(
    ("news", "said"),
    [
        (TAKEN, "R12 was taken by the head at 02:30. The reminders stop."),
        (replace(TAKEN, by=None), "R12 was taken at 02:30."),
        (ANSWERED, "R12 was closed by the DSL on Tue 24 Nov 11:04: answered."),
        (replace(ANSWERED, outcome=""), "R12 was closed by the DSL on Tue 24 Nov 11:04. Nothing"),
        (replace(TAKEN, deed="not_us"), "R12 was marked “not us” by the head at 02:30."),
        (LOWERED, "R12 was lowered from urgent to medium by the DSL at 02:30."),
        (RAISED, "R12 was raised from medium to urgent by the DSL at 02:30."),
        (REOPENED, "R12 was opened again by the deputy DSL at 02:30."),
    ],
)
def test_the_first_words_say_who_did_what_and_when(news: News, said: str) -> None:
    assert news_view(news, SOON).lead.startswith(said)


@pytest.mark.parametrize("deed", ["taken", "closed", "not_us", "lowered"])
def test_whoever_disagrees_can_open_it_again(deed: Deed) -> None:
    view = news_view(replace(TAKEN, deed=deed), SOON)
    assert "Reply REOPEN if you disagree." in view.lead
    assert [word for word, _ in view.replies] == ["reopen", "mine"]
    assert view.commands == ()


@pytest.mark.parametrize("deed", ["raised", "reopened"])
def test_what_is_open_again_needs_somebody_to_take_charge(deed: Deed) -> None:
    view = news_view(replace(TAKEN, deed=deed), SOON)
    assert view.lead.endswith("Reply MINE to take charge.")
    assert [word for word, _ in view.replies] == ["mine"]


def test_what_one_lead_proposes_another_can_agree_to_and_need_not() -> None:
    view = news_view(PROPOSED, SOON)
    assert view.subject == "Holm Nook R12: the head proposes to grade it high"
    assert view.lead.startswith("The head proposed at 02:30 to grade R12 high. Two of you")
    assert view.lead.endswith("To agree reply SHOULD BE HIGH, or do nothing to keep it urgent.")
    assert [word for word, _ in view.replies] == ["should be high", "mine"]
    assert view.commands == ()
    by_hand = news_view(replace(PROPOSED, by=None), replace(SOON, reply_to=""))
    assert by_hand.commands == ("mention-monitor regrade R12 high --by head", "mention-monitor mine R12")
    assert by_hand.subject == "Holm Nook R12: somebody proposes to grade it high"
    assert "say the same with the command below, or do nothing to keep it urgent." in by_hand.lead
    assert news_view(replace(PROPOSED, by=Role.DSL), SOON).lead.startswith("The DSL proposed")
    nobody = replace(SOON, to=replace(SOON.to, roles=()), reply_to="")
    assert news_view(PROPOSED, nobody).commands[0] == "mention-monitor regrade R12 high"


def test_where_replies_are_not_read_the_command_is_given() -> None:
    by_hand = replace(SOON, reply_to="")
    assert "open it again with the command below" in news_view(TAKEN, by_hand).lead
    assert "Agree by phone who takes charge." in news_view(REOPENED, by_hand).lead
    assert news_view(TAKEN, by_hand).replies == ()
    assert news_view(TAKEN, by_hand).commands == ("mention-monitor reopen R12", "mention-monitor mine R12")


def test_the_subject_names_roles_alone() -> None:
    assert news_view(TAKEN, SOON).subject == "Holm Nook R12: taken by the head"
    assert news_view(LOWERED, SOON).subject == "Holm Nook R12: lowered from urgent to medium by the DSL"
    assert news_view(ANSWERED, SOON).subject == "Holm Nook R12: closed by the DSL"


def test_a_restricted_story_shows_no_topic_and_no_outcome_on_a_lock_screen() -> None:
    view = news_view(CLOSED, envelope("R16"))
    assert view.title == "Safeguarding leads only"
    assert view.aside == PRIVATE
    assert len(f"{view.lead} {view.aside}") >= 200
    assert "LADO" not in f"{view.subject} {view.lead}"
    assert view.outcome == "Closed as: police, LADO or social care."
    assert "The LADO has it" in view.note
    silent = replace(CLOSED, outcome="no reply, because")
    assert news_view(silent, envelope("R16")).outcome == "Closed as: no reply."
    assert ": no reply. " in news_view(replace(silent, restricted=False), envelope("R16")).lead


def test_a_chair_who_was_told_the_category_learns_no_more() -> None:
    told = (*TAKEN.told, Role.CHAIR)
    restricted = news_view(replace(CLOSED, told=told), envelope("R16", CHAIR))
    assert (restricted.outcome, restricted.note) == ("", "")
    assert news_view(replace(LOWERED, note="words", told=told), envelope("R12", CHAIR)).note == ""
    assert news_view(replace(ANSWERED, told=told), envelope("R12", CHAIR)).note


def test_news_without_a_reference_can_still_be_told() -> None:
    view = news_view(replace(TAKEN, at=SEEN), envelope(""))
    assert view.lead.startswith("The story was taken by the head")
    assert view.commands == ()


def test_news_and_its_place_in_the_database_are_the_same() -> None:
    for news in (TAKEN, CLOSED, LOWERED):
        assert thaw(NotificationKind.NEWS, freeze(NotificationKind.NEWS, news)) == news


def test_news_of_an_exercise_say_so_first() -> None:
    view = news_view(replace(TAKEN, exercise=True), SOON)
    assert view.subject == "EXERCISE – Holm Nook R12: taken by the head"
    assert view.lead.startswith("This is an exercise: ")
