"""What the answers of all platforms have in common: JSON, or a web page where JSON should stand, or an error."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from sources import status, wire
from sources.base import Answer
from sources.errors import Denied, Unreadable


def read(answer: Answer, *, now: datetime, platform: str, remedy: str = "") -> Any:
    """The JSON of an answer. Raises ``SourceError``; ``remedy`` is what to do where we are refused."""
    if answer.status == HTTPStatus.FORBIDDEN and not says_json(answer):
        # The outer wall of a platform does this to everybody at times; it says nothing about our key.
        raise Unreadable(f"a web page stands where {platform} should answer", http_status=answer.status)
    try:
        body = status.check(answer, now=now).body
    except Denied as error:
        error.remedy = remedy or error.remedy
        raise
    return wire.parse_json(body)


def says_json(answer: Answer) -> bool:
    """Whether the body at least begins like JSON; an empty one says nothing to the contrary."""
    return answer.body.lstrip()[:1] in {b"", b"{", b"["}
