"""A WordPress site's REST interface: where it stands, what it answers, and how it says that something is gone.

It stands under ``/wp-json``, or behind ``?rest_route=`` where the site has plain addresses. Many sites close it: then
the feeds are read instead, which is for the caller to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from sources import api, walls, wire
from sources.base import Answer, Tools
from sources.errors import Denied, Missing, SourceError, Unreadable

What: TypeAlias = Literal["posts", "comments"]
Route: TypeAlias = Literal["pretty", "plain"]

ROUTES: Sequence[Route] = ("pretty", "plain")

REMEDY = "ask the site's owner whether the REST interface is closed on purpose; its feeds are read where they are open"

_PAST_END = frozenset(
    {"rest_post_invalid_page_number", "rest_comment_invalid_page_number", "rest_invalid_page_number"}
)
_GONE = frozenset({"rest_post_invalid_id", "rest_comment_invalid_id", "rest_comment_invalid_post_id"})
_HIDDEN = frozenset({"rest_forbidden", "rest_cannot_read", "rest_cannot_read_post", "rest_forbidden_context"})
_DOORS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list."""

    items: Sequence[Mapping[str, Any]]
    pages: int | None
    """How many there are in all; ``None`` if the site does not say."""
    skipped: int = 0


class Closed(Exception):
    """The interface is not to be had in this way; ``error`` is what the site answered."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


class Site:
    """One site, asked by one route."""

    def __init__(self, base: str, tools: Tools, route: Route) -> None:
        self._base = base
        self._tools = tools
        self.route = route

    def page(self, what: What, **asked: str) -> Page:
        """A page of a list. Raises ``SourceError``, or ``Closed`` where the site has no such interface for us."""
        answer = self._get(what, asked)
        if answer.status == HTTPStatus.BAD_REQUEST and _code(answer) in _PAST_END:
            return Page(items=(), pages=0)
        told = self._json(answer)
        if not isinstance(told, list):
            raise Unreadable(
                "the site answers without the list that was asked for", http_status=answer.status
            )
        items = [item for item in told if isinstance(item, dict) and wire.whole(item.get("id"))]
        pages = answer.headers.get("x-wp-totalpages", "")
        return Page(items=items, pages=wire.whole(pages) if pages else None, skipped=len(told) - len(items))

    def one(self, what: What, number: int, **asked: str) -> Mapping[str, Any] | None:
        """A post or comment, ``None`` if it is gone or no longer for everybody. Raises as ``page`` does."""
        answer = self._get(f"{what}/{number}", asked)
        if answer.status == HTTPStatus.GONE:
            return None
        if answer.status == HTTPStatus.NOT_FOUND and _code(answer) in _GONE:
            return None
        if answer.status in _DOORS and _code(answer) in _HIDDEN:
            self.page(what, per_page="1", _fields="id")  # raises if it is the whole site that is closed
            return None
        told = self._json(answer)
        if not isinstance(told, dict) or wire.whole(told.get("id")) != number:
            raise Unreadable(
                "the site answers with something else than was asked for", http_status=answer.status
            )
        return told

    def _get(self, path: str, asked: Mapping[str, str]) -> Answer:
        if self.route == "pretty":
            url = f"{self._base}/wp-json/wp/v2/{path}?{wire.query(asked)}"
        else:
            url = f"{self._base}/?rest_route=/wp/v2/{path}&{wire.query(asked)}"
        return self._tools.fetcher.get(url, headers={"Accept": "application/json"})

    def _json(self, answer: Answer) -> Any:
        try:
            walls.check(answer)
            return api.read(answer, now=self._tools.now(), platform="the site", remedy=REMEDY)
        except (Denied, Missing, Unreadable) as error:
            raise Closed(error) from None


def is_disabled(error: SourceError) -> bool:
    """Whether a site says in so many words that its interface is closed, and not only that something went wrong."""
    return isinstance(error, Denied | Missing) and error.http_status in _DOORS


def _code(answer: Answer) -> str:
    """The site's own word for what is wrong; nothing if it says none."""
    try:
        return wire.words(wire.mapping(wire.parse_json(answer.body)).get("code"))
    except Unreadable:
        return ""
