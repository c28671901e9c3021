"""One poll of a Page or an account: its lists, and the comments below what stands in them.

A new comment does not move its post up, so posts are remembered: one whose count or time changed is read at once, the
others again and again, the older the rarer. Comments come in an order of Meta's own, so each list of them is read to its
end and what is known, word for word, is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias

from sources import markup, wire
from sources.base import Batch, Concern, Entry
from sources.items import digest
from sources.meta.client import Graph, Item, Pages, Params
from sources.meta.refusals import Forbidden, Gone, Hiccup
from sources.meta.tokens import Token

MAX_PAGES = 5
MAX_COMMENT_PAGES = 20
"""A thousand comments below one post; more are told as a gap."""
MAX_THREADS = 12
"""Posts whose comments are read in one poll; the others wait for the next."""
MAX_WATCHED = 300
MAX_REMEMBERED = 5_000
LISTED = timedelta(days=28)
"""So far back the lists are read each time, to see where something new was said."""
OVERLAP = timedelta(minutes=10)
WATCHED = timedelta(days=365)
RESTING = 10
"""A post that seems unchanged is read again after a tenth of its age."""
SHORTEST_REST = timedelta(hours=1)
_MARK = 12
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Post:
    """A post or picture below which people write."""

    name: str
    """Meta's number for it."""
    ours: bool = False
    """The Page or the account wrote it."""
    made: datetime | None = None
    url: str = ""
    said: str = ""
    """How many comments the list told, and when it changed: another word means that there is something new."""
    read_as: str = ""
    read: datetime | None = None
    """When its comments were read last, to the end."""

    @classmethod
    def of(cls, name: str, told: Mapping[str, Any]) -> Post:
        """As remembered."""
        return cls(
            name=name,
            ours=told.get("ours") is True,
            made=markup.when(told.get("made")),
            url=markup.absolute(wire.words(told.get("url"))),
            said=wire.words(told.get("said")),
            read_as=wire.words(told.get("read_as")),
            read=markup.when(told.get("read")),
        )

    @property
    def checkpoint(self) -> dict[str, Any]:
        """What to remember."""
        moments = {"made": self.made, "read": self.read}
        told = {"ours": self.ours, "url": self.url, "said": self.said, "read_as": self.read_as}
        return {**told, **{name: one.isoformat() for name, one in moments.items() if one}}

    def is_due(self, now: datetime) -> bool:
        """Whether its comments should be read."""
        if self.read is None or self.said != self.read_as:
            return True
        age = now - (self.made or now)
        return not timedelta(0) <= now - self.read < max(SHORTEST_REST, age / RESTING)

    @property
    def counted(self) -> int:
        """How many comments the list told."""
        return wire.whole(self.said.partition(" ")[0])

    @property
    def order(self) -> tuple[bool, datetime]:
        """What is known to be new comes first, then what waits longest."""
        return self.read is not None and self.said == self.read_as, self.read or _NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """One list of posts."""

    name: str
    path: str
    params: Params
    entry: Callable[[Item], Entry | None] | None = None
    """What it says; none where only what is written below it counts."""
    post: Callable[[Item], Post | None] | None = None
    """The post, if its comments can be read."""
    optional: bool = False
    """A token may lack the permission for it; that is told, and the others are read."""


Thread: TypeAlias = Callable[[Graph, Post], Pages]
"""Reads what is written below a post. Raises ``SourceError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How one kind reads."""

    lists: Sequence[List]
    thread: Thread
    comment: Callable[[Item, Post], Entry | None]
    is_hidden: Callable[[Item], bool]
    post_id: Callable[[str], str]
    """The id of the entry of a post."""


@dataclass(slots=True)
class _Counts:
    skipped: int = 0
    hidden: int = 0
    untold: int = 0
    failed: int = 0
    refused: int = 0
    gap: bool = False
    closed: list[str] = field(default_factory=list)


