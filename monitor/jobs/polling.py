"""Poll a source: look, examine, decide, and record in one transaction.

Network calls stand outside transactions; what belongs together is written in one.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from monitor import deadlines, dedupe, log, pipeline
from monitor.app import App
from monitor.errors import StoreBusy, StoreError, StoreRefused
from monitor.facts import SourceSpec
from monitor.jobs import answered, unsaved, vanishing
from monitor.model import Examined, Finding, Plan, PollOutcome, Rejected, SourceTask
from monitor.store import Tx, backlog, digests, polls, record
from monitor.store.polls import Unchanged
from sources.base import Batch, Checkpoint
from sources.cadence import Outcome, next_poll
from sources.errors import SourceError

logger = logging.getLogger(__name__)

Defer: TypeAlias = Callable[[Unchanged], None]
"""Takes the record of an unchanged poll, to be written together with others."""


_NEVER_POLLED = 0
"""The row number that no source has."""


def reconcile(app: App, now: datetime) -> None:
    """Bring the tables into line with the configuration; what disappeared is switched off."""
    schools = [(slug, school.settings.school.name) for slug, school in app.config.schools.items()]
    with app.store.write() as tx:
        polls.reconcile(tx, schools, _specs(app), now)
        for slug, school in app.config.schools.items():
            first = deadlines.next_digest(now, school.settings.school)
            digests.set_next(tx, slug, expected=None, next_at=first)


def named(app: App, name: str) -> SourceTask | None:
    """The source of that name: as it was left, or as if it had never been polled. Writes nothing."""
    with app.store.read() as tx:
        known = polls.named(tx, name)
    spec = next((spec for spec in _specs(app) if spec.name == name), None)
    if known is not None or spec is None:
        return known
    return SourceTask(
        id=_NEVER_POLLED,
        name=spec.name,
        kind=spec.kind,
        locator=spec.locator,
        schools=spec.schools,
        checkpoint=None,
        failures=0,
        interval=spec.interval,
        host=spec.host,
    )


def _specs(app: App) -> list[SourceSpec]:
    """Every place that the configuration names, once, with all schools that watch it."""
    specs: dict[tuple[str, str], SourceSpec] = {}
    for slug, school in app.config.schools.items():
        for source in school.sources:
            place = (source.kind, source.locator)
            watchers = specs[place].schools if place in specs else ()
            specs[place] = SourceSpec(
                name=specs[place].name if place in specs else source.name,
                kind=source.kind,
                locator=source.locator,
                host=source.host,
                interval=min(source.interval, specs[place].interval) if place in specs else source.interval,
                schools=(*watchers, slug),
            )
    return list(specs.values())


def take_over(app: App) -> None:
    """Take back what a worker that was killed had leased; only for the one that holds the lock."""
    with app.store.write() as tx:
        polls.release(tx)


def poll_source(app: App, task: SourceTask, now: datetime, *, defer: Defer | None = None) -> PollOutcome:
    """Look once at one source and remember what it means. Safe to repeat."""
    with log.bound(source=task.name):
        try:
            batch = app.source(task).poll(_remembered(app, task))  # network, no transaction
        except SourceError as error:
            return _failed(app, task, error, now)
        for note in () if batch.unchanged else batch.notes:
            log.event(logger, logging.INFO, "poll.noted", note=note)
        if batch.unchanged and not (batch.gap or batch.gone):  # what was missed must be written down
            return _unchanged(app, task, batch, now, defer)
        examined = examine(app, task, batch)  # pure, the expensive part
        try:
            return _remember(app, task, batch, examined, now)
        except StoreBusy:
            _speak_unsaved(app, task, examined, now)
            raise


def _is_read_anew(app: App, task: SourceTask) -> bool:
    """Whether something else is looked for than at the last poll: what was passed over may be about a school now."""
    return task.read_with is not None and task.read_with != app.matcher(task.schools).version


def _remembered(app: App, task: SourceTask) -> Checkpoint | None:
    """Where the last poll left off; nothing if everything that is still on offer has to be looked at again."""
    return None if _is_read_anew(app, task) else task.checkpoint


def examine(app: App, task: SourceTask, batch: Batch) -> Examined:
    """Match, assess and key a batch; entries that matched nothing earlier are passed over."""
    place = f"{task.kind}:{task.locator}"
    key = app.store.install_key
    with app.store.read() as tx:
        seen = polls.seen(tx, task.id, [dedupe.seen_digest(key, place, entry.id) for entry in batch.entries])
    return pipeline.examine(
        batch.entries,
        source=place,
        matcher=app.matcher(task.schools),
        judge=app.judge,
        source_kind=app.medium(task),
        install_key=key,
        seen=seen,
    )


def plan(app: App, tx: Tx, task: SourceTask, examined: Examined, now: datetime) -> Plan:
    """Decide on facts read in this transaction; writes nothing."""
    if not examined.findings:
        return Plan(rejected=examined.rejected)
    known = record.known(tx, examined.findings)
    recent = {slug: backlog.recent(tx, slug, now) for slug in task.schools}
    context = app.context(task, recent)
    if _is_read_anew(app, task):  # what has been there for long is no news because it is looked for now
        context = dataclasses.replace(context, first_poll=True)
    return app.recast(pipeline.decide(examined, known, context, now))


def dry_run(app: App, task: SourceTask, now: datetime) -> tuple[Batch, Plan]:
    """Look once and decide, but write nothing. Raises ``SourceError``."""
    batch = app.source(task).poll(_remembered(app, task))
    examined = examine(app, task, batch)
    with app.store.read() as tx:
        return batch, plan(app, tx, task, examined, now)


def _speak_unsaved(app: App, task: SourceTask, examined: Examined, now: datetime) -> None:
    """What cannot be written down is said at least, if it is critical."""
    with app.store.read() as tx:
        decided = plan(app, tx, task, examined, now)
    unsaved.speak(app, decided, now)


def _remember(app: App, task: SourceTask, batch: Batch, examined: Examined, now: datetime) -> PollOutcome:
    """Write everything one poll means in one transaction; if a row is refused, find the culprit."""
    try:
        return _record(app, task, batch, examined, now)
    except StoreRefused:
        # another writer may have stored the same post a moment ago: decide again on what is known now
        try:
            return _record(app, task, batch, examined, now)
        except StoreRefused:
            return _record_one_by_one(app, task, batch, examined, now)


def _record(app: App, task: SourceTask, batch: Batch, examined: Examined, now: datetime) -> PollOutcome:
    at = _next_poll(app, task, now, fresh_for=batch.fresh_for)
    with app.store.write() as tx:
        decided = plan(app, tx, task, examined, now)
        version = app.matcher(task.schools).version
        recorded = record.record(tx, decided, task, batch, examined.others, now, at, read_with=version)
        answered.settle(app, tx, task, batch.entries, decided, now)
        vanishing.note_gone(app, tx, task, batch.gone, now)
    outcome = PollOutcome(
        source=task.name,
        outcome="new",
        entries=len(batch.entries),
        matched=len(examined.findings),
        mentions=recorded.mentions,
        notifications=recorded.notifications,
        rejected=len(examined.rejected),
        gap=batch.gap,
        next_poll_at=at,
    )
    log.event(
        logger,
        logging.INFO,
        "poll.done",
        entries=outcome.entries,
        matched=outcome.matched,
        mentions=outcome.mentions,
        notifications=outcome.notifications,
        rejected=outcome.rejected,
        gap=outcome.gap,
    )
    return outcome


def _record_one_by_one(
    app: App, task: SourceTask, batch: Batch, examined: Examined, now: datetime
) -> PollOutcome:
    """Store what can be stored: one row that the database refuses never stops a source."""
    halted = dataclasses.replace(batch, entries=(), checkpoint=task.checkpoint or {})
    good: list[Finding] = []
    rejected = list(examined.rejected)
    for finding in examined.findings:
        single = dataclasses.replace(examined, findings=(finding,), rejected=(), others=())
        try:
            with app.store.write() as tx:
                decided = plan(app, tx, task, single, now)
                record.record(tx, decided, task, halted, (), now, now, read_with=task.read_with)
                answered.settle(app, tx, task, (), decided, now)
            good.append(finding)
        except StoreRefused as error:
            rejected.append(Rejected(entry_id=finding.entry.id, error=type(error).__name__))
    rest = dataclasses.replace(examined, findings=(), rejected=tuple(rejected))
    outcome = _record(app, task, batch, rest, now)
    return dataclasses.replace(outcome, matched=len(examined.findings), mentions=len(good))


def _unchanged(app: App, task: SourceTask, batch: Batch, now: datetime, defer: Defer | None) -> PollOutcome:
    at = _next_poll(app, task, now, fresh_for=batch.fresh_for)
    result = Unchanged(
        source_id=task.id,
        checkpoint=batch.checkpoint,
        now=now,
        next_poll_at=at,
        http_status=batch.http_status,
        robots=batch.robots,
        read_with=app.matcher(task.schools).version,
        budget=batch.budget,
        notes=batch.notes,
        concerns=batch.concerns,
    )
    if defer is None:
        record_unchanged(app, [result])
    else:
        defer(result)
    log.event(logger, logging.DEBUG, "poll.unchanged")
    return PollOutcome(source=task.name, outcome="unchanged", next_poll_at=at)


def record_unchanged(app: App, results: Sequence[Unchanged]) -> None:
    """Write many unchanged polls in one transaction."""
    if results:
        with app.store.write() as tx:
            polls.record_unchanged(tx, results)


def _failed(app: App, task: SourceTask, error: SourceError, now: datetime) -> PollOutcome:
    at = _next_poll(app, task, now, failures=task.failures + 1, server_wait=error.retry_after)
    with app.store.write() as tx:
        polls.record_failure(
            tx,
            task,
            kind=type(error).__name__,
            message=str(error),
            remedy=error.remedy,
            http_status=error.http_status,
            now=now,
            next_poll_at=at,
        )
    log.event(logger, logging.WARNING, "poll.failed", error=error, failures=task.failures + 1)
    return PollOutcome(
        source=task.name, outcome="failed", error=str(error), remedy=error.remedy, next_poll_at=at
    )


def _next_poll(
    app: App,
    task: SourceTask,
    now: datetime,
    *,
    failures: int = 0,
    server_wait: timedelta | None = None,
    fresh_for: timedelta | None = None,
) -> datetime:
    wait = max(server_wait or timedelta(0), fresh_for or timedelta(0))
    return next_poll(now, task.interval, Outcome(failures=failures, server_wait=wait), spread=app.spread())


def due(app: App, now: datetime) -> tuple[SourceTask, ...]:
    """The sources whose turn has come."""
    with app.store.read() as tx:
        return polls.due(tx, now)


def active(app: App) -> tuple[SourceTask, ...]:
    """Every source that is switched on."""
    with app.store.read() as tx:
        return polls.active(tx)


def guarded_poll(app: App, task: SourceTask, now: datetime, *, defer: Defer | None = None) -> PollOutcome:
    """``poll_source`` at the edge of a thread: takes the lease, and never raises."""
    try:
        return _broad_poll(app, task, now, defer)
    except StoreError as error:
        log.event(logger, logging.ERROR, "poll.unsaved", source=task.name, error=error)
        return PollOutcome(
            source=task.name, outcome="failed", error=str(error), remedy=error.remedy, saved=False
        )


def _broad_poll(app: App, task: SourceTask, now: datetime, defer: Defer | None) -> PollOutcome:
    """Raises ``StoreError`` alone."""
    try:
        if not _leased(app, task, now):
            return PollOutcome(source=task.name, outcome="unchanged")
        return poll_source(app, task, now, defer=defer)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 -- the job's edge: a bug in one source must not stop the others
        log.event(logger, logging.CRITICAL, "poll.broken", source=task.name, error=error)
        broken = SourceError(
            f"the program itself failed here ({type(error).__name__})", remedy="report this with the log"
        )
        return _failed(app, task, broken, now)


def _leased(app: App, task: SourceTask, now: datetime) -> bool:
    """Whether we may poll: also where nothing can be written, since looking is better than not looking."""
    try:
        with app.store.write() as tx:
            return polls.lease(tx, task.id, now, now + LEASE)
    except StoreBusy as error:
        log.event(logger, logging.WARNING, "poll.unleased", source=task.name, error=error)
        return True


LEASE = timedelta(minutes=5)
"""Longer than the longest poll: a second process leaves a source alone that long."""
