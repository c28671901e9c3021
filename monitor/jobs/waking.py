"""Wake people at the moment at which a mail about a critical story goes out to them.

Mail at ten past two wakes nobody. The line says that an urgent mail is waiting, and its number: nothing of what was
posted. Each person is woken over their own list; all who have none together over that of ``[wake]``. Whoever says
*mine*, *done* or *not us* stops it. What does not get through within two hours is given up and told in ``health``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from alerts.base import Alert, NotificationKind, Recipient, Severity
from alerts.circle import in_order
from alerts.errors import DeliveryError, Misconfigured, NotWoken
from alerts.retry import next_wake
from alerts.wake import Waker, Way
from monitor import identity, log
from monitor.app import App
from monitor.config import Config
from monitor.config import waking as lists
from monitor.errors import ConfigError, StoreBusy, StoreError
from monitor.jobs import bundling, catching_up
from monitor.model import ON_DUTY, WAKE, DeliveryOutcome, DeliveryTask
from monitor.school import short_name
from monitor.store import Tx, outbox, wakes

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than the longest try."""
MOST = 20
"""Wake-ups that are leased at once."""
EXERCISE = "EXERCISE. "
DOWN, AGAIN = "mail-down-", "mail-again-"
"""How the subjects of notices about mail itself begin."""
_DOWN = "mail has not gone out for 30 minutes; look at the watch"
_AGAIN = "mail goes out again"
_SHORT = 60
"""Characters of the short name: the line fits one SMS of 160."""
_TEST = "a test of waking people; nothing needs to be done"
_TAG = 16
"""Hex digits that tell one address from another in the memory of what was sent."""


def plan(app: App, tx: Tx, now: datetime) -> int:
    """Queue who is to be woken beside the mails that go out now; return how many wake-ups are new."""
    if not lists.is_set_up(app.config):
        return 0
    together: dict[tuple[str, str, int], list[DeliveryTask]] = {}
    for mail in wakes.urgent(tx, now):
        together.setdefault((mail.school, mail.subject_key, mail.sequence), []).append(mail)
    new = 0
    for mails in together.values():
        to = woken(app, [mail.recipient for mail in mails])
        new += sum(wakes.add(tx, mails[0], one, now) for one in to)
    wakes.stop(tx, now)
    return new


def woken(app: App, told: Sequence[Recipient]) -> tuple[Recipient, ...]:
    """Who of these is woken: those with a list of their own, and for all others whoever hears that of ``[wake]``."""
    own = tuple(one for one in told if lists.list_of(app.config, one.address))
    rest = [one for one in told if one not in own]
    if not rest or lists.list_of(app.config, ON_DUTY) is None:
        return own
    roles = in_order({role for one in rest for role in one.roles})
    return (*own, Recipient(address=ON_DUTY, roles=roles))


def claim(
    app: App, now: datetime, *, limit: int = MOST, everything: bool = False
) -> tuple[DeliveryTask, ...]:
    """Lease the wake-ups that are due, once what belongs together has been folded into one mail."""
    if not lists.is_set_up(app.config):
        return ()
    with app.store.read() as tx:
        if not everything and not wakes.is_waiting(tx, now):
            return ()
    with app.store.write() as tx:
        bundling.bundle(app, tx, now)
        catching_up.gather(tx, now)
        plan(app, tx, now)
        return outbox.claim(tx, now, limit=limit, lease=LEASE, everything=everything, channel=WAKE)


def wake_all(
    app: App,
    now: datetime,
    *,
    everything: bool = False,
    each: Callable[[DeliveryOutcome], None] = lambda _: None,
) -> list[DeliveryOutcome]:
    """Wake everybody who is due; ``everything``: also what waits for its next try."""
    outcomes = []
    for task in claim(app, now, limit=1000, everything=everything):
        outcomes.append(guarded_wake(app, task, now))
        each(outcomes[-1])
    return outcomes


def guarded_wake(app: App, task: DeliveryTask, now: datetime) -> DeliveryOutcome:
    """Wake, and settle it; never raises."""
    with log.bound(delivery=task.id):
        try:
            return _wake(app, task, now)
        except StoreError as error:
            log.event(logger, logging.ERROR, "wake.unsaved", error=error)
            return DeliveryOutcome(
                id=task.id, channel=WAKE, outcome="lost", error=str(error), remedy=error.remedy
            )


def _wake(app: App, task: DeliveryTask, now: datetime) -> DeliveryOutcome:
    """Raises ``StoreError`` alone."""
    try:
        hand_over(app, task)  # network, no transaction
    except DeliveryError as error:
        return _not_woken(app, task, error, now)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 -- the job's edge: a bug here must not stop the mails
        log.event(logger, logging.CRITICAL, "wake.broken", error=error)
        said = f"the program itself failed here ({type(error).__name__})"
        return _not_woken(app, task, NotWoken(said), now)
    with app.store.write() as tx:
        settled = outbox.sent(tx, task, message_id=_name(app, task), code="", now=now)
    log.event(logger, logging.INFO, "wake.sent", kind=task.kind, severity=task.severity)
    return DeliveryOutcome(id=task.id, channel=WAKE, outcome="sent" if settled else "lost")


