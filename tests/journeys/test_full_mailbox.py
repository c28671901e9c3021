"""Promise: when somebody's mailbox has been full for a day, somebody else hears, once; never the one it is about; health says it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from alerts.base import Message, Receipt, Recipient
from alerts.conflicts import NOBODY
from alerts.errors import MailboxFull
from monitor import config as configuration
from monitor.jobs import delivering, reporting, standing_in
from monitor.store import outbox, standins
from tests.fakes import RecordingChannel
from tests.journeys.play import THREAT, Play
from tests.torture.house import AGAIN
from tests.torture.mutants import patched

HOUR = timedelta(hours=1)
KNIFE = "I will bring a knife to Holm Nook Primary and hurt a child tomorrow."
DEPUTY = '[[person]]\nrole = "deputy_head"\nmail = "deputy@school.test"\n'
ABOUT_THE_CHAIR = THREAT.replace("that year 4 teacher", "the chair of governors")


class _Full(RecordingChannel):
    """Some people's mailboxes are full."""

    def __init__(self, *who: str) -> None:
        super().__init__()
        self.full = set(who)

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        if to.address.partition("@")[0] in self.full:
            raise MailboxFull("the recipient's mailbox is full (552 5.2.2)")
        return super().send(message, to, key)


def _with_full(play: Play, *who: str) -> _Full:
    channel = _Full(*who)
    play.app, play.channel = dataclasses.replace(play.app, channel=channel), channel
    return channel


def _hours(play: Play, many: int) -> Counter[str]:
    """Let so many hours pass, with a try in each; who got how many alerts since the beginning."""
    for _ in range(many):
        play.clock.advance(HOUR)
        delivering.deliver_all(play.app, play.clock())
    first = [sent for sent in play.channel.sent if not AGAIN.search(sent.message.text)]
    alerts = [sent for sent in first if sent.message.subject.startswith("URGENT")]
    return Counter(sent.to.address.partition("@")[0] for sent in alerts)


def _configure(play: Play, more: str) -> None:
    path = play.app.config.path.parent / "schools" / "holm-nook.toml"
    path.write_text(path.read_text() + more)
    renewed = play.app.renewed(configuration.load(play.app.config.path, environ={}))
    play.app = dataclasses.replace(renewed, channel=play.channel)


def test_after_a_day_the_next_who_may_hear_does_once_and_is_told_why(play: Play) -> None:
    _with_full(play, "head")
    play.publish("press", ("t1", THREAT))
    play.round()

    assert _hours(play, 23) == {"dsl": 1}
    assert _hours(play, 30) == {"dsl": 1, "chair": 1}
    [told] = [sent.message.text for sent in play.channel.sent if sent.to.address.startswith("chair")]
    assert "You get this in place of the head, whom mail does not reach" in told
    what = [each.what for each in reporting.current_ailments(play.app, play.clock())]
    assert any("The mailbox of the head has been full for 5" in each for each in what)
    assert any("chair hears instead" in each for each in what)


def test_what_is_new_while_the_mailbox_is_known_to_be_full_is_told_to_somebody_else_at_once(
    play: Play,
) -> None:
    _with_full(play, "head")
    play.publish("press", ("t1", THREAT))
    play.round()
    _hours(play, 26)
    play.publish("blog", ("t2", KNIFE))
    play.round()

    assert _hours(play, 1) == {"dsl": 2, "chair": 2}


def test_the_substitute_comes_before_any_role(play: Play) -> None:
    _configure(
        play,
        '[[person]]\nrole = "deputy_head"\nmail = "deputy@school.test"\n'
        '[[person]]\nrole = "deputy_dsl"\nmail = "second@school.test"\nsubstitute = "deputy@school.test"\n',
    )
    _with_full(play, "second")
    play.publish("press", ("t1", KNIFE))
    play.round()

    assert _hours(play, 26) == {"head": 1, "dsl": 1, "deputy": 1}


def test_nobody_hears_in_place_of_another_what_is_about_themselves(play: Play) -> None:
    _configure(play, DEPUTY)
    _with_full(play, "head")
    play.publish("press", ("t1", ABOUT_THE_CHAIR))
    play.round()

    assert _hours(play, 30) == {"dsl": 1, "deputy": 1}


def test_without_the_words_nobody_in_the_school_hears_in_place_of_another_what_is_restricted(
    play: Play,
) -> None:
    _with_full(play, "head")
    play.publish(
        "press", ("t1", "The head at Holm Nook Primary School touches children. She is 5, he abused her.")
    )
    play.round()
    with patched((standins, "texts", lambda *_: ("",))):
        heard = _hours(play, 30)

    assert set(heard) <= {"dsl", "chair"}
    assert "office" not in heard


def test_a_mailbox_that_takes_mail_again_is_full_no_more(play: Play) -> None:
    channel = _with_full(play, "head")
    play.publish("press", ("t1", THREAT))
    play.round()
    _hours(play, 5)
    channel.full.clear()
    _hours(play, 2)
    channel.full.add("head")
    play.publish("blog", ("t2", KNIFE))
    play.round()

    assert _hours(play, 22) == {"dsl": 2, "head": 1}
    with play.app.store.read() as tx:
        assert standins.full(tx, play.clock()) == ()


def test_somebody_who_left_with_a_full_mailbox_is_forgotten(play: Play) -> None:
    _with_full(play, "head")
    play.publish("press", ("t1", THREAT))
    play.round()
    _hours(play, 30)

    with play.app.store.read() as tx:
        assert [one.roles for one in standins.full(tx, play.clock() + timedelta(days=6))] == [("head",)]
        assert standins.full(tx, play.clock() + timedelta(days=8)) == ()


def test_if_the_technician_cannot_hear_of_it_the_office_does(play: Play) -> None:
    _with_full(play, "office")
    play.round()
    play.clock.advance(timedelta(days=3))
    reporting.tell_ailments(play.app, play.clock())
    _hours(play, 26)

    assert Counter(sent.to.address.partition("@")[0] for sent in play.channel.sent) == {"head": 1}


def test_if_nobody_else_may_hear_health_says_so(play: Play) -> None:
    _with_full(play, "head")
    play.publish("press", ("t1", THREAT))
    play.round()
    with patched((standing_in, "_candidates", lambda *_: iter(()))):
        _hours(play, 30)

    what = [each.what for each in reporting.current_ailments(play.app, play.clock())]
    assert any("nobody hears instead" in each for each in what)
    with play.app.store.read() as tx:
        assert [row.state for row in outbox.waiting(tx)] == ["dead"]


@pytest.mark.parametrize(
    "broken",
    [
        (standing_in, "stand_in", lambda *_: False),
        (standing_in, "conflicts", lambda *_: NOBODY),
    ],
    ids=["nobody stands in", "tells whom it is about"],
)
def test_the_journey_finds_a_deliberate_break(broken: Any, play: Play) -> None:
    _configure(play, DEPUTY)
    _with_full(play, "head")
    play.publish("press", ("t1", ABOUT_THE_CHAIR))
    play.round()
    with patched(broken):
        assert _hours(play, 30) != {"dsl": 1, "deputy": 1}


def test_the_journey_finds_that_one_after_another_stands_in(play: Play) -> None:
    _configure(play, DEPUTY)
    _with_full(play, "head")
    play.publish("press", ("t1", THREAT))
    play.round()
    _hours(play, 26)
    play.publish("blog", ("t2", KNIFE))
    play.round()
    with patched((standins, "is_stood_in_for", lambda *_: False)):
        assert _hours(play, 9) != {"dsl": 2, "chair": 2}
