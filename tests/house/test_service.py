"""Promise: the service may do what it needs and little else, is looked after, and finds what the documents say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor import daemon
from monitor.settings import MonitorSettings

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "mention-monitor.service"
ACCOUNT = ROOT / "systemd" / "mention-monitor.sysusers.conf"
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXT = UNIT.read_text(encoding="utf-8")

WORST = 12
"""Ten times the exposure that we accept; a unit without any protection has 95."""
analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed on this machine"
)


def _said(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", TEXT, re.MULTILINE)


def _the(key: str) -> str:
    (value,) = _said(key)
    return str(value)


def _analyze(folder: Path, text: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on a copy whose programs exist on this machine."""
    copy = folder / UNIT.name
    copy.write_text(
        re.sub(r"^(ExecStart|ExecReload)=.*$", r"\1=/bin/sh", text, flags=re.MULTILINE), encoding="utf-8"
    )
    return subprocess.run(["systemd-analyze", *command, copy], capture_output=True, text=True, check=False)


@analyze
def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    told = _analyze(tmp_path, TEXT, "verify", "--man=no")
    assert (told.returncode, [line for line in told.stderr.splitlines() if UNIT.name in line]) == (0, [])


@analyze
def test_systemd_would_find_a_fault(tmp_path: Path) -> None:
    told = _analyze(tmp_path, TEXT.replace("WatchdogSec=", "WatchDogSec="), "verify", "--man=no")
    assert UNIT.name in told.stderr


@analyze
@pytest.mark.parametrize(
    ("left_out", "passes"),
    [
        ("nothing at all", True),
        ("CapabilityBoundingSet=", False),
        ("NoNewPrivileges=", False),
        ("ProtectSystem=", False),
        ("SystemCallFilter=", False),
    ],
)
def test_little_is_exposed(left_out: str, *, passes: bool, tmp_path: Path) -> None:
    text = re.sub(rf"^{re.escape(left_out)}.*$", "", TEXT, flags=re.MULTILINE)
    told = _analyze(tmp_path, text, "security", "--offline=true", "--no-pager", f"--threshold={WORST}")
    assert (told.returncode == 0) == passes, told.stdout.splitlines()[-1]


def test_it_runs_under_the_account_that_is_made_for_it() -> None:
    made = re.findall(r"^u (\S+) .* (/\S+)$", ACCOUNT.read_text(encoding="utf-8"), re.MULTILINE)
    state = MonitorSettings.model_fields["state"].default
    assert made == [(_the("User"), str(state))]
    assert _the("Group") == _the("User")
    assert Path("/var/lib") / _the("StateDirectory") == Path(state)


def test_nobody_else_reads_its_state_or_its_memory() -> None:
    assert (_the("StateDirectoryMode"), _the("UMask"), _the("LimitCORE"), _the("MemorySwapMax")) == (
        "0700",
        "0077",
        "0",
        "0",
    )


def test_no_secret_is_in_the_unit_or_in_the_environment() -> None:
    assert not _said("PassEnvironment")
    assert not _said("EnvironmentFile")
    assert not re.search("password|secret|token", " ".join(_said("Environment")), re.IGNORECASE)
    assert {value.partition(":")[2] for value in _said("SetCredential")} <= {r"\n"}


def test_every_secret_that_the_examples_name_is_handed_over() -> None:
    config = ROOT / "config"
    named = {
        name
        for file in config.rglob("*.toml")
        for name in re.findall(
            r'(?:password|urls|wake|secret|certificate|service_account|token|key) = \{ file = "(.+?)" \}',
            file.read_text(encoding="utf-8"),
        )
    }
    assert {f"{name}:/etc/mention-monitor/{name}" for name in named} == set(_said("LoadCredential"))
    assert {value.partition(":")[0] for value in _said("SetCredential")} == named


def test_what_reads_the_world_may_limit_itself() -> None:
    *_, forbidden, allowed = _said("SystemCallFilter")
    assert "@resources" in forbidden.removeprefix("~").split()
    assert allowed.split() == ["setrlimit", "prlimit64"]
    assert _the("OOMPolicy") == "continue"


def test_it_has_time_to_finish_and_is_killed_only_when_stuck() -> None:
    assert int(_the("TimeoutStopSec")) > daemon.STOP_SECONDS
    assert int(_the("WatchdogSec")) > daemon.LONGEST_POLL + daemon.LATE_TICK
    assert (_the("Type"), _the("NotifyAccess"), _the("Restart")) == ("notify", "main", "on-failure")


def test_it_never_gives_up_but_on_a_wrong_configuration() -> None:
    assert (_the("StartLimitIntervalSec"), _the("RestartPreventExitStatus")) == ("0", "2")


def test_the_readme_puts_things_where_the_service_looks() -> None:
    program, _, configuration = _the("ExecStart").removesuffix(" run").partition(" --config ")
    assert program == "/opt/mention-monitor/.venv/bin/mention-monitor"
    for said in (
        "/opt/mention-monitor",
        str(Path(configuration).parent),
        "systemd/mention-monitor.sysusers.conf",
    ):
        assert said in README
