"""Stories: which mention belongs to which, how grave the whole is, and whether there is something to say.

A mention joins an open story if it repeats, answers, or shares the thread or link of one of its mentions;
else it opens one if it is at least medium or needs an answer. A story is never less grave than its worst
mention. Knows no recipient, no mail, no clock.

Something is said when a story opens, when it worsens (graver, now certain, a new grave matter, or now in the
national press), when it grows (10, 30, 100 mentions; another critical post that is no mere repeat; another comment on the school's
own account that needs an answer; one of the first ten that is grave and shares no more than a link, which
anybody can write), and otherwise not.

A mention that is only *possibly* about the school is stored. Only if it is critical does it join or open
a story. One that repeats the text of a story which a person has closed as *not us* joins that without a word,
unless it is graver than that story was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.base import PRECEDENCE, Category, Clock, Reason, Severity
from monitor.kinship import Group, Kinship, Same
from monitor.model import (
    Assessment,
    Certainty,
    EditedMention,
    Finding,
    IncidentChange,
    Known,
    KnownMention,
    NewMention,
    OpenIncident,
)
from monitor.reach import INSISTS, Press, Widened, insists, raised, unraised, widened

GROWTH = (10, 30, 100)
"""Numbers of mentions at which a story is worth another word."""
MOST_EDITS = 24
"""A post that changes more often is left alone: something on its page keeps moving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What sorting needs besides the mentions."""

    now: datetime
    same: Same
    text: Callable[[Finding], str]
    """The window of a finding that is compared, and stored unless its publisher forbids that."""
    due: Callable[[datetime], datetime]
    """When something received then is due."""
    possible_alerts: bool = True
    """Whether a critical post whose place is not certain is told at all."""
    quiet: Collection[str] = ()
    """Keys of posts older than the watch: stored silently, the critical ones in one story."""
    press: Press = field(default_factory=Press)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What happened to a story in this poll, and why there is something to say; ``None``: there is not."""

    change: IncidentChange
    reason: Reason | None
    before: OpenIncident | None
    fresh: tuple[Finding, ...]
    """Its mentions that are new, or changed for the worse; gravest first."""
    from_the_start: bool = False
    """A story of posts that are older than the watch."""
    reach: str = ""
    """Why it is a band higher than what was said, or that the national press has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Where everything belongs."""

    mentions: tuple[NewMention, ...]
    edited: tuple[EditedMention, ...]
    moves: tuple[Move, ...]


def sort(findings: Sequence[Finding], known: Known, rules: Rules) -> Sorted:
    """Sort the findings of one school into stories, oldest first."""
    book = _Book(known, rules)
    oldest_first = _once(reversed(findings))  # feeds name the newest first, dated or not
    for finding in sorted(oldest_first, key=lambda one: one.entry.published or rules.now):
        book.add(finding)
    for story in book.stories:
        story.spread(rules.press, rules.now)
    return Sorted(
        mentions=tuple(book.mentions),
        edited=tuple(book.edited),
        moves=tuple(story.move() for story in book.stories if story.touched),
    )


def received(finding: Finding, now: datetime) -> datetime:
    """When the clock of a mention begins.

    For the school's own account, when it was written, if that is told and no lie; elsewhere, when we first
    saw it: a school cannot be late for what it had not met.
    """
    published = finding.entry.published
    return published if finding.entry.own_account and published and published <= now else now


def owes_answer(finding: Finding) -> bool:
    """Whether the policy promises an answer: a comment, query or complaint on the school's own account."""
    return finding.entry.own_account and finding.assessment.needs_response


