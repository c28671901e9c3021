"""GDELT: what an index of the world's online news finds, by its DOC 2.0 interface.

It answers one request in five seconds and says so in plain words, with status 429 or 200. So a poll is one
request, oldest articles first: where there are more than one answer holds, the next poll goes on. It tells
title and address of an article, not its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sources import markup, status, wire
from sources.base import Answer, Batch, Checkpoint, Entry, Kind, Tools
from sources.errors import Throttled, Unreadable
from sources.items import digest, short_id

MAX_RECORDS = 250
"""Articles in one answer, by GDELT's own limit."""

OVERLAP = timedelta(hours=3)
"""Its robots see articles late; what they saw meanwhile is asked for again and known again."""

PAUSE = 6.0
"""Seconds between two requests, of other searches too: it asks for five."""

MAX_REMEMBERED = 2_000

_FIRST_SPAN = timedelta(days=3)
_DEEPEST = timedelta(days=80)  # it searches the last three months
_PATIENCE = 40.0  # seconds; it is known to think for a quarter of a minute
_MOMENT = "%Y%m%d%H%M%S"
_SECOND = timedelta(seconds=1)
_TOO_FAST = b"limit requests"
_SENTENCE = 1_000  # bytes; where it speaks in words it is brief
_SHORTEST_PHRASE = 3  # letters; it refuses shorter ones

