"""What the watch notes about itself, and what it does at night: purge and back-up."""

from __future__ import annotations

import logging
from datetime import datetime

from monitor import log
from monitor.app import App
from monitor.errors import StoreError
from monitor.store import health
from monitor.store.backup import backup
from monitor.store.purge import purge

logger = logging.getLogger(__name__)

NIGHT_HOUR = 3
"""Local hour from which the night's work may begin: mail is quiet, nobody reads."""


def note_tick(app: App, now: datetime) -> None:
    """Note that the engine is alive."""
    with app.store.write() as tx:
        health.tick(tx, now)


def note_reload(app: App, problem: str) -> None:
    """Note why a new configuration was refused; empty if it was taken."""
    with app.store.write() as tx:
        health.set_reload_error(tx, problem)


def nightly(app: App, now: datetime) -> bool:
    """Back up, then delete what is past its time; once a night. Returns whether it was done now."""
    zone = next(iter(app.config.schools.values())).settings.school.timezone
    local = now.astimezone(zone)
    if local.hour < NIGHT_HOUR:
        return False
    with app.store.write() as tx:
        if not health.once(tx, "night", local.date().isoformat()):
            return False
    try:
        backup(app.store, app.config.state / "backups", now)
        log.event(logger, logging.INFO, "backup.done")
    except StoreError as error:
        log.event(logger, logging.ERROR, "backup.failed", error=error)
        return False
    _purge(app, now)
    return True


def _purge(app: App, now: datetime) -> None:
    with app.store.write() as tx:
        gone = purge(tx, now)
    app.store.compact()
    app.sent_log.turn(now)
    log.event(logger, logging.INFO, "purge.done", **gone)
