"""What somebody replied is done, once, and confirmed to them in a line or two.

Whose reply it is has been proven before. Somebody acts only on what they were told of; what they may not do gets the
same plain line whether it is about them, was never told to them, or does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from alerts.base import Answer, NotificationKind, Reason, Recipient, Role, Severity
from monitor.app import App
from monitor.errors import NotAllowed
from monitor.facts import IncidentRow
from monitor.jobs import acting, away, full_words, posts, stepping_back
from monitor.jobs.acting import Acted, Actor, Scene, Verb
from monitor.jobs.proving import Proven
from monitor.jobs.retelling import is_restricted
from monitor.model import NewNotification
from monitor.replies import Act
from monitor.school import people, short_name
from monitor.store import Tx, incidents, letters, mentions, outbox, owed

PUZZLE, REFUSED = "puzzle", "refused"
"""What is counted of an answer that was not understood, and of one that may not be done."""
PUZZLES_A_DAY = 3
ANSWERS_A_DAY = 20
"""More is a machine that looks like a person."""
MOST_TARGETS = 20
"""Stories in one reply: as many as a mail lists."""
VIA = "reply"
_REFERENCE = re.compile(r"[RM]\d{1,12}")
_ALOOF_MAY = frozenset({"take", "seen", "conflict"})
"""What somebody may do who knows no more than the category."""
NOT_UNDERSTOOD = "Your words were not understood, so nothing was changed."
WHICH_ONE = (
    "That mail was about several stories, so nothing was changed: please say which, such as “mine {}”."
)
NO_STORY = "That mail was not about a story, so nothing was changed: please say which, such as “mine R12”."
AGAIN = "{}: nothing was changed, it was so already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an answer came to."""

    outcome: str
    story: int | None = None


@dataclass(slots=True)
class _Sayings:
    """What is to be said to whoever replied, and what came of the whole."""

    lines: list[str] = field(default_factory=list)
    stories: list[int] = field(default_factory=list)
    refused: int = 0
    acted: int = 0
    choices: bool = False


def answer(app: App, tx: Tx, proven: Proven, act: Act, now: datetime) -> Done:
    """Do what somebody asked for, in the caller's transaction, and confirm it."""
    said = _Sayings()
    if act.command == "away":
        _of_themselves(app, tx, proven, act, now, said)
    else:
        targets = act.refs[:MOST_TARGETS] or _meant(tx, proven, said)
        for ref in targets:
            _attempt(app, tx, proven, act, ref, now, said)
    _confirm(tx, proven, said, now)
    done = act.command if said.acted else REFUSED
    return Done(outcome=done, story=said.stories[0] if said.stories else None)


def puzzle(tx: Tx, proven: Proven, hint: str, now: datetime) -> Done:
    """Say which words are understood; not too often, since it may be a machine."""
    day = now - timedelta(days=1)
    if letters.answered(tx, proven.person.address, day, (PUZZLE,)) < PUZZLES_A_DAY:
        _confirm(tx, proven, _Sayings(lines=list(filter(None, (NOT_UNDERSTOOD, hint))), choices=True), now)
    return Done(outcome=PUZZLE, story=proven.copy.incident_id)


def _of_themselves(  # noqa: PLR0917 -- who says what of themselves, when, and what is said to that
    app: App, tx: Tx, proven: Proven, act: Act, now: datetime, said: _Sayings
) -> None:
    school = (app.configured or app.config).schools[proven.school.slug]  # without what was said before
    one = away.Somebody(slug=school.slug, settings=school.settings, person=proven.person)
    until = act.how.get("until", "")  # empty: they are back
    try:
        said.lines.append(away.leave(tx, one, until, now) if until else away.come_back(tx, one, now))
        said.acted += 1
    except NotAllowed as error:
        said.lines.append(_sentence(error))
        said.refused += 1


def _meant(tx: Tx, proven: Proven, said: _Sayings) -> tuple[str, ...]:
    """The story of the mail that is answered; none if that is not clear."""
    if proven.copy.incident_id is not None:
        return (f"R{proven.copy.incident_id}",)
    told = letters.refs(tx, proven.copy)
    if len(told) == 1:
        return told
    said.lines.append(WHICH_ONE.format(told[0]) if told else NO_STORY)
    said.refused += 1
    return ()


def _attempt(  # noqa: PLR0917 -- who wants what of which story, when, and what is said of it
    app: App, tx: Tx, proven: Proven, act: Act, ref: str, now: datetime, said: _Sayings
) -> None:
    """Do it to one story or post, wholly or not at all."""
    doing = _Doing(app, tx, proven, act, now)
    try:
        with tx.connection.begin_nested():
            number, acted = doing.of(ref)
    except NotAllowed as error:
        said.lines.append(_sentence(error))
        said.refused += 1
        return
    said.stories.append(number)
    said.acted += 1
    if act.command == "words":
        _send_words(tx, proven, number, acted, now)
    else:
        said.lines.append(acted.said if acted.changed or act.command in _SPEAKING else AGAIN.format(ref))


_SPEAKING = frozenset({"regrade", "seen", "conflict"})
"""What is worth a sentence of its own though nothing has changed."""


