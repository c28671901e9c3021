"""Deliberate breaks of the product: a trial that does not find them proves nothing."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from alerts import flood
from alerts.base import Category
from monitor import identity
from monitor.daemon import Engine
from monitor.jobs import catching_up, delivering, polling, reporting, unsaved
from monitor.store import backlog, outbox
from monitor.store.sentlog import SentLog


@contextmanager
def patched(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Replace attributes for a while."""
    with ExitStack() as stack:
        for owner, name, value in changes:
            stack.enter_context(mock.patch.object(owner, name, value))
        yield


@contextmanager
def _settled_before_sent() -> Iterator[None]:
    """Marks a mail as sent, then sends it: what others do, and what loses mails."""

    def deliver(app: Any, task: Any, now: Any) -> Any:
        key = delivering.message_id(app, task, task.kind, task.sequence)
        settled = delivering._sent(app, task, key, "", now)
        app.channel.send(delivering.compose(app, task, now), task.recipient, key)
        return settled

    with patched((delivering, "deliver", deliver)):
        yield


@contextmanager
def _checkpoint_first() -> Iterator[None]:
    """Moves a source on before it stores what was found there."""
    whole = polling._record

    def move_then_record(app: Any, task: Any, batch: Any, examined: Any, now: Any) -> Any:
        nothing = dataclasses.replace(examined, findings=(), rejected=())
        whole(app, task, batch, nothing, now)
        return whole(app, task, batch, examined, now)

    with patched((polling, "_record", move_then_record)):
        yield


@contextmanager
def _a_new_name_for_every_try() -> Iterator[None]:
    """Names each try of a mail anew."""

    def named(*_: Any, domain: str, **__: Any) -> str:
        return f"<{secrets.token_hex(8)}@{domain}>"

    with patched((identity, "message_id", named)):
        yield


@contextmanager
def _settles_nothing() -> Iterator[None]:
    """Forgets that a mail went out."""
    retry: Callable[..., bool] = outbox.retry

    def forget(tx: Any, task: Any, *, message_id: str, code: str, now: Any) -> bool:
        return retry(tx, task, error="", remedy="", next_attempt_at=now, may_repeat=True, now=now)

    with patched((outbox, "sent", forget), (delivering, "_note_sent", lambda *_: None)):
        yield


@contextmanager
def _says_nothing_unsaved() -> Iterator[None]:
    """Waits for room before it tells of anything."""
    with patched((unsaved, "speak", lambda *_: 0)):
        yield


@contextmanager
def _asks_again_at_once() -> Iterator[None]:
    """Asks a place on every beat while it cannot write down that it has."""
    with patched((Engine, "_is_held_off", lambda *_: False)):
        yield


@contextmanager
def _forgets_what_was_said_unsaved() -> Iterator[None]:
    """Tells again once there is room."""
    with patched((SentLog, "contains", lambda *_: False)):
        yield


@contextmanager
def _forgets_the_last_hour() -> Iterator[None]:
    """Looks at each poll by itself."""
    with patched((backlog, "recent", lambda *_: flood.QUIET)):
        yield


@contextmanager
def _gathers_nothing() -> Iterator[None]:
    """Lets what had to wait come out one by one."""
    with patched((catching_up, "gather", lambda *_: 0)):
        yield


@contextmanager
def _takes_everything_for_the_flood() -> Iterator[None]:
    """Holds back whatever is found while a flood lasts."""
    whole = backlog.recent

    def everything(tx: Any, slug: str, now: Any) -> flood.Recent:
        told = whole(tx, slug, now)
        kinds = {(category, f"place {number}") for category in Category for number in range(3)}
        return dataclasses.replace(told, critical=frozenset(kinds if told.critical else ()))

    with patched((backlog, "recent", everything)):
        yield


@contextmanager
def _leases_run_out_at_once() -> Iterator[None]:
    """Takes up what another is just sending, and does not look whether it was sent."""
    with patched((delivering, "LEASE", timedelta()), (SentLog, "contains", lambda *_: False)):
        yield


@contextmanager
def _sends_only_what_is_long() -> Iterator[None]:
    """Sends no digest of a week in which there was nothing."""
    whole = reporting._queue

    def queue(app: Any, tx: Any, slug: str, payload: Any, now: Any) -> None:
        if payload.topics:
            whole(app, tx, slug, payload, now)

    with patched((reporting, "_queue", queue)):
        yield


RIVAL_BREAKS: Mapping[str, Callable[[], Any]] = {"leases run out at once": _leases_run_out_at_once}
"""Breaks that the race of two processes must find."""

LOCK_BREAKS: Mapping[str, Callable[[], Any]] = {
    "forgets what was said while the database was locked": _forgets_what_was_said_unsaved
}
"""Breaks that the trial of the locked database must find."""

QUIET_WEEK_BREAKS: Mapping[str, Callable[[], Any]] = {
    "sends no digest of a quiet week": _sends_only_what_is_long
}
"""Breaks that the trial of the quiet week must find."""

FLOOD_BREAKS: Mapping[str, Callable[[], Any]] = {
    "forgets the last hour": _forgets_the_last_hour,
    "lets what waited come out one by one": _gathers_nothing,
    "takes everything for the flood": _takes_everything_for_the_flood,
}
"""Breaks that the trial of the flood must find."""

DISK_BREAKS: Mapping[str, Callable[[], Any]] = {
    "says nothing while the disk is full": _says_nothing_unsaved,
    "asks again at once": _asks_again_at_once,
    "forgets what was said while the disk was full": _forgets_what_was_said_unsaved,
}
"""Breaks that the trial of the full disk must find."""

BREAKS: Mapping[str, Callable[[], Any]] = {
    "settled before sent": _settled_before_sent,
    "checkpoint first": _checkpoint_first,
    "a new name for every try": _a_new_name_for_every_try,
    "settles nothing": _settles_nothing,
}