def lead(assessment: Assessment) -> Category:
    """The category whose playbook counts."""
    if assessment.categories:
        return assessment.categories[0]
    return Category.COMPLAINT_GENERAL if assessment.severity >= Severity.MEDIUM else Category.QUERY_INFO


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each key: of entries that share an id, the gravest, so that none hides another."""
    found: dict[str, Finding] = {}
    for finding in findings:
        other = found.get(finding.keys.key)
        if other is None or finding.assessment.severity > other.assessment.severity:
            found[finding.keys.key] = finding
    return list(found.values())


@dataclass(slots=True, kw_only=True, eq=False)
class _Story:
    """A story as it grows during one poll."""

    school: str
    subject_key: str
    before: OpenIncident | None
    severity: Severity
    category: Category
    categories: set[Category]
    certain: bool
    count: int
    clock: Clock
    due_at: datetime | None
    from_the_start: bool = False
    touched: bool = False
    fresh: list[Finding] = field(default_factory=list)
    again: bool = False
    """Something in it must be told although the story is known."""
    own_words: bool = False
    """Something new in it is no mere copy."""
    talked: bool = False
    """Something new in it is no copy in a newspaper: what many papers print is one story, and has not grown."""
    reach: Widened = field(default_factory=Widened)
    authors: list[str] = field(default_factory=list)
    insists: bool = False

    def absorb(self, finding: Finding) -> None:
        """Take a mention's weight: never less grave than its worst."""
        judged = finding.assessment
        self.touched = True
        if judged.severity > self.severity:
            self.category = lead(judged)
        self.severity = max(self.severity, judged.severity)
        self.categories.update(judged.categories)
        self.certain = self.certain or finding.match.certainty is Certainty.CERTAIN

    def reason(self) -> Reason | None:
        if self.before is None:
            return Reason.FIRST
        if self.severity > self.before.severity or self.certain > self.before.certain or self._new_matter():
            return Reason.WORSENED
        if self.reach.jumps and self.certain:
            return Reason.WORSENED
        grown = self.certain and self.talked and _step(self.count) > self.before.grown_to
        return Reason.GREW if grown or self.again else None

    def spread(self, press: Press, now: datetime) -> None:
        """Take the reach of what is new in it into account: once, when all of a poll is in."""
        if insists(self.before, self.authors, self.categories, press, now) and self.severity < Severity.HIGH:
            self.insists, self.severity = True, raised(self.severity)
        if self.fresh and self.certain and not self.from_the_start:
            self.reach = widened(self.before, press, own_words=self.own_words)
            if self.reach.raises:
                before, self.severity = self.severity, raised(self.severity)
                self.reach = self.reach if self.severity > before else unraised(self.reach)

    def _new_matter(self) -> bool:
        """A grave post about something the story was not about must not hide in it."""
        old = set(self.before.categories) if self.before else set()
        return any(
            one.assessment.severity >= Severity.HIGH and not old.issuperset(one.assessment.categories[:1])
            for one in self.fresh
        )

    def move(self) -> Move:
        grown_to = self.before.grown_to if self.before else 0
        change = IncidentChange(
            school=self.school,
            subject_key=self.subject_key,
            opened=self.before is None,
            severity=self.severity,
            category=self.category,
            categories=tuple(sorted(self.categories | {self.category}, key=PRECEDENCE.__getitem__)),
            certain=self.certain,
            count=self.count,
            grown_to=max(grown_to, _step(self.count)) if self.talked else grown_to,
            clock=self.clock,
            due_at=self.due_at,
        )
        return Move(
            change=change,
            reason=self.reason(),
            before=self.before,
            fresh=tuple(sorted(self.fresh, key=lambda one: -one.assessment.severity)),
            from_the_start=self.from_the_start,
            reach=" ".join(filter(None, (self.reach.ground, INSISTS if self.insists else ""))),
        )


def _step(count: int) -> int:
    return max((step for step in GROWTH if step <= count), default=0)


