"""The Graph channel: hands whole mails to Microsoft 365 over HTTPS, as an app of the school's own.

The mail travels as MIME, so that its thread and its ``Auto-Submitted`` survive; Exchange may replace its
Message-ID, so our own is told once more in ``X-Mention-Monitor-Id``. Keeps no connection between messages.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parseaddr, parsedate_to_datetime
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from alerts import mime
from alerts.base import Kind, Login, Message, Receipt, Recipient, Tools
from alerts.errors import Deferred, DeliveryError, Misconfigured, Refused
from alerts.https import Lost, Reply, Service

SEND_SECONDS = 90.0
"""The longest until Exchange has answered; twice that and two tokens still end before the lease of a delivery does."""
MOST_BYTES = 4_000_000
"""Of a request, base64 included: Graph takes no larger one."""
_ACCEPTED = 202
_REFRESH = 401
_BAD, _FORBIDDEN, _MISSING, _TOO_LARGE = 400, 403, 404, 413
_REDIRECTS = range(300, 400)
_GATEWAY_GAVE_UP = 504
"""RFC 9110 §15.6.5: what stands before Exchange heard nothing from it in time; the mail may be on its way."""
_CODE = re.compile(r"[A-Za-z.]{3,60}")
_NO_MAIL = b"*"
"""No base64: refused as a mail, once it is known that we might send one."""


class GraphSettings(BaseModel):
    """``[mail]`` with ``channel = "graph"``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(default="", pattern=r"^([^@\s/?#]+@[^@\s/?#]+)?$", repr=False)
    """The mailbox that sends; the address of ``from`` if empty."""


class GraphChannel:
    """Hands messages to Microsoft Graph. Safe to call from several threads."""

    def __init__(self, settings: GraphSettings, tools: Tools) -> None:
        self._user = settings.user
        self._login = tools.logins.get("graph")
        self._service = _service(self._login, tools) if self._login else None

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        """Hand over one message. Raises ``DeliveryError``."""
        mail = mime.build(message, to=to.address, key=key)
        mail[mime.OUR_ID] = key
        octets = base64.b64encode(mime.wire(mail))
        if len(octets) > MOST_BYTES:
            raise Refused("Microsoft 365 takes no message of this size", remedy=_REPORT)
        reply = self._post(self._user or parseaddr(str(mail["From"]))[1], octets)
        if reply.status != _ACCEPTED:
            raise _error(reply)
        return Receipt(key=key, code=str(reply.status))

    def check(self) -> str:
        """Hand over something that is no mail: Exchange says whether it would take one, and nothing is sent."""
        if not self._user:
            self._token()
            return "a token was given; whether a mail is taken is seen when one is sent"
        reply = self._post(self._user, _NO_MAIL)
        if reply.status not in (_BAD, _ACCEPTED):  # whatever it dislikes of it, it would have taken a mail
            raise _error(reply)
        return "logged in to Microsoft 365, which would take a mail from this mailbox"

    def close(self) -> None:
        """Nothing is kept open."""

    def _post(self, user: str, octets: bytes) -> Reply:
        """Post a mail; a token that is refused is replaced once."""
        token = self._token()
        reply = self._ask(user, octets, token)
        return self._ask(user, octets, self._token(token)) if reply.status == _REFRESH else reply

    def _token(self, refused: str = "") -> str:
        if self._login is None:
            raise Misconfigured(
                "monitor.toml has no [microsoft]",
                remedy="add it (README, Mail; an example: config/monitor.toml)",
            )
        return self._login.token(refused)

    def _ask(self, user: str, octets: bytes, token: str) -> Reply:
        assert self._service is not None  # noqa: S101 -- who has a token has a service
        target = f"/v1.0/users/{quote(user, safe='@')}/sendMail"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
        try:
            return self._service.ask("POST", target, seconds=SEND_SECONDS, headers=headers, body=octets)
        except Lost as lost:
            told = f"Microsoft 365 {lost}"
            if lost.lasting:
                raise Misconfigured(told, remedy=_WAY_OUT) from None
            raise Deferred(told, may_have_arrived=lost.sent) from None


def _service(login: Login, tools: Tools) -> Service:
    return Service(
        login.url, ca_file=tools.resolve(login.ca_file) if login.ca_file else None, proxy=login.proxy
    )


