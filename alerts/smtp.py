"""The SMTP channel: verified TLS or nothing, one message for one recipient.

Never logs in, and never hands over a message, on a connection whose certificate and host name were not
verified (``smtplib`` alone verifies nothing: CPython issue 91826). Keeps no connection between messages.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerts import mail_codes, mime, sasl
from alerts.base import Kind, Message, Receipt, Recipient, SecretFile, Tools
from alerts.errors import Deferred, DeliveryError, MailboxFull, Misconfigured, Refused

STEP_SECONDS = 30.0
"""The longest wait for one answer; RFC 5321 §4.5.3.2 allows minutes, a person waiting at night does not."""
TOTAL_SECONDS = 90.0
"""The longest until a message is handed over: a server that drips its answers is cut off here."""
ANSWER_SECONDS = 180.0
"""The longest wait for the answer to a whole message: who gives up too early sends it twice. RFC 5321 §4.5.3.2.6
says ten minutes; with what went before, ours must end before the lease of a delivery does.
"""
GOODBYE_SECONDS = 2.0
"""A server that took the message may keep silent about our farewell; the next message does not wait for it."""
EHLO_NAME = "[127.0.0.1]"
"""An address literal (RFC 5321 §4.1.3): looking up our own host name may hang without DNS."""
_DONE = range(200, 300)
_LATER = range(400, 500)
_NEVER = range(500, 600)
_LOG_IN = (530, 534, 535, 538)
"""RFC 4954 §6: the server wants a log-in, or another one."""
_EHLO_REMEDY = "wait; if it lasts, give ehlo in [mail] a domain of the school, which relays may want"
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_BARE_DOT = re.compile(rb"^\.", re.MULTILINE)
"""A line that begins with a dot gets a second one (RFC 5321 §4.5.2)."""
_HICCUPS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""A connection lost during the handshake, not a disagreement about security."""
_FULL = ("4.2.2", "5.2.2")
_TOO_BIG = "5.3.4"


