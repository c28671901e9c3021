"""Promise: a document can harm one child of the parser at most, and its source for one poll."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sources.base import Parser
from sources.cage import Cage, InProcess, _outcome
from sources.caged import Verdict
from sources.errors import SourceError, Throttled, Unreachable, Unreadable
from tests.pace import stretch
from tests.sources import cage_jobs
from tests.sources.cage_jobs import Found, Tone

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def warm() -> Iterator[Cage]:
    """A cage that is used by many tests, as in life."""
    cage = Cage(cpu=0.5, wall=5, memory=256 * 1024 * 1024)
    yield cage
    cage.close()


@pytest.fixture
def cage() -> Iterator[Cage]:
    """A cage of its own."""
    own = Cage(children=1)
    yield own
    own.close()


@pytest.fixture(params=["in process", "in the cage"])
def parser(request: pytest.FixtureRequest, warm: Cage) -> Parser:
    """Both parsers keep the same promises towards honest and stumbling jobs."""
    return InProcess() if request.param == "in process" else warm


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


def _until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.005)
    return True


# Honest work.


def test_a_job_is_done(parser: Parser) -> None:
    assert parser.run(cage_jobs.double, b"ab") == b"abab"


def test_options_go_in_and_rich_values_come_out(parser: Parser) -> None:
    assert parser.run(cage_jobs.describe, b"two words", at=NOW, suffix="!") == (
        Found(
            words=("two", "words", "!"),
            at=NOW,
            wait=timedelta(days=1),
            tone=Tone.GLAD,
            marks=frozenset({1}),
        ),
    )


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 5_000_000])
def test_bodies_of_any_size_pass(warm: Cage, size: int) -> None:
    assert warm.run(cage_jobs.double, b"x" * size) == b"xx" * size


def test_a_child_is_used_again(warm: Cage) -> None:
    assert len({warm.run(cage_jobs.pid, b"") for _ in range(5)}) == 1


def test_a_warm_job_costs_less_than_two_milliseconds_more(warm: Cage) -> None:
    def best(parser: Parser) -> float:
        times = []
        for _ in range(30):
            started = time.perf_counter()
            parser.run(cage_jobs.double, b"x" * 10_000)
            times.append(time.perf_counter() - started)
        return min(times)

    best(warm)
    assert best(warm) < best(InProcess()) + 0.002 * stretch()


def test_nothing_runs_before_the_first_job() -> None:
    cage = Cage()
    assert cage._idle == []
    cage.close()


def test_threads_share_two_children() -> None:
    cage = Cage()
    seen: set[int] = set()
    wrong: list[int] = []

    def parse(number: int) -> None:
        for _ in range(10):
            seen.add(cage.run(cage_jobs.pid, b""))
            if cage.run(cage_jobs.double, str(number).encode()) != str(number).encode() * 2:
                wrong.append(number)

    threads = [threading.Thread(target=parse, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cage.close()
    assert wrong == []
    assert 1 <= len(seen) <= 2
    assert all(map(_gone, seen))


def test_a_child_outlives_the_thread_that_started_it(cage: Cage) -> None:
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(cage.run(cage_jobs.pid, b"")))
    thread.start()
    thread.join()
    assert [cage.run(cage_jobs.pid, b"")] == first


# Harm.


def _recovers(cage: Cage) -> bool:
    return cage.run(cage_jobs.double, b"ab") == b"abab"


@pytest.mark.parametrize("job", [cage_jobs.spin, cage_jobs.spin_shielded])
def test_a_job_that_never_ends_is_killed_by_processor_time(warm: Cage, job: Callable[[bytes], None]) -> None:
    with pytest.raises(Unreadable, match=r"more than 0\.5 seconds of processor time"):
        warm.run(job, b"")
    assert _recovers(warm)


def test_a_job_that_waits_is_killed_by_the_clock() -> None:
    cage = Cage(wall=0.2)
    cage.run(cage_jobs.double, b"warm up")
    started = time.monotonic()
    with pytest.raises(Unreadable, match=r"longer than 0\.2 seconds"):
        cage.run(cage_jobs.doze, b"")
    assert time.monotonic() - started < 10
    cage.close()


def test_processor_time_is_counted_for_each_job(warm: Cage) -> None:
    first = warm.run(cage_jobs.pid, b"")
    for _ in range(3):
        assert warm.run(cage_jobs.work, b"", seconds=0.2) == 0.2
    assert warm.run(cage_jobs.pid, b"") == first


def test_a_job_that_takes_too_much_memory_fails(warm: Cage) -> None:
    with pytest.raises(Unreadable, match="too much memory"):
        warm.run(cage_jobs.hoard, b"")
    assert _recovers(warm)


def test_a_child_that_holds_on_to_memory_is_replaced(warm: Cage) -> None:
    first = warm.run(cage_jobs.keep, b"", size=1_000)
    assert warm.run(cage_jobs.keep, b"", size=140 * 1024 * 1024) == first
    assert _gone(first)
    assert warm.run(cage_jobs.pid, b"") != first


@pytest.mark.parametrize("job", [cage_jobs.crash, cage_jobs.leave])
def test_a_job_that_takes_the_process_down_is_survived(warm: Cage, job: Callable[[bytes], None]) -> None:
    with pytest.raises(Unreadable, match="crashed the parser"):
        warm.run(job, b"")
    assert _recovers(warm)


@pytest.mark.parametrize(
    ("job", "kind"),
    [(cage_jobs.recurse, "RecursionError"), (cage_jobs.stumble, "ValueError")],
)
def test_a_job_that_stumbles_is_told_by_the_kind_of_error_only(
    parser: Parser, job: Callable[[bytes], None], kind: str
) -> None:
    with pytest.raises(Unreadable) as caught:
        parser.run(job, b"s3cret words")
    assert str(caught.value) == f"it cannot be read ({kind})"


def test_a_job_that_exits_is_a_job_that_stumbles(warm: Cage) -> None:
    with pytest.raises(Unreadable, match="SystemExit"):
        warm.run(cage_jobs.give_up, b"")
    assert _recovers(warm)


def test_an_error_of_the_sources_travels_whole(parser: Parser) -> None:
    with pytest.raises(Throttled, match="wait") as caught:
        parser.run(cage_jobs.object_knowingly, b"")
    error = caught.value
    assert (error.retry_after, error.http_status, error.remedy) == (timedelta(hours=1), 429, "be patient")


def test_an_error_that_the_parent_does_not_know_becomes_the_one_above_it(warm: Cage) -> None:
    with pytest.raises(Unreadable, match="half of it is missing") as caught:
        warm.run(cage_jobs.object_privately, b"")
    assert type(caught.value) is Unreadable


@pytest.mark.parametrize("job", [cage_jobs.no_pickle, cage_jobs.too_much])
def test_a_result_that_cannot_be_sent_is_a_failure(warm: Cage, job: Callable[[bytes], Any]) -> None:
    with pytest.raises(Unreadable):
        warm.run(job, b"")
    assert _recovers(warm)


@pytest.mark.parametrize("job", [cage_jobs.trap, cage_jobs.trap_by_name])
def test_a_result_that_acts_is_not_loaded(warm: Cage, job: Callable[[bytes], Any]) -> None:
    with pytest.raises(Unreadable, match="UnpicklingError"):
        warm.run(job, b"")


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        (Verdict.DONE, b""),
        (Verdict.DONE, b"no pickle"),
        (Verdict.KNOWN, pickle.dumps(("timedelta", "x", None, None, ""))),
        (Verdict.KNOWN, pickle.dumps(("annotations", "x", None, None, ""))),
        (Verdict.KNOWN, pickle.dumps(("__name__", "x", None, None, ""))),
        (Verdict.KNOWN, pickle.dumps(3)),
        (Verdict.FAILED, b"words from\nthe world " * 100),
    ],
)
def test_a_child_that_was_taken_over_can_say_nothing_but_no(verdict: Verdict, result: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        _outcome(verdict, result, "cage_jobs")
    assert "world" not in str(caught.value)


@pytest.mark.parametrize("head", [b"\xff" * 8, b"\0\0\0\2\0\0\0\0\x09\x00", b"\0\0\0\1\0\0\0\0\x00", b"x"])
def test_a_child_that_breaks_the_protocol_is_killed(cage: Cage, head: bytes) -> None:
    cage.run(cage_jobs.double, b"")
    child = cage._idle[0]
    ours, theirs = socket.socketpair()
    child._sock.close()
    child._sock = ours
    theirs.sendall(head)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(Unreadable):
        cage.run(cage_jobs.double, b"")
    theirs.close()
    assert cage._idle == []
    assert _recovers(cage)


@pytest.mark.parametrize("job", [cage_jobs.look_up, cage_jobs.start, cage_jobs.fork])
def test_a_job_can_neither_ask_nor_start_anything(warm: Cage, job: Callable[[bytes], None]) -> None:
    with pytest.raises(Unreadable, match="PermissionError"):
        warm.run(job, b"")


def test_a_job_cannot_write(warm: Cage, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="PermissionError"):
        warm.run(cage_jobs.write, str(tmp_path / "harm").encode())
    assert list(tmp_path.iterdir()) == []


def test_a_job_cannot_connect(warm: Cage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        with pytest.raises(Unreadable, match="PermissionError"):
            warm.run(cage_jobs.connect, str(server.getsockname()[1]).encode())
        with pytest.raises(BlockingIOError):
            server.accept()


# Surroundings.


def test_a_child_knows_nothing_of_the_parent(warm: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "s3cret")
    cage = Cage()
    with open(__file__, "rb") as inherited:  # noqa: PTH123 -- a descriptor
        os.set_inheritable(inherited.fileno(), True)  # noqa: FBT003 -- takes no name
        found = cage.run(cage_jobs.surroundings, b"")
    cage.close()
    assert set(found["environment"]) <= {"LC_CTYPE"}  # Python sets it itself where there is no locale
    assert len(found["files"]) <= 6  # three standard ones, the line, statm, and the listing itself
    assert found["session"]
    assert found["main"] == ""
    heavy = {"numpy", "sqlalchemy", "requests", "vaderSentiment", "monitor", "pytest"}
    assert not heavy & set(found["modules"])
    assert {"feedparser", "bs4", "lxml.html"} <= set(found["modules"])


def test_signals_that_a_thread_blocks_are_not_blocked_in_the_child() -> None:
    cage = Cage(cpu=0.2, wall=5)
    blocked = {signal.SIGPROF, signal.SIGALRM}
    signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        assert cage.run(cage_jobs.surroundings, b"")["blocked"] == 0
        with pytest.raises(Unreadable, match="processor time"):
            cage.run(cage_jobs.spin, b"")
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
        cage.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_child_leaves_it_to_the_parent_when_to_end(cage: Cage, number: signal.Signals) -> None:
    child = cage.run(cage_jobs.pid, b"")
    os.kill(child, number)
    assert cage.run(cage_jobs.pid, b"") == child


def test_a_child_that_died_in_its_sleep_costs_nothing(cage: Cage) -> None:
    child = cage.run(cage_jobs.pid, b"")
    os.kill(child, signal.SIGKILL)
    assert _until(lambda: not cage._idle[0].is_alive())
    assert _recovers(cage)


def test_a_cage_that_is_closed_leaves_no_child_and_takes_no_job(cage: Cage) -> None:
    child = cage.run(cage_jobs.pid, b"")
    cage.close()
    assert _gone(child)
    with pytest.raises(Unreachable):
        cage.run(cage_jobs.pid, b"")
    cage.close()


def test_a_job_that_is_under_way_at_closing_may_finish(cage: Cage) -> None:
    cage.run(cage_jobs.pid, b"")
    child = cage._idle[0]
    done: list[float] = []
    thread = threading.Thread(target=lambda: done.append(cage.run(cage_jobs.work, b"", seconds=0.1)))
    thread.start()
    assert _until(lambda: not cage._idle)
    cage.close()
    thread.join()
    assert done == [0.1]
    assert not child.is_alive()


def test_an_interrupt_while_waiting_kills_the_child(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    child = cage.run(cage_jobs.pid, b"")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sources.caged.receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cage.run(cage_jobs.doze, b"")
    monkeypatch.undo()
    assert _gone(child)
    assert _recovers(cage)


def test_a_child_that_cannot_start_is_no_fault_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.cage._BOOT", "raise SystemExit(1)")
    cage = Cage()
    with pytest.raises(Unreachable, match="could not be started"):
        cage.run(cage_jobs.pid, b"")
    cage.close()


PARENT = """
import os, sys, signal
{effect}
sys.path[:0] = {path!r}
from tests.sources import cage_jobs
from sources.cage import Cage
cage = Cage(cpu=0.5)
print(cage.run(cage_jobs.pid, b""), flush=True)
{end}
"""


def _parent(
    folder: Path, end: str, *, effect: str = "", how: str = "script"
) -> tuple[int, subprocess.Popen[str]]:
    """Start a program that starts a child and then comes to this end."""
    path = [str(ROOT), str(ROOT / "tests" / "sources")]
    package = folder / "program"
    package.mkdir()
    main = package / "__main__.py"
    main.write_text(PARENT.format(path=path, end=end, effect=effect), encoding="utf-8")
    command = [str(main)] if how == "script" else ["-m", "program"]
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=folder)
    assert process.stdout
    return int(process.stdout.readline()), process


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", id="killed"),
        pytest.param("os._exit(0)", id="gone"),
        pytest.param("pass", id="without closing"),
        pytest.param(
            "import threading, time\n"
            "threading.Thread(target=cage.run, args=(cage_jobs.spin, b''), daemon=True).start()\n"
            "time.sleep(0.1)\nos.kill(os.getpid(), signal.SIGKILL)",
            id="killed while a job never ends",
        ),
    ],
)
def test_a_child_ends_when_its_parent_does(tmp_path: Path, end: str) -> None:
    child, process = _parent(tmp_path, end)
    with process:
        process.wait()
    assert _until(lambda: _gone(child))


@pytest.mark.parametrize("how", ["script", "module"])
def test_the_main_program_is_not_run_again_in_the_child(tmp_path: Path, how: str) -> None:
    trace = tmp_path / "trace"
    effect = f"open({str(trace)!r}, 'a').write('ran ')"
    _, process = _parent(tmp_path, "cage.close()", effect=effect, how=how)
    with process:
        assert process.wait() == 0
    assert trace.read_text() == "ran "


def test_in_process_holds_nothing() -> None:
    InProcess().close()


def test_both_are_parsers(warm: Cage) -> None:
    parsers: list[Parser] = [warm, InProcess()]
    for parser in parsers:
        with pytest.raises(SourceError):
            parser.run(cage_jobs.stumble, b"")
