"""What a mail about several stories shows: the bundle of the day, and the reminder that time is nearly over.

Stories that wait for an answer come first, whatever is due earliest leads, and each says which words to reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alerts import playbooks, wording
from alerts.base import Alert, Bundle, BundleLine, Envelope, Item, Severity
from alerts.clean import domain, excerpt
from alerts.views import (
    PRIVATE,
    SOURCE_LIMIT,
    alert_subject,
    delays,
    foot,
    is_long,
    no_link,
    quote_limit,
    reference,
    told_to,
)

LINES_SHOWN = 15
"""Stories in one mail: what is due first; more would not be read, and a mail is cut off at 100 kB."""
POSSIBLE_SHOWN = 5
NOTE_LIMIT = 160
CALM = (
    "None of it is urgent. Whoever takes a story says so with its number, so that nobody does it twice; the words to"
    " reply stand under each."
)
CALM_BY_HAND = (
    "None of it is urgent. Agree who takes which story, so that nobody does it twice, and enter it with the command"
    " under each."
)
JUDGE = "Our name is not there in full, so a person has to judge: is it our school, and does it matter?"
GOOD_ENOUGH = (
    "“Thank you, we are looking into it” counts as an answer, and “no reply, because …” is a good decision. This comes"
    " when nine tenths of the time have gone, or when you asked for it."
)
_LAST = datetime.max.replace(tzinfo=UTC)
_BY = {"answer": "Answer by", "decide": "Decide by"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One story, or one post that may be about us."""

    name: str
    due: str
    """By when; empty for a post that may be about us."""
    where: str
    quote: str
    """Empty where the words are not shown."""
    why: str
    host: str
    href: str
    """Empty where there is no link; ``no_link`` says why."""
    no_link: str
    holding: str
    """A line to copy as an answer."""
    enter: str
    """The command for it, where nobody reads replies."""
    words: tuple[tuple[str, str], ...] = ()
    """What to reply, and what is to be said after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """Stories of which the same is asked."""

    title: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleView:
    """A mail about several stories."""

    subject: str
    lead: str
    aside: str
    """What else stands in the preview: in lighter letters."""
    remarks: tuple[str, ...]
    title: str
    severity: Severity
    sections: tuple[SectionView, ...]
    more: tuple[str, ...]
    """How many stories are not shown, and how to see them."""
    told: str
    replies: tuple[tuple[str, str], ...]
    """Words to reply with, and what they do; empty where nobody reads replies."""
    foot: tuple[str, ...]


def bundle_view(bundle: Bundle, envelope: Envelope) -> BundleView:
    """Decide what a bundle says."""
    answer, look = _parted(bundle.items)
    page = _Page(wording.zone(bundle.zone), envelope)
    possible = bundle.possible[:POSSIBLE_SHOWN]
    return BundleView(
        subject=f"{bundle.short} today: {_summary(bundle, answer, look, page.tz)}",
        lead=_lead(bundle, answer, look, page.tz),
        aside=CALM if envelope.reply_to else CALM_BY_HAND,
        remarks=delays(envelope),
        title=f"For {bundle.school} today",
        severity=max((story.severity for story in bundle.items), default=Severity.LOW),
        sections=_filled(
            SectionView(title="To answer", lines=page.stories(answer)),
            SectionView(title="To look at", lines=page.stories(look[: max(LINES_SHOWN - len(answer), 0)])),
            SectionView(title="Maybe about us: please look", lines=tuple(map(page.possible, possible))),
        ),
        more=_more(bundle),
        told=told_to(bundle.told),
        replies=_replies((*answer, *look), envelope) or _judgements(possible, envelope),
        foot=foot(bundle.zone, envelope),
    )


def due_view(alert: Alert, envelope: Envelope) -> BundleView:
    """Decide what the reminder says to whoever owes the answers or decisions, however many there are."""
    lines = _in_order(alert.lines or (_line_of(alert, envelope.ref),))
    page = _Page(wording.zone(alert.zone), envelope)
    restricted = alert.restricted or any(story.restricted for story in lines)
    one = len(lines) == 1
    return BundleView(
        subject=alert_subject(alert, envelope.ref)
        if one and envelope.ref
        else _due_subject(alert, lines, page.tz),
        lead=f"{f'{wording.EXERCISE} ' if alert.exercise else ''}Reminder: {_nearly(lines, page.tz, envelope.sent_at)}",
        aside=f"{GOOD_ENOUGH} {PRIVATE}" if restricted else GOOD_ENOUGH,
        remarks=(*delays(envelope), *alert.notes),
        title="Out of time" if wording.over(_first(lines), envelope.sent_at) else "For you to finish",
        severity=max(story.severity for story in lines),
        sections=_filled(
            *(SectionView(title=title, lines=page.stories(part)) for title, part in _by_clock(lines))
        ),
        more=_hidden(len(lines) - LINES_SHOWN),
        told=told_to(alert.told),
        replies=_replies(lines, envelope),
        foot=foot(alert.zone, envelope),
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What every line of one mail needs to know of it."""

    tz: ZoneInfo
    envelope: Envelope

    def stories(self, lines: Sequence[BundleLine]) -> tuple[LineView, ...]:
        return tuple(self.story(each) for each in lines[:LINES_SHOWN])

    def story(self, story: BundleLine) -> LineView:
        story = _closed(story) if story.restricted else story
        topic = "Safeguarding leads only" if story.restricted else playbooks.title(story.category)
        marks = (
            excerpt(story.source, SOURCE_LIMIT),
            "" if story.certain else "place not certain",
            "not public" if story.passed_on else "",
        )
        grade = wording.GRADES[story.severity]
        shown = self._post(story.url, withheld=story.link_withheld, command=f"incidents show {story.ref}")
        return LineView(
            name=f"{story.ref} – {topic}",
            due=self._due(story),
            where=", ".join(part for part in (f"graded {grade.lower()}", *marks) if part),
            quote=excerpt(story.excerpt, quote_limit(story.category)),
            why=f"Why: {excerpt(story.note, NOTE_LIMIT)}" if story.note else "",
            holding=_holding(story),
            enter="" if self.envelope.reply_to else f"Enter: mention-monitor mine {story.ref}",
            words=_words_for(story) if self.envelope.reply_to else (),
            host=shown[0],
            href=shown[1],
            no_link="" if story.restricted else shown[2],
        )

    def possible(self, item: Item) -> LineView:
        ref = reference(item)
        shown = self._post(
            item.url, withheld=item.link_withheld, command=f"mentions show {ref}" if ref else ""
        )
        marks = (
            "may be a child" if item.maybe_child else "",
            "passed on, not public" if item.passed_on else "",
        )
        where = (excerpt(item.source, SOURCE_LIMIT), f"seen {wording.moment(item.seen_at, self.tz)}", *marks)
        return LineView(
            name=f"{ref} – place not certain" if ref else "Place not certain",
            due="",
            where=", ".join(part for part in where if part),
            quote=excerpt(item.excerpt or item.title),
            why="",
            holding="",
            enter="" if self.envelope.reply_to or not ref else f"Enter: mention-monitor mentions show {ref}",
            words=_words_about(ref) if ref and self.envelope.reply_to else (),
            host=shown[0],
            href=shown[1],
            no_link=shown[2],
        )

    def _due(self, story: BundleLine) -> str:
        if not story.clock or story.due_at is None:
            return "No answer is owed"
        at = wording.moment(story.due_at, self.tz)
        late = wording.over(story.due_at, self.envelope.sent_at)
        return f"Overdue: {_BY[story.clock].lower()} {at}" if late else f"{_BY[story.clock]} {at}"

    def _post(self, url: str, *, withheld: bool, command: str) -> tuple[str, str, str]:
        """Host, address, and why there is none."""
        link = domain("" if withheld else url)
        href = "" if is_long(link) else link.href
        return link.host, href, "" if href else no_link(link, withheld=withheld, command=command)


