"""Posts of Bluesky as entries: what a post says and shows, to whom it is said, and who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sources import markup, wire
from sources.base import Entry
from sources.items import digest

ADDRESS = re.compile(r"at://(did:[a-z]+:[\w.:%-]{1,200})/app\.bsky\.feed\.post/([\w.~:-]{1,512})", re.ASCII)

_MAX_ATTACHED = 20  # links, pictures or tags of one post; the apps allow far fewer
_MAX_LANGUAGE = 35  # RFC 5646, section 4.4.1
_MEMBERS_ONLY = "!no-unauthenticated"  # the author's wish not to be shown outside Bluesky


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The school's own account; without a handle there is none."""

    handle: str = ""
    did: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post found, and when the service took it in."""

    entry: Entry
    indexed: datetime | None

    @property
    def mark(self) -> str:
        """By what it is known again."""
        return digest(self.entry.id, 12)

    def is_before(self, since: datetime | None) -> bool:
        """Whether the post is older than what is asked for."""
        return bool(since and self.entry.published and self.entry.published < since)


def read(view: object, own: Own, *, now: datetime, to_us: bool = False) -> Post | None:
    """A post as the service shows it, ``None`` if it cannot be read; ``to_us``: the service says that it is sent to us."""
    told = wire.mapping(view)
    address = ADDRESS.fullmatch(wire.words(told.get("uri")))
    record = told.get("record")
    if not address or not isinstance(record, dict):
        return None
    author = wire.mapping(told.get("author"))
    indexed = markup.when(told.get("indexedAt"), now=now)
    moments = [moment for moment in (markup.when(record.get("createdAt"), now=now), indexed) if moment]
    reply = wire.mapping(record.get("reply"))
    told_ends = (wire.words(wire.mapping(reply.get(end)).get("uri")) for end in ("root", "parent"))
    root, parent = (markup.one_line(uri, markup.LINK_LIMIT) for uri in told_ends)
    handle = markup.one_line(wire.words(author.get("handle")), markup.NAME_LIMIT)
    by_us = bool(own.handle) and (address[1] == own.did or handle.lower() == own.handle)
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
        own_account=not by_us and (to_us or _is_to_us(record, own, (root, parent))),
        by_us=by_us,
        quotable=_MEMBERS_ONLY not in {*_labels(told), *_labels(author)},
    )
    return Post(entry=entry, indexed=indexed)


def _is_to_us(record: Mapping[str, Any], own: Own, uris: Iterable[str]) -> bool:
    """Whether a post mentions the school's own account or answers it."""
    if not own.handle:
        return False
    if own.did and (own.did in _mentioned(record) or any(uri.startswith(f"at://{own.did}/") for uri in uris)):
        return True
    at_us = rf"(?<![\w.])@{re.escape(own.handle)}(?![\w-]|\.\w)"
    return re.search(at_us, wire.words(record.get("text")), re.IGNORECASE) is not None


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
