"""Promise: a token opens the mailbox it belongs to, over TLS alone, and what the server says of it means one thing."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from alerts.base import Login, Message, Recipient, Tools
from alerts.errors import Deferred, DeliveryError, Misconfigured
from alerts.smtp import SmtpChannel, SmtpSettings
from tests.alerts.smtp_sink import PASSWORD, Sink, serve

KEY = "<0123@school.test>"
MAILBOX = "alerts@school.test"
HEAD = Recipient(address="head@school.test")
MESSAGE = Message(
    subject="HIGH – a colleague needs support",
    text="please look\n",
    html="<p>please look</p>",
    headers={"From": f"Mention monitor <{MAILBOX}>"},
)
LONG = "eyJ0eXAi" + "x" * 2500
"""As long as tokens of Microsoft's are."""
WHY = b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'


class TokenSink(Sink):
    """A server that lets in with a token, and refuses as Exchange Online (at once) or Google (by a challenge) does."""

    def __init__(self, good: str = "", *, challenge: bool = False, refusal: str = "535 5.7.3 no") -> None:
        super().__init__()
        self.good = good
        self.challenge = challenge
        self.refusal = refusal
        self.proofs: list[bytes] = []
        self.answers: list[object] = []

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd names its hooks so
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        server.command_size_limits = defaultdict(lambda: 512, AUTH=12_288)  # RFC 4954 §4
        session.host_name = hostname
        return responses

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 -- aiosmtpd names it so
        proof = base64.b64decode(args[1])
        self.proofs.append(proof)
        if proof == f"user={MAILBOX}\x01auth=Bearer {self.good}\x01\x01".encode():
            return AuthResult(success=True)
        if self.challenge:
            self.answers.append(await server.challenge_auth(WHY))
        return AuthResult(success=False, handled=False, message=self.refusal)


class Purse:
    """Hands out one token after the other, the next when one is refused."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)
        self.asked: list[str] = []

    def __call__(self, refused: str = "") -> str:
        self.asked.append(refused)
        if refused == self.words[0] and len(self.words) > 1:
            del self.words[0]
        return self.words[0]


@pytest.fixture(autouse=True)
def _long_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 4954 §4: a server that takes a proof takes 12,288 bytes of it; this one's reader must too."""
    monkeypatch.setattr(SMTP, "line_length_limit", 12_288)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def channel_for(tmp_path: Path, authority: trustme.CA) -> Callable[..., SmtpChannel]:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def build(port: int, purse: Purse | None, auth: str = "microsoft") -> SmtpChannel:
        table = {"host": "127.0.0.1", "port": port, "user": MAILBOX, "auth": auth, "ca_file": "ca.pem"}
        logins = {auth: Login(token=purse)} if purse else {}
        tools = Tools(
            secret=lambda _: PASSWORD, resolve=lambda name: tmp_path / name, state=tmp_path, logins=logins
        )
        return SmtpChannel(SmtpSettings.model_validate(table), tools)

    return build