def _words_for(story: BundleLine) -> tuple[tuple[str, str], ...]:
    done = "answered" if story.clock == "answer" else "no reply, because …"
    return (f"mine {story.ref}", ""), (f"done {story.ref} {done}", ""), (f"not us {story.ref}", "")


def _words_about(ref: str) -> tuple[tuple[str, str], ...]:
    return (f"mine {ref}", ", if it is about us"), (f"not us {ref}", "")


def _closed(story: BundleLine) -> BundleLine:
    return replace(story, excerpt="", url="", note="", link_withheld=False)


def _holding(story: BundleLine) -> str:
    if story.clock != "answer" or story.restricted or story.severity is Severity.CRITICAL:
        return ""
    return playbooks.shelf().playbook[story.category].holding


def _in_order(lines: Iterable[BundleLine]) -> tuple[BundleLine, ...]:
    return tuple(sorted(lines, key=lambda story: (story.due_at or _LAST, -story.severity)))


def _parted(lines: Iterable[BundleLine]) -> tuple[tuple[BundleLine, ...], tuple[BundleLine, ...]]:
    """What waits for an answer, and what is to be looked at."""
    ordered = _in_order(lines)
    return (
        tuple(story for story in ordered if story.clock == "answer"),
        tuple(story for story in ordered if story.clock != "answer"),
    )


def _by_clock(lines: Sequence[BundleLine]) -> list[tuple[str, tuple[BundleLine, ...]]]:
    """What is owed, each kind under its heading, whatever is due earliest first."""
    answer, rest = _parted(lines[:LINES_SHOWN])
    return sorted((("To answer", answer), ("To decide", rest)), key=lambda part: _first(part[1]) or _LAST)


def _filled(*sections: SectionView) -> tuple[SectionView, ...]:
    return tuple(section for section in sections if section.lines)


