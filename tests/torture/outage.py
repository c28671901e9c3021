"""Fourteen days without a mail server, thousands of alerts waiting, and what comes out when it is back."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from alerts.base import Message, Receipt, Recipient, Severity
from alerts.errors import Deferred
from monitor.app import App
from monitor.daemon import Engine
from monitor.jobs import reporting
from monitor.store import health as vitals
from tests.torture import house
from tests.torture.house import START

DAYS = 14
ALLOWED = 20
"""Mails beyond the critical ones that a return may bring: more are a flood."""
URGENT_PART = 25
"""One alert of so many is critical."""
_GRADES = (Severity.LOW, Severity.MEDIUM, Severity.HIGH)
_MOST_BEATS = 1500
_MINUTE = timedelta(minutes=1)


@dataclass
class Down:
    """A channel whose server is away until it is told otherwise; it notes when what went out."""

    now: Callable[[], datetime]
    works: bool = False
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        if not self.works:
            raise Deferred("the mail server cannot be reached")
        self.sent.append((self.now(), message.subject, message.text))
        return Receipt(key=key, code="250")

    def check(self) -> str:
        return "ready"

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Outage:
    """What became of the alerts."""

    alerts: int
    urgent: int
    lost: int = 0
    mails: int = 0
    catch_ups: int = 0
    urgent_after_others: int = 0
    """Critical alerts that went out after one that was not."""
    most_in_a_minute: int = 0
    minutes_until_told: int = -1
    """From the first mail that could not go out until health says so."""
    unmarked: int = 0
    """Mails that do not say how long they waited."""
    megabytes: int = 0


def run(home: Path, alerts: int) -> Outage:
    """Live through it on a clock of its own."""
    place = house.build(home)
    now = [START]
    channel = Down(lambda: now[0])
    urgent = alerts // URGENT_PART
    found = Outage(alerts=alerts, urgent=urgent)
    with place.app(channel=channel, now=lambda: now[0]) as app:

        def steady() -> float:
            return now[0].timestamp()

        engine = Engine(app, monotonic=steady)
        engine._start()
        _queue(app, alerts - urgent, urgent)
        found.minutes_until_told = _minutes_until_told(app, engine, now)
        while now[0] < START + timedelta(days=DAYS):
            house.beat(engine)
            now[0] += timedelta(hours=1)
        channel.works = True
        _send_all(app, engine, now)
    _count(found, channel)
    found.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return found


def _queue(app: App, others: int, urgent: int) -> None:
    for number, grade in enumerate(_GRADES):
        share = range(number, others, len(_GRADES))
        house.fill(app, len(share), START, severity=grade, first=number * 20_000)
    house.fill(app, urgent, START, first=60_000)


def _minutes_until_told(app: App, engine: Engine, now: list[datetime]) -> int:
    for minutes in range(120):
        house.beat(engine)
        waits = any("Mail has been waiting" in each.what for each in reporting.current_ailments(app, now[0]))
        if waits and reporting.status_line(app, now[0]).startswith("MAIL WAITS"):
            return minutes
        now[0] += _MINUTE
    return 120


def _send_all(app: App, engine: Engine, now: list[datetime]) -> None:
    for _ in range(_MOST_BEATS):
        house.beat(engine)
        now[0] += timedelta(seconds=5)
        with app.store.read() as tx:
            if vitals.facts(tx, now[0]).pending == 0:
                return


def _count(found: Outage, channel: Down) -> None:
    alerts = [one for one in channel.sent if house.TOKEN.search(one[2])]
    critical = [one[1].startswith("URGENT") for one in alerts]

    catch_ups = [text for _, _, text in alerts if "alerts waited" in text]
    folded = sum(int(text.partition(" alerts waited")[0].rpartition(" ")[2]) for text in catch_ups)
    singles = {
        each for _, _, text in alerts if "alerts waited" not in text for each in house.TOKEN.findall(text)
    }
    found.lost = found.alerts - len(singles) - folded
    found.mails, found.catch_ups = len(alerts), len(catch_ups)
    last_urgent = max((place for place, grave in enumerate(critical) if grave), default=0)
    found.urgent_after_others = critical[:last_urgent].count(False)
    found.most_in_a_minute = max(
        Counter(
            sum(1 for other, _, _ in channel.sent if at <= other < at + _MINUTE) for at, _, _ in channel.sent
        ),
        default=0,
    )
    found.unmarked = sum("waited" not in text for _, _, text in alerts)
