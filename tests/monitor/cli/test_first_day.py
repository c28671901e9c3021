"""Promise: whoever looks around before anything was ever read is told so, and no command breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from tests.monitor.configurations import MONITOR, SCHOOL, settle


@pytest.mark.parametrize(
    ("command", "exit_status"),
    [
        ("sources", 0),
        ("mentions", 0),
        ("incidents --open", 0),
        ("outbox", 0),
        ("health", 1),
        ("handover", 0),
        ("rules", 0),
        ("digest", 0),
        ("digest --governors", 0),
        ("digest --json", 0),
    ],
)
def test_a_look_before_the_first_round_is_answered(
    command: str, exit_status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(tmp_path, monkeypatch)
    Path("monitor.toml").write_text(MONITOR)
    Path("schools/holm-nook.toml").write_text(SCHOOL)

    told = CliRunner().invoke(cli, ["--config", "monitor.toml", *command.split()])

    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    assert told.exit_code == exit_status, told.output
    assert told.output.strip()
