"""Promise: a name is resolved once and checked, and nothing on the wire outlasts the deadline."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sources import guard
from sources.errors import Denied, SourceError, Unreachable, Unreadable
from sources.guard import Place, SockAddr
from sources.line import Budget, Line, Switchboard, dial

PAPER = guard.place_of("http://paper.example/")


def _answers(*addresses: str) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]


def _budget(seconds: float = 5) -> Budget:
    return Budget(seconds, time.monotonic)


class _Net:
    """Stands for name server and network; keeps a record of who was asked for and dialled."""

    def __init__(self, *replies: list[tuple[Any, ...]] | Exception, dead: tuple[str, ...] = ()) -> None:
        self.replies = list(replies)
        self.dead = dead
        self.asked: list[str] = []
        self.dialled: list[str] = []
        self.shares: list[float] = []

    def resolve(self, host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def dial(self, address: SockAddr, seconds: float) -> socket.socket:
        self.dialled.append(address[0])
        self.shares.append(seconds)
        if address[0] in self.dead:
            raise ConnectionRefusedError
        return socket.socket()

    def switchboard(self, proxy: Place | None = None) -> Switchboard:
        return Switchboard(
            resolve=self.resolve, dial=self.dial, proxy=proxy, context=ssl.create_default_context
        )

    def open(self, place: Place = PAPER, seconds: float = 5) -> None:
        budget = _budget(seconds)
        with budget:
            self.switchboard().open(place, budget, 1_000).hang_up()


@contextmanager
def _wire(budget: Budget, most: int = 1_000) -> Iterator[tuple[Line, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs, budget:
        yield Line(ours, PAPER, budget, most), theirs


def test_a_name_is_asked_for_once_and_connected_to_as_checked() -> None:
    net = _Net(_answers("93.184.215.14"), _answers("127.0.0.1"))
    net.open()
    assert net.asked == ["paper.example"]
    assert net.dialled == ["93.184.215.14"]


def test_a_name_that_changes_its_mind_is_refused() -> None:
    net = _Net(_answers("93.184.215.14"), _answers("127.0.0.1"), _answers("93.184.215.14"))
    net.open()
    with pytest.raises(Denied):
        net.open()
    net.open()
    assert net.dialled == ["93.184.215.14", "93.184.215.14"]


@pytest.mark.parametrize("hidden", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254"])
@pytest.mark.parametrize("first", [True, False])
def test_one_address_that_is_not_public_spoils_the_name(hidden: str, first: bool) -> None:  # noqa: FBT001 -- a case
    addresses = (hidden, "93.184.215.14") if first else ("93.184.215.14", hidden)
    net = _Net(_answers(*addresses))
    with pytest.raises(Denied):
        net.open()
    assert net.dialled == []


def test_an_address_in_numbers_is_not_asked_for_but_checked() -> None:
    net = _Net()
    net.open(guard.place_of("http://93.184.215.14/"))
    with pytest.raises(Denied):
        net.open(guard.place_of("http://127.0.0.1/"))
    assert net.asked == []
    assert net.dialled == ["93.184.215.14"]


def test_the_next_address_is_tried_where_one_is_dead() -> None:
    net = _Net(_answers("93.184.215.14", "93.184.215.15"), dead=("93.184.215.14",))
    net.open()
    assert net.dialled == ["93.184.215.14", "93.184.215.15"]


def test_a_dead_address_costs_its_share_of_the_deadline_only() -> None:
    net = _Net(_answers("93.184.215.14", "93.184.215.15"), dead=("93.184.215.14",))
    net.open(seconds=8)
    assert net.shares == pytest.approx([4, 8], abs=0.5)


def test_families_are_tried_by_turns_and_four_addresses_at_most() -> None:
    addresses = ("2606::1", "2606::2", "2606::3", "2606::4", "93.184.215.14", "93.184.215.15")
    net = _Net(_answers(*addresses), dead=addresses)
    with pytest.raises(Unreachable, match="does not accept connections"):
        net.open()
    assert net.dialled == ["2606::1", "93.184.215.14", "2606::2", "93.184.215.15"]


def test_a_name_without_addresses_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        _Net([]).open()


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), OSError()])
def test_a_name_that_cannot_be_resolved_is_unreachable(error: Exception) -> None:
    with pytest.raises(Unreachable, match=r"the name paper\.example cannot be resolved"):
        _Net(error).open()


def test_a_bug_in_the_resolver_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        _Net(ZeroDivisionError()).open()


def test_a_name_server_that_hangs_costs_no_more_than_the_deadline() -> None:
    release = threading.Event()

    def hang(*_: object, **__: object) -> list[tuple[Any, ...]]:
        release.wait()
        return []

    board = Switchboard(resolve=hang, dial=dial, proxy=None, context=ssl.create_default_context)
    started = time.monotonic()
    for _ in range(17):  # one more than may hang at a time
        budget = _budget(0.01)
        with budget, pytest.raises(Unreachable, match="no complete answer"):
            board.open(PAPER, budget, 1_000)
    assert time.monotonic() - started < 10
    release.set()


def test_time_outside_the_budget_does_not_count() -> None:
    now = 0.0
    budget = Budget(10, lambda: now)
    with budget:
        now = 4
        assert budget.left() == 6
    now = 1_000
    with budget:
        now = 1_005
        assert budget.left() == 1
        now = 1_006
        with pytest.raises(Unreachable, match="no complete answer within 10 seconds"):
            budget.left()


def test_what_is_sent_arrives() -> None:
    with _wire(_budget()) as (line, theirs):
        line.sendall(b"GET / HTTP/1.1")
        assert theirs.recv(100) == b"GET / HTTP/1.1"
        theirs.sendall(b"HTTP/1.1 200 OK\r\n")
        assert line.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"


def test_http_client_cannot_close_it_or_change_the_deadline() -> None:
    with _wire(_budget()) as (line, theirs):
        line.settimeout(None)
        line.close()
        theirs.sendall(b"x")
        assert line.receive(bytearray(1)) == 1
        line.hang_up()
        with pytest.raises(Unreachable):
            line.receive(bytearray(1))


def test_silence_ends_at_the_deadline() -> None:
    with _wire(_budget(0.02)) as (line, _), pytest.raises(Unreachable, match=r"within 0\.02 seconds"):
        line.receive(bytearray(1))


def test_a_reader_that_does_not_read_ends_at_the_deadline() -> None:
    with _wire(_budget(0.02)) as (line, _), pytest.raises(Unreachable, match=r"within 0\.02 seconds"):
        line.sendall(bytes(10_000_000))


def test_a_drip_ends_at_the_deadline() -> None:
    with _wire(_budget(0.05), most=10**6) as (line, theirs):
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.005):
                theirs.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(Unreachable, match=r"within 0\.05 seconds"):
                line.makefile("rb").readline()
        finally:
            stop.set()
            thread.join()


def test_more_bytes_than_allowed_are_too_many() -> None:
    with _wire(_budget(), most=10) as (line, theirs):
        theirs.sendall(b"x" * 11)
        with pytest.raises(Unreadable, match="too large"):
            line.makefile("rb").read(11)


def test_a_reset_is_told_in_our_words() -> None:
    with _wire(_budget()) as (line, theirs):
        theirs.close()
        with pytest.raises(Unreachable, match=r"paper\.example broke the connection"):
            line.sendall(b"x")


def _proxied(reply: Callable[[socket.socket], None], url: str) -> None:
    """Fail to open a line through a proxy that answers like this."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=reply, args=(theirs,))
    thread.start()
    net = _Net()
    board = Switchboard(
        resolve=net.resolve,
        dial=lambda *_: ours,
        proxy=guard.place_of("http://127.0.0.1:3128/", {"127.0.0.1:3128"}),
        context=ssl.create_default_context,
    )
    budget = _budget(0.5)
    try:
        with budget:
            board.open(guard.place_of(url), budget, 1_000)
    finally:
        thread.join()
        theirs.close()
        ours.close()
        assert net.asked == []


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 403 Forbidden\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9_000, b"\r\n\r\n", b""]
)
def test_a_proxy_that_says_no_is_told_so(head: bytes) -> None:
    def reply(theirs: socket.socket) -> None:
        assert theirs.recv(1_000).startswith(
            b"CONNECT paper.example:443 HTTP/1.1\r\nHost: paper.example:443\r\n"
        )
        theirs.sendall(head)
        theirs.shutdown(socket.SHUT_WR)

    with pytest.raises(SourceError):
        _proxied(reply, "https://paper.example/")


def test_a_proxy_is_not_asked_for_the_local_network() -> None:
    with pytest.raises(Denied):
        _proxied(lambda theirs: None, "https://intranet/")


def test_who_hangs_up_during_the_handshake_is_unreachable() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    net = _Net(_answers("93.184.215.14"))
    board = Switchboard(
        resolve=net.resolve, dial=lambda *_: ours, proxy=None, context=ssl.create_default_context
    )
    budget = _budget()
    with budget, pytest.raises(Unreachable, match=r"no secure connection to paper\.example"):
        board.open(guard.place_of("https://paper.example/"), budget, 1_000)
    assert ours.fileno() == -1


def test_dialling_leaves_no_socket_behind_where_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        dial(("127.0.0.1", port), 1)


def test_ipv6_is_dialled_as_ipv6() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        dial(("::1", server.getsockname()[1], 0, 0), 1).close()
