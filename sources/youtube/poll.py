"""One poll of YouTube: comments under the school's and other videos, and the videos that searches find.

A new answer does not move its thread up, so threads of the last fortnight are looked at again, and where the count of
answers has grown they are read. Searches are dear: the one that waits longest comes first, when the day's share allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from sources import markup, wire
from sources.base import Batch, Entry
from sources.errors import Missing
from sources.youtube import posts
from sources.youtube.allowance import number
from sources.youtube.client import MAX_PAGES, Client, Closed, Pages, Spent

MAX_REMEMBERED = 3_000
MAX_THREADS = 20
"""Threads whose answers are read in one poll; the others wait for the next."""
LOOKED_AT_AGAIN = timedelta(days=14)
SEARCH_PAGES = 4
SEARCH_OVERLAP = timedelta(days=2)  # the search index lags by hours
FIRST_SEARCH = timedelta(days=30)  # how far back a search looks for the first time
AT_ONCE = 50
"""Ids in one request."""


class Poll:
    """What was remembered, and what was found so far."""

    def __init__(self, told: Mapping[str, Any], client: Client, *, own: str) -> None:
        self._client = client
        self._own = own
        self.now = client.now
        self._known = [wire.words(one) for one in wire.sequence(told.get("recent"))]
        self._counts = {name: number(count) for name, count in wire.mapping(told.get("answers")).items()}
        self._marks = {name: wire.words(one) for name, one in wire.mapping(told.get("marks")).items()}
        """How far each list was read: a moment for each."""
        self._found: dict[str, Entry] = {}
        self._answers: dict[str, int] = {}
        self._expanded = 0
        self._skipped = 0
        self._closed = 0
        self._gap = False
        self._no_search = False
        self._left_out = [wire.words(name) for name in wire.sequence(told.get("late"))]
        self._late: list[str] = []

    def in_turn(self, names: Sequence[str]) -> list[str]:
        """The lists that the last poll had no time for, as they waited, then the others."""
        places = {name: place for place, name in enumerate(self._left_out)}
        return sorted(names, key=lambda name: places.get(name, len(places)))

    def comments(self, name: str, *, optional: bool, **asked: str) -> None:
        """Read the threads of a channel or a video, if there is time. Raises ``SourceError``."""
        if self._client.is_late():
            self._late.append(name)
            return
        watermark = self._watermark(name)
        since = watermark - LOOKED_AT_AGAIN if watermark else None
        try:
            pages = self._client.pages(
                "commentThreads",
                lambda items: all(_is_before(_top(item), since, self.now) for item in items),
                MAX_PAGES,
                part="snippet,replies",
                order="time",
                maxResults="100",
                textFormat="plainText",
                **asked,
            )
        except Closed:
            if not optional:
                raise Missing("the channel or video is not there") from None
            self._closed += 1
            return
        for thread in pages.items:
            self._thread(thread)
        self._settle(name, pages, [_top(thread) for thread in pages.items], watermark)

    def _settle(
        self, name: str, pages: Pages, items: Sequence[Mapping[str, Any]], watermark: datetime | None
    ) -> None:
        """Note how far the list was read, and whether something lies between that and the last time."""
        moments = [moment for item in items if (moment := _written(item, self.now))]
        reached = bool(watermark and moments and min(moments) <= watermark)
        missed = bool(self._marks.get(name)) and not pages.whole and not reached
        self._gap = self._gap or pages.circles or missed
        self._skipped += pages.junk
        newest = min(self.now, max([*moments, *([watermark] if watermark else [])], default=self.now))
        self._marks[name] = newest.isoformat()

    def _thread(self, thread: Mapping[str, Any]) -> None:
        snippet = wire.mapping(thread.get("snippet"))
        channel, video = wire.words(snippet.get("channelId")), posts.video_id(snippet.get("videoId"))
        top = posts.comment_id(_top(thread).get("id"))
        shown = [item for item in wire.sequence(wire.mapping(thread.get("replies")).get("comments")) if item]
        total = number(snippet.get("totalReplyCount"))
        self._take([_top(thread), *shown], channel, video)
        if not top or total <= len(shown):
            return
        mark = posts.mark(top)
        if self._counts.get(mark) == total:
            self._answers[mark] = total
        elif self._expanded < MAX_THREADS and not self._client.is_late():
            self._expand(top, channel, video)
            self._answers[mark] = total

    def _expand(self, top: str, channel: str, video: str) -> None:
        """Read all answers of one thread; one that was deleted meanwhile has none."""
        self._expanded += 1
        try:
            pages = self._client.pages(
                "comments",
                lambda _: False,
                MAX_PAGES,
                part="snippet",
                parentId=top,
                maxResults="100",
                textFormat="plainText",
            )
        except Closed:
            return
        self._take(pages.items, channel, video)
        self._gap = self._gap or not pages.whole
        self._skipped += pages.junk

    def _take(self, items: Sequence[object], channel: str, video: str) -> None:
        for item in items:
            entry = posts.comment(item, own=self._own, channel=channel, video=video, now=self.now)
            if entry:
                self._found.setdefault(entry.id, entry)
            elif not posts.is_withheld(wire.mapping(item)):
                self._skipped += 1

    def searches(self, phrases: Sequence[str]) -> None:
        """Search as much as the day's share allows, the longest waiting first. Raises ``SourceError``."""
        waiting = sorted(phrases, key=lambda phrase: self._marks.get(_asked(phrase), ""))
        try:
            for phrase in waiting:
                if self._client.is_late() or not self._client.allowance.may_search:
                    return
                self._search(phrase)
        except Spent:
            # Searches have a bucket of their own: the comments are not less worth reading without them.
            self._client.allowance.exhaust()
            self._no_search = True

    def _search(self, phrase: str) -> None:
        name = f"search {phrase}"
        watermark = self._watermark(name)
        since = (watermark or self.now - FIRST_SEARCH) - SEARCH_OVERLAP
        pages = self._client.pages(
            "search",
            lambda items: bool(watermark) and all(self._is_known(item) for item in items),
            SEARCH_PAGES,
            part="snippet",
            type="video",
            q=phrase,
            order="date",
            publishedAfter=since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            maxResults=str(AT_ONCE),
            regionCode="GB",
            relevanceLanguage="en",
            safeSearch="none",
        )
        self._videos([video for item in pages.items if (video := _video_found(item))])
        self._settle(name, pages, pages.items, watermark)
        self._marks[_asked(phrase)] = self.now.isoformat()

    def _videos(self, names: Sequence[str]) -> None:
        """Read the new ones whole: a search cuts descriptions short."""
        new = [name for name in dict.fromkeys(names) if posts.mark(f"yt:video:{name}") not in self._known]
        for start in range(0, len(new), AT_ONCE):
            asked = ",".join(new[start : start + AT_ONCE])
            for item in self._client.ask("videos", part="snippet,status", id=asked)["items"]:
                entry = posts.video(item, own=self._own, now=self.now)
                if entry:
                    self._found.setdefault(entry.id, entry)
                elif not posts.is_withheld(wire.mapping(item)):
                    self._skipped += 1

    def _is_known(self, item: Mapping[str, Any]) -> bool:
        return posts.mark(f"yt:video:{_video_found(item)}") in self._known

    def _watermark(self, name: str) -> datetime | None:
        return markup.when(self._marks.get(name), now=self.now)

    def batch(self, *, of_searches: bool) -> Batch:
        """All of it."""
        known = frozenset(self._known)
        marks = {posts.version(entry): entry for entry in self._found.values()}
        new = [entry for mark, entry in marks.items() if mark not in known]
        recent = [*marks, *(mark for mark in self._known if mark not in marks)]
        return Batch(
            entries=tuple(sorted(new, key=lambda entry: (entry.published or self.now, entry.id))),
            checkpoint={
                "recent": recent[: max(MAX_REMEMBERED, len(marks))],
                "answers": self._answers,
                "marks": self._marks,
                "day": self._client.allowance.checkpoint(),
                "late": self._late,
            },
            unchanged=not new,
            gap=self._gap,
            http_status=HTTPStatus.OK,
            skipped=self._skipped,
            notes=tuple(self._notes()),
            budget=self._client.allowance.budget(of_searches=of_searches),
        )

    def _notes(self) -> list[str]:
        notes = ["some comments or videos could not be read"] if self._skipped else []
        if self._closed:
            notes.append(f"{self._closed} of the videos have comments switched off, or are gone")
        if self._no_search:
            notes.append("no search is left today, as Google counts; it goes on at midnight in California")
        return notes


def _top(thread: Mapping[str, Any]) -> Mapping[str, Any]:
    return wire.mapping(wire.mapping(thread.get("snippet")).get("topLevelComment"))


def _written(item: Mapping[str, Any], now: datetime) -> datetime | None:
    return markup.when(wire.mapping(item.get("snippet")).get("publishedAt"), now=now)


def _is_before(item: Mapping[str, Any], since: datetime | None, now: datetime) -> bool:
    written = _written(item, now)
    return bool(since and written and written < since)


def _video_found(item: Mapping[str, Any]) -> str:
    return posts.video_id(wire.mapping(item.get("id")).get("videoId"))


def _asked(phrase: str) -> str:
    """Under what name it is remembered when a search was last made."""
    return f"asked {phrase}"
