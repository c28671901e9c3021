"""Promise: what cannot be written down is said at least, if it is critical, once, and is known as said afterwards."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alerts.base import Severity
from alerts.errors import Deferred
from monitor.app import App
from monitor.daemon import Engine
from monitor.errors import StoreBusy
from monitor.store import Store, outbox
from tests.fakes import RecordingChannel
from tests.torture import house
from tests.torture.mutants import patched


@contextmanager
def _nothing_can_be_written() -> Iterator[None]:
    @contextmanager
    def full(_: Store) -> Iterator[Any]:
        raise StoreBusy("the disk is full")
        yield

    with patched((Store, "write", full)):
        yield


@dataclass
class Home:
    place: house.House
    app: App
    engine: Engine
    channel: RecordingChannel

    def step(self, *, many: int = 2) -> None:
        for _ in range(many):
            for _ in range(3):
                house.beat(self.engine)
            self.place.clock.advance()

    @property
    def texts(self) -> list[str]:
        return [sent.message.text for sent in self.channel.sent]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    place, channel = house.build(tmp_path, posts=1), RecordingChannel()
    with place.app(channel=channel) as app:
        engine = Engine(app, monotonic=place.clock.true_seconds)
        engine._start()
        yield Home(place, app, engine, channel)


def test_a_critical_story_is_told_from_memory_and_says_so(home: Home) -> None:
    with _nothing_can_be_written():
        home.step()

    assert sorted(sent.to.address for sent in home.channel.sent) == sorted(house.READERS)
    assert all("straight from memory" in text for text in home.texts)
    assert all(house.token(0) in text for text in home.texts)


def test_it_is_told_once_however_long_the_disk_is_full_and_not_again_afterwards(home: Home) -> None:
    with _nothing_can_be_written():
        home.step(many=5)
    home.step(many=5)

    assert len([sent for sent in home.channel.sent if not house.AGAIN.search(sent.message.text)]) == 2
    with home.app.store.read() as tx:
        assert outbox.waiting(tx) == ()


def test_what_was_queued_before_the_disk_was_full_goes_out_if_it_is_critical(home: Home) -> None:
    home.place.posts = 0
    house.fill(home.app, 1, home.place.clock(), first=7)
    house.fill(home.app, 1, home.place.clock(), severity=Severity.LOW, first=8)

    with _nothing_can_be_written():
        home.step(many=3)

    told = " ".join(home.texts)
    assert house.token(7) in told
    assert house.token(8) not in told


def test_less_grave_stories_wait(home: Home) -> None:
    mild = house.World(clock=home.place.clock, posts=1, word="grave").fetcher()
    home.engine.app = home.app = dataclasses.replace(home.app, fetcher=mild)

    with _nothing_can_be_written():
        home.step()

    assert home.channel.sent == []


def test_a_mail_server_that_is_away_as_well_is_tried_again_later(home: Home) -> None:
    home.channel.failures = [Deferred("away"), Deferred("away")]

    with _nothing_can_be_written():
        home.step(many=1)
        assert home.channel.sent == []
        home.step(many=3)

    assert {sent.to.address for sent in home.channel.sent} == set(house.READERS)
