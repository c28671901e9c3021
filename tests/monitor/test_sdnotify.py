"""Promise: systemd hears each state in one datagram, and silence never stops us."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from monitor.sdnotify import Notifier


@pytest.fixture
def names(tmp_path: Path) -> dict[str, tuple[str, str]]:
    """The address to listen at, and how systemd writes it."""
    path = str(tmp_path / "notify")
    abstract = f"mention-monitor-test-{os.getpid()}"
    return {"file": (path, path), "abstract": (f"\0{abstract}", f"@{abstract}")}


@pytest.mark.parametrize("kind", ["file", "abstract"])
def test_states_arrive_together(kind: str, names: dict[str, tuple[str, str]]) -> None:
    listen_at, told = names[kind]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(listen_at)
        listener.settimeout(2)

        Notifier(told).send("READY=1", "STATUS=all well")

        assert listener.recv(200) == b"READY=1\nSTATUS=all well"


def test_nobody_listening_is_no_error(tmp_path: Path) -> None:
    Notifier().send("READY=1")
    Notifier(str(tmp_path / "gone")).send("READY=1")