@pytest.mark.parametrize("auth", ["microsoft", "google"])
def test_a_mail_goes_out_after_a_log_in_with_a_token(
    auth: str, authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    purse, ours = Purse(LONG), TokenSink(LONG)
    with serve(ours, authority) as sink:
        channel_for(sink.port, purse, auth).send(MESSAGE, HEAD, KEY)

    assert len(ours.received) == 1
    assert ours.logins == []
    assert purse.asked == [""]


@pytest.mark.parametrize("challenge", [False, True], ids=["Exchange", "Google"])
def test_a_token_that_has_ended_is_replaced_once_and_the_mail_goes_out(
    challenge: bool,  # noqa: FBT001 -- a parameter of the test
    authority: trustme.CA,
    channel_for: Callable[..., SmtpChannel],
) -> None:
    purse, ours = Purse("old", "new"), TokenSink("new", challenge=challenge)
    with serve(ours, authority) as sink:
        channel_for(sink.port, purse).send(MESSAGE, HEAD, KEY)

    assert len(ours.received) == 1
    assert purse.asked == ["", "old"]
    assert ours.answers == ([b""] if challenge else [])


@pytest.mark.parametrize(
    ("refusal", "expected", "remedy"),
    [
        ("535 5.7.3 SECRETIVE [LO2P265]", Misconfigured, "SMTP.SendAsApp"),
        ("535 5.7.139 SECRETIVE SmtpClientAuthentication is disabled", Misconfigured, "Authenticated SMTP"),
        ("550 5.7.30 SECRETIVE", Misconfigured, 'channel = "graph"'),
        ("535 5.7.8 SECRETIVE", Misconfigured, "service account"),
        ("454 4.7.0 SECRETIVE", Deferred, "wait"),
        ("421 4.3.2 SECRETIVE", Deferred, "wait"),
    ],
)
@pytest.mark.parametrize("challenge", [False, True], ids=["at once", "by a challenge"])
def test_each_refusal_says_what_to_click_and_quotes_nothing(  # noqa: PLR0917 -- three parameters and two fixtures
    challenge: bool,  # noqa: FBT001 -- a parameter of the test
    refusal: str,
    expected: type[DeliveryError],
    remedy: str,
    authority: trustme.CA,
    channel_for: Callable[..., SmtpChannel],
) -> None:
    purse, ours = Purse(LONG), TokenSink(challenge=challenge, refusal=refusal)
    with serve(ours, authority) as sink, pytest.raises(expected) as raised:
        channel_for(sink.port, purse).send(MESSAGE, HEAD, KEY)

    assert type(raised.value) is expected
    assert raised.value.code == " ".join(refusal.split()[:2])
    assert remedy in raised.value.remedy
    said = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.remedy}"
    assert "SECRETIVE" not in said
    assert LONG not in said
    assert len(ours.proofs) == (2 if refusal.startswith("535") else 1)
    assert ours.received == []


def test_a_stranger_gets_no_token(channel_for: Callable[..., SmtpChannel]) -> None:
    purse, ours = Purse(LONG), TokenSink(LONG)
    with serve(ours, trustme.CA()) as sink, pytest.raises(Misconfigured, match="certificate"):
        channel_for(sink.port, purse).send(MESSAGE, HEAD, KEY)

    assert ours.proofs == []


def test_a_server_that_knows_no_tokens_gets_none(
    authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    purse = Purse(LONG)
    with (
        serve(Sink(), authority) as sink,
        pytest.raises(Misconfigured, match="no log-in with a token") as raised,
    ):
        channel_for(sink.port, purse).send(MESSAGE, HEAD, KEY)

    assert "smtp.office365.com" in raised.value.remedy
    assert purse.asked == []


def test_a_missing_table_is_named(authority: trustme.CA, channel_for: Callable[..., SmtpChannel]) -> None:
    with serve(TokenSink(LONG), authority) as sink, pytest.raises(Misconfigured, match=r"\[google\]"):
        channel_for(sink.port, None, "google").send(MESSAGE, HEAD, KEY)


def test_what_hinders_the_token_hinders_the_mail(
    authority: trustme.CA, channel_for: Callable[..., SmtpChannel]
) -> None:
    def none(refused: str = "") -> str:
        raise Deferred("Microsoft's log-in service did not answer in time")

    with serve(TokenSink(LONG), authority) as sink, pytest.raises(Deferred, match="log-in service"):
        channel_for(sink.port, none).send(MESSAGE, HEAD, KEY)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"auth": "microsoft"}, "give user"),
        ({"auth": "google", "user": MAILBOX, "password": {"file": "x"}}, "leave password out"),
        ({"ehlo": "school.test\r\nX"}, "ehlo"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(table: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SmtpSettings.model_validate({"host": "smtp.school.test", **table})
