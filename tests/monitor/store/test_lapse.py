"""A small story that nobody ever answered closes a month after its time; what is grave, or about a child, never does so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.base import Category, Severity
from monitor.model import Plan
from monitor.store import Store, incidents
from monitor.store.incidents import LAPSES_AFTER
from monitor.store.tables import incident
from tests.monitor.store.given import NOW, change, finding, mention, put, told, watched

DAY = timedelta(days=1)
TIME_IS_UP = NOW + DAY + LAPSES_AFTER + timedelta(seconds=1)


def _story(store: Store, severity: Severity = Severity.MEDIUM, *categories: Category) -> None:
    put(store, told(severity=severity), watched(store))
    with store.write() as tx:
        values = {"due_at": NOW + DAY, "categories": [each.value for each in categories]}
        tx.connection.execute(incident.update().values(**values))


def _lapsed(store: Store, at: timedelta = timedelta()) -> int:
    with store.write() as tx:
        return incidents.lapse(tx, TIME_IS_UP + at)


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.MEDIUM])
def test_a_small_story_closes_a_month_after_its_time_and_not_before(store: Store, severity: Severity) -> None:
    _story(store, severity)
    assert _lapsed(store, -timedelta(seconds=1)) == 0
    assert _lapsed(store) == 1
    assert _lapsed(store) == 0
    with store.read() as tx:
        story = incidents.get(tx, 1)
        assert story is not None
        assert (story.outcome, story.first_look_at) == ("lapsed", None)
        assert incidents.events(tx, 1)[-1].what == "lapsed"


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.CRITICAL])
def test_a_grave_story_stays_open(store: Store, severity: Severity) -> None:
    _story(store, severity)
    assert _lapsed(store, 300 * DAY) == 0


@pytest.mark.parametrize("category", [Category.CHILD_SAFEGUARDING, Category.STAFF_ALLEGATION])
def test_what_is_about_a_child_or_an_adult_at_school_stays_open(store: Store, category: Category) -> None:
    _story(store, Severity.MEDIUM, Category.COMPLAINT_GENERAL, category)
    assert _lapsed(store, 300 * DAY) == 0


def test_a_story_that_grows_stays_open(store: Store) -> None:
    _story(store)
    small = finding("k2", severity=Severity.MEDIUM)
    grown = change("k1", opened=False, severity=Severity.MEDIUM, count=2)
    more = Plan(mentions=(mention(small, incident="k1"),), incidents=(grown,))
    put(store, more, watched(store), now=NOW + 20 * DAY)
    with store.write() as tx:
        tx.connection.execute(incident.update().values(due_at=NOW + DAY))
    assert _lapsed(store) == 0
    assert _lapsed(store, 20 * DAY) == 1


def test_what_is_put_off_or_was_opened_again_has_its_month(store: Store) -> None:
    _story(store)
    who = {"by": "head", "via": "test"}
    with store.write() as tx:
        assert incidents.snooze(tx, 1, until=TIME_IS_UP + DAY, now=NOW, **who)
    assert _lapsed(store) == 0
    assert _lapsed(store, 2 * DAY) == 1
    with store.write() as tx:
        assert incidents.reopen(tx, 1, now=TIME_IS_UP + 3 * DAY, **who)
    assert _lapsed(store, 4 * DAY) == 0
    assert _lapsed(store, 34 * DAY) == 1
