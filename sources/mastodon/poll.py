"""One poll of a server of Mastodon: what was remembered, what each stream brought, and what to remember next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from sources import markup, wire
from sources.base import Batch, Entry
from sources.errors import SourceError
from sources.mastodon import posts
from sources.mastodon.posts import MARK, Post
from sources.mastodon.streams import Item, Stream, Walk

KEPT = frozenset(["mention", "quote"])
"""The notifications that are somebody's words to us."""
MAX_REMEMBERED = 1_500
PROBED_EVERY = timedelta(days=7)
PATIENCE = timedelta(seconds=60)
"""After this a poll ends with what it has; what it did not come to comes first in the next."""


class Poll:
    """One poll: what was remembered, and what was found so far."""

    def __init__(self, told: Mapping[str, Any], now: datetime) -> None:
        self.now = now
        self.starts = {name: wire.words(start) for name, start in wire.mapping(told.get("streams")).items()}
        """Where each stream was read to, by its name."""
        marks = [wire.words(mark) for mark in wire.sequence(told.get("recent"))]
        self.known = {mark[:MARK]: mark[MARK:] for mark in marks}
        self.found: dict[str, Post] = {}
        self.walks = 0
        self.refused: dict[str, SourceError] = {}
        self.gap = False
        self.skipped = 0
        self.searched = False
        self._left_out = [wire.words(name) for name in wire.sequence(told.get("late"))]
        self._late: list[str] = []
        search = wire.mapping(told.get("search"))
        self.search_works = search.get("works") is True
        self._no_search_since = None if self.search_works else markup.when(search.get("asked"), now=now)

    def in_turn(self, streams: Sequence[Stream]) -> list[Stream]:
        """The streams that the last poll did not come to, as they waited, then the others."""
        places = {name: place for place, name in enumerate(self._left_out)}
        return sorted(streams, key=lambda stream: places.get(stream.name, len(places)))

    def leave_out(self, stream: Stream) -> None:
        """There is no time left for this stream; the next poll begins with it."""
        self._late.append(stream.name)

    @property
    def search_is_off(self) -> bool:
        """Whether it is not worth asking, because the server was found to search no posts."""
        told = self._no_search_since
        return bool(told and timedelta(0) <= self.now - told < PROBED_EVERY)

    def is_known(self, watermark: datetime | None, item: Item) -> bool:
        """Whether a search that has been made before had come to this post."""
        post = posts.public(item)
        return bool(watermark) and post is not None and post.mark in self.known

    def close(self, stream: Stream, error: SourceError) -> None:
        """Note that the server does not open a stream."""
        self.refused[stream.name] = error

    def take(self, stream: Stream, walk: Walk, *, is_search: bool, is_late: bool) -> None:
        """Keep what a walk found; ``is_late``: it may have been cut short for lack of time."""
        self.walks += 1
        self.searched = self.searched or is_search
        if is_search and walk.items:
            self.probed(found=True, has_posts=True)
        been_there = stream.name in self.starts
        goes_on = bool(self.starts.get(stream.name)) and not is_search
        self.gap = self.gap or walk.circles or ((been_there or is_late) and not walk.whole and not goes_on)
        self.starts[stream.name] = walk.start
        self.skipped += walk.skipped
        for item in walk.items:
            self._keep(item, is_notification=stream.name == "notifications")

    def _keep(self, item: Item, *, is_notification: bool) -> None:
        if is_notification and wire.words(item.get("type")) not in KEPT:
            return
        told = item.get("status") if is_notification else item
        post = posts.public(told, to_us=is_notification)
        if post:
            self.found.setdefault(post.mark, post)
        elif not posts.is_withheld(told):
            self.skipped += 1

    def settle(self) -> None:
        """Say so if nothing at all is open. Raises ``SourceError``."""
        if self.refused and not self.walks:
            raise next(reversed(self.refused.values()))

    def probed(self, *, found: bool, has_posts: bool) -> None:
        """Keep what was found out about the search; an account without posts finds out nothing."""
        self.search_works = found
        self._no_search_since = self.now if has_posts and not found else None

    @property
    def new(self) -> list[Post]:
        """What was not known, or was edited since."""
        return [
            post
            for mark, post in self.found.items()
            if mark not in self.known or (post.is_edited and self.known[mark] != post.version)
        ]

    def put_off(self, post: Post) -> None:
        """Remember nothing of a post: it shall come again."""
        del self.found[post.mark]

    def remembered(self) -> list[tuple[str, str]]:
        """Marks and versions of the posts met last, newest first."""
        newest = sorted(self.found.items(), key=lambda pair: posts.order(pair[1].id), reverse=True)
        told = {mark: post.version for mark, post in newest} | {
            mark: version for mark, version in self.known.items() if mark not in self.found
        }
        return list(told.items())[:MAX_REMEMBERED]

    def batch(self, entries: Sequence[Entry], versions: Mapping[str, str]) -> Batch:
        """All of it."""
        search = {
            "works": self.search_works,
            "asked": self._no_search_since.isoformat() if self._no_search_since else "",
        }
        return Batch(
            entries=tuple(entries),
            checkpoint={
                "streams": self.starts,
                "recent": [f"{mark}{version}" for mark, version in versions.items()],
                "search": search,
                "late": self._late,
            },
            unchanged=not entries,
            gap=self.gap,
            http_status=HTTPStatus.OK,
            skipped=self.skipped,
            notes=tuple(self._notes()),
        )

    def _notes(self) -> Iterable[str]:
        yield from (f"the server does not open {name} to us" for name in self.refused)
        if self._no_search_since:
            yield "this server does not search posts; it is asked again after a week"
        if self.skipped:
            yield "some posts could not be read"
