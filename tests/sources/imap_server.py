"""A small IMAP server on loopback that keeps letters, and misbehaves on request."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

USER = "mentions@holmnook.example"
PASSWORD = 'correct "horse" \\ staple'
TOKEN = "ya29.token"
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Kept:
    """A letter as the server keeps it."""

    octets: bytes
    came: datetime = MORNING
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Talk:
    """One connection."""

    sock: socket.socket
    tag: str = ""
    writable: bool = False

    def say(self, *lines: str | bytes) -> None:
        for line in lines:
            self.sock.sendall((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def okay(self, text: str = "done") -> None:
        self.say(f"{self.tag} OK {text}")

    def no(self, text: str) -> None:
        self.say(f"{self.tag} NO {text}")


Fault: TypeAlias = Callable[[Talk, str], object]
"""Gets the talk and the arguments; returns true if the server shall go on as usual."""


@dataclass
class ImapServer:
    """The server: letters by their number, and a record of what was asked."""

    tls: ssl.SSLContext
    starttls: bool = False
    validity: int = 17
    letters: dict[int, Kept] = field(default_factory=dict)
    capabilities: str = "IMAP4rev1 UIDPLUS AUTH=PLAIN AUTH=XOAUTH2"
    plain: str = "IMAP4rev1 STARTTLS LOGINDISABLED"
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    leaving: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def put(self, octets: bytes, came: datetime = MORNING) -> int:
        number = max(self.letters, default=0) + 1
        self.letters[number] = Kept(octets, came)
        return number

    @contextmanager
    def running(self) -> Iterator[ImapServer]:
        self._spawn(self._accept)
        try:
            yield self
        finally:
            self.leaving.set()
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for thread in self._threads:
                thread.join(5)

    def words(self, word: str) -> list[str]:
        """What was asked that begins with a word."""
        return [line for line in self.asked if line.startswith(word)]

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._spawn(lambda sock=sock: self._serve(sock))  # type: ignore[misc]

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(10)
        with suppress(OSError, ValueError):
            talk = Talk(sock if self.starttls else self.tls.wrap_socket(sock, server_side=True))
            try:
                if self._usual("GREETING", talk, ""):
                    talk.say("* OK ready")
                self._listen(talk)
            finally:
                talk.sock.close()

    def _listen(self, talk: Talk) -> None:
        reader = talk.sock.makefile("rb")
        while line := reader.readline():
            talk.tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
            word, _, arguments = rest.partition(" ")
            if word == "UID":
                second, _, arguments = arguments.partition(" ")
                word = f"UID {second}"
            self.asked.append(f"{word} {arguments}".strip())
            if word == "LOGOUT":
                return
            if not self._usual(word, talk, arguments):
                continue
            if word == "AUTHENTICATE":
                self._authenticate(talk, arguments, reader.readline)
            elif word == "STARTTLS":
                talk.okay()
                talk.sock = self.tls.wrap_socket(talk.sock, server_side=True)
                reader = talk.sock.makefile("rb")
            else:
                self._answer(talk, word, arguments)

    def _usual(self, word: str, talk: Talk, arguments: str) -> bool:
        fault = self.faults.get(word)
        return fault is None or bool(fault(talk, arguments))

    def _authenticate(self, talk: Talk, mechanism: str, readline: Callable[[], bytes]) -> None:
        talk.say("+ ")
        said = b64decode(readline()).decode()
        self.asked.append(said.replace("\0", " ").replace("\1", " ").strip())
        good = {"PLAIN": f"\0{USER}\0{PASSWORD}", "XOAUTH2": f"user={USER}\1auth=Bearer {TOKEN}\1\1"}
        if said == good[mechanism]:
            talk.okay("logged in")
            return
        if mechanism == "XOAUTH2":
            talk.say(b"+ " + b64encode(b'{"status":"400","schemes":"Bearer"}'))
            self.asked.append(f"challenge answered with {readline()!r}")
        talk.no("AUTHENTICATE failed.")

    def _answer(self, talk: Talk, word: str, arguments: str) -> None:
        if word == "CAPABILITY":
            is_plain = not isinstance(talk.sock, ssl.SSLSocket)
            talk.say(f"* CAPABILITY {self.plain if is_plain else self.capabilities}")
            talk.okay()
        elif word == "LOGIN":
            quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
            talk.okay() if arguments == f'"{USER}" "{quoted}"' else talk.no("[AUTHENTICATIONFAILED] no")
        elif word in {"SELECT", "EXAMINE"}:
            self._select(talk, word)
        elif word == "UID SEARCH":
            found = " ".join(
                str(number) for number in sorted(self.letters) if self._matches(number, arguments)
            )
            talk.say(f"* SEARCH {found}".rstrip())
            talk.okay()
        elif word == "UID FETCH":
            self._fetch(talk, arguments)
        elif word == "UID STORE":
            self._store(talk, arguments)
        elif word in {"UID EXPUNGE", "EXPUNGE"}:
            self._expunge(talk, arguments)
        else:
            talk.say(f"{talk.tag} BAD unknown")

    def _select(self, talk: Talk, word: str) -> None:
        talk.writable = word == "SELECT"
        talk.say(f"* {len(self.letters)} EXISTS", f"* OK [UIDVALIDITY {self.validity}] valid")
        talk.okay("[READ-WRITE] open" if talk.writable else "[READ-ONLY] open")

    def _matches(self, number: int, criteria: str) -> bool:
        if criteria == "DELETED":
            return r"\Deleted" in self.letters[number].flags
        if criteria.startswith("BEFORE"):
            return self.letters[number].came.date() < datetime.strptime(criteria[7:], "%d-%b-%Y").date()  # noqa: DTZ007 -- a date
        start = int(criteria.removeprefix("UID ").removesuffix(":*"))
        return number >= start or number == max(self.letters)

    def _fetch(self, talk: Talk, arguments: str) -> None:
        numbers, _, items = arguments.partition(" ")
        partial = re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", items)
        for number in self._named(numbers):
            kept = self.letters[number]
            if partial:
                octets = kept.octets[: int(partial[1])]
                talk.sock.sendall(f"* {number} FETCH (UID {number} BODY[]<0> {{{len(octets)}}}\r\n".encode())
                talk.sock.sendall(octets + b")\r\n")
            else:
                came = kept.came.strftime("%d-%b-%Y %H:%M:%S %z")
                size = len(kept.octets)
                talk.say(f'* {number} FETCH (UID {number} RFC822.SIZE {size} INTERNALDATE "{came}")')
        talk.okay()

    def _store(self, talk: Talk, arguments: str) -> None:
        numbers, _, what = arguments.partition(" ")
        assert talk.writable
        for number in self._named(numbers):
            self.letters[number].flags |= set(re.findall(r"\\\w+", what))
        talk.okay()

    def _expunge(self, talk: Talk, arguments: str) -> None:
        named = self._named(arguments) if arguments else list(self.letters)
        for number in named:
            if r"\Deleted" in self.letters[number].flags:
                del self.letters[number]
        talk.okay()

    def _named(self, numbers: str) -> list[int]:
        return [number for number in map(int, numbers.split(",")) if number in self.letters]
