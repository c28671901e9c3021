"""Promise: a service is asked over a verified line or not at all, and no answer takes longer or more room than it may."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from alerts import https
from alerts.https import Lost, Service
from tests.sources.http_server import Page, Visitor, Web, answer, redirect

TOKEN = "eyJ0.play.sig"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def serve(authority: trustme.CA) -> Iterator[Callable[..., Web]]:
    started: list[Web] = []

    def start(page: Page, name: str = "127.0.0.1") -> Web:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        web = Web(tls=context, elsewhere=page)
        started.append(web)
        web.start()
        return web

    yield start
    for web in started:
        web.stop()


def _ask(web: Web, ca_file: Path | None, *, seconds: float = 5.0, proxy: str = "") -> https.Reply:
    service = Service(web.url(""), ca_file=ca_file, proxy=proxy)
    return service.ask("POST", "/token", seconds=seconds, headers={"Authorization": TOKEN}, body=b"a=b")


def test_an_answer_is_told_as_it_came(serve: Callable[..., Web], ca_file: Path) -> None:
    web = serve(answer(429, b"busy", {"Retry-After": "7"}))
    reply = _ask(web, ca_file)

    [asked] = web.asked
    assert (reply.status, reply.body, reply.headers["retry-after"]) == (429, b"busy", "7")
    assert (asked.method, asked.target, asked.body) == ("POST", "/token", b"a=b")
    assert asked.headers["connection"] == "close"
    assert "busy" not in repr(reply)


def test_a_redirect_is_an_answer_and_is_not_followed(serve: Callable[..., Web], ca_file: Path) -> None:
    web = serve(redirect("/elsewhere", 307))

    assert _ask(web, ca_file).status == 307
    assert web.targets() == ["/token"]


@pytest.mark.parametrize("name", ["127.0.0.1", "login.elsewhere.test"])
def test_a_line_that_is_not_verified_carries_nothing(
    name: str, serve: Callable[..., Web], ca_file: Path
) -> None:
    web = serve(answer(200), name)
    with pytest.raises(Lost, match="certificate that is not valid") as raised:
        _ask(web, None if name == "127.0.0.1" else ca_file)

    assert raised.value.lasting
    assert not raised.value.sent
    assert web.asked == []


def test_a_service_without_tls_gets_nothing(ca_file: Path) -> None:
    web = Web(elsewhere=answer(200))
    web.start()
    try:
        with pytest.raises(Lost):
            Service(f"https://{web.key}", ca_file=ca_file).ask("GET", "/", seconds=5)
    finally:
        web.stop()
    assert web.asked == []


def test_what_speaks_no_tls_at_all_is_a_matter_for_a_person(ca_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            client, _ = listener.accept()
            with client:
                client.sendall(b"HTTP/1.1 400 This is a plain server\r\n\r\n")
                client.recv(65_536)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        service = Service(f"https://127.0.0.1:{listener.getsockname()[1]}", ca_file=ca_file)
        with pytest.raises(Lost, match="no secure connection") as raised:
            service.ask("GET", "/", seconds=5)
        thread.join(5)

    assert raised.value.lasting


def test_a_name_that_takes_too_long_to_look_up_leaves_no_time_to_connect(
    serve: Callable[..., Web], ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = serve(answer(200))
    found = socket.getaddrinfo("127.0.0.1", web.port, type=socket.SOCK_STREAM)

    def slow(*_: object, **__: object) -> object:
        threading.Event().wait(0.2)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(Lost, match="in time"):
        _ask(web, ca_file, seconds=0.05)

    assert web.connections == 0


def _hang(visitor: Visitor) -> None:
    visitor.leaving.wait(5)


def _drip_status(visitor: Visitor) -> None:
    visitor.drip(b"HTTP/1.1 200 O" + b"K" * 60_000)


def _drip_headers(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\n")
    visitor.drip(b"X-Slow: yes\r\n" * 99)


@pytest.mark.parametrize("page", [_hang, _drip_status, _drip_headers])
def test_the_whole_answer_must_come_in_time(page: Page, serve: Callable[..., Web], ca_file: Path) -> None:
    web = serve(page)
    with pytest.raises(Lost, match="in time") as raised:
        _ask(web, ca_file, seconds=0.3)

    assert raised.value.sent
    assert not raised.value.lasting


def test_a_handshake_that_never_ends_is_cut_off(ca_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        service = Service(f"https://127.0.0.1:{listener.getsockname()[1]}", ca_file=ca_file)
        with pytest.raises(Lost, match="in time") as raised:
            service.ask("GET", "/", seconds=0.2)

    assert not raised.value.sent


def test_no_time_left_is_not_even_a_connection(
    serve: Callable[..., Web], ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = serve(answer(200))
    later = iter([0.0, 9.0])
    monkeypatch.setattr("alerts.https.time.monotonic", lambda: next(later, 9.0))
    with pytest.raises(Lost, match="in time"):
        _ask(web, ca_file)

    assert web.connections == 0


def test_a_long_answer_is_read_no_further_than_it_may_be(
    serve: Callable[..., Web], ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https, "MOST_BYTES", 10)
    web = serve(answer(200, b"x" * 100_000))

    assert _ask(web, ca_file).body == b"x" * 10


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"nothing of the kind\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
    ],
    ids=["nothing", "no HTTP", "too many headers", "a header without end"],
)
def test_what_is_no_answer_is_told_as_a_delay(
    octets: bytes, serve: Callable[..., Web], ca_file: Path
) -> None:
    with pytest.raises(Lost, match="cannot be reached") as raised:
        _ask(serve(lambda visitor: visitor.send(octets)), ca_file)

    assert raised.value.sent
    assert not raised.value.lasting


def test_a_body_that_breaks_off_is_taken_as_far_as_it_came(serve: Callable[..., Web], ca_file: Path) -> None:
    chunk = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"

    assert _ask(serve(lambda visitor: visitor.send(chunk)), ca_file).status == 202


def test_the_next_address_of_a_host_is_tried(
    serve: Callable[..., Web], ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = serve(answer(200))
    right = socket.getaddrinfo("127.0.0.1", web.port, type=socket.SOCK_STREAM)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        wrong = socket.getaddrinfo("127.0.0.1", unused.getsockname()[1], type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [*wrong, *right])

    assert _ask(web, ca_file).status == 200


def test_a_host_without_an_address_is_a_delay(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(Lost) as raised:
        Service("https://login.test", ca_file=ca_file).ask("GET", "/", seconds=1)

    assert not raised.value.lasting


def test_the_way_out_of_the_school_is_taken_and_the_line_verified_through_it(
    serve: Callable[..., Web], ca_file: Path
) -> None:
    web = serve(answer(200, b"there"))
    with _tunnel() as (port, wanted):
        assert _ask(web, ca_file, proxy=f"http://127.0.0.1:{port}").body == b"there"
        with pytest.raises(Lost, match="certificate"):
            _ask(web, None, proxy=f"http://127.0.0.1:{port}")

    assert wanted == [f"CONNECT {web.key} HTTP/1"] * 2
    assert len(web.asked) == 1


def test_no_error_quotes_the_request(serve: Callable[..., Web], ca_file: Path) -> None:
    service = Service(serve(answer(200)).url(""), ca_file=ca_file)
    with pytest.raises(Lost) as raised:
        service.ask("POST", "/", seconds=5, headers={"Authorization": f"{TOKEN}\r\nX: y"}, body=b"")

    assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r}"
    assert raised.value.__suppress_context__


class _tunnel:  # noqa: N801 -- used like a function
    """A proxy that opens tunnels, and notes which."""

    def __enter__(self) -> tuple[int, list[str]]:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._wanted: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self._listener.getsockname()[1], self._wanted

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._open, args=(client,), daemon=True).start()

    def _open(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65_536)
        first = head.decode().split("\r\n")[0]
        self._wanted.append(first.rpartition(".")[0])
        host, _, port = first.split(" ")[1].partition(":")
        server = socket.create_connection((host, int(port)), 5)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for one, other in ((client, server), (server, client)):
            threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    try:
        while octets := one.recv(65_536):
            other.sendall(octets)
    except OSError:
        pass
    finally:
        one.close()
        other.close()
