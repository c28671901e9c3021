"""What every test may use: an open store, a fixed time, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import logging
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.store import Store

pytest_plugins = [
    "tests.journeys.play",
    "tests.journeys.post",
    "tests.monitor.jobs.afterwards",
    "tests.sources.webs",
]
"""Fixtures of the journeys (a whole house) and of the sources (web servers on loopback)."""


@pytest.fixture(scope="session")
def empty_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder whose database has all tables and nothing in them; copy it, never use it."""
    state = tmp_path_factory.mktemp("empty") / "state"
    Store.open(state).close()
    return state


@pytest.fixture
def state(tmp_path: Path, empty_state: Path) -> Path:
    """A fresh state folder with a migrated, empty database."""
    return Path(shutil.copytree(empty_state, tmp_path / "state"))


@pytest.fixture
def store(state: Path) -> Iterator[Store]:
    """An open store on a file of its own."""
    opened = Store.open(state)
    yield opened
    opened.close()


@pytest.fixture
def now() -> datetime:
    """A Tuesday in term, 10:15 in London."""
    return datetime(2026, 11, 24, 10, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command that sets up the log for itself leaves it to the next test as it was."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any test that tries to leave this machine."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            _must_be_local(address[0])
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _must_be_local(host)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


def _must_be_local(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if not name or name == "localhost":
        return
    try:
        local = ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        local = False
    if not local:
        pytest.fail(f"a test wanted to reach {name!r}; nothing beyond this machine may be asked")