class Poll:
    """What was remembered, and what was found so far."""

    def __init__(self, told: Mapping[str, Any], graph: Graph, ways: Ways) -> None:
        self._graph = graph
        self._ways = ways
        self._now = graph.now
        self._began = markup.when(told.get("began"), now=graph.now) or graph.now
        """The first poll. It may not come to all that stands there by then."""
        self._known = [wire.words(mark) for mark in wire.sequence(told.get("recent"))]
        self._marks = {name: wire.words(one) for name, one in wire.mapping(told.get("marks")).items()}
        """How far each list was read: a moment for each."""
        self._posts = {
            name: Post.of(name, wire.mapping(one)) for name, one in wire.mapping(told.get("posts")).items()
        }
        self._left_out = [wire.words(name) for name in wire.sequence(told.get("late"))]
        self._late: list[str] = []
        """For what there was no time."""
        self._cut_short: list[str] = []
        """For what there was not enough."""
        self._found: dict[str, Entry] = {}
        self._listed: set[str] = set()
        self._gone: list[str] = []
        self._read_lists: set[str] = set()
        self._counts = _Counts()

    def run(self) -> None:
        """Read everything that there is time for. Raises ``SourceError``."""
        steps: dict[str, Callable[[], None]] = {one.name: _bind(self._list, one) for one in self._ways.lists}
        steps["comments"] = self._threads
        turns = [*(name for name in self._left_out if name in steps), *steps]
        for name in dict.fromkeys(turns):
            if self._graph.is_late:
                self._late.append(name)
            else:
                steps[name]()

    @property
    def of_others(self) -> frozenset[str]:
        """Posts of visitors that are watched."""
        return frozenset(name for name, post in self._posts.items() if not post.ours)

    def _list(self, of: List) -> None:
        is_first = self._graph.asked == 0
        watermark = markup.when(self._marks.get(of.name), now=self._now)
        until = min(watermark - OVERLAP, self._now - LISTED) if watermark else None
        try:
            pages = self._graph.pages(
                of.path, of.params, MAX_PAGES, lambda items: all(_is_before(item, until) for item in items)
            )
        except Forbidden:
            if not of.optional:
                raise
            self._counts.closed.append(of.name)
            return
        self._read_lists.add(of.name)
        self._counts.skipped += pages.junk
        for item in pages.items:
            post = of.post(item) if of.post else None
            if of.entry:
                self._take(of.entry(item), is_first=True)
            elif post is None:
                self._counts.skipped += 1
            if post:
                self._watch(post)
        if self._is_cut_short(pages) and not is_first:
            self._cut_short.append(of.name)
            return
        self._settle(of.name, pages, watermark)

    def _settle(self, name: str, pages: Pages, watermark: datetime | None) -> None:
        """Note how far the list was read, and whether something lies between that and the last time."""
        moments = [moment for item in pages.items if (moment := written(item))]
        reached = bool(watermark and moments and min(moments) <= watermark)
        self._counts.gap = (
            self._counts.gap or pages.circles or bool(watermark and not pages.whole and not reached)
        )
        newest = max([*moments, *([watermark] if watermark else [])], default=self._now)
        self._marks[name] = min(self._now, newest).isoformat()

    def _watch(self, post: Post) -> None:
        self._listed.add(post.name)
        known = self._posts.get(post.name)
        if known:
            post.read, post.read_as = known.read, known.read_as
        elif post.said.startswith("0 "):  # nobody has written anything yet
            post.read, post.read_as = self._now, post.said
        self._posts[post.name] = post

    def _threads(self) -> None:
        due = sorted(
            (post for post in self._posts.values() if post.is_due(self._now)), key=lambda one: one.order
        )
        for post in due[:MAX_THREADS]:
            if self._graph.is_late:
                self._cut_short.append("comments")
                return
            self._thread(post)

    def _thread(self, post: Post) -> None:
        is_first = self._graph.asked == 0
        try:
            pages = self._ways.thread(self._graph, post)
        except Gone:
            self._lose(post)
            return
        except Forbidden:
            self._counts.refused += 1
            return
        except Hiccup:  # at times one post cannot be told, whoever asks; the others are no less worth reading
            self._counts.failed += 1
            return
        for item in pages.items:
            self._take(self._ways.comment(item, post), is_first=post.read is None)
            self._counts.hidden += self._ways.is_hidden(item)
        self._counts.skipped += pages.junk
        if self._is_cut_short(pages) and not is_first:
            self._cut_short.append("comments")
            return
        self._counts.gap = self._counts.gap or not pages.whole
        if pages.whole:
            self._counts.untold += max(post.counted - len({repr(item.get("id")) for item in pages.items}), 0)
        post.read, post.read_as = self._now, post.said

    def _is_cut_short(self, pages: Pages) -> bool:
        """Whether there was no time for all of it; with more time, it comes first in the next poll."""
        return not pages.whole and not pages.circles and self._graph.is_late

    def _lose(self, post: Post) -> None:
        """Forget a post that is not there any more; where the lists can be read, it is not for want of a permission."""
        if post.name in self._listed:  # it may still be on its way into, or out of, all of Meta's machines
            post.read, post.read_as = self._now, post.said
            return
        del self._posts[post.name]
        if self._read_lists and not post.ours:
            self._gone.append(self._ways.post_id(post.name))

    def _take(self, entry: Entry | None, *, is_first: bool) -> None:
        """Take what was found; ``is_first``: where it stands was not read before."""
        if entry is None:
            self._counts.skipped += 1
        elif entry.reply_to or not entry.by_us:  # what the school publishes is no news to it
            old = bool(entry.published and entry.published < self._began < self._now)
            self._found.setdefault(entry.id, replace(entry, backlog=is_first and old))

    def batch(self, token: Token) -> Batch:
        """All of it."""
        known = frozenset(self._known)
        marks = {digest(f"{name}\n{entry.text}", _MARK): entry for name, entry in self._found.items()}
        new = [entry for mark, entry in marks.items() if mark not in known]
        recent = [*marks, *(mark for mark in self._known if mark not in marks)]
        usage = self._graph.usage
        return Batch(
            entries=tuple(sorted(new, key=lambda entry: (entry.published or self._now, entry.id))),
            checkpoint={
                "began": self._began.isoformat(),
                "recent": recent[: max(MAX_REMEMBERED, len(marks))],
                "posts": {post.name: post.checkpoint for post in self._kept()},
                "marks": self._marks,
                "late": [*self._late, *self._cut_short],
                "token": token.checkpoint,
            },
            unchanged=not (new or self._gone),
            fresh_for=usage.fresh_for,
            gap=self._counts.gap,
            http_status=HTTPStatus.OK,
            skipped=self._counts.skipped,
            notes=(*self._notes(), *token.notes()),
            budget=usage.budget,
            gone=tuple(self._gone),
            concerns=(*self._concerns(), *token.concerns(self._now)),
        )

    def _kept(self) -> Iterable[Post]:
        """The posts that are watched on."""
        young = [post for post in self._posts.values() if self._now - (post.made or self._now) <= WATCHED]
        return sorted(young, key=lambda post: post.made or self._now, reverse=True)[:MAX_WATCHED]

    def _concerns(self) -> Iterable[Concern]:
        if self._counts.refused:
            yield Concern(what="the token may not read all comments", remedy=Forbidden.remedy)

    def _notes(self) -> Iterable[str]:
        counts = self._counts
        told = {
            f"{counts.skipped} things could not be read": counts.skipped,
            f"{counts.hidden} of the comments that were read are hidden there": counts.hidden,
            f"Meta counts {counts.untold} comments more than it shows us (OPERATIONS, Facebook and Instagram)": counts.untold,
            f"the comments of {counts.failed} posts could not be read just now": counts.failed,
            f"the token may not read the comments of {counts.refused} posts": counts.refused,
            f"the token may not read: {', '.join(counts.closed)}": counts.closed,
            "Meta's allowance is used up; it goes on when there is some again": self._graph.usage.is_spent,
        }
        return [note for note, holds in told.items() if holds]


def written(item: Item) -> datetime | None:
    """When an item was written."""
    return markup.when(item.get("created_time") or item.get("timestamp"))


def _is_before(item: Item, until: datetime | None) -> bool:
    moment = written(item)
    return bool(until and moment and moment < until)


def _bind(act: Callable[[List], None], of: List) -> Callable[[], None]:
    return lambda: act(of)
