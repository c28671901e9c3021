"""Our mailbox: letters are read once each, oldest first, and deleted when their time has come.

A letter counts as done only once whoever acts on it has stored the checkpoint that ``advance`` returns, so a
crash in between reads it again. Reading leaves no mark on the letters. No connection outlives its session.
"""  # noqa: A005 -- the standard library's module of this name reads mail folders on disk; nothing here does

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sources import letters, line
from sources.base import Checkpoint, Parser
from sources.errors import Denied, SourceError, Unreadable
from sources.guard import Place
from sources.letter import Letter
from sources.line import Budget, Dial, Line, Resolve, Switchboard

if TYPE_CHECKING:
    from sources.imap import Client

SESSION_SECONDS = 60.0
"""The longest that one session waits for the server, all in all."""
MOST_LETTERS = 50
"""Letters of one session: a flood must not hold up the round."""
MOST_OCTETS = 16_000_000
"""Bytes of letters after which a session reads no more."""
LARGE = 1_000_000
"""Bytes beyond which only the start of a letter is read."""
START = 256_000
"""That start: the words stand before the pictures."""
MOST_PURGED = 1_000

_MOST_BYTES = 64_000_000  # of everything that the server says in a session
_MOST_DONE = 1_000  # letters above the watermark that are remembered one by one
_GIVE_UP = 3  # times that one letter may break a session in which others could be read
_MOST_STUMBLES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the mailbox is, and how to get in: with a password or with a token (XOAUTH2)."""

    host: str
    user: str = field(repr=False)
    port: int = 993
    security: Literal["tls", "starttls"] = "tls"
    password: Callable[[], str] | None = field(default=None, repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    """Asked for once a session; what it raises is passed on."""
    ca_file: str = ""
    """An absolute path; empty for the machine's own."""
    folder: str = "INBOX"


def advance(after: Checkpoint | None, uid: str) -> Checkpoint:
    """The checkpoint once the letter ``uid`` is done as well; to be stored together with what became of it.

    ``below`` and everything before it is done, and so are those in ``done``: a letter that shows up late, with a
    lower number than its elders, is not passed over while it is among the last thousand.
    """
    validity, number = (int(part) for part in uid.split("."))
    known = after if after and after.get("validity") == validity else {}
    below = int(known.get("below", 0))
    done = sorted({*known.get("done", ()), number})
    if len(done) > _MOST_DONE:
        below = max(below, done[-_MOST_DONE - 1])
    while below + 1 in done:
        below += 1
    return {"validity": validity, "below": below, "done": [each for each in done if each > below]}


