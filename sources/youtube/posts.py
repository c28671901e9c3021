"""Comments and videos as the API tells them, made entries; what waits for moderation or is private is none."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sources import markup, wire
from sources.base import Entry
from sources.items import digest

_COMMENT = re.compile(r"[\w-]{10,100}(\.[\w-]{5,100})?", re.ASCII)
_VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
_PUBLIC = frozenset(["public", "unlisted"])
_HELD = frozenset(["heldForReview", "likelySpam", "rejected"])
_PREFIX = "yt:video:"  # as YouTube's own feeds call a video

MARK = 12
"""Hex digits of what is remembered of an entry."""


def mark(entry_id: str) -> str:
    """How an entry is remembered."""
    return digest(entry_id, MARK)


def version(entry: Entry) -> str:
    """How an entry is remembered as it reads: one that is edited comes again."""
    return mark(f"{entry.id} {entry.edited.isoformat()}" if entry.edited else entry.id)


def comment_id(value: object) -> str:
    """The id of a comment, if it is one."""
    told = wire.words(value)
    return told if _COMMENT.fullmatch(told) and not _VIDEO.fullmatch(told) else ""


def video_id(value: object) -> str:
    """The id of a video, if it is one."""
    told = wire.words(value)
    return told if _VIDEO.fullmatch(told) else ""


def video_of(entry_id: str) -> str:
    """The video that an entry is about, or nothing if it is a comment."""
    return video_id(entry_id.removeprefix(_PREFIX)) if entry_id.startswith(_PREFIX) else ""


def is_public(item: Mapping[str, Any]) -> bool:
    """Whether everybody may see this; without a word about it, it is what strangers with a key are shown."""
    moderation = wire.words(_snippet(item).get("moderationStatus", "published"))
    privacy = wire.words(wire.mapping(item.get("status")).get("privacyStatus", "public"))
    return moderation == "published" and privacy in _PUBLIC


def is_withheld(item: Mapping[str, Any]) -> bool:
    """Whether this is rightly left out, and not because it cannot be read."""
    moderation = wire.words(_snippet(item).get("moderationStatus"))
    privacy = wire.words(wire.mapping(item.get("status")).get("privacyStatus"))
    return moderation in _HELD or privacy == "private"


def comment(item: object, *, own: str, channel: str = "", video: str = "", now: datetime) -> Entry | None:
    """The entry of a comment under a video of ``channel``; ``own`` is the school's channel."""
    told = wire.mapping(item)
    name = comment_id(told.get("id"))
    snippet = _snippet(told)
    if not name or not snippet or not is_public(told):
        return None
    video = video_id(snippet.get("videoId")) or video
    parent = comment_id(snippet.get("parentId"))
    by_us = bool(own) and wire.words(wire.mapping(snippet.get("authorChannelId")).get("value")) == own
    written, changed = (markup.when(snippet.get(name), now=now) for name in ("publishedAt", "updatedAt"))
    return Entry(
        id=name,
        url=f"https://www.youtube.com/watch?v={video}&lc={name}" if video else "",
        text=markup.tidy(wire.words(snippet.get("textDisplay")) or wire.words(snippet.get("textOriginal"))),
        author=markup.one_line(wire.words(snippet.get("authorDisplayName")), markup.NAME_LIMIT),
        published=min(written, now) if written else None,
        edited=min(changed, now) if written and changed and changed > written else None,
        kind="comment",
        thread=parent,
        reply_to=parent,
        own_account=bool(own) and channel == own and not by_us,
        by_us=by_us,
    )


def video(item: object, *, own: str, now: datetime) -> Entry | None:
    """The entry of a video: its title and description."""
    told = wire.mapping(item)
    name = video_id(told.get("id"))
    snippet = _snippet(told)
    if not name or not snippet or not is_public(told):
        return None
    written = markup.when(snippet.get("publishedAt"), now=now)
    return Entry(
        id=f"{_PREFIX}{name}",
        url=f"https://www.youtube.com/watch?v={name}",
        title=markup.one_line(html.unescape(wire.words(snippet.get("title"))), markup.TITLE_LIMIT),
        text=markup.tidy(html.unescape(wire.words(snippet.get("description")))),
        author=markup.one_line(html.unescape(wire.words(snippet.get("channelTitle"))), markup.NAME_LIMIT),
        published=min(written, now) if written else None,
        kind="post",
        by_us=bool(own) and wire.words(snippet.get("channelId")) == own,
    )


def _snippet(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return wire.mapping(item.get("snippet"))
