"""Promise: the child does what it is told within its limits, and says how it went."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import threading

import pytest

from sources import caged
from sources.caged import Limits, Verdict
from tests.sources import cage_jobs

LIMITS = Limits(cpu=5, wall=5, memory=10**9)


def _call(name: str, **options: object) -> bytes:
    return pickle.dumps(("tests.sources.cage_jobs", name, options))


def test_a_result_is_pickled() -> None:
    verdict, result = caged.do(_call("double"), b"ab", LIMITS)
    assert verdict is Verdict.DONE
    assert pickle.loads(result) == b"abab"  # noqa: S301 -- made here


def test_no_clock_runs_on_after_a_job() -> None:
    for name in ("double", "stumble"):
        caged.do(_call(name), b"ab", LIMITS)
        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_known_error_is_taken_apart() -> None:
    verdict, result = caged.do(_call("object_privately"), b"", LIMITS)
    assert verdict is Verdict.KNOWN
    assert pickle.loads(result)[:2] == ("Unreadable", "half of it is missing")  # noqa: S301 -- made here


@pytest.mark.parametrize("name", ["stumble", "give_up", "no_pickle", "nothing_of_this_name"])
def test_any_other_error_is_a_name(name: str) -> None:
    verdict, result = caged.do(_call(name), b"words", LIMITS)
    assert verdict is Verdict.FAILED
    assert result.decode().isidentifier()


def test_a_result_that_is_too_large_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caged, "MOST_RESULT", 10)
    assert caged.do(_call("double"), b"x" * 100, LIMITS) == (Verdict.FAILED, b"OverflowError")


def _served(jobs: int, growth: int = 0) -> list[tuple[int, int]]:
    """Verdict and retirement of so many jobs."""
    ours, theirs = socket.socketpair()
    replies = []

    def ask() -> None:
        with ours:
            for _ in range(jobs):
                caged.send(ours, _call("double"), b"ab")
                verdict, retires = caged.receive(ours)[0]
                replies.append((verdict, retires))

    thread = threading.Thread(target=ask)
    thread.start()
    with theirs, pytest.raises(ConnectionError):
        caged.serve(theirs, LIMITS, lambda: growth)
    thread.join()
    return replies


def test_it_serves_until_the_parent_hangs_up() -> None:
    assert _served(3) == [(Verdict.DONE, False)] * 3


def test_it_retires_after_many_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caged, "_MOST_JOBS", 3)
    assert [retires for _, retires in _served(4)] == [False, False, True, True]


def test_it_retires_when_it_has_grown() -> None:
    assert _served(1, growth=128 * 1024 * 1024) == [(Verdict.DONE, False)]
    assert _served(1, growth=128 * 1024 * 1024 + 1) == [(Verdict.DONE, True)]


def test_a_message_that_is_too_long_is_not_received() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"\xff" * 8)
        with pytest.raises(ConnectionError):
            caged.receive(theirs)


def test_a_message_that_does_not_come_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        caged.receive(theirs, ends=0)


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("socket.connect", ()),
        ("os.fork", ()),
        ("open", ("/tmp/x", "w", os.O_WRONLY | os.O_CREAT)),  # noqa: S108 -- never opened
        ("open", ("/tmp/x", "r+", os.O_RDWR)),  # noqa: S108 -- never opened
    ],
)
def test_harm_is_forbidden(event: str, args: tuple[object, ...]) -> None:
    with pytest.raises(PermissionError):
        caged._forbid(event, args)


@pytest.mark.parametrize(
    ("event", "args"), [("import", ("x",)), ("open", ("x", "r", os.O_RDONLY)), ("open", ("x", "r", None))]
)
def test_reading_is_not(event: str, args: tuple[object, ...]) -> None:
    caged._forbid(event, args)


def test_memory_is_told_in_bytes() -> None:
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    size, resident = caged._memory(statm)
    os.close(statm)
    assert size > resident > 10_000_000


def test_the_jobs_of_these_tests_are_where_the_child_looks_for_them() -> None:
    assert cage_jobs.double.__module__ == "tests.sources.cage_jobs"
