"""What is not urgent comes together: one mail for each reader at half past seven and half past three.

Stories of medium and low grade wait for the bundle, each as a mail of its own that can still grow; when its time has
come they are folded into one. With the first bundle of a working day comes the list of posts that may be about us.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.base import Alert, Bundle, Category, Item, NotificationKind, Reason, Recipient, Severity
from alerts.conflicts import conflicts
from alerts.routing import RESTRICTED, Routed, route
from monitor import deadlines, log
from monitor.app import App
from monitor.facts import MentionRow
from monitor.jobs.retelling import Teller, teller
from monitor.model import DeliveryTask, NewNotification
from monitor.school import short_name
from monitor.settings import SchoolFacts
from monitor.store import Tx, bundles, outbox
from monitor.store.backlog import call_back

logger = logging.getLogger(__name__)

MOST_POSSIBLE = 50
"""Posts of a day that may be about us; a mail shows a few and counts the rest."""
_TAG = 12
"""Hex digits that tell one reader's bundle from another's; the address itself stays out of the name."""


@dataclass(slots=True)
class _Pile:
    """What one reader is to get."""

    to: Recipient
    tasks: list[DeliveryTask] = field(default_factory=list)
    possible: list[Item] = field(default_factory=list)


def bundle(app: App, tx: Tx, now: datetime) -> int:
    """Fold what waited for a bundle into one mail for each reader; return how many bundles were queued."""
    waiting = bundles.waiting(tx, now)
    queued = 0
    for slug, school in app.config.schools.items():
        facts = school.settings.school
        tasks = [task for task in waiting if task.school == slug and _waited(task, facts)]
        posts = _posts(tx, slug, facts, now)
        if tasks or posts:
            words = teller(school.settings)
            queued += sum(_queue(tx, slug, pile, words, now) for pile in _piles(tasks, posts, words, now))
    if queued:
        log.event(logger, logging.INFO, "bundle.queued", mails=queued)
    return queued


def _waited(task: DeliveryTask, facts: SchoolFacts) -> bool:
    """Whether it was to go out with a bundle, not at once."""
    return deadlines.next_bundle(task.due_since, facts) == task.due_since


def _posts(tx: Tx, slug: str, facts: SchoolFacts, now: datetime) -> tuple[MentionRow, ...]:
    """Once on each working day, from the first bundle on: the posts that may be about the school since the last time."""
    since = bundles.listed_at(tx, slug)
    if since is None:
        bundles.set_listed(tx, slug, now)
        return ()
    local = now.astimezone(facts.timezone)
    listed = since.astimezone(facts.timezone).date() >= local.date()
    if (
        listed
        or local.time() < deadlines.WORKING_DAY_BUNDLES[0]
        or not deadlines.working(local.date(), facts)
    ):
        return ()
    bundles.set_listed(tx, slug, now)
    return bundles.possible(tx, slug, since, now, MOST_POSSIBLE)


def _piles(
    tasks: Iterable[DeliveryTask], posts: Iterable[MentionRow], words: Teller, now: datetime
) -> Iterable[_Pile]:
    piles: dict[str, _Pile] = {}
    for task in tasks:
        piles.setdefault(task.recipient.address, _Pile(task.recipient)).tasks.append(task)
    for post in posts:
        for to in _readers(post, words, now).recipients:
            piles.setdefault(to.address, _Pile(to)).possible.append(words.item(post))
    return piles.values()


def _readers(post: MentionRow, words: Teller, now: datetime) -> Routed:
    """The office; the duty lead, if it may be about safeguarding or an allegation. Nobody whom it may be about."""
    restricted = bool(RESTRICTED & set(post.categories))
    return route(
        Severity.LOW,
        post.categories if restricted else (),
        post.category or Category.QUERY_INFO if restricted else Category.QUERY_INFO,
        people=words.staff,
        about=conflicts(f"{post.title}\n{post.text}", words.staff),
        certain=not restricted,
        child_or_school_word=False,
        today=words.today(now),
    )


def _queue(tx: Tx, slug: str, pile: _Pile, words: Teller, now: datetime) -> bool:
    """Queue one reader's bundle. False if everything in it has been dealt with meanwhile."""
    call_back(tx, pile.tasks, now)
    subjects = dict.fromkeys(subject for task in pile.tasks for subject in _subjects(task))
    stories = [story for subject in subjects if (story := bundles.open_story(tx, slug, subject))]
    if not stories and not pile.possible:
        return False
    for story in stories:
        outbox.note_event(tx, story.id, at=now, what="bundled", detail=", ".join(pile.to.roles))
    facts = words.settings.school
    began = min((task.due_since for task in pile.tasks), default=now)
    severity = max((story.severity for story in stories), default=Severity.LOW)
    new = NewNotification(
        school=slug,
        incident=None,
        kind=NotificationKind.BUNDLE,
        reason=Reason.FIRST,
        severity=min(severity, Severity.MEDIUM),
        payload=Bundle(
            school=facts.name,
            short=short_name(facts),
            zone=str(facts.timezone),
            items=tuple(words.line(tx, story) for story in stories),
            possible=tuple(pile.possible),
        ),
        recipients=(pile.to,),
        not_before=began,
    )
    outbox.add(tx, new, _name(pile, began, facts), now)
    return True


def _name(pile: _Pile, began: datetime, facts: SchoolFacts) -> str:
    """The same for the same bundle of the same reader, whatever happens in between."""
    reader = hashlib.sha256(pile.to.address.casefold().encode()).hexdigest()[:_TAG]
    return f"bundle-{began.astimezone(facts.timezone):%Y-%m-%dT%H%M}-{reader}"


def _subjects(task: DeliveryTask) -> Sequence[str]:
    told = task.payload.subjects if isinstance(task.payload, Alert) else ()
    return told or (task.subject_key,)