class SmtpSettings(BaseModel):
    """``[mail]`` with ``channel = "smtp"``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls"] = "starttls"
    auth: Literal["password", "microsoft", "google"] = "password"
    user: str = ""
    """Empty where the server knows us by our address, or by our certificate."""
    password: SecretFile | None = None
    ehlo: str = Field(default="", pattern=r"^[A-Za-z0-9.-]*$")
    """What we call ourselves; a relay may want a domain of the school."""
    ca_file: str = ""

    @model_validator(mode="after")
    def _can_log_in(self) -> SmtpSettings:
        if self.auth != "password" and not self.user:
            raise ValueError(f'give user = "…", the mailbox that sends: auth = "{self.auth}" logs in to it')
        if self.auth != "password" and self.password:
            raise ValueError(f'leave password out: auth = "{self.auth}" logs in with a token')
        return self


class SmtpChannel:
    """Hands messages to one submission server. Safe to call from several threads."""

    def __init__(self, settings: SmtpSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        """Hand over one message. Raises ``DeliveryError``."""
        mail = mime.build(message, to=to.address, key=key)
        sender, wire = parseaddr(str(mail["From"]))[1], mime.wire(mail)
        with self._session() as (smtp, deadline):
            _expect(smtp.mail(sender, _size(smtp, wire)), "the sender address", blame=Misconfigured)
            _expect(smtp.rcpt(to.address), "the recipient", blame=Refused)
            code = _hand_over(smtp, wire, deadline)
            _part(smtp, deadline)
            return Receipt(key=key, code=code)

    def check(self) -> str:
        """Log in and out again."""
        with self._session() as (smtp, deadline):
            _expect(smtp.noop(), "NOOP", blame=Deferred)
            _part(smtp, deadline)
        named = "logged in" if self._settings.user else "connected"
        return f"{named} to {self._settings.host}:{self._settings.port} with verified TLS"

    def close(self) -> None:
        """Nothing is kept open."""

    @contextmanager
    def _session(self) -> Iterator[tuple[smtplib.SMTP, _Deadline]]:
        """A verified, logged-in connection that is cut off after ``TOTAL_SECONDS``."""
        with _typed_errors():
            smtp = self._client()
            with _Deadline(smtp) as deadline:  # before the greeting: that may drip as well
                try:
                    self._connect(smtp)
                    self._secure(smtp)
                    self._log_in(smtp)
                    yield smtp, deadline
                finally:
                    smtp.close()

    def _client(self) -> smtplib.SMTP:
        """A client that has not connected yet."""
        name = self._settings.ehlo or EHLO_NAME
        if self._settings.security == "tls":
            return smtplib.SMTP_SSL(local_hostname=name, timeout=STEP_SECONDS, context=self._tls())
        return smtplib.SMTP(local_hostname=name, timeout=STEP_SECONDS)

    def _connect(self, smtp: smtplib.SMTP) -> None:
        host = self._settings.host
        # The name that the certificate must bear: else only a constructor that connects at once sets it.
        smtp._host = host  # type: ignore[attr-defined] # noqa: SLF001 -- the stubs leave it out
        status, text = smtp.connect(host, self._settings.port)
        if status != 220:  # noqa: PLR2004 -- RFC 5321 §4.3.2: the only greeting that goes on
            raise smtplib.SMTPConnectError(status, text)

    def _secure(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._settings.security == "tls":
            return
        if not smtp.has_extn("starttls"):
            raise Misconfigured("the mail server offers no STARTTLS: nothing was sent and nobody logged in")
        smtp.starttls(context=self._tls())
        smtp.ehlo()

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        settings = self._settings
        if settings.auth != "password":
            sasl.log_in(smtp, settings.user, self._tools.logins.get(settings.auth), settings.auth)
        elif settings.user and settings.password is not None:
            smtp.login(settings.user, self._tools.secret(settings.password))

    def _tls(self) -> ssl.SSLContext:
        """One context for all connections: reading the CA bundle costs 18 ms each time."""
        with self._lock:
            if self._context is None:
                ca_file = self._settings.ca_file
                path = str(self._tools.resolve(ca_file)) if ca_file else None
                try:
                    self._context = ssl.create_default_context(cafile=path)
                except (OSError, ssl.SSLError):
                    raise Misconfigured(f"the certificate file {ca_file!r} cannot be read") from None
                self._context.minimum_version = ssl.TLSVersion.TLSv1_2
            return self._context


class _Deadline:
    """Closes a connection after ``TOTAL_SECONDS``, whatever it is waiting for; may be put off."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        self._timer = self._started(TOTAL_SECONDS)

    def put_off(self, seconds: float) -> None:
        """Wait so long from now, for a single answer as well."""
        self._timer.cancel()
        self._timer = self._started(seconds)
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _started(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, _cut, args=(self._smtp,))
        timer.daemon = True
        timer.start()
        return timer


def _cut(smtp: smtplib.SMTP) -> None:
    """Wake a read that is blocked in another thread: closing alone would not."""
    sock = smtp.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _typed_errors() -> Iterator[None]:
    """Turn what ``smtplib`` and the socket raise into our own errors, without the server's text."""
    try:
        yield
    except DeliveryError:
        raise
    except ssl.SSLError as error:
        raise _tls_error(error) from None
    except smtplib.SMTPException as error:
        raise _smtp_error(error) from None
    except (OSError, ValueError) as error:
        # ValueError: the watchdog closed the file that a reply was being read from
        raise _unreachable(error) from None


def _tls_error(error: ssl.SSLError) -> DeliveryError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Misconfigured(f"the mail server's certificate is not valid: {error.verify_message}")
    if isinstance(error, _HICCUPS):
        return Deferred("the connection to the mail server broke during the TLS handshake")
    return Misconfigured("no secure connection could be agreed with the mail server")


