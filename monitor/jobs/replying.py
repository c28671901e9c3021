"""Read the mailbox of replies: each letter counts once, and what came of it is written with it.

The mailbox is read outside any transaction. A letter, what is done about it, its confirmation and how far the mailbox
was read are written together: killed at any moment, a letter was acted on or will be, and never twice.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import get_args

from monitor import log, replies
from monitor.app import App, Box
from monitor.errors import StoreError, StoreRefused
from monitor.jobs import answering, coming_back, intake, proving, self_testing
from monitor.jobs.answering import Done
from monitor.jobs.proving import Proven
from monitor.replies import Act, Bounce, Command, Ignored, Intake, OutOfOffice, Puzzle
from monitor.settings import MailboxSettings
from monitor.store import Tx, health, letters, memo
from monitor.store.letters import Copy, Read
from sources.errors import SourceError
from sources.letter import Letter

logger = logging.getLogger(__name__)

BROKEN = "our fault"
"""A letter on which the program itself failed."""
AGAIN = "again"
"""A letter that says what was done before."""
NIGHT_HOUR = 3
"""Local hour from which old letters are deleted."""
_TIDIED = "mailbox_tidied"
_ACTS = frozenset(get_args(Command))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one look into the mailbox came to."""

    read: int = 0
    """Letters that were new to us."""
    acted: int = 0
    error: str = ""


def read_replies(app: App, now: datetime) -> Reading:
    """Read what has come since the last time, and act on it. Never raises for what the mailbox does."""
    if app.mailbox is None:
        return _without_mailbox(app)
    read = acted = 0
    try:
        with app.store.read() as tx:
            after = letters.read_to(tx)
        with app.mailbox() as box:
            for letter in box.letters(after):
                outcome = take_up(app, letter, now)
                read += outcome != ""
                acted += outcome in _ACTS
            _tidy(app, box, now)
    except SourceError as error:
        return _deaf(app, error, Reading(read=read, acted=acted, error=str(error)), now)
    _heard(app)
    self_testing.mailbox_read(app, now)
    return Reading(read=read, acted=acted)


def guarded_read(app: App, now: datetime) -> Reading:
    """``read_replies`` at the edge of a thread: never raises."""
    try:
        return read_replies(app, now)
    except StoreError as error:
        log.event(logger, logging.ERROR, "mailbox.unsaved", error=error)
        return Reading(error=str(error))
    except Exception as error:  # noqa: BLE001 -- the job's edge: a bug here must not stop the watch
        log.event(logger, logging.CRITICAL, "mailbox.broken", error=error)
        return Reading(error=f"the program itself failed here ({type(error).__name__})")


def note_stuck(app: App, now: datetime) -> None:
    """The last look into the mailbox has not come to an end."""
    with app.store.write() as tx:
        health.set_deaf(tx, now, "the mailbox does not answer", "see: mention-monitor check --online")


def take_up(app: App, letter: Letter, now: datetime) -> str:
    """Act on one letter, once; the word under which it is counted, empty if it was read before."""
    try:
        with app.store.write() as tx:
            outcome = _take_up(app, tx, letter, now)
            _advance(tx, letter)
    except StoreRefused as error:  # what it says cannot be written, today or tomorrow
        log.event(logger, logging.CRITICAL, "letter.refused", error=error)
        outcome = _set_aside(app, letter, now)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 -- the job's edge: a letter that breaks us must not stop the others
        log.event(logger, logging.CRITICAL, "letter.broken", error=error)
        outcome = _set_aside(app, letter, now)
    if outcome:
        log.event(logger, logging.INFO, "letter.read", outcome=outcome)
    return outcome


def _take_up(app: App, tx: Tx, letter: Letter, now: datetime) -> str:
    if letters.is_known(tx, letter.digest):
        return ""
    if self_testing.arrived(app, tx, letter, now):
        read = Read(digest=letter.digest, outcome=self_testing.COUNTED_AS)
    else:
        read = _judged(app, tx, letter, now)
    letters.note(tx, read, now)
    return read.outcome


def _set_aside(app: App, letter: Letter, now: datetime) -> str:
    """Remember a letter that broke us: it is not tried again."""
    with app.store.write() as tx:
        letters.note(tx, Read(digest=letter.digest, outcome=BROKEN), now)
        _advance(tx, letter)
    return BROKEN


def _advance(tx: Tx, letter: Letter) -> None:
    from sources.mailbox import advance  # noqa: PLC0415 -- who reads no replies need not load it

    letters.set_read_to(tx, advance(letters.read_to(tx), letter.uid))


