"""Promise: a mail goes out over Graph whole or not at all, and every answer of Microsoft's means one thing."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

import alerts.graph
from alerts.base import Login, Message, Recipient, SecretFile, Tools
from alerts.errors import Deferred, DeliveryError, Misconfigured, Refused
from alerts.graph import GraphChannel, GraphSettings
from tests.alerts.graph_server import MAILBOX, Cloud, cloud, graph_error
from tests.sources.http_server import Page, Visitor, answer, redirect

KEY = "<0123@school.test>"
PARENTS = "<aaaa@school.test> <bbbb@school.test>"
HEAD = Recipient(address="head@school.test")
MESSAGE = Message(
    subject="HIGH – a colleague needs support",
    text="please look\n",
    html="<p>please look</p>",
    headers={
        "From": f"Mention monitor <{MAILBOX}>",
        "References": PARENTS,
        "Auto-Submitted": "auto-generated",
        "List-Id": "School mentions <mentions.school.test>",
    },
)


class Purse:
    """Hands out tokens of the cloud as the real one does: kept until one is refused."""

    def __init__(self, made: Cloud) -> None:
        self._cloud = made
        self.asked: list[str] = []
        self._kept = ""

    def __call__(self, refused: str = "") -> str:
        self.asked.append(refused)
        if not self._kept or self._kept == refused:
            self._kept = f"token-{len(self.asked)}"
            self._cloud.good.add(self._kept)
        return self._kept


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def sky(authority: trustme.CA, tmp_path: Path) -> Iterator[Cloud]:
    with cloud(authority, tmp_path) as made:
        yield made


@pytest.fixture
def purse(sky: Cloud) -> Purse:
    return Purse(sky)


@pytest.fixture
def channel_for(sky: Cloud, purse: Purse, tmp_path: Path) -> Callable[..., GraphChannel]:
    def build(user: str = "", url: str = "", ca_file: str = "ca.pem") -> GraphChannel:
        login = Login(token=purse, url=url or sky.url, ca_file=ca_file)
        return GraphChannel(GraphSettings(user=user), _tools(tmp_path, {"graph": login}))

    return build


def _tools(folder: Path, logins: dict[str, Login]) -> Tools:
    def secret(_: SecretFile) -> str:
        raise AssertionError

    return Tools(secret=secret, resolve=folder.joinpath, state=folder, logins=logins)


def test_a_mail_arrives_whole_with_its_thread(sky: Cloud, channel_for: Callable[..., GraphChannel]) -> None:
    receipt = channel_for().send(MESSAGE, HEAD, KEY)

    [mail] = sky.mails
    assert (receipt.key, receipt.code) == (KEY, "202")
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Message-ID"] == KEY
    assert mail["References"] == PARENTS
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == MESSAGE.headers["List-Id"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["please look"]
    assert sky.web.targets() == [f"/v1.0/users/{MAILBOX}/sendMail"]


def test_our_own_id_travels_though_exchange_may_replace_it_however_long_it_is(
    sky: Cloud, channel_for: Callable[..., GraphChannel]
) -> None:
    key = f"<{'0123456789abcdef' * 4}@monitor.a-school-with-a-rather-long-name.lancashire.sch.test>"
    channel_for().send(MESSAGE, HEAD, key)

    assert sky.mails[0]["X-Mention-Monitor-Id"] == key
    assert f"X-Mention-Monitor-Id: {key}\r\n".encode() in base64.b64decode(sky.web.asked[0].body)


def test_the_mailbox_that_is_named_sends(sky: Cloud, channel_for: Callable[..., GraphChannel]) -> None:
    sky.may_send_from.add("other@school.test")
    channel_for("other@school.test").send(MESSAGE, HEAD, KEY)

    assert sky.web.targets() == ["/v1.0/users/other@school.test/sendMail"]


def test_a_token_that_has_ended_is_replaced_once_and_the_mail_goes_out(
    sky: Cloud, purse: Purse, channel_for: Callable[..., GraphChannel]
) -> None:
    channel = channel_for()
    channel.send(MESSAGE, HEAD, KEY)
    sky.good.clear()
    channel.send(MESSAGE, HEAD, KEY)

    assert len(sky.mails) == 2
    assert purse.asked == ["", "", "token-1"]


def test_a_token_that_is_refused_twice_is_a_matter_for_a_person(
    sky: Cloud, purse: Purse, channel_for: Callable[..., GraphChannel]
) -> None:
    sky.for_mails = [graph_error(401, "InvalidAuthenticationToken")] * 2
    with pytest.raises(Misconfigured, match="does not accept the token") as raised:
        channel_for().send(MESSAGE, HEAD, KEY)

    assert "tenant" in raised.value.remedy
    assert len(sky.web.asked) == 2
    assert len(purse.asked) == 2


@pytest.mark.parametrize(
    ("page", "expected", "told"),
    [
        (graph_error(400, "ErrorInvalidRecipients", "SECRETIVE"), Refused, ("400 ErrorInvalidRecipients", "address of this person")),
        (graph_error(413, "ErrorMessageSizeExceeded"), Refused, ("413 ErrorMessageSizeExceeded", "report")),
        (answer(413), Refused, ("413", "report")),
        (graph_error(400, "BadRequest", "SECRETIVE"), Misconfigured, ("400 BadRequest", "report")),
        (graph_error(403, "ErrorAccessDenied", "SECRETIVE"), Misconfigured, ("403 ErrorAccessDenied", "Application Mail.Send")),
        (graph_error(403, "Authorization_RequestDenied"), Misconfigured, ("403", "Application Mail.Send")),
        (graph_error(403, "ErrorSendAsDenied"), Misconfigured, ("403 ErrorSendAsDenied", "Send As")),
        (graph_error(404, "MailboxNotEnabledForRESTAPI"), Misconfigured, ("404 MailboxNotEnabledForRESTAPI", "mailbox in Exchange")),
        (graph_error(404, "ResourceNotFound"), Misconfigured, ("404 ResourceNotFound", "mailbox in Exchange")),
        (graph_error(507, "ErrorQuotaExceeded"), Misconfigured, ("507 ErrorQuotaExceeded", "Sent Items")),
        (redirect("https://elsewhere.test/", 307), Misconfigured, ("307", "filter")),
        (answer(200, b"<html>sign in to the network SECRETIVE"), Deferred, ("200", "wait")),
        (graph_error(408, "RequestTimeout"), Deferred, ("408 RequestTimeout", "wait")),
        (answer(500, b'{"error": {"code": ["SECRETIVE"]}}'), Deferred, ("500", "wait")),
        (answer(502, b"[" * 90_000), Deferred, ("502", "wait")),
        (graph_error(503, "ErrorServerBusy"), Deferred, ("503 ErrorServerBusy", "wait")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_each_answer_means_one_thing(
    page: Page,
    expected: type[DeliveryError],
    told: tuple[str, str],
    sky: Cloud,
    channel_for: Callable[..., GraphChannel],
) -> None:
    code, remedy = told
    sky.for_mails = [page]
    with pytest.raises(expected) as raised:
        channel_for().send(MESSAGE, HEAD, KEY)

    assert type(raised.value) is expected
    assert raised.value.code == code
    assert remedy in raised.value.remedy
    assert not raised.value.may_have_arrived
    assert "SECRETIVE" not in f"{raised.value} {raised.value.remedy}"
    assert len(sky.web.asked) == 1


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "120"}, timedelta(minutes=2)),
        (
            {"Retry-After": "Tue, 24 Nov 2026 10:20:00 GMT", "Date": "Tue, 24 Nov 2026 10:15:00 GMT"},
            timedelta(minutes=5),
        ),
        (
            {"Retry-After": "Tue, 24 Nov 2026 10:10:00 GMT", "Date": "Tue, 24 Nov 2026 10:15:00 GMT"},
            timedelta(),
        ),
        ({"Retry-After": "Tue, 24 Nov 2026 10:20:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_throttled_mail_waits_as_long_as_it_is_told(
    status: int,
    headers: dict[str, str],
    wait: timedelta | None,
    sky: Cloud,
    channel_for: Callable[..., GraphChannel],
) -> None:
    channel = channel_for()
    sky.for_mails = [graph_error(status, "TooManyRequests", headers=headers)]
    with pytest.raises(Deferred) as raised:
        channel.send(MESSAGE, HEAD, KEY)
    channel.send(MESSAGE, HEAD, KEY)

    assert raised.value.retry_after == wait
    assert len(sky.mails) == 1


def test_a_gateway_that_heard_nothing_may_have_passed_the_mail_on(
    sky: Cloud, channel_for: Callable[..., GraphChannel]
) -> None:
    sky.for_mails = [answer(504)]
    with pytest.raises(Deferred) as raised:
        channel_for().send(MESSAGE, HEAD, KEY)

    assert raised.value.may_have_arrived


def test_a_connection_lost_after_the_mail_may_have_delivered_it(
    sky: Cloud, channel_for: Callable[..., GraphChannel]
) -> None:
    sky.for_mails = [lambda _: None]
    with pytest.raises(Deferred) as raised:
        channel_for().send(MESSAGE, HEAD, KEY)

    assert raised.value.may_have_arrived


def test_a_mail_that_was_accepted_needs_no_body_of_the_answer(
    sky: Cloud, channel_for: Callable[..., GraphChannel]
) -> None:
    sky.for_mails = [lambda visitor: visitor.send(b"HTTP/1.1 202 Accepted\r\nContent-Length: 5000\r\n\r\n{")]

    assert channel_for().send(MESSAGE, HEAD, KEY).code == "202"


def test_an_answer_that_drips_is_cut_off(
    sky: Cloud, channel_for: Callable[..., GraphChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.graph, "SEND_SECONDS", 0.3)

    def drip(visitor: Visitor) -> None:
        visitor.drip(b"HTTP/1.1 202 A" + b"c" * 60_000)

    sky.for_mails = [drip]
    with pytest.raises(Deferred, match="in time") as raised:
        channel_for().send(MESSAGE, HEAD, KEY)

    assert raised.value.may_have_arrived


def test_a_closed_port_is_only_a_delay_and_nothing_arrived(channel_for: Callable[..., GraphChannel]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        channel = channel_for(url=f"https://127.0.0.1:{unused.getsockname()[1]}")
    with pytest.raises(Deferred, match="cannot be reached") as raised:
        channel.send(MESSAGE, HEAD, KEY)

    assert not raised.value.may_have_arrived


@pytest.mark.parametrize("ca_file", ["", "missing.pem"])
def test_a_certificate_that_nobody_vouches_for_gets_neither_token_nor_mail(
    ca_file: str, sky: Cloud, channel_for: Callable[..., GraphChannel]
) -> None:
    with pytest.raises(Misconfigured, match="certificate") as raised:
        channel_for(ca_file=ca_file).send(MESSAGE, HEAD, KEY)

    assert sky.web.asked == []
    assert "trusts" in raised.value.remedy


def test_a_mail_that_is_too_large_is_not_even_tried(
    sky: Cloud, channel_for: Callable[..., GraphChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.graph, "MOST_BYTES", 500)
    with pytest.raises(Refused, match="size"):
        channel_for().send(MESSAGE, HEAD, KEY)

    assert sky.web.asked == []


def test_check_finds_out_whether_a_mail_would_be_taken_and_sends_none(
    sky: Cloud, channel_for: Callable[..., GraphChannel]
) -> None:
    assert channel_for(MAILBOX).check().startswith("logged in to Microsoft 365")
    assert sky.mails == []


@pytest.mark.parametrize(
    ("user", "remedy"),
    [("other@school.test", "Application Mail.Send"), ("nobody@school.test", "must be a mailbox")],
)
def test_check_says_what_is_missing(user: str, remedy: str, channel_for: Callable[..., GraphChannel]) -> None:
    with pytest.raises(Misconfigured) as raised:
        channel_for(user).check()

    assert remedy in raised.value.remedy
    assert user not in f"{raised.value}"


def test_check_without_a_named_mailbox_fetches_a_token_and_says_so(
    sky: Cloud, purse: Purse, channel_for: Callable[..., GraphChannel]
) -> None:
    assert "a token was given" in channel_for().check()
    assert purse.asked == [""]
    assert sky.web.asked == []


def test_without_a_log_in_the_missing_table_is_named(tmp_path: Path) -> None:
    channel = GraphChannel(GraphSettings(), _tools(tmp_path, {}))
    with pytest.raises(Misconfigured, match=r"\[microsoft\]"):
        channel.send(MESSAGE, HEAD, KEY)
    channel.close()


@pytest.mark.parametrize("user", ["../me", "alerts@school.test/x", "a@b?c", "no address"])
def test_a_mailbox_is_an_address_and_nothing_else(user: str) -> None:
    with pytest.raises(ValueError, match="user"):
        GraphSettings(user=user)


def test_a_token_that_cannot_stand_in_a_header_is_told_to_nobody(sky: Cloud, tmp_path: Path) -> None:
    login = Login(token=lambda refused="": "SECRETIVE\r\nX: y", url=sky.url, ca_file="ca.pem")
    channel = GraphChannel(GraphSettings(), _tools(tmp_path, {"graph": login}))
    with pytest.raises(Deferred) as raised:
        channel.send(MESSAGE, HEAD, KEY)

    assert "SECRETIVE" not in repr(raised.value)
    assert raised.value.__suppress_context__
