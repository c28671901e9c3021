"""Posts that staff pass on: each becomes a story on equal terms, and whoever sent it is thanked and forgotten.

Called in the transaction that remembers the letter: both are written or neither. That a post is about the school is
taken from whoever passes it on; how grave it is, is judged as of any other. No picture is ever opened.
"""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.base import Alert, Answer, NotificationKind, Reason, Recipient, Severity
from monitor import log, pipeline
from monitor.app import App
from monitor.config import SchoolConfig
from monitor.facts import IncidentRow
from monitor.jobs import polling, proving
from monitor.jobs.retelling import is_restricted, teller
from monitor.model import (
    Certainty,
    Examined,
    Finding,
    Ground,
    Match,
    NewNotification,
    Plan,
    SourceTask,
)
from monitor.passing_on import messages, public_link
from monitor.replies import Intake
from monitor.school import short_name
from monitor.staff_posts import KIND, SOURCE
from monitor.store import Tx, incidents, letters, passed_on, record
from monitor.store.letters import Read
from monitor.store.outbox import add
from monitor.text import bare
from sources.base import Entry
from sources.letter import Letter

logger = logging.getLogger(__name__)

PASSED_ON, NOTHING, TOO_MANY = "passed on", "nothing passed on", "too many"
"""What is counted of such a letter."""
RECEIPTS_A_DAY = 5
TAKEN_A_DAY = 50
"""More from one address is a rule of a mail program that has gone wild."""
_A_DAY = timedelta(days=1)
_WRITER = "intake "
"""Before an address that is counted: so nobody who passes much on has fewer confirmations of replies."""
_TAG = 16
DECLARED = Ground(rule="staff say that it is about us")
LOOK = Ground(rule="staff passed it on, so somebody should look")

AT_ONCE = "Passed on as {}; the leads are told."
IN_TURN = "Passed on as {}; the school hears of it in turn."
KNOWN = "Passed on as {}; the school knows of it."
NEUTRAL = "Passed on; the leads are told."
MORE = "They are not told who passed it on. Something else? Please write a new mail to {}: an answer to this one passes nothing on."
PICTURES = "Pictures and films were not opened, and are not kept: what they show counts only as you tell it in words."
NOT_PASSED_ON = "Nothing was passed on: no words came, and pictures are never opened or kept."
DESCRIBE = (
    "Please tell in words where it was (such as “WhatsApp group of Y5 parents”), when, what sort of person wrote it (a"
    " mum, a pupil, not known) and what it says, word for word if you can. Leave out the names of children."
)
NEVER = "Never send a sexual picture of a child to anybody, here neither: do not open, copy or forward it. Ring the DSL: {}."
FULL = "Nothing more is taken in from your address today: {} have come. If it is urgent, ring the DSL: {}."
NO_NUMBER = "the office puts you through"


def may_pass_on(app: App, address: str) -> bool:
    """Whether somebody who writes from ``address`` (folded) is heard."""
    return bool(_schools(app, address))


def take_in(app: App, tx: Tx, letter: Letter, intake: Intake, sender: str, now: datetime) -> Read:  # noqa: PLR0917 -- what came, from whom, and when
    """Take a post in, in the transaction that remembers the letter; return what is remembered of that."""
    hand = _Hand(app, tx, letter, sender, now)
    outcome = hand.take(intake)
    log.event(logger, logging.INFO, "intake.came", outcome=outcome, images=intake.images)
    return Read(digest=letter.digest, outcome=outcome, sender=f"{_WRITER}{sender}")


@dataclass(frozen=True, slots=True)
class _Declared:
    """Finds the school that a post is said to be about, whether it names it or not."""

    app: App
    slug: str

    @property
    def version(self) -> str:
        """As the matcher's own."""
        return self.app.matcher((self.slug,)).version

    def find(self, entry: Entry) -> tuple[Match, ...]:
        """One match, and a certain one."""
        found = next(iter(self.app.matcher((self.slug,)).find(entry)), None) or Match(
            school=self.slug,
            certainty=Certainty.CERTAIN,
            term="",
            place="body",
            span=(0, 0),
            grounds=(DECLARED,),
        )
        return (dataclasses.replace(found, certainty=Certainty.CERTAIN),)


