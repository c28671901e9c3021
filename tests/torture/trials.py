"""The trials by name: what each does in its short and in its full form, and the figures that it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from tests.torture import answers, clocks, faults, flood, full_disk, kills, outage, restore, rivals, soak
from tests.torture.ledger import Figure
from tests.torture.mutants import BREAKS, DISK_BREAKS, FLOOD_BREAKS, LOCK_BREAKS, RIVAL_BREAKS

Trial: TypeAlias = Callable[..., Iterator[Figure]]

KILLS, FEW_KILLS = 2000, 40
FEW_BREAKS = ("a new name for every try",)
DEATHS_OF_A_BREAK = 25
"""Enough to find each of the deliberate breaks."""


def killed(home: Path, *, full: bool) -> Iterator[Figure]:
    """SIGKILL, again and again."""
    toll = kills.run(home, KILLS if full else FEW_KILLS, smtp=full)
    yield Figure(section="lost", what="SIGKILLs between poll, store, send and settle", value=toll.deaths)
    for point, many in sorted(toll.by_point.items()):
        yield Figure(section="lost", what=f"… of these {point}", value=many)
    yield Figure(section="lost", what="mails taken by the channel or a real SMTP server", value=toll.mails)
    yield Figure(section="lost", what="alerts lost", value=toll.lost, limit=0)
    yield Figure(section="lost", what="alerts under two identities", value=toll.doubled, limit=0)
    yield Figure(
        section="lost",
        what="mails sent again, under their first Message-ID",
        value=toll.repeats,
        limit=toll.deaths,
    )
    yield Figure(section="lost", what="databases that failed integrity_check", value=toll.damaged, limit=0)
    yield Figure(section="lost", what="lives that got stuck", value=toll.stuck, limit=0)
    yield Figure(section="lost", what="errors of our own code while being killed", value=toll.broken, limit=0)


def breaks(home: Path, *, full: bool) -> Iterator[Figure]:
    """Each deliberate break must be found within a few deaths."""
    some = BREAKS if full else {name: BREAKS[name] for name in FEW_BREAKS}
    for number, (name, broken) in enumerate(some.items()):
        with broken():
            toll = kills.run(home / str(number), DEATHS_OF_A_BREAK, smtp=False, every=DEATHS_OF_A_BREAK)
        missed = int(not toll.wrong)
        yield Figure(section="mutants", what=f"“{name}”, missed by the trial of kills", value=missed, limit=0)


def disk(home: Path, *, full: bool) -> Iterator[Figure]:
    """No room for any file to grow, and room again."""
    cost = full_disk.run(home / "whole")
    yield Figure(
        section="faults",
        what="full disk: alerts lost, told twice, or not mailed while it lasted",
        value=cost.lost + cost.doubled + cost.unsaid,
        limit=0,
    )
    yield Figure(
        section="faults",
        what="full disk: posts unreadable meanwhile or missing afterwards",
        value=cost.unread + cost.forgotten,
        limit=0,
    )
    yield Figure(section="faults", what="full disk: crashes", value=cost.crashes, limit=0)
    yield Figure(
        section="faults", what="full disk: requests beyond one in each interval", value=cost.requests, limit=0
    )
    some = DISK_BREAKS if full else dict(list(DISK_BREAKS.items())[:1])
    for number, (name, broken) in enumerate(some.items()):
        with broken():
            missed = int(not full_disk.run(home / str(number)).wrong)
        yield Figure(
            section="mutants", what=f"“{name}”, missed by the trial of the full disk", value=missed, limit=0
        )


def damaged(home: Path, *, full: bool) -> Iterator[Figure]:
    """Random bytes in the database."""
    harm = restore.run(home, restore.prepare(home / "base"), 100 if full else 4)
    yield Figure(section="damage", what="databases with 200 bytes flipped at random", value=harm.tried)
    yield Figure(section="damage", what="… not noticed at the start", value=harm.unnoticed, limit=0)
    yield Figure(section="damage", what="… after which the program did not start", value=harm.broken, limit=0)
    yield Figure(
        section="damage", what="… thrown away instead of moved aside", value=harm.thrown_away, limit=0
    )
    yield Figure(section="damage", what="… of which the technician was not told", value=harm.untold, limit=0)
    yield Figure(section="damage", what="alerts lost over damage and restore", value=harm.lost, limit=0)
    yield Figure(
        section="damage", what="alerts told a second time after a restore", value=harm.doubled, limit=0
    )


def clock(home: Path, *, full: bool) -> Iterator[Figure]:
    """The clock set wrong and right again."""
    for number, (name, error) in enumerate(clocks.STEPS.items()):
        found = clocks.run(home / str(number), error)
        what = f"clock {name} and right again: posts missed, late, told twice or thrown away"
        yield Figure(section="clock", what=what, value=found.wrong, limit=0)


FEW_POSTS = 120
STRIDES = {"SQLITE_IOERR": (3, 160), "SQLITE_FULL": (7, 270), "SQLITE_BUSY": (7, 270)}
"""Every how many calls one fails, in the full form and in the short."""
FEW_CALLS = 6


def failing(home: Path, *, full: bool) -> Iterator[Figure]:
    """The N-th call fails."""
    found = {
        kind: faults.run(home / kind.replace(" ", "-"), kind, stride=stride[0 if full else 1])
        for kind, stride in STRIDES.items()
    }
    found |= {
        kind: faults.run(home / kind.replace(" ", "-"), kind, stride=1 if full else FEW_CALLS)
        for kind in faults.NETWORK
    }
    for kind, one in found.items():
        yield Figure(section="faults", what=f"calls that failed: {kind}", value=one.injected)
    total = found.values()
    yield Figure(section="faults", what="alerts lost", value=sum(one.lost for one in total), limit=0)
    yield Figure(
        section="faults", what="alerts under two identities", value=sum(one.doubled for one in total), limit=0
    )
    yield Figure(
        section="faults",
        what="uncaught exceptions and crash loops",
        value=sum(one.crashes for one in total),
        limit=0,
    )
    yield Figure(
        section="faults",
        what="other errors of our own code that followed",
        value=sum(one.bugs for one in total),
        limit=0,
    )
    yield Figure(
        section="faults",
        what="faults without a line in the log",
        value=sum(one.silent for one in total),
        limit=0,
    )


def answered(home: Path, *, full: bool) -> Iterator[Figure]:
    """Every answer of a mail server, at every step."""
    told = answers.Office(home).try_all(list(answers.cases()))
    wrong = sum(verdict.moody != case.wanted for case, verdict in told)
    held_up = sum(verdict.other != answers.SENT for _, verdict in told)
    lost = sum(verdict.moody == answers.AGAIN and not verdict.copies for _, verdict in told)
    renamed = sum(len(set(verdict.copies)) > 1 for _, verdict in told)
    yield Figure(
        section="faults", what="answers and lost connections of a real SMTP server with TLS", value=len(told)
    )
    yield Figure(
        section="faults", what="… with another consequence than they should have", value=wrong, limit=0
    )
    yield Figure(section="faults", what="… that held up the mail of another reader", value=held_up, limit=0)
    yield Figure(
        section="faults", what="… after which a mail that was put off never came", value=lost, limit=0
    )
    yield Figure(
        section="faults", what="… after which a mail came under a second Message-ID", value=renamed, limit=0
    )


def rivalry(home: Path, *, full: bool) -> Iterator[Figure]:
    """Two processes and no lock; a database that somebody else keeps."""
    race = rivals.race(home / "race", 1000 if full else 60)
    yield Figure(section="faults", what="alerts sent by two processes without the lock", value=race.alerts)
    yield Figure(section="faults", what="… of these by the less busy one", value=min(race.by_worker))
    yield Figure(section="faults", what="… lost or sent twice", value=race.wrong, limit=0)
    kept = rivals.blocked(home / "blocked", seconds=60 if full else 1)
    yield Figure(
        section="faults",
        what="alerts lost, doubled or left behind while the database was locked",
        value=kept.wrong,
        limit=0,
    )

    yield from _rival_mutants(home, full=full)


def _rival_mutants(home: Path, *, full: bool) -> Iterator[Figure]:
    for name, broken in RIVAL_BREAKS.items() if full else ():
        with broken():
            missed = int(not rivals.race(home / "broken race", 60).wrong)
        yield Figure(section="mutants", what=f"“{name}”, missed by the race", value=missed, limit=0)
    for name, broken in LOCK_BREAKS.items() if full else ():
        with broken():
            missed = int(not rivals.blocked(home / "broken lock").wrong)
        yield Figure(
            section="mutants", what=f"“{name}”, missed by the trial of the lock", value=missed, limit=0
        )


def outage_trial(home: Path, *, full: bool) -> Iterator[Figure]:
    """Fourteen days without a mail server."""
    found = outage.run(home, 5000 if full else 300)
    yield Figure(section="lost", what="14 days without a mail server: alerts that waited", value=found.alerts)
    yield Figure(section="lost", what="… alerts lost", value=found.lost, limit=0)
    yield Figure(section="lost", what="… critical ones among them", value=found.urgent)
    yield Figure(
        section="lost",
        what="… mails that came of them",
        value=found.mails,
        limit=found.urgent + outage.ALLOWED,
    )
    yield Figure(
        section="lost",
        what="… less grave mails that went out before a critical one",
        value=found.urgent_after_others,
        limit=2,
    )
    yield Figure(
        section="lost", what="… mails in one minute, at most", value=found.most_in_a_minute, limit=20
    )
    yield Figure(
        section="lost", what="… mails that do not say how long they waited", value=found.unmarked, limit=0
    )
    yield Figure(
        section="lost",
        what="… minutes until health and status line say that mail waits",
        value=found.minutes_until_told,
        limit=31,
    )
    yield Figure(section="lost", what="… peak memory, MB", value=found.megabytes, limit=300)


def flooded(home: Path, *, full: bool) -> Iterator[Figure]:
    """Thousands of posts within an hour, and two that have nothing to do with them."""
    found = flood.run(home / "whole", 10_000 if full else FEW_POSTS)
    yield Figure(section="lost", what="flood: posts about the school within fifty minutes", value=found.posts)
    yield Figure(
        section="lost",
        what="… mails that one reader got of it in an hour",
        value=found.most_in_an_hour,
        limit=flood.MOST,
    )
    yield Figure(
        section="lost",
        what="… critical posts about something else, or from elsewhere, that were not mailed by themselves in 5 min",
        value=found.hidden,
        limit=0,
    )
    yield Figure(
        section="lost", what="… stories of the flood that no mail counts, or two", value=found.untold, limit=0
    )
    yield Figure(section="lost", what="… posts that are not stored", value=found.missing, limit=0)
    for number, (name, broken) in enumerate(FLOOD_BREAKS.items() if full else ()):
        with broken():
            missed = int(not flood.run(home / str(number), FEW_POSTS).wrong)
        yield Figure(
            section="mutants", what=f"“{name}”, missed by the trial of the flood", value=missed, limit=0
        )


SHORT_SOAK: Mapping[str, Any] = {"sources": 4, "items": 10, "lasts": timedelta(hours=3), "full": False}
LONG_SOAK: Mapping[str, Any] = {"sources": 50, "items": 200, "lasts": timedelta(days=7), "full": True}


def soaked(home: Path, *, full: bool) -> Iterator[Figure]:
    """Many places for a week, and servers that want to be left alone."""
    found = soak.run(home / "week", **(LONG_SOAK if full else SHORT_SOAK))
    yield Figure(section="lost", what="a week with 50 sources of 200 posts each: polls", value=found.polls)
    yield Figure(section="lost", what="… new posts about the school", value=found.posts)
    yield Figure(
        section="lost",
        what="… mailed later than an interval and a minute after they appeared, beyond one in a hundred",
        value=found.late,
        limit=0,
    )
    yield Figure(section="lost", what="… rows kept of polls that found nothing", value=found.rows, limit=0)
    yield Figure(
        section="lost",
        what="… requests beyond one for each source and interval",
        value=found.requests,
        limit=0,
    )
    yield Figure(
        section="lost",
        what="… part of one core, %, with a tick each second",
        value=found.cpu_percent,
        limit=30,
    )
    yield Figure(section="lost", what="… peak memory, parser included, MB", value=found.megabytes, limit=300)
    yield Figure(
        section="lost",
        what="… growth of the database after its first day, MB",
        value=found.grown_megabytes,
        limit=5,
    )
    for status in (429, 503):
        left = soak.throttled(home / str(status), status=status)
        yield Figure(
            section="faults",
            what=f"{status} with {len(soak.WISHES)} sorts of Retry-After for 26 hours: requests too early, or none any more",
            value=left.wrong,
            limit=0,
        )


TRIALS: Mapping[str, Trial] = {
    "soak": soaked,
    "flood": flooded,
    "outage": outage_trial,
    "kills": killed,
    "breaks": breaks,
    "faults": failing,
    "answers": answered,
    "rivals": rivalry,
    "disk": disk,
    "damage": damaged,
    "clock": clock,
}
