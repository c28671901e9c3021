"""Whoever is told of a critical story by mail is woken in the same moment, with a line in which nothing of it stands."""

from __future__ import annotations

import dataclasses
import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from alerts.base import Alert, Category, Item, NotificationKind, Reason, Recipient, Role, Severity, Voice
from alerts.errors import Deferred, Misconfigured
from monitor.errors import StoreBusy
from monitor.jobs import delivering, drilling, escalating, unsaved, waking
from monitor.jobs.acting import Actor, act
from monitor.jobs.retelling import teller
from monitor.model import WAKE, DeliveryTask, NewNotification
from monitor.store import Store, backlog, digests, health, incidents, outbox, owed, sentlog
from monitor.store.backup import backup
from monitor.store.tables import delivery
from tests.journeys.play import INSULT, SCHOOL, THREAT, Play
from tests.monitor.jobs.wakeful import DSL, DUTY, HEAD, NIGHT, RecordingWaker, by_address, secret, wakeful

AT_NIGHT = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LINE = "Holm Nook: urgent mail waiting, R1"


def _found(play: Play, text: str = THREAT, *, deliver: bool = True) -> None:
    play.clock.now = AT_NIGHT
    play.publish("press", ("t1", text))
    play.poll()
    if deliver:
        _now(play)


def _now(play: Play) -> None:
    """What the engine does on a beat: wake, then mail."""
    waking.wake_all(play.app, play.clock())
    delivering.deliver_all(play.app, play.clock())


def _minutes(play: Play, many: int, waker: RecordingWaker) -> dict[str, list[str]]:
    """Who is woken within these minutes, by London clock."""
    woken: dict[str, list[str]] = {}
    for _ in range(many):
        before = len(waker.said)
        play.clock.advance(MINUTE)
        escalating.escalate(play.app, play.clock())
        _now(play)
        if len(waker.said) > before:
            woken[f"{play.clock():%H:%M}"] = sorted(url for url, _ in waker.said[before:])
    return woken


def _rows(play: Play, state: str = "") -> list[tuple[str, str, str]]:
    with play.app.store.read() as tx:
        found = tx.connection.execute(
            select(delivery.c.recipient, delivery.c.state, delivery.c.error)
            .where(delivery.c.channel == WAKE)
            .order_by(delivery.c.id)
        ).all()
    return [(row.recipient, row.state, row.error) for row in found if not state or row.state == state]


def test_each_lead_is_woken_over_their_own_list_and_everybody_else_over_that_of_all(play: Play) -> None:
    waker = wakeful(play, duty=DUTY, head=f"# telephone\n{HEAD}\n{HEAD}2\n")

    _found(play)

    assert by_address(waker.said) == {HEAD: [LINE], f"{HEAD}2": [LINE], DUTY: [LINE]}
    assert sorted(to for to, _ in play.subjects) == ["dsl", "head"]
    assert _rows(play) == [("head@school.test", "sent", ""), ("on duty", "sent", "")]


def test_without_a_list_nobody_is_woken_and_nothing_waits(play: Play) -> None:
    waker = wakeful(play, dsl=DSL)
    _found(play)
    assert by_address(waker.said) == {DSL: [LINE]}
    nobody = wakeful(play)

    _minutes(play, 60, nobody)

    assert (nobody.said, len(_rows(play))) == ([], 1)


@pytest.mark.parametrize("text", [INSULT, "Thank you to Holm Nook Primary for a lovely sports day."])
def test_nothing_less_than_critical_wakes_anybody(play: Play, text: str) -> None:
    waker = wakeful(play, duty=DUTY)
    _found(play, text)

    play.clock.advance(timedelta(hours=9))
    play.deliver()
    _now(play)

    assert waker.said == []


