"""Bluesky: what searches over public posts find, what is sent to the school's account, and what that account answers.

Facts from the lexicons of the AT protocol: short pages are normal and no sign of the end; cursors are opaque and not
kept; ``createdAt`` is written by the author's program and may lie, so a post counts from ``indexedAt`` if that is
earlier; a search must have words, for which ``*`` stands where only a filter is meant; posts cannot be edited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sources import bluesky_posts, markup, wire
from sources.base import Batch, Checkpoint, Entry, Kind, SecretFile, Tools
from sources.bluesky_posts import ADDRESS, Own, Post
from sources.bluesky_session import Session
from sources.errors import Denied, SourceError, Throttled, Unreadable

MAX_PAGES = 5
"""The service asks for searches at a human pace; 500 posts in a quarter of an hour are a storm."""

PAGE_SIZE = 100
MAX_RECHECKED = 25
"""Posts in one request, as the lexicon has it."""
OVERLAP = timedelta(hours=6)
"""The search index lags by minutes; posts that bridges bring, or that a wrong clock dates, appear hours behind the newest."""
MAX_REMEMBERED = MAX_PAGES * PAGE_SIZE

_PUBLIC = "https://public.api.bsky.app"
_CLOSED_DOORS = frozenset([HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN])
_ANYTHING = "*"
_TO_US = ("mention", "reply", "quote")
"""The reasons of a notification that bring a post."""
_SEARCH = "app.bsky.feed.searchPosts"


class BlueskySettings(BaseModel):
    """The keys of a look at Bluesky."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: str = Field(default="", max_length=500)
    """Sent word for word."""
    domain: str = Field(default="", max_length=253, pattern=r"^([a-z0-9-]+\.)*[a-z0-9-]*$")
    """Posts that link to it, whatever they say: the school's own."""
    mentions: bool = False
    """Search for posts that mention ``own_handle``."""
    notifications: bool = False
    """Read what is sent to the account that asks: mentions, replies and quotes."""
    handle: str = ""
    """The account that asks; without one the public service is asked, which often refuses."""
    password: SecretFile | None = None
    """An app password, never the account's own."""
    service: wire.WebAddress = "https://bsky.social"
    appview: wire.WebAddress | Literal[""] = ""
    """Who is asked without an account; the public service if empty."""
    lang: str = ""
    own_handle: str = ""
    """The school's own account: what mentions or answers it is owed an answer, and its replies are answers."""

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
        if not (self.query or self.domain or self.mentions or self.notifications):
            raise ValueError("say what to look for: query, domain, mentions or notifications")
        if self.mentions and not self.own_handle:
            raise ValueError("mentions needs own_handle: whom they mention")
        if self.notifications and self.own_handle != self.handle:
            raise ValueError(
                "notifications are those of the account that asks: own_handle and handle are the same"
            )
        return self

    @property
    def asked(self) -> str:
        """The service that is asked."""
        return (self.service if self.handle else self.appview or _PUBLIC).rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """One list of the service's, newest first."""

    name: str
    method: str
    listed: str
    """Under what name the answer lists its items."""
    asked: tuple[tuple[str, str], ...]
    dated: bool = False
    """It takes a time from which on it lists."""
    to_us: bool = False
    pages: int = MAX_PAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """The pages of one stream, newest first."""

    posts: tuple[Post, ...]
    whole: bool
    """It ended at posts that were known or too old, or where there are no more."""
    circles: bool
    """Its cursors led back to what it had shown already."""
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """What one stream came to: what is new, and what to remember."""

    new: Mapping[str, Entry]
    memory: Mapping[str, Any]
    gap: bool = False
    skipped: int = 0


