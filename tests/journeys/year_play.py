"""Lives through a school year in a minute: the real engine, jobs and database under a clock that jumps from one due moment to the next."""

from __future__ import annotations

import json
import random
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self, cast

from sqlalchemy import select

from alerts.base import Category, Severity
from monitor import config as configuration
from monitor.app import App
from monitor.config import Config
from monitor.daemon import Engine
from monitor.grading import Judge
from monitor.jobs import acting, polling, upkeep
from monitor.jobs.acting import Actor
from monitor.model import Assessment, Match, Sentiment
from monitor.store import Store
from monitor.store.sentlog import SentLog
from monitor.store.tables import delivery, mention, notification
from sources.base import Entry
from sources.cage import InProcess
from tests.fakes import Call, FakeFetcher, FixedClock, RecordingChannel, answer
from tests.journeys.year_policy import MINUTE, Act, Figures, Post, Said, Story, expected, local, london, wall
from tests.journeys.year_script import OFF, POSTS, RESTARTS
from tests.torture import house
from tests.torture.mutants import patched

BEGIN, END = london("2026-09-01 00:00"), london("2027-09-01 00:00")
WAIT = timedelta(minutes=5)
LOOKS = timedelta(hours=6)
MONITOR = """
state = "{state}"
schools = ["school.toml"]
[mail]
channel = "maildir"
from = "Mention monitor <alerts@school.test>"
[fetch]
allow_private = ["press.test:80", "page.test:80"]
"""
SCHOOL = """
[school]
name = "Holm Nook Community Primary School"
[[alias]]
kind = "strong"
any = ["holm nook community primary school"]
[[alias]]
kind = "weak"
any = ["holm nook"]
[routing]
out_of_hours = {{ name = "Duty Officer", mail = "night@council.test" }}
[calendar]
terms = [
  [2026-09-02, 2026-10-23], [2026-11-02, 2026-12-18], [2027-01-05, 2027-02-12], [2027-02-22, 2027-03-25],
  [2027-04-12, 2027-05-28], [2027-06-07, 2027-07-16],
]
{people}
[[source]]
name = "press"
kind = "feed"
url = "http://press.test/feed"
every = "6h"
[[source]]
name = "page"
kind = "feed"
url = "http://page.test/feed"
every = "6h"
own_account = true
"""
PEOPLE = {
    "head": "head", "dsl": "dsl", "ddsl": "deputy_dsl", "deputy": "deputy_head", "chair": "chair",
    "office": "office", "senco": "senco", "tech": "technician",
}  # fmt: skip
_TOKEN = re.compile(r"post(\d+)x")
_NUMBER = {post.name: number for number, post in enumerate(POSTS)}


def words(post: Post) -> str:
    """What a post says: words that no two posts share."""
    number = _NUMBER[post.name]
    dice = random.Random(number)
    noise = " ".join("".join(dice.choices(string.ascii_lowercase, k=7)) for _ in range(9))
    place = "At Holm Nook Community Primary School" if post.certain else "At Holm Nook"
    return f"{place} post{number}x {noise}{' it was the headteacher' * post.about_head}"


class ScriptedJudge:
    """Grades as the script says: what is tried here is the calendar."""

    ailment = ""

    def assess(
        self, entry: Entry, window: str, *, source_kind: str = "", match: Match | None = None
    ) -> Assessment:
        post = _named(window)
        return Assessment(
            sentiment=Sentiment(compound=0.0, label="neu"),
            abuse=0.1,
            severity=Severity(post.grade),
            categories=(Category(post.topic),) if post.grade else (),
            needs_response=post.own,
            child_or_school_word=True,
        )


def _named(text: str) -> Post:
    found = _TOKEN.search(text)
    assert found, text
    return POSTS[int(found[1])]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A digest as it went out, with its figures in the shape of the policy's."""

    at: datetime
    to: str
    first: date
    last: date
    before: tuple[int, ...]
    usual: tuple[float, ...]
    blind: tuple[str, ...]
    figures: Figures


def _page(row: Any, at: datetime, names: Mapping[str, str]) -> Page:
    told = row.payload
    counts = sorted(told["counts"], key=lambda count: count["severity"])
    return Page(
        at=at,
        to=row.recipient.partition("@")[0],
        first=date.fromisoformat(told["start"]),
        last=date.fromisoformat(told["end"]),
        before=tuple(count["last"] for count in counts),
        usual=tuple(count["mean"] for count in counts),
        blind=tuple(sorted(spell["source"] for spell in told["blind"])),
        figures=Figures(
            counts=tuple(count["this"] for count in counts),
            open=frozenset(names[story["ref"]] for story in told["open"]),
            owed=told["answers_owed"],
            in_time=told["answered_in_time"],
        ),
    )


