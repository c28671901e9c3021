"""WhatDoTheyKnow: freedom of information requests to an authority, or those that a search finds.

Each Atom feed there has a twin in JSON. That is what is read: it also tells who wrote, to whom and what became
of it, which the feed leaves out. The site offers both for reading elsewhere, and its robots.txt keeps
crawlers from them; so it is asked as a feed reader asks, and the verdict is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sources import markup, unseen, wire
from sources.base import Answer, Batch, Checkpoint, Entry, Kind, Tools
from sources.errors import Unreadable
from sources.items import Feed, Item, Place, finished
from sources.revisit import Revisit
from sources.unseen import Reading

_ACCEPT = "application/json"
_BODY = re.compile(r"[\w.-]{1,200}")
_SLUG = re.compile(r"[\w.~-]{1,300}", re.ASCII)

# What an event is called where it has no words of its own to show.
_EVENTS: Mapping[str, str] = {
    "sent": "A request was made.",
    "resent": "A request was sent again.",
    "followup_sent": "A follow-up was sent.",
    "followup_resent": "A follow-up was sent again.",
    "response": "A response came.",
    "comment": "A comment was made.",
    "status_update": "The request was given another status.",
    "overdue": "The response is overdue.",
    "very_overdue": "The response is long overdue.",
}
_ANCHORS = (
    ("incoming_message_id", "incoming"),
    ("outgoing_message_id", "outgoing"),
    ("comment_id", "comment"),
)


class WhatDoTheyKnowSettings(BaseModel):
    """The keys of a watch over requests: an authority or a search."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body: str = ""
    """The authority's name in the address of its page, such as ``holm_nook_primary_school``."""
    query: str = Field(default="", max_length=300)
    """A search as on the site, such as ``"holm nook primary" preston``."""
    service: wire.WebAddress = "https://www.whatdotheyknow.com"

    @field_validator("body")
    @classmethod
    def _named(cls, body: str) -> str:
        if body and not _BODY.fullmatch(body):
            raise ValueError(
                "expected the last part of the address of the authority's page, "
                'such as "holm_nook_primary_school" of /body/holm_nook_primary_school'
            )
        return body

    @field_validator("query")
    @classmethod
    def _searched(cls, query: str) -> str:
        return " ".join(query.split())

    @model_validator(mode="after")
    def _one_of_both(self) -> WhatDoTheyKnowSettings:
        if bool(self.body) == bool(self.query):
            raise ValueError(
                "give body (the authority's name there) or query (a search), and one of them only"
            )
        return self

    @property
    def base(self) -> str:
        """The address of the site."""
        return self.service.rstrip("/")

    @property
    def feed(self) -> str:
        """The address that is asked."""
        asked = f"body/{quote(self.body)}" if self.body else f"search/{quote(self.query, safe='')}"
        return f"{self.base}/feed/{asked}.json"


class WhatDoTheyKnowSource:
    """An authority's requests, or a search."""

    def __init__(self, settings: WhatDoTheyKnowSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._revisit = Revisit(tools, settings.feed, self._read, accept=_ACCEPT)

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once at the newest events. Raises ``SourceError``."""
        return self._revisit.poll(checkpoint)

    def _read(self, answer: Answer, known: Sequence[str]) -> Reading:
        return self._tools.parser.run(
            read, answer.body, base=self._settings.base, now=self._tools.now(), known=known
        )


def read(body: bytes, *, base: str, now: datetime | None, known: Sequence[str] = ()) -> Reading:
    """Read the newest events. Runs in the parser's cage."""
    try:
        events = wire.parse_json(body)
    except Unreadable as error:
        return Reading(problem=str(error))
    if not isinstance(events, list):
        return Reading(problem="the answer is JSON, but no list of requests")
    if known and not events:
        return Reading(problem="the list of requests has become empty")  # requests stay there for ever
    place = Place(url=f"{base}/", configured=f"{base}/", now=now)
    return unseen.fresh(Feed(items=tuple(_item(event, place) for event in events)), known)


def _item(told: object, place: Place) -> Item:
    event = wire.mapping(told)
    request, authority = wire.mapping(event.get("info_request")), wire.mapping(event.get("public_body"))
    name, slug = wire.words(event.get("id")), wire.words(request.get("url_title"))
    if not name or not _SLUG.fullmatch(slug):
        return Item(entry=None)
    happened = wire.words(event.get("event_type"))
    to = markup.one_line(wire.words(authority.get("name")), markup.NAME_LIMIT)
    title = markup.one_line(wire.words(request.get("title")), markup.TITLE_LIMIT)
    entry = Entry(
        id=f"InfoRequestEvent/{name}",
        url=f"{place.url}request/{slug}{_anchor(event)}",
        title=f"{title} (request to {to})"
        if to
        else title,  # so that whatever is asked of the school is about it
        text=markup.plain(wire.words(event.get("snippet"))) or _EVENTS.get(happened, ""),
        author=to if happened == "response" else _author(event),
        kind="foi",
        thread=f"InfoRequest/{slug}",
    )
    return finished(entry, place, markup.when(event.get("created_at"), now=place.now))


def _anchor(event: Mapping[str, Any]) -> str:
    """Where on the request's page the event stands."""
    for name, anchor in _ANCHORS:
        number = wire.whole(event.get(name))
        if number:
            return f"#{anchor}-{number}"
    return ""


def _author(event: Mapping[str, Any]) -> str:
    return markup.one_line(wire.words(wire.mapping(event.get("user")).get("name")), markup.NAME_LIMIT)


def _locate(settings: WhatDoTheyKnowSettings) -> str:
    return settings.feed


def _host(settings: WhatDoTheyKnowSettings) -> str:
    return wire.host(settings.service)


KIND = Kind(
    settings=WhatDoTheyKnowSettings,
    build=WhatDoTheyKnowSource,
    locate=_locate,
    host=_host,
    every=timedelta(hours=6),
    sees="freedom of information requests made in public on WhatDoTheyKnow, with answers and comments",
    cannot="requests sent by letter or e-mail, and all but the newest 25 events at a look (told as a gap)",
    terms="its Atom feeds and their JSON twins are offered for reading elsewhere; asked no more often than a feed reader",
)
