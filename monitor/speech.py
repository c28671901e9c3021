"""What is said of a story, to whom and when: moves become notifications whose payloads are masked.

Bounded: however many stories move within an hour, nobody gets more than three mails about single stories and one
about the rest (``alerts.flood``), except that a critical story about something else is always told by itself.
What still waits to be sent grows instead of being followed by another mail.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts import clean, flood
from alerts.base import PRECEDENCE, Alert, Category, Item, NotificationKind, Reason, Recipient, Role, Severity
from alerts.conflicts import About, Staff, conflicts, together
from alerts.ladder import Ladder, climb
from alerts.routing import Routed, not_before, route
from monitor import text
from monitor.deadlines import SchoolCalendar
from monitor.incidents import Move, lead, owes_answer, received
from monitor.model import WINDOW, Certainty, Climb, Finding, Ground, Known, NewNotification
from monitor.school import mask_names, people, short_name, today
from monitor.settings import SchoolSettings

ITEMS = 5
"""Posts that one story shows; ``count`` tells the true number."""
STORIES = 20
"""Stories that a mail about many lists."""
GROUNDS = 6
"""Lines of "why": more is not read at a school gate."""
NAMED = 2
"""Of these, lines about why it is taken to be about the school."""
QUOTE = 280
PRESS_QUOTE = 200
TITLE = 120
_RANK = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolView:
    """A school as the pipeline sees it. Made by ``school_view``."""

    slug: str
    settings: SchoolSettings
    people: tuple[Staff, ...]
    names: clean.MaskNames
    short: str
    recent: flood.Recent = flood.QUIET
    """What was told in the last hour: it counts against the flood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When and where the posts were found."""

    now: datetime
    source: str
    group_wait: timedelta


def school_view(slug: str, settings: SchoolSettings, *, recent: flood.Recent = flood.QUIET) -> SchoolView:
    """Work out once what deciding needs to know of a school."""
    return SchoolView(
        slug=slug,
        settings=settings,
        people=people(settings),
        names=mask_names(settings),
        short=short_name(settings.school),
        recent=recent,
    )


def window(finding: Finding) -> str:
    """The part of a finding's text that is assessed, stored and shown: at most ``WINDOW`` characters."""
    span = finding.match.span if finding.match.place == "body" else (0, 0)
    return text.window(finding.entry.text, span, WINDOW)


