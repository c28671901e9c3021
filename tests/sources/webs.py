"""What the tests of the sources share: servers on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources.http_server import Web


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on loopback."""
    server = Web()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def other_web() -> Iterator[Web]:
    """A second one, on another port."""
    server = Web()
    server.start()
    yield server
    server.stop()