@dataclass(frozen=True, slots=True)
class _Doing:
    """One person's wish, to be tried on one story after the other."""

    app: App
    tx: Tx
    proven: Proven
    act: Act
    now: datetime

    def of(self, ref: str) -> tuple[int, Acted]:
        """Do it; the number of the story. Raises ``NotAllowed``."""
        if not _REFERENCE.fullmatch(ref):
            raise NotAllowed("There is no story of that number.")
        number = int(ref[1:])
        if not ref.startswith("M"):
            return number, self._story(ref, number)
        post = mentions.get(self.tx, number)
        if post is not None and post.incident_id is not None:
            return post.incident_id, self._story(ref, post.incident_id)
        self._refuse_unlisted(ref)
        verb = cast("Verb", self.act.command)
        acted = posts.act(self.app.config, self.tx, number, verb, self._actor(), self.now)
        opened = mentions.get(self.tx, number)
        return (opened.incident_id if opened else None) or 0, acted

    def _story(self, ref: str, number: int) -> Acted:
        scene = self._scene(ref, number)
        person, command = self.proven.person, self.act.command
        personal: Mapping[str, Callable[[], Acted]] = {
            "conflict": lambda: stepping_back.step_back(scene, person),
            "words": lambda: full_words.ask(scene, person),
        }
        if command in personal:
            return personal[command]()
        verb = cast("Verb", command)
        return acting.act(self.app.config, self.tx, number, verb, scene.actor, self.now, **self.act.how)

    def _scene(self, ref: str, number: int) -> Scene:
        """The story, if this person was told of it and it is not about them. Raises ``NotAllowed``."""
        hidden = NotAllowed(f"There is no story {ref} that you could act on.")
        try:
            scene = acting.scene_of(self.app.config, self.tx, number, self._actor(), self.now)
        except NotAllowed:
            raise hidden from None
        told = owed.told(self.tx, scene.story)
        known = scene.story.school == self.proven.school.slug and self._is_told(scene, told)
        if not known or scene.is_subject():
            raise hidden
        if _is_aloof(scene.story, self.proven.person, told) and self.act.command not in _ALOOF_MAY:
            raise NotAllowed(
                f"{ref} is for the safeguarding leads; reply MINE if you have reached one of them."
            )
        return scene

    def _is_told(self, scene: Scene, told: tuple[Recipient, ...]) -> bool:
        """Whether they had a mail about it, or it is theirs."""
        mine = self.proven.person.address.casefold()
        staff = scene.words.staff
        owners = (*acting.whom(scene.story.owner, staff), *acting.whom(scene.story.assigned_to, staff))
        return mine in {one.address.casefold() for one in (*told, *(owner.recipient for owner in owners))}

    def _refuse_unlisted(self, ref: str) -> None:
        """A post that belongs to no story is judged by whoever was asked to."""
        mails = letters.copies(self.tx, (self.proven.person.address,), self.now - timedelta(days=60))
        bundles = (one for one in mails if one.kind is NotificationKind.BUNDLE)
        if not any(ref in letters.refs(self.tx, one) for one in bundles):
            raise NotAllowed(f"There is no post {ref} that you could act on.")

    def _actor(self) -> Actor:
        """By role where only one person has it, as histories and digests show people; else by address."""
        person, staff = self.proven.person, people(self.proven.school.settings)
        for role in person.roles:
            if len(acting.whom(role.value, staff)) == 1:
                return Actor(by=role.value, via=VIA)
        return Actor(by=person.address, via=VIA)


def _is_aloof(story: IncidentRow, person: Recipient, told: tuple[Recipient, ...]) -> bool:
    """Whether they learnt the category alone: a chair who was told because nobody answered, while the head leads."""
    grave = is_restricted(story) or story.severity is Severity.CRITICAL
    return grave and set(person.roles) == {Role.CHAIR} and any(Role.HEAD in one.roles for one in told)


def _send_words(tx: Tx, proven: Proven, number: int, acted: Acted, now: datetime) -> None:
    story = incidents.get(tx, number)
    if story is None:
        return
    payload = _payload(
        proven, (acted.said,), words=True, restricted=is_restricted(story), exercise=story.exercise
    )
    outbox.add(tx, _new(proven, payload, story.subject_key, now), "", now)


def _confirm(tx: Tx, proven: Proven, said: _Sayings, now: datetime) -> None:
    """One mail in the thread of the mail that was answered."""
    if not said.lines:
        return
    if letters.answered(tx, proven.person.address, now - timedelta(days=1)) >= ANSWERS_A_DAY:
        return
    story = incidents.get(tx, proven.copy.incident_id) if proven.copy.incident_id is not None else None
    payload = _payload(
        proven,
        tuple(dict.fromkeys(said.lines)),
        choices=said.choices,
        restricted=story is not None and is_restricted(story),
        exercise=story is not None and story.exercise,
    )
    own = proven.copy.subject_key if story is not None else None
    outbox.add(tx, _new(proven, payload, own, now), proven.copy.subject_key, now)


def _new(proven: Proven, payload: Answer, story: str | None, now: datetime) -> NewNotification:
    return NewNotification(
        school=proven.school.slug,
        incident=story,
        kind=NotificationKind.ANSWER,
        reason=Reason.FIRST,
        severity=Severity.LOW,
        payload=payload,
        recipients=(proven.person,),
        not_before=now,
    )


def _payload(proven: Proven, said: tuple[str, ...], **how: bool) -> Answer:
    facts = proven.school.settings.school
    return Answer(school=facts.name, short=short_name(facts), zone=str(facts.timezone), said=said, **how)


def _sentence(error: NotAllowed) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"
