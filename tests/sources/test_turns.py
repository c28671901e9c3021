"""Promise: a host sees one request of ours at a time, with a pause between, and nobody waits for long."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from sources.errors import Throttled
from sources.turns import Turns

PAUSE = timedelta(seconds=2)


class _Clock:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def turns(self) -> Turns:
        return Turns(sleep=self.sleep, monotonic=lambda: self.time)


def test_the_first_request_does_not_wait() -> None:
    clock = _Clock()
    with clock.turns().take("paper.example:443", PAUSE):
        assert clock.slept == []


def test_the_pause_lies_between_the_end_of_one_and_the_start_of_the_next() -> None:
    clock = _Clock()
    turns = clock.turns()
    with turns.take("paper.example:443", PAUSE):
        clock.time += 10
    clock.time += 0.5
    with turns.take("paper.example:443", PAUSE):
        assert clock.slept == [1.5]
    clock.time += 2
    with turns.take("paper.example:443", PAUSE):
        assert clock.slept == [1.5]


def test_a_request_that_failed_counts_too() -> None:
    clock = _Clock()
    turns = clock.turns()
    with pytest.raises(KeyError), turns.take("paper.example:443", PAUSE):
        raise KeyError
    with turns.take("paper.example:443", PAUSE):
        assert clock.slept == [2]


def test_another_host_or_port_does_not_wait() -> None:
    clock = _Clock()
    turns = clock.turns()
    with turns.take("paper.example:443", PAUSE), turns.take("paper.example:80", PAUSE):
        pass
    with turns.take("other.example:443", PAUSE):
        pass
    assert clock.slept == []


def test_nobody_waits_for_more_than_a_minute() -> None:
    clock = _Clock()
    turns = clock.turns()
    with turns.take("paper.example:443", timedelta(seconds=61)):
        pass
    with pytest.raises(Throttled) as caught, turns.take("paper.example:443", PAUSE):
        pass
    assert caught.value.retry_after == timedelta(seconds=61)
    assert clock.slept == []
    clock.time += 1
    with turns.take("paper.example:443", PAUSE):
        assert clock.slept == [60]


def test_a_queue_of_more_than_a_minute_takes_nobody_in() -> None:
    clock = _Clock()
    turns = clock.turns()
    half = timedelta(seconds=30)
    ready, done = threading.Barrier(3), threading.Event()

    def hold() -> None:
        with turns.take("paper.example:443", half):
            ready.wait()
            done.wait()

    def queue() -> None:
        ready.wait()
        with turns.take("paper.example:443", half):
            pass

    threads = [threading.Thread(target=hold), threading.Thread(target=queue)]
    for thread in threads:
        thread.start()
    ready.wait()
    while turns._hosts["paper.example:443"].users < 2:
        time.sleep(0.001)
    with pytest.raises(Throttled), turns.take("paper.example:443", timedelta(seconds=30.1)):
        pass
    done.set()
    for thread in threads:
        thread.join()


def test_who_has_queued_for_a_minute_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.turns.LONGEST_WAIT", timedelta(milliseconds=20))
    turns = Turns(sleep=time.sleep, monotonic=time.monotonic)
    with (
        turns.take("paper.example:443", timedelta(0)),
        pytest.raises(Throttled),
        turns.take("paper.example:443", timedelta(0)),
    ):
        pass


def test_who_has_queued_for_long_does_not_wait_for_a_pause_as_well() -> None:
    clock = _Clock()
    turns = clock.turns()
    host = turns._enter("paper.example:443", 0, 0)
    host.free_at = 30
    clock.time = 29
    turns._wait("paper.example:443", host, arrived=0)
    assert clock.slept == [1]
    host.free_at = 61
    with pytest.raises(Throttled):
        turns._wait("paper.example:443", host, arrived=0)


def test_threads_take_turns() -> None:
    turns = Turns(sleep=time.sleep, monotonic=time.monotonic)
    inside: list[int] = []
    most = 0

    def visit() -> None:
        nonlocal most
        with turns.take("paper.example:443", timedelta(milliseconds=1)):
            inside.append(1)
            most = max(most, len(inside))
            time.sleep(0.001)
            inside.pop()

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_hosts_that_nobody_asks_any_more_are_forgotten() -> None:
    clock = _Clock()
    turns = clock.turns()
    for number in range(1_002):
        with turns.take(f"h{number}.example:443", PAUSE):
            pass
    assert len(turns._hosts) == 1_002
    clock.time += 3
    with turns.take("late.example:443", PAUSE):
        pass
    assert len(turns._hosts) == 1
