"""``self-test`` tells each step as it comes, waits no longer than it should, and ends with 1 if nothing arrived."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

import monitor.app
from alerts.base import Message, Receipt, Recipient
from alerts.errors import Deferred
from monitor.app import App
from monitor.cli import cli
from monitor.cli import self_test as command
from monitor.config import Config
from monitor.facts import SelfTest, Stage
from monitor.jobs import self_testing
from monitor.matching import Matcher
from monitor.store import hold
from sources.letter import Letter
from tests.fakes import RecordingChannel
from tests.journeys.play import Play
from tests.journeys.post import Desk, Post

STEPS = [
    "1 of 6: its post was read at the source",
    "2 of 6: found to be about the school, and graded",
    "3 of 6: recorded",
    "4 of 6: its mail was queued",
    "5 of 6: the mail server has taken it",
    "6 of 6: it was seen in the mailbox",
]


class Loop(RecordingChannel):
    """What is sent lies in the box at once."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self._post = post

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        receipt = super().send(message, to, key)
        self._post.letters_there.append(Letter(uid="", digest=key, to=(to.address.lower(),)))
        return receipt


class Clock:
    """Time passes only while somebody waits; the house has the same clock."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._began = play.clock()

    def __call__(self) -> float:
        return (self._play.clock() - self._began).total_seconds()

    def sleep(self, seconds: float) -> None:
        self._play.clock.advance(timedelta(seconds=seconds))


def follow(desk: Desk, minutes: int = 30) -> tuple[SelfTest, list[str]]:
    told: list[str] = []
    app, clock = desk.play.app, Clock(desk.play)
    test = self_testing.begin(app, app.now())
    wait = timedelta(minutes=minutes)
    test = command.follow(app, test, wait, tell=told.append, sleep=clock.sleep, monotonic=clock)
    return test, told


def looped(desk: Desk) -> Desk:
    desk.play.app = dataclasses.replace(desk.play.app, channel=Loop(desk.post))
    return desk


def test_without_a_daemon_it_mails_and_reads_by_itself(desk: Desk) -> None:
    test, told = follow(looped(desk))

    assert told == STEPS
    assert test.outcome == "passed"


def test_beside_a_daemon_it_only_looks_and_leaves_it_to_the_daemon(desk: Desk) -> None:
    with hold(desk.play.app.config.state, "mail"):
        test, told = follow(looped(desk), minutes=2)

    assert told == STEPS[:4]
    assert (test.outcome, test.stage) == ("", Stage.QUEUED)


def test_the_command_beside_a_daemon_says_that_it_did_not_arrive_yet(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "follow", lambda app, test, *_, **__: test)

    told = run(desk, monkeypatch, "--wait", "1")

    assert told.exit_code == 1
    assert "was queued, but the mail server has not taken its mail. It has until 10:45" in told.stderr


def test_the_weekly_one_is_not_over_when_nobody_waits_for_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Matcher, "find", lambda self, entry: ())
    self_testing.begin(desk.play.app, desk.play.clock(), by_clock=True)

    test, _ = follow(desk)

    assert (test.outcome, test.stage) == ("", Stage.READ)


def test_it_waits_no_longer_than_it_was_told(desk: Desk) -> None:
    began = desk.play.clock()
    desk.play.channel.failures += [Deferred("the mail server answers 451")] * 999

    test, _ = follow(desk, minutes=3)

    assert test.outcome == "broken"
    assert timedelta(minutes=3) <= desk.play.clock() - began <= timedelta(minutes=3, seconds=5)


def test_what_cannot_get_better_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Matcher, "find", lambda self, entry: ())
    began = desk.play.clock()

    test, told = follow(desk)

    assert (test.outcome, told, desk.play.clock()) == ("broken", STEPS[:1], began)


def run(desk: Desk, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    """The command as it is typed, in this house."""

    @contextmanager
    def opened(config: Config) -> Iterator[App]:
        del config
        yield desk.play.app

    monkeypatch.setattr(monitor.app, "open_app", opened)
    monkeypatch.setattr(command, "load_config", lambda ctx: desk.play.app.config)
    monkeypatch.setattr(command, "PAUSE_SECONDS", 0.0)
    return CliRunner().invoke(cli, ["self-test", *words], catch_exceptions=False)


def test_the_command_ends_well(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(looped(desk), monkeypatch)

    assert told.exit_code == 0
    assert told.stdout.splitlines() == [*STEPS, "The self-test: passed on Tue 10:15."]


def test_the_command_says_which_step_is_broken_and_what_to_do(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Matcher, "find", lambda self, entry: ())

    told = run(desk, monkeypatch)
    for_programs = run(desk, monkeypatch, "--json")

    assert (told.exit_code, for_programs.exit_code) == (1, 1)
    assert "not found to be about the school" in told.stderr
    assert "mention-monitor replay" in told.stderr
    fact = json.loads(for_programs.stdout)
    assert (fact["outcome"], fact["stage"], fact["of"]) == ("broken", "read", "arrived")


def test_without_a_mailbox_the_command_says_how_far_it_can_look(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = run(Desk(play, Post()), monkeypatch)

    assert told.exit_code == 0
    assert told.stdout.startswith("There is no [mailbox]: it can only be followed as far as the mail server.")
    assert "5 of 5: the mail server has taken it" in told.stdout
