"""JSON Feed 1.0 and 1.1 (jsonfeed.org) to items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sources import markup, wire
from sources.base import Entry
from sources.errors import Unreadable
from sources.items import Feed, Item, Place, finished


def read(body: bytes, place: Place) -> Feed:
    """Read a JSON Feed; items that are none are left out and can be counted."""
    try:
        feed = wire.mapping(wire.parse_json(body))
    except Unreadable as error:
        return Feed(problem=str(error))
    if not isinstance(feed.get("items"), list):
        return Feed(problem="the answer is JSON, but no JSON Feed")
    place = replace(place, language=wire.words(feed.get("language")) or place.language)
    author = _author(feed)
    return Feed(
        items=tuple(_item(item, author, place) for item in feed["items"]),
        expired=feed.get("expired") is True,
    )


def _item(item: object, author: str, place: Place) -> Item:
    return _told(item, author, place) if isinstance(item, dict) and item else Item(entry=None)


def _told(item: Mapping[str, Any], author: str, place: Place) -> Item:
    html, text, summary = (wire.words(item.get(name)) for name in ("content_html", "content_text", "summary"))
    link = wire.words(item.get("url")) or wire.words(item.get("external_url"))
    entry = Entry(
        id=wire.words(item.get("id")),
        url=markup.absolute(link, place.url),
        title=markup.one_line(wire.words(item.get("title")), markup.TITLE_LIMIT),
        text=max(markup.plain(html), markup.tidy(text), markup.tidy(summary), key=len),
        author=_author(item) or author,
        language=wire.words(item.get("language")) or place.language,
        own_account=place.own_account,
    )
    first, last = (markup.when(item.get(name), now=place.now) for name in ("date_published", "date_modified"))
    return finished(entry, place, first, last)


def _author(thing: Mapping[str, Any]) -> str:
    authors = [*wire.sequence(thing.get("authors")), thing.get("author")]  # version 1.0 had just one
    names = (wire.words(wire.mapping(author).get("name")) for author in authors)
    return markup.one_line(next(filter(None, names), ""), markup.NAME_LIMIT)
