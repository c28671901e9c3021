"""Deliver what the outbox holds: lease, render, send, settle.

At least once, under one Message-ID: a crash between sending and settling repeats a mail and never loses
one. ``sent.log`` is asked before each send, so that a restored database repeats nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from alerts.base import Alert, Answer, Envelope, Message, NotificationKind, Payload, Severity, Whole
from alerts.circle import listed
from alerts.errors import Deferred, DeliveryError, MailboxFull, Refused
from alerts.render import render
from alerts.retry import next_attempt
from alerts.views import is_untainted
from monitor import identity, log
from monitor.app import App
from monitor.errors import StoreBusy, StoreError
from monitor.jobs import ascribing, bundling, catching_up, full_words, standing_in, waking
from monitor.model import DeliveryOutcome, DeliveryTask
from monitor.store import outbox

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than the longest send; after it, a delivery whose worker died is taken up again."""
_ALL_AT_ONCE = 1000
"""More than any school has waiting after a fortnight without mail."""
LATE = timedelta(minutes=30)
"""A mail that waited longer than this beyond its time says so."""
_TAG = 16
"""Hex digits that tell two contents of one name from one another."""
EXAMPLE = ".example"
"""Addresses of the example configuration (RFC 2606): nobody is there."""


def take_over(app: App) -> None:
    """Take back what a worker that was killed had leased; only for the one that holds the lock."""
    with app.store.write() as tx:
        outbox.release(tx)


def hurry(app: App, now: datetime) -> int:
    """Make everything that waits due now, for the daemon to send; return how many."""
    with app.store.write() as tx:
        return outbox.hurry(tx, now)


def claim(app: App, now: datetime, *, limit: int = 20, everything: bool = False) -> tuple[DeliveryTask, ...]:
    """Lease what is due, most severe first; ``everything`` also what waits for its hour."""
    with app.store.write() as tx:
        bundling.bundle(app, tx, now)
        catching_up.gather(tx, now)
        waking.plan(app, tx, now)
        return outbox.claim(tx, now, limit=limit, lease=LEASE, everything=everything)


def deliver(app: App, task: DeliveryTask, now: datetime) -> DeliveryOutcome:
    """Send one leased delivery and settle it. Safe to repeat."""
    with log.bound(delivery=task.id):
        try:
            key, code = hand_over(app, task, now)  # network, no transaction
        except DeliveryError as error:
            return _not_sent(app, task, error, now)
        return _sent(app, task, key, code, now)


def hand_over(app: App, task: DeliveryTask, now: datetime) -> tuple[str, str]:
    """Send a mail unless its reader was told before; its Message-ID and the server's code. Raises ``DeliveryError``."""
    names = _names(app, task)
    told = [_was_told(app, name, task.severity) for name in names]
    if all(told):
        return names[0], ""
    key = _free_name(app, task, names)
    _refuse_example(app, task)
    mail = compose(app, _without(task, told), now, key)
    receipt = app.channel.send(mail, task.recipient, key)
    _note_sent(app, [*names, key], task.severity)
    return key, receipt.code


def _names(app: App, task: DeliveryTask) -> list[str]:
    """The Message-IDs of what a mail tells: its own, and those that its other stories would have by themselves."""
    told = task.payload.subjects if isinstance(task.payload, Alert) else ()
    others = [
        message_id(app, dataclasses.replace(task, subject_key=subject), task.kind, 0)
        for subject in told
        if subject != task.subject_key
    ]
    return [message_id(app, task, task.kind, task.sequence), *others]


def _was_told(app: App, name: str, severity: Severity) -> bool:
    """Whether this was said before, as grave as it is now; by the log alone, since a database may be an older copy."""
    return app.sent_log.contains(name) or any(
        app.sent_log.contains(_mark(name, told)) for told in Severity if told >= severity
    )


def _without(task: DeliveryTask, told: Sequence[bool]) -> DeliveryTask:
    """The mail about many stories without those that its reader knows: they were found again after a restore."""
    alert = task.payload
    if not isinstance(alert, Alert) or not any(told):
        return task
    new = tuple(item for item, known in zip(alert.items, told, strict=False) if not known)
    note = "The watch's memory had to be restored; stories that you were told of before are left out."
    lean = dataclasses.replace(alert, items=new or alert.items, notes=(*alert.notes, note))
    return dataclasses.replace(task, payload=lean)


def _mark(name: str, severity: Severity) -> str:
    return f"{name} {severity.word}"


def _free_name(app: App, task: DeliveryTask, names: Sequence[str]) -> str:
    """The mail's own Message-ID; another one where, before a restore, something else was said under it.

    Mail programs hide a second message of the same name.
    """
    if not any(app.sent_log.contains(_mark(names[0], told)) for told in Severity):
        return names[0]
    said = hashlib.sha256(" ".join([*names, task.severity.word]).encode()).hexdigest()[:_TAG]
    subject = f"{task.subject_key} {said}"
    return message_id(app, dataclasses.replace(task, subject_key=subject), task.kind, task.sequence)


def compose(app: App, task: DeliveryTask, now: datetime, key: str = "") -> Message:
    """The mail of one delivery, as it goes to its one recipient; ``key`` if it is not its usual Message-ID."""
    with app.store.read() as tx:
        thread = outbox.thread(tx, task)
    sender = app.config.mail.settings.sender
    domain = identity.mail_domain(sender)
    waited = now - task.due_since
    envelope = Envelope(
        ref=f"R{task.incident_id}" if task.incident_id else "",
        to=task.recipient,
        sender=sender,
        message_id=key or message_id(app, task, task.kind, task.sequence),
        parents=tuple(message_id(app, task, kind, sequence) for kind, sequence in thread),
        list_id=identity.list_id("School mentions", domain),
        sent_at=now,
        waited=waited if waited >= LATE else None,
        may_repeat=task.may_repeat,
        reply_to=_reply_to(app, task),
        posts=_full_words(app, task),
    )
    payload = _explained(task)
    if isinstance(payload, Alert) and not is_untainted(payload, envelope):
        payload = ascribing.ascribed(app, task.school, payload)
    return render(task.kind, payload, envelope)