class BlueskySource:
    """One look at Bluesky: a search or several, and what concerns the school's own account."""

    def __init__(self, settings: BlueskySettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._service = Session(settings, tools)

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        told = checkpoint or {}
        own = self._own(wire.mapping(told.get("own")))
        before = {_FIRST: told, **wire.mapping(told.get("streams"))}
        walks = {stream.name: self._walk(stream, before.get(stream.name), own) for stream in self._streams()}
        notes = ["some posts could not be read"] if any(walk.skipped for walk in walks.values()) else []
        try:
            walks |= {one.name: self._walk(one, before.get(one.name), own) for one in _own_words(own)}
        except (Denied, Throttled):
            raise
        except SourceError:
            notes.append("what the school's account wrote could not be read")
        # of a post that several bring the last counts: the service itself says that a notification is for us
        entries = {mark: entry for walk in walks.values() for mark, entry in walk.new.items()}
        memories = {name: walk.memory for name, walk in walks.items()}
        first = memories.pop(_FIRST, {})
        return Batch(
            entries=tuple(entries.values()),
            checkpoint={
                **first,
                "own": {"handle": own.handle, "did": own.did},
                **({"streams": memories} if memories else {}),
            },
            unchanged=not entries,
            gap=any(walk.gap for walk in walks.values()),
            http_status=HTTPStatus.OK,
            skipped=sum(walk.skipped for walk in walks.values()),
            notes=tuple(notes),
        )

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each post as it is now, ``None`` where it is gone. Raises ``SourceError``."""
        uris = [uri for uri in ids if ADDRESS.fullmatch(uri)][:MAX_RECHECKED]
        if not uris:
            return {}
        told = self._service.read(
            self._service.get("app.bsky.feed.getPosts", [("uris", uri) for uri in uris])
        )
        if not isinstance(told.get("posts"), list):
            raise Unreadable("the service answers a look at posts without a list of posts")
        own, now = self._own({}), self._tools.now()
        posts = [bluesky_posts.read(view, own, now=now) for view in told["posts"]]
        found = {post.entry.id: post.entry for post in posts if post}
        # What is missing may be what cannot be read: then nothing is known of it.
        is_clear = None not in posts and found.keys() <= set(uris)
        return {uri: found.get(uri) for uri in uris if is_clear or uri in found}

    def _streams(self) -> Iterator[_Stream]:
        settings = self._settings
        searches = (
            (_FIRST, settings.query, ()),
            ("domain", settings.domain and _ANYTHING, (("domain", settings.domain),)),
            ("mentions", settings.mentions and _ANYTHING, (("mentions", settings.own_handle),)),
        )
        for name, words, more in searches:
            if words:
                asked = (("q", words), *more, ("sort", "latest"), ("lang", settings.lang))
                yield _Stream(name=name, method=_SEARCH, listed="posts", asked=asked, dated=True)
        if settings.notifications:
            yield _Stream(
                name="notifications",
                method="app.bsky.notification.listNotifications",
                listed="notifications",
                asked=tuple(("reasons", reason) for reason in _TO_US),
                to_us=True,
            )

    def _walk(self, stream: _Stream, memory: object, own: Own) -> _Walk:
        told, now = wire.mapping(memory), self._tools.now()
        watermark = markup.when(told.get("watermark"), now=now)
        known = [wire.words(mark) for mark in wire.sequence(told.get("recent"))]
        chain = self._chain(stream, watermark - OVERLAP if watermark else None, frozenset(known), own)
        posts = (post for post in chain.posts if post.entry.by_us or stream.name != _OWN)
        new = {post.mark: post.entry for post in posts if post.mark not in known}
        if chain.whole:
            watermark = min(now, max(_moments(chain, watermark), default=now))
        return _Walk(
            new=new,
            memory={
                "watermark": watermark.isoformat() if watermark else "",
                "recent": [*new, *known][:MAX_REMEMBERED],
            },
            gap=stream.pages > 1 and (chain.circles or (bool(told) and not chain.whole)),
            skipped=chain.skipped,
        )

    def _chain(self, stream: _Stream, since: datetime | None, known: frozenset[str], own: Own) -> _Chain:
        posts: list[Post] = []
        seen: set[str] = set()
        skipped = 0
        cursor = ""
        whole = circles = False
        is_old: list[bool] = []
        now = self._tools.now()
        for _ in range(stream.pages):
            page = self._page(stream, since, cursor)
            if page is None:
                whole = any(is_old)  # it came as far as the last look did
                break
            views = _views(stream, wire.sequence(page[stream.listed]))
            read = (bluesky_posts.read(view, own, now=now, to_us=stream.to_us) for view in views)
            found = [post for post in read if post]
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

    def _page(self, stream: _Stream, since: datetime | None, cursor: str) -> Mapping[str, Any] | None:
        """One page; ``None`` if the service opens the first page only, as it does to strangers."""
        start = since.isoformat(timespec="seconds").replace("+00:00", "Z") if since and stream.dated else ""
        asked = (*stream.asked, ("limit", str(PAGE_SIZE)), ("since", start), ("cursor", cursor))
        answer = self._service.get(stream.method, [(name, value) for name, value in asked if value])
        if cursor and not self._settings.handle and answer.status in _CLOSED_DOORS:
            return None
        page = self._service.read(answer)
        if not isinstance(page.get(stream.listed), list):
            raise Unreadable("the service answers a search without a list of posts")
        return page

    def _own(self, remembered: Mapping[str, Any]) -> Own:
        """The school's own account, with its unchanging name if that can be learnt now."""
        handle = self._settings.own_handle
        if not handle:
            return Own()
        did = wire.words(remembered.get("did")) if remembered.get("handle") == handle else ""
        if did:
            return Own(handle=handle, did=did)
        try:
            answer = self._service.get("com.atproto.identity.resolveHandle", {"handle": handle})
            return Own(handle=handle, did=wire.words(self._service.read(answer).get("did")))
        except (Denied, Throttled):
            raise  # to log in and ask on at once would make it worse
        except SourceError:
            return Own(
                handle=handle
            )  # it is asked again at the next poll; the search itself says what is wrong


_FIRST = "query"
"""The stream whose memory lies open in the checkpoint, as it did when there was no other."""

_OWN = "own"


def _own_words(own: Own) -> Iterator[_Stream]:
    """What the school's account wrote: its replies say what is answered, and hold no word that a search finds."""
    if own.handle:
        asked = (("actor", own.did or own.handle), ("filter", "posts_with_replies"))
        yield _Stream(name=_OWN, method="app.bsky.feed.getAuthorFeed", listed="feed", asked=asked, pages=1)


def _views(stream: _Stream, items: Sequence[Any]) -> list[Any]:
    """The posts of a page; of an account's own feed without what it only passed on."""
    if stream.listed != "feed":
        return list(items)
    told = (wire.mapping(item) for item in items)
    return [item.get("post") for item in told if not item.get("reason")]


def _moments(chain: _Chain, watermark: datetime | None) -> list[datetime]:
    indexed = (post.indexed for post in chain.posts)
    return [moment for moment in (*indexed, watermark) if moment]


def _locate(settings: BlueskySettings) -> str:
    told = {
        "q": settings.query,
        "domain": settings.domain,
        "mentions": "yes" if settings.mentions else "",
        "notifications": "yes" if settings.notifications else "",
        "lang": settings.lang,
        "own": settings.own_handle,
    }
    return f"{settings.asked}?" + "&".join(f"{name}={value}" for name, value in told.items() if value)


def _host(settings: BlueskySettings) -> str:
    return wire.host(settings.asked)


KIND = Kind(
    settings=BlueskySettings,
    build=BlueskySource,
    locate=_locate,
    host=_host,
    every=timedelta(minutes=15),
    sees="public posts on Bluesky that match a search or link to the school's site, what is sent to its account, and its own replies",
    cannot="private messages, posts deleted before we look, and pictures without a description",
    cost="free",
    credentials="an app password of an account, made in its settings; without one the search is often refused",
    terms="what its author deletes is deleted here; who asks not to be shown outside Bluesky is linked to, not quoted",
    purge_gone=True,
)