class _Book:
    """The stories of one school as they were, and as this poll makes them."""

    def __init__(self, known: Known, rules: Rules) -> None:
        self.mentions: list[NewMention] = []
        self.edited: list[EditedMention] = []
        self._rules = rules
        self._known = {mention.key: mention for mention in known.mentions}
        self._stories = {story.subject_key: _reopened(story) for story in known.incidents.values()}
        self._start: _Story | None = None
        self._kin = Kinship(rules.same)
        for mention in known.mentions:
            self._kin.learn(mention, mention.incident if mention.incident in self._stories else None)

    @property
    def stories(self) -> Iterable[_Story]:
        return self._stories.values()

    def add(self, finding: Finding) -> None:
        """Place one finding: a changed post, or a new one."""
        known = self._known.get(finding.keys.key)
        if known is None:
            self._place(finding)
        elif known.keys.content != finding.keys.content and known.edits < MOST_EDITS:
            self._edit(finding, known)

    def _place(self, finding: Finding) -> None:
        text = self._rules.text(finding)
        group = self._kin.original(finding.keys, finding.entry.title, text)
        dismissed = _dismissed(finding, group)
        story = None if dismissed else self._home(finding, group)
        clock, due_at = self._clock(finding, story, group)
        mention = NewMention(
            finding=finding,
            text=_kept(finding, text),
            duplicate_of=group.first if group else None,
            incident=story.subject_key if story else dismissed,
            clock=clock,
            due_at=due_at,
            silent=story is None and self._is_quiet(finding),
            not_us=dismissed is not None,
        )
        self.mentions.append(mention)
        self._kin.add(
            finding.keys, finding.entry.title, text, group=group, story=story.subject_key if story else None
        )

    def _edit(self, finding: Finding, known: KnownMention) -> None:
        """Assess again: it may worsen its story, or open one; it never lowers anything."""
        rises = finding.assessment.severity > known.severity
        text = self._rules.text(finding)
        story = self._stories.get(known.incident or "")
        if story is not None:
            if rises or not story.categories.issuperset(finding.assessment.categories[:1]):
                story.fresh.append(finding)
            story.again |= rises and finding.assessment.severity is Severity.CRITICAL
            story.absorb(finding)
        elif rises:
            group = self._kin.original(finding.keys, finding.entry.title, text)
            story = None if _dismissed(finding, group) else self._home(finding, group)
        key = story.subject_key if story else None
        self.edited.append(EditedMention(finding=finding, text=_kept(finding, text), incident=key))
        self._kin.add(finding.keys, finding.entry.title, text, group=None, story=key)

    def _home(self, finding: Finding, group: Group | None) -> _Story | None:
        """The story it joins or opens; ``None`` if it is only stored."""
        if not self._counts(finding):
            return None
        story = self._stories.get(self._kin.related(finding.keys, group))
        by_link = self._kin.has_only_the_link(finding.keys, group)
        repeats = story is not None and group is not None and group.story == story.subject_key
        if story is None:
            story = self._opened(finding)
        if story is not None:
            self._join(story, finding, repeats=repeats)
            lonely = by_link and story.count <= GROWTH[0] and not self._is_quiet(finding)
            story.again |= lonely and finding.assessment.severity >= Severity.HIGH
        return story

    def _counts(self, finding: Finding) -> bool:
        """Whether stories are looked for at all: not for what is old or uncertain, unless it is critical."""
        quiet = self._is_quiet(finding)
        critical = finding.assessment.severity is Severity.CRITICAL
        if finding.match.certainty is Certainty.CERTAIN:
            return critical or not quiet
        told = finding.assessment.child_or_school_word or not quiet
        return critical and told and self._rules.possible_alerts

    def _opened(self, finding: Finding) -> _Story | None:
        """The story that it opens, if it is worth one; what is older than the watch shares one."""
        if self._is_quiet(finding):
            self._start = self._start or self._open(finding)
            self._start.from_the_start = True
            return self._start
        worth = finding.assessment.severity >= Severity.MEDIUM or finding.assessment.needs_response
        return self._open(finding) if worth else None

    def _open(self, finding: Finding) -> _Story:
        quiet, now = self._is_quiet(finding), self._rules.now
        story = _Story(
            school=finding.school,
            subject_key=finding.keys.key,
            before=None,
            severity=finding.assessment.severity,
            category=lead(finding.assessment),
            categories=set(),
            certain=False,
            count=0,
            clock="answer" if finding.entry.own_account and not quiet else "decide",
            due_at=self._rules.due(now if quiet else received(finding, now)),
        )
        self._stories[story.subject_key] = story
        return story

    def _join(self, story: _Story, finding: Finding, *, repeats: bool) -> None:
        judged = finding.assessment
        told = finding.match.certainty is Certainty.CERTAIN or judged.child_or_school_word
        grave = judged.severity is Severity.CRITICAL and told
        story.count += 1
        story.own_words |= not repeats
        story.authors.append(finding.entry.author)
        story.talked |= not (repeats and self._rules.press.prints)
        story.again |= not repeats and not self._is_quiet(finding) and (grave or owes_answer(finding))
        story.fresh.append(finding)
        story.absorb(finding)

    def _clock(
        self, finding: Finding, story: _Story | None, group: Group | None
    ) -> tuple[Clock, datetime | None]:
        """The mention's own clock. A repeat joins the clock of what it repeats, and never resets one."""
        if story is None:
            return "", None
        if owes_answer(finding) and group is None and not self._is_quiet(finding):
            due_at = self._rules.due(received(finding, self._rules.now))
            story.clock, story.due_at = "answer", min(story.due_at or due_at, due_at)
            return "answer", due_at
        return story.clock, story.due_at

    def _is_quiet(self, finding: Finding) -> bool:
        return finding.keys.key in self._rules.quiet


def _dismissed(finding: Finding, group: Group | None) -> str | None:
    return group.dismissed_as(finding.assessment.severity) if group else None


def _kept(finding: Finding, text: str) -> str:
    return text if finding.entry.quotable else ""


def _reopened(story: OpenIncident) -> _Story:
    return _Story(
        school=story.school,
        subject_key=story.subject_key,
        before=story,
        severity=story.severity,
        category=story.category,
        categories=set(story.categories),
        certain=story.certain,
        count=story.count,
        clock=story.clock,
        due_at=story.due_at,
    )
