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

from alerts import clean, wording
from alerts.base import (
    PRECEDENCE,
    Blind,
    Category,
    Clock,
    Count,
    Digest,
    Item,
    LateAnswer,
    OpenStory,
    Role,
    Severity,
    Topic,
)
from alerts.circle import first_role
from alerts.routing import RESTRICTED, health_readers
from monitor import outlook, staff_posts
from monitor.deadlines import next_digest
from monitor.facts import BlindSpell, Gone, IncidentRow, MentionRow, WeekFacts
from monitor.model import Certainty
from monitor.school import masker, people, short_name
from monitor.settings import Exclusion, SchoolSettings

TOPICS = 5
PRAISE = 2
POSSIBLE = 20
QUOTE = 200
HALF_TERM = timedelta(days=14)
"""A shorter break lies within a term, a longer one between two."""
NOT_US = "not_us"
_ANSWER: Clock = "answer"
_MAY_BE_RESTRICTED = frozenset(
    each for each in Category if PRECEDENCE[each] <= max(PRECEDENCE[hidden] for hidden in RESTRICTED)
)
"""Of what was purged the first category alone is left: a threat may have been about safeguarding too."""
_HOUR = timedelta(hours=1)
_TICK = timedelta(microseconds=1)
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


def terms(settings: SchoolSettings) -> tuple[tuple[datetime, datetime], ...]:
    """The terms of ``[calendar]``, the latest first, each (start, end) in UTC to the end of its last week."""
    zone, found = settings.school.timezone, list[tuple[date, date]]()
    for first, last in sorted(settings.calendar.terms):
        if found and first - found[-1][1] < HALF_TERM:
            first, last = found[-1][0], max(found.pop()[1], last)  # noqa: PLW2901 -- two halves are one term
        found.append((first, last))
    return tuple(
        (_midnight(first, zone), _midnight(last - _DAY * last.weekday() + _WEEK, zone))
        for first, last in reversed(found)
    )


def build(
    facts: WeekFacts,
    settings: SchoolSettings,
    *,
    governors: bool = False,
    now: datetime | None = None,
    learned: Iterable[Exclusion] = (),
) -> Digest:
    """Write the digest of a period as of its end, or as of ``now`` if that is earlier."""
    zone = settings.school.timezone
    as_of = min(now or facts.end, facts.end)
    ours = [mention for mention in facts.mentions if mention.verdict != NOT_US]
    told = [mention for mention in ours if not (governors and _is_restricted(mention))]
    gone = [each for each in facts.gone if not (governors and each.category in _MAY_BE_RESTRICTED)]
    start, end = facts.start.astimezone(zone).date(), (facts.end.astimezone(zone) - _DAY).date()
    owed = [story for story in facts.owed if _owed(story) and not (governors and _is_restricted(story))]
    show = _Show(settings)
    grave = _grave(facts, governors=governors)
    waits = _waits(grave)
    return Digest(
        school=settings.school.name,
        short=short_name(settings.school),
        start=start,
        end=end,
        zone=str(zone),
        counts=_counts(told, gone, _compared(facts, governors=governors)),
        periods_before=len(_compared(facts, governors=governors)),
        blind_before=facts.blind_before,
        positive=sum(mention.tone == "pos" and mention.certainty is Certainty.CERTAIN for mention in told)
        + sum(each.count for each in gone if each.tone == "pos"),
        # taken from all that was read it would tell governors how many posts they are not told of
        not_ours=0 if governors else max(facts.entries - len(ours) - sum(each.count for each in gone), 0),
        entries=facts.entries,
        possible=() if governors else show.possible(ours),
        open=() if governors else tuple(_open(story, as_of, show) for story in facts.open),
        answered_in_time=sum(_in_time(story) for story in owed),
        answers_owed=len(owed),
        late=() if governors else tuple(_late(story, as_of) for story in owed if not _in_time(story)),
        minutes_to_first_look=median(waits) if waits else None,
        looked_at=len(waits),
        not_looked_at=len(grave) - len(waits),
        topics=_topics(told, gone, facts, show, governors=governors),
        praise=() if governors else show.praise(ours),
        coming_up=outlook.reviews(settings, end) if governors else outlook.coming_up(settings, end),
        sources=len(facts.sources),
        blind=tuple(_blind(facts.blind, facts)),
        doubtful=tuple(_blind(facts.doubtful, facts)),
        false_alarms=sum(mention.verdict == NOT_US for mention in facts.mentions),
        undelivered=facts.dead,
        governors=governors,
        failed=facts.failed,
        began=facts.began.astimezone(zone).date() if facts.began and facts.began > facts.start else None,
        as_of=as_of if as_of < facts.end else None,
        learned=tuple(show.words(each.words) for each in learned),
        keeper=_keeper(settings),
        next_at=next_digest(next_digest(facts.end - _TICK, settings.school), settings.school),
    )


