"""``check`` says what a house without a mailbox lacks, and tries whether a mail to a tagged address arrives."""

from __future__ import annotations

import dataclasses
from typing import cast

from alerts.base import Message, Receipt, Recipient
from alerts.errors import Deferred
from monitor.cli import box_trial
from sources.errors import Denied
from sources.letter import Letter
from sources.mailbox import Mailbox
from tests.fakes import RecordingChannel
from tests.journeys.play import Play
from tests.journeys.post import Desk, Post


class Box(Post):
    """A mailbox that says whether it lets us in."""

    def check(self) -> str:
        if self.failures:
            raise self.failures.pop(0)
        return "logged in"


class Loop(RecordingChannel):
    """What is sent arrives in the box, if the server takes tags."""

    def __init__(self, box: Box, *, takes_tags: bool) -> None:
        super().__init__()
        self._box, self._takes_tags = box, takes_tags

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        if self._takes_tags:
            self._box.letters_there.append(Letter(uid="", digest=key, to=(to.address.lower(),)))
        return super().send(message, to, key)


class Clock:
    """Time passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def _tried(desk: Desk, box: Box, channel: RecordingChannel) -> list[tuple[str, str]]:
    clock = Clock()
    told = box_trial.tried(
        desk.play.app.config, channel, cast("Mailbox", box), sleep=clock.sleep, monotonic=clock
    )
    return list(told)


def test_a_mail_to_a_tagged_address_that_arrives_is_good(desk: Desk) -> None:
    box = Box([Letter(uid="", digest="older")])
    channel = Loop(box, takes_tags=True)
    assert [level for level, _ in _tried(desk, box, channel)] == ["ok", "ok"]
    assert channel.sent[0].to.address.startswith("box+TEST")


def test_a_server_that_takes_no_tags_is_told_with_what_to_do(desk: Desk) -> None:
    box = Box()
    told = _tried(desk, box, Loop(box, takes_tags=False))
    assert told[-1][0] == "problem"
    assert "sub-addressing" in told[-1][1]


def test_a_mailbox_or_a_mail_server_that_refuses_is_told(desk: Desk) -> None:
    shut = Box(failures=[Denied("the mail server refused user or password")])
    assert "refused user or password" in _tried(desk, shut, RecordingChannel())[0][1]
    lost = _tried(desk, Box(), RecordingChannel(Deferred("the mail server is away")))
    assert "could not be sent" in lost[-1][1]


def test_what_a_house_without_a_mailbox_lacks_is_a_warning(play: Play, desk: Desk) -> None:
    assert list(box_trial.missing(desk.play.app.config)) == []
    monitor = desk.play.app.config.monitor.model_copy(update={"mailbox": None})
    bare = dataclasses.replace(desk.play.app.config, monitor=monitor)
    [(level, words)] = box_trial.missing(bare)
    assert (level, "nobody reads replies" in words) == ("warning", True)
