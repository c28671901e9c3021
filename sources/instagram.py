"""Instagram: comments below the pictures of the school's own account, and pictures of others that tag it.

Pictures of others are ``ig:tagged:…``, comments have Instagram's own ids; own pictures are no entries, but what is written
below them answers ``ig:media:…``. Both front doors are served: by way of the Page (graph.facebook.com), or of the account
itself (graph.instagram.com).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sources import markup, wire
from sources.base import Batch, Checkpoint, Entry, Kind, Tools
from sources.errors import Unreadable
from sources.meta import MetaSettings, Number
from sources.meta.again import Single, listed, singles
from sources.meta.client import Graph, Item, Pages, take
from sources.meta.poll import MAX_COMMENT_PAGES, List, Poll, Post, Ways, written
from sources.meta.tokens import Keeper

_MEDIA = "id,permalink,timestamp,caption,comments_count"
_TAGGED_MEDIA = "id,permalink,timestamp,caption,username"
_COMMENT = "id,text,timestamp,username,parent_id,hidden"
_PAGE_SIZE = "25"
_COMMENTS = "50"
_MOST_ANSWER_PAGES = 3
_NAMED_EVERY = timedelta(days=1)
_ID = re.compile(r"\d{1,32}", re.ASCII)
_NAME = re.compile(r"[\w.]{1,100}", re.ASCII)
_OWN, _TAGGED = "ig:media:", "ig:tagged:"


class InstagramSettings(MetaSettings):
    """The keys of a professional account."""

    account: Number
    """The number of the school's own account."""