class _Show:
    """Shows posts of one school without names."""

    def __init__(self, settings: SchoolSettings) -> None:
        self._masked = masker(settings)
        self._roles = {
            word.casefold(): wording.ROLES[first_role(person.all_roles)]
            for person in settings.person
            for word in (person.mail, person.name, *person.names)
            if word.strip()  # a person without a name is not nobody
        } | {role.value: words for role, words in wording.ROLES.items()}

    def words(self, text: str) -> str:
        """Some words, on one line."""
        return clean.line(self._masked(text))

    def owner(self, said: str) -> str:
        """Who has taken a story on: what they are in the school, whatever they called themselves."""
        return self._roles.get(said.strip().casefold()) or self.words(said)

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
            passed_on=mention.source_kind == staff_posts.KIND,
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


def _counts(
    mentions: Iterable[MentionRow], gone: Iterable[Gone], weeks: Sequence[Iterable[tuple[Severity, int]]]
) -> tuple[Count, ...]:
    this = Counter(mention.severity for mention in mentions)
    for each in gone:
        this[each.severity] += each.count
    before = [Counter(dict(week)) for week in weeks]
    return tuple(
        Count(
            severity=grade,
            this=this[grade],
            last=before[0][grade] if before else 0,
            mean=sum(week[grade] for week in before) / len(before) if before else 0.0,
        )
        for grade in reversed(Severity)
    )


def _compared(facts: WeekFacts, *, governors: bool) -> tuple[tuple[tuple[Severity, int], ...], ...]:
    """The periods before of which the whole was watched; those that were not would make the usual too small."""
    weeks = facts.unrestricted_by_week if governors else facts.severity_by_week
    length = facts.end - facts.start
    known = (
        week
        for number, week in enumerate(weeks, 1)
        if facts.began is None or facts.began <= facts.start - length * number
    )
    return tuple(known)


def _open(story: IncidentRow, now: datetime, show: _Show) -> OpenStory:
    restricted = _is_restricted(story)
    return OpenStory(
        ref=f"R{story.id}",
        severity=story.severity,
        category=Category.CHILD_SAFEGUARDING if restricted else story.category,
        clock=story.clock,
        due_at=story.due_at,
        overdue=story.due_at is not None and story.due_at < now and story.answered_at is None,
        owner=show.owner(story.owner),
        restricted=restricted,
        put_off=story.snoozed_until if story.snoozed_until and story.snoozed_until > now else None,
    )


def _waits(stories: Iterable[IncidentRow]) -> list[float]:
    """Minutes until somebody first looked, of those that somebody has looked at."""
    looked = ((story.first_look_at, story.opened_at) for story in stories)
    return [(first - opened) / timedelta(minutes=1) for first, opened in looked if first is not None]


def _in_time(story: IncidentRow) -> bool:
    came = _answered(story)
    return came is not None and story.due_at is not None and came <= story.due_at


def _answered(story: IncidentRow) -> datetime | None:
    """When the answer came: our own reply as the platform dates it, else when somebody closed the story."""
    return min(filter(None, (story.answered_at, story.closed_at)), default=None)


def _late(story: IncidentRow, now: datetime) -> LateAnswer:
    due, closed = story.due_at, _answered(story)
    came = closed is not None and due is not None and closed <= now
    return LateAnswer(ref=f"R{story.id}", hours=(closed - due) / _HOUR if came and closed and due else None)


def _grave(facts: WeekFacts, *, governors: bool) -> tuple[IncidentRow, ...]:
    """The grave stories that opened in the period, for which somebody should have had a look."""
    stories = {story.id: story for story in (*facts.open, *facts.closed)}.values()
    return tuple(
        story
        for story in stories
        if story.severity >= Severity.HIGH
        and facts.start <= story.opened_at < facts.end
        and not (governors and _is_restricted(story))
    )


def _keeper(settings: SchoolSettings) -> Role | None:
    """Who looks after the watch, and is to be told when it falls silent."""
    readers = health_readers(people(settings))
    if not readers:
        return None
    return Role.TECHNICIAN if Role.TECHNICIAN in readers[0].roles else first_role(readers[0].roles)


def _topics(
    mentions: Sequence[MentionRow], gone: Iterable[Gone], facts: WeekFacts, show: _Show, *, governors: bool
) -> tuple[Topic, ...]:
    by_topic: dict[Category, list[MentionRow]] = {}
    for mention in mentions:
        if mention.category is not None:
            topic = Category.CHILD_SAFEGUARDING if _is_restricted(mention) else mention.category
            by_topic.setdefault(topic, []).append(mention)
    this = Counter({topic: len(posts) for topic, posts in by_topic.items()})
    for each in gone:
        if each.category is not None:
            this[_shown_as(each.category)] += each.count
    last: Counter[Category] = Counter()
    for category, count in facts.category_last_week:
        last[_shown_as(category)] += count
    if governors:
        # of threats that were purged it is not known whether they were about safeguarding too
        del last[Category.THREAT_VIOLENCE]
    return tuple(
        Topic(
            category=category,
            this=count,
            last=last[category],
            example="" if governors else show.example(by_topic.get(category, ())),
        )
        for category, count in this.most_common(TOPICS)
    )


def _shown_as(category: Category) -> Category:
    return Category.CHILD_SAFEGUARDING if category in RESTRICTED else category


def _blind(told: Iterable[BlindSpell], facts: WeekFacts) -> Iterator[Blind]:
    """For each source, the hours of the period for which nothing, or nothing sure, is known; the blindest first."""
    spells: dict[str, list[BlindSpell]] = {}
    for spell in told:
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
