"""What the watch notes about itself, and what it does at night: purge and back-up."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from monitor import log
from monitor.app import App
from monitor.errors import StoreError
from monitor.jobs import reporting
from monitor.store import Tx, clock, health, incidents, memo
from monitor.store.backup import backup
from monitor.store.purge import purge

logger = logging.getLogger(__name__)

NIGHT_HOUR = 3
"""Local hour from which the night's work may begin: mail is quiet, nobody reads."""


STEP_BACK = timedelta(minutes=1)
"""A clock that is corrected by less needs no care."""
LEAP = timedelta(days=30)
"""A clock that goes forward by more is not believed at once: everything would be past its time."""
BELIEVED_AFTER = timedelta(days=1)
LONG_OFF = timedelta(days=1)
"""After so long without a tick whoever looks after the watch is told of it."""


def note_tick(app: App, now: datetime) -> None:
    """Note that the engine is alive, and see whether the clock was set meanwhile."""
    with app.store.write() as tx:
        last = health.last_tick_at(tx)
        health.tick(tx, now)
        clock.call_sources(tx, now)
        if last is not None and now - last >= LONG_OFF:
            health.set_off(tx, last, now)
        if last is not None and last - now > STEP_BACK:
            _set_back(app, tx, now, last - now)
        elif last is not None and now - last > LEAP:
            health.set_leap(tx, now)
            clock.redate(tx, now)
            log.event(logger, logging.WARNING, "clock.leapt", by=now - last)


def _set_back(app: App, tx: Tx, now: datetime, by: timedelta) -> None:
    clock.set_back(tx, now, by)
    health.set_leap(tx, None)
    reporting.mind_clock(app, tx, now)
    log.event(logger, logging.WARNING, "clock.set_back", by=by)


def note_reload(app: App, problem: str) -> None:
    """Note why a new configuration was refused; empty if it was taken."""
    with app.store.write() as tx:
        health.set_reload_error(tx, problem)


def nightly(app: App, now: datetime) -> bool:
    """Back up, then close and delete what is long past its time; once a night. Returns whether it was done now."""
    zone = next(iter(app.config.schools.values())).settings.school.timezone
    local = now.astimezone(zone)
    if local.hour < NIGHT_HOUR:
        return False
    with app.store.write() as tx:
        if not memo.once(tx, "night", local.date().isoformat()):
            return False
    try:
        backup(app.store, app.config.state / "backups", now)
        log.event(logger, logging.INFO, "backup.done")
    except StoreError as error:
        log.event(logger, logging.ERROR, "backup.failed", error=error)
        return False
    if _clock_is_believed(app, now):
        _purge(app, now)
    return True


def _clock_is_believed(app: App, now: datetime) -> bool:
    """Whether what is past its time may be deleted: not within a day of a leap of the clock."""
    with app.store.write() as tx:
        leapt = health.leapt_at(tx)
        if leapt is not None and now - leapt < BELIEVED_AFTER:
            return False
        health.set_leap(tx, None)
    return True


def _purge(app: App, now: datetime) -> None:
    passed_on = {slug: school.settings.intake.keep for slug, school in app.config.schools.items()}
    with app.store.write() as tx:
        lapsed = incidents.lapse(tx, now)
        gone = purge(tx, now, passed_on)
    app.store.compact()
    app.sent_log.turn(now)
    log.event(logger, logging.INFO, "purge.done", lapsed=lapsed, **gone)
