"""Forget what was read at a place: when whoever lent us access asks for it, or has taken it back."""

from __future__ import annotations

import logging
from datetime import datetime

from monitor import log
from monitor.app import App
from monitor.errors import NotAllowed
from monitor.fates import Forgotten
from monitor.jobs import lookback
from monitor.store import forgetting

logger = logging.getLogger(__name__)


def would_forget(app: App, name: str, now: datetime) -> Forgotten:
    """What ``forget`` would do. Raises ``NotAllowed``."""
    with app.store.read() as tx:
        if name not in (known := forgetting.names(tx)):
            raise NotAllowed(
                f"nothing was ever read at {name!r}; there is {', '.join(known) or 'nothing yet'}"
            )
        return forgetting.count(tx, name, now)


def forget(app: App, name: str, *, by: str, via: str, now: datetime) -> Forgotten:
    """Remove words, names, links and quotes of all that was read there. Raises ``NotAllowed``."""
    would_forget(app, name, now)
    while lookback.adopt(app, now):
        pass  # what was stored a moment ago is forgotten as well
    with app.store.write() as tx:
        done = forgetting.forget(tx, name, by=by, via=via, now=now)
    log.event(logger, logging.INFO, "source.forgotten", source=name, posts=done.posts, held=done.held)
    return done
