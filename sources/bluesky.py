"""Bluesky: what a search over public posts finds, with an account's app password or without.

Facts from the lexicons of the AT protocol: short pages are normal and no sign of the end; cursors
are opaque and not kept; ``createdAt`` is written by the author's program and may lie, so a post
counts from ``indexedAt`` if that is earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sources import markup, wire
from sources.base import Batch, Checkpoint, Entry, Kind, SecretFile, Tools
from sources.bluesky_session import Session
from sources.errors import Denied, SourceError, Throttled, Unreadable
from sources.items import digest

MAX_PAGES = 5
"""The service asks for searches at a human pace; 500 posts in a quarter of an hour are a storm."""

PAGE_SIZE = 100
MAX_RECHECKED = 25
"""Posts in one request, as the lexicon has it."""
OVERLAP = timedelta(minutes=10)  # the search index lags behind
MAX_REMEMBERED = MAX_PAGES * PAGE_SIZE
_MAX_ATTACHED = 20  # links, pictures or tags of one post; the apps allow far fewer

_MAX_LANGUAGE = 35  # RFC 5646, section 4.4.1

_PUBLIC = "https://public.api.bsky.app"
_POST = re.compile(r"at://(did:[a-z]+:[\w.:%-]{1,200})/app\.bsky\.feed\.post/([\w.~:-]{1,512})", re.ASCII)
_CLOSED_DOORS = frozenset([HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN])
_MEMBERS_ONLY = "!no-unauthenticated"  # the author's wish not to be shown outside Bluesky


class BlueskySettings(BaseModel):
    """The keys of a search on Bluesky."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: str = Field(min_length=1, max_length=500)
    """Sent word for word."""
    handle: str = ""
    """The account that asks; without one the public service is asked, which often refuses."""
    password: SecretFile | None = None
    """An app password, never the account's own."""
    service: wire.WebAddress = "https://bsky.social"
    appview: wire.WebAddress | Literal[""] = ""
    """Who is asked without an account; the public service if empty."""
    lang: str = ""
    own_handle: str = ""
    """The school's own account: what mentions or answers it is owed an answer."""

    @field_validator("handle", "own_handle")
    @classmethod
    def _plain(cls, handle: str) -> str:
        return handle.strip().removeprefix("@").lower()

    @model_validator(mode="after")
    def _complete(self) -> BlueskySettings:
        if bool(self.handle) != bool(self.password):
            raise ValueError("handle and password go together: give both or neither")
        parts = urlsplit(self.service)
        if self.handle and parts.scheme == "http" and parts.port in {None, 80}:
            raise ValueError("a password is sent over https only")
        return self

    @property
    def asked(self) -> str:
        """The service that is asked."""
        return (self.service if self.handle else self.appview or _PUBLIC).rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    """One post found, and when the service took it in."""

    entry: Entry
    indexed: datetime | None

    @property
    def mark(self) -> str:
        return digest(self.entry.id, 12)

    def is_before(self, since: datetime | None) -> bool:
        """Whether the post is older than what is asked for."""
        return bool(since and self.entry.published and self.entry.published < since)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """The pages of one search, newest first."""

    posts: tuple[_Post, ...]
    whole: bool
    """It ended at posts that were known or too old, or where there are no more."""
    circles: bool
    """Its cursors led back to what it had shown already."""
    skipped: int


