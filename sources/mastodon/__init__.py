"""Mastodon: what mentions the school's account, hashtags, and what a search finds, on one server of the fediverse.

Ids of entries are the posts' ``uri``, the same on every server. What a post answers is told by its ``uri`` too: the
server only says its own id for it, so posts met before are remembered while the program runs, and of others the server
is asked for the conversation; where it does not say, nothing is told. What is not public never becomes an entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sources import api, markup, wire
from sources.base import Answer, Batch, Checkpoint, Entry, Kind, SecretFile, Tools
from sources.errors import Denied, Missing, SourceError, Unreadable
from sources.items import digest
from sources.mastodon import posts
from sources.mastodon.poll import KEPT, PATIENCE, Poll
from sources.mastodon.posts import MARK, NOBODY, Account, Post
from sources.mastodon.streams import Params, Stream, back, forward
from sources.mastodon.threads import Conversations

_TAG = re.compile(r"\w{1,100}")
_LOCAL = re.compile(r"/(?:ap/)?users/[^/]{1,200}/statuses/(\d{1,40})", re.ASCII)
_REMEDY = (
    "make a new access token on the server (Preferences, Development, New application: profile, read:notifications, "
    "read:search, read:statuses) and store it"
)
_GIVE_TOKEN = "give this source a token: the server shows this to its members only"  # noqa: S105 -- no token, advice


def _hashtag(value: str) -> str:
    tag = value.strip().removeprefix("#")
    if not _TAG.fullmatch(tag):
        raise ValueError("a hashtag is letters, digits and _ alone")
    return tag


class MastodonSettings(BaseModel):
    """The keys of a server of Mastodon."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instance: wire.WebAddress
    """The server that is asked, such as the one where the school has its account."""
    token: SecretFile | None = None
    """An access token of the school's own account, for reading only; what that account answers stops a clock."""
    hashtags: tuple[Annotated[str, AfterValidator(_hashtag)], ...] = Field(default=(), max_length=10)
    search: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(default=(), max_length=5)
    """Sent word for word; put a phrase in double quotes."""
    notifications: bool = False
    """Also what mentions or quotes the school's own account."""

    @model_validator(mode="after")
    def _complete(self) -> MastodonSettings:
        if not (self.hashtags or self.search or self.notifications):
            raise ValueError("nothing to look at: give hashtags, search or notifications = true")
        if (self.search or self.notifications) and not self.token:
            raise ValueError("search and notifications need a token")
        parts = urlsplit(self.instance)
        if self.token and parts.scheme == "http" and parts.port in {None, 80}:
            raise ValueError("a token is sent over https only")
        return self

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.instance.rstrip("/")


