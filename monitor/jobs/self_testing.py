"""The self-test: a post of our own goes the whole way, and must come out as a mail in the mailbox of replies.

It goes through everything that a post of the world goes through, from the poll on: found by the real names of the
school, graded, recorded, queued, handed to the channel. But it belongs to a school of its own, and so is in no
figure; and nobody hears of it but our own mailbox, at an address that nobody could guess. What does not arrive within
half an hour is told with the step that it did not get past.
"""

from __future__ import annotations

import dataclasses
import hmac
import logging
from datetime import datetime, timedelta

from pydantic import BaseModel

from alerts.base import Alert, NotificationKind, Recipient, Severity
from monitor import identity, log, self_test
from monitor.app import App
from monitor.config import SchoolConfig
from monitor.config.base import SourceConfig
from monitor.errors import StoreError
from monitor.facts import SelfTest, Stage
from monitor.jobs import polling
from monitor.model import NewNotification, Plan, SourceTask
from monitor.settings import Person, Routing, SchoolFacts, SchoolSettings
from monitor.store import Tx, letters, self_tests
from monitor.store import health as vitals
from monitor.values import STAFF_ROLES
from sources.base import Batch, Checkpoint, Entry
from sources.letter import Letter

logger = logging.getLogger(__name__)

NOTE = "This is a self-test of the watch: nothing was posted. It needs no answer; the watch looks for it by itself."
COUNTED_AS = letters.SELF_TEST
_DAILY = timedelta(days=1)
_WEEK = timedelta(days=7)


def begin_due(app: App, now: datetime) -> bool:
    """Begin if its hour has come, and try again what could not be recorded yet; whether one was begun."""
    settings = app.config.monitor
    with app.store.read() as tx:
        last = self_tests.last(tx)
    if last is not None and not last.outcome:
        if last.stage < Stage.RECORDED and now < last.until:
            _go(app, last, now)
        return False
    if not self_test.is_on(settings) or not _is_time(app, now):
        return False
    begin(app, now, by_clock=True)
    return True


def begin(app: App, now: datetime, *, by_clock: bool = False) -> SelfTest:
    """Let a post of our own in, and take it as far as the outbox; the one that is under way, if there is one."""
    with app.store.write() as tx:
        last = self_tests.last(tx)
        if last is not None and not last.outcome and now < last.until:
            return last
        test = SelfTest(
            id=f"{now:%Y-%m-%dT%H%M%S.%f}",
            began_at=now,
            until=now + self_test.WITHIN,
            seen_at=now,
            goal=Stage.ARRIVED if app.config.monitor.mailbox else Stage.LEFT,
            by_clock=by_clock,
        )
        self_tests.clear(tx, now)
        self_tests.put(tx, test)
        if by_clock:
            _set_next(app, tx, now, first=False)
    log.event(logger, logging.INFO, "selftest.begun", by_clock=by_clock)
    return _go(app, test, now)


def settle(app: App, now: datetime) -> SelfTest | None:
    """Look how far it has got, and end it if it is there or its time is over; the last one, if there was any."""
    with app.store.read() as tx:
        test = self_tests.last(tx)
    if test is None or test.outcome:
        return test
    with app.store.write() as tx:
        test = self_tests.last(tx)
        if test is None or test.outcome:  # it has arrived meanwhile
            return test
        return _settled(app, tx, test, now)


def give_up(app: App, now: datetime) -> SelfTest | None:
    """Do not wait for it any longer."""
    with app.store.write() as tx:
        test = self_tests.last(tx)
        if test is not None and not test.outcome:
            test = _broken(app, tx, dataclasses.replace(test, until=now), now)
    return test


def arrived(app: App, tx: Tx, letter: Letter, now: datetime) -> bool:
    """Whether a letter is the mail of the last self-test: then that has passed, and its story is cancelled."""
    test, box = self_tests.last(tx), app.config.monitor.mailbox
    if test is None or box is None or not _is_its(app, test, letter):
        return False
    if test.outcome in {"", "broken"}:
        left_at = test.left_at or self_tests.traces(tx).left_at
        there = dataclasses.replace(test, stage=Stage.ARRIVED, ended_at=now, why="", left_at=left_at)
        self_tests.put(tx, dataclasses.replace(there, outcome="late" if test.outcome else "passed"))
        log.event(logger, logging.INFO, "selftest.arrived", late=bool(test.outcome))
        self_tests.end(tx, now, call_back=False)
    return True


