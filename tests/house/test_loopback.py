"""No test reaches beyond this machine, whatever it tries."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "::ffff:192.0.2.1", "2001:db8::1"])
def test_a_test_that_tries_to_leave_fails(host: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="beyond this machine"):
        socket.create_connection((host, 80), timeout=0.1)


def test_an_address_is_refused_even_without_a_look_up() -> None:
    with (
        socket.socket() as outward,
        pytest.raises(pytest.fail.Exception, match="beyond this machine"),
    ):
        outward.connect(("192.0.2.1", 80))


def test_a_service_on_this_machine_may_be_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()
        socket.create_connection(server.getsockname(), timeout=5).close()
