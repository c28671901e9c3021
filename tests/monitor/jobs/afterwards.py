"""A school that watches a platform which is asked again and told of deletions, and a newspaper's feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor import config as configuration
from monitor.app import App
from monitor.facts import IncidentRow, MentionRow
from monitor.fates import Aftermath
from monitor.grading import Judge
from monitor.jobs import delivering, lookback, polling
from monitor.model import PollOutcome
from monitor.store import Store, afterlife, incidents, mentions
from monitor.store.sentlog import SentLog
from sources.base import Batch, Checkpoint, Entry
from sources.cage import InProcess
from sources.errors import SourceError
from tests.fakes import FakeFetcher, FixedClock, RecordingChannel
from tests.journeys.play import MONITOR, SCHOOL

PLATFORM = """
[[source]]
name = "bluesky"
kind = "bluesky"
query = "holm nook"
[[source]]
name = "tube"
kind = "youtube"
channel = "UCaaaaaaaaaaaaaaaaaaaaaa"
key = { file = "key" }
"""
QUESTION = (
    "When will Holm Nook Primary answer me? Homework is far too much for reception, I have made a complaint."
)
OTHER = (
    "The coat pegs at Holm Nook Primary are far too high, I complained weeks ago and nobody replies to me."
)


@dataclass
class Platform:
    """A source that says what a test lets it say."""

    batch: tuple[Entry, ...] = ()
    deleted: tuple[str, ...] = ()
    again: dict[str, Entry | None] = field(default_factory=dict)
    error: SourceError | None = None
    asked: list[Sequence[str]] = field(default_factory=list)

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        del checkpoint
        return Batch(entries=self.batch, checkpoint={"n": 1}, gone=self.deleted, unchanged=not self.batch)

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        self.asked.append(ids)
        if self.error:
            raise self.error
        return {name: self.again[name] for name in ids if name in self.again}


@dataclass
class Afterwards:
    """The house, its clock, and what a test does to it."""

    app: App
    clock: FixedClock
    web: FakeFetcher
    channel: RecordingChannel
    platform: Platform
    tube: Platform

    def poll(self, *entries: Entry, deleted: tuple[str, ...] = (), tube: bool = False) -> PollOutcome:
        """One look at a platform that has these."""
        place = self.tube if tube else self.platform
        place.batch, place.deleted = entries, deleted
        polling.reconcile(self.app, self.clock())
        name = "tube" if tube else "bluesky"
        task = next(task for task in polling.active(self.app) if task.name == name)
        self.app._sources[task.id] = place
        return polling.poll_source(self.app, task, self.clock())

    def later(self, **by: float) -> int:
        """Let time pass, and look at what is due."""
        self.clock.advance(timedelta(**by))
        return lookback.look(self.app, self.clock())

    def deliver(self) -> int:
        return len(delivering.deliver_all(self.app, self.clock(), everything=True))

    def story(self, number: int = 1) -> IncidentRow:
        with self.app.store.read() as tx:
            story = incidents.get(tx, number)
        assert story is not None
        return story

    def post(self, number: int = 1) -> MentionRow:
        with self.app.store.read() as tx:
            post = mentions.get(tx, number)
        assert post is not None
        return post

    def fate(self, story: int = 1) -> Aftermath:
        with self.app.store.read() as tx:
            return afterlife.aftermath(tx, story)[0]

    def history(self, story: int = 1) -> list[str]:
        with self.app.store.read() as tx:
            return [event.what for event in incidents.events(tx, story)]


def comment(name: str = "c1", text: str = QUESTION, *, at: datetime | None = None) -> Entry:
    """A comment on the school's own account."""
    return Entry(
        id=name,
        url=f"https://platform.example/{name}",
        text=text,
        author="@parent",
        published=at,
        kind="comment",
        own_account=True,
    )


def reply(to: str = "c1", *, at: datetime | None = None, thread: str = "") -> Entry:
    """What the school's account says to it."""
    return Entry(
        id=f"r-{to}",
        text="We at Holm Nook Primary look into it.",
        reply_to=to,
        thread=thread,
        published=at,
        kind="comment",
        by_us=True,
    )


@pytest.fixture
def after(tmp_path: Path, state: Path, now: datetime, grader: Judge) -> Iterator[Afterwards]:
    """The school on its first day."""
    (tmp_path / "schools").mkdir()
    (tmp_path / "key").write_text("k")
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "schools" / "holm-nook.toml").write_text(SCHOOL + PLATFORM)
    (tmp_path / "monitor.toml").write_text(MONITOR.format(state=state))
    clock, web, channel = FixedClock(now), FakeFetcher({}), RecordingChannel()
    store = Store.open(state)
    app = App(
        config=configuration.load(tmp_path / "monitor.toml", environ={}),
        store=store,
        sent_log=SentLog(state / "sent.log"),
        channel=channel,
        fetcher=web,
        parser=InProcess(),
        judge=grader,
        now=clock,
        spread=lambda: 0.0,
    )
    yield Afterwards(app, clock, web, channel, Platform(), Platform())
    store.close()
