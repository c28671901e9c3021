"""What a person does about a story, by a command or a reply: done once, written into its history, told to the others.

Nobody acts on a story that is, or may be, about themselves. *Mine* is not an answer: only an outcome stops the
policy's clock. A critical story is graded lower by two leads, not by one, where there are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from alerts.base import Deed, News, NotificationKind, Payload, Reason, Recipient, Role, Severity
from alerts.circle import Circle, held, listed, said
from alerts.conflicts import Staff
from alerts.ladder import climb
from alerts.routing import LEADS, circle_of, not_before, route
from monitor import deadlines
from monitor.config import Config
from monitor.errors import NotAllowed
from monitor.facts import IncidentRow
from monitor.jobs import away
from monitor.jobs.retelling import Teller, is_restricted, roles_of, teller
from monitor.model import Climb, NewNotification
from monitor.school import short_name
from monitor.store import Tx, incidents, ladders, outbox, owed, standins

Verb: TypeAlias = Literal["take", "close", "not_us", "reopen", "later", "regrade", "assign", "seen"]

COMMAND_LINE = "command line"
"""How somebody acts who names themselves."""
_DEEDS: Mapping[Verb, Deed] = {
    "take": "taken",
    "close": "closed",
    "not_us": "not_us",
    "reopen": "reopened",
    "later": "taken",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, and how they told us."""

    by: str
    """A role, or an address of the school file; anything else is only written down."""
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What came of it."""

    changed: bool
    said: str
    """For whoever did it."""


def act(  # noqa: PLR0917 -- who does what to which story, and when
    config: Config, tx: Tx, number: int, verb: Verb, actor: Actor, now: datetime, **how: str
) -> Acted:
    """Do one thing to one story, in the caller's transaction. Raises ``NotAllowed``.

    ``how``: ``outcome`` and ``note`` of *close*, ``until`` of *later*, ``severity`` of *regrade*, ``to`` of *assign*.
    """
    scene = scene_of(config, tx, number, actor, now)
    scene.refuse_the_subject()
    doings: Mapping[Verb, Any] = {
        "later": scene.later,
        "regrade": scene.regrade,
        "assign": scene.assign,
        "seen": scene.seen,
        "reopen": scene.reopen,
    }
    return doings[verb](**how) if verb in doings else scene.plainly(verb, **how)


def scene_of(config: Config, tx: Tx, number: int, actor: Actor, now: datetime) -> Scene:
    """A story, and whoever is about to act on it. Raises ``NotAllowed`` if there is no such story."""
    story = incidents.get(tx, number)
    if story is None or story.school not in config.schools:
        raise NotAllowed(f"there is no story R{number}")
    settings = away.present(config.schools[story.school].settings, tx, story.school)
    return Scene(tx, story, teller(settings), actor, now)


def refuse_subject(config: Config, tx: Tx, story: IncidentRow, by: str, now: datetime) -> None:
    """Raises ``NotAllowed`` if the story is, or may be, about whoever ``by`` names."""
    school = config.schools.get(story.school)
    if by and school is not None:
        Scene(tx, story, teller(school.settings), Actor(by=by, via=""), now).refuse_the_subject()


@dataclass(frozen=True, slots=True)
class Scene:
    """One story, one person, one moment."""

    tx: Tx
    story: IncidentRow
    words: Teller
    actor: Actor
    now: datetime

    def is_subject(self) -> bool:
        """Whether the story may be about whoever acts; if its words are gone, whether they were never told."""
        persons = whom(self.actor.by, self.words.staff)
        if not persons:
            return False
        circle = self.circle()
        if all(circle.is_meant(one) for one in persons):
            return True
        texts = standins.texts(self.tx, self.story.school, (self.story.subject_key,))
        if not is_restricted(self.story) or (texts and all(texts)):
            return False
        heard = {one.address.casefold() for one in owed.told(self.tx, self.story)}
        return not any(one.address in heard for one in persons)

    def refuse_the_subject(self) -> None:
        """Nobody acts on what is about themselves. Raises ``NotAllowed``."""
        if self.is_subject():
            raise NotAllowed(
                f"R{self.story.id} may be about whoever is named by --by: somebody else has to look after it"
            )

    def seen(self) -> Acted:
        """Somebody has read it: of a grave story they are on it, so nobody is called again; it is not dealt with.

        Nothing is taken from somebody who has taken charge.
        """
        story = self.story
        if story.owner and not self._is_mine():
            return Acted(changed=False, said=f"R{story.id} has been taken by {self._owner()} already.")
        acted = self.plainly("take")
        as_before = "" if acted.changed else ", as before"
        return replace(
            acted,
            said=f"Counted as{as_before}: you have seen R{story.id} and are on it. Say “done”, and how, when it is dealt with.",
        )

    def _is_mine(self) -> bool:
        own = {one.address for one in whom(self.actor.by, self.words.staff)}
        return bool(own & {one.address for one in whom(self.story.owner, self.words.staff)})

    def _owner(self) -> str:
        known = whom(self.story.owner, self.words.staff)
        return f"the {said(roles_of([known[0].recipient])[0])}" if known else "somebody"

    def plainly(self, verb: Verb, **how: str) -> Acted:
        """Take, close, or open again."""
        changed = getattr(incidents, verb)(self.tx, self.story.id, **self.who(), **how)
        if changed:
            self.tell(_DEEDS[verb], self.story.severity, **how)
        return Acted(changed=changed, said=self._said(verb, **how))

    def reopen(self) -> Acted:
        """Disagree with whoever closed it, took it, or graded it lower: it is nobody's, and as grave as it was."""
        story = self.story
        if story.closed_at is not None:
            return self.plainly("reopen")
        grade = owed.gravest(self.tx, story)
        changed = incidents.unsettle(self.tx, story.id, severity=grade, **self.who())
        if changed and grade > story.severity:
            self.spread(replace(story, severity=grade), "Somebody disagrees that it was graded lower.")
        elif changed:
            self.tell("reopened", story.severity)
        return Acted(changed=changed, said=self._said("reopen"))

    def later(self, *, until: str) -> Acted:
        """Be reminded then; it is theirs until then."""
        story, facts = self.story, self.words.settings.school
        if story.severity is Severity.CRITICAL and not story.owner:
            raise NotAllowed(f"R{story.id} is urgent and nobody has taken it: say mine first")
        try:
            at = deadlines.put_off(until, self.now, facts)
        except ValueError as error:
            raise NotAllowed(str(error)) from None
        changed = incidents.snooze(self.tx, story.id, until=at, **self.who())
        if changed and not story.owner:
            self.tell("taken", story.severity)
        told = f"You will be reminded of R{story.id} on {_spoken(at, facts)}."
        if story.due_at and story.clock and at > story.due_at:
            told += f" That is after it is due: {_spoken(story.due_at, facts)}."
        return Acted(changed=changed, said=told)

    def assign(self, *, to: str) -> Acted:
        """Ask somebody to look after it, and tell them."""
        circle = self.circle()
        wanted = [one for one in whom(to, self.words.staff) if circle.may_hear(one)]
        if not wanted:
            raise NotAllowed(f"nobody who is {to} is there and may hear of R{self.story.id}")
        changed = incidents.assign(self.tx, self.story.id, to=to, **self.who())
        if changed:
            by = f"the {said(role)}" if (role := self.role()) else "somebody"
            note = f"You have been asked by {by} to look after this. It is yours when you say mine."
            own = {one.address for one in whom(self.actor.by, self.words.staff)}
            self.alert([one.recipient for one in wanted if one.address not in own], Reason.FIRST, note)
        return Acted(changed=changed, said=f"R{self.story.id} is the {_called(to)}'s to look after.")

    def regrade(self, *, severity: str) -> Acted:
        """Grade it anew: a critical one lower only if two leads say so."""
        grade, story = Severity.of(severity), self.story
        if grade < story.severity is Severity.CRITICAL and not self._two_agree(grade):
            return Acted(
                changed=False,
                said=f"R{story.id} stays urgent until another lead says the same; what you said is recorded.",
            )
        changed = incidents.regrade(self.tx, story.id, severity=grade, **self.who())
        if changed and grade < story.severity:
            ladders.drop(self.tx, story.id)
            self.tell("lowered", grade)
        elif changed:
            self.spread(replace(story, severity=grade), "Somebody has graded it higher than the watch did.")
        return Acted(changed=changed, said=f"R{story.id} is graded {_graded(grade)} now.")

    def _two_agree(self, grade: Severity) -> bool:
        """Whether a second lead says what a first has proposed; else it is recorded as a proposal."""
        circle = self.circle()
        leads = [one for one in circle.holders(LEADS) if not circle.is_meant(one)]
        own = {one.address for one in whom(self.actor.by, leads)}
        if leads and not own:
            raise NotAllowed(
                "only a safeguarding lead grades an urgent story lower"
                + (f": say --by {listed(LEADS)}" if self.actor.via == COMMAND_LINE else "")
            )
        if len({one.address for one in leads}) == 1:
            return True
        proposal = owed.proposed(self.tx, self.story.id)
        if proposal and proposal.detail == grade.word:
            first = {one.address for one in whom(proposal.by, leads)}
            if not first & own:
                return True
        if proposal is None or proposal.detail != grade.word:
            who = {"by": self.actor.by, "via": self.actor.via}
            outbox.note_event(
                self.tx, self.story.id, at=self.now, what=owed.PROPOSED, detail=grade.word, **who
            )
            may_agree = {one.address for one in leads}
            told = owed.told(self.tx, self.story)
            asked = tuple(one for one in told if one.address.casefold() in may_agree)
            self.tell_these(asked, "proposed", self.story.severity, wish=grade)
        return False

    def spread(self, story: IncidentRow, why: str) -> None:
        """Whoever has to know of a story this grave hears of it now; ``why`` somebody says so."""
        words, day = self.words, self.words.today(self.now)
        about = words.about(self.tx, story)
        routed = route(
            story.severity, story.categories, story.category, people=words.staff, about=about, today=day
        )
        rungs = climb(
            routed,
            story.severity,
            story.categories,
            story.category,
            people=words.staff,
            about=about,
            today=day,
        )
        climbs = (Climb(subject_key=story.subject_key, severity=story.severity, ladder=rungs),)
        self.alert(
            routed.recipients,
            Reason.WORSENED,
            why,
            climbs if story.severity >= Severity.HIGH else (),
        )

    def alert(
        self, to: Iterable[Recipient], reason: Reason, note: str, climbs: tuple[Climb, ...] = ()
    ) -> None:
        """Tell these people of the story as it is now."""
        story = incidents.get(self.tx, self.story.id) or self.story
        readers = tuple(to)
        told = roles_of((*owed.told(self.tx, story), *readers))
        alert = self.words.alert(self.tx, story, told, reason=reason, notes=(note,))
        self._queue(NotificationKind.ALERT, alert, readers, story, reason, climbs)

    def tell(self, deed: Deed, grade: Severity, *, outcome: str = "", note: str = "") -> None:
        """Tell everybody who was told of a critical or high story, except whoever did it."""
        if max(grade, self.story.severity) >= Severity.HIGH:
            told = owed.told(self.tx, self.story)
            self.tell_these(told, deed, grade, outcome=outcome, note=note)

    def tell_these(
        self,
        told: tuple[Recipient, ...],
        deed: Deed,
        grade: Severity,
        *,
        outcome: str = "",
        note: str = "",
        wish: Severity | None = None,
    ) -> None:
        """Tell some of them, but not whoever did it."""
        story = self.story
        own = {one.address for one in whom(self.actor.by, self.words.staff)}
        own = own if len(own) == 1 else set()
        news = News(
            school=self.words.settings.school.name,
            short=short_name(self.words.settings.school),
            zone=str(self.words.settings.school.timezone),
            severity=grade,
            was=story.severity,
            category=story.category,
            deed=deed,
            at=self.now,
            by=self.role(),
            outcome=outcome,
            note=self.words.masked(note),
            restricted=is_restricted(story),
            told=roles_of(told),
            exercise=story.exercise,
            wish=wish,
        )
        others = tuple(one for one in told if one.address.casefold() not in own)
        self._queue(NotificationKind.NEWS, news, others, story, Reason.GREW)

    def _queue(  # noqa: PLR0917 -- all that is new about it
        self,
        kind: NotificationKind,
        payload: Payload,
        to: tuple[Recipient, ...],
        story: IncidentRow,
        reason: Reason,
        climbs: tuple[Climb, ...] = (),
    ) -> None:
        if not to:
            return
        calendar = deadlines.SchoolCalendar(self.words.settings.school)
        grave = max(story.severity, self.story.severity)
        new = NewNotification(
            school=story.school,
            incident=story.subject_key,
            kind=kind,
            reason=reason,
            severity=grave,
            payload=payload,
            recipients=to,
            not_before=not_before(max(grave, Severity.HIGH), self.now, calendar),
            climbs=climbs,
        )
        outbox.add(self.tx, new, "", self.now)

    def circle(self) -> Circle:
        """Who may hear of the story."""
        story, words = self.story, self.words
        about, day = words.about(self.tx, story), words.today(self.now)
        return circle_of(story.severity, (*story.categories, story.category), words.staff, about, day)

    def role(self) -> Role | None:
        """As what somebody acts, if that is known."""
        if self.actor.by in set(Role):
            return Role(self.actor.by)
        persons = whom(self.actor.by, self.words.staff)
        return roles_of([persons[0].recipient])[0] if persons else None

    def who(self) -> dict[str, Any]:
        """Who acts, how and when, as the store asks for it."""
        return {"by": self.actor.by, "via": self.actor.via, "now": self.now}

    def _said(self, verb: Verb, *, outcome: str = "", note: str = "") -> str:
        del note
        number = f"R{self.story.id}"
        owed = " Whoever is owed an answer still waits for it." if self.story.clock == "answer" else ""
        return {
            "take": f"You have taken {number}: nobody else is reminded of it.{owed} Say “done”, and how, when it is dealt with.",
            "close": f"{number} is closed: {outcome.removesuffix(', because')}.",
            "not_us": f"{number} is closed: not us.",
        }.get(verb, f"{number} is open again.")


def whom(by: str, staff: Iterable[Staff]) -> list[Staff]:
    """Whom a role or an address names."""
    return [one for one in staff if one.address == by.casefold() or by in held(one)]


def _graded(grade: Severity) -> str:
    """As mails call it."""
    return "urgent" if grade is Severity.CRITICAL else grade.word


def _called(to: str) -> str:
    return said(Role(to)) if to in set(Role) else to


def _spoken(at: datetime, facts: Any) -> str:
    return f"{at.astimezone(facts.timezone):%A %-d %B, %H:%M}"