def mailbox_read(app: App, now: datetime) -> None:
    """The mailbox has been read to its end, for whoever asks where the mail has gone."""
    with app.store.read() as tx:
        test = self_tests.last(tx)
    if test is None or test.outcome:
        return
    with app.store.write() as tx:
        test = self_tests.last(tx)
        if test is not None and not test.outcome:
            self_tests.put(tx, dataclasses.replace(test, read_at=now))


def line(app: App, when: tuple[datetime, datetime], now: datetime) -> str:
    """For the digest of a period: how the self-test went; empty where there was none and none was due."""
    zone = _facts(app).timezone
    with app.store.read() as tx:
        test = self_tests.last(tx)
    if test is not None and when[0] <= test.began_at < when[1] + _WEEK:
        return self_test.line(test, zone)
    is_last = when[1] <= now < when[1] + _WEEK
    return "self-test: none this week" if is_last and self_test.is_on(app.config.monitor) else ""


def address(app: App, test: SelfTest) -> str:
    """Where its mail goes: the mailbox, with a tag that proves which test it is; else our own sender."""
    box = app.config.monitor.mailbox
    if box is None:
        return identity.address(app.config.mail.settings.sender)
    return identity.reply_address(box.address, _code(app, test))


def _code(app: App, test: SelfTest) -> str:
    return identity.reply_code(
        app.store.install_key,
        school=self_tests.SLUG,
        subject_key=test.id,
        kind=NotificationKind.ALERT,
        sequence=0,
        recipient=self_tests.KIND,
    )


def _is_its(app: App, test: SelfTest, letter: Letter) -> bool:
    """By the address that it came to alone: a mail server that sends it back quotes its words and its subject.

    The name before the @ is enough: mail systems may write the domain anew.
    """
    wanted = address(app, test).rpartition("@")[0].casefold()
    return any(
        hmac.compare_digest(to.rpartition("@")[0].casefold().encode(), wanted.encode()) for to in letter.to
    )


def _is_time(app: App, now: datetime) -> bool:
    settings, zone = app.config.monitor.selftest, _facts(app).timezone
    with app.store.read() as tx:
        at = self_tests.next_at(tx, self_test.plan(settings, zone))
    if at is None or self_test.is_far(at, now, settings):
        with app.store.write() as tx:
            _set_next(app, tx, now, first=True)
        return False
    return at <= now


def _set_next(app: App, tx: Tx, now: datetime, *, first: bool) -> None:
    settings, zone = app.config.monitor.selftest, _facts(app).timezone
    at = self_test.next_at(now, settings, zone, first=first)
    self_tests.set_next(tx, at, self_test.plan(settings, zone))


def _go(app: App, test: SelfTest, now: datetime) -> SelfTest:
    """Poll the place where our own post is found, as any other place; never raises but when nothing can be written."""
    with app.store.read() as tx:
        number = self_tests.place(tx)
    post = _OwnPost(app, test, now)
    trial = app.in_trial(post.school, (number, post), post.recast)
    try:
        outcome = polling.poll_source(trial, _task(number), now)
        why = outcome.error
    except StoreError as error:
        log.event(logger, logging.ERROR, "selftest.unsaved", error=error)
        why = str(error)
    except Exception as error:  # noqa: BLE001 -- the job's edge: what breaks the self-test is what it is there to find
        log.event(logger, logging.CRITICAL, "selftest.failed", error=error)
        why = f"the program itself failed here ({type(error).__name__})"
    with app.store.write() as tx:
        known = self_tests.last(tx) or test
        if _is_over(app, test):  # another process was faster
            return known
        moved = _moved(tx, dataclasses.replace(known, stage=max(known.stage, post.stage), why=why))
        self_tests.put(tx, moved)
    return moved


def _is_over(app: App, test: SelfTest) -> bool:
    with app.store.read() as tx:
        last = self_tests.last(tx)
    return last is None or last.id != test.id or bool(last.outcome)


def _moved(tx: Tx, test: SelfTest) -> SelfTest:
    """How far it is, by what it has left in the tables."""
    traces = self_tests.traces(tx)
    if traces.story is None:
        return test
    stage = Stage.LEFT if traces.left_at else Stage.QUEUED if traces.queued else Stage.RECORDED
    error = "" if traces.left_at else traces.error
    return dataclasses.replace(
        test, stage=max(test.stage, stage), story=traces.story, left_at=traces.left_at, why=error
    )


