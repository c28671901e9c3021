"""An exercise: the whole ladder with the real people, every subject marked, until somebody says *mine*."""

from __future__ import annotations

from datetime import datetime

from alerts.base import Category, NotificationKind, Reason, Severity
from alerts.ladder import climb
from alerts.routing import route
from monitor.config import Config
from monitor.errors import NotAllowed
from monitor.jobs.retelling import teller
from monitor.model import Climb, NewNotification
from monitor.store import Tx, exercises, incidents, outbox

TOPIC = Category.THREAT_VIOLENCE
"""What the exercise is about: everybody on the ladder hears of it."""


def drill(config: Config, tx: Tx, slug: str, now: datetime) -> int:
    """Begin an exercise; return the number of its story. Raises ``NotAllowed`` while one is open."""
    settings = config.schools[slug].settings
    exercises.know(tx, slug, settings.school.name)
    if exercises.is_running(tx, slug):
        raise NotAllowed("an exercise is under way: close it first (done R… answered)")
    words = teller(settings)
    subject = f"{exercises.MARK}{now:%Y-%m-%dT%H%M%S}"
    number = exercises.begin(tx, slug, subject, TOPIC, now)
    story = incidents.get(tx, number)
    if story is None:  # pragma: no cover -- it was written a moment ago
        raise NotAllowed("the exercise could not be recorded")
    day = words.today(now)
    routed = route(Severity.CRITICAL, (TOPIC,), TOPIC, people=words.staff, today=day)
    ladder = climb(routed, Severity.CRITICAL, (TOPIC,), TOPIC, people=words.staff, today=day)
    new = NewNotification(
        school=slug,
        incident=subject,
        kind=NotificationKind.ALERT,
        reason=Reason.FIRST,
        severity=Severity.CRITICAL,
        payload=words.alert(tx, story, routed.roles, reason=Reason.FIRST),
        recipients=routed.recipients,
        not_before=now,
        climbs=(Climb(subject_key=subject, severity=Severity.CRITICAL, ladder=ladder),),
    )
    outbox.add(tx, new, "", now)
    return number
