"""A whole house to torment: real configuration, jobs, engine and database between an invented web and a mail box.

Only the outermost edge is invented: feeds that list one more post as each five minutes of an own clock pass, a
judge that grades by one word, and a channel that writes down outside the process what it has taken. Every post
carries a token that survives into its mail, by which an oracle knows it again.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import re
import shutil
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from alerts.base import (
    Alert,
    Category,
    Item,
    Message,
    NotificationKind,
    Reason,
    Receipt,
    Recipient,
    Role,
    Severity,
)
from monitor import config as configuration
from monitor.app import App
from monitor.config import Config
from monitor.daemon import Engine
from monitor.grading import Judge
from monitor.jobs import delivering, polling, rounds
from monitor.model import Assessment, DeliveryOutcome, Match, NewNotification, Sentiment
from monitor.store import Store, outbox
from monitor.store.sentlog import SentLog
from sources.base import Entry
from sources.cage import InProcess
from tests.fakes import Call, FakeFetcher, answer

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A school Tuesday in winter: nothing waits for a clock to change or a week to end."""
STEP = timedelta(minutes=5)
"""How far the house's clock moves from one beat to the next; also the interval of its sources."""
SOURCES = 3
LISTED = 40
"""Posts that a feed lists at most, as real ones do."""
SCHOOL = "holm-nook"
MONITOR = """\
state = "state"
schools = ["school.toml"]
threads = 4

[mail]
channel = "smtp"
host = "127.0.0.1"
port = {port}
ca_file = "ca.pem"
from = "Mention monitor <monitor@holmnook.test>"
group_wait = "0s"

[fetch]
min_delay = "0s"
"""
PEOPLE = """\
[school]
name = "Holm Nook Community Primary School"
timezone = "Europe/London"

[[alias]]
kind = "strong"
any = ["holm nook community primary school"]

[[person]]
role = "head"
mail = "head@holmnook.test"

[[person]]
role = "dsl"
mail = "dsl@holmnook.test"

[[person]]
role = "chair"
mail = "chair@holmnook.test"

[[person]]
role = "technician"
mail = "technician@holmnook.test"

[governance]
notice_url = "https://holmnook.test/monitoring"
dpia_date = 2026-11-01
"""
SOURCE = """
[[source]]
name = "place {number}"
kind = "feed"
url = "https://place{number}.test/feed"
every = "5m"
"""
TOKEN = re.compile(r"kq\d{5}x")
AGAIN = re.compile(r"obody has taken|\bReminder: ")
"""What is said again is a mail of its own: the oracle asks who heard of a post first, and how often."""
_GRADES = {"terrible": Severity.CRITICAL, "grave": Severity.HIGH, "middling": Severity.MEDIUM}
_SYLLABLES = ["ba", "do", "fe", "gi", "ku", "lo", "mu", "ne", "pi", "ru", "sa", "to", "ve", "wi", "zo"]


class SharedClock:
    """A clock that outlives the process that moves it."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("q", 0))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=struct.unpack("q", self._memory[:8])[0])

    def __call__(self) -> datetime:
        return START + self.elapsed

    def true_seconds(self) -> float:
        """The same, for a clock that must agree with the sources' intervals."""
        return self.elapsed.total_seconds()

    def steady(self) -> float:
        """The clock that no one sets; slower, so that an upkeep and a minute's worth of mail take two steps."""
        return self.elapsed.total_seconds() / 10

    def advance(self, by: timedelta = STEP) -> None:
        self._memory[:8] = struct.pack("q", int((self.elapsed + by).total_seconds()))


class PlainJudge:
    """Grades by one word, at no cost: what is tormented here is not the judgement."""

    ailment = ""

    def assess(
        self, entry: Entry, window: str, *, source_kind: str = "", match: Match | None = None
    ) -> Assessment:
        severity = next((grade for word, grade in _GRADES.items() if word in window), Severity.NONE)
        return Assessment(
            sentiment=Sentiment(compound=-0.5, label="neg"),
            abuse=0.5,
            severity=severity,
            categories=(Category.THREAT_VIOLENCE,) if severity else (),
            child_or_school_word=True,
        )


