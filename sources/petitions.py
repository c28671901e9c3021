"""Petitions to the UK Parliament that a search finds, whatever became of them.

The site sorts by signatures, not by time, so a poll reads the whole result and knows again what it has seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sources import api, markup, wire
from sources.base import Answer, Batch, Checkpoint, Entry, Kind, Tools
from sources.errors import Missing, Unreadable
from sources.items import digest

MAX_PAGES = 10
"""Answers of one chain: 500 petitions about a school would be news by themselves."""

PATIENCE = timedelta(seconds=60)
"""After this a poll ends with what it has: the engine takes one of three minutes for stuck."""

MAX_REMEMBERED = 1_000
MAX_RECHECKED = 25

_NUMBER = re.compile(r"\d{1,12}", re.ASCII)

State: TypeAlias = Literal[
    "all", "open", "recent", "closed", "rejected", "awaiting_response", "with_response", "awaiting_debate", "debated",
    "not_debated",
]  # fmt: skip


class PetitionsSettings(BaseModel):
    """The keys of a search for petitions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: str = Field(min_length=1, max_length=200)
    """Words that a petition must contain; the site knows no quotation marks."""
    state: State = "all"
    """Only petitions in this state."""
    service: wire.WebAddress = "https://petition.parliament.uk"

    @field_validator("query")
    @classmethod
    def _said(cls, query: str) -> str:
        if not any(mark.isalnum() for mark in query):
            raise ValueError("expected words, such as holm nook school")
        return " ".join(query.split())

    @property
    def base(self) -> str:
        """The address of the site."""
        return self.service.rstrip("/")

    @property
    def search(self) -> str:
        """The address of the first page."""
        return f"{self.base}/petitions.json?{wire.query({'q': self.query, 'state': self.state})}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """All pages of a search."""

    entries: Mapping[str, Entry]
    """By what is remembered of each."""
    is_whole: bool
    skipped: int


class PetitionsSource:
    """One search."""

    def __init__(self, settings: PetitionsSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Search once. Raises ``SourceError``; then nothing is remembered and nothing is lost."""
        known = [wire.words(mark) for mark in wire.sequence((checkpoint or {}).get("seen"))]
        result = self._search()
        new = {mark: entry for mark, entry in result.entries.items() if mark not in known}
        marks = dict.fromkeys([*result.entries, *known])
        return Batch(
            entries=tuple(new.values()),
            checkpoint={"seen": list(marks)[:MAX_REMEMBERED]},
            unchanged=not new,
            gap=not result.is_whole,
            http_status=HTTPStatus.OK,
            skipped=result.skipped,
            notes=("some petitions could not be read",) if result.skipped else (),
        )

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each petition as it is now; ``None`` for one that was taken down. Raises ``SourceError``."""
        found: dict[str, Entry | None] = {}
        until = self._tools.now() + PATIENCE
        for name in filter(_NUMBER.fullmatch, list(ids)[:MAX_RECHECKED]):
            if self._tools.now() >= until:
                break
            try:
                told = self._ask(f"{self._settings.base}/petitions/{name}.json")
            except Missing:
                found[name] = None
                continue
            entry = self._entry(wire.mapping(told.get("data")))
            if entry and entry.id == name:
                found[name] = entry
        return found

    def _search(self) -> _Result:
        entries: dict[str, Entry] = {}
        names: set[str] = set()
        skipped = 0
        url = self._settings.search
        until = self._tools.now() + PATIENCE
        for _ in range(MAX_PAGES):
            told = self._ask(url)
            if not isinstance(told.get("data"), list):
                raise Unreadable("the site answers a search without a list of petitions")
            found = [self._entry(wire.mapping(petition)) for petition in told["data"]]
            skipped += found.count(None)
            new = {entry.id: entry for entry in found if entry and entry.id not in names}
            entries.update((_mark(entry), entry) for entry in new.values())
            names.update(new)
            url = self._next(wire.words(wire.mapping(told.get("links")).get("next")))
            if not url or (found and not new) or self._tools.now() >= until:
                break
        return _Result(entries=entries, is_whole=not url, skipped=skipped)

    def _next(self, link: str) -> str:
        """The address of the next page, if there is one; it must lead to the same place."""
        if not link:
            return ""
        here = urlsplit(self._settings.search)
        try:
            there = urlsplit(urljoin(self._settings.search, link))
            is_here = (there.scheme, there.netloc, there.path) == (here.scheme, here.netloc, here.path)
        except ValueError:
            is_here = False
        if not is_here or len(link) > markup.LINK_LIMIT:
            raise Unreadable("the next page of the search is said to be somewhere else")
        return there.geturl()

    def _ask(self, url: str) -> Mapping[str, Any]:
        answer: Answer = self._tools.fetcher.get(url, headers={"Accept": "application/json"})
        told = api.read(answer, now=self._tools.now(), platform="the site")
        if not isinstance(told, dict):
            raise Unreadable("the answer is JSON, but no petitions", http_status=answer.status)
        return told

    def _entry(self, petition: Mapping[str, Any]) -> Entry | None:
        """One petition; ``None`` if it is none, or hidden: then the site tells a number and no words."""
        name = wire.words(petition.get("id"))
        told = wire.mapping(petition.get("attributes"))
        title = markup.one_line(wire.words(told.get("action")), markup.TITLE_LIMIT)
        if not _NUMBER.fullmatch(name) or not title:
            return None
        parts = (wire.words(told.get(part)) for part in ("background", "additional_details"))
        moments = (
            markup.when(told.get(moment), now=self._tools.now()) for moment in ("opened_at", "created_at")
        )
        return Entry(
            id=name,
            url=f"{self._settings.base}/petitions/{name}",
            title=title,
            text=markup.tidy("\n".join(parts)),
            author=markup.one_line(wire.words(told.get("creator_name")), markup.NAME_LIMIT),
            published=next(filter(None, moments), None),
            language="en",
            kind="post",
        )


def _mark(entry: Entry) -> str:
    """A petition as it reads now; who signed it and what became of it are no news to us."""
    return digest(f"{entry.id}\x00{entry.title}\x00{entry.text}", 16)


def _locate(settings: PetitionsSettings) -> str:
    return f"{settings.base}?q={settings.query}&state={settings.state}"


def _host(settings: PetitionsSettings) -> str:
    return wire.host(settings.service)


KIND = Kind(
    settings=PetitionsSettings,
    build=PetitionsSource,
    locate=_locate,
    host=_host,
    every=timedelta(days=1),
    sees="petitions to the UK Parliament that contain certain words, open, closed or rejected",
    cannot="petitions on other sites, those that moderators have not published yet, and who signed",
    terms="Open Government Licence 3.0, which asks for the source to be named",
)