def speak(
    moves: Sequence[Move], known: Known, view: SchoolView, occasion: Occasion
) -> tuple[NewNotification, ...]:
    """Say what there is to say about the stories of one school that moved."""
    mouth = _Mouth(view, occasion, _texts_by_story(known))
    speeches = [speech for move in moves if (speech := mouth.prepare(move)) is not None]
    growing = [mouth.grown(speech, speech.amends) for speech in speeches if speech.amends is not None]
    shared = flood.share_out(
        (speech for speech in speeches if speech.amends is None), view.recent, source=occasion.source
    )
    return (
        *growing,
        *(mouth.single(speech, speech.routed.recipients) for speech in shared.alone),
        *mouth.several(shared.together),
        *mouth.held(shared.held),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Speech:
    """A story that there is something to say about."""

    move: Move
    reason: Reason
    routed: Routed
    not_before: datetime
    ladder: Ladder
    amends: Alert | None = None
    """The alert that still waits and can grow."""

    @property
    def severity(self) -> Severity:
        return self.move.change.severity

    @property
    def topics(self) -> frozenset[Category]:
        """What its gravest new posts are about; a new matter in an old story is one."""
        fresh = [one.assessment for one in self.move.fresh]
        gravest = max(judged.severity for judged in fresh)
        return frozenset(lead(judged) for judged in fresh if judged.severity == gravest)

    @property
    def climb(self) -> Climb:
        change = self.move.change
        return Climb(subject_key=change.subject_key, severity=change.severity, ladder=self.ladder)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        return self.routed.recipients


def _texts_by_story(known: Known) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for mention in known.mentions:
        if mention.incident:
            found.setdefault(mention.incident, []).append(f"{mention.title}\n{mention.text}")
    return found


class _Mouth:
    """Speaks for one school on one occasion."""

    def __init__(self, view: SchoolView, occasion: Occasion, texts: Mapping[str, Sequence[str]]) -> None:
        self._view = view
        self._occasion = occasion
        self._texts = texts
        self._calendar = SchoolCalendar(view.settings.school)

    def prepare(self, move: Move) -> _Speech | None:
        """Who hears of it and when; ``None`` if there is nothing to say, or nobody to say it to."""
        waiting = _waiting(move)
        if not move.fresh or (move.reason is None and waiting is None):
            return None
        told_before = self._about(self._texts.get(move.change.subject_key, ()))
        new = self._about({f"{one.entry.title}\n{window(one)}" for one in move.fresh})
        about = together((told_before, new))
        routed = self._routed(move, about)
        grows = (
            waiting is not None and _same_circle(waiting, routed) and new.addresses <= told_before.addresses
        )
        reason = waiting.reason if waiting is not None and grows else move.reason
        if reason is None or not routed.recipients:
            return None
        return _Speech(
            move=move,
            reason=reason,
            routed=routed,
            not_before=self._when(move),
            ladder=self._ladder(move, routed, about),
            amends=waiting if grows else None,
        )

    def single(self, speech: _Speech, recipients: tuple[Recipient, ...]) -> NewNotification:
        """A mail about one story."""
        return self._notification(speech, self._alert(speech), recipients)

    def grown(self, speech: _Speech, waiting: Alert) -> NewNotification:
        """The alert that still waits, with what came since."""
        fresh = self._alert(speech)
        items = sorted((*waiting.items, *fresh.items), key=lambda item: -item.severity)
        worse = fresh.severity > waiting.severity
        grounds = (*fresh.grounds, *waiting.grounds) if worse else (*waiting.grounds, *fresh.grounds)
        grown = dataclasses.replace(
            fresh,
            items=tuple({(item.title, item.excerpt or item.url): item for item in reversed(items)}.values())[
                ::-1
            ][:ITEMS],
            grounds=_distinct(grounds)[:GROUNDS],
            notes=_distinct((*waiting.notes, *fresh.notes)),
        )
        return dataclasses.replace(self._notification(speech, grown, speech.routed.recipients), amends=True)

    def several(self, speeches: Sequence[_Speech]) -> tuple[NewNotification, ...]:
        """One mail for each person about all the stories that were not told by themselves."""
        heard: dict[Recipient, list[_Speech]] = {}
        for speech in speeches:
            for recipient in speech.routed.recipients:
                heard.setdefault(recipient, []).append(speech)
        audiences: dict[tuple[int, ...], list[Recipient]] = {}
        for recipient, stories in heard.items():
            audiences.setdefault(tuple(map(id, stories)), []).append(recipient)
        return tuple(self._together(heard[audience[0]], tuple(audience)) for audience in audiences.values())

    def held(self, speeches: Sequence[_Speech]) -> Iterator[NewNotification]:
        """The same, but to nobody before they may get another mail."""
        for one in self.several(speeches):
            times: dict[datetime, list[Recipient]] = {}
            for to in one.recipients:
                at = flood.room_at((to,), self._view.recent) or one.not_before
                times.setdefault(max(one.not_before, at), []).append(to)
            for at, readers in times.items():
                yield dataclasses.replace(one, recipients=tuple(readers), not_before=at)

    def _together(self, speeches: Sequence[_Speech], audience: tuple[Recipient, ...]) -> NewNotification:
        if len(speeches) == 1:
            return self.single(speeches[0], audience)
        gravest, changes = speeches[0], [speech.move.change for speech in speeches]
        listed = speeches[:STORIES]
        first = self._alert(gravest)
        more = f"the {len(listed)} gravest of them" if len(listed) < len(speeches) else "all of them"
        alert = dataclasses.replace(
            first,
            categories=tuple(
                sorted(
                    {category for change in changes for category in change.categories},
                    key=PRECEDENCE.__getitem__,
                )
            ),
            items=tuple(self._item(speech.move.fresh[0]) for speech in listed),
            count=sum(change.count for change in changes),
            due_at=min((change.due_at for change in changes if change.due_at), default=None),
            told=_roles(speeches),
            restricted=any(speech.routed.restricted for speech in speeches),
            notes=(f"{len(speeches)} stories came at once; this mail lists {more}.", *first.notes),
            stories=len(speeches),
            subjects=tuple(change.subject_key for change in changes),
        )
        notification = self._notification(gravest, alert, audience)
        return dataclasses.replace(
            notification,
            not_before=min(speech.not_before for speech in speeches),
            climbs=_climbs(speeches),
        )

    def _about(self, texts: Iterable[str]) -> About:
        return together(conflicts(words, self._view.people) for words in texts)

    def _routed(self, move: Move, about: About) -> Routed:
        change = move.change
        return route(
            change.severity,
            change.categories,
            change.category,
            people=self._view.people,
            about=about,
            certain=change.certain,
            child_or_school_word=any(one.assessment.child_or_school_word for one in move.fresh),
            today=today(self._view.settings, self._occasion.now),
        )

    def _ladder(self, move: Move, routed: Routed, about: About) -> Ladder:
        change, view = move.change, self._view
        grade, topics, day = change.severity, change.categories, today(view.settings, self._occasion.now)
        return climb(routed, grade, topics, change.category, people=view.people, about=about, today=day)

    def _when(self, move: Move) -> datetime:
        now, change = self._occasion.now, move.change
        began = min((received(one, now) for one in move.fresh), default=now)
        at = not_before(change.severity, now, self._calendar, received=began, due_at=change.due_at)
        waits = at == self._calendar.next_bundle(now, owed=change.due_at is not None)
        if waits or change.severity is Severity.CRITICAL:
            return at
        gathered = max(at, now + self._occasion.group_wait)
        return at if self._calendar.end_of_quiet(gathered) > gathered else gathered

    def _notification(
        self, speech: _Speech, alert: Alert, recipients: tuple[Recipient, ...]
    ) -> NewNotification:
        return NewNotification(
            school=self._view.slug,
            incident=speech.move.change.subject_key,
            kind=NotificationKind.ALERT,
            reason=speech.reason,
            severity=speech.severity,
            payload=alert,
            recipients=recipients,
            not_before=speech.not_before,
            climbs=_climbs((speech,)),
        )

    def _alert(self, speech: _Speech) -> Alert:
        change, facts = speech.move.change, self._view.settings.school
        return Alert(
            school=facts.name,
            short=self._view.short,
            severity=change.severity,
            category=change.category,
            categories=change.categories,
            reason=speech.reason,
            items=tuple(map(self._item, _unlike(speech.move.fresh))),
            count=change.count,
            grounds=self._grounds(speech.move.fresh[0]),
            clock=change.clock,
            due_at=change.due_at,
            zone=str(facts.timezone),
            told=speech.routed.roles,
            restricted=speech.routed.restricted,
            notes=tuple(_notes(speech)),
            phones=dict(self._view.settings.routes),
        )

    def _item(self, finding: Finding) -> Item:
        entry, judged = finding.entry, finding.assessment
        return Item(
            mention=finding.keys.key,
            source=self._occasion.source,
            title=clean.line(self._masked(entry.title), TITLE) if entry.quotable else "",
            excerpt=self._excerpt(finding) if entry.quotable else "",
            url="" if judged.imagery else entry.url,
            seen_at=self._occasion.now,
            published=entry.published,
            severity=judged.severity,
            certain=finding.match.certainty is Certainty.CERTAIN,
            link_withheld=judged.imagery,
        )

    def _excerpt(self, finding: Finding) -> str:
        """The words round what the grade rests on. Masked before it is cut: a name cut in two would not be known."""
        shown = window(finding)
        masked = self._masked(shown)
        limit = PRESS_QUOTE if finding.entry.kind == "article" else QUOTE
        if len(masked) <= limit:
            return clean.excerpt(masked, limit)
        at = _place(shown, finding) * len(masked) // max(len(shown), 1)
        piece = text.window(masked, (at, at), limit - 1)
        return clean.excerpt(piece if masked.startswith(piece) else f"…{piece}", limit)

    def _grounds(self, finding: Finding) -> tuple[str, ...]:
        """Why the gravest post was graded so, and why it is taken to be about the school."""
        named = finding.match.grounds or (Ground(rule="names the school", excerpt=finding.match.term),)
        return _distinct(map(self._ground, (*finding.assessment.grounds[: GROUNDS - NAMED], *named[:NAMED])))

    def _ground(self, ground: Ground) -> str:
        words = clean.line(self._masked(ground.excerpt), TITLE)
        rule = ground.rule[:1].upper() + ground.rule[1:]
        return f"{rule}: “{words}”" if words else rule

    def _masked(self, words: str) -> str:
        return clean.mask(words, self._view.names)


def _waiting(move: Move) -> Alert | None:
    """The story's alert that may still grow, if it is about this story alone."""
    waiting = move.before.pending if move.before else None
    return waiting if waiting is not None and waiting.stories == 1 else None


def _same_circle(waiting: Alert, routed: Routed) -> bool:
    """Whether what came since may be read by exactly those who are to get what waits."""
    return set(waiting.told) == set(routed.roles)


def _unlike(fresh: Sequence[Finding]) -> list[Finding]:
    """The gravest few, each text once."""
    first_of = {one.keys.text or one.keys.key: one for one in reversed(fresh)}
    return [one for one in fresh if first_of[one.keys.text or one.keys.key] is one][:ITEMS]


def _place(shown: str, finding: Finding) -> int:
    """Where in the window the words stand that matter most."""
    words = [ground.excerpt for ground in finding.assessment.grounds] + [finding.match.term]
    folded = shown.casefold()
    places = (folded.find(word.casefold()) for word in words if word)
    return next((place for place in places if place >= 0), 0)


def _notes(speech: _Speech) -> Iterable[str]:
    move = speech.move
    if move.from_the_start:
        yield "Found at the start: these posts are older than the watch."
    if move.before is not None and move.change.severity > move.before.severity and not speech.amends:
        yield f"Graver than before: the story was {move.before.severity.word}."
    yield from filter(None, (move.reach,))
    if move.before is not None and any(owes_answer(one) for one in move.fresh):
        yield "Another comment on the school's own account needs an answer."
    if speech.routed.last_resort:
        yield "Nobody else could be told: please see that the school file names somebody who can."


def _climbs(speeches: Iterable[_Speech]) -> tuple[Climb, ...]:
    """Only what is critical or high is told again if nobody answers."""
    return tuple(speech.climb for speech in speeches if speech.severity >= Severity.HIGH)


def _roles(speeches: Iterable[_Speech]) -> tuple[Role, ...]:
    return tuple(sorted({role for speech in speeches for role in speech.routed.roles}, key=_RANK.__getitem__))


def _distinct(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
