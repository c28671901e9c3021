"""What the watch knows of itself: what waits, what was given up, what it last did, and what it refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.facts import HealthFacts
from monitor.model import Plan, Rejected
from monitor.store import Store, health, memo, outbox
from tests.monitor.store.given import DSL, HEAD, NOW, ill, put, told, watched

HOUR = timedelta(hours=1)


def _facts(store: Store, now: datetime = NOW) -> HealthFacts:
    with store.read() as tx:
        return health.facts(tx, now)


def test_a_fresh_installation_has_done_nothing_yet(store: Store) -> None:
    assert _facts(store) == HealthFacts(
        sources=(),
        pending=0,
        oldest_pending_since=None,
        dead=0,
        last_sent_at=None,
        last_tick_at=None,
        rejected_reload="",
        rejected_entries=0,
    )


def test_deliveries_are_counted_by_what_became_of_them(store: Store) -> None:
    put(store, told(to=(HEAD, DSL)), watched(store))
    with store.write() as tx:
        outbox.add(tx, ill(not_before=NOW - HOUR), "silent", NOW)
        outbox.add(tx, ill(not_before=NOW + HOUR), "silent", NOW)
    assert (_facts(store).pending, _facts(store).oldest_pending_since) == (4, NOW - HOUR)
    with store.write() as tx:
        first, second, *_ = outbox.claim(tx, NOW)
        outbox.sent(tx, first, message_id="<x>", code="250", now=NOW)
        outbox.dead(tx, second, error="550", remedy="check", now=NOW)
    facts = _facts(store)
    assert (facts.pending, facts.dead, facts.last_sent_at) == (2, 1, NOW)
    with store.write() as tx:
        outbox.looked(tx, NOW)
    assert _facts(store).dead == 0


def test_what_is_not_due_yet_is_not_late(store: Store) -> None:
    watched(store)
    with store.write() as tx:
        outbox.add(tx, ill(not_before=NOW + HOUR), "silent", NOW)
    assert (_facts(store).pending, _facts(store).oldest_pending_since) == (1, None)


def test_the_last_tick_is_remembered_in_any_zone(store: Store) -> None:
    with store.write() as tx:
        health.tick(tx, NOW - HOUR)
        health.tick(tx, NOW.astimezone(ZoneInfo("Asia/Tokyo")))
    assert _facts(store).last_tick_at == NOW


def test_a_refused_reload_is_told_until_one_is_accepted(store: Store) -> None:
    with store.write() as tx:
        health.set_reload_error(tx, "school.nmae: unknown key")
    assert _facts(store).rejected_reload == "school.nmae: unknown key"
    with store.write() as tx:
        health.set_reload_error(tx, "")
    assert _facts(store).rejected_reload == ""


def test_entries_that_broke_us_are_counted_for_a_day(store: Store) -> None:
    put(store, Plan(rejected=(Rejected(entry_id="1", error="ValueError"),)), watched(store))
    assert _facts(store).rejected_entries == 1
    assert _facts(store, NOW + timedelta(days=1)).rejected_entries == 0
    assert [status.rejected for status in _facts(store).sources] == [1]


def test_what_is_done_once_a_day_is_done_again_the_next(store: Store) -> None:
    with store.write() as tx:
        done = [memo.once(tx, "purge", day) for day in ("2026-11-24", "2026-11-24", "2026-11-25")]
        assert memo.once(tx, "backup", "2026-11-25")
    assert done == [True, False, True]