@dataclass(frozen=True)
class World:
    """The invented web: ``posts`` terrible posts, one each five minutes, and as many about somebody else."""

    clock: Callable[[], datetime]
    posts: int
    word: str = "terrible"

    def fetcher(self) -> FakeFetcher:
        return FakeFetcher(
            {f"https://place{number}.test/feed": self._page(number) for number in range(SOURCES)}
        )

    def _page(self, number: int) -> Callable[[Call], Any]:
        def listed(call: Call) -> Any:
            published = min(int((self.clock() - START) / STEP) + 1, self.posts)
            mine = [post for post in range(published) if post % SOURCES == number][-LISTED:]
            items = "".join(self._item(post) for post in reversed(mine))
            body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>p</title>{items}</channel></rss>'
            return answer(body, content_type="application/rss+xml")

        return listed

    def _item(self, post: int) -> str:
        about = f"{token(post)} at Holm Nook Community Primary School"
        return (
            f"<item><guid>p{post}</guid><title>{about}</title><link>https://blog.test/{post}</link>"
            f"<description>A {self.word} thing, {token(post)}: {_prose(post)}</description></item>"
            f"<item><guid>o{post}</guid><title>Elsewhere {post}</title><description>{_prose(-post - 1)}</description></item>"
        )


def token(post: int) -> str:
    """By what a post is known again in its mail."""
    return f"kq{post:05}x"


def _prose(seed: int) -> str:
    """Words that no two posts share enough of to be taken for repeats."""
    dice = random.Random(seed)
    return " ".join("".join(dice.choices(_SYLLABLES, k=4)) for _ in range(40))


class HistoryChannel:
    """Takes every message and writes it down where no crash reaches; ``point`` is called before and after."""

    def __init__(self, history: Path, point: Callable[[str], None] = lambda _: None) -> None:
        self._history = history
        self._point = point

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        self._point("before the mail is taken")
        note(self._history, key, to.address, message.subject + message.text)
        self._point("after the mail was taken")
        return Receipt(key=key, code="250")

    def check(self) -> str:
        return "always ready"

    def close(self) -> None:
        """Nothing is held."""


