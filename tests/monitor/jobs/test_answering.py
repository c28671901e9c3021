"""Each word that a person may reply does what it says, to what they were told of, and is confirmed in a line."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.base import NotificationKind, Reason, Recipient, Role, Severity
from monitor.jobs import acting, away, escalating, full_words, rounds
from monitor.jobs.acting import Actor
from monitor.jobs.retelling import teller
from monitor.store import history, incidents, mentions, outbox, stepped_back
from tests.journeys.play import INSULT, THREAT, Play
from tests.journeys.post import Desk
from tests.monitor.jobs.test_replying import NOON, found, story
from tests.monitor.store.given import speak

GRUMBLE = "Homework at Holm Nook Primary is far too much for reception, I have made a complaint."
OTHER_GRUMBLE = "The fence by Holm Nook Primary is broken again and I have complained to the council twice."
DISCLOSURE = (
    "My friend at Holm Nook Primary says her uncle hits her every night and she has bruises all over."
)
MAYBE = "Anyone know what happened by Holm Nook today?"
HEAD = Recipient(address="head@school.test", roles=(Role.HEAD,))
DSL = Recipient(address="dsl@school.test", roles=(Role.DSL,))
HIDDEN = "There is no story {} that you could act on."


@pytest.fixture
def threat(desk: Desk) -> Desk:
    """A critical story of which head and DSL were told."""
    return found(desk, THREAT)


def test_done_closes_with_an_outcome_and_tells_the_others(threat: Desk) -> None:
    told = threat.say("head", "Done, answered")
    assert story(threat.play).outcome == "answered"
    assert told.startswith("R1 is closed: answered.")
    assert "was closed by the head" in threat.mail("dsl").message.text


def test_not_us_later_and_reopen_do_what_they_say(threat: Desk) -> None:
    assert "closed: not us" in threat.say("dsl", "not us")
    assert "open again" in threat.say("head", "reopen")
    assert "taken" in threat.say("head", "mine")
    assert "You will be reminded of R1" in threat.say("head", "later Friday")
    assert story(threat.play).snoozed_until is not None


def test_a_thank_you_to_a_critical_one_is_no_answer_but_stops_the_calls(threat: Desk) -> None:
    told = threat.say("head", "Thanks, ringing her now")
    assert told.startswith("Counted as: you have seen R1 and are on it.")
    assert (story(threat.play).owner, story(threat.play).closed_at) == ("head", None)
    assert escalating.escalate(threat.play.app, NOON + timedelta(hours=2)) == 0


def test_whoever_says_that_they_cannot_holds_nobody_up_and_is_told_what_to_say(threat: Desk) -> None:
    told = threat.say("head", "Sorry, I’m in hospital, can’t do this")
    assert told.startswith("Your words were not understood, so nothing was changed.")
    assert "Nobody counts as being on it. If you are, reply “mine”" in told
    assert "Reply to this mail with:" in told
    assert story(threat.play).owner == ""
    assert escalating.escalate(threat.play.app, NOON + timedelta(hours=2)) > 0


def test_a_thank_you_takes_nothing_from_whoever_has_taken_charge(threat: Desk) -> None:
    threat.say("dsl", "mine")
    assert "has been taken by the DSL already" in threat.say("head", "Thanks, I have seen it")
    assert story(threat.play).owner == "dsl"
    assert "as before" in threat.say("dsl", "Thanks, I am talking to them")


def test_saying_it_twice_changes_nothing_and_says_so(threat: Desk) -> None:
    threat.say("head", "mine")
    assert "it was so already" in threat.say("head", "mine, as I said")
    assert "it was so already" in threat.say("head", "mine", sent_at=NOON + timedelta(minutes=5))


def test_two_leads_lower_a_critical_story(threat: Desk) -> None:
    assert "another lead" in threat.say("head", "should be low")
    assert story(threat.play).severity is Severity.CRITICAL
    assert "graded low" in threat.say("dsl", "should be low")
    assert story(threat.play).severity is Severity.LOW


def test_somebody_else_is_asked_by_reply(threat: Desk) -> None:
    assert "DSL" in threat.say("head", "assign dsl")
    assert story(threat.play).assigned_to == "dsl"


def test_words_that_are_not_understood_change_nothing_and_are_answered_three_times_a_day(desk: Desk) -> None:
    found(desk, GRUMBLE)
    told = [desk.say("head", "done") for _ in range(5)]
    assert [bool(one) for one in told] == [True, True, True, False, False]
    assert "Reply to this mail with:" in told[0]
    assert desk.outcomes() == {"puzzle": 5}
    assert story(desk.play).owner == ""


def test_what_nobody_told_them_does_not_exist_for_them(desk: Desk) -> None:
    bundled(desk)
    desk.play.clock.now = NOON
    desk.play.publish("press", ("t1", THREAT))
    desk.play.poll()
    desk.send()
    with desk.play.app.store.read() as tx:
        grave = max(one.id for one in incidents.listing(tx))
    mail = desk.mail("office", 0)

    for words in (f"mine R{grave}", f"done R{grave} answered"):
        assert desk.say("office", words, mail=mail).startswith(HIDDEN.format(f"R{grave}"))
    assert desk.say("office", "mine R99", mail=mail).startswith(HIDDEN.format("R99"))
    desk.say("office", f"mine R{'9' * 40}", mail=mail)
    assert story(desk.play, grave).owner == ""


def test_whom_it_is_about_reads_the_same_line_as_for_a_story_that_is_none(threat: Desk) -> None:
    with threat.play.app.store.write() as tx:
        tx.connection.exec_driver_sql(
            "UPDATE mention SET text = 'The headteacher at Holm Nook Primary hit my lad, I will smash his face in'"
        )
    assert threat.say("head", "not us").startswith(HIDDEN.format("R1"))
    assert story(threat.play).closed_at is None
    assert threat.outcomes() == {"refused": 1}


def test_a_machine_that_looks_like_a_person_is_not_answered_for_ever(threat: Desk) -> None:
    told = [
        threat.say("head", "mine" if number % 2 else "reopen", sent_at=NOON + timedelta(minutes=number))
        for number in range(24)
    ]
    assert sum(map(bool, told)) == 20


def test_whoever_is_involved_hears_no_more_and_the_next_hears_at_once(threat: Desk) -> None:
    threat.say("head", "mine")
    told = threat.say("head", "conflict")

    assert told.startswith("You are left out of R1 from now on.")
    assert story(threat.play).owner == ""
    assert "personally involved" in threat.mail("chair").message.text
    assert "given back by the head" in threat.mail("dsl").message.text
    assert [event.what for event in _events(threat.play) if event.by == "head"][-1] == "conflict"

    before = len(threat.play.channel.sent)
    escalating.escalate(threat.play.app, NOON + timedelta(hours=2))
    threat.send()
    later = [sent.to.address for sent in threat.play.channel.sent[before:]]
    assert later
    assert "head@school.test" not in later
    for words in ("done answered", "reopen", "words", "mine"):
        assert threat.say("head", words, mail=threat.mail("head", 0)).startswith(HIDDEN.format("R1")), words


def test_whoever_is_involved_is_left_out_of_what_is_found_later_too(threat: Desk) -> None:
    threat.say("head", "conflict")
    play, row = threat.play, story(threat.play)
    payload = teller(play.app.config.schools["holm-nook"].settings)
    with play.app.store.write() as tx:
        alert = payload.alert(tx, row, (), reason=Reason.WORSENED)
        new = speak(row.subject_key, to=(HEAD, DSL), payload=alert, school="holm-nook", not_before=NOON)
        outbox.add(tx, new, "", NOON)
    before = len(play.channel.sent)
    threat.send()
    assert {sent.to.address for sent in play.channel.sent[before:]} == {
        "dsl@school.test",
        "chair@school.test",
    }


def test_involved_twice_is_said_once(threat: Desk) -> None:
    threat.say("head", "conflict")
    with threat.play.app.store.read() as tx:
        assert stepped_back.addresses(tx, 1) == {"head@school.test"}
        row = incidents.get(tx, 1)
        assert row is not None
    with threat.play.app.store.write() as tx:
        assert not stepped_back.add(tx, 1, "Head@school.test", (), NOON)


def _events(play: Play) -> Any:
    with play.app.store.read() as tx:
        return incidents.events(tx, 1)


def test_full_words_go_to_the_lead_who_asked_and_into_no_row(desk: Desk) -> None:
    found(desk, DISCLOSURE)
    desk.say("head", "words")

    sent = desk.mail("head")
    assert sent.message.subject == "Holm Nook R1: the full words"
    assert DISCLOSURE in " ".join(sent.message.text.split())
    assert "bruises" not in _payloads(desk.play, NotificationKind.ANSWER)
    assert "read in full by the head" in desk.mail("dsl").message.text
    assert [event.by for event in _events(desk.play) if event.what == "words"] == ["head"]


def _payloads(play: Play, kind: NotificationKind) -> str:
    with play.app.store.read() as tx:
        rows = tx.connection.exec_driver_sql(
            "SELECT payload FROM notification WHERE kind = ?", (kind.value,)
        ).all()
    return str(rows)


def test_full_words_that_were_purged_are_said_to_be_gone(desk: Desk) -> None:
    found(desk, DISCLOSURE)
    desk.reply("head", "words")
    desk.read()
    with desk.play.app.store.write() as tx:
        tx.connection.exec_driver_sql("UPDATE mention SET text = '', title = ''")
    desk.send()
    assert "no longer kept" in desk.mail("head").message.text


def test_full_words_of_a_post_with_imagery_are_sent_to_nobody(desk: Desk) -> None:
    found(desk, DISCLOSURE)
    with desk.play.app.store.write() as tx:
        tx.connection.exec_driver_sql("UPDATE mention SET imagery = 1")
    desk.say("head", "words")
    assert "bruises" not in desk.mail("head").message.text + desk.mail("head").message.html
    with desk.play.app.store.read() as tx:
        post = mentions.get(tx, 1)
    assert post is not None
    assert (full_words._whole(post).text, full_words._whole(post).url) == ("", "")


def test_a_chair_who_hears_in_place_of_the_head_gets_no_full_words(desk: Desk) -> None:
    found(desk, "The headteacher at Holm Nook Primary hit my lad in assembly and everyone saw it.")
    told = desk.say("chair", "words")
    assert told.startswith("The full words of R1 are for the safeguarding leads who were told of it.")
    assert "assembly" not in told
    assert not [event for event in _events(desk.play) if event.what == "words"]


def test_a_chair_who_knows_the_category_alone_may_only_take_it(threat: Desk) -> None:
    escalating.escalate(threat.play.app, NOON + timedelta(minutes=31))
    threat.play.clock.advance(timedelta(minutes=31))
    threat.send()
    assert "for the safeguarding leads" in threat.say("chair", "words")
    assert "for the safeguarding leads" in threat.say("chair", "not us")
    assert story(threat.play).closed_at is None
    assert "You have taken R1" in threat.say("chair", "mine")


def test_away_until_a_day_holds_like_the_school_file_and_names_who_hears(threat: Desk) -> None:
    told = threat.say("head", "away until 4 December")
    assert "You are away until Friday 4 December 2026, that day included. The DSL still hears" in told
    assert threat.outcomes() == {"away": 1}

    threat.play.app = away.taken_up(threat.play.app)
    assert away.taken_up(threat.play.app) is threat.play.app
    threat.play.clock.advance(timedelta(days=1))
    before = len(threat.play.channel.sent)
    threat.play.publish("blog", ("b1", INSULT.replace("cow", "liar")))
    threat.play.poll()
    threat.send()
    told_of_it = {sent.to.address for sent in threat.play.channel.sent[before:]}
    assert told_of_it
    assert "head@school.test" not in told_of_it

    assert "Welcome back" in threat.say("head", "back", mail=threat.mail("head", 0))
    threat.play.app = away.taken_up(threat.play.app)
    assert threat.play.app.config.schools["holm-nook"].settings.person[0].away == ()
    assert "You were not away" in threat.say("head", "back", mail=threat.mail("head", 0), digest="another")


def test_an_absence_survives_a_restart_and_a_reload(threat: Desk) -> None:
    threat.say("head", "away until 4 December")
    play = threat.play
    fresh = dataclasses.replace(play.app, absences={}, configured=None)
    person = away.taken_up(fresh).config.schools["holm-nook"].settings.person[0]
    assert [day.isoformat() for day in person.away[0]] == ["2026-11-25", "2026-12-04"]
    renewed = away.taken_up(play.app).renewed(play.app.config)
    assert renewed.absences == {}
    assert renewed.config.schools["holm-nook"].settings.person[0].away == ()
    renewed.channel.close()


def test_nobody_is_away_if_nobody_would_hear_of_a_critical_post(threat: Desk) -> None:
    assert "You are away" in threat.say("head", "away until 4 December")
    assert "You are away" in threat.say("chair", "away until 30 November", mail=_told_to_chair(threat))
    refused = threat.say("dsl", "away until 2 December")
    assert "nobody would be there to hear of an urgent post" in refused
    with threat.play.app.store.read() as tx:
        settings = threat.play.app.config.schools["holm-nook"].settings
        present = away.present(settings, tx, "holm-nook")
    assert [bool(one.away) for one in present.person] == [True, False, False, True]


def _told_to_chair(desk: Desk) -> Any:
    escalating.escalate(desk.play.app, NOON + timedelta(minutes=31))
    desk.play.clock.advance(timedelta(minutes=31))
    desk.send()
    return desk.mail("chair", 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [("away until 4 December 2031", "more than a year"), ("away until Octember", "")],
)
def test_a_day_that_cannot_be_meant_is_asked_again(threat: Desk, words: str, told: str) -> None:
    assert told in threat.say("head", words)
    with threat.play.app.store.read() as tx:
        settings = threat.play.app.config.schools["holm-nook"].settings
        assert not away.present(settings, tx, "holm-nook").person[0].away


def bundled(desk: Desk) -> Desk:
    """A morning's bundle to the office: two grumbles, or a post that may be about us."""
    desk.play.clock.now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    rounds.run_round(desk.play.app, everything=False, tell=lambda _: None)
    desk.play.publish("press", ("m1", MAYBE))
    desk.play.publish("blog", ("g1", GRUMBLE), ("g2", OTHER_GRUMBLE))
    desk.play.clock.now = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
    rounds.run_round(desk.play.app, everything=False, tell=lambda _: None)
    desk.play.clock.now = datetime(2026, 11, 25, 7, 31, tzinfo=UTC)
    rounds.run_round(desk.play.app, everything=False, tell=lambda _: None)
    return desk


