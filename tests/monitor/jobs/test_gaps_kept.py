"""Promise: what a poll missed, what its platform still allows and what it remarked is remembered even where nothing else was new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.jobs import polling
from monitor.store import digests, polls
from sources.base import Batch, Budget, Checkpoint, Concern
from tests.journeys.play import Play


class Answering:
    """A source that always answers the same."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        return self.batch


SAID: dict[str, Any] = {
    "budget": Budget(used=40, limit=100, of="searches a day"),
    "notes": ("2 comments are hidden there",),
    "concerns": (Concern(what="the token may not read all", remedy="tick every box"),),
}


@pytest.mark.parametrize("gap", [True, False])
def test_a_gap_in_an_unchanged_poll_is_written_down(play: Play, *, gap: bool) -> None:
    polling.reconcile(play.app, play.clock())
    task = polling.active(play.app)[0]
    batch = Batch(entries=(), checkpoint={}, unchanged=True, gap=gap, **SAID)
    play.app._sources[task.id] = Answering(batch)

    polling.poll_source(play.app, task, play.clock())

    later = play.clock.advance(timedelta(minutes=1))
    with play.app.store.read() as tx:
        status = next(one for one in polls.statuses(tx) if one.id == task.id)
        week = digests.week_facts(tx, task.schools[0], later - timedelta(days=7), later)
    assert (status.gap_at is not None) is gap
    assert any("more than could be read" in spell.why for spell in week.blind) is gap
    assert status.allowance
    assert status.allowance.used == 40
    assert status.notes == SAID["notes"]
    assert [worry.what for worry in status.worries] == ["the token may not read all"]
