"""What hostile letters are put together from: headers, bodies, and the mail of ours that they answer."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

DATE = "Tue, 24 Nov 2026 10:15:00 +0000"
COMMANDS = ("mine", "not us", "done answered", "words", "should be low", "reopen", "conflict")
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@dataclass(frozen=True, slots=True)
class Aim:
    """Whom the letters are meant to fool."""

    code: str
    box: str
    sender: str

    @property
    def plus(self) -> str:
        """The address that a reply goes to: the box with the code in it."""
        name, _, domain = self.box.partition("@")
        return f"{name}+{self.code}@{domain}"

    @property
    def domain(self) -> str:
        return self.sender.partition("@")[2]

    @property
    def ours(self) -> str:
        """The Message-ID of the mail of ours that is answered."""
        return f"<b3a1f0c2d4e5@{self.domain}>"

    @property
    def alert(self) -> str:
        """The mail of ours as it is quoted: its code stands in the last line."""
        return (
            "URGENT - safeguarding leads only - Holm Nook R12\n\nSomebody should look at story R12.\n"
            f"Reply with: mine, done, not us, words.\n\nReply code: {self.code}\n"
        )


def letter(
    aim: Aim,
    text: str | bytes,
    *,
    sender: str | None = None,
    to: str | None = None,
    subject: str = "Re: Holm Nook R12",
    kind: str = "text/plain; charset=utf-8",
    extra: str = "",
    number: int = 1,
    reply: bool = True,
) -> bytes:
    """A letter with everything that belongs to one. ``extra`` are lines of further headers."""
    head = f"Return-Path: <{aim.sender}>\nDelivered-To: {aim.plus}\n" if sender is None else ""
    head += f"From: {aim.sender if sender is None else sender}\n" if sender != "-" else ""
    head += f"To: {aim.plus if to is None else to}\nSubject: {subject}\nDate: {DATE}\n"
    head += f"Message-ID: <letter-{number}@{aim.domain}>\nMIME-Version: 1.0\n"
    head += f"In-Reply-To: {aim.ours}\nReferences: {aim.ours}\n" if reply else ""
    head += f"{extra.strip()}\n" if extra else ""
    body = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return wire(f"{head}Content-Type: {kind}\n\n".encode("utf-8", "surrogateescape") + body)


def html(
    aim: Aim, markup: str, *, extra: str = "", number: int = 1, subject: str = "Re: Holm Nook R12"
) -> bytes:
    """A letter that is only HTML."""
    return letter(aim, markup, kind="text/html; charset=utf-8", extra=extra, number=number, subject=subject)


def multipart(*parts: str, boundary: str = "=_b1", end: bool = True) -> str:
    """Parts, each with its own headers, between boundaries."""
    inside = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return inside + (f"--{boundary}--\n" if end else "")


def part(kind: str, text: str, *extra: str) -> str:
    """One part of a multipart."""
    lines = "".join(f"{line}\n" for line in extra)
    return f"Content-Type: {kind}\n{lines}\n{text}"


def quoted(text: str, mark: str = "> ") -> str:
    """A text with a mark before each line."""
    return "".join(f"{mark}{line}\n" for line in text.splitlines())


def base64(text: str | bytes) -> str:
    """In lines of 76."""
    octets = text.encode() if isinstance(text, str) else text
    letters = b64encode(octets).decode()
    return "\n".join(letters[start : start + 76] for start in range(0, len(letters), 76))


def wire(octets: bytes) -> bytes:
    """With line ends as they travel."""
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