def _judged(app: App, tx: Tx, letter: Letter, now: datetime) -> Read:
    """What a letter comes to, and what is remembered of it."""
    box = app.config.monitor.mailbox
    if box is None:  # taken out of the configuration while it was being read
        return Read(digest=letter.digest, outcome="ignored")
    may = partial(intake.may_pass_on, app)
    said = replies.understand(letter, box=box.address, intake=_intake(box), senders=may)
    if isinstance(said, Ignored):
        return Read(digest=letter.digest, outcome=said.why)
    if isinstance(said, Intake):
        return intake.take_in(app, tx, letter, said, letter.sender, now)
    if isinstance(said, Bounce):
        copies = _told_of(app, tx, said.parents, now)
        outcome = coming_back.reported(app, tx, copies, said.reports, now)
        return Read(digest=letter.digest, outcome=outcome)
    if isinstance(said, OutOfOffice):
        return Read(digest=letter.digest, outcome=_absent(app, tx, letter, said, now))
    return _answered(app, tx, letter, said, now)


def _answered(app: App, tx: Tx, letter: Letter, said: Act | Puzzle, now: datetime) -> Read:
    proven = proving.prove(app, tx, letter.sender, said.code, now)
    if not isinstance(proven, Proven):
        return Read(digest=letter.digest, outcome=proven)
    words = _words(letter, said)
    if letters.was_acted_on(tx, letter.message_id, words):
        return Read(digest=letter.digest, outcome=AGAIN, sender=proven.person.address)
    done = _done(app, tx, proven, said, now)
    return Read(
        digest=letter.digest,
        message_id=letter.message_id,
        said=words,
        sender=proven.person.address,
        outcome=done.outcome,
        story=done.story,
    )


def _done(app: App, tx: Tx, proven: Proven, said: Act | Puzzle, now: datetime) -> Done:
    if isinstance(said, Puzzle):
        return answering.puzzle(tx, proven, said.hint, now)
    return answering.answer(app, tx, proven, said, now)


def _words(letter: Letter, said: Act | Puzzle) -> str:
    """What makes a letter the same when it is sent again: its code, its words and its date."""
    meant = f"{said.command} {said.refs} {sorted(said.how.items())}" if isinstance(said, Act) else "?"
    return f"{said.code} {meant} {letter.sent_at.isoformat() if letter.sent_at else ''}"


def _absent(app: App, tx: Tx, letter: Letter, said: OutOfOffice, now: datetime) -> str:
    """Whose machine answers: proven by the code of the mail, or by its name, which nobody can guess."""
    proven = proving.prove(app, tx, letter.sender, said.code, now)
    if isinstance(proven, Proven):
        return coming_back.absent(app, tx, proven.copy, now)
    for copy in _told_of(app, tx, said.parents, now):
        if copy.recipient.address.casefold() == letter.sender:
            return coming_back.absent(app, tx, copy, now)
    return "automatic"


def _told_of(app: App, tx: Tx, parents: tuple[str, ...], now: datetime) -> tuple[Copy, ...]:
    """The mails of ours that a letter answers by name."""
    found = letters.named(tx, parents, now - proving.LASTS)
    return tuple(copy for copy in found if copy.school in app.config.schools)


def _intake(box: MailboxSettings) -> str:
    return box.intake or box.address


def _without_mailbox(app: App) -> Reading:
    _heard(app)
    return Reading()


def _tidy(app: App, box: Box, now: datetime) -> None:
    """Once a night: delete from the mailbox what has lain there long enough. All of it has been read by now."""
    settings = app.config.monitor.mailbox
    zone = next(iter(app.config.schools.values())).settings.school.timezone
    local = now.astimezone(zone)
    day = local.date().isoformat()
    with app.store.read() as tx:
        read_to = letters.read_to(tx)
        done = settings is None or local.hour < NIGHT_HOUR or memo.fact(tx, _TIDIED) == day
    if done or settings is None:
        return
    gone = box.purge(now - settings.keep, read_to)
    with app.store.write() as tx:
        memo.note(tx, _TIDIED, day)
    log.event(logger, logging.INFO, "mailbox.tidied", letters=gone)


def _heard(app: App) -> None:
    with app.store.read() as tx:
        deaf = health.is_deaf(tx)
    if deaf:
        with app.store.write() as tx:
            health.set_heard(tx)


def _deaf(app: App, error: SourceError, reading: Reading, now: datetime) -> Reading:
    log.event(logger, logging.WARNING, "mailbox.failed", error=error)
    with app.store.write() as tx:
        health.set_deaf(tx, now, str(error), error.remedy)
    return reading
