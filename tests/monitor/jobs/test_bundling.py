"""What is not urgent comes in one mail for each reader at its hours; nothing is lost in it, and nothing comes twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.base import Bundle, NotificationKind
from monitor.jobs import delivering
from monitor.store import incidents, outbox
from tests.journeys.play import Play
from tests.torture.mutants import patched

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
GRUMBLES = (
    "Moving my daughter to another school, Holm Nook Primary never rings back and the office is rude.",
    "Homework at Holm Nook Primary is far too much for reception, I have made a complaint.",
    "Holm Nook Primary parking at the gate is a nightmare, somebody should complain to the council.",
)
"""Of medium grade, and unlike each other."""
MAYBE = "Anyone know what happened by Holm Nook today?"


def _post(play: Play, guid: str, text: str) -> None:
    play.publish("press", (guid, text))
    play.poll()


def _until(play: Play, end: datetime, step: timedelta = HALF_HOUR) -> list[tuple[str, str, str]]:
    """What goes out until then: London time, to whom, subject."""
    said = []
    while play.clock() < end:
        play.clock.advance(step)
        before = len(play.channel.sent)
        delivering.deliver_all(play.app, play.clock())
        said += [
            (f"{play.clock():%a %H:%M}", sent.to.address.partition("@")[0], sent.message.subject)
            for sent in play.channel.sent[before:]
        ]
    return said


@pytest.fixture
def week(play: Play) -> Play:
    play.clock.now = MONDAY
    delivering.deliver_all(play.app, play.clock())
    return play


def test_the_stories_of_a_morning_come_in_one_mail(week: Play) -> None:
    week.publish("press", *((f"g{number}", text) for number, text in enumerate(GRUMBLES)))
    week.poll()

    said = _until(week, MONDAY.replace(hour=18))

    assert [(at, to) for at, to, _ in said] == [("Mon 15:30", "head")]
    assert "3 to look at" in said[0][2]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("2026-11-24T01:00", "Tue 07:30"),
        ("2026-11-24T08:00", "Tue 15:30"),
        ("2026-11-24T20:30", "Wed 07:30"),
        ("2026-11-28T03:00", "Sat 09:00"),
        ("2026-11-28T10:00", "Sun 09:00"),
        ("2026-11-29T03:00", "Sun 09:00"),
    ],
)
def test_each_story_comes_with_the_next_bundle(week: Play, found: str, told: str) -> None:
    week.clock.now = datetime.fromisoformat(found).replace(tzinfo=UTC)
    delivering.deliver_all(week.app, week.clock())
    _post(week, "a", GRUMBLES[0])

    [(at, to, subject)] = _until(week, week.clock() + timedelta(hours=40), timedelta(minutes=15))

    assert (at, to) == (told, "head")
    assert subject.startswith("Holm Nook today: 1 to look at")


@pytest.mark.parametrize(
    ("found", "told"),
    [("2026-11-24T16:00", "Tue 16:15"), ("2026-11-27T16:00", "Fri 16:15"), ("2026-11-29T10:00", "Sun 10:15")],
)
def test_what_would_be_half_over_by_the_next_bundle_mails_at_once(week: Play, found: str, told: str) -> None:
    week.clock.now = datetime.fromisoformat(found).replace(tzinfo=UTC)
    _post(week, "a", GRUMBLES[0])

    [(at, _, subject)] = _until(week, week.clock() + timedelta(hours=40), timedelta(minutes=15))

    assert at == told
    assert "decide by" in subject


def test_what_was_dealt_with_before_the_hour_is_not_told(week: Play) -> None:
    _post(week, "a", GRUMBLES[0])
    with week.app.store.write() as tx:
        incidents.close(tx, 1, outcome="answered", note="", by="office", via="test", now=week.clock())

    assert _until(week, MONDAY.replace(hour=18)) == []


def test_a_bundle_keeps_its_name_and_comes_once(week: Play) -> None:
    _post(week, "a", GRUMBLES[0])
    week.clock.now = MONDAY.replace(hour=15, minute=30)

    with patched((outbox, "claim", lambda *_, **__: ())):
        delivering.claim(week.app, week.clock())
        delivering.claim(week.app, week.clock())
    [task] = delivering.claim(week.app, week.clock())

    assert task.kind is NotificationKind.BUNDLE
    assert isinstance(task.payload, Bundle)
    assert [line.ref for line in task.payload.items] == ["R1"]
    assert task.subject_key.startswith("bundle-2026-11-23T1530-")
    assert task.sequence == 0


def test_a_kill_while_folding_loses_nothing(week: Play) -> None:
    _post(week, "a", GRUMBLES[0])
    week.clock.now = MONDAY.replace(hour=15, minute=30)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with patched((outbox, "add", killed)), pytest.raises(KeyboardInterrupt):
        delivering.claim(week.app, week.clock())

    assert len(delivering.claim(week.app, week.clock())) == 1


def test_who_heard_in_a_bundle_counts_as_told(week: Play) -> None:
    _post(week, "a", GRUMBLES[0])
    _until(week, MONDAY.replace(hour=16))

    with week.app.store.read() as tx:
        assert [role.value for role in incidents.told(tx, 1)] == ["head"]
        assert "bundled" in {event.what for event in incidents.events(tx, 1)}


def test_posts_that_may_be_about_us_are_listed_once_on_the_next_working_morning(week: Play) -> None:
    week.clock.advance(HALF_HOUR)
    _post(week, "m", MAYBE)

    said = _until(week, MONDAY + timedelta(days=2))

    assert said == [("Tue 07:30", "office", "Holm Nook today: 1 perhaps about us")]
