"""One daemon per database and role; the second is told who the first is; a lock dies with its process."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import AlreadyRunning
from monitor.store import hold

DAEMON = """
import sys
from pathlib import Path
from monitor.store import hold
with hold(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("all", "all"),
        ("all", "fetch"),
        ("all", "mail"),
        ("fetch", "all"),
        ("mail", "all"),
        ("fetch", "fetch"),
    ],
)
def test_the_second_of_a_role_is_refused_and_told_who_is_first(
    tmp_path: Path, first: str, second: str
) -> None:
    with (
        hold(tmp_path, first),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}") as caught,
        hold(tmp_path, second),
    ):
        pass
    assert str(os.getpid()) in caught.value.remedy


def test_fetcher_and_mailer_run_side_by_side(tmp_path: Path) -> None:
    with hold(tmp_path, "fetch"), hold(tmp_path, "mail"):
        names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["monitor-fetch.lock", "monitor-mail.lock"]


def test_a_whole_daemon_that_is_refused_one_half_lets_go_of_the_other(tmp_path: Path) -> None:
    with hold(tmp_path, "mail"):
        with pytest.raises(AlreadyRunning), hold(tmp_path, "all"):
            pass
        with hold(tmp_path, "fetch"):
            pass


def test_a_role_is_free_again_when_its_holder_ends(tmp_path: Path) -> None:
    for _ in range(2):
        with hold(tmp_path, "all"):
            pass


def test_the_lock_is_private_and_makes_its_folder(tmp_path: Path) -> None:
    with hold(tmp_path / "state", "fetch"):
        mode = (tmp_path / "state" / "monitor-fetch.lock").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_killed_daemon_holds_nothing(tmp_path: Path) -> None:
    daemon = subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(tmp_path), "all"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    assert daemon.stdout.readline() == "held\n"
    with pytest.raises(AlreadyRunning, match=f"process {daemon.pid}"), hold(tmp_path, "fetch"):
        pass
    daemon.send_signal(signal.SIGKILL)
    daemon.communicate()
    with hold(tmp_path, "all"):
        assert (tmp_path / "monitor-fetch.lock").read_text() == f"{os.getpid()}\n"
