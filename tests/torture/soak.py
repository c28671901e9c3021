"""Lets the house watch many places for days, and asks how soon a post was mailed, what it cost, and what it left behind.

Another trial puts places behind servers that want to be left alone, in every way in which servers say so.
"""

from __future__ import annotations

import resource
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select

from alerts.base import Message, Receipt, Recipient
from monitor.daemon import TICK_SECONDS, Engine
from monitor.grading import Judge, judge
from monitor.model import Assessment
from monitor.store.tables import poll
from sources.base import Entry
from tests.fakes import Call, FakeFetcher, answer
from tests.torture import house
from tests.torture.flood import _words
from tests.torture.house import START, STEP

PROMPT = STEP * 1.1 + timedelta(seconds=60)
"""A post is mailed within an interval of its source, with the spread that keeps sources apart, and a minute."""
POST_EVERY = timedelta(minutes=37)
_TICK = timedelta(seconds=30)
_IDLE_TICKS = 200
_DAY = timedelta(days=1)


@dataclass
class Soak:
    """What it came to."""

    polls: int = 0
    posts: int = 0
    late: int = 0
    """Posts that were mailed later than promised, or never; one in a hundred may be."""
    rows: int = 0
    """Rows of history beyond one for each poll that brought something, and the first of each source."""
    requests: int = 0
    """Requests beyond one for each source and interval."""
    megabytes: int = 0
    grown_megabytes: float = 0.0
    """By how much the database grew, once it had its first posts."""
    cpu_percent: float = 0.0

    @property
    def wrong(self) -> int:
        return self.late + self.rows + self.requests


@dataclass
class _Mailbox:
    now: Callable[[], datetime]
    told: dict[int, datetime] = field(default_factory=dict)

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        for each in house.TOKEN.findall(message.text):
            self.told.setdefault(int(each[2:-1]), self.now())
        return Receipt(key=key, code="250")

    def check(self) -> str:
        return "ready"

    def close(self) -> None:
        """Nothing is held."""


class _Honest(house.PlainJudge):
    """Grades by one word, but at the full cost of judging."""

    def __init__(self) -> None:
        self._real = judge()

    def assess(self, entry: Entry, window: str, **how: Any) -> Assessment:
        self._real.assess(entry, window, **how)
        return super().assess(entry, window, **how)


