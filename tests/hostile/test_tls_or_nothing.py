"""Promise: a mail server that cannot prove who it is, or speaks only broken TLS, sees no password and no mail."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from alerts.base import Message, Recipient, SecretFile, Tools
from alerts.errors import DeliveryError
from alerts.smtp import SmtpChannel, SmtpSettings
from tests.alerts.smtp_sink import PASSWORD, USER, Sink, serve

MESSAGE = Message(subject="x", text="x", html="x", headers={"From": "a@school.test"})
HEAD = Recipient(address="head@school.test")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _context(authority: trustme.CA, flaw: str) -> ssl.SSLContext:
    """A server's side of TLS with one flaw."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    issuer = trustme.CA() if flaw == "signed by itself" else authority
    host = "mail.elsewhere.test" if flaw == "for another host" else "127.0.0.1"
    until = yesterday if flaw == "expired" else None
    issuer.issue_cert(host, not_before=yesterday - timedelta(days=9), not_after=until).configure_cert(context)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        if flaw.startswith("TLS"):
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1 if flaw == "TLS 1.0" else ssl.TLSVersion.TLSv1_1
    return context


def _send(sink: Sink, folder: Path, authority: trustme.CA, security: str) -> None:
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    settings = SmtpSettings.model_validate(
        {
            "host": "127.0.0.1",
            "port": sink.port,
            "security": security,
            "user": USER,
            "password": SecretFile(file="p"),
            "ca_file": "ca.pem",
        }
    )
    tools = Tools(secret=lambda _: PASSWORD, resolve=lambda name: folder / name, state=folder)
    SmtpChannel(settings, tools).send(MESSAGE, HEAD, "<1@school.test>")


FLAWS = ("expired", "signed by itself", "for another host", "TLS 1.0", "TLS 1.1")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_server_sees_neither_password_nor_mail(
    flaw: str, security: str, authority: trustme.CA, tmp_path: Path
) -> None:
    context = _context(authority, flaw)
    with (
        serve(Sink(), authority, tls=security, context=context) as sink,
        pytest.raises(DeliveryError) as refused,
    ):
        _send(sink, tmp_path, authority, security)
    assert (sink.logins, sink.received) == ([], [])
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_where_tls_is_stripped_nothing_is_sent(security: str, authority: trustme.CA, tmp_path: Path) -> None:
    with serve(Sink(), authority, tls="none") as sink, pytest.raises(DeliveryError):
        _send(sink, tmp_path, authority, security)
    assert (sink.logins, sink.received) == ([], [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_good_server_gets_both(security: str, authority: trustme.CA, tmp_path: Path) -> None:
    with serve(Sink(), authority, tls=security, context=_context(authority, "none")) as sink:
        _send(sink, tmp_path, authority, security)
    assert (len(sink.logins), len(sink.received)) == (1, 1)


@pytest.mark.parametrize("flaw", ["expired", "signed by itself"])
def test_without_verification_the_password_would_have_been_sent(
    flaw: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A break: this is what the standard library does by itself."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    monkeypatch.setattr("alerts.smtp.ssl.create_default_context", lambda **_: trusting)
    with serve(Sink(), authority, context=_context(authority, flaw)) as sink:
        _send(sink, tmp_path, authority, "starttls")
    assert sink.logins
