"""The token: which one is good now, when it ends, and a new one in time.

A renewed token lives in memory alone, for neither a checkpoint nor a back-up shall hold a secret; the one in the file is
the one that counts, so its end is told even while a renewed one serves. Once a day Meta is asked about it. A checkpoint
holds twelve digits of its digest, to know a new one when it is there, and dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sources import markup, wire
from sources.base import Concern, Tools
from sources.errors import SourceError
from sources.items import digest
from sources.meta import MetaSettings
from sources.meta.client import PATIENCE, Graph
from sources.meta.refusals import Dead

LIFE = timedelta(days=60)
"""Of a long-lived token of a person."""
RENEW_BEFORE = timedelta(days=30)
ASKED_EVERY = timedelta(days=1)
TOLD_BEFORE = timedelta(days=14)
_YOUNGEST = timedelta(days=1)  # Instagram renews no token that is younger
_MARK = 12
_MOST_SECONDS = 4_102_444_800  # the end of the century
_INSTAGRAM = "graph.instagram.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of the token in the file."""

    mark: str
    since: datetime
    """When we met it."""
    asked: datetime | None = None
    ends: datetime | None = None
    known: bool = False
    """Whether anybody told when it ends, if ever."""
    data_ends: datetime | None = None
    """From then on Meta tells nothing of people until somebody logs in to the app again."""

    @classmethod
    def of(cls, told: Mapping[str, Any], *, mark: str, now: datetime) -> Token:
        """As remembered, if it is still the same token."""
        moments = {name: markup.when(told.get(name)) for name in ("since", "asked", "ends", "data_ends")}
        if told.get("mark") != mark:
            return cls(mark=mark, since=now)
        return cls(
            mark=mark,
            since=min(moments["since"] or now, now),
            asked=moments["asked"],
            ends=moments["ends"],
            known=told.get("known") is True,
            data_ends=moments["data_ends"],
        )

    @property
    def checkpoint(self) -> dict[str, Any]:
        """What to remember."""
        moments = {
            "since": self.since, "asked": self.asked, "ends": self.ends, "data_ends": self.data_ends,
        }  # fmt: skip
        return {
            "mark": self.mark,
            "known": self.known,
            **{name: one.isoformat() for name, one in moments.items() if one},
        }

    def notes(self) -> tuple[str, ...]:
        """Remarks for the operator."""
        if self.asked and not self.known:
            return ("Meta does not say how long the token is good; with app_id and app_secret it would",)
        return ()

    def concerns(self, now: datetime) -> Iterator[Concern]:
        """What somebody must do soon."""
        ends = {"the token": self.ends, "the token's access to what people write": self.data_ends}
        for what, end in ends.items():
            if end and end - now <= TOLD_BEFORE:
                yield Concern(what=what, remedy=Dead.remedy, ends=end)


class Keeper:
    """The token of one source, for as long as the program runs."""

    def __init__(self, settings: MetaSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._renewed = ""
        self._renewed_from = ""
        self._ends: datetime | None = None
        self._tried: datetime | None = None

    def graph(self) -> Graph:
        """The front door with this token, for one poll."""
        now = self._tools.now()
        return Graph(
            base=self._settings.base,
            fetcher=self._tools.fetcher,
            word=self.word,
            forget=self.forget,
            now=now,
            is_slow=lambda: self._tools.now() - now >= PATIENCE,
        )

    def word(self) -> str:
        """The token that is good now."""
        of_file = self._tools.secret(self._settings.token)
        if self._renewed_from != digest(of_file, _MARK):
            self.forget()
        return self._renewed or of_file

    def forget(self) -> bool:
        """Give up the renewed token; whether there was one."""
        had = bool(self._renewed)
        self._renewed = self._renewed_from = ""
        self._ends = None
        return had

    def look_after(self, told: Mapping[str, Any], graph: Graph) -> Token:
        """Ask once a day how long the token is good, and renew it in time. What fails is tried again tomorrow."""
        now = graph.now
        token = Token.of(told, mark=digest(self._tools.secret(self._settings.token), _MARK), now=now)
        waits = self._is_due(token, now) and not _was_today(self._tried, now)
        if graph.is_late or (_was_today(token.asked, now) and not waits):
            return token
        token = replace(token, asked=now)
        self._tried = now
        try:
            if not self._is_of_instagram:
                token = self._inspected(token, graph)
            if self._is_due(token, now):
                self._renew(graph)
        except SourceError:
            pass  # what was to be polled was polled: the end of the token can wait for a day
        if self._is_of_instagram:  # nobody tells when the one in the file ends, but it is not good for longer
            token = replace(token, known=True, ends=token.since + LIFE)
        return token

    @property
    def _is_of_instagram(self) -> bool:
        return wire.host(self._settings.graph).partition(":")[0] == _INSTAGRAM

    def _is_due(self, token: Token, now: datetime) -> bool:
        """Whether a new token should be asked for."""
        if self._is_of_instagram:  # how old the one in the file is, nobody knows
            return now - token.since >= _YOUNGEST and (self._ends is None or self._ends - now <= RENEW_BEFORE)
        ends = self._ends or token.ends
        return self._settings.app_id is not None and ends is not None and ends - now <= RENEW_BEFORE

    def _inspected(self, token: Token, graph: Graph) -> Token:
        """What Meta says of the token. It travels in the body: an address would be logged by everything on its way."""
        form = {"method": "get", "input_token": self._tools.secret(self._settings.token)}
        told = wire.mapping(graph.post(f"{graph.base}/debug_token", form, word=self._asking()).get("data"))
        return replace(
            token,
            known=True,
            ends=_moment(told.get("expires_at")),
            data_ends=_moment(told.get("data_access_expires_at")),
        )

    def _asking(self) -> str:
        """Whose word counts in questions about a token: the app's own, if we have it."""
        secret = self._settings.app_secret
        return f"{self._settings.app_id}|{self._tools.secret(secret)}" if secret else self.word()

    def _renew(self, graph: Graph) -> None:
        old = self.word()
        if self._is_of_instagram:
            form = {"method": "get", "grant_type": "ig_refresh_token", "access_token": old}
            told = graph.post(f"{self._settings.door}/refresh_access_token", form, word=old)
        else:
            secret = self._settings.app_secret
            form = {
                "grant_type": "fb_exchange_token",
                "client_id": self._settings.app_id or "",
                "client_secret": self._tools.secret(secret) if secret else "",
                "fb_exchange_token": old,
            }
            told = graph.post(f"{graph.base}/oauth/access_token", form, word=self._asking())
        new = wire.token(told.get("access_token"))
        if new:
            self._renewed = new
            self._renewed_from = digest(self._tools.secret(self._settings.token), _MARK)
            seconds = min(wire.whole(told.get("expires_in")), _MOST_SECONDS)
            self._ends = graph.now + min(timedelta(seconds=seconds) or LIFE, LIFE)


def _was_today(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and timedelta(0) <= now - moment < ASKED_EVERY


def _moment(value: object) -> datetime | None:
    """Unix time; 0 says never."""
    seconds = wire.whole(value)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= _MOST_SECONDS else None
