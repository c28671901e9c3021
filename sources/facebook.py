"""Facebook: what is written on the school's own Page, below its posts, and in public posts that tag it.

Posts are ``fb:post:…``, posts of others ``fb:tagged:…``, comments have Facebook's own ids. A post whose id begins with the
Page's number stands on the Page. Who wrote something is often withheld; then the author is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sources import markup, wire
from sources.base import Batch, Checkpoint, Entry, Kind, Tools
from sources.meta import MetaSettings, Number
from sources.meta.again import Single, listed, singles
from sources.meta.client import Graph, Item, Pages
from sources.meta.poll import MAX_COMMENT_PAGES, List, Poll, Post, Ways, written
from sources.meta.tokens import Keeper

_POST = "id,message,story,created_time,updated_time,permalink_url,from"
_COUNT = "comments.filter(stream).limit(0).summary(true)"
_COMMENT = "id,message,created_time,permalink_url,from,parent{id},is_hidden"
_PAGE_SIZE = "25"
_COMMENTS = "50"
_ID = re.compile(r"\d{1,32}(_\d{1,32})?", re.ASCII)
_OWN, _TAGGED = "fb:post:", "fb:tagged:"


class FacebookSettings(MetaSettings):
    """The keys of a Page."""

    page: Number
    """The number of the school's own Page."""


class FacebookSource:
    """One Page."""

    def __init__(self, settings: FacebookSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._keeper = Keeper(settings, tools)
        self._visitors: frozenset[str] = frozenset()
        """Posts of others on the Page, by the last poll."""

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        told = wire.mapping(checkpoint)
        graph = self._keeper.graph()
        poll = Poll(told, graph, self._ways(graph.now))
        poll.run()
        self._visitors = poll.of_others
        return poll.batch(self._keeper.look_after(wire.mapping(told.get("token")), graph))

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each entry as it is now, ``None`` where it is gone. Raises ``SourceError``."""
        graph = self._keeper.graph()
        wanted = {name: single for name in ids if (single := self._single(name, graph.now))}
        of_others = frozenset(
            name for name in ids if _number(name.removeprefix(_TAGGED)) and name.startswith(_TAGGED)
        )
        found = singles(graph, wanted, home=self._settings.page)
        return found | listed(graph, self._tagged(graph.now), of_others)

    def _ways(self, now: datetime) -> Ways:
        feed = List(
            name="posts",
            path=f"{self._settings.page}/feed",
            params=(("fields", f"{_POST},{_COUNT}"), ("include_hidden", "true"), ("limit", _PAGE_SIZE)),
            entry=lambda item: self._post(item, now),
            post=self._watched,
        )
        return Ways(
            lists=(feed, self._tagged(now)),
            thread=_thread,
            comment=lambda item, post: self._comment(item, post, now),
            is_hidden=lambda item: item.get("is_hidden") is True,
            post_id=lambda name: f"{_OWN}{name}",
        )

    def _tagged(self, now: datetime) -> List:
        return List(
            name="posts that tag the Page",
            path=f"{self._settings.page}/tagged",
            params=(("fields", _POST), ("limit", _PAGE_SIZE)),
            entry=lambda item: self._post(item, now),
            optional=True,
        )

    def _single(self, name: str, now: datetime) -> Single | None:
        number = _number(name.removeprefix(_OWN))
        if number and name.startswith(_OWN):
            return Single(path=number, params=(("fields", _POST),), entry=lambda item: self._post(item, now))
        if not number or "_" not in number:
            return None
        above = f"{self._settings.page}_{number.partition('_')[0]}"
        post = Post(name=above, ours=above not in self._visitors)
        return Single(
            path=number,
            params=(("fields", _COMMENT),),
            entry=lambda item: self._comment(item, post, now),
        )

    def _is_here(self, number: str) -> bool:
        return number.startswith(f"{self._settings.page}_")

    def _is_by_us(self, item: Item) -> bool:
        return wire.words(wire.mapping(item.get("from")).get("id")) == self._settings.page

    def _watched(self, item: Item) -> Post | None:
        number = _number(item.get("id"))
        if not self._is_here(number):
            return None
        summary = wire.mapping(wire.mapping(item.get("comments")).get("summary"))
        count = wire.words(summary.get("total_count")) or "?"
        changed = markup.when(item.get("updated_time"))
        return Post(
            name=number,
            ours=self._is_by_us(item),
            made=written(item),
            said=f"{count[:9]} {changed.isoformat() if changed else ''}",
        )

    def _post(self, item: Item, now: datetime) -> Entry | None:
        number = _number(item.get("id"))
        if not number:
            return None
        here, by_us = self._is_here(number), self._is_by_us(item)
        return Entry(
            id=f"{_OWN if here else _TAGGED}{number}",
            url=_url(item, number),
            text=markup.tidy(wire.words(item.get("message")) or wire.words(item.get("story"))),
            author=_author(item),
            published=_published(item, now),
            kind="post",
            own_account=here and not by_us,
            by_us=by_us,
        )

    def _comment(self, item: Item, post: Post, now: datetime) -> Entry | None:
        """The entry of a comment. Below a post of the Page each begins a conversation of its own."""
        number = _number(item.get("id"))
        if not number:
            return None
        above = f"{_OWN}{post.name}"
        parent = _number(wire.mapping(item.get("parent")).get("id"))
        by_us = self._is_by_us(item)
        return Entry(
            id=number,
            url=_url(item, number),
            text=markup.tidy(wire.words(item.get("message"))),
            author=_author(item),
            published=_published(item, now),
            kind="comment",
            thread=parent or ("" if post.ours else above),
            reply_to=parent or above,
            own_account=not by_us,
            by_us=by_us,
        )


def _thread(graph: Graph, post: Post) -> Pages:
    """All comments and answers below a post. The order that is asked for is not always kept."""
    asked = (
        ("filter", "stream"),
        ("order", "reverse_chronological"),
        ("fields", _COMMENT),
        ("limit", _COMMENTS),
    )
    return graph.pages(f"{post.name}/comments", asked, MAX_COMMENT_PAGES)


def _number(value: object) -> str:
    told = wire.words(value)
    return told if _ID.fullmatch(told) else ""


def _url(item: Item, number: str) -> str:
    return markup.absolute(wire.words(item.get("permalink_url"))) or f"https://www.facebook.com/{number}"


def _author(item: Item) -> str:
    return markup.one_line(wire.words(wire.mapping(item.get("from")).get("name")), markup.NAME_LIMIT)


def _published(item: Item, now: datetime) -> datetime | None:
    moment = written(item)
    return min(moment, now) if moment else None


def _locate(settings: FacebookSettings) -> str:
    return f"{settings.door}/{settings.page}"


def _host(settings: FacebookSettings) -> str:
    return wire.host(settings.graph)


KIND: Kind[Any] = Kind(
    settings=FacebookSettings,
    build=FacebookSource,
    locate=_locate,
    host=_host,
    every=timedelta(minutes=15),
    sees="what visitors write on the school's own Page and below its posts, answers included, and public posts that tag it",
    cannot="groups, personal profiles, reviews, messages, posts that name the school without a tag; often not who wrote",
    cost="free",
    credentials="an app at developers.facebook.com and the never-expiring token of the Page",
    terms="only what is needed is kept; what is deleted there is deleted here, and all of it can be (OPERATIONS)",
    purge_gone=True,
)