_PHRASE = re.compile(r'(?:^|(?<=\s))"([^"]+)"')
_ESCAPE = re.compile(rb'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
_CONTROL = re.compile(rb"[\x00-\x1f]")
_LANGUAGES: Mapping[str, str] = {"english": "en", "welsh": "cy", "urdu": "ur", "polish": "pl", "french": "fr"}


class GdeltSettings(BaseModel):
    """The keys of a search in the news."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: str = Field(min_length=1, max_length=500)
    """As GDELT has it, such as ``"holm nook primary" preston``; what stands in quotes is found word for word."""
    language: str = Field(default="", pattern="^[A-Za-z]*$")
    """Only articles in this language, such as ``english``."""
    country: str = Field(default="", pattern="^[A-Za-z]*$")
    """Only newspapers of this country, such as ``UK``."""
    service: wire.WebAddress = "https://api.gdeltproject.org"

    @field_validator("query")
    @classmethod
    def _understood(cls, query: str) -> str:
        query = " ".join(query.split())
        if query.count('"') % 2:
            raise ValueError("a quotation mark is missing")
        if " OR " in query and "(" not in query:
            raise ValueError('words with OR between them need brackets: ("holm nook" OR "holmnook")')
        if any(len(phrase.strip()) < _SHORTEST_PHRASE for phrase in query.split('"')[1::2]):
            raise ValueError("a phrase of fewer than three letters is refused")
        return query

    @property
    def asked(self) -> str:
        """The search with its filters."""
        filters = (
            f"sourcelang:{self.language.lower()}" if self.language else "",
            f"sourcecountry:{self.country.upper()}" if self.country else "",
        )
        return " ".join(filter(None, (self.query, *filters)))

    @property
    def phrases(self) -> tuple[str, ...]:
        """What stands in every article that is found; nothing certain where the search knows an either-or."""
        return () if "(" in self.query else tuple(_PHRASE.findall(self.query))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """The checkpoint."""

    watermark: datetime | None = None
    recent: tuple[str, ...] = ()
    is_behind: bool = False
    """The last answer was full: go on where it ended."""

    @classmethod
    def of(cls, checkpoint: Checkpoint | None, now: datetime) -> _Memory:
        told = checkpoint or {}
        return cls(
            watermark=markup.when(told.get("watermark"), now=now),
            recent=tuple(map(wire.words, wire.sequence(told.get("recent")))),
            is_behind=told.get("behind") is True,
        )

    def since(self, now: datetime) -> datetime:
        """From when articles are asked for."""
        if not self.watermark:
            return now - _FIRST_SPAN
        return max(self.watermark if self.is_behind else self.watermark - OVERLAP, now - _DEEPEST)


class GdeltSource:
    """One search."""

    def __init__(self, settings: GdeltSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Search once. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        now = self._tools.now()
        memory = _Memory.of(checkpoint, now)
        since = memory.since(now)
        before = memory.watermark or since
        articles = self._articles(since, now)
        found = [self._entry(wire.mapping(article), now) for article in articles]
        known = frozenset(memory.recent)
        entries = {digest(entry.id, 12): entry for entry in reversed(found) if entry}  # the first one stands
        new = {mark: entry for mark, entry in entries.items() if mark not in known}
        is_full = len(articles) >= MAX_RECORDS
        is_stuck = is_full and not new
        skipped = found.count(None)
        return Batch(
            entries=tuple(filter(self._is_wanted, reversed(new.values()))),
            checkpoint={
                "watermark": _watermark(entries.values(), before, now, is_stuck=is_stuck).isoformat(),
                "recent": [*new, *memory.recent][:MAX_REMEMBERED],
                "behind": is_full,
            },
            unchanged=not new,
            gap=is_full and memory.watermark is not None,
            http_status=HTTPStatus.OK,
            skipped=skipped,
            notes=_notes(skipped, is_full=is_full),
        )

    def _articles(self, since: datetime, now: datetime) -> Sequence[Any]:
        asked = {
            "query": self._settings.asked,
            "mode": "artlist",
            "format": "json",
            "sort": "dateasc",
            "maxrecords": str(MAX_RECORDS),
            "startdatetime": since.strftime(_MOMENT),
            "enddatetime": (now + _SECOND).strftime(_MOMENT),
        }
        url = f"{self._settings.service.rstrip('/')}/api/v2/doc/doc?{wire.query(asked)}"
        headers = {"Accept": "application/json"}
        answer = self._tools.fetcher.get(url, headers=headers, timeout=_PATIENCE, pause=PAUSE)
        return _list(status.check(answer, now=now))

    def _entry(self, article: Mapping[str, Any], now: datetime) -> Entry | None:
        address = _canonical(wire.words(article.get("url")))
        if not address:
            return None
        language = wire.words(article.get("language")).strip().lower()
        phrases = " · ".join(self._settings.phrases)
        return Entry(
            id=short_id(address),
            url=address,
            title=markup.one_line(wire.words(article.get("title")), markup.TITLE_LIMIT),
            # GDELT read the article, we did not: that these words stand there is what it says by finding it.
            text=f"The article contains: {phrases}" if phrases else "",
            author=markup.one_line(wire.words(article.get("domain")), markup.NAME_LIMIT),
            published=markup.when(article.get("seendate"), now=now),
            language=_LANGUAGES.get(language, ""),
        )

    def _is_wanted(self, entry: Entry) -> bool:
        """It filters by language itself, but not by every spelling of one."""
        wanted = _LANGUAGES.get(self._settings.language.lower(), "")
        return not wanted or not entry.language or entry.language == wanted


def _watermark(entries: Iterable[Entry], before: datetime, now: datetime, *, is_stuck: bool) -> datetime:
    """Up to when articles have been seen; an answer full of what is known leaves no way but on."""
    newest = max((entry.published for entry in entries if entry.published), default=before)
    return min(now, max(newest, before) + (_SECOND if is_stuck else timedelta()))


def _list(answer: Answer) -> Sequence[Any]:
    """The articles of an answer. Raises ``SourceError``."""
    if _TOO_FAST in answer.body[:_SENTENCE].lower():
        raise Throttled(
            "GDELT asks us to wait: it answers one request in five seconds",
            retry_after=status.SHORTEST_THROTTLE,
            http_status=answer.status,
        )
    if answer.body.strip()[:1].isalpha():
        raise Unreadable(
            "GDELT answers in a sentence instead of a list: it may not understand the search",
            http_status=answer.status,
            remedy="try the search on its website; phrases that are too short or too common are refused",
        )
    told = _parsed(answer.body)
    if (
        not isinstance(told, dict)
        or not isinstance(told.get("articles", []), list)
        or (told and "articles" not in told)
    ):
        raise Unreadable("the answer is JSON, but no answer of GDELT", http_status=answer.status)
    return wire.sequence(told.get("articles"))


def _parsed(body: bytes) -> Any:
    """Its JSON; it passes on some titles with backslashes and controls that JSON does not know."""
    try:
        return wire.parse_json(body)
    except Unreadable:
        mended = _CONTROL.sub(b" ", _ESCAPE.sub(_kept_or_dropped, body))
        if mended == body:
            raise
        return wire.parse_json(mended)


def _kept_or_dropped(escape: re.Match[bytes]) -> bytes:
    return escape[0] if escape[1] else b""


def _canonical(told: str) -> str:
    """The address of an article in one spelling, so that it comes once."""
    parts = urlsplit(markup.untracked(markup.absolute(told)))
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), fragment=""))


def _notes(skipped: int, *, is_full: bool) -> tuple[str, ...]:
    notes = {
        "there were more articles than one answer holds; the next poll goes on from there": is_full,
        "some articles could not be read": skipped > 0,
    }
    return tuple(note for note, holds in notes.items() if holds)


def _locate(settings: GdeltSettings) -> str:
    return f"{settings.service.rstrip('/')}?query={settings.asked}"


def _host(settings: GdeltSettings) -> str:
    return wire.host(settings.service)


KIND = Kind(
    settings=GdeltSettings,
    build=GdeltSource,
    locate=_locate,
    host=_host,
    every=timedelta(hours=1),
    sees="titles of online news from all over the world whose text contains a phrase, some minutes after they appear",
    cannot="papers that GDELT does not read, what stands behind a paywall, and more than 250 articles at a look",
    terms="free for any use with credit to the GDELT Project; one request in five seconds, so one for each poll",
)
