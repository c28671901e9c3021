"""Promise: what people closed as not us can be read again while it is kept, and what is gone is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts.base import Severity
from monitor.facts import History
from monitor.model import Keys
from monitor.store import Store, incidents, purge
from monitor.store.history import history
from sources.base import Entry
from tests.monitor.store.given import NOW, SLUG, change, finding, mention, put, told, watched


def _history(store: Store, slug: str = SLUG) -> History:
    with store.read() as tx:
        return history(tx, slug)


def _not_us(store: Store, number: int) -> None:
    with store.write() as tx:
        assert incidents.not_us(tx, number, by="head", via="cli", now=NOW)


def test_a_verdict_stands_beside_each_mention_of_the_story(store: Store) -> None:
    task = watched(store)
    put(store, told("k1"), task)
    put(store, told("k2"), task)
    _not_us(store, 1)

    found = _history(store)

    assert [(one.id, one.story, one.not_us, one.text) for one in found.mentions] == [
        (1, 1, True, "Text k1"),
        (2, 2, False, "Text k2"),
    ]
    assert (found.not_us, found.unreadable) == (1, 0)
    assert found.mentions[0].source == "local blog"
    assert _history(store, "another-school").mentions == ()


def test_a_reopened_story_is_ours_again(store: Store) -> None:
    put(store, told(), watched(store))
    _not_us(store, 1)
    with store.write() as tx:
        incidents.reopen(tx, 1, by="dsl", via="cli", now=NOW)

    found = _history(store)

    assert (found.not_us, found.mentions[0].not_us) == (0, False)


def test_the_graver_of_mention_and_story_counts(store: Store) -> None:
    task = watched(store)
    joins = mention(finding("k2", severity=Severity.LOW), incident="k1")
    put(store, told(severity=Severity.CRITICAL), task)
    alone = mention(finding("k3", severity=Severity.HIGH))
    put(store, replace(told(), mentions=(joins, alone), incidents=(), notifications=()), task)

    assert [one.severity for one in _history(store).mentions] == [
        Severity.CRITICAL,
        Severity.CRITICAL,
        Severity.HIGH,
    ]


def test_what_was_deleted_in_time_is_counted_as_unreadable(store: Store) -> None:
    put(store, told(), watched(store))
    _not_us(store, 1)
    with store.write() as tx:
        purge.purge(tx, NOW + timedelta(days=366))

    found = _history(store)

    assert (found.mentions, found.not_us, found.unreadable) == ((), 1, 1)


def test_what_was_never_kept_is_counted_as_unreadable(store: Store) -> None:
    silent = Entry(id="silent", title="", text="")
    kept = mention(finding(entry=silent, keys=Keys(key="k1", content="c")), incident="k1")
    put(store, replace(told(), mentions=(kept,), incidents=(change(),), notifications=()), watched(store))
    _not_us(store, 1)

    found = _history(store)

    assert (found.mentions, found.unreadable) == ((), 1)
