"""The school's policy once more, for a year's trial: written from its text, knowing nothing of the program.

British clocks, bank holidays, due times, bundles, quiet hours, ladders, reminders, digests: enough of each to say
what has to be said to whom and when about a story whose life is known in advance. Times are UTC.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WINTER = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""Summer time ends on the last Sunday of October at 01:00 UTC …"""
SUMMER = datetime(2027, 3, 28, 1, tzinfo=UTC)
"""… and begins on the last Sunday of March at 01:00 UTC."""
BANK_HOLIDAYS = {
    date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29),
    date(2027, 5, 3), date(2027, 5, 31), date(2027, 8, 30),
}  # fmt: skip
"""In England and Wales, from September 2026 to August 2027."""
TERMS = (
    ("2026-09-02", "2026-12-18", "2026-12-21 07:30"),
    ("2027-01-05", "2027-03-25", "2027-03-30 07:30"),
    ("2027-04-12", "2027-07-16", "2027-07-19 07:30"),
)
"""First day, last day, and when the governors hear of it: after the last one's week, with the weekly digest."""

NONE, LOW, MEDIUM, HIGH, CRITICAL = range(5)
LEADS = ("head", "dsl", "ddsl")
LEADERSHIP = ("head", "deputy", "dsl", "ddsl")
OWNERS = {"send_inclusion": "senco", "extremism_prevent": "dsl", "campaign_industrial": "chair"}
"""Who looks after what beside the head."""
RANKS = ("head", "dsl", "ddsl", "deputy", "chair", "office", "senco", "night")


def is_summer(moment: datetime) -> bool:
    """Whether British summer time holds."""
    return not WINTER <= moment < SUMMER


def local(moment: datetime) -> datetime:
    """What the clock on the school's wall shows; naive."""
    return (moment + HOUR * is_summer(moment)).replace(tzinfo=None)


def london(words: str) -> datetime:
    """``2026-10-25 01:30`` by the school's clock; with ``again``, the second time that it shows that."""
    wall = datetime.fromisoformat(words.removesuffix(" again")).replace(tzinfo=UTC)
    both = [moment for moment in (wall - HOUR, wall) if local(moment) == wall.replace(tzinfo=None)]
    return both[-1 if words.endswith("again") else 0]


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of a day by the school's clock."""
    return london(f"{day} {hour:02}:{minute:02}")


def is_working(day: date) -> bool:
    """Monday to Friday, and no bank holiday. Term dates do not matter."""
    return day.weekday() <= 4 and day not in BANK_HOLIDAYS


def due(received: datetime) -> datetime:
    """Within 24 hours; by the end of the next working day if it came on a day that is none."""
    day = local(received).date()
    if is_working(day):
        return received + 24 * HOUR
    day += DAY
    while not is_working(day):
        day += DAY
    return wall(day, 17)


def is_quiet(moment: datetime) -> bool:
    """Between nine in the evening and seven in the morning."""
    return not time(7) <= local(moment).time() < time(21)


def by_day(moment: datetime) -> datetime:
    """The same, or seven in the morning after the night that it lies in."""
    if not is_quiet(moment):
        return moment
    today = local(moment)
    return wall(today.date() + DAY * (today.hour >= 21), 7)


def bundle(moment: datetime) -> datetime:
    """When the next bundle goes out: half past seven and half past three, nine o'clock on days that are no working days."""
    day = local(moment).date()
    while True:
        hours = [(7, 30), (15, 30)] if is_working(day) else [(9, 0)]
        for hour, minute in hours:
            if wall(day, hour, minute) >= moment:
                return wall(day, hour, minute)
        day += DAY


def next_night(moment: datetime) -> datetime:
    """The next look at night, when what nobody answers is closed at last."""
    at = wall(local(moment).date(), 3, 10)
    return at if at >= moment else wall(local(moment).date() + DAY, 3, 10)


def digest_times(first: datetime, last: datetime) -> Iterator[tuple[datetime, date]]:
    """When a digest is due, and the Monday of the week that it tells of."""
    monday = date(2026, 8, 24)
    while True:
        day = monday + 7 * DAY
        while not is_working(day):
            day += DAY
        if wall(day, 7, 30) >= last:
            return
        if wall(day, 7, 30) >= first:
            yield wall(day, 7, 30), monday
        monday += 7 * DAY


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody does about a story."""

    at: str
    verb: str
    by: str
    until: str = ""
    """Of *later*: until when."""
    to: int = MEDIUM
    """Of *regrade*."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """A post, and what becomes of it."""

    name: str
    seen: str
    grade: int = NONE
    topic: str = "complaint_general"
    own: bool = False
    """A comment on the school's own account that needs an answer."""
    written: str = ""
    """If that was before it was seen."""
    certain: bool = True
    about_head: bool = False
    acts: tuple[Act, ...] = ()

    @property
    def opens(self) -> bool:
        """Whether it is a story: something to answer, or a complaint at least."""
        return self.certain and (self.own or self.grade >= MEDIUM)

    @property
    def received(self) -> datetime:
        """When the clock begins: of a comment when it was written, of a post elsewhere when it was seen."""
        return london(self.written if self.own and self.written else self.seen)

    @property
    def opened(self) -> datetime:
        """When it was seen."""
        return london(self.seen)

    @property
    def due(self) -> datetime:
        """When it must be answered or decided."""
        return due(self.received)