def _first(lines: Sequence[BundleLine]) -> datetime | None:
    return min((story.due_at for story in lines if story.due_at), default=None)


def _summary(bundle: Bundle, answer: Sequence[BundleLine], look: Sequence[BundleLine], tz: ZoneInfo) -> str:
    parts = []
    if look:
        parts.append(f"{len(look)} to look at")
    if answer:
        first = _first(answer)
        by = f"{'' if len(answer) == 1 else ', the first'} by {wording.weekday(first, tz)}" if first else ""
        parts.append(f"{len(answer)} to answer{by}")
    if not parts and bundle.possible:
        parts.append(f"{len(bundle.possible)} perhaps about us")
    return ", ".join(parts) or "nothing to look at"


def _lead(bundle: Bundle, answer: Sequence[BundleLine], look: Sequence[BundleLine], tz: ZoneInfo) -> str:
    parts = []
    if answer:
        first = _first(answer)
        by = f"{'' if len(answer) == 1 else ', the first'} by {wording.moment(first, tz)}" if first else ""
        parts.append(f"{wording.number(len(answer), 'comment')} on our own pages to answer{by}")
    if look:
        parts.append(f"{wording.number(len(look), 'story', 'stories')} to look at")
    if bundle.possible:
        parts.append(f"{wording.number(len(bundle.possible), 'post')} that may be about us")
    judge = f" {JUDGE}" if bundle.possible and not bundle.items else ""
    return f"{'; '.join(parts) or 'Nothing is left to look at'}.{judge}"


def _more(bundle: Bundle) -> tuple[str, ...]:
    posts = len(bundle.possible) - POSSIBLE_SHOWN
    stories = _hidden(len(bundle.items) - LINES_SHOWN)
    if posts <= 0:
        return stories
    return (
        *stories,
        f"{wording.number(posts, 'more post')} may be about us; to see all: mention-monitor mentions",
    )


def _hidden(stories: int) -> tuple[str, ...]:
    if stories <= 0:
        return ()
    more = wording.number(stories, "more story", "more stories")
    return (f"{more}; to see all: mention-monitor incidents --open",)


def _judgements(possible: Sequence[Item], envelope: Envelope) -> tuple[tuple[str, str], ...]:
    refs = [reference(item) for item in possible if reference(item)]
    if not envelope.reply_to or not refs:
        return ()
    return (
        (f"mine {refs[0]}", "it is about us, and I take it"),
        (f"not us {refs[0]}", "it is not about our school"),
    )


def _replies(lines: Sequence[BundleLine], envelope: Envelope) -> tuple[tuple[str, str], ...]:
    if not envelope.reply_to or not lines:
        return ()
    ref = lines[0].ref
    return (
        (f"mine {ref}", "I take it; nobody is reminded of it but me"),
        (
            f"done {ref} answered",
            "it is dealt with; also: acknowledged, complaints procedure, no reply, because …",
        ),
        (f"later {ref} Thursday", "remind me then"),
        (f"should be high {ref}", "it is graver than it looks"),
        (f"not us {ref}", "it is not about our school"),
    )


def _line_of(alert: Alert, ref: str) -> BundleLine:
    """The one story of a reminder that tells of no others."""
    first = alert.items[0] if alert.items else None
    return BundleLine(
        ref=ref,
        severity=alert.severity,
        category=alert.category,
        clock=alert.clock,
        due_at=alert.due_at,
        excerpt=(first.excerpt or first.title) if first else "",
        source=first.source if first else "",
        url=first.url if first else "",
        link_withheld=any(item.link_withheld for item in alert.items),
        certain=not alert.items or any(item.certain for item in alert.items),
        note=alert.grounds[0] if alert.grounds else "",
        restricted=alert.restricted,
    )


def _nearly(lines: Sequence[BundleLine], tz: ZoneInfo, now: datetime | None) -> str:
    first = _first(lines)
    late = wording.over(first, now)
    many = f"{len(lines)} stories need" if len(lines) > 1 else "this story needs"
    what = "an answer" if all(story.clock == "answer" for story in lines) else "an answer or a decision"
    by = f"; {'the first' if len(lines) > 1 else 'it'} was due by" if late else ""
    by = by or (", the first by" if len(lines) > 1 else " by")
    until = f"{by} {wording.moment(first, tz)}" if first else ""
    return f"{'the time is over: ' if late else ''}{many} {what} from you{until}."


def _due_subject(alert: Alert, lines: Sequence[BundleLine], tz: ZoneInfo) -> str:
    first = _first(lines)
    clocks = {story.clock for story in lines}
    what = {frozenset({"answer"}): "to answer", frozenset({"decide"}): "to decide"}.get(
        frozenset(clocks), "due soon"
    )
    lead = ", the first by" if len(lines) > 1 else " by"
    by = f"{lead} {wording.weekday(first, tz)}" if first else ""
    return wording.drill(f"{alert.short} reminder: {len(lines)} {what}{by}", exercise=alert.exercise)