def _smtp_error(error: smtplib.SMTPException) -> DeliveryError:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _log_in_error(error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Misconfigured("the mail server offers no way to log in that we know")
    if isinstance(error, smtplib.SMTPResponseException):
        remedy = _EHLO_REMEDY if isinstance(error, smtplib.SMTPHeloError) else ""
        return Deferred(
            f"the mail server answered {error.smtp_code}", code=str(error.smtp_code), remedy=remedy
        )
    return _unreachable(error)


def _unreachable(error: Exception) -> Deferred:
    return Deferred(f"the mail server cannot be reached ({type(error).__name__})")


def _log_in_error(error: smtplib.SMTPAuthenticationError) -> DeliveryError:
    code = _code(error.smtp_code, error.smtp_error)
    if error.smtp_code not in _NEVER:
        return Deferred(f"the mail server would not let us log in for now ({code})", code=code)
    known = mail_codes.advice(code) or mail_codes.REFUSED_LOG_IN
    return Misconfigured(f"{known.sentence} ({code})", code=code, remedy=known.remedy)


def _expect(reply: tuple[int, bytes], what: str, *, blame: type[DeliveryError]) -> None:
    """Raise unless the reply is 2xx: ``blame`` for 5xx, ``Deferred`` for 4xx and what is no answer at all."""
    status, text = reply
    if status in _DONE:
        return
    code = _code(status, text)
    if known := mail_codes.advice(code, text):
        raise Misconfigured(f"{known.sentence} ({code})", code=code, remedy=known.remedy)
    if status in _LOG_IN:
        raise Misconfigured(f"the mail server wants a log-in ({code})", code=code)
    if _TOO_BIG in code:
        raise Refused(f"the mail server takes no message of this size ({code})", code=code)
    if code.endswith(_FULL) or status == 552:  # noqa: PLR2004 -- RFC 5321: out of storage
        raise MailboxFull(f"the recipient's mailbox is full ({code})", code=code)
    if status not in _NEVER:
        raise Deferred(f"the mail server put {what} off ({code})", code=code)
    raise blame(f"the mail server refused {what} ({code})", code=code)


def _size(smtp: smtplib.SMTP, wire: bytes) -> list[str]:
    """Tell the size beforehand (RFC 1870).

    Else a server whose reader has too little room left takes the message, and bounces it where nobody looks.
    """
    return [f"SIZE={len(wire)}"] if smtp.has_extn("size") else []


def _part(smtp: smtplib.SMTP, deadline: _Deadline) -> None:
    """Say goodbye; whatever becomes of that, the message was taken."""
    with suppress(smtplib.SMTPException, OSError, ValueError):
        deadline.put_off(GOODBYE_SECONDS)
        smtp.quit()


def _hand_over(smtp: smtplib.SMTP, wire: bytes, deadline: _Deadline) -> str:
    """Send the message and wait for its confirmation; return the code."""
    status, text = smtp.docmd("DATA")
    if status != 354:  # noqa: PLR2004 -- RFC 5321 §4.1.1.4: start mail input
        _expect((_LATER.start if status in _DONE else status, text), "the message", blame=Refused)
    smtp.send(_BARE_DOT.sub(b"..", wire) + b".\r\n")
    deadline.put_off(ANSWER_SECONDS)
    try:
        status, text = smtp.getreply()
    except (smtplib.SMTPException, OSError, ValueError):
        raise Deferred(
            "the connection broke after the message was handed over", may_have_arrived=True
        ) from None
    if not any(status in told for told in (_DONE, _LATER, _NEVER)):
        raise Deferred("the mail server said neither yes nor no to the message", may_have_arrived=True)
    _expect((status, text), "the message", blame=Refused)
    return _code(status, text)


def _code(status: int, text: bytes | str) -> str:
    """``550 5.1.1``: the basic and the enhanced code (RFC 3463), and nothing else of the server's text."""
    words = (text if isinstance(text, str) else text.decode("ascii", "replace")).split()
    enhanced = words[0] if words and _ENHANCED.fullmatch(words[0]) else ""
    return f"{status} {enhanced}".strip()


KIND = Kind(
    settings=SmtpSettings,
    build=SmtpChannel,
    summary="a submission server or relay with verified TLS (STARTTLS or implicit): password, token, or known by address",
)
