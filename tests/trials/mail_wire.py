"""The wire between the monitor and its mail server: listens in, and does to a connection what networks do."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

MESSAGE_BEGAN = 4_000
"""Bytes from the client after which a mail is on its way: greeting, TLS and log-in take less."""
_PIECE = 65_536


@dataclass
class Wire:
    """A port that leads to another; what it does is read anew for each piece."""

    target: int
    strip: bool = False
    """Take STARTTLS out of what the server offers."""
    cut_message: bool = False
    """Break the connection in the middle of a mail."""
    cut_answer: bool = False
    """Break the connection when the server confirms a mail."""
    hold_answer: float = 0.0
    """Seconds that the confirmation of the next mail takes."""
    up: bool = True
    port: int = 0
    heard: bytearray = field(default_factory=bytearray)
    """All that the client ever said, as it went over the wire."""
    _listener: socket.socket | None = None

    def listen(self) -> None:
        """Answer on the port, the same one each time."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def hang_up(self) -> None:
        """Refuse connections from now on."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                _Call(self, client)


class _Call:
    """One connection."""

    def __init__(self, wire: Wire, client: socket.socket) -> None:
        self._wire, self._client = wire, client
        self._server = socket.create_connection(("127.0.0.1", wire.target))
        self._said = 0
        for work in (self._up, self._down):
            threading.Thread(target=work, daemon=True).start()

    def _up(self) -> None:
        with _both_closed(self._client, self._server):
            while piece := self._client.recv(_PIECE):
                self._said += len(piece)
                self._wire.heard += piece
                if self._wire.cut_message and self._said > MESSAGE_BEGAN:
                    self._break()
                    return
                self._server.sendall(piece)

    def _down(self) -> None:
        with _both_closed(self._client, self._server):
            while piece := self._server.recv(_PIECE):
                if self._said > MESSAGE_BEGAN:
                    if self._wire.cut_answer:
                        self._break()
                        return
                    pause, self._wire.hold_answer = self._wire.hold_answer, 0.0
                    time.sleep(pause)
                self._client.sendall(_without_starttls(piece) if self._wire.strip else piece)

    def _break(self) -> None:
        """A reset, not a farewell."""
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _without_starttls(piece: bytes) -> bytes:
    return piece.replace(b"250-STARTTLS\r\n", b"").replace(b"250 STARTTLS\r\n", b"250 HELP\r\n")


@contextmanager
def _both_closed(*ends: socket.socket) -> Iterator[None]:
    try:
        with suppress(OSError):
            yield
    finally:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
