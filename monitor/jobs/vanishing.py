"""What happens when a post is gone: our copy of its words goes too where its platform asks that, unless it is held.

A threat in a critical story is no ordinary post: its words stay for three days, and the leads are told, so that it does
not vanish before the police have seen it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts import wording
from alerts.base import Category, Reason, Severity
from alerts.routing import LEADS
from monitor import log
from monitor.app import App, kind_of
from monitor.facts import IncidentRow
from monitor.jobs import acting
from monitor.model import SourceTask
from monitor.store import Tx, afterlife, blanking, health, incidents
from monitor.store.outbox import note_event

logger = logging.getLogger(__name__)

EVIDENCE = timedelta(hours=72)
"""How long the words of a threat outlive its post: a weekend, so that a lead can put them under a hold."""
_AT_ONCE = 500
"""Posts whose words go in one transaction."""


def note_gone(app: App, tx: Tx, task: SourceTask, entry_ids: Iterable[str], now: datetime) -> None:
    """A platform said in a poll that these have been deleted. Part of the transaction that records the poll."""
    wanted = list(entry_ids)
    kind = kind_of(task.kind)
    for number, _ in afterlife.named(tx, task.id, wanted) if wanted else ():
        afterlife.gone(tx, number, now, next_at=None)
        if kind is not None and kind.purge_gone:
            doom(app, tx, number, now)


def doom(app: App, tx: Tx, number: int, now: datetime) -> None:
    """A mention's post is gone for certain: our copy of its words is to go as well."""
    story_number = afterlife.story_of(tx, number)
    story = incidents.get(tx, story_number) if story_number is not None else None
    threat = story is not None and _is_threat(story)
    at = now + EVIDENCE if threat else now
    if not afterlife.doom(tx, number, at) or story is None:
        return
    note_event(tx, story.id, at=now, what="gone", detail=f"M{number} has been taken down")
    if threat:
        _tell_leads(app, tx, story, at, now)


def blank_due(app: App, now: datetime) -> int:
    """Remove the words that are to be gone by now; return of how many posts."""
    with app.store.read() as tx:
        waits = bool(afterlife.overdue(tx, now, 1))
        leapt = health.leapt_at(tx) is not None
    if not waits or leapt:  # a clock that leapt is not believed at once
        return 0
    with app.store.write() as tx:
        overdue = afterlife.overdue(tx, now, _AT_ONCE)
        for keep_ids in (
            False,
            True,
        ):  # of what is still there only the words go: who needs them finds them there
            some = [number for number, is_gone in overdue if is_gone is not keep_ids]
            blanking.blank(tx, some, keep_ids=keep_ids)
            afterlife.blanked(tx, some, now)
    log.event(logger, logging.INFO, "afterlife.blanked", posts=len(overdue))
    return len(overdue)


def _is_threat(story: IncidentRow) -> bool:
    topics = {story.category, *story.categories}
    return story.severity is Severity.CRITICAL and Category.THREAT_VIOLENCE in topics


def _tell_leads(app: App, tx: Tx, story: IncidentRow, at: datetime, now: datetime) -> None:
    """The leads hear that the evidence goes, when, and how to keep it."""
    scene = acting.scene_of(app.config, tx, story.id, acting.Actor(by="", via="watch"), now)
    zone = scene.words.settings.school.timezone
    leads = [one.recipient for one in scene.circle().holders(LEADS)]
    told = (
        f"The post has been taken down (seen {wording.moment(now, zone)}). Our copy of its words will be removed on"
        f" {wording.moment(at, zone)}, unless a lead puts the story under a hold:"
        f' mention-monitor hold R{story.id} "why" --until {(now + timedelta(days=90)).date()} --by dsl'
    )
    scene.alert(leads, Reason.FIRST, told)