def _settled(app: App, tx: Tx, test: SelfTest, now: datetime) -> SelfTest:
    until, seen_at = self_test.looked(test, now)
    test = dataclasses.replace(_moved(tx, test), until=until, seen_at=seen_at)
    if test.stage >= test.goal:
        test = dataclasses.replace(test, ended_at=now, outcome="passed", why="")
        self_tests.end(tx, now, call_back=False)
    elif now >= until or self_tests.traces(tx).dead:
        return _broken(app, tx, test, now)
    self_tests.put(tx, test)
    return test


def _broken(app: App, tx: Tx, test: SelfTest, now: datetime) -> SelfTest:
    deaf = vitals.deafness(tx) if test.stage is Stage.LEFT else None
    said = self_test.broken(test, _facts(app).timezone, deaf=deaf.error if deaf else "")
    over = dataclasses.replace(test, ended_at=now, outcome="broken", why=said)
    self_tests.put(tx, over)
    self_tests.end(tx, now, call_back=True)
    log.event(logger, logging.ERROR, "selftest.broken", stage=test.stage.name.lower())
    return over


def _task(number: int) -> SourceTask:
    """As if the place had never been looked at."""
    return SourceTask(
        id=number,
        name=self_tests.KIND,
        kind=self_tests.KIND,
        locator=self_tests.KIND,
        schools=(self_tests.SLUG,),
        checkpoint=None,
        failures=0,
        interval=_DAILY,
        host="",
    )


class _NoSettings(BaseModel):
    """There is nothing to set."""


class _OwnPost:
    """A place where one post is found, which we wrote; it notes how far that has come before anything is written."""

    def __init__(self, app: App, test: SelfTest, now: datetime) -> None:
        self.stage = Stage.BEGUN
        self._app = app
        self._real = next(iter(app.config.schools.values()))
        self._test, self._now = test, now
        self._to = Recipient(address=address(app, test))

    @property
    def school(self) -> SchoolConfig:
        """The school as it is, with nobody in it but our mailbox, and no place but this one."""
        source = SourceConfig(
            name=self_tests.KIND,
            kind=self_tests.KIND,
            settings=_NoSettings(),
            interval=_DAILY,
            locator=self_tests.KIND,
            host="",
            live=False,
        )
        return dataclasses.replace(
            self._real, slug=self_tests.SLUG, settings=self._settings(), sources=(source,)
        )

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Find the post."""
        del checkpoint
        self.stage = Stage.READ
        words = self_test.post(self._real.settings.school.name)
        entry = Entry(id=self._test.id, text=words, published=self._now, kind="post")
        return Batch(entries=(entry,), checkpoint={"id": self._test.id})

    def recast(self, plan: Plan) -> Plan:
        """The same decision about what never happened: told at once, to our mailbox alone, and to nobody again.

        Who records holds the one lock of writing: what is over now stays so.
        """
        if _is_over(self._app, self._test):
            return Plan()
        if any(new.finding.assessment.severity >= Severity.HIGH for new in plan.mentions):
            self.stage = Stage.GRADED
        return dataclasses.replace(
            plan,
            incidents=tuple(dataclasses.replace(change, exercise=True) for change in plan.incidents),
            notifications=tuple(map(self._to_us, plan.notifications)),
        )

    def _to_us(self, new: NewNotification) -> NewNotification:
        payload = new.payload
        if isinstance(payload, Alert):
            payload = dataclasses.replace(
                payload, short=f"{payload.short} self-test", exercise=True, notes=(NOTE, *payload.notes)
            )
        return dataclasses.replace(
            new,
            payload=payload,
            recipients=(self._to,),
            severity=Severity.NONE,  # it waits behind everything that is true
            not_before=self._now,
            climbs=(),
            wakes=(),
        )

    def _settings(self) -> SchoolSettings:
        everybody = Person(roles=STAFF_ROLES, mail=self._to.address)
        nobody_else = {"person": (everybody,), "routing": Routing(), "routes": {}}
        return self._real.settings.model_copy(update=nobody_else)


def _facts(app: App) -> SchoolFacts:
    return next(iter(app.config.schools.values())).settings.school
