"""Feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, field_validator

from sources import google, unseen, wire
from sources.articles import Articles
from sources.base import Answer, Batch, Checkpoint, Kind, Tools
from sources.items import Place
from sources.revisit import Revisit
from sources.unseen import Reading

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)


class FeedSettings(BaseModel):
    """The keys of a feed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: wire.WebAddress
    own_account: bool = False
    """It brings comments on the school's own site: the promise to answer holds there."""

    articles: bool = False
    """Fetch the article where headline and summary only hint at a school: 5 at a poll at most, as robots.txt allows."""

    @field_validator("url")
    @classmethod
    def _licensed(cls, url: str) -> str:
        return google.licensed(url)


class FeedSource:
    """One feed."""

    def __init__(self, settings: FeedSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        look = Revisit(tools, settings.url, self._read, accept=_ACCEPT).poll
        self._look = Articles(tools, look).poll if settings.articles else look

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once at the feed. Raises ``SourceError``."""
        batch = self._look(checkpoint)
        if not google.is_alerts(self._settings.url):
            return batch
        return replace(batch, notes=(*batch.notes, google.ALERT_TIMES))

    def _read(self, answer: Answer, known: Sequence[str]) -> Reading:
        place = Place(
            url=answer.url,
            configured=self._settings.url,
            content_type=answer.headers.get("content-type", ""),
            language=answer.headers.get("content-language", ""),
            own_account=self._settings.own_account,
            now=self._tools.now(),
        )
        return self._tools.parser.run(unseen.read, answer.body, place=place, known=known)


def _locate(settings: FeedSettings) -> str:
    return google.shown(settings.url)


def _host(settings: FeedSettings) -> str:
    return wire.host(settings.url)


KIND = Kind(
    settings=FeedSettings,
    build=FeedSource,
    locate=_locate,
    host=_host,
    every=timedelta(minutes=30),
    sees="what a site offers for reading elsewhere: news, blogs, comments, forums, Google Alerts",
    cannot="what the site leaves out of its feed, and what has left the feed before we look; names that stand only in"
    " an article, unless articles = true and robots.txt lets it be fetched",
)