def test_the_ladder_wakes_who_joins_it_in_the_same_minutes_as_its_mails(play: Play) -> None:
    waker = wakeful(play, head=HEAD, dsl=DSL, chair="json://chair.test", night=NIGHT)
    _found(play)
    waker.said.clear()

    woken = _minutes(play, 65, waker)

    leads, all_but_night = [DSL, HEAD], ["json://chair.test", DSL, HEAD]
    assert woken == {"02:25": leads, "02:40": all_but_night, "03:10": sorted([*all_but_night, NIGHT])}


def test_two_mails_of_one_step_wake_the_shared_list_once(play: Play) -> None:
    waker = wakeful(play, duty=DUTY)
    _found(play)
    waker.said.clear()

    assert _minutes(play, 31, waker) == {"02:25": [DUTY], "02:40": [DUTY]}


@pytest.mark.parametrize("verb", ["take", "close", "not_us"])
def test_whoever_takes_or_closes_it_ends_it_even_for_a_wake_up_that_waits(play: Play, verb: str) -> None:
    waker = wakeful(play, head=HEAD, dsl=DSL)
    waker.whys[DSL] = "the service answered 500"
    _found(play)
    assert _rows(play, "pending")
    how = {"outcome": "answered", "note": ""} if verb == "close" else {}
    with play.app.store.write() as tx:
        act(play.app.config, tx, 1, verb, Actor(by="head", via="test"), play.clock() + MINUTE, **how)  # type: ignore[arg-type]  # one of the verbs
    waker.whys.clear()
    waker.said.clear()

    assert _minutes(play, 120, waker) == {}
    assert [(to, state) for to, state, _ in _rows(play)] == [
        ("head@school.test", "sent"),
        ("dsl@school.test", "cancelled"),
    ]


@pytest.mark.parametrize(
    ("reason", "owner", "woken"),
    [(Reason.GREW, "head", False), (Reason.WORSENED, "head", True), (Reason.GREW, "", True)],
    ids=["more of it, and taken", "worse, though taken", "more of it, and nobody's"],
)
def test_whoever_took_a_story_is_spared_more_of_it_and_not_what_makes_it_worse(
    play: Play, reason: Reason, owner: str, *, woken: bool
) -> None:
    waker = wakeful(play, duty=DUTY)
    _found(play)
    waker.said.clear()
    if owner:
        with play.app.store.write() as tx:
            incidents.take(tx, 1, by=owner, via="test", now=play.clock())
    play.clock.advance(MINUTE)

    _say(play, reason)
    _now(play)

    assert [line for _, line in waker.said] == [LINE] * woken


def _say(
    play: Play, reason: Reason, *, kind: NotificationKind = NotificationKind.ALERT, voice: Voice = ""
) -> None:
    """Queue one more mail about the story."""
    school = play.app.config.schools["holm-nook"].settings
    with play.app.store.write() as tx:
        story = incidents.get(tx, 1)
        assert story is not None
        new = NewNotification(
            school="holm-nook",
            incident=story.subject_key,
            kind=kind,
            reason=reason,
            severity=Severity.CRITICAL,
            payload=teller(school).alert(tx, story, (), reason=reason, voice=voice),
            recipients=(Recipient(address="dsl@school.test", roles=(Role.DSL,)),),
            not_before=play.clock(),
        )
        outbox.add(tx, new, "", play.clock())


def test_a_reminder_that_the_time_is_nearly_over_wakes_nobody(play: Play) -> None:
    waker = wakeful(play, duty=DUTY)
    _found(play)
    waker.said.clear()

    _say(play, Reason.REMINDER, kind=NotificationKind.REMINDER, voice="due")
    _now(play)

    assert waker.said == []


def test_what_fails_is_tried_again_and_given_up_after_two_hours(play: Play) -> None:
    waker = wakeful(play, head=HEAD, dsl=DSL)
    waker.whys[DSL] = "the service answered 500"
    _found(play)
    tried = []
    for _ in range(150):
        play.clock.advance(MINUTE)
        before = len(waker.graves)
        waking.wake_all(play.app, play.clock())
        tried += [f"{play.clock():%H:%M}"] * (len(waker.graves) - before)

    assert tried[:6] == ["02:11", "02:13", "02:17", "02:25", "02:35", "02:45"]
    assert "04:00" < tried[-1] <= "04:10"
    assert _rows(play, "dead") == [("dsl@school.test", "dead", "dsl-wake, line 1: the service answered 500")]
    assert by_address(waker.said) == {HEAD: [LINE]}


