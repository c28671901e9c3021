"""Promise: a mail server's refusal of our settings is told as one, with what to click, and never taken for the recipient's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from alerts.base import Message, Recipient, Tools
from alerts.errors import Deferred, Misconfigured, Refused
from alerts.mail_codes import advice
from alerts.smtp import SmtpChannel, SmtpSettings
from tests.alerts.smtp_sink import PASSWORD, Sink, serve

HEAD = Recipient(address="head@school.test")
MESSAGE = Message(subject="x", text="x\n", html="<p>x</p>", headers={"From": "alerts@school.test"})


@pytest.mark.parametrize(
    ("code", "means", "click"),
    [
        ("550 5.7.30", "password log-in is switched off", 'channel = "graph"'),
        ("535 5.7.139", "switched off for this mailbox", "Authenticated SMTP"),
        ("535 5.7.3", "neither this password nor this token", "SMTP.SendAsApp"),
        ("530 5.7.57", "only after a log-in", "auth, in [mail]"),
        ("550 5.7.60", "may not send under the address", "Send As"),
        ("550 5.7.54", "only inside the school", "Connectors"),
        ("550 5.7.64", "does not know this machine", "Connectors"),
        ("550 5.7.68", "takes no mail straight", "Connectors"),
        ("550 5.7.708", "takes no mail from this address", "Support"),
        ("550 5.7.705", "sent too much", "Support"),
        ("550 5.7.750", "does not belong to the school's tenant", "Domains"),
        ("550 5.1.8", "barred", "Restricted entities"),
        ("534 5.7.9", "no ordinary password", "apppasswords"),
        ("534 5.7.14", "sign in first", "browser"),
    ],
)
def test_a_code_means_one_thing(code: str, means: str, click: str) -> None:
    found = advice(code)
    assert found is not None
    assert means in found.sentence
    assert click in found.remedy


@pytest.mark.parametrize("code", ["550 5.1.1", "451 5.7.30", "451 4.7.0", "550", "", "550 5.7.300"])
def test_other_codes_say_nothing_of_our_settings(code: str) -> None:
    assert advice(code) is None


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        (b"5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address", True),
        ("5.7.1 Relay access denied", True),
        (b"5.7.1 This message looks like spam", False),
        (b"", False),
    ],
)
def test_no_relay_is_told_from_other_policies(
    text: bytes | str,
    is_ours: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    assert (advice("550 5.7.1", text) is not None) == is_ours


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def relay(tmp_path: Path, authority: trustme.CA) -> Callable[..., SmtpChannel]:
    """A channel to a server that knows us by our address: no user, no password."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def build(sink: Sink, **more: str) -> SmtpChannel:
        table = {"host": "127.0.0.1", "port": sink.port, "ca_file": "ca.pem", **more}
        tools = Tools(secret=lambda _: PASSWORD, resolve=tmp_path.joinpath, state=tmp_path)
        return SmtpChannel(SmtpSettings.model_validate(table), tools)

    return build


class Polite(Sink):
    """A relay that wants to know who calls."""

    names: tuple[str, ...] = ()

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd names its hooks so
        self, server: object, session: object, envelope: object, hostname: str, responses: list[str]
    ) -> list[str]:
        self.names = (*self.names, hostname)
        session.host_name = hostname  # type: ignore[attr-defined] # what aiosmtpd asks of this hook
        return responses


@pytest.mark.parametrize(
    ("tls", "more"), [("starttls", {}), ("tls", {"security": "tls"})], ids=["STARTTLS", "implicit"]
)
def test_a_relay_by_address_takes_the_mail_over_tls_without_a_log_in(
    tls: str, more: dict[str, str], authority: trustme.CA, relay: Callable[..., SmtpChannel]
) -> None:
    with serve(Polite(), authority, tls=tls) as sink:
        channel = relay(sink, ehlo="school.test", **more)
        channel.send(MESSAGE, HEAD, "<1@school.test>")
        assert channel.check().startswith("connected to")

    assert isinstance(sink, Polite)
    assert len(sink.received) == 1
    assert sink.logins == []
    assert set(sink.names) == {"school.test"}


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        ("550 5.7.1 Invalid credentials for relay", "SMTP relay service"),
        ("550 5.7.54 Unable to relay recipient in non-accepted domain", "relay in [mail]"),
        ("550 5.7.64 TenantAttribution; Relay Access Denied", "Connectors"),
    ],
)
def test_a_relay_that_does_not_know_us_costs_no_mail(
    answer: str, remedy: str, authority: trustme.CA, relay: Callable[..., SmtpChannel]
) -> None:
    with serve(Sink(rcpt=answer), authority) as sink, pytest.raises(Misconfigured) as raised:
        relay(sink).send(MESSAGE, HEAD, "<1@school.test>")

    assert remedy in raised.value.remedy


def test_an_unwelcome_message_is_still_refused_for_good(
    authority: trustme.CA, relay: Callable[..., SmtpChannel]
) -> None:
    with serve(Sink(data="550 5.7.1 spam"), authority) as sink, pytest.raises(Refused):
        relay(sink).send(MESSAGE, HEAD, "<1@school.test>")


def test_a_relay_that_hangs_up_on_our_name_is_told_how_it_may_want_it(
    authority: trustme.CA, relay: Callable[..., SmtpChannel]
) -> None:
    class Rude(Sink):
        async def handle_EHLO(  # noqa: N802 -- aiosmtpd names its hooks so
            self, server: object, session: object, envelope: object, hostname: str, responses: list[str]
        ) -> list[str]:
            return ["421 4.7.0 Try again later, closing connection. (EHLO)"]

        async def handle_HELO(  # noqa: N802 -- aiosmtpd names its hooks so
            self, server: object, session: object, envelope: object, hostname: str
        ) -> str:
            return "421 4.7.0 Try again later, closing connection. (HELO)"

    with serve(Rude(), authority, tls="tls") as sink, pytest.raises(Deferred, match="421") as raised:
        relay(sink, security="tls").send(MESSAGE, HEAD, "<1@school.test>")

    assert "ehlo" in raised.value.remedy
