"""Who hears next while nobody answers: the steps that follow the first mail about a grave story.

Pure. A ladder is worked out once, with the first mail, and stored with the story: whoever changes the school file
later does not change who hears of it. ``climb`` makes it, ``freeze`` and ``thaw`` carry it through JSON, ``due``
says what is to be said by now, ``explain`` puts it into sentences.

School policy for critical stories: after 15 minutes the deputy head too (not of an allegation), after 30 the chair
(no more than the category), after 60 the out-of-hours contact ("if you are the first to read this, act"), then
every hour until six hours have passed. For high ones: once more after four hours between 07:00 and 21:00.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from alerts import wording
from alerts.base import Category, Recipient, Role, Severity
from alerts.circle import Circle, Found, first_role, in_order, once
from alerts.conflicts import NOBODY, About, Staff
from alerts.routing import Routed, circle_of

Voice: TypeAlias = Literal["again", "category_only", "act_now"]
"""``again``: the full alert, not yet acknowledged. ``category_only``: role and link, no detail of the case.
``act_now``: the full alert, and "if you are the first to read this, act"."""

DEPUTY_AFTER = timedelta(minutes=15)
CHAIR_AFTER = timedelta(minutes=30)
OUT_OF_HOURS_AFTER = timedelta(minutes=60)
HOURLY_UNTIL = timedelta(hours=6)
HIGH_AFTER = timedelta(hours=4)
"""Of waking time."""
WAKES, SLEEPS = time(7), time(21)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mail to each of these, unless somebody has answered by then."""

    after: timedelta
    """Since the first mail."""
    recipients: tuple[Recipient, ...]
    voice: Voice
    waking: bool = False
    """``after`` counts between 07:00 and 21:00 only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """All that is said while nobody answers, in order."""

    first: tuple[Recipient, ...] = ()
    """Who had the first mail."""
    steps: tuple[Step, ...] = ()


_ADAPTER = TypeAdapter(Ladder)


def climb(
    routed: Routed,
    severity: Severity,
    categories: Iterable[Category],
    lead: Category,
    *,
    people: Sequence[Staff],
    about: About = NOBODY,
    today: date | None = None,
) -> Ladder:
    """The ladder of a story whose first mail went to ``routed``; without steps where none is owed.

    Never anybody the post is about. The contacts outside are among ``people``, by their roles.
    """
    circle = circle_of(severity, (*categories, lead), people, about, today)
    meant = {person.address for person in people if circle.is_meant(person)}
    again = tuple(one for one in routed.recipients if one.address.casefold() not in meant)
    steps: Iterable[Step] = ()
    if severity is Severity.CRITICAL and not routed.once:
        steps = _critical(again, circle)
    elif severity is Severity.HIGH and not routed.once:
        steps = (Step(after=HIGH_AFTER, recipients=again, voice="again", waking=True),)
    return Ladder(first=routed.recipients, steps=tuple(step for step in steps if step.recipients))


def freeze(ladder: Ladder) -> dict[str, Any]:
    """The ladder as JSON-able data, for the database."""
    frozen: dict[str, Any] = _ADAPTER.dump_python(ladder, mode="json")
    return frozen


def thaw(data: Mapping[str, Any]) -> Ladder:
    """The ladder that ``freeze`` wrote. Raises ``pydantic.ValidationError``."""
    return _ADAPTER.validate_python(dict(data))


def when(step: Step, opened_at: datetime, zone: ZoneInfo) -> datetime:
    """When ``step`` is due after a first mail at ``opened_at``, in UTC."""
    return _awake(opened_at, step.after, zone) if step.waking else opened_at.astimezone(UTC) + step.after


def due(ladder: Ladder, opened_at: datetime, now: datetime, zone: ZoneInfo) -> tuple[Step, ...]:
    """The steps whose time has come by ``now``, said or not."""
    return tuple(step for step in ladder.steps if when(step, opened_at, zone) <= now)


def explain(ladder: Ladder, now: datetime, opened_at: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """Who hears when, and why, in sentences for people."""
    told = f"First mail {wording.moment(opened_at, zone)} to {_names(ladder.first)}."
    if not ladder.steps:
        return (told, "Nobody is told again: only critical and high stories are, if nobody answers.")
    rounds = list(_rounds(ladder, opened_at, zone))
    return (
        told,
        *(f"Due since {wording.moment(one.at, zone)}: {one.what}." for one in rounds if one.at <= now),
        *_to_come([one for one in rounds if one.at > now], now, zone),
        "It ends as soon as somebody says mine or closes the story.",
    )


@dataclass(frozen=True, slots=True)
class _Round:
    """Steps that come at one time."""

    at: datetime
    steps: Sequence[Step]
    what: str

    @property
    def kind(self) -> tuple[str, object]:
        """The same for those of the hourly rounds that say the same."""
        return self.what, self.steps[0].after > OUT_OF_HOURS_AFTER or self.at


def _to_come(rounds: Sequence[_Round], now: datetime, zone: ZoneInfo) -> Iterator[str]:
    if not rounds:
        yield "Everything has been said."
        return
    first, rest = rounds[0], rounds[1:]
    wait, at = wording.lasting(first.at - now), wording.moment(first.at, zone)
    yield f"Next, in {wait}, {at}: {first.what}; {_why(first.steps)}."
    for _, group in groupby(rest, key=lambda one: one.kind):
        alike = list(group)
        begins, ends = (wording.moment(one.at, zone) for one in (alike[0], alike[-1]))
        times = begins if len(alike) == 1 else f"every hour from {begins} to {ends}"
        yield f"Then {times}: {alike[0].what}."


def _critical(again: tuple[Recipient, ...], circle: Circle) -> Iterator[Step]:
    """Everybody who joins is told on every step after that one, in the same words."""
    leads = _joined(again, Found() if _is_allegation(circle) else circle.told((Role.DEPUTY_HEAD,)))
    chair = _joined((), circle.told((Role.CHAIR,)), but=leads)
    night = _joined((), circle.first_told((Role.OUT_OF_HOURS, Role.OUTSIDE)), but=leads)
    aloof = tuple(one for one in chair if one not in night)
    yield Step(after=DEPUTY_AFTER, recipients=leads, voice="again")
    yield Step(after=CHAIR_AFTER, recipients=leads, voice="again")
    yield Step(after=CHAIR_AFTER, recipients=chair, voice="category_only")
    after = OUT_OF_HOURS_AFTER
    while after <= HOURLY_UNTIL:
        yield Step(after=after, recipients=(*leads, *night), voice="act_now")
        yield Step(after=after, recipients=aloof, voice="category_only")
        after += _HOUR


def _is_allegation(circle: Circle) -> bool:
    return Category.STAFF_ALLEGATION in circle.topics


def _joined(
    heard: tuple[Recipient, ...], found: Found, *, but: tuple[Recipient, ...] = ()
) -> tuple[Recipient, ...]:
    """``heard`` and those of ``found`` who are not among them, nor among ``but``."""
    known = {one.address.casefold() for one in (*heard, *but)}
    return (*heard, *(one for one in once(found.people) if one.address.casefold() not in known))


def _awake(start: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """``length`` of waking time after ``start``, in UTC."""
    day = start.astimezone(zone).date()
    while True:
        wakes, sleeps = (datetime.combine(day, at, zone).astimezone(UTC) for at in (WAKES, SLEEPS))
        begins = max(start.astimezone(UTC), wakes)
        if begins + length <= sleeps:
            return begins + length
        length -= max(sleeps - begins, timedelta())
        day += _DAY


def _rounds(ladder: Ladder, opened_at: datetime, zone: ZoneInfo) -> Iterator[_Round]:
    """The steps that come at one time, together."""
    heard = {one.address for one in ladder.first}
    times: dict[datetime, list[Step]] = {}
    for step in ladder.steps:
        times.setdefault(when(step, opened_at, zone), []).append(step)
    for at, steps in sorted(times.items(), key=lambda one: one[0]):
        new = [one for step in steps for one in step.recipients if one.address not in heard]
        heard |= {one.address for one in new}
        yield _Round(at, steps, _what(steps, new))


def _what(steps: Sequence[Step], new: Sequence[Recipient]) -> str:
    everybody = [one for step in steps for one in step.recipients]
    before = "the same people again" if len(new) < len(everybody) else ""
    joining = f"{_names(new)}{_how(steps, new)}" if new else ""
    return " and ".join(part for part in (before, joining) if part)


def _how(steps: Sequence[Step], new: Sequence[Recipient]) -> str:
    voices = {step.voice for step in steps for one in step.recipients if one in new}
    return " (no more than the category)" if voices == {"category_only"} else ""


def _why(steps: Sequence[Step]) -> str:
    if steps[0].waking:
        return "nobody has answered within four waking hours"
    if any(step.voice == "act_now" for step in steps):
        return "nobody has answered, so whoever reads it first must act"
    return "nobody has answered"


def _names(people: Sequence[Recipient]) -> str:
    """Roles, never names or addresses."""
    return wording.roles(in_order(first_role(one.roles) for one in people)) or "nobody"
