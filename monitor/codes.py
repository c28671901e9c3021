"""Where a letter carries the code by which its writer is known: its address, its subject, or the words it quotes.

Pure. A code is a secret between us and one recipient of one mail; whether it is right is for others to find out. It
is never looked for in what a letter says of its sender, which anybody can write, nor in mails attached to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sources.letter import Letter

REPLY_CODE: Final = r"[A-Za-z2-7]{26}"
"""128 bits in base32 without padding (RFC 4648, section 6); some mail systems write addresses in lower case."""
LONGEST_LETTER: Final = 400_000
"""Characters of a letter that are looked at: several of our longest mails, one quoted below the other."""

_WHOLE = re.compile(REPLY_CODE)
_IN_SUBJECT = re.compile(rf"(?<![A-Za-z0-9+/=_-]){REPLY_CODE}(?![A-Za-z0-9+/=_-])")
_IN_TEXT = re.compile(rf"(?i:\breply[ \u00a0]code)[\s>|:*]{{1,40}}({REPLY_CODE})(?![A-Za-z0-9])")


def find_code(letter: Letter, box: str) -> str:
    """The reply code, upper case; empty if there is none."""
    found = _in_addresses(letter.to, box) or _in_subject(letter.subject) or _in_text(letter.text)
    return found.upper()


def is_ours(address: str, box: str) -> bool:
    """Whether ``address`` is ``box`` or a sub-address of it (RFC 5233)."""
    local, _, domain = address.casefold().rpartition("@")
    own, _, home = box.casefold().rpartition("@")
    return bool(local) and domain == home and local.partition("+")[0] == own.partition("+")[0]


def _in_addresses(addresses: Iterable[str], box: str) -> str:
    own = box.casefold().rpartition("@")[0].partition("+")[0]
    for address in addresses:
        # Mail systems may write our domain anew, as that of the whole tenant; the name they leave as it is.
        name, _, tag = address.rpartition("@")[0].partition("+")
        if name.casefold() == own and _WHOLE.fullmatch(tag):
            return tag
    return ""


def _in_subject(subject: str) -> str:
    found = _IN_SUBJECT.search(subject)
    return found[0] if found else ""


def _in_text(text: str) -> str:
    found = _IN_TEXT.search(text[:LONGEST_LETTER])
    return found[1] if found else ""
