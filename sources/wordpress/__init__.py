"""WordPress sites: posts and comments by the site's own REST interface, and by its feeds where that is closed.

Blogs, parents' associations, parishes, dioceses and trusts mostly run on it. Comments on the school's own site are
owed an answer; what the author of the post writes under it is the school's own word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sources import google, markup, pieces, unseen, wire
from sources.base import Answer, Batch, Checkpoint, Entry, Kind, Tools
from sources.errors import SourceError
from sources.items import Place
from sources.revisit import Revisit
from sources.unseen import Reading
from sources.wordpress import stream, words
from sources.wordpress.rest import ROUTES, Closed, Route, Site, What, is_disabled

PATIENCE = timedelta(seconds=60)
"""After this a poll ends with what it has: the engine takes one of three minutes for stuck."""

MAX_RECHECKED = 25

ASK_AGAIN = timedelta(days=1)
"""For so long the feeds are read before the REST interface is asked again."""

_FEED = "feed"
_CLOSED = (
    "the site's REST interface is closed to us: its feeds are read, which show the newest only, mostly ten"
)
_ACCEPT = "application/rss+xml, application/xml;q=0.9, */*;q=0.1"


class WordPressSettings(BaseModel):
    """The keys of a WordPress site."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[wire.WebAddress, AfterValidator(google.licensed)]
    """The site's front page."""
    query: str = Field(default="", max_length=200)
    """Only what contains these words; without them everything is read."""
    posts: bool | None = None
    """Read posts; by default yes, but not on the school's own site."""
    comments: bool = False
    """Read comments."""
    own: bool = False
    """It is the school's own site: its comments are read, and owed an answer."""

    @model_validator(mode="after")
    def _complete(self) -> WordPressSettings:
        if not self.reads:
            raise ValueError("nothing to look at: posts or comments must be read")
        return self

    @property
    def reads(self) -> Sequence[What]:
        """What is read."""
        told: Mapping[What, bool] = {
            "posts": not self.own if self.posts is None else self.posts,
            "comments": self.comments or self.own,
        }
        return [what for what, wanted in told.items() if wanted]

    @property
    def base(self) -> str:
        """The address without what stands behind the path."""
        return self.url.partition("?")[0].partition("#")[0].rstrip("/")

    def feed(self, what: What) -> str:
        """The address of a feed; this spelling works whatever a site's other addresses look like."""
        asked = {"s": self.query, "feed": "rss2" if what == "posts" else "comments-rss2"}
        return f"{self.base}/?{wire.query(asked)}"


@dataclass(slots=True)
class _Found:
    """What a poll has found so far."""

    entries: dict[str, Entry] = field(default_factory=dict)
    memories: dict[What, stream.Memory] = field(default_factory=dict)
    gap: bool = False
    more: bool = False
    skipped: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        told = {
            "some posts or comments could not be read": self.skipped > 0,
            "there was too much to read; the rest comes with the next poll": self.more,
        }
        return tuple(note for note, holds in told.items() if holds)