class BlueskySource:
    """One search."""

    def __init__(self, settings: BlueskySettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._service = Session(settings, tools)

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Search once. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        told = checkpoint or {}
        now = self._tools.now()
        watermark = markup.when(told.get("watermark"), now=now)
        known = [wire.words(mark) for mark in wire.sequence(told.get("recent"))]
        own = self._own_did(wire.mapping(told.get("own")))
        chain = self._search(watermark - OVERLAP if watermark else None, frozenset(known), own)
        new = {post.mark: post.entry for post in chain.posts if post.mark not in known}
        if chain.whole:
            watermark = min(now, max(_moments(chain, watermark), default=now))
        return Batch(
            entries=tuple(new.values()),
            checkpoint={
                "watermark": watermark.isoformat() if watermark else "",
                "recent": [*new, *known][:MAX_REMEMBERED],
                "own": {"handle": self._settings.own_handle, "did": own},
            },
            unchanged=not new,
            gap=chain.circles or (bool(told) and not chain.whole),
            http_status=HTTPStatus.OK,
            skipped=chain.skipped,
            notes=("some posts could not be read",) if chain.skipped else (),
        )

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each post as it is now, ``None`` where it is gone. Raises ``SourceError``."""
        uris = [uri for uri in ids if _POST.fullmatch(uri)][:MAX_RECHECKED]
        if not uris:
            return {}
        told = self._service.read(
            self._service.get("app.bsky.feed.getPosts", [("uris", uri) for uri in uris])
        )
        if not isinstance(told.get("posts"), list):
            raise Unreadable("the service answers a look at posts without a list of posts")
        own = self._own_did({})
        posts = [self._post(view, own) for view in told["posts"]]
        found = {post.entry.id: post.entry for post in posts if post}
        # What is missing may be what cannot be read: then nothing is known of it.
        is_clear = None not in posts and found.keys() <= set(uris)
        return {uri: found.get(uri) for uri in uris if is_clear or uri in found}

    def _search(self, since: datetime | None, known: frozenset[str], own: str) -> _Chain:
        posts: list[_Post] = []
        seen: set[str] = set()
        skipped = 0
        cursor = ""
        whole = circles = False
        for _ in range(MAX_PAGES):
            page = self._page(since, cursor)
            if page is None:
                break
            views = wire.sequence(page["posts"])
            found = [post for post in (self._post(view, own) for view in views) if post]
            marks = {post.mark for post in found}
            circles = bool(marks) and marks <= seen
            is_old = [post.mark in known or post.is_before(since) for post in found]
            posts += found
            seen |= marks
            skipped += len(views) - len(found)
            cursor = wire.words(page.get("cursor"))
            whole = not circles and (not cursor or (bool(is_old) and all(is_old)))
            if whole or circles:
                break
        return _Chain(posts=tuple(posts), whole=whole, circles=circles, skipped=skipped)

    def _page(self, since: datetime | None, cursor: str) -> Mapping[str, Any] | None:
        """One page; ``None`` if the service opens the first page only, as it does to strangers."""
        asked = {
            "q": self._settings.query,
            "sort": "latest",
            "limit": str(PAGE_SIZE),
            "since": since.isoformat(timespec="seconds").replace("+00:00", "Z") if since else "",
            "lang": self._settings.lang,
            "cursor": cursor,
        }
        answer = self._service.get("app.bsky.feed.searchPosts", asked)
        if cursor and not self._settings.handle and answer.status in _CLOSED_DOORS:
            return None
        page = self._service.read(answer)
        if not isinstance(page.get("posts"), list):
            raise Unreadable("the service answers a search without a list of posts")
        return page

    def _own_did(self, remembered: Mapping[str, Any]) -> str:
        """The unchanging name of the school's own account; empty if it cannot be learnt now."""
        handle = self._settings.own_handle
        if not handle:
            return ""
        did = wire.words(remembered.get("did")) if remembered.get("handle") == handle else ""
        if did:
            return did
        try:
            answer = self._service.get("com.atproto.identity.resolveHandle", {"handle": handle})
            return wire.words(self._service.read(answer).get("did"))
        except (Denied, Throttled):
            raise  # to log in and ask on at once would make it worse
        except SourceError:
            return ""  # it is asked again at the next poll; the search itself says what is wrong

    def _post(self, view: object, own: str) -> _Post | None:
        told = wire.mapping(view)
        address = _POST.fullmatch(wire.words(told.get("uri")))
        record = told.get("record")
        if not address or not isinstance(record, dict):
            return None
        now = self._tools.now()
        author = wire.mapping(told.get("author"))
        indexed = markup.when(told.get("indexedAt"), now=now)
        moments = [moment for moment in (markup.when(record.get("createdAt"), now=now), indexed) if moment]
        reply = wire.mapping(record.get("reply"))
        told_ends = (wire.words(wire.mapping(reply.get(end)).get("uri")) for end in ("root", "parent"))
        root, parent = (markup.one_line(uri, markup.LINK_LIMIT) for uri in told_ends)
        handle = markup.one_line(wire.words(author.get("handle")), markup.NAME_LIMIT)
        by_us = bool(self._settings.own_handle) and (
            address[1] == own or handle.lower() == self._settings.own_handle
        )
        entry = Entry(
            id=address[0],
            url=f"https://bsky.app/profile/{address[1]}/post/{address[2]}",
            text=_text(record),
            author=handle,
            published=min(moments, default=None),
            language=markup.one_line(
                next(map(wire.words, wire.sequence(record.get("langs"))), ""), _MAX_LANGUAGE
            ),
            kind="comment" if parent else "post",
            thread=root,
            reply_to=parent,
            own_account=not by_us and self._is_to_us(record, own, (root, parent)),
            by_us=by_us,
            quotable=_MEMBERS_ONLY not in {*_labels(told), *_labels(author)},
        )
        return _Post(entry=entry, indexed=indexed)

    def _is_to_us(self, record: Mapping[str, Any], own: str, uris: Iterable[str]) -> bool:
        """Whether a post mentions the school's own account or answers it."""
        handle = self._settings.own_handle
        if not handle:
            return False
        if own and (own in _mentioned(record) or any(uri.startswith(f"at://{own}/") for uri in uris)):
            return True
        at_us = rf"(?<![\w.])@{re.escape(handle)}(?![\w-]|\.\w)"
        return re.search(at_us, wire.words(record.get("text")), re.IGNORECASE) is not None


def _moments(chain: _Chain, watermark: datetime | None) -> list[datetime]:
    indexed = (post.indexed for post in chain.posts)
    return [moment for moment in (*indexed, watermark) if moment]


def _text(record: Mapping[str, Any]) -> str:
    """What the post says, and what is attached to it: links, cards, descriptions of pictures, tags."""
    said = wire.words(record.get("text"))
    more = dict.fromkeys(part for part in _attached(record) if part and part not in said)
    return markup.tidy("\n".join((said, *more)))


def _attached(record: Mapping[str, Any]) -> Iterable[str]:
    for feature in _features(record):
        yield wire.words(feature.get("uri"))
    embed = wire.mapping(record.get("embed"))
    for part in (embed, wire.mapping(embed.get("media"))):
        card = wire.mapping(part.get("external"))
        yield from (wire.words(card.get(name)) for name in ("uri", "title", "description"))
        for image in wire.sequence(part.get("images"))[:_MAX_ATTACHED]:
            yield wire.words(wire.mapping(image).get("alt"))
    for tag in wire.sequence(record.get("tags"))[:_MAX_ATTACHED]:
        yield f"#{wire.words(tag)}"


def _features(record: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for facet in wire.sequence(record.get("facets"))[:_MAX_ATTACHED]:
        for feature in wire.sequence(wire.mapping(facet).get("features"))[:_MAX_ATTACHED]:
            yield wire.mapping(feature)


def _mentioned(record: Mapping[str, Any]) -> set[str]:
    return {wire.words(feature.get("did")) for feature in _features(record)}


def _labels(thing: Mapping[str, Any]) -> Iterable[str]:
    return (wire.words(wire.mapping(label).get("val")) for label in wire.sequence(thing.get("labels")))


def _locate(settings: BlueskySettings) -> str:
    told = {"q": settings.query, "lang": settings.lang, "own": settings.own_handle}
    return f"{settings.asked}?" + "&".join(f"{name}={value}" for name, value in told.items() if value)


def _host(settings: BlueskySettings) -> str:
    return wire.host(settings.asked)


KIND = Kind(
    settings=BlueskySettings,
    build=BlueskySource,
    locate=_locate,
    host=_host,
    every=timedelta(minutes=15),
    sees="public posts on Bluesky that match a search, with replies, and what is sent to the school's account",
    cannot="private messages, posts deleted before we look, and pictures without a description",
    cost="free",
    credentials="an app password of an account, made in its settings; without one the search is often refused",
    terms="what its author deletes is deleted here; who asks not to be shown outside Bluesky is linked to, not quoted",
    purge_gone=True,
)