@dataclass(frozen=True, order=True)
class Said:
    """One mail that is due, or was sent."""

    at: datetime
    kind: str
    to: str
    voice: str = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Off:
    """From when until when the machine is off."""

    since: datetime
    until: datetime

    def after(self, moment: datetime) -> datetime:
        """The same, or when the machine runs again."""
        return self.until if self.since < moment < self.until else moment


def readers(post: Post) -> tuple[str, ...]:
    """Who is told first."""
    if post.topic == "staff_allegation":
        return ("dsl", "chair") if post.about_head else ("head", "dsl")
    if post.grade == CRITICAL or post.topic == "child_safeguarding":
        return LEADS
    if post.grade >= MEDIUM:
        return tuple(dict.fromkeys(("head", OWNERS.get(post.topic, "head"))))
    return ("office",)


def first_mail(post: Post, wait: timedelta) -> tuple[str, datetime]:
    """In which shape a story is told first, and when."""
    seen = post.opened
    if post.grade == CRITICAL:
        return "alert", seen
    if post.grade <= MEDIUM:
        at = bundle(seen)
        if post.due - at >= (post.due - post.received) / 2 or at == seen or at <= by_day(seen):
            return "bundle", at
    at = by_day(seen)
    return "alert", at if is_quiet(seen + wait) and not is_quiet(seen) else max(at, seen + wait)


def steps(post: Post, began: datetime) -> Iterator[Said]:
    """What is said again while nobody takes it."""
    told = readers(post)
    if post.grade == HIGH:
        at = by_day(began) + 4 * HOUR
        evening = wall(local(by_day(began)).date(), 21)
        if at > evening:
            at = wall(local(evening).date() + DAY, 7) + (at - evening)
        yield from (Said(at, "reminder", to, "again", (post.name,)) for to in told)
    if post.grade != CRITICAL:
        return
    crowd = told if post.topic == "staff_allegation" else (*told, "deputy")
    minutes = [15, 30, *range(60, 361, 60)]
    for after in minutes:
        at = began + after * MINUTE
        voice = "act_now" if after >= 60 else "again"
        yield from (Said(at, "reminder", to, voice, (post.name,)) for to in crowd)
        if after >= 60:
            yield Said(at, "reminder", "night", voice, (post.name,))
        if after >= 30 and "chair" not in crowd:
            yield Said(at, "reminder", "chair", "category_only", (post.name,))


