"""What nobody answers is said again, each step once; whoever owes something is reminded once, of all of it at once."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from alerts import flood
from alerts.base import Alert, NotificationKind
from monitor.jobs import delivering, escalating
from monitor.model import DeliveryTask
from monitor.store import Tx, afterlife, incidents, ladders, outbox, owed
from monitor.store.tables import incident
from tests.journeys.play import INSULT, THREAT, Play
from tests.torture.mutants import patched

NIGHT = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUESTION = "Does anybody know when Holm Nook Primary opens again after the snow? Nobody answers the phone."


def _found(play: Play, *posts: tuple[str, str], at: datetime = NIGHT) -> None:
    play.clock.now = at
    play.publish("press", *posts)
    play.poll()
    delivering.deliver_all(play.app, play.clock())


def _minute(play: Play, step: timedelta = MINUTE) -> list[tuple[str, str]]:
    """What goes out in the next minute, or ``step``: to whom, and its words."""
    before = len(play.channel.sent)
    play.clock.advance(step)
    escalating.escalate(play.app, play.clock())
    delivering.deliver_all(play.app, play.clock())
    return [(sent.to.address.partition("@")[0], sent.message.text) for sent in play.channel.sent[before:]]


def _night(play: Play, minutes: int, step: timedelta = 5 * MINUTE) -> dict[str, list[str]]:
    """Everything that goes out within the time, by London clock."""
    said: dict[str, list[str]] = {}
    for _ in range(minutes * MINUTE // step):
        for to, _text in _minute(play, step):
            said.setdefault(f"{play.clock():%H:%M}", []).append(to)
    return {at: sorted(to) for at, to in said.items()}


def _waiting(play: Play) -> list[DeliveryTask]:
    with play.app.store.write() as tx:
        return list(outbox.claim(tx, play.clock(), limit=100))


def test_a_critical_story_climbs_its_ladder_through_the_night(play: Play) -> None:
    _found(play, ("t1", THREAT))
    assert sorted(to for to, _ in play.subjects) == ["dsl", "head"]

    said = _night(play, 7 * 60, MINUTE)

    leads, everybody = ["dsl", "head"], ["chair", "dsl", "head"]
    assert said == {
        "02:25": leads,
        "02:40": everybody,
        **{f"{hour:02}:10": everybody for hour in range(3, 9)},
    }


@pytest.mark.parametrize("act", ["take", "close", "not_us"])
def test_whoever_takes_or_closes_it_ends_it(play: Play, act: str) -> None:
    _found(play, ("t1", THREAT))
    _night(play, 20)
    more = {"outcome": "answered", "note": ""} if act == "close" else {}

    with play.app.store.write() as tx:
        assert getattr(incidents, act)(tx, 1, by="head", via="test", now=play.clock(), **more)

    assert _night(play, 120) == {}


def test_a_reminder_that_waits_is_called_back_when_somebody_takes_the_story(play: Play) -> None:
    _found(play, ("t1", THREAT))
    play.clock.advance(15 * MINUTE)
    escalating.escalate(play.app, play.clock())

    with play.app.store.write() as tx:
        incidents.take(tx, 1, by="head", via="test", now=play.clock())

    assert _waiting(play) == []


def test_of_steps_that_were_missed_the_latest_is_said_with_its_true_time(play: Play) -> None:
    _found(play, ("t1", THREAT))
    play.clock.advance(timedelta(hours=3, minutes=40))

    said = _minute(play)

    assert sorted(to for to, _ in said) == ["chair", "dsl", "head"]
    assert all("This mail waited" in text for _, text in said)
    assert _night(play, 10) == {}


def test_a_kill_between_two_writes_costs_no_step_and_repeats_none(play: Play) -> None:
    _found(play, ("t1", THREAT))
    play.clock.advance(15 * MINUTE)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with patched((outbox, "add", killed)), pytest.raises(KeyboardInterrupt):
        escalating.escalate(play.app, play.clock())

    assert escalating.escalate(play.app, play.clock()) == 1
    assert escalating.escalate(play.app, play.clock()) == 0


def test_two_workers_say_a_step_once(play: Play) -> None:
    _found(play, ("t1", THREAT))
    with play.app.store.read() as tx:
        [one] = ladders.climbing(tx, play.clock())

    with play.app.store.write() as tx:
        assert ladders.advance(tx, one, 1)
        assert not ladders.advance(tx, one, 1)


def test_what_waits_for_mail_to_work_does_not_pile_up(play: Play) -> None:
    _found(play, ("t1", THREAT))
    for _ in range(60):
        play.clock.advance(MINUTE)
        escalating.escalate(play.app, play.clock())

    assert sorted(task.recipient.address.partition("@")[0] for task in _waiting(play)) == [
        "chair",
        "dsl",
        "head",
    ]


def test_the_chair_learns_the_category_alone_and_a_lead_the_words(play: Play) -> None:
    _found(play, ("t1", THREAT))
    play.clock.advance(29 * MINUTE)

    said = dict(_minute(play))

    assert "smash" not in said["chair"]
    assert "smash" in said["head"]


def test_many_stories_are_said_again_in_one_mail_each_time(play: Play) -> None:
    with patched((flood, "FLOOD", 1000), (flood, "ALONE", 1000)):
        _found(play, *((f"t{number}", f"{THREAT} {_words(number)}") for number in range(8)))
    assert len(_open(play)) > flood.ALONE

    said = _night(play, 60)

    leads, everybody = ["dsl", "head"], ["chair", "dsl", "head"]
    assert said == {"02:25": leads, "02:40": everybody, "03:10": everybody}


def _said_in_a_night(play: Play) -> int:
    _found(play, ("t1", THREAT))
    _night(play, 40)
    with play.app.store.write() as tx:
        incidents.take(tx, 1, by="head", via="test", now=play.clock())
    _night(play, 60)
    return len(play.channel.sent)


def _says_a_step_twice(*_: object) -> bool:
    return True


def _climbs_on(tx: Tx, now: datetime) -> tuple[ladders.Climbing, ...]:
    return tuple(one for number in (1,) if (one := ladders.get(tx, number)))


@pytest.mark.parametrize(
    ("name", "broken"), [("", None), ("advance", _says_a_step_twice), ("climbing", _climbs_on)]
)
def test_a_deliberate_break_is_seen(play: Play, name: str, broken: object) -> None:
    if broken is None:
        assert _said_in_a_night(play) == 7
        return
    breaks = [(ladders, name, broken)]
    breaks += [(ladders, "advance", _advances_whatever)] if name == "climbing" else []
    with patched(*breaks):
        assert _said_in_a_night(play) > 7


def _advances_whatever(tx: Tx, one: ladders.Climbing, said: int) -> bool:
    tx.connection.execute(update(incident).values(ladder_step=said))
    return True


def test_a_high_story_is_said_again_once_after_four_waking_hours(play: Play) -> None:
    _found(play, ("t1", INSULT), at=datetime(2026, 11, 25, 19, 0, tzinfo=UTC))

    said = _night(play, 20 * 60)

    assert list(said) == ["09:00"]


def test_a_ladder_is_frozen_with_the_first_mail(play: Play) -> None:
    _found(play, ("t1", THREAT))
    with play.app.store.read() as tx:
        before = ladders.get(tx, 1)
    assert before is not None
    play.clock.advance(MINUTE)
    play.publish("blog", ("b1", f"RT: {THREAT}"))
    play.poll()

    with play.app.store.read() as tx:
        after = ladders.get(tx, 1)
    assert after is not None
    assert (after.ladder, after.began, after.said) == (before.ladder, before.began, 0)


def test_a_story_that_becomes_critical_begins_the_ladder_of_critical_ones(play: Play) -> None:
    noon = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    _found(play, ("t1", INSULT), at=noon)
    play.clock.advance(timedelta(hours=1))
    play.publish("press", ("t1", f"{INSULT} {THREAT}"))
    play.poll()
    delivering.deliver_all(play.app, play.clock())

    assert list(_night(play, 30)) == ["13:15", "13:30"]


def test_everything_one_person_owes_comes_in_one_reminder_once(play: Play) -> None:
    start = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
    _found(
        play,
        ("t1", INSULT),
        ("t2", "The dinners at Holm Nook Primary are a disgrace, I am making a formal complaint."),
        at=start,
    )
    with play.app.store.write() as tx:
        for row in incidents.listing(tx):
            incidents.take(tx, row.id, by="head", via="test", now=play.clock())
        afterlife.adopt(tx, [(2, play.clock(), None)])
        afterlife.gone(tx, 2, play.clock(), next_at=None)
    many = len(_open(play))
    assert many > 1

    said = [each for _ in range(24 * 4) for each in _minute(play, 15 * MINUTE)]

    [reminder] = [text for to, text in said if text.startswith("Reminder: ") and "from you" in text]
    assert all(f"R{number}" in reminder for number in range(1, many + 1))
    [fate] = [line for line in reminder.splitlines() if "taken down" in line]
    assert fate.startswith(
        "R2: The post has been taken down since (seen Tue 24 Nov 10:15). The story stays open"
    )


def test_nobody_is_reminded_of_what_is_owed_at_night(play: Play) -> None:
    _found(play, ("t1", INSULT), at=datetime(2026, 11, 24, 5, 0, tzinfo=UTC))
    with play.app.store.write() as tx:
        incidents.take(tx, 1, by="head", via="test", now=play.clock())

    said = _night(play, 30 * 60)

    assert all("07:00" <= at < "21:00" for at in said)


def test_what_was_put_off_comes_back_at_its_time_once(play: Play) -> None:
    _found(play, ("t1", INSULT), at=datetime(2026, 11, 24, 10, 15, tzinfo=UTC))
    until = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    with play.app.store.write() as tx:
        assert incidents.snooze(tx, 1, until=until, by="head", via="test", now=play.clock())

    assert list(_night(play, 8 * 60)) == ["14:00"]


def test_what_is_put_off_beyond_its_time_comes_back_twice(play: Play) -> None:
    _found(play, ("t1", INSULT), at=datetime(2026, 11, 24, 10, 15, tzinfo=UTC))
    until = datetime(2026, 11, 26, 7, 30, tzinfo=UTC)
    with play.app.store.write() as tx:
        assert incidents.snooze(tx, 1, until=until, by="head", via="test", now=play.clock())

    assert list(_night(play, 48 * 60, 15 * MINUTE)) == ["08:00", "07:30"]


def test_what_was_late_when_it_was_first_seen_is_told_and_not_reminded_of(play: Play) -> None:
    _found(play, ("t1", INSULT), at=datetime(2026, 11, 24, 10, 15, tzinfo=UTC))
    with play.app.store.write() as tx:
        past = {"due_at": play.clock() - MINUTE, "ladder": None}
        tx.connection.execute(update(incident).values(**past))

    assert _night(play, 24 * 60) == {}


def _words(seed: int) -> str:
    dice = random.Random(seed)
    return " ".join("".join(dice.choices("abcdefghijklmnop", k=7)) for _ in range(40))


def _open(play: Play) -> list[int]:
    with play.app.store.read() as tx:
        return [row.id for row in incidents.listing(tx, open_only=True)]


def test_everybody_who_was_told_is_known(play: Play) -> None:
    _found(play, ("t1", THREAT))

    with play.app.store.read() as tx:
        story = incidents.get(tx, 1)
        assert story is not None
        assert [one.address for one in owed.told(tx, story)] == ["head@school.test", "dsl@school.test"]


def test_reminders_are_of_their_kind_and_keep_to_the_story(play: Play) -> None:
    _found(play, ("t1", THREAT))
    play.clock.advance(15 * MINUTE)
    escalating.escalate(play.app, play.clock())

    tasks = _waiting(play)

    assert {task.kind for task in tasks} == {NotificationKind.REMINDER}
    assert {task.incident_id for task in tasks} == {1}
    assert all(isinstance(task.payload, Alert) and task.payload.voice == "again" for task in tasks)
