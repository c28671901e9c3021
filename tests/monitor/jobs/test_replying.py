"""A reply counts if it is somebody's own, once; everything else changes nothing and is counted."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.base import Severity
from monitor.errors import StoreBusy
from monitor.facts import IncidentRow
from monitor.jobs import answering, replying, reporting
from monitor.store import health, incidents, letters
from sources.errors import Unreachable
from sources.letter import Report
from tests.journeys.play import THREAT, Play
from tests.journeys.post import BOX, Desk

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def threat(desk: Desk) -> Desk:
    """A critical story of which head and DSL were told."""
    return found(desk, THREAT)


def found(desk: Desk, text: str, at: datetime = NOON) -> Desk:
    desk.play.clock.now = at
    desk.play.publish("press", ("t1", text))
    desk.play.poll()
    desk.send()
    return desk


def story(play: Play, number: int = 1) -> IncidentRow:
    with play.app.store.read() as tx:
        row = incidents.get(tx, number)
    assert row is not None
    return row


def test_whoever_replies_mine_has_taken_the_story_and_is_told_so(threat: Desk) -> None:
    told = threat.say("head", "Mine")

    assert story(threat.play).owner == "head"
    assert told.startswith("You have taken R1:")
    assert threat.outcomes() == {"take": 1}
    assert threat.mail("head").message.headers["References"].split()[0] == threat.mail("head", 0).key
    assert threat.mail("head").message.headers["Auto-Submitted"] == "auto-generated"
    assert "taken by the head" in threat.mail("dsl").message.text


def test_every_mail_asks_for_answers_at_an_address_of_its_own(threat: Desk) -> None:
    asked = {sent.message.headers["Reply-To"] for sent in threat.play.channel.sent}
    assert len(asked) == len(threat.play.channel.sent) == 2
    for address in asked:
        assert address.startswith("box+")
        assert len(address) == len(BOX) + 27


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({"sender": "parent@elsewhere.test"}, "forged"),
        ({"sender": "dsl@school.test"}, "forged"),
        ({"to": (f"box+{'A' * 26}@school.test",), "text": "mine"}, "forged"),
        ({"headers": {"auto-submitted": "auto-replied"}}, "out of office"),
        ({"headers": {"precedence": "bulk"}}, None),
        ({"text": ""}, None),
    ],
    ids=["a stranger", "somebody else's code", "a made-up code", "automatic", "bulk", "no words"],
)
def test_what_is_not_surely_theirs_changes_nothing(
    threat: Desk, change: dict[str, Any], counted: str | None
) -> None:
    assert threat.say("head", "mine", **change) == ""

    assert story(threat.play).owner == ""
    assert not {"take", "puzzle"} & set(threat.outcomes())
    if counted:
        assert (threat.outcomes()) == {counted: 1}


def test_a_code_is_good_for_sixty_days(threat: Desk) -> None:
    mail = threat.mail("head")
    threat.play.clock.advance(timedelta(days=61))
    threat.say("head", "mine", mail=mail)
    assert (story(threat.play).owner, threat.outcomes()) == ("", {"expired": 1})

    threat.play.clock.advance(timedelta(days=-2))
    threat.say("head", "mine", mail=mail)
    assert story(threat.play).owner == "head"


def without(play: Play, mail: str) -> None:
    """Somebody is taken out of the school file."""
    school = play.app.config.schools["holm-nook"]
    rest = tuple(one for one in school.settings.person if one.mail != mail)
    settings = school.settings.model_copy(update={"person": rest})
    changed = {"holm-nook": dataclasses.replace(school, settings=settings)}
    play.app = dataclasses.replace(play.app, config=dataclasses.replace(play.app.config, schools=changed))


def test_whoever_has_left_acts_no_more(threat: Desk) -> None:
    without(threat.play, "head@school.test")
    threat.say("head", "mine")
    assert (story(threat.play).owner, threat.outcomes()) == ("", {"stranger": 1})


def also(play: Play, mail: str, other: str) -> None:
    """Somebody may answer from another address."""
    school = play.app.config.schools["holm-nook"]
    persons = tuple(
        one.model_copy(update={"also": (other,)}) if one.mail == mail else one
        for one in school.settings.person
    )
    settings = school.settings.model_copy(update={"person": persons})
    changed = {"holm-nook": dataclasses.replace(school, settings=settings)}
    play.app = dataclasses.replace(play.app, config=dataclasses.replace(play.app.config, schools=changed))


def test_a_person_may_answer_from_another_address_of_theirs(threat: Desk) -> None:
    also(threat.play, "head@school.test", "Jo@Home.test")
    threat.reply("head", "mine", sender="jo@home.test")
    threat.read()
    assert story(threat.play).owner == "head"


def test_an_address_that_one_school_names_proves_nothing_to_another(threat: Desk) -> None:
    alone = threat.play.app.config.schools["holm-nook"]
    also(threat.play, "head@school.test", "jo@home.test")
    other = dataclasses.replace(threat.play.app.config.schools["holm-nook"], slug="moor-nook")
    schools = {"holm-nook": alone, "moor-nook": other}
    threat.play.app = dataclasses.replace(
        threat.play.app, config=dataclasses.replace(threat.play.app.config, schools=schools)
    )
    threat.reply("head", "mine", sender="jo@home.test")
    threat.read()
    assert (story(threat.play).owner, threat.outcomes()) == ("", {"stranger": 1})


def test_nobody_else_answers_from_that_address(threat: Desk) -> None:
    also(threat.play, "dsl@school.test", "jo@home.test")
    threat.reply("head", "mine", sender="jo@home.test")
    threat.read()
    assert (story(threat.play).owner, threat.outcomes()) == ("", {"forged": 1})


@pytest.mark.parametrize("same", ["digest", "message_id", "words and date"])
def test_a_letter_that_is_sent_again_changes_nothing(threat: Desk, same: str) -> None:
    first = threat.reply("head", "mine")
    threat.read()
    with threat.play.app.store.write() as tx:
        incidents.reopen(tx, 1, by="dsl", via="test", now=NOON)
        incidents.give_up(tx, 1, names=("head",))
    change = {
        "digest": {},
        "message_id": {"digest": "other", "sent_at": NOON - timedelta(hours=1)},
        "words and date": {"digest": "other", "message_id": "<other@phone.test>"},
    }[same]
    threat.post.letters_there.append(dataclasses.replace(first, **change))  # type: ignore[arg-type]  # a table

    threat.read()

    assert story(threat.play).owner == ""
    assert threat.outcomes().get("take") == 1


def test_nobody_uses_up_the_name_of_somebody_elses_letter(threat: Desk) -> None:
    threat.reply("head", "mine", sender="evil@elsewhere.test", message_id="<known@phone.test>")
    threat.reply("head", "mine", message_id="<known@phone.test>")
    threat.read()
    assert story(threat.play).owner == "head"


def test_letters_that_are_numbered_anew_are_known(threat: Desk) -> None:
    threat.reply("head", "mine")
    threat.read()
    threat.post.validity = 8
    assert threat.read() == replying.Reading()
    assert threat.outcomes() == {"take": 1}
    with threat.play.app.store.read() as tx:
        assert letters.read_to(tx) == {"validity": 8, "below": 1, "done": []}


def test_nothing_of_a_letter_is_stored_but_digests_and_what_came_of_it(threat: Desk) -> None:
    threat.reply("head", "conflict\n\nIt was the xylophone.", subject="Re: xylophone")
    threat.read()
    with threat.play.app.store.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT * FROM letter").all()
    assert threat.outcomes() == {"conflict": 1}
    assert "school.test" not in str(rows)
    assert b"xylophone" not in (threat.play.app.config.state / "monitor.db").read_bytes()
    assert b"xylophone" not in (threat.play.app.config.state / "monitor.db-wal").read_bytes()


def test_a_mailbox_that_fails_is_told_after_half_an_hour_and_forgiven(threat: Desk) -> None:
    threat.post.failures = [Unreachable("the mail server does not answer"), Unreachable("still not")]
    assert threat.read().error
    threat.play.clock.advance(timedelta(minutes=31))
    assert threat.read().error
    ill = [one.what for one in reporting.current_ailments(threat.play.app, threat.play.clock())]
    assert "Replies have not been read for 31 min: still not" in ill

    threat.read()
    with threat.play.app.store.read() as tx:
        assert not health.is_deaf(tx)


def test_a_house_without_a_mailbox_reads_nothing_and_is_not_deaf(play: Play) -> None:
    replying.note_stuck(play.app, NOON)
    assert replying.read_replies(play.app, NOON) == replying.Reading()
    with play.app.store.read() as tx:
        assert not health.is_deaf(tx)


def test_a_letter_that_breaks_us_is_set_aside_and_the_next_is_read(
    threat: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = answering.answer
    calls: list[int] = []

    def breaks(*args: Any) -> answering.Done:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError
        return real(*args)

    monkeypatch.setattr(answering, "answer", breaks)
    threat.reply("head", "mine")
    threat.reply("dsl", "mine")
    threat.read()
    assert threat.outcomes() == {"our fault": 1, "take": 1}
    assert threat.read() == replying.Reading()


def test_a_database_that_is_busy_loses_no_letter(threat: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy("locked")

    threat.reply("head", "mine")
    with monkeypatch.context() as patch:
        patch.setattr(letters, "note", busy)
        assert replying.guarded_read(threat.play.app, NOON).error == "locked"
    assert story(threat.play).owner == ""
    threat.read()
    assert story(threat.play).owner == "head"


def test_a_bug_of_ours_does_not_stop_the_watch(threat: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "_heard", lambda app: 1 / 0)
    assert "ZeroDivisionError" in replying.guarded_read(threat.play.app, NOON).error


def test_old_letters_are_deleted_once_a_night(threat: Desk) -> None:
    threat.play.clock.now = NOON.replace(hour=1)
    threat.read()
    assert threat.post.purged == []
    threat.play.clock.now = NOON.replace(hour=4)
    threat.read()
    threat.play.clock.advance(timedelta(hours=9))
    threat.read()
    assert threat.post.purged == [NOON.replace(hour=4) - timedelta(days=30)]


def test_letters_are_forgotten_when_no_mailbox_holds_them_any_more(threat: Desk) -> None:
    threat.reply("head", "mine")
    threat.read()
    with threat.play.app.store.write() as tx:
        assert letters.purge(tx, NOON + timedelta(days=399)) == 0
        assert letters.purge(tx, NOON + timedelta(days=401)) == 1


def bounced(desk: Desk, who: str, action: str = "failed") -> None:
    sent = desk.mail(who)
    report = Report(recipient=sent.to.address, action=action, status="5.1.1")
    desk.reply(
        who,
        "",
        text="",
        to=("alerts@school.test",),
        sender="mailer-daemon@school.test",
        parents=(sent.key,),
        reports=(report,),
        headers={"content-type": "multipart/report"},
    )
    desk.read()


def test_what_comes_back_moves_the_ladder_and_is_told_until_one_gets_through(threat: Desk) -> None:
    from monitor.jobs import escalating

    bounced(threat, "head")
    assert threat.outcomes() == {"bounce": 1}
    ill = [one.what for one in reporting.current_ailments(threat.play.app, NOON)]
    assert "Mails to the head are accepted and come back (5.1.1)" in ill
    assert escalating.escalate(threat.play.app, NOON) == 1
    assert escalating.escalate(threat.play.app, NOON + timedelta(minutes=14)) == 0
    threat.play.clock.advance(timedelta(minutes=1))
    threat.send()

    later = NOON + timedelta(hours=2)
    ill = [one.what for one in reporting.current_ailments(threat.play.app, later)]
    assert not [what for what in ill if "come back" in what]


def test_a_dead_address_does_not_race_a_ladder_to_its_end(threat: Desk) -> None:
    from monitor.jobs import escalating

    bounced(threat, "head")
    escalating.escalate(threat.play.app, NOON)
    threat.send()
    bounced(threat, "head")
    assert threat.outcomes() == {"bounce": 2}
    assert escalating.escalate(threat.play.app, NOON + timedelta(minutes=1)) == 0


def test_what_is_only_late_is_counted(threat: Desk) -> None:
    bounced(threat, "head", "delayed")
    assert threat.outcomes() == {"delayed": 1}


def test_a_report_about_somebody_elses_mail_is_nothing(threat: Desk) -> None:
    sent = threat.mail("head")
    report = Report(recipient="other@school.test", action="failed", status="5.1.1")
    threat.reply(
        "head",
        "",
        text="",
        to=("alerts@school.test",),
        sender="mailer-daemon@evil.test",
        parents=(sent.key,),
        reports=(report,),
        headers={"content-type": "multipart/report"},
    )
    threat.read()
    assert threat.outcomes() == {"unknown report": 1}


def test_an_automatic_answer_moves_the_ladder_once_for_each_person(threat: Desk) -> None:
    from monitor.jobs import escalating

    away = {"headers": {"auto-submitted": "auto-replied", "x-autoreply": "yes"}}
    threat.reply("head", "I am on holiday until Monday.", subject="Automatic reply: URGENT", **away)
    threat.reply("head", "I am on holiday until Tuesday.", subject="Automatic reply: URGENT", **away)
    threat.read()
    assert threat.outcomes() == {"out of office": 2}
    assert escalating.escalate(threat.play.app, NOON) == 1
    assert escalating.escalate(threat.play.app, NOON + timedelta(minutes=14)) == 0
    with threat.play.app.store.read() as tx:
        told = [event.detail for event in incidents.events(tx, 1) if event.what == "away"]
    assert told == ["the head is away (automatic answer)"]
    assert story(threat.play).severity is Severity.CRITICAL
