"""What the weekly digest shows, in full and in the governors' edition of numbers alone.

A silent watch must never look like a quiet week: the places that could not be seen stand beside the headline.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from alerts import playbooks, wording
from alerts.base import Count, Digest, Envelope, Item, OpenStory, Severity, Topic
from alerts.clean import domain, excerpt, line
from alerts.routing import RESTRICTED
from alerts.views import reference

FEW = 3
"""Governors never see a smaller number than this: one or two posts may point to one family."""
BARS_FROM = 20
"""Posts from which bars tell more than the numbers do."""
OPEN_SHOWN = 15
TOPICS_SHOWN = 5
PRAISE_SHOWN = 2
POSSIBLE_SHOWN = 5
COMING_SHOWN = 6
BLIND_SHOWN = 6
EXAMPLE_LIMIT = 110
"""Characters of an example: the digest fits on one page."""
_ROUND_TO = 5
_WHOLE_WEEK = 0.95
"""Share of the period from which a place counts as not seen at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountView:
    """One line of the table."""

    name: str
    this: str
    last: str
    mean: str
    percent: int
    """Length of the bar; 0 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenView:
    """A story that is still open."""

    ref: str
    title: str
    grade: str
    due: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicView:
    """What people talked about."""

    name: str
    this: str
    change: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """A post, short."""

    quote: str
    where: str
    host: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """The page."""

    subject: str
    word: str
    lead: str
    beside: str
    """The places that could not be seen, right beside the headline."""
    title: str
    remarks: tuple[str, ...]
    counts: tuple[CountView, ...]
    bars: bool
    total: str
    open: tuple[OpenView, ...]
    open_more: str
    promise: tuple[str, ...]
    topics: tuple[TopicView, ...]
    praise: tuple[QuoteView, ...]
    possible: tuple[QuoteView, ...]
    possible_more: str
    coming_up: tuple[str, ...]
    coverage: tuple[str, ...]
    foot: tuple[str, ...]


def digest_view(digest: Digest, envelope: Envelope) -> DigestView:
    """Decide what the page says; the governors' edition has no example, no story and no small number."""
    full = not digest.governors
    word, lead = _headline(digest)
    week = wording.span(digest.start, digest.end)
    posts = _posts(digest)
    return DigestView(
        subject=f"{digest.short} {week}: {word}" + ("" if full else " (governors)"),
        word=word,
        lead=lead,
        beside=_beside(digest),
        title=f"{digest.short}, {week} {digest.end.year}",
        remarks=_waited(envelope),
        counts=_counts(digest),
        bars=posts >= BARS_FROM,
        total=_total(digest, posts),
        open=tuple(_open(story, digest.zone) for story in digest.open[:OPEN_SHOWN]) if full else (),
        open_more=_more(len(digest.open) - OPEN_SHOWN, "mention-monitor incidents --open") if full else "",
        promise=_promise(digest),
        topics=_topics(digest),
        praise=tuple(map(_quote, digest.praise[:PRAISE_SHOWN])) if full else (),
        possible=tuple(map(_quote, digest.possible[:POSSIBLE_SHOWN])) if full else (),
        possible_more=_more(len(digest.possible) - POSSIBLE_SHOWN, "mention-monitor mentions")
        if full
        else "",
        coming_up=digest.coming_up[:COMING_SHOWN] if full else (),
        coverage=_coverage(digest),
        foot=_foot(digest),
    )


def _posts(digest: Digest) -> int:
    return sum(count.this for count in digest.counts)


def _headline(digest: Digest) -> tuple[str, str]:
    """A word and a sentence: what the week asks for."""
    grave = sum(count.this for count in digest.counts if count.severity >= Severity.HIGH)
    to_do = _to_do(digest)
    if to_do:
        return "please act", f"Something is left to do: {wording.listed(to_do)}."
    if digest.sources and _unseen(digest) == digest.sources:
        return "we could not look", "We could see none of our places this week. That is not a quiet week."
    if digest.governors:
        return _for_governors(grave)
    to_watch = _to_watch(digest, grave)
    if to_watch:
        return "worth watching", f"Nothing is late, but {wording.listed(to_watch)}."
    if not _posts(digest):
        return "quiet where we can look", "No posts about us in the places we can see. Nothing is left open."
    return "quiet where we can look", "Nothing grave was said where we can look. Nothing is left open."


