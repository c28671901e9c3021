"""YouTube: comments under the school's videos and others that are named, and videos that a search finds.

By the YouTube Data API with a key, which costs nothing and gives a daily allowance. Ids of comments are YouTube's, a
video's is ``yt:video:…`` as in YouTube's own feeds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sources import wire
from sources.base import Answer, Batch, Checkpoint, Entry, Kind, SecretFile, Tools
from sources.youtube import posts
from sources.youtube.allowance import Allowance
from sources.youtube.client import Client
from sources.youtube.poll import AT_ONCE, Poll

KEPT = timedelta(days=30)
"""Google's developer policies (III.E.4): words may be kept for so long, then they are fetched anew or deleted."""

PATIENCE = timedelta(seconds=60)
"""After this a poll ends with what it has; what it did not come to comes first in the next."""

_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)


def _channel(value: str) -> str:
    if value and not _CHANNEL.fullmatch(value):
        raise ValueError('expected the id of a channel, which begins with "UC" (YouTube: Settings, Advanced)')
    return value


def _video(value: str) -> str:
    if not posts.video_id(value):
        raise ValueError('expected the id of a video: the eleven letters behind "watch?v="')
    return value


class YouTubeSettings(BaseModel):
    """The keys of YouTube."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: SecretFile
    """An API key of a project in Google's console, good for the YouTube Data API alone."""
    channel: Annotated[str, AfterValidator(_channel)] = ""
    """The school's own channel: comments there are owed an answer."""
    search: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(default=(), max_length=5)
    videos: tuple[Annotated[str, AfterValidator(_video)], ...] = Field(default=(), max_length=20)
    """Videos of others whose comments are watched."""
    searches_a_day: int = Field(default=100, ge=1, le=100)
    """Less than Google's 100 where other programs use the same project."""
    service: wire.WebAddress = "https://www.googleapis.com/youtube/v3"

    @model_validator(mode="after")
    def _complete(self) -> YouTubeSettings:
        if not (self.channel or self.search or self.videos):
            raise ValueError("nothing to look at: give a channel, search or videos")
        parts = urlsplit(self.service)
        if parts.scheme == "http" and parts.port in {None, 80}:
            raise ValueError("a key is sent over https only")
        return self


class YouTubeSource:
    """Comments and searches with one key."""

    def __init__(self, settings: YouTubeSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._spent: Mapping[str, Any] = {}
        """What polls that failed have used: Google counts them too."""
        self._looked: Mapping[str, Any] = {}
        """What looks at single entries have used since the last poll, which counts it with its own."""

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once. Raises ``SourceError``; then nothing but what it cost is remembered."""
        told = wire.mapping(checkpoint)
        client = self._client(wire.mapping(told.get("day")), self._spent)
        client.allowance.units += self._allowance(self._looked).units
        poll = Poll(told, client, own=self._settings.channel)
        try:
            for name in poll.in_turn(
                [one for one in (self._settings.channel, *self._settings.videos) if one]
            ):
                if name == self._settings.channel:
                    poll.comments(name, optional=False, allThreadsRelatedToChannelId=name)
                else:
                    poll.comments(name, optional=True, videoId=name)
            poll.searches(self._settings.search)
        finally:
            self._spent, self._looked = client.allowance.checkpoint(), {}
        return poll.batch(of_searches=bool(self._settings.search))

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each entry as it is now, ``None`` where it is gone or no longer public. Raises ``SourceError``."""
        client = self._client(self._looked)
        videos = {video: name for name in ids if (video := posts.video_of(name))}
        comments = {name: name for name in ids if posts.comment_id(name)}
        try:
            return {
                **_again(client, "videos", videos, own=self._settings.channel, part="snippet,status"),
                **_again(
                    client,
                    "comments",
                    comments,
                    own=self._settings.channel,
                    part="snippet",
                    textFormat="plainText",
                ),
            }
        finally:
            self._looked = client.allowance.checkpoint()

    def _client(self, *told: Mapping[str, Any]) -> Client:
        """The API with what is left of the day, by whichever of these knows of more use."""
        now = self._tools.now()
        counts = [self._allowance(one) for one in told]
        allowance = counts[0]
        allowance.searches = max(one.searches for one in counts)
        allowance.units = max(one.units for one in counts)
        return Client(
            get=self._get, allowance=allowance, now=now, is_late=lambda: self._tools.now() - now >= PATIENCE
        )

    def _allowance(self, told: Mapping[str, Any]) -> Allowance:
        return Allowance(told, searches=self._settings.searches_a_day, now=self._tools.now())

    def _get(self, method: str, asked: tuple[tuple[str, str], ...]) -> Answer:
        query = wire.query((*asked, ("key", self._tools.secret(self._settings.key))))
        url = f"{self._settings.service.rstrip('/')}/{method}?{query}"
        return self._tools.fetcher.get(url, headers={"Accept": "application/json"})


def _again(
    client: Client, method: str, names: Mapping[str, str], *, own: str, **asked: str
) -> dict[str, Entry | None]:
    """Entries by their ids, from YouTube's own; what is not told any more is gone, if all that is told can be read."""
    found: dict[str, Entry | None] = {}
    every = list(names)
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        items = client.ask(method, id=",".join(some), **asked)["items"]
        told = {wire.words(wire.mapping(item).get("id")): item for item in items}
        if not set(told) <= set(some):
            continue  # some of it is not what was asked for: what is missing may be among that
        for name in some:
            entry = _entry(method, told.get(name), own=own, client=client)
            if entry or name not in told or posts.is_withheld(wire.mapping(told[name])):
                found[names[name]] = entry
    return found


def _entry(method: str, item: object, *, own: str, client: Client) -> Entry | None:
    if method == "videos":
        return posts.video(item, own=own, now=client.now)
    channel = wire.words(wire.mapping(wire.mapping(item).get("snippet")).get("channelId"))
    return posts.comment(item, own=own, channel=channel, now=client.now)


def _locate(settings: YouTubeSettings) -> str:
    told = [settings.channel] if settings.channel else []
    told += [f"search={phrase}" for phrase in settings.search] + [
        f"video={video}" for video in settings.videos
    ]
    return f"{settings.service}?" + "&".join(told)


KIND = Kind(
    settings=YouTubeSettings,
    build=YouTubeSource,
    locate=_locate,
    host=lambda settings: wire.host(settings.service),
    every=timedelta(minutes=30),
    sees="comments and answers under the school's videos and others that are named, titles and descriptions of videos found",
    cannot="what is said in a video, private and held comments, comments where they are off, answers to threads over a fortnight old",
    cost="free; 100 searches and 10,000 other requests a day",
    credentials="an API key from Google's console for the YouTube Data API v3",
    terms="words are kept for 30 days at most unless fetched anew, and what is deleted there is deleted here",
    keep=KEPT,
    purge_gone=True,
)
