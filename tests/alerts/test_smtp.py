"""Promise: mail goes out over verified TLS or not at all, and every answer of a server means one thing."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import SMTP, Envelope, Session

import alerts.smtp
from alerts.base import Message, Recipient, SecretFile, Tools
from alerts.errors import Deferred, DeliveryError, MailboxFull, Misconfigured, Refused
from alerts.smtp import SmtpChannel, SmtpSettings
from tests.alerts.smtp_sink import PASSWORD, USER, Sink, serve

KEY = "<0123@school.test>"
HEAD = Recipient(address="head@school.test")
MESSAGE = Message(
    subject="HIGH – a colleague needs support",
    text=".\n..two dots\nplease look\n",
    html="<p>please look</p>",
    headers={"From": "Mention monitor <alerts@school.test>"},
)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def channel_for(tmp_path: Path, authority: trustme.CA) -> Callable[..., SmtpChannel]:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def build(port: int, *, security: str = "starttls", ca_file: str = "ca.pem") -> SmtpChannel:
        settings = SmtpSettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": port,
                "security": security,
                "user": USER,
                "password": SecretFile(file="smtp-password"),
                "ca_file": ca_file,
            }
        )
        tools = Tools(secret=lambda _: PASSWORD, resolve=lambda name: tmp_path / name, state=tmp_path)
        return SmtpChannel(settings, tools)

    return build


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_message_arrives_whole_over_verified_tls(
    tls: str, authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    with serve(Sink(), authority, tls=tls) as sink:
        receipt = channel_for(sink.port, security=tls).send(MESSAGE, HEAD, KEY)

    [arrived] = sink.received
    assert receipt.code == "250 2.0.0"
    assert arrived.rcpt_tos == ["head@school.test"]
    assert arrived.mail_from == "alerts@school.test"
    assert isinstance(arrived.content, bytes)
    assert b"Message-ID: <0123@school.test>" in arrived.content
    assert b"\r\n.\r\n..two dots\r\n" in arrived.content
    assert sink.logins == [PASSWORD.encode()]


def test_check_logs_in_and_sends_nothing(
    authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    with serve(Sink(), authority) as sink:
        sentence = channel_for(sink.port).check()

    assert sentence.startswith("logged in to 127.0.0.1")
    assert sink.received == []


def test_a_server_without_starttls_gets_neither_password_nor_mail(
    authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    with serve(Sink(), authority, tls="none") as sink, pytest.raises(Misconfigured, match="no STARTTLS"):
        channel_for(sink.port).send(MESSAGE, HEAD, KEY)

    assert sink.logins == []
    assert sink.received == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_from_a_stranger_is_refused_before_log_in(
    tls: str, channel_for: Callable[..., SmtpChannel]
) -> None:
    with (
        serve(Sink(), trustme.CA(), tls=tls) as sink,
        pytest.raises(Misconfigured, match="certificate is not valid"),
    ):
        channel_for(sink.port, security=tls).send(MESSAGE, HEAD, KEY)

    assert sink.logins == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_for_another_host_is_refused_before_log_in(
    tls: str, authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    with (
        serve(Sink(), authority, host="mail.elsewhere.test", tls=tls) as sink,
        pytest.raises(Misconfigured, match="certificate is not valid"),
    ):
        channel_for(sink.port, security=tls).send(MESSAGE, HEAD, KEY)

    assert sink.logins == []


def test_an_unreadable_ca_file_is_named(channel_for: Callable[..., SmtpChannel]) -> None:
    with pytest.raises(Misconfigured, match=r"missing\.pem"):
        channel_for(1, security="tls", ca_file="missing.pem").send(MESSAGE, HEAD, KEY)


@pytest.mark.parametrize(
    ("phase", "answer", "expected"),
    [
        ("mail", "451 4.3.0 later", Deferred),
        ("mail", "550 5.7.60 not allowed to send as", Misconfigured),
        ("rcpt", "450 4.2.0 greylisted", Deferred),
        ("rcpt", "452 4.2.2 mailbox full", MailboxFull),
        ("rcpt", "552 5.2.2 mailbox full", MailboxFull),
        ("rcpt", "550 5.1.1 no such user", Refused),
        ("rcpt", "530 5.7.0 authentication required", Misconfigured),
        ("data", "451 4.3.0 later", Deferred),
        ("data", "554 5.7.1 spam", Refused),
        ("mail", "552 5.3.4 message too big", Refused),
        ("data", "552 5.3.4 message too big", Refused),
        ("data", "550 5.7.30 Basic authentication is not supported", Misconfigured),
        ("auth", "535 5.7.8 wrong", Misconfigured),
        ("auth", "550 5.7.30 Basic authentication is not supported", Misconfigured),
        ("auth", "454 4.7.0 try later", Deferred),
    ],
)
def test_each_answer_means_one_thing(
    phase: str,
    answer: str,
    expected: type[DeliveryError],
    authority: trustme.CA,
    channel_for: Callable[..., SmtpChannel],
) -> None:
    faulty = Sink()
    setattr(faulty, phase, answer)
    with serve(faulty, authority) as sink, pytest.raises(expected) as raised:
        channel_for(sink.port).send(MESSAGE, HEAD, KEY)

    assert type(raised.value) is expected
    assert raised.value.code == " ".join(answer.split()[:2])
    assert answer.split(maxsplit=2)[2] not in str(raised.value)
    assert not raised.value.may_have_arrived


def test_a_switched_off_password_log_in_is_told_from_a_wrong_one(
    authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    with (
        serve(Sink(auth="550 5.7.30 off"), authority) as sink,
        pytest.raises(Misconfigured, match="switched off"),
    ):
        channel_for(sink.port).send(MESSAGE, HEAD, KEY)


def test_a_connection_lost_after_the_message_may_have_delivered_it(
    authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    with serve(Sink(drop_after_data=True), authority) as sink, pytest.raises(Deferred) as raised:
        channel_for(sink.port).send(MESSAGE, HEAD, KEY)

    assert raised.value.may_have_arrived
    assert len(sink.received) == 1


def test_a_closed_port_is_only_a_delay(channel_for: Callable[..., SmtpChannel]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(Deferred, match="cannot be reached"):
        channel_for(port).send(MESSAGE, HEAD, KEY)


@contextmanager
def _server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that does ``talk`` with its one client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            client, _ = listener.accept()
            with client:
                talk(client)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def test_the_greeting_too_may_not_drip_for_ever(
    channel_for: Callable[..., SmtpChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.smtp, "TOTAL_SECONDS", 0.2)
    hung_up = threading.Event()

    def drip(client: socket.socket) -> None:
        try:
            for _ in range(500):
                client.sendall(b"2")
                time.sleep(0.02)
        except OSError:
            hung_up.set()

    with _server(drip) as port, pytest.raises(Deferred):
        channel_for(port).send(MESSAGE, HEAD, KEY)

    assert hung_up.wait(5), "the client waited until the server had no more to say"


class _Curious(Sink):
    """Notes what came with MAIL, and never answers a farewell."""

    options: tuple[str, ...] = ()

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd names its hooks so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.options = tuple(options)
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd names its hooks so
        await asyncio.Event().wait()
        return ""


def test_a_message_tells_its_size_so_that_a_mailbox_with_too_little_room_can_refuse_it(
    authority: trustme.CA, channel_for: Callable[..., SmtpChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.smtp, "GOODBYE_SECONDS", 0.1)
    curious = _Curious()
    with serve(curious, authority) as sink:
        channel_for(sink.port).send(MESSAGE, HEAD, KEY)

    [arrived] = curious.received
    assert arrived.original_content is not None
    assert curious.options == (f"SIZE={len(arrived.original_content)}",)


def test_a_message_that_was_taken_does_not_wait_for_a_farewell(
    authority: trustme.CA, channel_for: Callable[..., SmtpChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.smtp, "GOODBYE_SECONDS", 0.1)
    waits: list[float | None] = []
    whole = smtplib.SMTP.getreply

    def noted(smtp: smtplib.SMTP) -> tuple[int, bytes]:
        assert smtp.sock is not None
        waits.append(smtp.sock.gettimeout())
        return whole(smtp)

    monkeypatch.setattr(smtplib.SMTP, "getreply", noted)
    with serve(_Curious(), authority) as sink:
        receipt = channel_for(sink.port).send(MESSAGE, HEAD, KEY)

    assert receipt.code == "250 2.0.0"
    assert waits[-2:] == [alerts.smtp.ANSWER_SECONDS, alerts.smtp.GOODBYE_SECONDS]


def _drip(client: socket.socket) -> None:
    """A greeting, one byte at a time, that never ends."""
    try:
        client.sendall(b"220 ok\r\n250-")
        for _ in range(200):
            client.sendall(b"x")
            time.sleep(0.02)
    except OSError:
        return


def test_a_server_that_drips_its_answers_is_cut_off(
    channel_for: Callable[..., SmtpChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.smtp, "TOTAL_SECONDS", 0.2)
    start = time.monotonic()

    with _server(_drip) as port, pytest.raises(Deferred):
        channel_for(port).send(MESSAGE, HEAD, KEY)

    assert time.monotonic() - start < 4  # what the server would take


def test_a_busy_greeting_is_only_a_delay(channel_for: Callable[..., SmtpChannel]) -> None:
    with (
        _server(lambda client: client.sendall(b"421 4.3.2 shutting down\r\n")) as port,
        pytest.raises(Deferred, match="421"),
    ):
        channel_for(port).send(MESSAGE, HEAD, KEY)


def test_tls_that_breaks_in_the_handshake_is_only_a_delay(channel_for: Callable[..., SmtpChannel]) -> None:
    with _server(lambda client: client.close()) as port, pytest.raises(Deferred):
        channel_for(port, security="tls").send(MESSAGE, HEAD, KEY)


def test_a_server_that_speaks_no_tls_at_all_is_a_wrong_setting(
    channel_for: Callable[..., SmtpChannel],
) -> None:
    with (
        _server(lambda client: client.sendall(b"220 plain talk here, no handshake\r\n")) as port,
        pytest.raises(Misconfigured, match="no secure connection"),
    ):
        channel_for(port, security="tls").send(MESSAGE, HEAD, KEY)
