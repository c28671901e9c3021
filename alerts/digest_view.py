"""What the digest shows: the week in full, and the governors' edition, of a term, in numbers alone.

A silent watch must never look like a quiet week: the places that could not be seen stand beside the headline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from alerts import digest_numbers as numbers
from alerts import playbooks, wording
from alerts.base import Digest, Envelope, Item, OpenStory, Severity, Topic
from alerts.clean import domain, excerpt, line
from alerts.routing import RESTRICTED
from alerts.views import delays, reference

BARS_FROM = 20
"""Posts from which bars tell more than the numbers do."""
OPEN_SHOWN = 6
TOPICS_SHOWN = 5
PRAISE_SHOWN = 2
REFS_SHOWN = 15
POSSIBLE_SHOWN = 2
COMING_SHOWN = 7
BLIND_SHOWN = 2
WORDS_SHOWN = 4
NAMED_BESIDE = 3
"""Places that are named right beside the headline."""
NAME_LIMIT = 40
WHY_LIMIT = 60
LINE_LIMIT = 220
COMING_LIMIT = 300
"""Who is on duty over Christmas ends the longest line, and must not be cut off."""
EXAMPLE_LIMIT = 90
"""Characters of an example. All these limits together keep the digest on one printed page."""
LETTERS_A_LINE = 95
SIZES = ((28, (14, 1.35)), (34, (13, 1.3)), (48, (12, 1.2)))
"""Up to how many lines, headings and table apart, which size."""
SMALLEST = (11, 1.2)
_WHOLE_WEEK = 0.95
"""Share of the period from which a place counts as not seen at all."""
_NEVER = (
    "Never in sight: closed groups, private accounts, direct messages, WhatsApp and other chats. What is said there is"
    " in none of these numbers."
)
_FOR_GOVERNORS = (
    f"Numbers under {numbers.FEW} are not spelt out. Posts about safeguarding or about an adult who works with our pupils are"
    " in none of them: whoever may have to judge later has to come to it fresh."
)


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

    size: tuple[int, float]
    """Of its letters in pixels, and of its lines in letters: much on it makes them smaller, so that it stays one page on paper."""
    subject: str
    word: str
    lead: str
    beside: str
    """The places that could not be seen, right beside the headline."""
    title: str
    remarks: tuple[str, ...]
    columns: tuple[str, str, str]
    """Heads of the three columns of numbers; the last is empty where there is no such column."""
    counts: tuple[numbers.CountView, ...]
    shares: str
    """The bars in words."""
    bars: bool
    total: str
    open_head: str
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
    # the sort is stable: what is late comes first, each part with the gravest first
    stories = sorted(digest.open, key=lambda story: not story.overdue) if full else []
    bars = numbers.posts_of(digest) >= BARS_FROM
    view = DigestView(
        size=SMALLEST,
        subject=f"{digest.short} {week}: {word}" + ("" if full else " (governors)"),
        word=word,
        lead=lead,
        beside=_beside(digest),
        title=f"{digest.short}, {week} {digest.end.year}" + ("" if full else ", for the governors"),
        remarks=_remarks(digest, envelope),
        columns=numbers.columns(digest),
        counts=numbers.counts(digest, seen=_unseen(digest) < digest.sources),
        shares=numbers.shares(digest) if bars and full else "",
        bars=bars,
        total=f"{numbers.total(digest)} {numbers.compared(digest)}".strip(),
        open_head=f"Still open on {wording.day(digest.end)}" if stories else "",
        open=tuple(_open(story, digest.zone) for story in stories[:OPEN_SHOWN]),
        open_more=_more_open(stories[OPEN_SHOWN:]),
        promise=numbers.promise(digest),
        topics=_topics(digest),
        praise=tuple(map(_quote, digest.praise[:PRAISE_SHOWN])) if full else (),
        possible=tuple(map(_quote, digest.possible[:POSSIBLE_SHOWN])) if full else (),
        possible_more=_more(len(digest.possible) - POSSIBLE_SHOWN, "mention-monitor mentions")
        if full
        else "",
        coming_up=_coming_up(digest.coming_up),
        coverage=_coverage(digest),
        foot=_foot(digest),
    )
    return replace(view, size=_size(view))


def _size(view: DigestView) -> tuple[int, float]:
    """The largest letters with which the page fits on A4, as tried out in a browser."""
    texts = [*view.remarks, *view.coming_up, *view.coverage, *view.foot, view.total, " ".join(view.promise)]
    texts += [f"{each.quote} {each.where} {each.host}" for each in (*view.praise, *view.possible)]
    texts += [f"{topic.name} {topic.change} {topic.example}" for topic in view.topics]
    lines = sum(1 + len(text) // LETTERS_A_LINE for text in texts) + len(view.open) + bool(view.open_more)
    return next((size for most, size in SIZES if lines <= most), SMALLEST)


def _headline(digest: Digest) -> tuple[str, str]:
    """A word and a sentence: what the week asks for."""
    grave = sum(count.this for count in digest.counts if count.severity >= Severity.HIGH)
    to_do = [] if digest.governors else _to_do(digest)
    if to_do:
        return "please act", f"Something is left to do: {wording.listed(to_do)}."
    if _unseen(digest) * 2 >= digest.sources:
        return _hardly_seen(digest)
    if digest.governors:
        return _for_governors(grave)
    to_watch = _to_watch(digest, grave)
    if to_watch:
        return "worth watching", f"Nothing is overdue, but {wording.listed(to_watch)}."
    if not numbers.posts_of(digest):
        return "quiet where we can look", "No posts about us in the places we can see. Nothing is left open."
    return "quiet where we can look", "Nothing grave was said where we can look. Nothing is left open."


def _hardly_seen(digest: Digest) -> tuple[str, str]:
    """For a silence that says nothing: half of the places or more were out of sight all the time."""
    unseen, time = _unseen(digest), numbers.time(digest)
    if unseen == digest.sources:
        return (
            "we could not look",
            f"We could see none of our places this {time}. That is not a quiet {time}.",
        )
    return (
        "we could hardly look",
        f"We saw nothing of {unseen} of our {digest.sources} places. That is not a quiet {time}.",
    )


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
    late = sum(answer.hours is not None for answer in digest.late)
    reasons = [
        f"{wording.number(late, 'answer')} came late" if late else "",
        wording.number(len(digest.open), "story is open", "stories are open") if digest.open else "",
        "something grave was said and has been dealt with" if grave and not digest.open else "",
        f"{wording.number(len(digest.possible), 'post')} may be about us" if digest.possible else "",
    ]
    return [reason for reason in reasons if reason]


def _for_governors(grave: int) -> tuple[str, str]:
    if grave >= numbers.FEW:
        return "worth watching", f"Some posts were grave: {numbers.FEW} or more. The head can say more."
    return "quiet where we can look", f"Fewer than {numbers.FEW} posts were grave where we can look."


def _unseen(digest: Digest) -> int:
    """Places of which nothing at all is known."""
    hours = ((digest.end - digest.start) + timedelta(days=1)) / timedelta(hours=1)
    lost: dict[str, float] = {}
    for blind in digest.blind:
        lost[blind.source] = lost.get(blind.source, 0.0) + blind.hours
    return sum(total >= hours * _WHOLE_WEEK for total in lost.values())


def _beside(digest: Digest) -> str:
    names = [line(name, NAME_LIMIT) for name in dict.fromkeys(spell.source for spell in digest.blind)]
    blind, time = len(names), numbers.time(digest)
    if not digest.sources:
        return "No place is being looked at: check the set-up."
    if not blind:
        return (
            f"All {digest.sources} places were in sight all {time}."
            if digest.sources > 1
            else f"Our one place was in sight all {time}."
        )
    some = f"for part of the {time}" if _unseen(digest) < blind else f"all {time}"
    rest = [f"{blind - NAMED_BESIDE} more"] if blind > NAMED_BESIDE else []
    named = wording.listed(names[:NAMED_BESIDE] + rest)
    return f"Out of sight {some}: {blind} of {wording.number(digest.sources, 'place')} ({named})."


def _remarks(digest: Digest, envelope: Envelope) -> tuple[str, ...]:
    time, began = numbers.time(digest), digest.began
    remarks = (
        *delays(envelope),
        digest.as_of
        and f"This {time} is not over: as of {wording.moment(digest.as_of, wording.zone(digest.zone))}.",
        began and f"The watch began on {wording.day(began)}: this is not a whole {time}.",
        digest.skipped
        and f"Nothing was running: {wording.number(digest.skipped, 'earlier week')} had no mail like this. To see one:"
        " mention-monitor digest --week",
    )
    return tuple(remark for remark in remarks if remark)


def _open(story: OpenStory, zone: str) -> OpenView:
    title = "for the safeguarding leads" if story.restricted else playbooks.title(story.category)
    due = ""
    if story.due_at:
        word = "answer by" if story.clock == "answer" else "decide by"
        due = f"{word} {wording.moment(story.due_at, wording.zone(zone))}"
    later = f", put off until {wording.moment(story.put_off, wording.zone(zone))}" if story.put_off else ""
    return OpenView(
        ref=story.ref,
        title=title,
        grade=wording.GRADES[story.severity],
        due=f"{due} – past its time" if story.overdue else due,
        owner=(line(story.owner, NAME_LIMIT) or "nobody yet") + later,
    )


def _more_open(stories: Sequence[OpenStory]) -> str:
    """Nothing vanishes before it is closed: what has no room is told by its number."""
    if not stories:
        return ""
    refs = ", ".join(story.ref for story in stories[:REFS_SHOWN])
    more = f" and {len(stories) - REFS_SHOWN} more" if len(stories) > REFS_SHOWN else ""
    return f"Open too: {refs}{more} (mention-monitor incidents --open)"


def _coming_up(lines: Sequence[str]) -> tuple[str, ...]:
    rest = len(lines) - COMING_SHOWN
    shown = (line(each, COMING_LIMIT) for each in lines[:COMING_SHOWN])
    return (*shown, *([f"… and {rest} more"] if rest > 0 else []))


def _more(count: int, command: str) -> str:
    return f"… and {count} more: {command}" if count > 0 else ""


def _topics(digest: Digest) -> tuple[TopicView, ...]:
    shown = [topic for topic in digest.topics if not (digest.governors and topic.category in RESTRICTED)]
    shown.sort(key=lambda topic: -topic.this)
    return tuple(_topic(topic, digest) for topic in shown[:TOPICS_SHOWN])


def _topic(topic: Topic, digest: Digest) -> TopicView:
    governors = digest.governors
    private = governors or topic.category in RESTRICTED
    few = not digest.periods_before or (governors and (topic.this < numbers.FEW or topic.last < numbers.FEW))
    change = "the same" if topic.this == topic.last else f"up from {topic.last}" if topic.last else "new"
    if topic.this < topic.last:
        change = f"down from {topic.last}"
    return TopicView(
        name=playbooks.title(topic.category),
        this=numbers.told(topic.this, governors=governors),
        change="" if few else change,
        example="" if private else excerpt(topic.example, EXAMPLE_LIMIT),
    )


def _quote(item: Item) -> QuoteView:
    link = domain("" if item.link_withheld else item.url)
    return QuoteView(
        quote=excerpt(item.excerpt or item.title, EXAMPLE_LIMIT) or "(no words shown)",
        where=", ".join(part for part in (line(item.source, NAME_LIMIT), reference(item)) if part),
        host=link.host,
        href=link.href,
    )


def _coverage(digest: Digest) -> tuple[str, ...]:
    parts = (
        _tried(digest),
        digest.self_test and f"The {line(digest.self_test, LINE_LIMIT)}.",
        *(
            f"{line(blind.source, NAME_LIMIT)}: nothing known for {wording.lasting(timedelta(hours=blind.hours))}"
            f" ({excerpt(blind.why, WHY_LIMIT)})."
            for blind in digest.blind[:BLIND_SHOWN]
        ),
        _more(len(digest.blind) - BLIND_SHOWN, "mention-monitor sources"),
        *(
            f"{line(quiet.source, NAME_LIMIT)}: in doubt for {wording.lasting(timedelta(hours=quiet.hours))}"
            f" ({excerpt(quiet.why, WHY_LIMIT)}). Somebody should look whether its address still works."
            for quiet in digest.doubtful[:BLIND_SHOWN]
        ),
        _more(len(digest.doubtful) - BLIND_SHOWN, "mention-monitor sources"),
        "We looked, and the places had nothing new: no posts is not the same as no look."
        if not digest.entries and digest.sources and not digest.blind
        else "",
        _NEVER,
        *_taught(digest),
        f"{wording.number(digest.undelivered, 'mail')} could not be delivered: mention-monitor outbox"
        if digest.undelivered
        else "",
    )
    return tuple(part for part in parts if part)


def _tried(digest: Digest) -> str:
    if not digest.sources:
        return "No place was tried."
    failed = f", {digest.failed} of them failed at least once" if digest.failed else ""
    if not digest.failed and not digest.blind:
        failed = ", none of them failed"
    return f"{wording.number(digest.sources, 'place')} tried{failed}; {wording.number(digest.entries, 'post')} read."


def _taught(digest: Digest) -> tuple[str, ...]:
    """What people marked as no business of ours, and what the watch therefore overlooks."""
    marked = (
        f"Marked “not us” by you: {numbers.told(digest.false_alarms, governors=digest.governors)}."
        if digest.false_alarms
        else ""
    )
    if digest.governors or not digest.learned:
        return (marked,)
    words = [f"“{line(each, NAME_LIMIT).removeprefix('*')}”" for each in digest.learned[:WORDS_SHOWN]]
    rest = len(digest.learned) - WORDS_SHOWN
    listed = wording.listed([*words, f"{rest} more"] if rest > 0 else words)
    return (marked, f"As you taught it, these words speak against us: {listed} (mention-monitor rules).")


def _foot(digest: Digest) -> tuple[str, ...]:
    zone = wording.zone(digest.zone)
    keeper = f"the {wording.ROLES[digest.keeper]}" if digest.keeper else "whoever looks after it"
    by = (
        f"{wording.day(digest.next_at.astimezone(zone))} 09:00"
        if digest.next_at
        else "Monday 09:00 (Tuesday after a bank holiday)"
    )
    missing = f"No mail like this by {by}? Then the watch itself may have stopped: tell {keeper}."
    times = f"Times are those of {digest.zone}."
    if digest.governors:
        return (_FOR_GOVERNORS, times)
    return (missing, f"{times} Names are cut to initials and strong words starred.")