def note(history: Path, key: str, recipient: str, text: str) -> None:
    """Add one line, at once and whole: the oracle's memory."""
    tokens = [] if AGAIN.search(text) else sorted(set(TOKEN.findall(text)))
    said = {"key": key, "to": recipient, "tokens": tokens, "head": text[:60]}
    line = json.dumps(said).encode() + b"\n"
    handle = os.open(history, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class Said:
    """What the history tells: every mail that was taken, in order."""

    lines: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, history: Path) -> Said:
        text = history.read_text() if history.exists() else ""
        return cls(tuple(json.loads(line) for line in text.splitlines()))

    def identities(self) -> dict[tuple[str, str], set[str]]:
        """The Message-IDs under which each recipient heard of each post."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for line in self.lines:
            for each in line["tokens"]:
                found[each, line["to"]].add(line["key"])
        return found

    @property
    def repeats(self) -> int:
        return len(self.lines) - len({(line["key"], line["to"]) for line in self.lines})

    def lost(self, posts: int, readers: tuple[str, ...]) -> list[tuple[int, str]]:
        """Posts of which a reader never heard."""
        heard = self.identities()
        return [(post, to) for post in range(posts) for to in readers if (token(post), to) not in heard]

    def reused(self) -> int:
        """Message-IDs under which one reader got two different mails: a mail program would hide the second."""
        told = {(line["key"], line["to"], tuple(line["tokens"])) for line in self.lines}
        return len(told) - len({(line["key"], line["to"]) for line in self.lines})

    def doubled(self) -> list[tuple[str, str]]:
        """Posts of which a reader heard under more than one identity."""
        return [about for about, keys in self.identities().items() if len(keys) > 1]


READERS = ("head@holmnook.test", "dsl@holmnook.test")
"""Who must hear of a terrible post."""


@dataclass
class House:
    """A folder with everything in it, from which any number of lives can be led."""

    home: Path
    config: Config
    posts: int = 0
    clock: SharedClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = SharedClock(self.home / "clock")

    @property
    def history(self) -> Path:
        return self.home / "history"

    def said(self) -> Said:
        return Said.read(self.history)

    def lay_out(self, empty: Path) -> None:
        """As it was before the first life; ``empty`` is a state folder with empty tables."""
        shutil.rmtree(self.home / "state", ignore_errors=True)
        shutil.copytree(empty, self.home / "state")
        self.history.unlink(missing_ok=True)
        self.clock.advance(-self.clock.elapsed)

    @contextmanager
    def app(self, **parts: Any) -> Iterator[App]:
        """The house, opened; ``parts`` replace what it is made of."""
        clock = parts.pop("now", self.clock)
        world = World(clock=clock, posts=self.posts)
        store = parts.pop("store", None) or Store.open(
            self.config.state, patience=parts.pop("patience", 10.0)
        )
        made: dict[str, Any] = {
            "config": self.config,
            "store": store,
            "sent_log": SentLog(self.config.state / "sent.log"),
            "channel": HistoryChannel(self.history),
            "fetcher": world.fetcher(),
            "parser": InProcess(),
            "judge": cast("Judge", PlainJudge()),
            "now": clock,
            "spread": lambda: 0.5,
            **parts,
        }
        try:
            yield App(**made)
        finally:
            made["channel"].close()
            store.close()


def build(home: Path, *, posts: int = 0, port: int = 2525, school: str = "") -> House:
    """Write the configuration of a house into ``home`` and read it."""
    home.mkdir(parents=True, exist_ok=True)
    sources = "".join(SOURCE.format(number=number) for number in range(SOURCES))
    monitor = MONITOR.replace('state = "state"', f'state = "{home / "state"}"').replace("{port}", str(port))
    (home / "monitor.toml").write_text(monitor)
    (home / "school.toml").write_text((school or PEOPLE) + sources)
    return House(home=home, config=configuration.load(home / "monitor.toml", environ={}), posts=posts)


def beat(engine: Engine) -> None:
    """One beat of the engine, and the work that it handed out."""
    engine.tick()
    finish(engine)


def finish(engine: Engine) -> None:
    """Wait for what the engine has handed out."""
    reading = (engine._reading,) if engine._reading else ()
    for running in (*engine._polling.values(), *engine._mailing.values(), *engine._waking.values(), *reading):
        running.future.result(60)


def fill(
    app: App,
    many: int,
    due: datetime,
    *,
    severity: Severity = Severity.CRITICAL,
    first: int = 0,
    readers: tuple[str, ...] = READERS[:1],
) -> None:
    """Queue so many alerts, each of a story of its own."""
    polling.reconcile(app, app.now())
    recipients = tuple(Recipient(address=reader, roles=(Role.HEAD,)) for reader in readers)
    with app.store.write() as tx:
        for number in range(first, first + many):
            item = Item(
                mention=f"M{number}", source="place 0", title=token(number), excerpt="", url="", seen_at=due
            )
            payload = Alert(
                school="Holm Nook Community Primary School",
                short="Holm Nook",
                severity=severity,
                category=Category.THREAT_VIOLENCE,
                categories=(Category.THREAT_VIOLENCE,),
                reason=Reason.FIRST,
                items=(item,),
                count=1,
                grounds=(),
            )
            new = NewNotification(
                school=next(iter(app.config.schools)),
                incident=None,
                kind=NotificationKind.ALERT,
                reason=Reason.FIRST,
                severity=severity,
                payload=payload,
                recipients=recipients,
                not_before=due,
            )
            outbox.add(tx, new, f"story-{number}", due)


def deliver(app: App) -> list[DeliveryOutcome]:
    """Send what is due."""
    return delivering.deliver_all(app, app.now())


def round_of(app: App) -> rounds.Round:
    """One round of everything that is due."""
    return rounds.run_round(app, tell=lambda _: None)
