"""Asking the YouTube Data API: one key, pages by token, and errors told by their reason.

The key travels in the address, as Google has it: no error of ours ever holds an address's question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from sources import api, status, wire
from sources.base import Answer
from sources.errors import Denied, Missing, SourceError, Throttled, Unreadable
from sources.youtube.allowance import Allowance

MAX_PAGES = 5

_REMEDY = (
    "open Google's console (APIs and services, Credentials): is the key valid, is YouTube Data API v3 switched on for its "
    "project, and may this machine use it?"
)
_SPENT = frozenset(["quotaExceeded", "dailyLimitExceeded"])
_TOO_FAST = frozenset(["rateLimitExceeded", "userRateLimitExceeded"])
_BAD_KEY = frozenset(
    ["keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED"]
)


class Closed(Missing):
    """Comments are off, or the video or comment is gone: normal, and said of one thing alone."""


class Spent(Throttled):
    """Nothing is left today."""


CLOSED = frozenset(["commentsDisabled", "videoNotFound", "commentNotFound", "parentCommentNotFound"])


@dataclass(slots=True)
class Pages:
    """The items of a chain of pages, and how the chain ended."""

    items: list[Mapping[str, Any]] = field(default_factory=list)
    whole: bool = False
    circles: bool = False
    """A page token led back to what had been shown."""
    junk: int = 0
    """Things that are no items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The API, with a key and the day's allowance."""

    get: Callable[[str, tuple[tuple[str, str], ...]], Answer]
    """Asks for a method with these parameters and the key."""
    allowance: Allowance
    now: datetime
    is_late: Callable[[], bool] = lambda: False
    """Whether the poll has lasted long enough: a chain then ends after the page that it reads."""

    def ask(self, method: str, **asked: str) -> Mapping[str, Any]:
        """One page. Raises ``SourceError``; ``Spent`` if the day's allowance is used up."""
        if method == "search":
            self.allowance.searched()
        else:
            self.allowance.spent()
        answer = self.get(method, tuple(asked.items()))
        told = self._read(answer)
        if not isinstance(told, dict) or not isinstance(told.get("items"), list):
            raise Unreadable("the answer is JSON, but no list of YouTube's", http_status=answer.status)
        return told

    def pages(
        self, method: str, ends: Callable[[list[Mapping[str, Any]]], bool], most: int, **asked: str
    ) -> Pages:
        """All pages until one ``ends`` the chain, there is no next, or there are too many."""
        chain = Pages()
        seen: set[str] = set()
        for told in self._turn(method, most, asked):
            every = told["items"]
            items: list[Mapping[str, Any]] = [item for item in every if isinstance(item, dict) and item]
            names = {repr(item.get("id")) for item in items}
            chain.junk += len(every) - len(items)
            chain.circles = bool(names) and names <= seen
            chain.items += [] if chain.circles else items
            seen |= names
            chain.whole = not chain.circles and (not _token(told) or (bool(items) and ends(items)))
            if chain.whole or chain.circles:
                break
        return chain

    def _turn(self, method: str, most: int, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        token = ""
        for _ in range(most):
            told = self.ask(method, **asked, pageToken=token)
            token = _token(told)
            yield told
            if self.is_late() or (method == "search" and not self.allowance.is_left):
                return

    def _read(self, answer: Answer) -> Any:
        if answer.status >= HTTPStatus.BAD_REQUEST:
            self._raise(answer, _reasons(answer))
        return api.read(answer, now=self.now, platform="YouTube", remedy=_REMEDY)

    def _raise(self, answer: Answer, reasons: frozenset[str]) -> None:
        """Raise what the reasons mean; return if they say nothing that the status does not say."""
        if reasons & _SPENT:
            wait = self.allowance.renewed_at - self.now
            raise Spent(
                "YouTube's allowance for today is used up", retry_after=wait, http_status=answer.status
            )
        if reasons & _TOO_FAST:
            wait = status.retry_after(answer.headers, now=self.now) or _PAUSE
            raise Throttled("YouTube asks us to slow down", retry_after=wait, http_status=answer.status)
        if reasons & _BAD_KEY:
            raise Denied("YouTube refuses the key", http_status=answer.status, remedy=_REMEDY)
        if reasons & CLOSED:
            raise Closed("the comments are off, or it is gone", http_status=answer.status)


_PAUSE = timedelta(minutes=15)


def _token(told: Mapping[str, Any]) -> str:
    return wire.words(told.get("nextPageToken"))


def _reasons(answer: Answer) -> frozenset[str]:
    try:
        error = wire.mapping(wire.mapping(wire.parse_json(answer.body)).get("error"))
    except SourceError:
        return frozenset()
    told = [*wire.sequence(error.get("errors")), *wire.sequence(error.get("details"))]
    return frozenset(wire.words(wire.mapping(one).get("reason")) for one in told)
