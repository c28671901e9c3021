"""What a mail in our mailbox says, reduced to what can be acted on: no image, no attachment, no markup.

Plain data; ``sources.mailbox`` fetches it, and nothing here reads the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a mail server says became of a mail for one recipient (RFC 3464, section 2.3)."""

    recipient: str
    """The address, lower case, without ``rfc822;``."""
    action: str
    """``failed``, ``delayed``, ``delivered``, ``relayed``, ``expanded``, or nothing if it is another word."""
    status: str = ""
    """The enhanced status code, such as ``5.1.1``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail of our mailbox; all text is bounded, and may be evil."""

    uid: str
    """Validity and number of the mailbox's own, such as ``1700000000.42``."""
    digest: str
    """SHA-256 of the bytes as far as they were read: the same letter is the same wherever it lies."""
    message_id: str = ""
    """With angle brackets."""
    sender: str = ""
    """The one address of ``From``, lower case; empty if there is none or more than one."""
    to: tuple[str, ...] = ()
    """All addresses it went to (``Delivered-To``, ``X-Original-To``, ``To``, ``Cc``), lower case."""
    subject: str = ""
    text: str = ""
    """The words: the plain part, else the HTML part as text, with line breaks and quoting as they are."""
    forwarded: tuple[str, ...] = ()
    """The words of mails that are attached to it."""
    sent_at: datetime | None = None
    received_at: datetime | None = None
    parents: tuple[str, ...] = ()
    """Message-IDs of ``In-Reply-To``, ``References``, and of the mail that a report returns."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers by which an automatic answer is known, names in lower case; see ``sources.letters.TELLING``."""
    reports: tuple[Report, ...] = ()
    images: int = 0
    """How many pictures or films were attached: counted, never opened."""
    whole: bool = True
    """False: too long or too broken to be read to its end."""