def whole_minute(moment: datetime) -> datetime:
    """The first look, of one each minute, that is not before that time."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return start + math.ceil((moment - start) / MINUTE) * MINUTE


class Story:
    """The life of one story, and all that is said of it."""

    def __init__(self, post: Post, off: Off, wait: timedelta) -> None:
        self.post, self.off = post, off
        self.grade, self.owner = post.grade, ""
        self.closed: datetime | None = None
        self.outcome = ""
        self.said: list[Said] = []
        self.reminded = self.put_off = False
        self._proposed = ""
        kind, at = first_mail(post, wait)
        self.alerted = off.after(at)
        self.said += [Said(self.alerted, kind, to, "", (post.name,)) for to in readers(post)]
        self._live(at)
        if self.closed and self.closed < self.alerted:
            self.said = [one for one in self.said if one.kind != "bundle"]

    def _live(self, began: datetime) -> None:
        """Everything that follows, in the order in which it happens."""
        acts = sorted(self.post.acts, key=lambda act: london(act.at))
        climbing: datetime | None = began
        since = self.post.opened
        for act in acts:
            at = london(act.at)
            self._between(since, at, climbing)
            climbing = self._act(act, at, climbing)
            since = at
        self._between(since, datetime(2027, 12, 31, tzinfo=UTC), climbing)
        if self.grade <= MEDIUM and not self.closed and self.post.topic != "child_safeguarding":
            self.closed, self.outcome = next_night(self.post.due + 30 * DAY), "lapsed"

    def _between(self, since: datetime, until: datetime, climbing: datetime | None) -> None:
        """What is said between two acts."""
        if self.closed:
            return
        if climbing and self.grade >= HIGH:
            due_steps = [
                one for one in steps(replace(self.post, grade=self.grade), climbing) if one.at < until
            ]
            missed = [one for one in due_steps if self.off.since < one.at < self.off.until]
            latest = max((one.at for one in missed), default=None)
            for one in due_steps:
                if since <= one.at and (one not in missed or one.at == latest):
                    self.said.append(replace(one, at=self.off.after(one.at)))
        left = self.post.due - self.post.opened
        at = max(whole_minute(self.post.opened + left * 9 / 10), since)
        at = self.off.after(at if self.grade == CRITICAL else by_day(at))
        if not self.reminded and left > timedelta() and at < until:
            self.reminded = True
            self._remind(at)

    def _remind(self, at: datetime) -> None:
        told = sorted({one.to for one in self.said if one.kind != "news"}, key=RANKS.index)
        self.said.append(Said(at, "reminder", self.owner or told[0], "due", (self.post.name,)))

    def _act(self, act: Act, at: datetime, climbing: datetime | None) -> datetime | None:
        """What an act changes, and whom it is told; returns from when the ladder is climbed."""
        if act.verb == "later":
            self._put_off(act)
            return None
        if self.grade >= HIGH:
            heard = {one.to for one in self.said if one.at <= at}
            self.said += [Said(at, "news", to, "", (self.post.name,)) for to in sorted(heard - {act.by})]
        if act.verb == "regrade" and self._proposed in {"", act.by}:
            self._proposed = act.by
            return climbing
        if act.verb == "reopen":
            self.closed, self.outcome, self.owner, self.reminded = None, "", "", False
            return at
        if act.verb in {"close", "not_us"}:
            self.closed, self.outcome = at, act.verb
        self.owner = act.by if act.verb == "take" else self.owner
        self.grade = act.to if act.verb == "regrade" else self.grade
        return None

    def _put_off(self, act: Act) -> None:
        self.owner = self.owner or act.by
        until = london(act.until)
        closing = [london(one.at) for one in self.post.acts if one.verb == "close"]
        if not closing or until < closing[0]:
            self.said.append(Said(by_day(until), "reminder", self.owner, "due", (self.post.name,)))


def expected(
    posts: Iterable[Post], stories: Iterable[Story], off: Off, span: tuple[datetime, datetime]
) -> list[Said]:
    """Every mail of the year: what is said of stories, what may be about us, and the digests."""
    said = [one for story in stories for one in story.said]
    for post in posts:
        if not post.certain:
            at = wall(local(post.opened).date(), 7, 30)
            while at < post.opened or not is_working(local(at).date()):
                at = wall(local(at).date() + DAY, 7, 30)
            said.append(Said(off.after(at), "bundle", "office", "", (post.name,)))
    for at, _ in digest_times(*span):
        said += [Said(off.after(at), "digest", to) for to in LEADERSHIP]
    said += [Said(london(at), "governors", "chair") for _, _, at in TERMS]
    said.append(Said(off.until, "health", "tech"))  # nothing had been looked at for days
    return sorted(_folded(one for one in said if span[0] <= one.at < span[1]))


def _folded(said: Iterable[Said]) -> Iterator[Said]:
    """What one reader gets in one bundle, or is reminded of at one time, is one mail."""
    together: dict[Said, set[str]] = {}
    for one in said:
        if one.kind == "bundle" or one.voice == "due":
            together.setdefault(replace(one, about=()), set()).update(one.about)
        else:
            yield one
    yield from (replace(one, about=tuple(sorted(about))) for one, about in together.items())


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a digest has to tell of a period."""

    counts: tuple[int, ...]
    """Posts by grade, from none to critical."""
    open: frozenset[str]
    owed: int
    in_time: int


def figures(
    posts: Iterable[Post],
    stories: Sequence[Story],
    first: date,
    after: date,
    off: Off,
    *,
    governors: bool = False,
) -> Figures:
    """Count a period from its first day up to the day after its last."""
    start, end = wall(first, 0), wall(after, 0)
    dismissed = {story.post.name for story in stories if story.outcome == "not_us"}
    hidden = {"child_safeguarding", "staff_allegation"} if governors else set()
    told = [
        post.grade
        for post in posts
        if start <= off.after(post.opened) < end and post.name not in dismissed and post.topic not in hidden
    ]
    owed = [story for story in stories if story.post.own and start <= story.post.due < end]
    still = (
        story for story in stories if story.post.opened < end and not (story.closed and story.closed < end)
    )
    return Figures(
        counts=tuple(told.count(grade) for grade in range(5)),
        open=frozenset(story.post.name for story in still),
        owed=len(owed),
        in_time=sum(bool(story.closed and story.closed <= story.post.due) for story in owed),
    )