class InstagramSource:
    """One account."""

    def __init__(self, settings: InstagramSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._keeper = Keeper(settings, tools)
        self._name = ""
        """What the account is called: comments tell no other sign of who wrote them."""
        self._named_at: datetime | None = None

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        told = wire.mapping(checkpoint)
        graph = self._keeper.graph()
        self._learn_name(graph)
        poll = Poll(told, graph, self._ways(graph.now))
        poll.run()
        return poll.batch(self._keeper.look_after(wire.mapping(told.get("token")), graph))

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each entry as it is now, ``None`` where it is gone. Raises ``SourceError``."""
        graph = self._keeper.graph()
        wanted = {name: single for name in ids if (single := self._single(name, graph.now))}
        of_others = frozenset(
            name for name in ids if name.startswith(_TAGGED) and _number(name.removeprefix(_TAGGED))
        )
        if wanted:
            self._learn_name(graph)
        found = singles(graph, wanted, home=self._settings.account)
        return found | listed(graph, self._tagged(graph.now), of_others)

    def _learn_name(self, graph: Graph) -> None:
        """Ask for the account's own name; it may be changed. Raises ``SourceError``."""
        if self._named_at and timedelta(0) <= graph.now - self._named_at < _NAMED_EVERY:
            return
        name = wire.words(graph.ask(self._settings.account, (("fields", "id,username"),)).get("username"))
        if not _NAME.fullmatch(name):
            raise Unreadable(
                "Instagram does not say what the account is called, so its own answers could not be told from others",
                remedy="check that account = … is the number of the school's professional account",
            )
        self._name, self._named_at = name.lower(), graph.now

    def _ways(self, now: datetime) -> Ways:
        media = List(
            name="own pictures",
            path=f"{self._settings.account}/media",
            params=(("fields", _MEDIA), ("limit", _PAGE_SIZE)),
            post=_watched,
        )
        return Ways(
            lists=(media, self._tagged(now)),
            thread=_thread,
            comment=lambda item, post: self._comment(item, post, now),
            is_hidden=lambda item: item.get("hidden") is True,
            post_id=lambda name: f"{_OWN}{name}",
        )

    def _tagged(self, now: datetime) -> List:
        return List(
            name="pictures that tag the account",
            path=f"{self._settings.account}/tags",
            params=(("fields", _TAGGED_MEDIA), ("limit", _PAGE_SIZE)),
            entry=lambda item: _tagged_picture(item, now),
            optional=True,
        )

    def _single(self, name: str, now: datetime) -> Single | None:
        number = _number(name)
        if not number:
            return None
        return Single(
            path=number,
            params=(("fields", f"{_COMMENT},media{{id,permalink}}"),),
            entry=lambda item: self._comment(item, _above(item), now),
        )

    def _comment(self, item: Item, post: Post, now: datetime) -> Entry | None:
        number = _number(item.get("id"))
        if not number:
            return None
        parent = _number(item.get("parent_id"))
        author = _author(item)
        by_us = bool(author) and author.lower() == self._name
        return Entry(
            id=number,
            url=f"{post.url.rstrip('/')}/c/{number}/" if post.url else "",
            text=markup.tidy(wire.words(item.get("text"))),
            author=author,
            published=_published(item, now),
            kind="comment",
            thread=parent,
            reply_to=parent or f"{_OWN}{post.name}",
            own_account=not by_us,
            by_us=by_us,
        )


def _thread(graph: Graph, post: Post) -> Pages:
    """All comments below a picture, each with its answers."""
    asked = (("fields", f"{_COMMENT},replies{{{_COMMENT}}}"), ("limit", _COMMENTS))
    chain = graph.pages(f"{post.name}/comments", asked, MAX_COMMENT_PAGES)
    for item in tuple(chain.items):
        number = _number(item.get("id"))
        replies = wire.mapping(item.get("replies"))
        if number and replies:
            chain.add(_answers(graph, number, replies))
    return chain


def _answers(graph: Graph, number: str, replies: Mapping[str, Any]) -> Pages:
    """The answers to a comment: the first come with it, more must be asked for."""
    chain = Pages(whole=True)
    data = replies.get("data")
    if not isinstance(data, list):
        chain.junk = 1
        return chain
    take(chain, data)
    after = graph.after(replies)
    if after is not None:
        if graph.is_late:
            chain.whole = False
        else:
            chain.add(graph.pages(f"{number}/replies", after, _MOST_ANSWER_PAGES))
    chain.items = [{**item, "parent_id": number} for item in chain.items]
    return chain


def _watched(item: Item) -> Post | None:
    number = _number(item.get("id"))
    if not number:
        return None
    count = wire.words(item.get("comments_count")) or "?"
    return Post(name=number, ours=True, made=written(item), url=_url(item), said=f"{count[:9]} ")


def _above(item: Item) -> Post:
    media = wire.mapping(item.get("media"))
    return Post(name=_number(media.get("id")), ours=True, url=_url(media))


def _tagged_picture(item: Item, now: datetime) -> Entry | None:
    number = _number(item.get("id"))
    if not number:
        return None
    return Entry(
        id=f"{_TAGGED}{number}",
        url=_url(item),
        text=markup.tidy(wire.words(item.get("caption"))),
        author=_author(item),
        published=_published(item, now),
        kind="post",
    )


def _number(value: object) -> str:
    told = wire.words(value)
    return told if _ID.fullmatch(told) else ""


def _url(item: Item) -> str:
    return markup.absolute(wire.words(item.get("permalink")))


def _author(item: Item) -> str:
    return markup.one_line(wire.words(item.get("username")), markup.NAME_LIMIT)


def _published(item: Item, now: datetime) -> datetime | None:
    moment = written(item)
    return min(moment, now) if moment else None


def _locate(settings: InstagramSettings) -> str:
    return f"{settings.door}/{settings.account}"


def _host(settings: InstagramSettings) -> str:
    return wire.host(settings.graph)


KIND: Kind[Any] = Kind(
    settings=InstagramSettings,
    build=InstagramSource,
    locate=_locate,
    host=_host,
    every=timedelta(minutes=15),
    sees="comments and answers below the pictures and films of the school's own account, and public ones that tag it in the picture",
    cannot="private accounts, stories, messages, captions and comments elsewhere that only mention the school",
    cost="free",
    credentials="a professional account, an app at developers.facebook.com and its token",
    terms="only what is needed is kept; what is deleted there is deleted here, and all of it can be (OPERATIONS)",
    purge_gone=True,
)
