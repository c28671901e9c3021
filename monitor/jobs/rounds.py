"""One round by hand: poll what is due, deliver what is due, and tell each outcome as it comes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TypeAlias

from monitor.app import App
from monitor.jobs import (
    away,
    delivering,
    escalating,
    lookback,
    polling,
    replying,
    reporting,
    self_testing,
    upkeep,
    waking,
)
from monitor.model import DeliveryOutcome, PollOutcome

Tell: TypeAlias = Callable[[PollOutcome | DeliveryOutcome], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to."""

    polls: tuple[PollOutcome, ...]
    deliveries: tuple[DeliveryOutcome, ...]
    wakes: tuple[DeliveryOutcome, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a human should look: a source failed, a mail did not go out, or somebody was not woken."""
        return any(poll.outcome == "failed" for poll in self.polls) or any(
            delivery.outcome in ("retry", "dead") for delivery in (*self.deliveries, *self.wakes)
        )


def run_round(
    app: App, *, everything: bool = False, poll: bool = True, mail: bool = True, tell: Tell
) -> Round:
    """Poll every source that is due (or ``everything``), then deliver what is due (or pending).

    The caller holds the lock of what it asks for: leases of a worker that was killed are taken back.
    """
    upkeep.note_tick(app, app.now())
    app = away.taken_up(app)
    reporting.tell_recovery(app, app.now())
    if poll:
        polling.take_over(app)
    if mail:
        delivering.take_over(app)
    polls = _poll(app, everything=everything, tell=tell) if poll else ()
    if poll:
        lookback.guarded_look(app, app.now())
    deliveries: tuple[DeliveryOutcome, ...] = ()
    wakes: tuple[DeliveryOutcome, ...] = ()
    if mail:
        replying.guarded_read(app, app.now())
        app = away.taken_up(app)
        reporting.send_due_digests(app, app.now())
        escalating.escalate(app, app.now())
        # before the mails, which may hang
        wakes = tuple(waking.wake_all(app, app.now(), everything=everything, each=tell))
        deliveries = tuple(delivering.deliver_all(app, app.now(), everything=everything, each=tell))
        wakes += tuple(waking.wake_all(app, app.now(), each=tell))
        self_testing.settle(app, app.now())
    return Round(polls, deliveries, wakes)


def _poll(app: App, *, everything: bool, tell: Tell) -> tuple[PollOutcome, ...]:
    now = app.now()
    polling.reconcile(app, now)
    tasks = polling.active(app) if everything else polling.due(app, now)
    with ThreadPoolExecutor(app.config.monitor.threads, "poll") as pool:
        futures = [pool.submit(polling.guarded_poll, app, task, now) for task in tasks]
        outcomes = []
        for future in as_completed(futures):
            outcomes.append(future.result())
            tell(outcomes[-1])
    return tuple(outcomes)
