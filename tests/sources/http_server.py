"""A small web server on loopback that misbehaves on request."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


Page: TypeAlias = Callable[["Visitor"], None]
"""Sends whatever it likes to its visitor."""


@dataclass(slots=True)
class Visitor:
    """One connection, and what was asked over it."""

    sock: socket.socket
    asked: Asked
    leaving: threading.Event

    def send(self, octets: bytes) -> None:
        """Send these bytes."""
        self.sock.sendall(octets)

    def drip(self, octets: bytes, pause: float = 0.02) -> None:
        """Send one byte at a time, for ever again."""
        while not self.leaving.is_set():
            for octet in octets:
                self.send(bytes([octet]))
                if self.leaving.wait(pause):
                    return


@dataclass(slots=True)
class Web:
    """The server: a page for each path, and a record of what was asked."""

    tls: ssl.SSLContext | None = None
    pages: dict[str, Page] = field(default_factory=dict)
    elsewhere: Page | None = None
    """The page of every path that has none of its own; 404 if there is none."""
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    _leaving: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Listen."""
        self._spawn(self._accept)

    def stop(self) -> None:
        """Hang up on everybody."""
        self._leaving.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def key(self) -> str:
        """As ``allow_private`` names it."""
        return f"127.0.0.1:{self.port}"

    def url(self, target: str = "/") -> str:
        """The address of a page, by number."""
        return f"{'https' if self.tls else 'http'}://{self.key}{target}"

    def targets(self) -> list[str]:
        """Everything that was asked for, in order."""
        return [asked.target for asked in self.asked]

    def _spawn(self, job: Callable[[], None]) -> None:
        thread = threading.Thread(target=job, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._spawn(partial(self._serve, sock))

    def _serve(self, raw: socket.socket) -> None:
        sock = raw
        try:
            raw.settimeout(5)
            if self.tls:
                sock = self.tls.wrap_socket(raw, server_side=True)
            self._visit(sock)
        except OSError:
            pass  # the visitor left, as it should
        finally:
            sock.close()

    def _visit(self, sock: socket.socket) -> None:
        asked = read_request(sock)
        visitor = Visitor(sock, asked, self._leaving)
        self.asked.append(asked)
        page = self.pages.get(asked.target.partition("?")[0]) or self.elsewhere or answer(404)
        page(visitor)


def read_request(sock: socket.socket) -> Asked:
    """Read one request, body included."""
    octets = b""
    while b"\r\n\r\n" not in octets:
        piece = sock.recv(65_536)
        if not piece:
            raise ConnectionError
        octets += piece
    head, _, body = octets.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += sock.recv(65_536)
    return Asked(method=method, target=target, headers=headers, body=body)


def answer(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] | Iterable[tuple[str, str]] = ()
) -> Page:
    """A page that answers properly."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in dict(headers).items())
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode("latin-1")

    def page(visitor: Visitor) -> None:
        visitor.send(head + body)

    return page


def redirect(location: str, status: int = 302, body: bytes = b"") -> Page:
    """A page that sends its visitors elsewhere."""
    return answer(status, body, {"Location": location})


def raw(octets: bytes) -> Page:
    """A page that sends exactly these bytes and hangs up."""

    def page(visitor: Visitor) -> None:
        visitor.send(octets)

    return page


def say_nothing(visitor: Visitor) -> None:
    """A page that keeps its visitors waiting."""
    visitor.leaving.wait()
