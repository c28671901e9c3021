"""The engine on one machine: a metronome, a pool of threads, signals, and word to systemd.

``schedule`` only beats time. What is due stands in the database, so nothing is forgotten over a restart and
nothing depends on this process having been awake. One registered function, ``tick``, asks what is due and
hands it to threads; it never raises.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any

import schedule

from monitor import frugal, log
from monitor.app import App
from monitor.errors import MonitorError, StoreBusy, StoreDamaged, StoreError
from monitor.jobs import (
    away,
    catching_up,
    delivering,
    escalating,
    lookback,
    mail_down,
    polling,
    replying,
    reporting,
    self_testing,
    unsaved,
    upkeep,
    waking,
)
from monitor.model import DeliveryTask, SourceTask
from monitor.sdnotify import Notifier
from monitor.store.polls import Unchanged

logger = logging.getLogger(__name__)

TICK_SECONDS = 1
"""How often we ask what is due; also the longest an unchanged poll waits to be written."""
LATE_TICK = 10.0
"""Seconds without a tick on the steady clock after which the metronome is wound up again."""
STOP_SECONDS = 25.0
"""How long running work may finish after SIGTERM; the service is killed after 30."""
LONGEST_POLL = 180.0
"""Three times the longest fetch: a poll that takes longer means that the engine is stuck."""
MAILS_A_MINUTE = 20
"""Exchange Online refuses more than 30 a minute from one sender; others are stricter still."""
MAIL_THREADS = 2
"""A slow mail server must not hold up a second urgent mail."""
WAKE_THREADS = 3
"""A service that hangs must not hold up the next person."""
UPKEEP_EVERY = 60.0
"""Seconds between looks at digests, health and nightly work, and between lines for ``systemctl status``."""

START_AGAIN = 10.0
"""Seconds to wait at the start for a database that is locked, or a disk that is full."""

FETCH, MAIL, ALL = "fetch", "mail", "all"


@dataclass
class Engine:
    """Runs one role over one database until it is told to stop."""

    app: App
    role: str = ALL
    notifier: Notifier = field(default_factory=Notifier)
    reload: Callable[[App], App] | None = None
    """Builds a new ``App`` from the configuration as it is now, over the same database."""
    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._reload_wanted = threading.Event()
        self._pollers = ThreadPoolExecutor(self.app.config.monitor.threads, "poll")
        self._mailers = ThreadPoolExecutor(MAIL_THREADS, "mail")
        self._wakers = ThreadPoolExecutor(WAKE_THREADS, "wake")
        self._polling: dict[int, _Running] = {}
        self._mailing: dict[int, _Running] = {}
        self._waking: dict[int, _Running] = {}
        self._reader = ThreadPoolExecutor(1, "letters")
        self._reading: _Running | None = None
        self._looker = ThreadPoolExecutor(1, "look")
        self._looking: _Running | None = None
        self._unchanged: deque[Unchanged] = deque()
        self._sent_at: deque[float] = deque(maxlen=MAILS_A_MINUTE)
        self._ticked = self._kept = self._told = self._sent_unsaved = float("-inf")
        self._metronome = schedule.Scheduler()
        self._exit_status = 0
        self._held_off: dict[int, float] = {}
        self._mail_failed = False

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; return the exit status."""
        frugal.share_memory()
        previous = [(number, signal.signal(number, handler)) for number, handler in self._handlers()]
        try:
            self._start()
            while not self._stop.wait(TICK_SECONDS / 4):
                self._beat()
            self._finish()
        finally:
            for number, handler in previous:
                signal.signal(number, handler)
        return self._exit_status

    def stop(self) -> None:
        """Ask the engine to finish what runs, and end."""
        self._stop.set()

    def tick(self) -> None:
        """Ask what is due and hand it out. Never raises: a raising job would never run again."""
        self._ticked = self.monotonic()
        now = self.app.now()
        for stage in self._stages(now):
            self._guarded(stage)

    def _guarded(self, stage: Callable[[], None]) -> None:
        try:
            stage()
        except StoreDamaged as error:
            log.event(logger, logging.CRITICAL, "store.damaged", error=error)
            self._exit_status = error.exit_status  # the service is started again, and a start mends the file
            self._stop.set()
        except StoreError as error:
            log.event(logger, logging.ERROR, "tick.failed", error=error)
        except Exception as error:  # noqa: BLE001 -- the engine's edge: a bug must not stop the watch
            log.event(logger, logging.CRITICAL, "tick.broken", error=error)

    def _handlers(self) -> list[tuple[int, Callable[[int, FrameType | None], Any]]]:
        return [
            (signal.SIGTERM, lambda *_: self._stop.set()),
            (signal.SIGINT, lambda *_: self._stop.set()),
            (signal.SIGHUP, lambda *_: self._reload_wanted.set()),
        ]

    def _start(self) -> None:
        while not self._set_up():
            # a start that takes too long is killed, and after a few of these the service is given up
            self.notifier.send("READY=1", "WATCHDOG=1", "STATUS=waiting for the database")
            if self._stop.wait(START_AGAIN):
                return
        self._wind()
        self.notifier.send("READY=1", f"STATUS={self._status()}")
        log.event(logger, logging.INFO, "daemon.started", role=self.role, pid=os.getpid())

    def _set_up(self) -> bool:
        """Bring the database into line; ``False`` if it is locked or the disk is full: try again."""
        try:
            self._take_over()
        except StoreBusy as error:
            log.event(logger, logging.ERROR, "daemon.waiting", error=error)
            return False
        return True

    def _take_over(self) -> None:
        if self.role in (ALL, FETCH):
            polling.take_over(self.app)
        if self.role in (ALL, MAIL):
            delivering.take_over(self.app)
        polling.reconcile(self.app, self.app.now())
        reporting.tell_recovery(self.app, self.app.now())

    def _wind(self) -> None:
        """Register the one function with a fresh metronome."""
        self._metronome.clear()
        self._metronome.every(TICK_SECONDS).seconds.do(self.tick)
        self._ticked = self.monotonic()

    def _beat(self) -> None:
        """Let the metronome beat; wind it up again when a step of the wall clock has stopped it."""
        self._metronome.run_pending()
        if self.monotonic() - self._ticked > LATE_TICK:
            log.event(logger, logging.WARNING, "clock.stepped")
            self._wind()

    def _stages(self, now: datetime) -> Iterator[Callable[[], None]]:
        """What a tick does; one that fails, such as on a full disk, must not stop the others."""
        if self._reload_wanted.is_set():
            self._reload_wanted.clear()
            yield self._take_up_configuration
        yield self._write_unchanged
        if self.role in (ALL, FETCH):
            yield lambda: self._hand_out_polls(now)
            yield lambda: self._look_back(now)
        if self.role in (ALL, MAIL):
            yield lambda: self._hand_out_wakes(now)
            yield lambda: self._hand_out_mail(now)
            yield lambda: self._hand_out_letters(now)
        yield lambda: self._keep_up(now)
        yield self._report_progress

    def _write_unchanged(self) -> None:
        done = [self._unchanged.popleft() for _ in range(len(self._unchanged))]
        polling.record_unchanged(self.app, done)

    def _hand_out_polls(self, now: datetime) -> None:
        """Start what is due: one poll a host, since the fetcher would make a second wait anyway."""
        _forget_done(self._polling)
        hosts = {running.host for running in self._polling.values()}
        for task in polling.due(self.app, now):
            if len(self._polling) >= self.app.config.monitor.threads:
                return
            if task.id in self._polling or task.host in hosts or self._is_held_off(task):
                continue
            hosts.add(task.host)
            future = self._pollers.submit(self._poll, task, now)
            self._polling[task.id] = _Running(future, self.monotonic(), task.host)

    def _look_back(self, now: datetime) -> None:
        """Once a minute, look again at posts that were told, in a thread of their own."""
        last = self._looking
        if last is None or (last.future.done() and self.monotonic() - last.since >= UPKEEP_EVERY):
            future = self._looker.submit(lookback.guarded_look, self.app, now)
            self._looking = _Running(future, self.monotonic(), "")

    def _poll(self, task: SourceTask, now: datetime) -> None:
        outcome = polling.guarded_poll(self.app, task, now, defer=self._unchanged.append)
        if outcome.saved:
            self._held_off.pop(task.id, None)
        else:
            self._held_off[task.id] = self.monotonic() + task.interval.total_seconds()

    def _is_held_off(self, task: SourceTask) -> bool:
        """Whether a source was asked within its interval and that could not be written down."""
        return self._held_off.get(task.id, float("-inf")) > self.monotonic()

    def _hand_out_mail(self, now: datetime) -> None:
        """Start deliveries, no more than the mail server would take from one sender in a minute."""
        _forget_done(self._mailing)
        room = min(MAIL_THREADS - len(self._mailing), self._room_for_mail())
        if room <= 0:
            return
        try:
            tasks = delivering.claim(self.app, now, limit=room)
        except StoreBusy:
            if self.monotonic() - self._sent_unsaved >= UPKEEP_EVERY:
                self._sent_unsaved = self.monotonic()
                self._submit(unsaved.deliver, unsaved.grave(self.app, now, room), now)
            raise
        self._submit(self._deliver, tasks, now)

    def _hand_out_wakes(self, now: datetime) -> None:
        """Wake whoever is due, in threads of their own: never behind a mail that hangs or has to wait its turn."""
        _forget_done(self._waking)
        room = WAKE_THREADS - len(self._waking)
        for task in waking.claim(self.app, now, limit=room) if room > 0 else ():
            future = self._wakers.submit(waking.guarded_wake, self.app, task, now)
            self._waking[task.id] = _Running(future, self.monotonic(), "")

    def _deliver(self, app: App, task: DeliveryTask, now: datetime) -> None:
        """Deliver; the first mail that goes out after others could not brings on what to do then at once."""
        outcome = delivering.guarded_deliver(app, task, now)
        if outcome.outcome == "retry":
            self._mail_failed = True
        elif outcome.outcome == "sent" and self._mail_failed:
            self._mail_failed, self._kept = False, float("-inf")

    def _hand_out_letters(self, now: datetime) -> None:
        """Once a minute, look for replies in a thread of their own: a mail server that hangs holds up nothing else."""
        last = self._reading
        if last is not None and self.monotonic() - last.since < UPKEEP_EVERY:
            return
        if last is not None and not last.future.done():
            replying.note_stuck(self.app, now)
            return
        future = self._reader.submit(replying.guarded_read, self.app, now)
        self._reading = _Running(future, self.monotonic(), "")

    def _submit(
        self, job: Callable[[App, DeliveryTask, datetime], Any], tasks: Sequence[DeliveryTask], now: datetime
    ) -> None:
        for task in tasks:
            self._sent_at.append(self.monotonic())
            future = self._mailers.submit(job, self.app, task, now)
            self._mailing[task.id] = _Running(future, self.monotonic(), "")

    def _room_for_mail(self) -> int:
        minute_ago = self.monotonic() - 60
        return MAILS_A_MINUTE - sum(1 for at in self._sent_at if at > minute_ago)

    def _keep_up(self, now: datetime) -> None:
        """Once a minute: the digests, the health of the watch, and what is done at night."""
        if self.monotonic() - self._kept < UPKEEP_EVERY:
            return
        self._kept = self.monotonic()
        upkeep.note_tick(self.app, now)
        self.app = away.taken_up(self.app)
        if self.role in (ALL, MAIL):
            mail_down.look(self.app, now)
            catching_up.catch_up(self.app, now)
            escalating.escalate(self.app, now)
            reporting.send_due_digests(self.app, now)
            self_testing.settle(self.app, now)
            reporting.tell_ailments(self.app, now)
            reporting.tell_endings(self.app, now)
            upkeep.nightly(self.app, now)
        if self.role in (ALL, FETCH):
            self_testing.begin_due(self.app, now)

    def _report_progress(self) -> None:
        """Tell systemd that we live, but only if nothing that we started is stuck."""
        oldest = min((each.since for each in self._polling.values()), default=self.monotonic())
        if self.monotonic() - oldest >= LONGEST_POLL:
            return
        self.notifier.send("WATCHDOG=1")
        if self.monotonic() - self._told >= UPKEEP_EVERY:
            self._told = self.monotonic()
            self.notifier.send(f"STATUS={self._status()}")

    def _status(self) -> str:
        try:
            return reporting.status_line(self.app, self.app.now())
        except StoreBusy as error:
            log.event(logger, logging.ERROR, "status.failed", error=error)
            return str(error)

    def _take_up_configuration(self) -> None:
        """Take up the configuration as it is now; keep the old one if it has a problem."""
        if self.reload is None:
            return
        try:
            self.app = self.reload(self.app)
        except MonitorError as error:
            log.event(logger, logging.ERROR, "reload.refused", error=error)
            upkeep.note_reload(self.app, str(error).splitlines()[0])
            return
        polling.reconcile(self.app, self.app.now())
        upkeep.note_reload(self.app, "")
        log.event(logger, logging.INFO, "reload.done")

    def _finish(self) -> None:
        """Let running work end, but not for ever: what is cut off here is taken up after the restart."""
        self.notifier.send("STOPPING=1")
        self._pollers.shutdown(wait=False, cancel_futures=True)
        self._mailers.shutdown(wait=False, cancel_futures=True)
        self._wakers.shutdown(wait=False, cancel_futures=True)
        self._reader.shutdown(wait=False, cancel_futures=True)
        self._looker.shutdown(wait=False, cancel_futures=True)
        lone = filter(None, (self._reading, self._looking))
        started = (*self._polling.values(), *self._mailing.values(), *self._waking.values(), *lone)
        running = [each.future for each in started]
        unfinished = wait(running, STOP_SECONDS).not_done
        self._write_unchanged()
        log.event(logger, logging.INFO, "daemon.stopped", unfinished=len(unfinished))
        if unfinished:
            os._exit(0)  # threads that hang in a system call would hold the exit beyond systemd's patience


@dataclass(frozen=True)
class _Running:
    """Work that was handed to a thread."""

    future: Future[Any]
    since: float
    host: str


def _forget_done(running: dict[int, _Running]) -> None:
    for key in [key for key, each in running.items() if each.future.done()]:
        del running[key]
