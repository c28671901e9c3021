"""A real SMTP server on loopback whose every answer a test can choose."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "alerts@school.test", "play-Passw0rd"


@dataclass
class Sink:
    """What arrived, and what to answer at each phase (empty: accept)."""

    mail: str = ""
    rcpt: str = ""
    data: str = ""
    drop_after_data: bool = False
    auth: str = ""
    received: list[Envelope] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    port: int = 0

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd names its hooks so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail:
            return self.mail
        envelope.mail_from = address
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd names its hooks so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd names its hooks so
        if self.data:
            return self.data
        self.received.append(envelope)
        if self.drop_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 2.0.0 queued"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, credentials: Any
    ) -> AuthResult:
        assert isinstance(credentials, LoginPassword)
        self.logins.append(credentials.password)
        if self.auth:
            return AuthResult(success=False, handled=False, message=self.auth)
        good = (credentials.login, credentials.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False, message=None if good else "535 5.7.8 no")


class _AnyPort(Controller):
    """A controller that may listen on a port the system chooses."""

    def _trigger_server(self) -> None:
        """Make one connection, as the base class does, but to the port we really got."""
        assert isinstance(self.server, asyncio.base_events.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        with socket.create_connection(("127.0.0.1", self.port), 1.0):
            pass


@contextmanager
def serve(
    sink: Sink,
    authority: trustme.CA,
    *,
    host: str = "127.0.0.1",
    tls: str = "starttls",
    context: ssl.SSLContext | None = None,
) -> Iterator[Sink]:
    """Run the sink: ``starttls``, ``tls`` (implicit), or ``none`` (a stripped connection).

    ``context`` is one of its own, instead of a good one for ``host``.
    """
    if context is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
    offers_log_in: dict[str, Any] = {"authenticator": sink.authenticate, "auth_require_tls": False}
    if tls == "starttls":
        offers_log_in |= {"tls_context": context, "require_starttls": True}
    if tls == "tls":
        offers_log_in["ssl_context"] = context
    controller = _AnyPort(sink, hostname="127.0.0.1", port=0, **offers_log_in)
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()
