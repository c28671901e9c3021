"""When the self-test is due, what it says, and which step of the way it did not get past.

Pure. A post of our own goes in where posts come in, and must come out as a mail in the mailbox of replies.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, get_args
from zoneinfo import ZoneInfo

from alerts import wording
from alerts.base import Ailment
from monitor.facts import SelfTest, Stage
from monitor.settings import MonitorSettings, SelfTestSettings
from monitor.values import Weekday

WITHIN: Final = timedelta(minutes=30)
"""From the post to the mailbox: mail that is slower than that is no way to say what is urgent."""
STOOD_STILL: Final = timedelta(minutes=5)
"""After a longer time in which nobody looked nothing ran, and that time does not count."""
WORDS: Final = (
    "This is a self-test of the watch and nothing of it is true: a fake page pretends to be {school}"
    " and asks parents to send a payment to its bank account."
)
"""Grave enough to be mailed at once, and no word against anybody."""
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_WEEKDAYS = get_args(Weekday)
_MAIL = "see: mention-monitor outbox; then mention-monitor check --online"
_LOG = "see: journalctl -u mention-monitor, and report it with the log"
_REMEDIES: Final[Mapping[Stage, str]] = {
    Stage.BEGUN: _LOG,
    Stage.READ: "see: mention-monitor check; whether the school's own name is still found: mention-monitor replay",
    Stage.GRADED: "see that the disk has room and the database is well: mention-monitor health; journalctl -u mention-monitor",
    Stage.RECORDED: _LOG,
    Stage.QUEUED: _MAIL,
    Stage.LEFT: "see that addresses with a tag (sub-addressing) arrive in the folder of [mailbox], and that no filter holds"
    " them: mention-monitor check --online",
}
_AGAIN = "; then: mention-monitor self-test"
_REACHED: Final[Mapping[Stage, str]] = {
    Stage.BEGUN: "begun",
    Stage.READ: "its post was read at the source",
    Stage.GRADED: "found to be about the school, and graded",
    Stage.RECORDED: "recorded",
    Stage.QUEUED: "its mail was queued",
    Stage.LEFT: "the mail server has taken it",
    Stage.ARRIVED: "it was seen in the mailbox",
}


def post(school: str) -> str:
    """What the post says."""
    return WORDS.format(school=school)


def is_on(settings: MonitorSettings) -> bool:
    """Whether it comes by itself: where there is a mailbox, unless somebody said otherwise."""
    said = settings.selftest.on
    return settings.mailbox is not None if said is None else said


def plan(settings: SelfTestSettings, zone: ZoneInfo) -> str:
    """The settings in one word: what was worked out for others is worked out anew."""
    return f"{settings.every.days} {settings.day} {settings.at} {zone}"


def next_at(after: datetime, settings: SelfTestSettings, zone: ZoneInfo, *, first: bool) -> datetime:
    """When it is due next; ``first``: there was none before."""
    today = after.astimezone(zone).date()
    weekly = not settings.every % _WEEK
    ahead = (_WEEKDAYS.index(settings.day) - today.weekday()) % _WEEK.days if weekly else 0
    step = _WEEK if weekly else _DAY
    day = today + ahead * _DAY
    if datetime.combine(day, settings.at, zone) <= after:
        day += step
    if not first:
        day += settings.every - step
    return datetime.combine(day, settings.at, zone).astimezone(UTC)


def is_far(at: datetime, now: datetime, settings: SelfTestSettings) -> bool:
    """Whether the next one is further off than it can be: the clock was set back."""
    return at - now > settings.every + _WEEK


def looked(test: SelfTest, now: datetime) -> tuple[datetime, datetime]:
    """Until when it has time, and that somebody looked now; time in which nothing ran does not count."""
    still = now - test.seen_at
    return (test.until + still if still > STOOD_STILL else test.until), now


def reached(stage: Stage) -> str:
    """A step in words, for whoever waits."""
    return _REACHED[stage]


def broken(test: SelfTest, zone: ZoneInfo, *, deaf: str = "") -> str:
    """Which step it did not get past, and since when; ``deaf``: why the mailbox cannot be read."""
    because = f": {test.why}" if test.why else ""
    told = {
        Stage.BEGUN: f"got stuck at its first step, its post was not read{because}",
        Stage.READ: f"was read, but not found to be about the school, or not graded{because}",
        Stage.GRADED: f"was graded, but could not be recorded{because}",
        Stage.RECORDED: f"was recorded, but no mail was queued for it{because}",
        Stage.QUEUED: f"was queued, but the mail server has not taken its mail{because}",
        Stage.LEFT: f"was not seen in the mailbox: {_left(test, zone)}{_read(test, zone, deaf)}",
    }
    return f"The {name(test)} {told[test.stage]}"


def name(test: SelfTest) -> str:
    """What people call it."""
    return "weekly self-test" if test.by_clock else "self-test"


def ailment(test: SelfTest | None) -> Ailment | None:
    """What ``health`` tells of the last one; nothing while it is under way, and once it arrived."""
    if test is None or test.outcome != "broken":
        return None
    return Ailment(what=test.why, since=test.began_at, remedy=_REMEDIES[test.stage] + _AGAIN)


def remedy(test: SelfTest) -> str:
    """What to do about one that is broken."""
    return _REMEDIES[test.stage]


def line(test: SelfTest, zone: ZoneInfo) -> str:
    """The last one in one line, such as ``self-test: passed on Tue 06:12``."""
    if not test.outcome or test.ended_at is None:
        return f"self-test: begun on {wording.weekday(test.began_at, zone)}"
    at = wording.weekday(test.ended_at, zone)
    if test.outcome == "broken":
        return f"self-test: broken on {at}, it did not get past: {reached(test.stage)}"
    if test.outcome == "late":
        return f"self-test: late, it arrived on {at}, {wording.lasting(test.ended_at - test.began_at)} after it began"
    only = " as far as the mail server, since there is no mailbox" if test.goal < Stage.ARRIVED else ""
    return f"self-test: passed on {at}{only}"


def _left(test: SelfTest, zone: ZoneInfo) -> str:
    return f"mail left at {test.left_at.astimezone(zone):%H:%M}" if test.left_at else "its mail has left"


def _read(test: SelfTest, zone: ZoneInfo, deaf: str) -> str:
    if deaf:
        return f", the mailbox cannot be read: {deaf}"
    if test.read_at is None:
        return ", the mailbox has not been read since"
    return f", the mailbox was read at {test.read_at.astimezone(zone):%H:%M}"