def _to_do(digest: Digest) -> list[str]:
    late = sum(story.overdue for story in digest.open)
    grave = sum(story.severity >= Severity.HIGH for story in digest.open)
    reasons = [
        f"{wording.number(late, 'story is past its time', 'stories are past their time')}" if late else "",
        f"{wording.number(grave, 'grave story is open', 'grave stories are open')}" if grave else "",
        f"{wording.number(digest.undelivered, 'mail')} could not be delivered" if digest.undelivered else "",
    ]
    return [reason for reason in reasons if reason]


def _to_watch(digest: Digest, grave: int) -> list[str]:
    reasons = [
        wording.number(len(digest.open), "story is open", "stories are open") if digest.open else "",
        "something grave was said and has been dealt with" if grave and not digest.open else "",
        f"{wording.number(len(digest.possible), 'post')} may be about us" if digest.possible else "",
    ]
    return [reason for reason in reasons if reason]


def _for_governors(grave: int) -> tuple[str, str]:
    if grave >= FEW:
        return "worth watching", "More grave posts than in a quiet week. The head can say more."
    return "quiet where we can look", "No unusual number of grave posts where we can look."


def _unseen(digest: Digest) -> int:
    """Places of which nothing at all is known."""
    hours = ((digest.end - digest.start) + timedelta(days=1)) / timedelta(hours=1)
    lost: dict[str, float] = {}
    for blind in digest.blind:
        lost[blind.source] = lost.get(blind.source, 0.0) + blind.hours
    return sum(total >= hours * _WHOLE_WEEK for total in lost.values())


def _beside(digest: Digest) -> str:
    blind = len({spell.source for spell in digest.blind})
    if not digest.sources:
        return "No place is being looked at: check the set-up."
    if not blind:
        return (
            f"All {digest.sources} places were in sight all week."
            if digest.sources > 1
            else "Our one place was in sight all week."
        )
    some = "for part of the week" if _unseen(digest) < blind else "all week"
    return f"Out of sight {some}: {blind} of {wording.number(digest.sources, 'place')} (see below)."


def _waited(envelope: Envelope) -> tuple[str, ...]:
    if envelope.waited is None:
        return ()
    return (f"This mail waited {wording.lasting(envelope.waited)} before it could be sent.",)


def _counts(digest: Digest) -> tuple[CountView, ...]:
    rows = sorted(digest.counts, key=lambda count: -count.severity)
    most = max((count.this for count in rows), default=0)
    return tuple(_count(count, most, governors=digest.governors) for count in rows)


def _count(count: Count, most: int, *, governors: bool) -> CountView:
    few = governors and 0 < count.this < FEW
    mean = round(count.mean) if governors else count.mean
    return CountView(
        name=wording.GRADES[count.severity],
        this=_told(count.this, governors=governors),
        last=_told(count.last, governors=governors),
        mean=_told(round(mean), governors=True) if governors else f"{count.mean:.1f}",
        percent=0 if few or not most else round(100 * count.this / most),
    )


def _told(count: int, *, governors: bool) -> str:
    return f"under {FEW}" if governors and 0 < count < FEW else f"{count:,}"


def _total(digest: Digest, posts: int) -> str:
    if not digest.entries and not posts:
        return (
            "Nothing was read, so nothing can be said." if digest.blind else "Nothing new stood in any place."
        )
    read = f"{wording.number(digest.not_ours, 'other post')} turned out not to be about us."
    if digest.governors:
        about = _ROUND_TO * round(posts / _ROUND_TO)
        return (
            f"About {about} posts about us. {read}"
            if about
            else f"Fewer than {_ROUND_TO} posts about us. {read}"
        )
    if not posts:
        return f"No posts about us. {read}"
    return f"{wording.number(posts, 'post')} about us, {digest.positive:,} of them friendly. {read}"