def _bundle(desk: Desk) -> Any:
    mails = [sent for sent in desk.play.channel.sent if " today: " in sent.message.subject]
    assert mails
    return mails


def test_a_post_that_may_be_about_us_is_taken_or_waved_off_by_its_number(desk: Desk) -> None:
    bundled(desk)
    [mail] = [sent for sent in _bundle(desk) if "Maybe" in sent.message.html]
    who = mail.to.address.partition("@")[0]
    ref = next(word for word in mail.message.text.split() if word.startswith("M") and word[1:].isdigit())

    told = desk.say(who, f"mine {ref}", mail=mail)

    with desk.play.app.store.read() as tx:
        post = mentions.get(tx, int(ref[1:]))
    assert post is not None
    assert post.incident_id is not None
    assert told.startswith(f"{ref} is the story R{post.incident_id} from now on.")
    assert story(desk.play, post.incident_id).owner == who
    assert "closed: not us" in desk.say(who, f"not us {ref}", mail=mail)


def test_a_post_that_is_not_about_us_is_marked_and_nobody_is_told(desk: Desk) -> None:
    bundled(desk)
    [mail] = [sent for sent in _bundle(desk) if "Maybe" in sent.message.html]
    who = mail.to.address.partition("@")[0]
    ref = next(word for word in mail.message.text.split() if word.startswith("M") and word[1:].isdigit())
    before = len(desk.play.channel.sent)

    assert desk.say(who, f"not us {ref}", mail=mail).startswith(f"{ref} is marked: not us.")

    assert len(desk.play.channel.sent) == before + 1
    with desk.play.app.store.read() as tx:
        past = history.history(tx, "holm-nook")
    assert [one.id for one in past.mentions if one.not_us] == [int(ref[1:])]