def _error(reply: Reply) -> DeliveryError:
    """What an answer other than "accepted" means; of its text only the code is read."""
    status, code = reply.status, _code(reply)
    said = f"{status} {code}".strip()
    if status == _TOO_LARGE or code == "ErrorMessageSizeExceeded":
        return Refused(f"Microsoft 365 takes no message of this size ({said})", code=said, remedy=_REPORT)
    if known := _KNOWN.get(code):
        kind, sentence, remedy = known
        return kind(f"{sentence} ({said})", code=said, remedy=remedy)
    if status in _REDIRECTS:
        return Misconfigured(f"Microsoft 365 sends us elsewhere ({said})", code=said, remedy=_WAY_OUT)
    if status in _STATUS:
        sentence, remedy = _STATUS[status]
        return Misconfigured(f"{sentence} ({said})", code=said, remedy=remedy)
    return Deferred(
        f"Microsoft 365 put the message off ({said})",
        code=said,
        retry_after=_wait(reply.headers),
        may_have_arrived=status == _GATEWAY_GAVE_UP,
    )


def _code(reply: Reply) -> str:
    """Graph's own word for an error, such as ``ErrorAccessDenied``."""
    try:
        word = json.loads(reply.body)["error"]["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return word if isinstance(word, str) and _CODE.fullmatch(word) else ""


def _wait(headers: Mapping[str, str]) -> timedelta | None:
    """``Retry-After`` (RFC 9110 §10.2.3); a date counts from the answer's own."""
    wanted = headers.get("retry-after", "").strip()
    if wanted.isascii() and wanted.isdigit():
        return timedelta(seconds=int(wanted[:9]))
    try:
        wait = parsedate_to_datetime(wanted) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait, timedelta())


_REPORT = "report this: the program wrote a mail that no server takes"
_WAY_OUT = (
    "see that this machine may reach Microsoft 365 through the school's filter, and trusts what answers there; leave"
    " graph in [microsoft] out, unless the school is in a national cloud"
)
_PERMISSION = (
    "give the app the role Application Mail.Send for this mailbox in Exchange Online PowerShell (README, Microsoft 365),"
    " and test it: Test-ServicePrincipalAuthorization; a change takes up to two hours"
)
_MAILBOX = (
    "admin.microsoft.com > Users > Active users, or Teams & groups > Shared mailboxes: user in [mail] (or the address of"
    " from) must be a mailbox in Exchange Online; a new one takes an hour"
)
_SEND_AS = "let from in [mail] be the address of the mailbox itself, or give that mailbox Send As for it"
_ROOM = "make room in the sending mailbox: it keeps a copy of each mail in Sent Items"
_KNOWN: Mapping[str, tuple[type[DeliveryError], str, str]] = {
    "ErrorInvalidRecipients": (
        Refused,
        "Microsoft 365 knows no such recipient",
        "check the address of this person in the school file",
    ),
    "ErrorAccessDenied": (Misconfigured, "the app may not send from this mailbox", _PERMISSION),
    "ErrorSendAsDenied": (Misconfigured, "this mailbox may not send under the address of from", _SEND_AS),
    "MailboxNotEnabledForRESTAPI": (
        Misconfigured,
        "the sender has no mailbox in Exchange Online",
        _MAILBOX,
    ),
    "ErrorInvalidUser": (Misconfigured, "Microsoft 365 knows no such sender", _MAILBOX),
    "ErrorQuotaExceeded": (Misconfigured, "the sending mailbox is full", _ROOM),
    "ErrorMailboxQuotaExceeded": (Misconfigured, "the sending mailbox is full", _ROOM),
}
_STATUS: Mapping[int, tuple[str, str]] = {
    _BAD: ("Microsoft 365 does not understand what we hand over", _REPORT),
    _REFRESH: (
        "Microsoft 365 does not accept the token that its own log-in service gave us",
        "compare tenant in [microsoft] with Entra admin centre > Overview > Tenant ID; leave graph in [microsoft] out",
    ),
    _FORBIDDEN: ("the app may not send from this mailbox", _PERMISSION),
    _MISSING: ("Microsoft 365 knows no such sender", _MAILBOX),
}


KIND = Kind(
    settings=GraphSettings,
    build=GraphChannel,
    summary="Microsoft 365 over Graph, without a password: an app that may send from one mailbox",
)
