"""Links that answer a mail: a tap opens a new mail to us with the words in it; nothing is done until it is sent.

There is no link to a page of ours: programs that look at mails follow those, and would answer for people.
"""

from __future__ import annotations

from urllib.parse import quote

from alerts.base import Envelope
from alerts.clean import line

_UNFINISHED = "…"
"""Where the reader has something to add."""
_FULL = {"done": "done answered"}
"""What a word alone would leave open."""
LONGEST = 80
"""Characters that a link fills in: all our words are far shorter."""


def code(envelope: Envelope) -> str:
    """The code of this copy's reply; empty where nobody reads replies, or its address has none."""
    local, _, box = envelope.reply_to.partition("@")
    return local.partition("+")[2] if box else ""


def mailto(envelope: Envelope, words: str) -> str:
    """A link that begins a mail which says ``words`` (RFC 6068); empty where nobody reads replies."""
    if not envelope.reply_to:
        return ""
    plain = line(_FULL.get(words, words).replace(_UNFINISHED, "")).encode("ascii", "ignore").decode()
    said = plain[:LONGEST].rstrip(" ,")
    proof = f"\r\n\r\nReply code {code(envelope)}" if code(envelope) else ""
    subject = quote(f"{envelope.ref} {said}".strip(), safe="")
    # a plus sign would be a blank to some programs
    return (
        f"mailto:{quote(envelope.reply_to, safe='@')}?subject={subject}&body={quote(said + proof, safe='')}"
    )