class _Quiet(Engine):
    """Tells systemd nothing: that costs a fifth of the time, and is tried elsewhere."""

    def _report_progress(self) -> None:
        pass


@dataclass
class Year:
    """A house that lives through the year, and what came of it."""

    home: Path
    begin: datetime = BEGIN
    end: datetime = END
    clock: FixedClock = field(init=False)
    channel: RecordingChannel = field(default_factory=RecordingChannel)
    said: list[Said] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    nights: list[datetime] = field(default_factory=list)
    """When the night's work was done."""
    steps: int = 0
    asked: dict[str, list[datetime]] = field(default_factory=lambda: {"press": [], "page": []})

    def __post_init__(self) -> None:
        self.clock = FixedClock(self.begin)
        self.posts = [post for post in POSTS if self.begin <= post.opened < self.end]
        self.stories = [Story(post, OFF, WAIT) for post in self.posts if post.opens]
        self.expected = expected(self.posts, self.stories, OFF, (self.begin, self.end))
        people = "".join(
            f'[[person]]\nrole = "{role}"\nmail = "{name}@school.test"\n' for name, role in PEOPLE.items()
        )
        (self.home / "school.toml").write_text(SCHOOL.format(people=people))
        (self.home / "monitor.toml").write_text(MONITOR.format(state=self.home / "state"))
        self.config: Config = configuration.load(self.home / "monitor.toml", environ={})
        self._web = FakeFetcher({f"http://{place}.test/feed": self._listing(place) for place in self.asked})
        self._switch_on()

    def live(self) -> Self:
        """Go from moment to moment; posts appear, people act, the engine works until nothing is due."""
        with patched((upkeep, "backup", lambda store, folder, now: self.nights.append(now))):
            self._live()
        return self

    def wrong(self) -> list[str]:
        """What was not said, and what was said twice or unasked; empty if all is well."""
        wanted, said = Counter(self.expected), Counter(self.said)
        return [
            f"{word}: {local(one.at)} {one.kind} {one.voice} to {one.to} about {', '.join(one.about)}"
            for word, many in (("missing", wanted - said), ("unexpected", said - wanted))
            for one in sorted(many.elements())
        ]

    def _live(self) -> None:
        todo: dict[datetime, list[tuple[Post, Act | None]]] = {}
        for post in self.posts:
            todo.setdefault(post.opened, []).append((post, None))
            for act in post.acts:
                todo.setdefault(london(act.at), []).append((post, act))
        restarts = {london(at) for at in RESTARTS} | {OFF.until}
        for now in sorted({*self._moments(), *todo, *restarts}):
            if not self.begin <= now < self.end or OFF.since < now < OFF.until:
                continue
            self.clock.now = now
            if now in restarts:
                self.close()
                self._switch_on()
            for post, done in todo.get(now, ()):
                if done is None:
                    self._look("page" if post.own else "press")
                else:
                    self._act(post, done)
            self._work()
        self.close()

    def _moments(self) -> set[datetime]:
        """When to look: three times a day, at each minute at which something is to be said, and the one before it.

        And every ten minutes of the nights in which the clocks change.
        """
        found = {at for one in self.expected for at in (one.at, one.at - MINUTE)}
        day = local(self.begin).date()
        while day <= local(self.end).date():
            found |= {wall(day, hour, minute) for hour, minute in ((3, 10), (7, 30), (15, 30))}
            day += timedelta(days=1)
        for night in ("2026-10-24 23:00", "2027-03-27 23:00"):
            found |= {london(night) + MINUTE * 10 * number for number in range(30)}
        return found

    def close(self) -> None:
        """The program ends."""
        self.engine._pollers.shutdown()
        self.engine._mailers.shutdown()
        self.engine._wakers.shutdown()
        self.engine._reader.shutdown()
        self.app.store.close()

    def _switch_on(self) -> None:
        state = self.home / "state"
        store = Store.open(state)
        self.app = App(
            config=self.config,
            store=store,
            sent_log=SentLog(state / "sent.log"),
            channel=self.channel,
            fetcher=self._web,
            parser=InProcess(),
            judge=cast("Judge", ScriptedJudge()),
            now=self.clock,
            spread=lambda: 0.0,
        )
        self.engine = _Quiet(self.app, monotonic=self._steady)
        self.engine._start()

    def _steady(self) -> float:
        return (self.clock() - self.begin).total_seconds()

    def _work(self) -> None:
        for _ in range(40):
            self.steps += 1
            house.beat(self.engine)
            if not self._is_due():
                break
        self._note()

    def _is_due(self) -> bool:
        waiting = select(delivery.c.id).where(
            delivery.c.state == "pending", delivery.c.next_attempt_at <= self.clock()
        )
        with self.app.store.read() as tx:
            return tx.connection.execute(waiting.limit(1)).first() is not None

    def _note(self) -> None:
        """Read from the outbox what has just gone out, before it is purged."""
        if len(self.channel.sent) == len(self.said):
            return
        statement = (
            select(delivery.c.recipient, notification)
            .join(notification, notification.c.id == delivery.c.notification_id)
            .where(delivery.c.state == "sent", delivery.c.settled_at == self.clock())
        )
        with self.app.store.read() as tx:
            rows = tx.connection.execute(statement.order_by(delivery.c.id)).all()
            told = tx.connection.execute(
                select(mention.c.id, mention.c.incident_id, mention.c.title, mention.c.text)
            ).all()
        names = {f"M{row.id}": _named(row.text).name for row in told if row.text}
        names |= {
            f"R{row.incident_id}": _named(row.text).name for row in told if row.incident_id and row.text
        }
        for row in rows:
            self.said.append(self._said(row, names))
            if row.kind == "digest":
                self.pages.append(_page(row, self.clock(), names))

    def _said(self, row: Any, names: Mapping[str, str]) -> Said:
        payload = row.payload if isinstance(row.payload, dict) else json.loads(row.payload)
        kind = "governors" if payload.get("governors") else row.kind
        to = row.recipient.partition("@")[0]
        if kind == "bundle":
            refs = [line["ref"] for line in payload["items"]] + [
                one["mention"] for one in payload["possible"]
            ]
        elif payload.get("lines"):
            refs = [line["ref"] for line in payload["lines"]]
        else:
            refs = [f"R{row.incident_id}"] if row.incident_id else []
        return Said(
            self.clock(), kind, to, payload.get("voice", ""), tuple(sorted(names[ref] for ref in refs))
        )

    def _act(self, post: Post, act: Act) -> None:
        how: dict[str, str] = {}
        if act.verb == "close":
            how = {"outcome": "answered", "note": ""}
        elif act.verb == "later":
            how = {"until": act.until.replace(" ", "T")}
        elif act.verb == "regrade":
            how = {"severity": Severity(act.to).word}
        with self.app.store.write() as tx:
            text = mention.c.text.contains(f"post{_NUMBER[post.name]}x ")
            number = tx.connection.execute(select(mention.c.incident_id).where(text)).scalar()
            assert number, f"nothing is known of {post.name!r}"
            by = Actor(by=PEOPLE[act.by], via="test")
            acting.act(self.config, tx, number, cast("Any", act.verb), by, self.clock(), **how)

    def _look(self, place: str) -> None:
        self.engine._write_unchanged()  # what the last beat found has to be settled first
        task = next(task for task in polling.active(self.app) if task.name == place)
        polling.guarded_poll(self.app, task, self.clock())

    def _listing(self, place: str) -> Callable[[Call], Any]:
        """What a place lists: its latest posts; nothing new, if there are none since it was asked last."""
        own = [post for post in self.posts if (post.own if place == "page" else not post.own)]

        def listed(call: Call) -> Any:
            asked = self.asked[place]
            shown = sorted(
                (post for post in own if post.opened <= self.clock()), key=lambda post: post.opened
            )
            last = asked[-1] if asked else datetime.min.replace(tzinfo=UTC)
            asked.append(self.clock())
            if len(asked) > 1 and not any(post.opened > last for post in shown):
                return answer(b"", 304)
            return answer(_feed(place, shown[-12:]), content_type="application/rss+xml")

        return listed


def _feed(place: str, posts: Iterable[Post]) -> str:
    items = "".join(
        f"<item><guid isPermaLink='false'>{place}-{_NUMBER[post.name]}</guid>"
        f"<link>http://{place}.test/{_NUMBER[post.name]}</link>"
        f"<pubDate>{london(post.written or post.seen):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
        f"<description>{words(post)}</description></item>"
        for post in posts
    )
    return f"<rss version='2.0'><channel><title>{place}</title>{items}</channel></rss>"
