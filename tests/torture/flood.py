"""Lets thousands of posts about the school appear within an hour, and asks who could still read their mail.

Each post opens a story of its own: no text repeats another. A few polls after the flood began, one critical post
about something else appears in the very same place, and one about the same in another.
"""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select

from alerts.base import Category, Message, Receipt, Recipient, Severity
from monitor.daemon import Engine
from monitor.grading import Judge
from monitor.model import Assessment, Match
from monitor.store.tables import incident, mention
from sources.base import Entry
from tests.fakes import Call, FakeFetcher, answer
from tests.torture import house
from tests.torture.house import SOURCES, START, STEP

WAVES = 10
"""Polls over which the flood arrives: fifty minutes."""
OTHER_AT = 4
"""The wave with which the other two posts appear."""
MOST = 4
"""Mails that one person gets from a flood in an hour."""
SOON = timedelta(minutes=5)
"""A critical story is mailed within this time of being read."""
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(minutes=58)
"""A mail goes out up to a minute after it is due."""
_CLOSELY, _MINUTES = 60, 150
"""While the flood comes in the engine beats as often as it polls; and until everything that had to wait has been told."""
_OTHERS = ("something else", "another place")
"""Words of the two other posts; their number is that of their source."""
_STORIES = re.compile(r"(\d+) stories at once")


@dataclass
class Flood:
    """What became of it."""

    posts: int
    most_in_an_hour: int = 0
    """Mails about the flood that one reader got."""
    hidden: int = 0
    """Of the two other posts, those that were not mailed to every reader in time."""
    untold: int = 0
    """Stories that no mail counts, or that are counted twice, for the reader where it is worst."""
    missing: int = 0
    """Posts that are not in the database."""
    mails: int = 0

    @property
    def wrong(self) -> int:
        return max(self.most_in_an_hour - MOST, 0) + self.hidden + self.untold + self.missing


class _Judge(house.PlainJudge):
    """Grades everything as critical; what is about something else has another category."""

    def assess(
        self, entry: Entry, window: str, *, source_kind: str = "", match: Match | None = None
    ) -> Assessment:
        other = "something else" in window
        category = Category.PRIVACY_DATA_BREACH if other else Category.THREAT_VIOLENCE
        judged = super().assess(entry, window, source_kind=source_kind, match=match)
        return Assessment(
            sentiment=judged.sentiment,
            abuse=judged.abuse,
            severity=Severity.CRITICAL,
            categories=(category,),
            child_or_school_word=True,
        )


@dataclass
class _Mailbox:
    """Keeps time, reader and words of every mail."""

    now: Callable[[], datetime]
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        if not house.AGAIN.search(message.text):  # a reminder is no flood
            self.sent.append((self.now(), to.address, f"{message.subject}\n{message.text}"))
        return Receipt(key=key, code="250")

    def check(self) -> str:
        return "ready"

    def close(self) -> None:
        """Nothing is held."""


def run(home: Path, posts: int) -> Flood:
    """Live through it on a clock of its own."""
    place = house.build(home)
    now = [START]
    mailbox, found = _Mailbox(lambda: now[0]), Flood(posts=posts)
    web = FakeFetcher(
        {
            f"https://place{number}.test/feed": _feed(number, posts, lambda: now[0])
            for number in range(SOURCES)
        }
    )
    with place.app(channel=mailbox, now=lambda: now[0], fetcher=web, judge=cast("Judge", _Judge())) as app:

        def steady() -> float:
            return now[0].timestamp()

        engine = Engine(app, monotonic=steady)
        engine._start()
        for minute in range(_MINUTES):
            beats = 4 if minute < _CLOSELY else 1
            for _ in range(beats):
                house.beat(engine)
                now[0] += _MINUTE / beats
        with app.store.read() as tx:
            stored = tx.connection.execute(select(func.count()).select_from(mention)).scalar_one()
            stories = tx.connection.execute(select(func.count()).select_from(incident)).scalar_one()
    found.missing = posts + len(_OTHERS) - stored
    _count(found, mailbox, stories)
    return found


def _feed(number: int, posts: int, now: Callable[[], datetime]) -> Callable[[Call], Any]:
    def listed(call: Call) -> Any:
        wave = (
            int((now() - START) / STEP) - 1
        )  # at the first look there is nothing: what is there then is old
        flooded = not number and 0 <= wave < WAVES
        mine = range(posts * wave // WAVES, posts * (wave + 1) // WAVES) if flooded else ()
        items = [_item(f"{house.token(post)} {_words(post)}", post) for post in mine]
        if wave >= OTHER_AT and number < len(_OTHERS):
            name = _OTHERS[number]
            items.insert(0, _item(f"{name} {_words(posts + number)}", posts + number))
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>p</title>{"".join(items)}</channel></rss>'
        return answer(body, content_type="application/rss+xml")

    return listed


def _words(seed: int) -> str:
    """Words that no two posts share."""
    dice = random.Random(seed)
    return " ".join("".join(dice.choices(string.ascii_lowercase, k=7)) for _ in range(12))


def _item(words: str, post: int) -> str:
    return (
        f"<item><guid>p{post}</guid><link>https://blog.test/{post}</link>"
        f"<description>At Holm Nook Community Primary School: {words}</description></item>"
    )


def _count(found: Flood, mailbox: _Mailbox, stories: int) -> None:
    readers = {to for _, to, _ in mailbox.sent if to in house.READERS}
    others = [mail for mail in mailbox.sent if any(name in mail[2] for name in _OTHERS)]
    flood = [mail for mail in mailbox.sent if mail not in others and mail[1] in readers]
    appeared = START + (OTHER_AT + 1) * STEP
    in_time = {
        (name, to)
        for at, to, text in others
        for name in _OTHERS
        if name in text and at <= appeared + STEP * 2 + SOON and not _STORIES.search(text)
    }
    found.mails = len(mailbox.sent)
    found.most_in_an_hour = max(
        sum(to == reader and at <= when < at + _HOUR for when, to, _ in flood) for at, reader, _ in flood
    )
    found.hidden = len(_OTHERS) * len(house.READERS) - len(in_time)
    told = Counter[str]()
    for _, to, text in (*flood, *others):
        named = _STORIES.search(text)
        told[to] += int(named[1]) if named else 1
    found.untold = max(abs(stories - told[to]) for to in house.READERS)
