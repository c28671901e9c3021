"""A whole house with a fake web and a recording mailbox: everything between is real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor import config as configuration
from monitor.app import App
from monitor.grading import Judge, judge
from monitor.jobs import delivering, polling, rounds
from monitor.model import DeliveryOutcome, PollOutcome
from monitor.store import Store
from monitor.store.sentlog import SentLog
from sources.cage import InProcess
from tests.fakes import FakeFetcher, FixedClock, RecordingChannel

MONITOR = """
state = "{state}"
schools = ["schools/holm-nook.toml"]
[mail]
channel = "maildir"
from = "Mention monitor <alerts@school.test>"
group_wait = "0s"
[fetch]
allow_private = ["press.test:80", "blog.test:80"]
min_delay = "0s"
"""
SCHOOL = """
[school]
name = "Holm Nook Community Primary School"
locality = ["Ribbleton", "Preston"]
[[alias]]
kind = "strong"
any = ["holm nook community primary school", "holm nook primary"]
[[alias]]
kind = "weak"
any = ["holm nook"]
[[source]]
name = "press"
kind = "feed"
url = "http://press.test/feed"
[[source]]
name = "blog"
kind = "feed"
url = "http://blog.test/feed"
[[person]]
role = "head"
mail = "head@school.test"
[[person]]
roles = ["dsl", "deputy_head"]
mail = "dsl@school.test"
[[person]]
roles = ["office", "technician"]
mail = "office@school.test"
[[person]]
role = "chair"
mail = "chair@school.test"
"""
THREAT = "If that year 4 teacher at Holm Nook Primary keeps my lad in I will come down there and smash his face in."
INSULT = "Mrs Nobody who teaches year 4 at Holm Nook Primary School is a useless stuck-up cow and everyone knows it."
THANKS = "Thank you to everyone at Holm Nook Primary for a lovely sports day."
ELSEWHERE = "Fly-tipping again on the Holm Nook estate, says the city council."


@pytest.fixture(scope="session")
def grader() -> Judge:
    """Built once: it reads its rules and weights."""
    return judge()


@dataclass
class Play:
    """A house, and what a test does to it."""

    app: App
    web: FakeFetcher
    clock: FixedClock
    channel: RecordingChannel

    def publish(self, place: str, *posts: tuple[str, str], at: datetime | None = None) -> None:
        """Put posts (guid, text) into the feed of ``press`` or ``blog``."""
        stamp = (at or self.clock() - timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        items = "".join(
            f"<item><guid isPermaLink='false'>{guid}</guid><link>http://{place}.test/{guid}</link>"
            f"<pubDate>{stamp}</pubDate><description>{text}</description></item>"
            for guid, text in posts
        )
        feed = f"<rss version='2.0'><channel><title>{place}</title>{items}</channel></rss>"
        self.answer(place, feed.encode())

    def answer(self, place: str, body: bytes | Exception, status: int = 200) -> None:
        """Let a place answer something else from now on."""
        from tests.fakes import answer

        told = (
            body
            if isinstance(body, Exception)
            else answer(body, status, headers={"content-type": "application/rss+xml"})
        )
        self.web.web[f"http://{place}.test/feed"] = [told]

    def round(self, *, everything: bool = True) -> rounds.Round:
        """One round of everything, in a few threads, as ``run --once --all`` does it."""
        told: list[PollOutcome | DeliveryOutcome] = []
        return rounds.run_round(self.app, everything=everything, tell=told.append)

    def poll(self) -> dict[str, PollOutcome]:
        """Poll every source, deliver nothing."""
        polling.reconcile(self.app, self.clock())
        tasks = polling.active(self.app)
        return {task.name: polling.guarded_poll(self.app, task, self.clock()) for task in tasks}

    def deliver(self) -> list[DeliveryOutcome]:
        """Deliver everything that waits."""
        return delivering.deliver_all(self.app, self.clock(), everything=True)

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """Recipient and subject of every mail so far."""
        return [(sent.to.address.partition("@")[0], sent.message.subject) for sent in self.channel.sent]


@pytest.fixture
def play(tmp_path: Path, state: Path, now: datetime, grader: Judge) -> Iterator[Play]:
    """A house with two empty feeds and one school."""
    (tmp_path / "schools").mkdir()
    (tmp_path / "schools" / "holm-nook.toml").write_text(SCHOOL)
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
    made = Play(app, web, clock, channel)
    made.publish("press")
    made.publish("blog")
    yield made
    store.close()
