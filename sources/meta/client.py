"""Asking Meta's Graph API: the token in a header, pages by ``paging.next``, and the allowance counted.

The address of a next page carries the token in some answers: it is taken off, and the page is asked for only where the
first one was. Short and empty pages may have a next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from sources import api, wire
from sources.base import Answer, Fetcher
from sources.errors import Unreadable
from sources.meta import refusals
from sources.meta.refusals import Dead
from sources.meta.usage import Usage

PATIENCE = timedelta(seconds=60)
"""After this a poll ends with what it has; what it did not come to comes first in the next."""
MAX_PARAMETERS = 40
_SECRETS = frozenset(["access_token", "appsecret_proof", "client_secret"])

Params: TypeAlias = tuple[tuple[str, str], ...]
Item: TypeAlias = Mapping[str, Any]


@dataclass(slots=True)
class Pages:
    """The items of a chain of pages, and how the chain ended."""

    items: list[Item] = field(default_factory=list)
    whole: bool = False
    circles: bool = False
    """The address of a next page led back to what had been shown."""
    junk: int = 0
    """Things that are no items."""

    def add(self, other: Pages) -> None:
        """Let a chain that belongs to one of the items count too."""
        self.items += other.items
        self.whole = self.whole and other.whole
        self.circles = self.circles or other.circles
        self.junk += other.junk


@dataclass(slots=True, kw_only=True)
class Graph:
    """One front door of Meta's, with a token."""

    base: str
    """The address with the version, without a slash at its end."""
    fetcher: Fetcher
    word: Callable[[], str]
    """The token that is good now."""
    forget: Callable[[], bool]
    """Gives up a renewed token that is refused; whether there was one, and another one is good perhaps."""
    now: datetime
    is_slow: Callable[[], bool]
    """Whether the poll has lasted long enough."""
    usage: Usage = field(default_factory=Usage)
    asked: int = 0
    """Requests that were made."""

    @property
    def is_late(self) -> bool:
        """Whether to end with what there is: time is up, or the allowance."""
        return self.is_slow() or self.usage.is_spent

    def ask(self, path: str, params: Params) -> Mapping[str, Any]:
        """One object. Raises ``SourceError``."""
        try:
            return self.read(self._get(path, params))
        except Dead:
            if not self.forget():
                raise
            return self.read(self._get(path, params))

    def post(self, address: str, form: Mapping[str, str], *, word: str) -> Mapping[str, Any]:
        """Ask for what takes a secret among its parameters: in the body, never in an address. Raises ``SourceError``."""
        return self.read(self.fetcher.post(address, form=form, headers=_headers(word)))

    def read(self, answer: Answer) -> Mapping[str, Any]:
        """The object of an answer. Raises ``SourceError``."""
        self.usage = self.usage.and_then(answer.headers)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            self._refuse(answer)
        told = api.read(answer, now=self.now, platform="Meta", remedy=Dead.remedy)
        if not isinstance(told, dict):
            raise Unreadable("the answer is JSON, but no answer of Meta's", http_status=answer.status)
        if "error" in told:
            self._refuse(answer)
        return told

    def pages(
        self,
        path: str,
        params: Params,
        most: int,
        ends: Callable[[list[Item]], bool] = lambda _: False,
    ) -> Pages:
        """All pages until one ``ends`` the chain, there is no next, or there are too many. Raises ``SourceError``."""
        chain = Pages()
        seen: set[str] = set()
        asked: Params | None = params
        for _ in range(most):
            if asked is None:
                break
            told = self.ask(path, asked)
            items = take(chain, told.get("data"))
            names = {repr(item.get("id")) for item in items}
            chain.circles = bool(names) and names <= seen
            seen |= names
            asked = self.after(told)
            chain.whole = not chain.circles and (asked is None or (bool(items) and ends(items)))
            if chain.whole or chain.circles or self.is_late:
                break
        return chain

    def after(self, told: Mapping[str, Any]) -> Params | None:
        """What to ask for the next page; ``None`` after the last. Raises ``Unreadable`` where it lies elsewhere."""
        link = wire.words(wire.mapping(told.get("paging")).get("next"))
        if not link:
            return None
        try:
            parts, here = urlsplit(link), urlsplit(self.base)
            same = (parts.scheme, parts.hostname, parts.port) == (here.scheme, here.hostname, here.port)
            pairs = parse_qsl(parts.query, max_num_fields=MAX_PARAMETERS)
        except ValueError:
            raise Unreadable("the address of the next page is none") from None
        if not same:
            raise Unreadable("the next page is said to lie on another server")
        return tuple(pair for pair in pairs if pair[0].lower() not in _SECRETS)

    def _refuse(self, answer: Answer) -> None:
        """Raise the ``SourceError`` that Meta's own words mean, if they mean one."""
        problem = refusals.problem(answer, self.usage, now=self.now)
        if problem:
            raise problem

    def _get(self, path: str, params: Params) -> Answer:
        self.asked += 1
        query = wire.query(params)
        address = f"{self.base}/{path}" + (f"?{query}" if query else "")
        return self.fetcher.get(address, headers=_headers(self.word()))


def take(chain: Pages, data: object) -> list[Item]:
    """The items of one page, added to the chain. Raises ``Unreadable`` if it is no page."""
    if not isinstance(data, list):
        raise Unreadable("Meta answers without the list that was asked for")
    items: list[Item] = [item for item in data if isinstance(item, dict) and item]
    chain.junk += len(data) - len(items)
    chain.items += items
    return items


def _headers(word: str) -> Mapping[str, str]:
    return {"Accept": "application/json", "Authorization": f"Bearer {word}"}