def _open(story: OpenStory, zone: str) -> OpenView:
    title = "for the safeguarding leads" if story.restricted else playbooks.title(story.category)
    due = ""
    if story.due_at:
        word = "answer by" if story.clock == "answer" else "decide by"
        due = f"{word} {wording.moment(story.due_at, wording.zone(zone))}"
    return OpenView(
        ref=story.ref,
        title=title,
        grade=wording.GRADES[story.severity],
        due=f"{due} – past its time" if story.overdue else due,
        owner=line(story.owner) or "nobody yet",
    )


def _more(count: int, command: str) -> str:
    return f"… and {count} more: {command}" if count > 0 else ""


def _promise(digest: Digest) -> tuple[str, ...]:
    looked = digest.minutes_to_first_look
    if looked is None:
        return (_kept(digest), "No urgent or high post had to be looked at.")
    time = wording.lasting(timedelta(minutes=looked))
    return (_kept(digest), f"First look at urgent and high posts: {time} (median).")


def _kept(digest: Digest) -> str:
    owed, kept = digest.answers_owed, digest.answered_in_time
    if not owed:
        return "No answer was owed on our own pages."
    if digest.governors and owed < FEW:
        return f"Under {FEW} answers were owed on our own pages."
    answers = wording.number(owed, "answer")
    if digest.governors and 0 < owed - kept < FEW:
        return f"All but a few of {answers} on our own pages came in time."
    return f"{kept} of {answers} on our own pages came in time ({round(100 * kept / owed)} %)."


def _topics(digest: Digest) -> tuple[TopicView, ...]:
    shown = [topic for topic in digest.topics if not (digest.governors and topic.category in RESTRICTED)]
    shown.sort(key=lambda topic: -topic.this)
    return tuple(_topic(topic, governors=digest.governors) for topic in shown[:TOPICS_SHOWN])


def _topic(topic: Topic, *, governors: bool) -> TopicView:
    private = governors or topic.category in RESTRICTED
    few = governors and (topic.this < FEW or topic.last < FEW)
    change = (
        "the same"
        if topic.this == topic.last
        else f"{'up' if topic.this > topic.last else 'down'} from {topic.last}"
    )
    return TopicView(
        name=playbooks.title(topic.category),
        this=_told(topic.this, governors=governors),
        change="" if few else change,
        example="" if private else excerpt(topic.example, EXAMPLE_LIMIT),
    )


def _quote(item: Item) -> QuoteView:
    link = domain("" if item.link_withheld else item.url)
    return QuoteView(
        quote=excerpt(item.excerpt or item.title, EXAMPLE_LIMIT) or "(no words shown)",
        where=", ".join(part for part in (line(item.source), reference(item)) if part),
        host=link.host,
        href=link.href,
    )


def _coverage(digest: Digest) -> tuple[str, ...]:
    found = [
        f"{line(blind.source)}: nothing known for {wording.lasting(timedelta(hours=blind.hours))} ({line(blind.why)})."
        for blind in digest.blind[:BLIND_SHOWN]
    ]
    rest = len(digest.blind) - BLIND_SHOWN
    if rest > 0:
        found.append(f"… and {rest} more: mention-monitor sources")
    if not digest.entries and digest.sources and not digest.blind:
        found.append("We looked, and the places had nothing new: no posts is not the same as no look.")
    if digest.false_alarms:
        marked = _told(digest.false_alarms, governors=digest.governors)
        found.append(f"Marked “not us” by you: {marked}.")
    if digest.undelivered:
        found.append(
            f"{wording.number(digest.undelivered, 'mail')} could not be delivered: mention-monitor outbox"
        )
    return (f"{wording.number(digest.sources, 'place')}, {digest.entries:,} posts read.", *found)


def _foot(digest: Digest) -> tuple[str, ...]:
    missing = (
        "No mail like this by Monday 09:00 (Tuesday after a bank holiday)? Then the watch itself may have stopped:"
        " tell whoever looks after it."
    )
    return (missing, f"Times are those of {digest.zone}. Names are cut to initials and strong words starred.")