def unsaved(app: App, mail: DeliveryTask) -> None:
    """Wake beside a critical mail that goes out while nothing can be written down; once, and never raises."""
    if isinstance(mail.payload, Alert) and mail.payload.voice != "due":
        for one in woken(app, [mail.recipient]):
            try:
                hand_over(app, dataclasses.replace(mail, channel=WAKE, recipient=one))
            except (DeliveryError, StoreError) as error:
                log.event(logger, logging.ERROR, "wake.unsaved", error=error)


def hand_over(app: App, task: DeliveryTask) -> None:
    """Say the line over each address of the list that has not taken it yet. Raises ``DeliveryError``."""
    found = _ways(app, task)
    new = [way for way in found if not app.sent_log.contains(_name(app, task, way))]
    verdicts = app.waker.say(
        [way.url for way in new],
        line(app, task),
        grave=not task.subject_key.startswith(AGAIN),
        proxy=app.config.monitor.fetch.proxy,
    )
    _note(app, [_name(app, task, way) for way, why in zip(new, verdicts, strict=True) if not why])
    failed = [f"{way.place}: {why}" for way, why in zip(new, verdicts, strict=True) if why]
    if failed:
        raise NotWoken("; ".join(failed))


def ring(config: Config, waker: Waker) -> Iterator[tuple[str, str]]:
    """Say one marked line over each address, once; where it stands, and why it did not go (empty if it did).

    Raises ``Misconfigured``. What cannot be read is passed over: it is told with the secrets.
    """
    found: dict[str, Way] = {}
    for name in dict.fromkeys(name for _, name in lists.named(config)):
        try:
            found |= {way.url: way for way in lists.read(config, name) if way.url not in found}
        except ConfigError:
            continue
    short = short_name(next(iter(config.schools.values())).settings.school)
    whys = waker.say(found, f"{short}: {_TEST}", grave=False, proxy=config.monitor.fetch.proxy)
    yield from ((way.place, why) for way, why in zip(found.values(), whys, strict=True))


def line(app: App, task: DeliveryTask) -> str:
    """All that is said: the school's short name and the story's number, or that mail is down; never a word of a post."""
    school = app.config.schools.get(task.school)
    short = " ".join(short_name(school.settings.school).split())[:_SHORT] if school else "School"
    if task.kind is NotificationKind.HEALTH:
        return f"{short}: {_AGAIN if task.subject_key.startswith(AGAIN) else _DOWN}"
    exercise = isinstance(task.payload, Alert) and task.payload.exercise
    story = f", R{task.incident_id}" if task.incident_id else ""
    return f"{EXERCISE if exercise else ''}{short}: urgent mail waiting{story}"


def _ways(app: App, task: DeliveryTask) -> tuple[Way, ...]:
    name = lists.list_of(app.config, task.recipient.address)
    if name is None:
        raise Misconfigured(
            "nothing in the configuration says over what this person is woken", remedy=_REMEDY
        )
    try:
        return lists.read(app.config, name)
    except ConfigError as error:
        raise Misconfigured(str(error), remedy=_REMEDY) from None


_REMEDY = "see: mention-monitor check"


def _name(app: App, task: DeliveryTask, way: Way | None = None) -> str:
    """What is remembered of a wake-up, or of one way of it: not the same as of the mail, nor for another address."""
    means = hashlib.sha256(way.url.encode()).hexdigest()[:_TAG] if way else task.recipient.address
    return identity.message_id(
        app.store.install_key,
        school=task.school,
        subject_key=task.subject_key,
        kind=task.kind,
        sequence=task.sequence,
        recipient=f"{WAKE} {Severity(task.severity).word} {means}",
        domain=identity.mail_domain(app.config.mail.settings.sender),
    )


def _note(app: App, names: Sequence[str]) -> None:
    """Remember who was woken beside the database; a full disk must not keep us from settling it."""
    try:
        if names:
            app.sent_log.add(*names)
    except StoreBusy as error:
        log.event(logger, logging.ERROR, "sentlog.failed", error=error)


def _not_woken(app: App, task: DeliveryTask, error: DeliveryError, now: datetime) -> DeliveryOutcome:
    at = next_wake(now, task.attempts, spread=app.spread(), age=now - task.due_since)
    told = {"error": str(error), "remedy": error.remedy}
    with app.store.write() as tx:
        if at is None:
            settled = outbox.dead(tx, task, **told, now=now)
        else:
            settled = outbox.retry(tx, task, **told, next_attempt_at=at, may_repeat=True, now=now)
    name, level = ("wake.dead", logging.ERROR) if at is None else ("wake.retry", logging.WARNING)
    log.event(logger, level, name, kind=task.kind, error=error, attempts=task.attempts)
    outcome = DeliveryOutcome(id=task.id, channel=WAKE, outcome="dead" if at is None else "retry", **told)
    return outcome if settled else dataclasses.replace(outcome, outcome="lost")
