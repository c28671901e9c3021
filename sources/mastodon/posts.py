"""A post of Mastodon as the API tells it, made an entry; what is not public is none.

``uri`` is the one name that a post has everywhere in the fediverse; its ``id`` differs from server to server, so ids of
posts never leave this kind of source. Content is HTML by strangers and is read in the parser's cage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sources import markup, pieces, wire
from sources.base import Entry, Parser
from sources.items import digest, short_id

MARK = 12
"""Hex digits of what is remembered of a post."""

_EDIT = 8  # hex digits of what tells one edit from another

_PUBLIC = frozenset(["public", "unlisted"])
_NOT_PUBLIC = frozenset(["private", "direct", "limited"])
_MAX_ATTACHED = 20  # media, choices or cards of one post; Mastodon allows four media
_MAX_LANGUAGE = 35  # RFC 5646, section 4.4.1
_MAX_ID = 100
_SLASHED = frozenset("/?#%\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The school's own account on its server, which the token belongs to."""

    id: str = ""
    url: str = ""
    name: str = ""
    posts: bool = False
    """It has written something."""

    def is_author(self, status: Mapping[str, Any]) -> bool:
        """Whether the account wrote this."""
        author = wire.mapping(status.get("account"))
        same = {wire.words(author.get("id")) == self.id, wire.words(author.get("url")) == self.url}
        return bool(self.id) and True in same

    def is_addressed(self, status: Mapping[str, Any]) -> bool:
        """Whether the post answers or mentions the account."""
        named = (wire.mapping(one).get("id") for one in wire.sequence(status.get("mentions")))
        told = {wire.words(status.get("in_reply_to_account_id")), *map(wire.words, named)}
        return bool(self.id) and self.id in told


NOBODY = Account()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One public post as the server told it."""

    id: str
    """What the server calls it."""
    uri: str
    status: Mapping[str, Any]
    to_us: bool = False
    """It came as a notification."""

    @property
    def mark(self) -> str:
        """How it is remembered."""
        return digest(self.uri, MARK)

    @property
    def is_edited(self) -> bool:
        """Whether its words are no longer those that it came with."""
        return bool(wire.words(self.status.get("edited_at")))

    @property
    def version(self) -> str:
        """What the server calls it, and which of its wordings this is."""
        edit = digest(wire.words(self.status.get("edited_at")), _EDIT)
        return f"{self.id} {edit}" if self.is_edited else self.id

    @property
    def parent(self) -> str:
        """What the server calls the post that this one answers."""
        return local_id(self.status.get("in_reply_to_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The two ends of the conversation above a post, by ``uri``; empty where nobody knows."""

    root: str = ""
    parent: str = ""


def local_id(value: object) -> str:
    """What a server calls something, if it can be asked for by that name."""
    told = wire.token(wire.words(value))
    return told if len(told) <= _MAX_ID and _SLASHED.isdisjoint(told) else ""


def name_of(version: str) -> str:
    """What the server calls the post of which this is a version."""
    return version.partition(" ")[0]


def order(name: str) -> tuple[int, str]:
    """By this, ids are as old as they are: they are no numbers, but grow like them."""
    return len(name), name


def public(told: object, *, to_us: bool = False) -> Post | None:
    """The post, if it is one and everybody may read it; a boost is no post of its own."""
    status = wire.mapping(told)
    name = local_id(status.get("id"))
    uri = markup.one_line(wire.words(status.get("uri")), markup.LINK_LIMIT)
    if not name or not uri or not is_public(status) or wire.mapping(status.get("reblog")):
        return None
    return Post(id=name, uri=short_id(uri), status=status, to_us=to_us)


def is_public(status: Mapping[str, Any]) -> bool:
    """Whether everybody may read the post: only one that says so."""
    return wire.words(status.get("visibility")) in _PUBLIC


def is_withheld(told: object) -> bool:
    """Whether this is a boost, or a post that is not for everybody: left out on purpose, for it can be read."""
    return bool(wire.mapping(wire.mapping(told).get("reblog"))) or is_private(told)


def is_private(told: object) -> bool:
    """Whether the server says that the post is not, or no longer, for everybody."""
    return wire.words(wire.mapping(told).get("visibility")) in _NOT_PUBLIC


def read(posts: Sequence[Post], parser: Parser) -> list[str | None]:
    """The words of each post; ``None`` for one that the parser cannot stand."""
    return pieces.plain([wire.words(post.status.get("content")) for post in posts], parser, ellipses=True)


def entry(post: Post, said: str, *, ends: Ends, own: Account, server: str, now: datetime) -> Entry:
    """The entry of a post whose content says ``said``."""
    status = post.status
    by_us = own.is_author(status)
    written = markup.when(status.get("created_at"), now=now)
    edited = markup.when(status.get("edited_at"), now=now)
    more = dict.fromkeys(part for part in _attached(status) if part and part not in said)
    return Entry(
        id=post.uri,
        url=markup.absolute(wire.words(status.get("url")))
        or markup.absolute(wire.words(status.get("uri")))
        or server,
        title=markup.one_line(wire.words(status.get("spoiler_text")), markup.TITLE_LIMIT),
        text=markup.tidy("\n".join((said, *more))),
        author=_author(wire.mapping(status.get("account")), server),
        published=min(written, now) if written else None,
        edited=min(edited, now) if edited else None,
        language=markup.one_line(wire.words(status.get("language")), _MAX_LANGUAGE),
        kind="comment" if post.parent else "post",
        thread=ends.root,
        reply_to=ends.parent,
        own_account=not by_us and (post.to_us or own.is_addressed(status)),
        by_us=by_us,
    )


def _author(account: Mapping[str, Any], server: str) -> str:
    """``name@server``, from wherever it is asked: a server leaves its own name out."""
    name = markup.one_line(wire.words(account.get("acct")), markup.NAME_LIMIT)
    return f"{name}@{urlsplit(server).hostname}" if name and "@" not in name else name


def _attached(status: Mapping[str, Any]) -> Iterable[str]:
    """Descriptions of media, choices of a poll, and the card of a link."""
    for media in wire.sequence(status.get("media_attachments"))[:_MAX_ATTACHED]:
        yield wire.words(wire.mapping(media).get("description"))
    for choice in wire.sequence(wire.mapping(status.get("poll")).get("options"))[:_MAX_ATTACHED]:
        yield wire.words(wire.mapping(choice).get("title"))
    card = wire.mapping(status.get("card"))
    yield from (wire.words(card.get(name)) for name in ("url", "title", "description"))