def _reply_to(app: App, task: DeliveryTask) -> str:
    """Where this copy is answered; empty where nobody reads replies."""
    box = app.config.monitor.mailbox
    if box is None:
        return ""
    code = identity.reply_code(
        app.store.install_key,
        school=task.school,
        subject_key=task.subject_key,
        kind=task.kind,
        sequence=task.sequence,
        recipient=task.recipient.address,
    )
    return identity.reply_address(box.address, code)


def _full_words(app: App, task: DeliveryTask) -> tuple[Whole, ...]:
    """The words that its reader asked for, as they are now: no mail that waits holds them."""
    if not isinstance(task.payload, Answer) or not task.payload.words:
        return ()
    with app.store.read() as tx:
        return full_words.of(tx, task)


def _explained(task: DeliveryTask) -> Payload:
    """Who stands in reads why."""
    alert = task.payload
    if not isinstance(alert, Alert) or not task.instead_of:
        return alert
    note = f"You get this in place of the {listed(task.instead_of)}, whom mail does not reach: they may not know of it."
    return dataclasses.replace(alert, notes=(note, *alert.notes))


def message_id(app: App, task: DeliveryTask, kind: NotificationKind, sequence: int) -> str:
    """The Message-ID of a notification of this task's story to its recipient."""
    return identity.message_id(
        app.store.install_key,
        school=task.school,
        subject_key=task.subject_key,
        kind=kind,
        sequence=sequence,
        recipient=task.recipient.address,
        domain=identity.mail_domain(app.config.mail.settings.sender),
    )


def deliver_all(
    app: App,
    now: datetime,
    *,
    everything: bool = False,
    each: Callable[[DeliveryOutcome], None] = lambda _: None,
) -> list[DeliveryOutcome]:
    """Deliver until nothing that is due is left; tells each outcome as it comes.

    ``everything`` is claimed once: what fails now has its next try later, not at once and for ever.
    """
    outcomes: list[DeliveryOutcome] = []
    tasks = claim(app, now, limit=_ALL_AT_ONCE, everything=everything)
    while tasks:
        for task in tasks:
            outcomes.append(guarded_deliver(app, task, now))
            each(outcomes[-1])
        tasks = claim(app, now)
    return outcomes


def guarded_deliver(app: App, task: DeliveryTask, now: datetime) -> DeliveryOutcome:
    """``deliver`` at the edge of a thread: never raises."""
    try:
        return _broad_deliver(app, task, now)
    except StoreError as error:
        log.event(logger, logging.ERROR, "delivery.unsaved", delivery=task.id, error=error)
        return DeliveryOutcome(id=task.id, outcome="lost", error=str(error), remedy=error.remedy)


def _broad_deliver(app: App, task: DeliveryTask, now: datetime) -> DeliveryOutcome:
    """Raises ``StoreError`` alone."""
    try:
        return deliver(app, task, now)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 -- the job's edge: a bug in one mail must not stop the others
        log.event(logger, logging.CRITICAL, "delivery.broken", delivery=task.id, error=error)
        said = f"the program itself failed here ({type(error).__name__})"
        return _not_sent(app, task, Deferred(said), now)


def _note_sent(app: App, names: Iterable[str], severity: Severity) -> None:
    """Remember the message beside the database; a full disk must not keep us from settling it."""
    try:
        app.sent_log.add(*dict.fromkeys(_mark(name, severity) for name in names))
    except StoreBusy as error:
        log.event(logger, logging.ERROR, "sentlog.failed", error=error)


def _refuse_example(app: App, task: DeliveryTask) -> None:
    if app.config.mail.kind != "maildir" and task.recipient.address.endswith(EXAMPLE):
        raise Refused("this is an address of the example configuration")


def _sent(app: App, task: DeliveryTask, key: str, code: str, now: datetime) -> DeliveryOutcome:
    with app.store.write() as tx:
        settled = outbox.sent(tx, task, message_id=key, code=code, now=now)
    log.event(logger, logging.INFO, "delivery.sent", kind=task.kind, severity=task.severity, code=code)
    return DeliveryOutcome(id=task.id, outcome="sent" if settled else "lost")


def _not_sent(app: App, task: DeliveryTask, error: DeliveryError, now: datetime) -> DeliveryOutcome:
    at = next_attempt(now, task.attempts, error, spread=app.spread(), age=now - task.due_since)
    told = {"error": str(error), "remedy": error.remedy}
    with app.store.write() as tx:
        if at is None:
            settled = outbox.dead(tx, task, **told, now=now)
        else:
            again = task.may_repeat or error.may_have_arrived
            settled = outbox.retry(tx, task, **told, next_attempt_at=at, may_repeat=again, now=now)
        if settled and isinstance(error, MailboxFull):
            standing_in.stand_in(app, tx, task, now)
    name, level = ("delivery.dead", logging.ERROR) if at is None else ("delivery.retry", logging.WARNING)
    log.event(
        logger, level, name, kind=task.kind, severity=task.severity, error=error, attempts=task.attempts
    )
    outcome: Literal["dead", "retry", "lost"] = ("dead" if at is None else "retry") if settled else "lost"
    return DeliveryOutcome(id=task.id, outcome=outcome, error=str(error), remedy=error.remedy)
