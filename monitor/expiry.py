"""Secrets that end by themselves, and when to warn of them.

Pure: the day is an argument. Without a new secret in time no mail goes out, and then nobody hears of it by mail, or a
place is not seen any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from alerts import wording
from alerts.base import Ailment
from monitor.facts import SourceStatus
from monitor.settings import MonitorSettings

STAGES = (7, 30, 60)
"""Days before the end at which somebody is told, each time once."""
SOURCE_STAGES = (3, 14)
"""The same for a token of a source: some live for 60 days only, and a new one takes minutes."""
_MICROSOFT = (
    "Entra admin centre > App registrations > the monitor's app > Certificates & secrets: make a new one, write it into"
    " its file and its end into secret_expires, then: mention-monitor check --online (OPERATIONS, New secrets)"
)
_GOOGLE = (
    "console.cloud.google.com > IAM & Admin > Service accounts > Keys: make a new one, put it in place of its file and its"
    " end into secret_expires, then: mention-monitor check --online (OPERATIONS, New secrets)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A secret that ends."""

    table: str
    what: str
    on: date
    remedy: str
    loss: str = "no mail goes out"
    """What happens without a new one."""
    stages: tuple[int, ...] = STAGES

    def stage(self, today: date) -> int | None:
        """The last warning that is due, in days before the end; ``None`` while there is none."""
        left = (self.on - today).days
        return next((days for days in self.stages if left <= days), None)

    def words(self, today: date) -> str:
        """One line for people."""
        left, day = (self.on - today).days, f"{wording.day(self.on)} {self.on.year}"
        if left < 0:
            return f"{self.what} ended on {day}"
        days = "today" if left == 0 else f"in {left} day{'s' * (left > 1)}"
        return f"{self.what} ends on {day} ({days}): without a new one {self.loss}"

    def ailment(self, today: date) -> Ailment:
        """The same for a mail about the watch itself."""
        return Ailment(what=self.words(today), since=None, remedy=self.remedy)


def near(settings: MonitorSettings, today: date) -> tuple[Ending, ...]:
    """The secrets of which somebody should have been told by now."""
    return tuple(ending for ending in _endings(settings) if ending.stage(today) is not None)


def of_sources(sources: Iterable[SourceStatus], today: date) -> tuple[Ending, ...]:
    """What ends soon at the places we look at, as their last polls told; by the date in UTC, at worst a day early."""
    endings = (
        Ending(
            table=f"source {source.id} {worry.what}",
            what=f"At {source.name} {worry.what}",
            on=worry.ends.date(),
            remedy=worry.remedy,
            loss="nothing is seen there",
            stages=SOURCE_STAGES,
        )
        for source in sources
        for worry in source.worries
        if worry.ends
    )
    return tuple(ending for ending in endings if ending.stage(today) is not None)


def _endings(settings: MonitorSettings) -> Iterator[Ending]:
    microsoft, google = settings.microsoft, settings.google
    if microsoft and microsoft.secret_expires:
        proof = "client secret" if microsoft.secret else "certificate"
        what = f"The {proof} of [microsoft]"
        yield Ending(table="microsoft", what=what, on=microsoft.secret_expires, remedy=_MICROSOFT)
    if google and google.secret_expires:
        yield Ending(table="google", what="The key of [google]", on=google.secret_expires, remedy=_GOOGLE)