class WordPressSource:
    """One site."""

    def __init__(self, settings: WordPressSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._route: Route = "pretty"
        """By which the site answered last; a poll is told by its checkpoint."""

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        told = wire.mapping(checkpoint)
        via = wire.words(told.get("via"))
        since = markup.when(told.get("since"))
        if via == _FEED and since and self._tools.now() - since < ASK_AGAIN:
            return self._by_feeds(told, since)
        routes = [route for route in ROUTES if route == via] or ROUTES
        errors: list[SourceError] = []
        for route in routes:
            try:
                return self._by_rest(told, route)
            except Closed as closed:
                errors.append(closed.error)
        if len(routes) == 1 and not is_disabled(errors[0]):  # it was open, and most likely it will be again
            raise errors[0]
        try:
            return self._by_feeds(told, self._tools.now())
        except SourceError:
            raise errors[0] from None

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each post or comment as it is now; ``None`` for one that is gone. Raises ``SourceError``."""
        asked = {name: told for name in list(ids)[:MAX_RECHECKED] if (told := words.number_of(name))}
        routes = [self._route, *(route for route in ROUTES if route != self._route)] if asked else []
        error: SourceError | None = None
        for route in routes:
            try:
                return self._looked_at_again(Site(self._settings.base, self._tools, route), asked)
            except Closed as closed:
                error = error or closed.error
        if error:
            raise error
        return {}

    def _by_rest(self, told: Mapping[str, Any], route: Route) -> Batch:
        site = Site(self._settings.base, self._tools, route)
        now = self._tools.now()
        found = _Found()
        for what in self._settings.reads:
            self._read(site, what, stream.Memory.of(told.get(what)), found, now)
        self._route = route
        return Batch(
            entries=tuple(found.entries.values()),
            checkpoint={"via": route, **{what: memory.plain for what, memory in found.memories.items()}},
            unchanged=not found.entries,
            gap=found.gap,
            http_status=HTTPStatus.OK,
            skipped=found.skipped,
            notes=found.notes,
        )

    def _read(self, site: Site, what: What, memory: stream.Memory, found: _Found, now: datetime) -> None:
        chain = stream.read(
            site, what, memory, search=self._settings.query, now=now, is_late=partial(self._is_late, now)
        )
        entries, unread = self._entries(site, what, chain.items, now)
        found.entries.update(
            (name, entry) for name, entry in entries.items() if memory.is_new(entry, words.mark(entry))
        )
        found.memories[what] = memory
        found.gap = found.gap or chain.is_stuck
        found.more = found.more or not chain.is_whole
        found.skipped += chain.skipped + len(unread)

    def _entries(
        self, site: Site, what: What, items: Iterable[Mapping[str, Any]], now: datetime
    ) -> tuple[Mapping[str, Entry], Sequence[int]]:
        """Entries by their ids, and the numbers of the items that the parser cannot stand."""
        told, said = self._said(items)
        unread = [wire.whole(item["id"]) for item in told if None in map(said.get, words.html(item))]
        told = [item for item in told if wire.whole(item["id"]) not in unread]
        plain = partial(_words_of, said)
        own = self._settings.own
        if what == "posts":
            made = [words.post(item, plain=plain, by_us=own, now=now) for item in told]
            return {entry.id: entry for entry in made}, unread
        under = self._posts_above(site, told)
        comments = (words.comment(item, plain=plain, under=under, own=own, now=now) for item in told)
        return words.threaded({one.id: one for one in comments if one}), unread

    def _said(
        self, items: Iterable[Mapping[str, Any]]
    ) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, str | None]]:
        """The items, and the words of all pieces of HTML in them."""
        told = list(items)
        html = list(dict.fromkeys(piece for item in told for piece in words.html(item)))
        return told, dict(zip(html, pieces.plain(html, self._tools.parser), strict=True))

    def _posts_above(self, site: Site, comments: Iterable[Mapping[str, Any]]) -> Mapping[int, words.Post]:
        """The posts under which these comments stand; without them less is known, and nothing is lost."""
        numbers = sorted({wire.whole(item.get("post")) for item in comments} - {0}, reverse=True)[
            :_MOST_ABOVE
        ]
        if not numbers:
            return {}
        asked = {"include": ",".join(map(str, numbers)), "per_page": str(_MOST_ABOVE)}
        try:
            told, said = self._said(site.page("posts", **asked, _fields="id,title,author").items)
        except Closed:
            return {}
        return words.of_posts(told, partial(_words_of, said))

    def _looked_at_again(
        self, site: Site, asked: Mapping[str, tuple[What, int]]
    ) -> Mapping[str, Entry | None]:
        now = self._tools.now()
        items: dict[What, list[Mapping[str, Any]]] = {"posts": [], "comments": []}
        found: dict[str, Entry | None] = {}
        for name, (what, number) in asked.items():
            if self._is_late(now):
                break
            item = site.one(what, number, _fields=stream.fields(what))
            items[what].extend([item] if item else [])
            if item is None or words.is_withheld(item):
                found[name] = None
        for what, told in items.items():
            entries, _ = self._entries(
                site, what, told, now
            )  # of the unread nothing is known but that they are there
            found.update(entries)
        return found

    def _is_late(self, began: datetime) -> bool:
        return self._tools.now() - began >= PATIENCE

    def _by_feeds(self, told: Mapping[str, Any], since: datetime) -> Batch:
        kept = wire.mapping(told.get("feeds"))
        batches = {
            what: Revisit(self._tools, self._settings.feed(what), self._parse, accept=_ACCEPT).poll(
                wire.mapping(kept.get(what)) or None
            )
            for what in self._settings.reads
        }
        entries = [
            words.from_feed(entry, what, own=self._settings.own)
            for what, batch in batches.items()
            for entry in batch.entries
        ]
        last = list(batches.values())[-1]
        return Batch(
            entries=tuple({entry.id: entry for entry in entries}.values()),
            checkpoint={
                **{what: told[what] for what in self._settings.reads if what in told},
                "via": _FEED,
                "since": since.isoformat(),
                "feeds": {what: batch.checkpoint for what, batch in batches.items()},
            },
            unchanged=all(batch.unchanged for batch in batches.values()),
            gap=any(batch.gap for batch in batches.values()),
            http_status=last.http_status,
            robots=last.robots,
            skipped=sum(batch.skipped for batch in batches.values()),
            notes=(_CLOSED, *dict.fromkeys(note for batch in batches.values() for note in batch.notes)),
        )

    def _parse(self, answer: Answer, known: Sequence[str]) -> Reading:
        place = Place(
            url=answer.url,
            configured=self._settings.base,
            content_type=answer.headers.get("content-type", ""),
            now=self._tools.now(),
        )
        return self._tools.parser.run(unseen.read, answer.body, place=place, known=known)


def _words_of(said: Mapping[str, str | None], html: str) -> str:
    return said.get(html) or ""


_MOST_ABOVE = 100
"""Posts that are asked for by number; WordPress hands out no more at a time."""


def _locate(settings: WordPressSettings) -> str:
    asked = f" search={settings.query}" if settings.query else ""
    return f"{settings.base} {'+'.join(settings.reads)}{asked}"


KIND = Kind(
    settings=WordPressSettings,
    build=WordPressSource,
    locate=_locate,
    host=lambda settings: wire.host(settings.url),
    every=timedelta(minutes=30),
    sees="posts and comments of a site that runs on WordPress, whole and as they are edited: blogs, parents' associations,"
    " parishes, trusts, the school's own site",
    cannot="what is held, private or behind a password; where the REST interface is closed, more than the newest ten,"
    " edits of what the feed shows no more, and which comments are the school's own",
)
