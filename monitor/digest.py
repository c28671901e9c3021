"""The week in numbers and a few masked examples, and the governors' edition of numbers alone.

Pure: facts from the database go in. Safeguarding and allegations are told to the leadership as one number,
never with an example; governors, who may have to sit in judgement later, hear nothing of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from alerts import clean
from alerts.base import Blind, Category, Clock, Count, Digest, Item, OpenStory, Severity, Topic
from alerts.routing import RESTRICTED
from monitor.deadlines import bank_holiday
from monitor.facts import BlindSpell, IncidentRow, MentionRow, WeekFacts
from monitor.model import Certainty
from monitor.school import masker, rota, short_name
from monitor.settings import SchoolSettings

TOPICS = 5
PRAISE = 2
POSSIBLE = 20
QUOTE = 200
HORIZON = timedelta(weeks=3)
"""How far "coming up" looks ahead: long enough to arrange who is on duty."""
REVIEW_NOTICE = timedelta(weeks=8)
"""How early the policy's review is announced: a governors' meeting lies within it."""
NOT_US = "not_us"
_ANSWER: Clock = "answer"
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


def week_of(moment: datetime | str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The week (start, end) in UTC: the last whole one before a time, or an ISO week such as ``2026-W48``.

    Raises ``ValueError`` with a sentence for people.
    """
    monday = (
        _named_monday(moment) if isinstance(moment, str) else _monday_before(moment.astimezone(zone).date())
    )
    return _midnight(monday, zone), _midnight(monday + _WEEK, zone)


def build(
    facts: WeekFacts, settings: SchoolSettings, *, governors: bool = False, now: datetime | None = None
) -> Digest:
    """Write the digest of a period. ``now`` tells what is overdue; the end of the period if left out."""
    zone = settings.school.timezone
    ours = [mention for mention in facts.mentions if mention.verdict != NOT_US]
    told = [mention for mention in ours if not (governors and _is_restricted(mention))]
    start, end = facts.start.astimezone(zone).date(), (facts.end.astimezone(zone) - _DAY).date()
    owed = [story for story in facts.owed if _owed(story) and not (governors and _is_restricted(story))]
    show = _Show(settings)
    return Digest(
        school=settings.school.name,
        short=short_name(settings.school),
        start=start,
        end=end,
        zone=str(zone),
        counts=_counts(told, facts, governors=governors),
        positive=sum(mention.tone == "pos" and mention.certainty is Certainty.CERTAIN for mention in told),
        not_ours=max(facts.entries - len(ours), 0),
        entries=facts.entries,
        possible=() if governors else show.possible(ours),
        open=() if governors else tuple(_open(story, now or facts.end) for story in facts.open),
        answered_in_time=sum(map(_in_time, owed)),
        answers_owed=len(owed),
        minutes_to_first_look=_first_look(facts, governors=governors),
        topics=_topics(told, facts, show, governors=governors),
        praise=() if governors else show.praise(ours),
        coming_up=tuple(_review(settings, end) if governors else _coming_up(settings, end)),
        sources=len(facts.sources),
        blind=tuple(_blind(facts)),
        false_alarms=sum(mention.verdict == NOT_US for mention in facts.mentions),
        undelivered=facts.dead,
        governors=governors,
    )


class _Show:
    """Shows posts of one school without names."""

    def __init__(self, settings: SchoolSettings) -> None:
        self._masked = masker(settings)

    def quote(self, mention: MentionRow) -> str:
        """A few masked words; nothing of what is restricted or may not be kept."""
        return (
            ""
            if _is_restricted(mention)
            else clean.excerpt(self._masked(mention.text or mention.title), QUOTE)
        )

    def item(self, mention: MentionRow) -> Item:
        """One post; of what is restricted only that it is there, for the leads to look up."""
        hidden = _is_restricted(mention)
        return Item(
            mention=f"M{mention.id}",
            source=mention.source,
            title="" if hidden else clean.line(self._masked(mention.title)),
            excerpt=self.quote(mention),
            url="" if hidden or mention.imagery else mention.url,
            seen_at=mention.seen_at,
            published=mention.published_at,
            severity=mention.severity,
            certain=mention.certainty is Certainty.CERTAIN,
            link_withheld=mention.imagery,
        )

    def possible(self, mentions: Iterable[MentionRow]) -> tuple[Item, ...]:
        """Posts that may be about the school, gravest first: nobody has been told of most of them."""
        unsure = [
            mention
            for mention in mentions
            if mention.certainty is Certainty.POSSIBLE and mention.duplicate_of is None
        ]
        unsure.sort(key=lambda mention: -mention.severity)
        return tuple(map(self.item, unsure[:POSSIBLE]))

    def praise(self, mentions: Iterable[MentionRow]) -> tuple[Item, ...]:
        """The warmest words that are worth passing on."""
        warm = [
            mention
            for mention in mentions
            if _is_praise(mention) and mention.certainty is Certainty.CERTAIN and mention.duplicate_of is None
        ]
        warm.sort(key=lambda mention: -mention.compound)
        return tuple(map(self.item, warm[:PRAISE]))

    def example(self, mentions: Iterable[MentionRow]) -> str:
        """The gravest post that can be quoted, in a few words."""
        certain = (mention for mention in mentions if mention.certainty is Certainty.CERTAIN)
        quotes = map(self.quote, sorted(certain, key=lambda mention: -mention.severity))
        return next((quote for quote in quotes if quote), "")


def _named_monday(week: str) -> date:
    parts = re.fullmatch(r"(20\d\d)-?W(\d{1,2})", week.strip(), re.ASCII | re.IGNORECASE)
    if parts:
        with suppress(ValueError):
            return date.fromisocalendar(int(parts[1]), int(parts[2]), 1)
    raise ValueError(f'expected an ISO week such as "2026-W48", got {week!r}')