def run(home: Path, *, sources: int, items: int, lasts: timedelta, full: bool) -> Soak:
    """Watch so many feeds with so many items each for so long."""
    place = house.build(home, school=_school(sources))
    now, found = [START], Soak()
    web = FakeFetcher(
        {
            f"https://place{number}.test/feed": _feed(number, sources, items, lambda: now[0])
            for number in range(sources)
        }
    )
    mailbox = _Mailbox(lambda: now[0])
    grader = cast("Judge", _Honest() if full else house.PlainJudge())
    with place.app(channel=mailbox, now=lambda: now[0], fetcher=web, judge=grader) as app:

        def steady() -> float:
            return now[0].timestamp()

        engine = Engine(app, monotonic=steady)
        engine._start()
        small, spent = 0.0, time.process_time()
        while now[0] < START + lasts:
            house.beat(engine)
            now[0] += _TICK
            if not small and now[0] >= START + lasts / 7:
                small = _megabytes(place)
        spent = time.process_time() - spent
        found.grown_megabytes = _megabytes(place) - small
        found.cpu_percent = 100 * (spent / lasts.total_seconds() + _tick_cost(engine) / TICK_SECONDS)
        with app.store.read() as tx:
            history = tx.connection.execute(select(func.count()).select_from(poll)).scalar_one()
    found.posts = int((lasts - PROMPT) / POST_EVERY)
    late = sum(
        mailbox.told.get(post, now[0]) - _published(post) > PROMPT for post in range(1, found.posts + 1)
    )
    found.late = max(late - found.posts // 100, 0)
    found.polls = len(web.calls)
    found.rows = max(history - sources - int(lasts / POST_EVERY) - 1, 0)
    found.requests = max(len(web.calls) - sources * (int(lasts / STEP) + 1), 0)
    found.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return found


def _school(sources: int) -> str:
    more = (house.SOURCE.format(number=number) for number in range(house.SOURCES, sources))
    return house.PEOPLE + "".join(more)


def _published(post: int) -> datetime:
    return START + post * POST_EVERY


def _feed(number: int, sources: int, items: int, now: Callable[[], datetime]) -> Callable[[Call], Any]:
    """Old posts about others, and in one of the feeds in turn a new one about the school."""
    old = "".join(
        f"<item><guid>o{number}-{each}</guid><description>{_words(number * 1000 + each)}</description></item>"
        for each in range(items)
    )

    def listed(call: Call) -> Any:
        mine = range(1, int((now() - START) / POST_EVERY) + 1)
        new = "".join(_post(post) for post in reversed(mine[-40 * sources :]) if post % sources == number)
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>p</title>{new}{old}</channel></rss>'
        return answer(body, content_type="application/rss+xml")

    return listed


def _post(post: int) -> str:
    said = f"{house.token(post)}, a terrible thing at Holm Nook Community Primary School: {_words(-post - 10**6)}"
    return f"<item><guid>p{post}</guid><link>https://blog.test/{post}</link><description>{said}</description></item>"


def _megabytes(place: house.House) -> float:
    return sum(path.stat().st_size for path in place.config.state.glob("monitor.db")) / 2**20


def _tick_cost(engine: Engine) -> float:
    """Seconds of a tick with nothing to do."""
    start = time.process_time()
    for _ in range(_IDLE_TICKS):
        engine.tick()
    return (time.process_time() - start) / _IDLE_TICKS


WISHES: dict[str, timedelta] = {
    "120": timedelta(minutes=2),
    "7200": timedelta(hours=2),
    "Tue, 24 Nov 2026 13:00:00 GMT": timedelta(hours=3),
    "-5": timedelta(),
    "1000000000": _DAY,
    "soon": timedelta(),
    "": timedelta(),
}
"""What a server says, and how long from the start it means to be left alone: never more than a day."""

_CLOSELY = timedelta(hours=4)
"""For so long each half interval is lived through: until all wishes but the longest have passed."""


@dataclass
class Left:
    """What became of the servers' wishes."""

    early: int = 0
    """Requests before the server wanted another, or within an interval of the last."""
    given_up: int = 0
    """Servers that were not asked again within a day of their wish."""
    requests: int = 0

    @property
    def wrong(self) -> int:
        return self.early + self.given_up


def throttled(home: Path, *, status: int = 429, lasts: timedelta = timedelta(hours=26)) -> Left:
    """Ask servers that want to be left alone; the wish is the same at each request."""
    place = house.build(home, school=_school(len(WISHES)))
    now, asked = [START], defaultdict[int, list[datetime]](list)

    def server(number: int, wish: str) -> Callable[[Call], Any]:
        def refuse(call: Call) -> Any:
            asked[number].append(now[0])
            return answer(b"", status, headers={"retry-after": wish} if wish else {})

        return refuse

    web = FakeFetcher(
        {f"https://place{number}.test/feed": server(number, wish) for number, wish in enumerate(WISHES)}
    )
    with place.app(now=lambda: now[0], fetcher=web) as app:

        def steady() -> float:
            return now[0].timestamp()

        engine = Engine(app, monotonic=steady)
        engine._start()
        while now[0] < START + lasts:
            house.beat(engine)
            now[0] += STEP / 2 if now[0] < START + _CLOSELY else STEP * 3
    found = Left(requests=sum(map(len, asked.values())))
    for number, (wish, wait) in enumerate(WISHES.items()):
        times = asked[number]
        first = [START + wait] if not wish[:1].isdigit() else [at + wait for at in times]
        found.early += sum(later - earlier < STEP for earlier, later in pairwise(times))
        found.early += sum(at < until for at, until in zip(times[1:], first, strict=False))
        found.given_up += not any(at > START + wait for at in times[1:])
    return found
