"""A ready message as the bytes that travel: RFC 5322 and MIME, the same for every try.

Built with the standard library's modern policy. Nothing here depends on chance or on the clock, so
sending again sends the same bytes.
"""

from __future__ import annotations

import hashlib
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy

from alerts.base import Message
from alerts.columns import narrow

_ENCODING = "quoted-printable"
"""Every line stays below 76 characters, and the words can still be read in the raw mail."""
OUR_ID = "X-Mention-Monitor-Id"
"""The Message-ID once more, where a service may put its own in its place."""
_THREAD = frozenset({"in-reply-to", "references", OUR_ID.lower()})


def build(message: Message, *, to: str, key: str) -> EmailMessage:
    """The mail for one address under the Message-ID ``key``: text first, then HTML.

    Raises ``ValueError`` for a line break in an address, a key or a header, be it in an encoded word.
    """
    for value in (to, key, message.subject, *message.headers.values()):
        if value.splitlines() not in ([], [value]) or "=?" in value:
            raise ValueError("a mail header with a line break")
    mail = EmailMessage(policy=_Policy(linesep="\r\n"))
    mail["Message-ID"] = key
    mail["To"] = to
    mail["Subject"] = message.subject
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(narrow(message.text), cte=_ENCODING)
    mail.add_alternative(message.html, subtype="html", cte=_ENCODING)
    mail.set_boundary(f"={hashlib.sha256(key.encode()).hexdigest()[:32]}=")
    return mail


def wire(mail: EmailMessage) -> bytes:
    """The bytes for SMTP: CRLF line ends, the last line ended too."""
    return mail.as_bytes()


class _Policy(EmailPolicy):
    """Writes the ids of a thread one a line and as they are, and loses no blank of a subject.

    The standard library would turn an id that is longer than a line into encoded words, and mail programs
    would not find the thread. Where it breaks a line between two words that it encodes, it loses the blank.
    """

    def fold(self, name: str, value: str) -> str:
        """Fold a header for text."""
        if name.lower() in _THREAD:
            return f"{name}: " + f"{self.linesep} ".join(value.split()) + self.linesep
        folded = str(super().fold(name, value))
        if name.lower() == "subject" and not self._reads(folded, value):
            whole = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {whole}{self.linesep}"
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        """Fold a header for bytes."""
        if name.lower() not in {*_THREAD, "subject"}:
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")

    def _reads(self, folded: str, value: str) -> bool:
        """Whether whoever unfolds and decodes it reads the same words."""
        name, _, written = folded.replace(self.linesep, "").partition(":")
        return str(self.header_factory(name, written.strip())) == str(value)
