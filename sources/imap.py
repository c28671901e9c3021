"""IMAP by IMAPClient, over a line with a deadline and a byte limit; its errors become ours, without the server's words.

The library is given our line instead of a socket, and never writes to a log. This module loads it, so it is
imported only where a mailbox is read.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from imapclient import DELETED, IMAPClient  # type: ignore[import-untyped]  # it brings no types

from sources.errors import Denied, Missing, SourceError, Throttled, Unreachable, Unreadable
from sources.line import Budget, Line

LONGEST_LINE = 1_000_000
"""Bytes of one line: the numbers of a hundred thousand letters."""
MOST_LINES = 20_000
"""Lines of one session; fifty letters need a few hundred."""
MOST_LITERAL = 2_000_000
"""Bytes that the server may announce at once; we ask for half of that."""
AT_ONCE = 200
"""Letters that are flagged or deleted by one command: the line stays below 8,000 bytes (RFC 7162, 4)."""

_CODE = re.compile(r"\[([A-Z][A-Z-]{1,30})")
"""A response code (RFC 5530)."""
_BUSY = re.compile(r"too many|throttl|limit|exceeded|back ?off|\[inuse", re.IGNORECASE)
_FAILING = re.compile(r"\* BYE|\[(?:UNAVAILABLE|SERVERBUG)|temporar", re.IGNORECASE)
_NO_MAILBOX = re.compile(r"authenticated but not connected", re.IGNORECASE)
"""Exchange Online: the token is good, and may not open this mailbox."""
_NONSENSE = re.compile(r"unexpected|unterminated|not IMAP4|no CAPABILITY")

_LOG_IN_HINT = (
    "check user and password in [mailbox]; Microsoft 365 takes no password over IMAP, only a token; "
    "Gmail takes an app password, or a token"
)
_APP_HINT = (
    "check that user is the mailbox itself and that the app may open it: at Microsoft 365 IMAP.AccessAsApp with "
    "consent and full access to this mailbox, at Google the scope https://mail.google.com/"
)
_NO_ANSWER = "the mail server's answer cannot be understood"


class Client:
    """One connection. Every method raises ``SourceError``."""

    def __init__(self, line: Line, budget: Budget) -> None:
        """Hear the greeting."""
        self._budget = budget
        with self._asking():
            self._client = _Client(line)
            self._wire = self._client.wire
            if self._wire.state != "NONAUTH":  # PREAUTH: whose mailbox would that be?
                raise Denied("the mail server does not want a log-in: nobody knows whose mail this is")

    def secure(self, encrypt: Callable[[], Line]) -> None:
        """Speak TLS from here on (RFC 9051, 6.2.1)."""
        with self._asking():
            if "STARTTLS" not in self._wire.capabilities:
                raise Denied(
                    "the mail server offers no STARTTLS: nobody logged in",
                    remedy='use security = "tls" with port 993, or ask whoever runs the server',
                )
            self._wire.secure(encrypt)

    def log_in(self, user: str, password: str) -> None:
        """Log in with a password."""
        with self._asking(_refused("the mail server refused user or password", _LOG_IN_HINT)):
            if self._client.has_capability("AUTH=PLAIN"):
                self._client.sasl_login("PLAIN", lambda _: f"\0{user}\0{password}")
            elif self._client.has_capability("LOGINDISABLED"):
                raise Denied("the mail server takes no password", remedy=_LOG_IN_HINT)
            elif not f"{user}{password}".isascii():
                raise Denied("the mail server takes no password with such letters", remedy=_LOG_IN_HINT)
            else:
                self._wire.log_in(user, password)

    def log_in_with_token(self, user: str, token: str) -> None:
        """Log in with XOAUTH2. Who is refused is told why in a challenge, and must answer it with nothing."""
        answers = iter([f"user={user}\1auth=Bearer {token}\1\1"])
        with self._asking(_refused("the mail server refused the token", _APP_HINT)):
            if not self._client.has_capability("AUTH=XOAUTH2"):
                raise Denied("the mail server takes no token", remedy="use a password in [mailbox]")
            self._client.sasl_login("XOAUTH2", lambda _: next(answers, ""))

    def open(self, folder: str, *, writable: bool) -> int:
        """Open a folder and return its UIDVALIDITY."""
        with self._asking(_closed):
            told = self._client.select_folder(folder, readonly=not writable)
            validity = told.get(b"UIDVALIDITY")
        if not isinstance(validity, int):
            raise Unreadable("the mail server does not number its letters (no UIDVALIDITY)")
        return validity

    def numbers(self, *criteria: object) -> list[int]:
        """UIDs of the letters that a search finds, in order."""
        with self._asking():
            found = self._client.search([*criteria])
        return sorted({int(number) for number in found})

    def facts(self, numbers: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
        """Size, and when each letter came in."""
        known: dict[int, tuple[int, datetime | None]] = {}
        for some in _some(numbers):
            with self._asking():
                found = self._client.fetch(some, ["RFC822.SIZE", "INTERNALDATE"])
                for number, told in found.items():
                    size, moment = told.get(b"RFC822.SIZE"), told.get(b"INTERNALDATE")
                    known[number] = (size if isinstance(size, int) else 0, moment)
        return known

    def octets(self, number: int, most: int) -> bytes | None:
        """The first bytes of a letter, which stays unread; ``None`` if the server does not give it."""
        with self._asking():
            found = self._client.fetch([number], [f"BODY.PEEK[]<0.{most}>"]).get(number, {})
        bodies = (
            body for name, body in found.items() if name.startswith(b"BODY[]") and isinstance(body, bytes)
        )
        body = next(bodies, None)
        return body if body is None else body[:most]

    def flag(self, numbers: Sequence[int], flag: bytes) -> None:
        """Set a flag on letters."""
        for some in _some(numbers):
            with self._asking():
                self._client.add_flags(some, [flag], silent=True)

    def delete(self, numbers: Sequence[int]) -> int:
        """Delete these letters and no others; return how many are gone.

        A server without UIDPLUS can only delete everything that is flagged so. If somebody else has flagged
        something, ours are flagged as well and stay.
        """
        self.flag(numbers, DELETED)
        with self._asking():
            is_exact = self._client.has_capability("UIDPLUS")
        if not is_exact and not set(self.numbers("DELETED")) <= set(numbers):
            return 0
        for some in _some(numbers) if is_exact else [numbers]:
            with self._asking():
                self._client.uid_expunge(some) if is_exact else self._client.expunge()
        return len(numbers)

    def part(self) -> None:
        """Say goodbye, and wait for no answer."""
        with suppress(SourceError), self._budget:
            self._wire.send(b"BYE LOGOUT\r\n")

    @contextmanager
    def _asking(self, refused: Callable[[str], SourceError] | None = None) -> Iterator[None]:
        """Let the time run, and say in our words what went wrong."""
        with self._budget:
            try:
                yield
            except SourceError:
                raise
            except imaplib.IMAP4.error as error:
                raise _blame(error, refused) from None
            except Exception:  # noqa: BLE001 -- whatever both libraries make of a hostile answer; it may quote a letter
                raise Unreadable(_NO_ANSWER) from None


def _some(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield numbers[start : start + AT_ONCE]


def _refused(message: str, remedy: str) -> Callable[[str], SourceError]:
    return lambda _: Denied(message, remedy=remedy)


def _closed(code: str) -> SourceError:
    if code in {"NOPERM", "AUTHORIZATIONFAILED", "CONTACTADMIN"} or code == "READ-ONLY":
        return Denied(
            "we may not open the folder", remedy="give this user the right to read and delete in it"
        )
    return Missing(
        "the mailbox has no such folder", remedy="correct folder in [mailbox]; it is usually INBOX"
    )


def _blame(error: imaplib.IMAP4.error, refused: Callable[[str], SourceError] | None) -> SourceError:
    told = str(error)
    found = _CODE.search(told)
    code = found[1] if found else ""
    if _BUSY.search(told):
        return Throttled("the mail server asks us to come less often")
    if _NO_MAILBOX.search(told):
        return Denied("the log-in is good, but may not open this mailbox", remedy=_APP_HINT)
    if isinstance(error, imaplib.IMAP4.readonly):
        return _closed("READ-ONLY")
    if _NONSENSE.search(told):
        return Unreadable(_NO_ANSWER)
    if isinstance(error, imaplib.IMAP4.abort) or _FAILING.search(told):
        return Unreachable("the mail server ended the session, or has a fault of its own")
    return refused(code) if refused else Unreadable("the mail server refused what every mail server does")


class _Client(IMAPClient):  # type: ignore[misc]  # it brings no types
    """The library on our line."""

    def __init__(self, line: Line) -> None:
        self.wire = _Wire(line)
        super().__init__("", ssl=False)
        self.wire.debug = 0  # the library would write every letter and password to a log
        self.normalise_times = False  # moments with their zone

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 -- the library's name for where its connection comes from
        return self.wire


class _Wire(imaplib.IMAP4):
    """The standard library's protocol on our line: bounded, and nothing read without a deadline."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._lines = 0
        super().__init__()

    def open(self, host: str = "", port: int = 0, _timeout: float | None = None) -> None:
        """Take the line that is open."""
        self.host, self.port = host, port
        self._take(self._line)

    def secure(self, encrypt: Callable[[], Line]) -> None:
        """Ask for TLS, and believe nothing that was said before it."""
        typ, _ = self._simple_command("STARTTLS")
        if typ != "OK":
            raise Denied("the mail server does not begin TLS: nobody logged in")
        self._take(encrypt())
        self.untagged_responses = {}
        self._get_capabilities()

    def log_in(self, user: str, password: str) -> None:
        """The command LOGIN, with both words quoted; the library's own would tell its log who it was."""
        self.login(self._quote(user), password)

    def read(self, size: int) -> bytes:
        """Read a literal."""
        if size > MOST_LITERAL:
            raise Unreadable("the mail server sends more than it was asked for")
        octets: bytes = self.file.read(size)
        if len(octets) < size:
            raise Unreachable("the mail server broke the connection")
        return octets

    def readline(self) -> bytes:
        """Read a line."""
        line: bytes = self.file.readline(LONGEST_LINE + 1)
        self._lines += 1
        if len(line) > LONGEST_LINE or self._lines > MOST_LINES:
            raise Unreadable("the mail server does not come to an end")
        if not line:
            raise Unreachable("the mail server broke the connection")
        return line

    def send(self, data: Any) -> None:
        """Send everything."""
        self._line.sendall(data)

    def shutdown(self) -> None:
        """Hang up."""
        self._line.hang_up()

    def _take(self, line: Line) -> None:
        self._line = line
        self.sock: Any = line
        self.file: Any = line.makefile("rb")