def test_a_post_is_judged_only_by_whoever_was_asked_to(desk: Desk) -> None:
    bundled(desk)
    [mail] = [sent for sent in _bundle(desk) if "Maybe" in sent.message.html]
    ref = next(word for word in mail.message.text.split() if word.startswith("M") and word[1:].isdigit())
    other = next(sent for sent in desk.play.channel.sent if sent.to != mail.to)
    told = desk.say("head", f"not us {ref}", mail=other)
    assert f"There is no post {ref} that you could act on." in told


def test_a_reply_to_a_bundle_says_which_story_it_means(desk: Desk) -> None:
    bundled(desk)
    mail = next(sent for sent in _bundle(desk) if sent.message.text.count("mine R") > 1)
    who = mail.to.address.partition("@")[0]
    assert "please say which" in desk.say(who, "mine", mail=mail)
    assert {story(desk.play, number).owner for number in (1, 2)} == {""}

    told = desk.say(who, "mine R1 R2", mail=mail)
    assert "You have taken R1:" in told
    assert "You have taken R2:" in told


def test_whoever_acts_from_the_computer_names_a_post_too(desk: Desk) -> None:
    from monitor.jobs import posts

    bundled(desk)
    with desk.play.app.store.write() as tx:
        [number] = [row.id for row in mentions.listing(tx) if row.incident_id is None]
        actor = Actor(by="office", via=acting.COMMAND_LINE)
        acted = posts.act(desk.play.app.config, tx, number, "take", actor, NOON)
    assert acted.said.startswith(f"M{number} is the story R")
