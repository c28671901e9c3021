"""Names that stay the same after a crash or a restore: Message-IDs, reply codes, and the list they belong to.

Pure. A Message-ID is a keyed digest of what the message is about, its kind, its number in that story and
who gets it, never of when or how often it was tried: sending again is recognised by every mail program, and by
``sent.log``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from email.utils import parseaddr

from alerts.base import NotificationKind

_BYTES = 20
"""160 bits: nobody guesses or collides them."""
_CODE_BYTES = 16
"""128 bits: what proves that somebody had a certain mail must not be guessed."""
_CODE = "reply"
"""Sets codes apart from Message-IDs, which strangers may see."""


def message_id(
    install_key: bytes,
    *,
    school: str,
    subject_key: str,
    kind: NotificationKind,
    sequence: int,
    recipient: str,
    domain: str,
) -> str:
    """Return ``<…@domain>`` for one notification to one recipient (RFC 5322 §3.6.4)."""
    parts = (school, subject_key, kind.value, str(sequence), recipient.casefold())
    digest = hmac.new(install_key, "\0".join(parts).encode(), hashlib.sha256).digest()[:_BYTES]
    return f"<{digest.hex()}@{domain}>"


def reply_code(
    install_key: bytes,
    *,
    school: str,
    subject_key: str,
    kind: NotificationKind,
    sequence: int,
    recipient: str,
) -> str:
    """What proves that an answer is to this notification, by this recipient: 26 characters of base32, stored nowhere."""
    parts = (_CODE, school, subject_key, kind.value, str(sequence), recipient.casefold())
    digest = hmac.new(install_key, "\0".join(parts).encode(), hashlib.sha256).digest()[:_CODE_BYTES]
    return base64.b32encode(digest).decode().rstrip("=")


def reply_address(box: str, code: str) -> str:
    """``box+CODE@domain``: what is sent there arrives in the box (RFC 5233)."""
    local, _, domain = box.rpartition("@")
    return f"{local}+{code}@{domain}"


def test_id(at: datetime, domain: str) -> str:
    """A Message-ID for a test mail: of the moment, since nobody tries it again."""
    return f"<test-{at:%Y%m%d%H%M%S%f}@{domain}>"


def address(sender: str) -> str:
    """The bare address of the configured ``from``."""
    return parseaddr(sender)[1]


def mail_domain(sender: str) -> str:
    """The domain of the configured ``from`` address; ``localhost`` if it has none."""
    local, _, domain = address(sender).rpartition("@")
    return domain if local else "localhost"


def list_id(name: str, domain: str) -> str:
    """The ``List-Id`` header of a school's messages (RFC 2919)."""
    return f"{name} <mentions.{domain}>"