def _monday_before(day: date) -> date:
    return day - _DAY * day.weekday() - _WEEK


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _is_restricted(about: MentionRow | IncidentRow) -> bool:
    return bool(RESTRICTED & {about.category, *about.categories})


def _owed(story: IncidentRow) -> bool:
    return story.clock == _ANSWER and story.outcome != NOT_US


def _is_praise(mention: MentionRow) -> bool:
    return mention.tone == "pos" and mention.category is Category.PRAISE_COMMUNITY and bool(mention.text)


def _counts(mentions: Iterable[MentionRow], facts: WeekFacts, *, governors: bool) -> tuple[Count, ...]:
    this = Counter(mention.severity for mention in mentions)
    weeks, grades = facts.severity_by_week, list(reversed(Severity))
    if governors and facts.unrestricted_by_week:
        weeks = facts.unrestricted_by_week
    elif governors:
        # What the weeks before were without safeguarding is not known: grave numbers would tell it by subtraction.
        grades = [grade for grade in grades if grade < Severity.HIGH]
    before = [Counter(dict(week)) for week in weeks]
    return tuple(
        Count(
            severity=grade,
            this=this[grade],
            last=before[0][grade] if before else 0,
            mean=sum(week[grade] for week in before) / len(before) if before else 0.0,
        )
        for grade in grades
    )


def _open(story: IncidentRow, now: datetime) -> OpenStory:
    restricted = _is_restricted(story)
    return OpenStory(
        ref=f"R{story.id}",
        severity=story.severity,
        category=Category.CHILD_SAFEGUARDING if restricted else story.category,
        clock=story.clock,
        due_at=story.due_at,
        overdue=story.due_at is not None and story.due_at < now,
        owner=story.owner,
        restricted=restricted,
    )


def _in_time(story: IncidentRow) -> bool:
    return story.closed_at is not None and story.due_at is not None and story.closed_at <= story.due_at


def _first_look(facts: WeekFacts, *, governors: bool) -> float | None:
    """Median minutes until somebody looked at the grave stories that opened in the period."""
    stories = {story.id: story for story in (*facts.open, *facts.closed)}.values()
    waits = [
        (story.first_look_at - story.opened_at) / timedelta(minutes=1)
        for story in stories
        if story.first_look_at is not None
        and story.severity >= Severity.HIGH
        and facts.start <= story.opened_at < facts.end
        and not (governors and _is_restricted(story))
    ]
    return median(waits) if waits else None


def _topics(
    mentions: Sequence[MentionRow], facts: WeekFacts, show: _Show, *, governors: bool
) -> tuple[Topic, ...]:
    by_topic: dict[Category, list[MentionRow]] = {}
    for mention in mentions:
        if mention.category is not None:
            topic = Category.CHILD_SAFEGUARDING if _is_restricted(mention) else mention.category
            by_topic.setdefault(topic, []).append(mention)
    last: Counter[Category] = Counter()
    for category, count in facts.category_last_week:
        last[Category.CHILD_SAFEGUARDING if category in RESTRICTED else category] += count
    ranked = sorted(by_topic.items(), key=lambda topic: -len(topic[1]))[:TOPICS]
    return tuple(
        Topic(
            category=category,
            this=len(posts),
            last=last[category],
            example="" if governors else show.example(posts),
        )
        for category, posts in ranked
    )


def _coming_up(settings: SchoolSettings, end: date) -> Iterator[str]:
    """What is likely to draw comment, or to leave nobody on duty; by date."""
    dated = sorted(_events(settings, end))
    yield from (f"{_spoken(day)}: {what}" for day, what in dated)
    yield from _review(settings, end)


def _events(settings: SchoolSettings, end: date) -> Iterator[tuple[date, str]]:
    yield from rota(settings, end + _DAY, end + _WEEK)
    ahead = [end + _DAY * number for number in range(1, HORIZON // _DAY + 1)]
    for day in ahead:
        if name := bank_holiday(day, settings.school):
            yield day, f"bank holiday ({name})"
    for first, last in settings.calendar.terms:
        yield from (
            (day, what) for day, what in ((first, "term begins"), (last, "term ends")) if day in ahead
        )
    yield from ((day, "INSET day: pupils are at home") for day in settings.calendar.inset if day in ahead)


def _review(settings: SchoolSettings, end: date) -> Iterator[str]:
    review = settings.governance.policy_review
    if review is None or review - end > REVIEW_NOTICE:
        return
    owner = f" ({settings.governance.policy_owner})" if settings.governance.policy_owner else ""
    verb = "was" if review <= end else "is"
    yield f"The social media policy {verb} due for review on {_spoken(review)} {review.year}{owner}"


def _blind(facts: WeekFacts) -> Iterator[Blind]:
    """For each source, the hours of the period for which nothing is known; the blindest first."""
    spells: dict[str, list[BlindSpell]] = {}
    for spell in facts.blind:
        spells.setdefault(spell.source, []).append(spell)
    blinds = [
        Blind(source=source, hours=_hours(several, facts), why=max(several, key=lambda one: one.end).why)
        for source, several in spells.items()
    ]
    yield from sorted((blind for blind in blinds if blind.hours > 0), key=lambda blind: -blind.hours)


def _hours(spells: Iterable[BlindSpell], facts: WeekFacts) -> float:
    """Hours within the period that the spells cover together; what overlaps counts once."""
    total, seen_to = timedelta(), facts.start
    for spell in sorted(spells, key=lambda one: one.start):
        start, end = max(spell.start, seen_to), min(spell.end, facts.end)
        if end > start:
            total += end - start
            seen_to = end
    return round(total / timedelta(hours=1), 1)


def _spoken(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