@dataclass(frozen=True, slots=True)
class _Hand:
    """One letter that somebody passes something on with."""

    app: App
    tx: Tx
    letter: Letter
    sender: str
    now: datetime

    def take(self, intake: Intake) -> str:
        """What it comes to."""
        school = self._school(intake)
        came = letters.answered(self.tx, f"{_WRITER}{self.sender}", self.now - _A_DAY)
        if came >= TAKEN_A_DAY:
            if came == TAKEN_A_DAY:
                self._thank(school, (FULL.format(TAKEN_A_DAY, _dsl(school)),))
            return TOO_MANY
        lines = self._story(school, intake) if intake.text or intake.url else (NOT_PASSED_ON, DESCRIBE)
        if came < RECEIPTS_A_DAY:
            self._thank(school, (*lines, NEVER.format(_dsl(school))))
        return PASSED_ON if intake.text or intake.url else NOTHING

    def _school(self, intake: Intake) -> SchoolConfig:
        """The school that it names, of those that hear its sender; else the first of these."""
        mine = _schools(self.app, self.sender)
        entry = Entry(id="", text=intake.text)
        named = {match.school for match in self.app.matcher(tuple(one.slug for one in mine)).find(entry)}
        return next((one for one in mine if one.slug in named), mine[0])

    def _story(self, school: SchoolConfig, intake: Intake) -> tuple[str, ...]:
        """Store it as any post; the lines of the receipt."""
        task = _task(passed_on.place(self.tx, self.now), school.slug)
        finding = self._examined(task, self._entry(intake, again=False))
        before = passed_on.find(self.tx, school.slug, finding.keys.key)
        if before is not None and not before.is_open:  # it is passed on once more, after all was settled
            finding = self._examined(task, self._entry(intake, again=True))
        plan = polling.plan(
            self.app, self.tx, task, Examined(findings=(finding,), rejected=(), others=()), self.now
        )
        record.record_edits(self.tx, _marked(plan), task, self.now)
        placed = passed_on.find(self.tx, school.slug, finding.keys.key)
        story = incidents.get(self.tx, placed.story) if placed and placed.story is not None else None
        more = (MORE.format(_address(self.app)), *((PICTURES,) if intake.images else ()))
        return (self._said(school, story, known=not plan.notifications), *more)

    def _entry(self, intake: Intake, *, again: bool) -> Entry:
        """The post, without whoever wrote it; the same words are the same post, whoever passes them on."""
        name = passed_on.mark(self.tx, f"{bare(intake.text) or intake.text} {intake.url}")
        once_more = passed_on.mark(self.tx, self.letter.digest)[:_TAG] if again else ""
        return Entry(id=f"{name}{once_more}", text=intake.text, url=public_link(intake.url), kind="post")

    def _examined(self, task: SourceTask, entry: Entry) -> Finding:
        """As any post is examined; a failure is not put aside here: the letter is."""
        [finding] = pipeline.examine(
            (entry,),
            source=f"{task.kind}:{task.locator}",
            matcher=_Declared(self.app, task.schools[0]),
            judge=self.app.judge,
            source_kind="",
            install_key=self.app.store.install_key,
            seen={},
        ).findings
        return _worth_a_look(self._gravest(finding))

    def _gravest(self, finding: Finding) -> Finding:
        """Judged by its gravest message: in a pasted conversation the others would drown it."""
        text, judge = finding.entry.text, self.app.judge
        judged = [((0, 0), finding.assessment)]
        for start, end in messages(text):
            words = text[start:end]
            judged.append(((start, end), judge.assess(Entry(id="", text=words), words)))
        span, gravest = max(judged, key=lambda one: one[1].severity)
        if span == (0, 0):
            return finding
        assessment = dataclasses.replace(
            gravest,
            categories=tuple(
                dict.fromkeys(
                    category
                    for one in (gravest, *(other for _, other in judged))
                    for category in one.categories
                )
            ),
            imagery=any(one.imagery for _, one in judged),
        )
        match = dataclasses.replace(finding.match, place="body", span=span)
        return dataclasses.replace(finding, match=match, assessment=assessment)

    def _said(self, school: SchoolConfig, story: IncidentRow | None, *, known: bool) -> str:
        """What its sender may know: of what is restricted, or about themselves, not even a number."""
        if story is None or is_restricted(story) or self._is_about_sender(school, story):
            return NEUTRAL
        number = f"R{story.id}"
        if known:
            return KNOWN.format(number)
        return AT_ONCE.format(number) if story.severity >= Severity.HIGH else IN_TURN.format(number)

    def _is_about_sender(self, school: SchoolConfig, story: IncidentRow) -> bool:
        person = proving.owner(school.settings, self.sender)
        about = teller(school.settings).about(self.tx, story)
        return person is not None and person.address.casefold() in about.addresses

    def _thank(self, school: SchoolConfig, said: tuple[str, ...]) -> None:
        """One mail that belongs to no story; its address is forgotten after some days."""
        facts = school.settings.school
        person = proving.owner(school.settings, self.sender)
        new = NewNotification(
            school=school.slug,
            incident=None,
            kind=NotificationKind.ANSWER,
            reason=Reason.FIRST,
            severity=Severity.LOW,
            payload=Answer(
                school=facts.name,
                short=short_name(facts),
                zone=str(facts.timezone),
                said=said,
                passed_on=True,
            ),
            recipients=(person or Recipient(address=self.sender),),
            not_before=self.now,
        )
        add(self.tx, new, passed_on.receipt(self.tx, self.letter.digest), self.now)