class Mailbox:
    """One folder of one account. A session at a time."""

    def __init__(
        self,
        account: Account,
        parser: Parser,
        *,
        resolve: Resolve = socket.getaddrinfo,
        dial: Dial = line.dial,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if (account.password is None) == (account.token is None):
            raise ValueError("a mailbox needs a password or a token, and not both")
        self._account = account
        self._parser = parser
        self._monotonic = monotonic
        self._tls: ssl.SSLContext | None = None
        self._switchboard = Switchboard(resolve=resolve, dial=dial, proxy=None, context=self._context)
        self._stumbles: dict[str, int] = {}

    @contextmanager
    def session(self, seconds: float = SESSION_SECONDS) -> Iterator[Session]:
        """Log in over verified TLS, and out again. Raises ``SourceError``.

        ``seconds`` is how long the server may keep us waiting altogether; the caller's own time does not count.
        """
        secret = self._secret()
        budget = Budget(seconds, self._monotonic)
        with budget:
            lines = [self._line(budget)]
        try:
            client = self._client(lines, budget)
            secret(client)
            yield Session(client, budget, self._account.folder, self._parser, self._stumbles)
            client.part()
        finally:
            for each in lines:
                each.hang_up()

    def check(self) -> str:
        """Log in, open the folder for writing, and say so. Raises ``SourceError``."""
        with self.session() as session:
            session.check()
        return f"logged in to {self._account.host}:{self._account.port} with verified TLS"

    def _secret(self) -> Callable[[Client], None]:
        """How to log in; the secret is fetched before anybody waits for us."""
        account = self._account
        if account.token is not None:
            token = account.token()
            return lambda client: client.log_in_with_token(account.user, token)
        password = account.password() if account.password is not None else ""
        return lambda client: client.log_in(account.user, password)

    def _line(self, budget: Budget) -> Line:
        sock = self._switchboard.connect(self._place, budget)
        if self._account.security == "tls":
            sock = self._encrypted(sock, budget)
        return Line(sock, self._place, budget, _MOST_BYTES)

    def _client(self, lines: list[Line], budget: Budget) -> Client:
        from sources.imap import Client  # noqa: PLC0415 -- who has no mailbox need not load the library

        client = Client(lines[0], budget)
        if self._account.security == "starttls":

            def encrypt() -> Line:
                sock = self._encrypted(lines[0].bare, budget)
                lines.append(Line(sock, self._place, budget, _MOST_BYTES))
                return lines[-1]

            client.secure(encrypt)
        return client

    def _encrypted(self, sock: socket.socket, budget: Budget) -> socket.socket:
        try:
            return self._switchboard.encrypt(sock, self._place, budget)
        except BaseException:
            sock.close()
            raise

    @property
    def _place(self) -> Place:
        """Mail hosts often stand on private addresses: the operator named this one."""
        account = self._account
        return Place(scheme="https", host=account.host.lower(), port=account.port, target="", listed=True)

    def _context(self) -> ssl.SSLContext:
        """One context for all sessions: reading the CA bundle costs 18 ms each time."""
        if self._tls is None:
            try:
                self._tls = ssl.create_default_context(cafile=self._account.ca_file or None)
            except OSError:
                raise Denied(
                    "the certificate file cannot be read", remedy="correct ca_file in [mailbox]"
                ) from None
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        return self._tls


class Session:
    """A logged-in connection, for as long as the ``with`` lasts."""

    def __init__(
        self, client: Client, budget: Budget, folder: str, parser: Parser, stumbles: dict[str, int]
    ) -> None:
        self._client = client
        self._budget = budget
        self._seconds = budget.spare()
        self._folder = folder
        self._parser = parser
        self._stumbles = stumbles
        self._validity = 0
        self._is_writable = False
        self.left = 0
        """Letters that wait and were not read by the last ``letters``."""

    def letters(self, after: Checkpoint | None, *, most: int = MOST_LETTERS) -> Iterator[Letter]:
        """Letters that are not done yet, oldest first; those that broke an earlier session come last.

        A letter that cannot be read comes as one without words, and not ``whole``. Ends early when time or bytes
        run low: the others come the next time. Raises ``SourceError``; what was yielded before stays good.
        """
        self._open()
        waiting = self._waiting(after)
        self.left = len(waiting)
        waiting = waiting[:most]
        facts = self._client.facts(waiting)
        count = octets = 0
        for number in waiting:
            if octets > MOST_OCTETS or self._budget.spare() < self._seconds / 4:
                return
            size, moment = facts.get(number, (0, None))
            letter, cost = self._letter(number, size, moment, others=count)
            octets += cost
            if letter is not None:
                count += 1
                self.left -= 1
                yield letter

    def purge(self, older_than: datetime, done: Checkpoint | None) -> int:
        """Delete letters that came in before a moment and are done; return how many are gone.

        At most a thousand at a time, in this folder alone. Raises ``SourceError``.
        """
        self._open(writable=True)
        last_day = (
            older_than.astimezone(UTC) + timedelta(days=2)
        ).date()  # BEFORE knows days, of the server's own zone
        found = [number for number in self._client.numbers("BEFORE", last_day) if self._is_done(number, done)]
        facts = self._client.facts(found[:MOST_PURGED])
        old = [
            number
            for number, (_, moment) in sorted(facts.items())
            if moment is not None and moment < older_than
        ]
        return self._client.delete(old) if old else 0

    def check(self) -> None:
        """Open the folder as if to delete in it. Raises ``SourceError``."""
        self._open(writable=True)

    def _open(self, *, writable: bool = False) -> None:
        """Open the folder; for reading only, nothing can be marked by mistake."""
        if self._validity and (self._is_writable or not writable):
            return
        validity = self._client.open(self._folder, writable=writable)
        if self._validity and validity != self._validity:
            raise Unreadable("the mail server numbered its letters anew while we read them")
        self._validity, self._is_writable = validity, writable

    def _waiting(self, after: Checkpoint | None) -> list[int]:
        below = int(after.get("below", 0)) if after and after.get("validity") == self._validity else 0
        found = self._client.numbers("UID", f"{below + 1}:*")  # the last one is told even if it is older
        new = [number for number in found if not self._is_done(number, after)]
        return sorted(new, key=lambda number: (self._uid(number) in self._stumbles, number))

    def _is_done(self, number: int, done: Checkpoint | None) -> bool:
        if not done or done.get("validity") != self._validity:
            return False
        return number <= int(done.get("below", 0)) or number in done.get("done", ())

    def _letter(
        self, number: int, size: int, moment: datetime | None, *, others: int
    ) -> tuple[Letter | None, int]:
        """A letter and what it cost; none if the server does not give it, so that it is asked for again."""
        uid = self._uid(number)
        if self._stumbles.get(uid, 0) >= _GIVE_UP:
            return _unread(uid, uid.encode(), moment), 0
        try:
            body = self._client.octets(number, START if size > LARGE else LARGE + 1)
        except SourceError:
            self._stumble(uid, others)
            raise
        if body is None:
            self._stumble(uid, others)
            return None, 0
        self._stumbles.pop(uid, None)
        return self._parsed(uid, body, moment, whole=size <= LARGE and len(body) <= LARGE), len(body)

    def _parsed(self, uid: str, body: bytes, moment: datetime | None, *, whole: bool) -> Letter:
        read = body if whole else body[:START]
        received = moment.isoformat() if moment else ""
        try:
            return self._parser.run(letters.parse, read, uid=uid, received=received, whole=whole)
        except Unreadable:
            return _unread(uid, read, moment)

    def _stumble(self, uid: str, others: int) -> None:
        """Remember a letter that could not be had. It is held against the letter only if others could be."""
        if len(self._stumbles) < _MOST_STUMBLES or uid in self._stumbles:
            self._stumbles[uid] = self._stumbles.get(uid, 0) + (1 if others else 0)

    def _uid(self, number: int) -> str:
        return f"{self._validity}.{number}"


def _unread(uid: str, read: bytes, moment: datetime | None) -> Letter:
    """A letter of which nothing can be told but that it came."""
    received = moment.astimezone(UTC) if moment else None
    return Letter(uid=uid, digest=hashlib.sha256(read).hexdigest(), received_at=received, whole=False)
