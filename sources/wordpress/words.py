"""Posts and comments of WordPress, as its REST interface or its feeds tell them, to entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from sources import markup, wire
from sources.base import Entry
from sources.items import digest
from sources.wordpress.rest import What

_ID = re.compile(r"(post|comment)-(\d{1,12})", re.ASCII)
_POST_GUID = re.compile(r"[?&]p=(\d{1,12})$", re.ASCII)
_COMMENT_GUID = re.compile(r"#comment-(\d{1,12})$", re.ASCII)


_PUBLIC = frozenset(["", "approved"])
_WITHHELD = frozenset(["hold", "unapproved", "spam", "trash", "post-trashed"])

Plain: TypeAlias = Callable[[str], str]
"""The words of a piece of HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a comment's entry needs to know of the post under which it stands."""

    title: str
    author: int


def number_of(name: str) -> tuple[What, int] | None:
    """What an entry's id stands for; ``None`` if it came from a feed that names no numbers."""
    told = _ID.fullmatch(name)
    if not told:
        return None
    return ("posts" if told[1] == "post" else "comments"), int(told[2])


def name_of(what: What, number: int) -> str:
    """The id of an entry."""
    return f"{what.removesuffix('s')}-{number}"


def html(item: Mapping[str, Any]) -> Iterable[str]:
    """The pieces of HTML in a post or comment."""
    rendered = (_rendered(item, name) for name in ("title", "content", "excerpt"))
    return filter(None, (*rendered, wire.words(item.get("author_name"))))


def post(item: Mapping[str, Any], *, plain: Plain, by_us: bool, now: datetime) -> Entry:
    """A post by its whole text; by its excerpt where a password stands before that."""
    is_protected = wire.mapping(item.get("content")).get("protected") is True
    text = "" if is_protected else plain(_rendered(item, "content"))
    published, changed = (markup.when(item.get(name), now=now) for name in ("date_gmt", "modified_gmt"))
    return Entry(
        id=name_of("posts", wire.whole(item.get("id"))),
        url=markup.absolute(wire.words(item.get("link"))),
        title=_title(item, plain),
        text=text or plain(_rendered(item, "excerpt")),
        published=published or changed,
        edited=changed if published and changed and changed > published else None,
        by_us=by_us,
    )


def comment(
    item: Mapping[str, Any], *, plain: Plain, under: Mapping[int, Post], own: bool, now: datetime
) -> Entry | None:
    """A comment; ``None`` for one that is not for everybody. On our own site who wrote the post is one of us."""
    if wire.words(item.get("status")) not in _PUBLIC:
        return None
    above = under.get(wire.whole(item.get("post")))
    parent, author = wire.whole(item.get("parent")), wire.whole(item.get("author"))
    answered = f"comment-{parent}" if parent else ""
    return Entry(
        id=name_of("comments", wire.whole(item.get("id"))),
        url=markup.absolute(wire.words(item.get("link"))),
        title=f"Comment on {above.title}" if above and above.title else "",
        text=plain(_rendered(item, "content")),
        author=markup.one_line(plain(wire.words(item.get("author_name"))), markup.NAME_LIMIT),
        published=markup.when(item.get("date_gmt"), now=now),
        kind="comment",
        thread=answered,
        reply_to=answered,
        own_account=own,
        by_us=own and bool(author) and author in {one.author for one in under.values()},
    )


def is_withheld(item: Mapping[str, Any]) -> bool:
    """Whether the site says that a comment is not, or no longer, for everybody."""
    return wire.words(item.get("status")) in _WITHHELD


def threaded(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """The same with each comment's thread followed up to its root, as far as that was told."""
    return {name: replace(entry, thread=_root(entry, entries)) for name, entry in entries.items()}


def from_feed(entry: Entry, what: What, *, own: bool) -> Entry:
    """An entry of the site's feed under the name that the REST interface would give it, where the feed tells that."""
    guid, name = (_POST_GUID, "post") if what == "posts" else (_COMMENT_GUID, "comment")
    told = guid.search(entry.id)
    kept = replace(entry, id=f"{name}-{told[1]}" if told else entry.id)
    return replace(kept, kind="comment", own_account=own) if what == "comments" else replace(kept, by_us=own)


def of_posts(items: Iterable[Mapping[str, Any]], plain: Plain) -> Mapping[int, Post]:
    """Posts by their numbers."""
    return {
        wire.whole(item.get("id")): Post(title=_title(item, plain), author=wire.whole(item.get("author")))
        for item in items
    }


def mark(entry: Entry) -> str:
    """By what it is seen that an entry reads otherwise; a comment's title is the post's, and no part of it."""
    title = entry.title if entry.kind == "article" else ""
    return digest(f"{title}\x00{entry.text}", 12)


def _title(item: Mapping[str, Any], plain: Plain) -> str:
    return markup.one_line(plain(_rendered(item, "title")), markup.TITLE_LIMIT)


def _rendered(item: Mapping[str, Any], name: str) -> str:
    return wire.words(wire.mapping(item.get(name)).get("rendered"))


def _root(entry: Entry, entries: Mapping[str, Entry]) -> str:
    """The first comment of a conversation; the furthest that is known of. Each is looked at once: parents may lie."""
    name, seen = entry.reply_to, {entry.id}
    while name in entries and entries[name].reply_to and name not in seen:
        seen.add(name)
        name = entries[name].reply_to
    return name