def test_a_list_of_which_one_way_failed_is_not_said_again_over_the_other(play: Play) -> None:
    waker = wakeful(play, head=f"{HEAD}\n{HEAD}2\n", dsl=DSL)
    waker.whys[f"{HEAD}2"] = "no answer in time"
    _found(play)
    assert _rows(play, "pending") == [("head@school.test", "pending", "head-wake, line 2: no answer in time")]

    waker.whys.clear()
    play.clock.advance(MINUTE)
    waking.wake_all(play.app, play.clock())

    assert by_address(waker.said) == {HEAD: [LINE], f"{HEAD}2": [LINE], DSL: [LINE]}
    assert not _rows(play, "pending")


def test_two_people_with_one_telephone_hear_it_ring_once(play: Play) -> None:
    waker = wakeful(play, head=HEAD, dsl=HEAD)

    _found(play)

    assert waker.said == [(HEAD, LINE)]
    assert [state for _, state, _ in _rows(play)] == ["sent", "sent"]


def test_a_crash_between_saying_and_settling_says_it_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    waker = wakeful(play, head=HEAD, dsl=DSL)
    monkeypatch.setattr(outbox, "sent", _killed)
    play.clock.now = AT_NIGHT
    play.publish("press", ("t1", THREAT))
    play.poll()
    (task, *_) = waking.claim(play.app, play.clock())
    with pytest.raises(KeyboardInterrupt):
        waking.guarded_wake(play.app, task, play.clock())
    monkeypatch.undo()
    delivering.take_over(play.app)

    play.clock.advance(MINUTE)
    _now(play)

    assert sorted(waker.said) == sorted([(HEAD, LINE), (DSL, LINE)])
    assert [state for _, state, _ in _rows(play)] == ["sent", "sent"]


def _killed(*_: object, **__: object) -> bool:
    raise KeyboardInterrupt


def test_a_restored_database_wakes_nobody_again(play: Play) -> None:
    waker = wakeful(play, duty=DUTY)
    _found(play, deliver=False)
    copy = backup(play.app.store, play.app.config.state, play.clock())
    _now(play)
    restored = Store.open(_state_of(copy))
    play.app = dataclasses.replace(
        play.app, store=restored, sent_log=sentlog.SentLog(play.app.config.state / "sent.log")
    )
    mails = len(play.channel.sent)

    _now(play)
    restored.close()

    assert waker.said == [(DUTY, LINE)]
    assert len(play.channel.sent) == mails


def _state_of(copy: Path) -> Path:
    state = copy.parent / "restored"
    state.mkdir()
    (state / "install.key").write_bytes((copy.parent / "install.key").read_bytes())
    copy.rename(state / "monitor.db")
    return state


def test_mail_that_is_down_holds_up_no_wake_up_and_its_ladder_goes_on_waking(play: Play) -> None:
    waker = wakeful(play, head=HEAD, dsl=DSL)
    play.channel.failures += [Deferred("the mail server is down")] * 200

    _found(play)
    at_once = sorted(waker.said)
    waker.said.clear()

    assert at_once == [(DSL, LINE), (HEAD, LINE)]
    assert list(_minutes(play, 31, waker)) == ["02:25", "02:40"]
    assert play.channel.sent == []


def test_a_mail_that_was_claimed_first_is_not_left_without_its_wake_up(play: Play) -> None:
    waker = wakeful(play, duty=DUTY)
    _found(play, deliver=False)

    delivering.deliver_all(play.app, play.clock())
    waking.wake_all(play.app, play.clock())

    assert waker.said == [(DUTY, LINE)]


