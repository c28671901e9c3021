"""One HTTPS request to a service that the operator chose: verified TLS, no redirect, bounded in time and size.

For handing over mail and fetching tokens. The web at large is asked by another client, with stricter rules.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

MOST_BYTES = 262_144
"""Of an answer: a token or an error in JSON is far shorter; the rest of a longer one is left unread."""
DIAL_SECONDS = 5.0
"""The longest wait for one of a host's addresses; the next may answer."""
_HICCUPS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""A connection lost during the handshake, not a disagreement about security."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a service answered. Header names are lower case; the body may be cut off."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


class Lost(Exception):
    """No answer; the sentence quotes nothing of the request."""

    def __init__(self, message: str, *, sent: bool = False, lasting: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        """The whole request went out: it may have been carried out."""
        self.lasting = lasting
        """A human must act; trying again changes nothing."""


class Service:
    """A service under one address. Keeps no connection and no cookie; safe to share among threads."""

    def __init__(self, url: str, *, ca_file: Path | None = None, proxy: str = "") -> None:
        self._place = urlsplit(url)
        self._proxy = urlsplit(proxy)
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def ask(
        self,
        method: str,
        target: str,
        *,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """Ask for a path of this service, and wait no longer than ``seconds`` in all. Raises ``Lost``."""
        with _Deadline(seconds) as deadline, closing(self._connection(deadline)) as connection:
            try:
                connection.request(
                    method, target, body=body, headers={"Connection": "close", **(headers or {})}
                )
            except Exception as error:  # noqa: BLE001 -- whatever it is, its text may quote a header with a token
                raise _lost(error, deadline) from None
            try:
                with closing(connection.getresponse()) as response:
                    if deadline.over:  # then even a status line may be half a one
                        raise TimeoutError
                    return _reply(response)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise _lost(error, deadline, sent=True) from None

    def _connection(self, deadline: _Deadline) -> _Connection:
        host, port = self._place.hostname or "", self._place.port or 443
        context = self._tls()
        if not self._proxy.hostname:
            return _Connection(host, port, context, deadline)
        connection = _Connection(self._proxy.hostname, self._proxy.port or 80, context, deadline)
        connection.set_tunnel(host, port)
        return connection

    def _tls(self) -> ssl.SSLContext:
        """One context for all connections: reading the certificates costs 18 ms each time."""
        with self._lock:
            if self._context is None:
                try:
                    self._context = ssl.create_default_context(cafile=self._ca_file)
                except (OSError, ssl.SSLError):
                    raise Lost("the certificate file (ca_file) cannot be read", lasting=True) from None
                self._context.minimum_version = ssl.TLSVersion.TLSv1_2
            return self._context


class _Deadline:
    """Ends a request after some seconds, whatever it is waiting for."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._ends = time.monotonic() + seconds
        self._spare: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._spare is not None:
            self._spare.close()

    def dial(self, address: tuple[str, int], *_: object) -> socket.socket:
        """Connect to one address of a host after the other, as ``socket.create_connection`` would but in time."""
        failed: OSError = TimeoutError()
        for family, kind, protocol, _name, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(min(self._left(), DIAL_SECONDS))
                sock.connect(place)
                sock.settimeout(self._left())
            except OSError as error:
                sock.close()
                failed = error
                continue
            self._spare = sock.dup()  # TLS will take the first one's descriptor away
            return sock
        raise failed

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _cut(self) -> None:
        """Wake a read that is blocked in another thread: closing alone would not."""
        self.over = True
        if self._spare is not None:
            with suppress(OSError):
                self._spare.shutdown(socket.SHUT_RDWR)


class _Connection(http.client.HTTPSConnection):
    """Connects in time; certificate and host name are verified by the context."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, deadline: _Deadline) -> None:
        super().__init__(host, port, context=context)
        self._create_connection = deadline.dial


def _reply(response: http.client.HTTPResponse) -> Reply:
    """Status and headers decide; a body that breaks off is taken as far as it came."""
    body = b""
    with suppress(OSError, http.client.HTTPException, ValueError):
        body = response.read(MOST_BYTES)
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(status=response.status, headers=headers, body=body)


def _lost(error: Exception, deadline: _Deadline, *, sent: bool = False) -> Lost:
    if deadline.over or isinstance(error, TimeoutError):
        return Lost("did not answer in time", sent=sent)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Lost(f"has a certificate that is not valid: {error.verify_message}", lasting=True)
    if isinstance(error, ssl.SSLError) and not isinstance(error, _HICCUPS) and not sent:
        return Lost("agreed to no secure connection", lasting=True)
    return Lost(f"cannot be reached ({type(error).__name__})", sent=sent)