class MastodonSource:
    """One server."""

    def __init__(self, settings: MastodonSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._own: Account | None = None
        self._conversations = Conversations(self._ask)
        self._versions: dict[str, str] = {}
        """Of the posts that are remembered, by their marks."""

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        poll = Poll(wire.mapping(checkpoint), self._tools.now())
        own = self._account()
        searches = self._searches(poll)
        for stream in poll.in_turn([*self._streams(own), *searches]):
            if self._is_late(poll.now):
                poll.leave_out(stream)
            else:
                self._walk(poll, stream, is_search=stream in searches)
        poll.settle()
        self._probe(poll, own)
        entries = self._entries(poll, own)
        self._versions = dict(poll.remembered())
        return poll.batch(entries, self._versions)

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each entry as it is now, ``None`` where the server says that it is gone. Raises ``SourceError``."""
        own = self._account() if ids else NOBODY
        since = self._tools.now()
        found: dict[str, Entry | None] = {}
        for uri in ids:
            if self._is_late(since):
                break
            name = posts.name_of(self._versions.get(digest(uri, MARK), "")) or self._local(uri)
            told = self._again(name) if name else self._resolved(uri)
            if told is None or posts.is_private(told):
                found[uri] = None
                continue
            post = posts.public(told)
            entry = self._read([post], own).get(uri) if post else None
            found |= {uri: entry} if entry else {}
        return found

    def _account(self) -> Account:
        """The account of the token; asked for once, as long as the program runs."""
        if not self._settings.token:
            return NOBODY
        if self._own is None:
            _, told = self._ask("/api/v1/accounts/verify_credentials", ())
            name = posts.local_id(wire.mapping(told).get("id"))
            if not name:
                raise Unreadable("the server does not say whose the token is")
            self._own = Account(
                id=name,
                url=wire.words(told.get("url")),
                posts=wire.words(told.get("statuses_count")) not in {"", "0"},
            )
        return self._own

    def _streams(self, own: Account) -> list[Stream]:
        """What is walked forward; what is said to us comes first, because it says so."""
        streams = [
            Stream(name=f"#{tag}", path=f"/api/v1/timelines/tag/{quote(tag, safe='')}")
            for tag in self._settings.hashtags
        ]
        if own.id:
            told = (("exclude_reblogs", "true"),)
            ours = Stream(name="own", path=f"/api/v1/accounts/{own.id}/statuses", params=told, optional=False)
            streams.insert(0, ours)
        if self._settings.notifications:
            types = tuple(("types[]", kind) for kind in sorted(KEPT))
            to_us = Stream(name="notifications", path="/api/v1/notifications", params=types, optional=False)
            streams.insert(0, to_us)
        return streams

    def _searches(self, poll: Poll) -> list[Stream]:
        if poll.search_is_off:
            return []
        return [
            Stream(
                name=f"search {phrase}", path="/api/v2/search", params=(("q", phrase), ("type", "statuses"))
            )
            for phrase in self._settings.search
        ]

    def _walk(self, poll: Poll, stream: Stream, *, is_search: bool) -> None:
        start = poll.starts.get(stream.name, "")
        is_late = partial(self._is_late, poll.now)
        try:
            if is_search:
                watermark = markup.when(start, now=poll.now)
                walk = back(
                    self._ask,
                    stream,
                    watermark,
                    partial(poll.is_known, watermark),
                    now=poll.now,
                    is_late=is_late,
                )
            else:
                walk = forward(self._ask, stream, posts.local_id(start), poll.now, is_late)
        except SourceError as error:
            if not (stream.optional and self._is_closed(error)):
                raise
            poll.close(stream, error)
            return
        poll.take(stream, walk, is_search=is_search, is_late=is_late())

    def _is_closed(self, error: SourceError) -> bool:
        """Whether the server does not open this to us; another stream it may."""
        if isinstance(error, Missing) or error.http_status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return True
        return isinstance(error, Denied) and not self._settings.token

    def _probe(self, poll: Poll, own: Account) -> None:
        """Find out whether the server searches posts at all: one that does not finds not even our own."""
        if poll.searched and not poll.search_works:
            walk = back(self._ask, _PROBE, None, lambda _: True, now=poll.now, is_late=lambda: True)
            poll.probed(found=bool(walk.items), has_posts=own.posts)

    def _entries(self, poll: Poll, own: Account) -> list[Entry]:
        new = sorted(poll.new, key=lambda post: posts.order(post.id))
        for post in self._conversations.look_up(new, own, partial(self._is_late, poll.now)):
            poll.put_off(post)  # of our own words nothing counts but what they answer
            new.remove(post)
        found = self._read(new, own)
        poll.skipped += len(new) - len(found)
        return list(found.values())

    def _read(self, found: Sequence[Post], own: Account) -> dict[str, Entry]:
        said = posts.read(found, self._tools.parser)
        now = self._tools.now()
        return {
            post.uri: posts.entry(
                post,
                words,
                ends=self._conversations.ends(post),
                own=own,
                server=self._settings.base,
                now=now,
            )
            for post, words in zip(found, said, strict=True)
            if words is not None
        }

    def _is_late(self, since: datetime) -> bool:
        return self._tools.now() - since >= PATIENCE

    def _local(self, uri: str) -> str:
        """What the server calls a post of its own: the last part of its ``uri``."""
        own = uri.startswith(f"{self._settings.base}/") and _LOCAL.fullmatch(
            uri.removeprefix(self._settings.base)
        )
        return own[1] if own else ""

    def _again(self, name: str) -> Mapping[str, Any] | None:
        """The post as it is now; ``None`` if the server itself, and not something before it, says 404."""
        answer = self._get(f"/api/v1/statuses/{name}", ())
        if answer.status == HTTPStatus.NOT_FOUND and _says_why(answer):
            return None
        return wire.mapping(self._told(answer))

    def _resolved(self, uri: str) -> Mapping[str, Any]:
        """A post from elsewhere, by its ``uri``; what is not found may be out of reach only."""
        if not self._settings.token or not uri.startswith("https://") or not markup.absolute(uri):
            return {}
        _, told = self._ask(
            "/api/v2/search", (("q", uri), ("type", "statuses"), ("resolve", "true"), ("limit", "1"))
        )
        found = wire.sequence(wire.mapping(told).get("statuses"))
        return next((one for one in map(wire.mapping, found) if one.get("uri") == uri), {})

    def _ask(self, path: str, params: Params) -> tuple[Answer, Any]:
        answer = self._get(path, params)
        return answer, self._told(answer)

    def _get(self, path: str, params: Params) -> Answer:
        headers = {"Accept": "application/json"}
        if self._settings.token:
            headers["Authorization"] = f"Bearer {self._tools.secret(self._settings.token)}"
        query = wire.query(params)
        return self._tools.fetcher.get(
            f"{self._settings.base}{path}" + (f"?{query}" if query else ""), headers=headers
        )

    def _told(self, answer: Answer) -> Any:
        remedy = _REMEDY if self._settings.token else _GIVE_TOKEN
        return api.read(answer, now=self._tools.now(), platform="Mastodon", remedy=remedy)


_PROBE = Stream(name="probe", path="/api/v2/search", params=(("q", "from:me"), ("type", "statuses")))


def _says_why(answer: Answer) -> bool:
    try:
        return bool(wire.mapping(wire.parse_json(answer.body)).get("error"))
    except Unreadable:
        return False


def _locate(settings: MastodonSettings) -> str:
    told = [f"#{tag}" for tag in settings.hashtags] + [f"search={phrase}" for phrase in settings.search]
    return f"{settings.base}?" + "&".join([*told, *(["notifications"] if settings.notifications else [])])


KIND = Kind(
    settings=MastodonSettings,
    build=MastodonSource,
    locate=_locate,
    host=lambda settings: wire.host(settings.instance),
    every=timedelta(minutes=15),
    sees="public posts with a hashtag, what mentions, answers or quotes the school's account, and what a server's search finds",
    cannot="private posts, servers that ours does not know, and most words: the search only covers authors who opted in",
    cost="free",
    credentials="none for hashtags; for the rest an access token of the school's own account, with rights to read alone",
    terms="each server has its own rules: it is asked through its API only, with the school's own token, four times an hour",
    purge_gone=True,
)