def test_an_exercise_wakes_and_says_what_it_is(play: Play) -> None:
    waker = wakeful(play, duty=DUTY)
    with play.app.store.write() as tx:
        number = drilling.drill(play.app.config, tx, "holm-nook", play.clock())

    _now(play)

    assert waker.said == [(DUTY, f"EXERCISE. Holm Nook: urgent mail waiting, R{number}")]


def test_a_wake_up_is_in_no_figure_about_mail(play: Play) -> None:
    waker = wakeful(play, duty=DUTY, head=HEAD)
    waker.whys[HEAD] = "the service answered 500"
    _found(play)
    with play.app.store.read() as tx:
        story = incidents.get(tx, 1)
        assert story is not None
        told, roles = owed.told(tx, story), incidents.told(tx, 1)
        facts = health.facts(tx, play.clock())
        recent = backlog.recent(tx, "holm-nook", play.clock())
        week = digests.week_facts(
            tx, "holm-nook", AT_NIGHT - timedelta(days=1), AT_NIGHT + MINUTE, now=play.clock()
        )
        events = [event.what for event in incidents.events(tx, 1)]

    assert sorted(one.address for one in told) == ["dsl@school.test", "head@school.test"]
    assert set(roles) == {Role.HEAD, Role.DSL, Role.DEPUTY_HEAD}
    assert (facts.pending, facts.dead, facts.oldest_pending_since) == (0, 0, None)
    assert facts.wake_failing_since == AT_NIGHT
    assert {to: len(times) for to, times in recent.mails.items()} == {
        "dsl@school.test": 1,
        "head@school.test": 1,
    }
    assert week.dead == 0
    assert events.count("woken") == 1
    assert events.count("mail sent") == 2


def test_what_stands_in_the_outbox_of_a_wake_up_names_its_channel_and_no_address(play: Play) -> None:
    waker = wakeful(play, head=HEAD, dsl=DSL)
    waker.whys[HEAD] = "the service answered 500"
    _found(play)

    with play.app.store.read() as tx:
        (row,) = outbox.waiting(tx)

    assert (row.channel, row.roles, row.error) == (
        WAKE,
        (Role.HEAD,),
        "head-wake, line 1: the service answered 500",
    )
    assert "json://" not in repr(row)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("# nothing\n", "names no address", id="a list of nothing"),
        pytest.param(None, "not found", id="a list that is gone"),
    ],
)
def test_a_list_that_cannot_be_used_is_told(play: Play, text: str | None, told: str) -> None:
    wakeful(play, head=HEAD, dsl=DSL)
    file = play.app.config.path.parent / "head-wake"
    if text is None:
        file.unlink()
    else:
        secret(file, text)

    _found(play)

    ((to, _, error),) = _rows(play, "pending")
    assert to == "head@school.test"
    assert told in error


def test_somebody_who_left_the_configuration_is_not_woken_and_that_is_told(play: Play) -> None:
    wakeful(play, head=HEAD, dsl=DSL)
    _found(play, deliver=False)
    with play.app.store.write() as tx:
        assert waking.plan(play.app, tx, play.clock()) == 2
    wakeful(play, dsl=DSL)

    _now(play)

    assert [(to, error) for to, _, error in _rows(play, "pending")] == [
        ("head@school.test", "nothing in the configuration says over what this person is woken")
    ]