def _schools(app: App, address: str) -> list[SchoolConfig]:
    """The schools that hear somebody: first those on whose list they are by name."""
    schools = app.config.schools.values()
    known = [one for one in schools if proving.owner(one.settings, address) is not None]
    return known or [one for one in schools if one.settings.intake.lets(address)]


def _task(place: int, slug: str) -> SourceTask:
    return SourceTask(
        id=place,
        name=SOURCE,
        kind=KIND,
        locator=passed_on.LOCATOR,
        schools=(slug,),
        checkpoint={},
        failures=0,
        interval=_A_DAY,
        host="",
    )


def _worth_a_look(finding: Finding) -> Finding:
    """Somebody found it worth passing on: it is a story, and a human looks at it, however it reads."""
    judged = finding.assessment
    lifted = judged.severity < Severity.LOW
    weighed = dataclasses.replace(
        judged,
        severity=max(judged.severity, Severity.LOW),
        needs_response=True,
        grounds=(*judged.grounds, LOOK) if lifted else judged.grounds,
    )
    return dataclasses.replace(finding, assessment=weighed)


def _marked(plan: Plan) -> Plan:
    """The same, with each post that is told marked as not public."""
    new = {one.finding.keys.key for one in plan.mentions}
    return dataclasses.replace(plan, notifications=tuple(_marked_in(one, new) for one in plan.notifications))


def _marked_in(new: NewNotification, keys: set[str]) -> NewNotification:
    if not isinstance(new.payload, Alert):
        return new
    items = tuple(
        dataclasses.replace(item, passed_on=True) if item.mention in keys else item
        for item in new.payload.items
    )
    return dataclasses.replace(new, payload=dataclasses.replace(new.payload, items=items))


def _address(app: App) -> str:
    box = app.config.monitor.mailbox
    return (box.intake or box.address) if box else ""


def _dsl(school: SchoolConfig) -> str:
    return school.settings.routes.get("dsl", "").strip() or NO_NUMBER