@pytest.mark.parametrize("error", [Misconfigured("Apprise is not installed"), RuntimeError("secret words")])
def test_whatever_breaks_is_tried_again_and_stops_nobody_else(
    play: Play, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    waker = wakeful(play, head=HEAD, dsl=DSL)
    waker.breaks.append(error)

    with caplog.at_level(logging.DEBUG):
        _found(play)

    assert len(waker.said) == 1
    assert len(_rows(play, "pending")) == 1
    assert "json://" not in caplog.text
    assert len(play.channel.sent) == 2


def test_nothing_that_can_be_written_down_still_wakes_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    waker = wakeful(play, head=HEAD, duty=DUTY)
    _found(play, deliver=False)
    with play.app.store.read() as tx:
        mails = backlog.grave(tx, play.clock(), 5)
    monkeypatch.setattr(sentlog, "_write", _full)

    for _ in range(2):
        for mail in mails:
            unsaved.deliver(play.app, mail, play.clock())
    monkeypatch.undo()
    _now(play)

    assert by_address(waker.said) == {HEAD: [LINE], DUTY: [LINE]}


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_cannot_be_settled_is_lost_to_this_worker_and_said_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    waker = wakeful(play, duty=DUTY)
    _found(play, deliver=False)
    (task,) = waking.claim(play.app, play.clock())

    def busy(*_: object, **__: object) -> bool:
        raise StoreBusy("locked")

    monkeypatch.setattr(outbox, "sent", busy)
    assert waking.guarded_wake(play.app, task, play.clock()).outcome == "lost"
    monkeypatch.undo()
    play.clock.advance(waking.LEASE)
    _now(play)

    assert waker.said == [(DUTY, LINE)]


def test_a_wake_up_that_another_worker_holds_is_not_settled_by_this_one(play: Play) -> None:
    waker = wakeful(play, duty=DUTY)
    _found(play, deliver=False)
    (task,) = waking.claim(play.app, play.clock())
    play.clock.advance(waking.LEASE + MINUTE)
    waker.whys[DUTY] = "no answer in time"
    waking.claim(play.app, play.clock())

    assert waking.guarded_wake(play.app, task, play.clock()).outcome == "lost"


_HOSTILE = st.text(max_size=200)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    name=_HOSTILE,
    excerpt=_HOSTILE,
    category=st.sampled_from(list(Category)),
    number=st.integers(1, 10**9) | st.none(),
    exercise=st.booleans(),
    kind=st.sampled_from([NotificationKind.ALERT, NotificationKind.REMINDER]),
)
def test_whatever_the_story_the_line_has_the_short_name_and_the_number_alone(
    play: Play,
    name: str,
    excerpt: str,
    category: Category,
    number: int | None,
    *,
    exercise: bool,
    kind: NotificationKind,
) -> None:
    item = Item(mention="M1", source=name, title=excerpt, excerpt=excerpt, url=excerpt, seen_at=AT_NIGHT)
    alert = Alert(
        school=name,
        short=name,
        severity=Severity.CRITICAL,
        category=category,
        categories=(category,),
        reason=Reason.FIRST,
        items=(item,),
        count=1,
        grounds=(excerpt,),
        notes=(excerpt,),
        exercise=exercise,
    )
    task = DeliveryTask(
        id=1,
        school="holm-nook",
        kind=kind,
        reason=Reason.FIRST,
        severity=Severity.CRITICAL,
        payload=alert,
        subject_key=excerpt,
        incident_id=number,
        sequence=0,
        attempts=1,
        due_since=AT_NIGHT,
        may_repeat=False,
        recipient=Recipient(address=excerpt, roles=(Role.DSL,), name=name),
        channel=WAKE,
    )

    said = waking.line(play.app, task)

    assert re.fullmatch(r"(EXERCISE\. )?Holm Nook: urgent mail waiting(, R\d+)?", said)
    assert said.startswith("EXERCISE") == exercise
    assert said.endswith(f", R{number}" if number else "waiting")


def test_a_long_name_still_fits_a_short_message(play: Play) -> None:
    long = "Saint Somebody of Somewhere's and All Angels' with Holy Trinity Voluntary Aided Infant"
    wakeful(play, duty=DUTY, school=SCHOOL.replace("[school]", f'[school]\nshort = "{long}\\n{long}"'))
    waker = play.app.waker

    _found(play)

    assert isinstance(waker, RecordingWaker)
    ((_, line),) = waker.said
    assert len(line) < 160
    assert "\n" not in line
