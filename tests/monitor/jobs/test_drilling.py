"""An exercise climbs the whole ladder with the real people, is marked in every subject, and is in no figure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import NotAllowed
from monitor.jobs import delivering, drilling, escalating
from monitor.jobs.acting import Actor, act
from monitor.store import backlog, digests, history
from tests.journeys.play import Play

SLUG = "holm-nook"


def _minutes(play: Play, many: int) -> None:
    for _ in range(many):
        play.clock.advance(timedelta(minutes=1))
        escalating.escalate(play.app, play.clock())
        delivering.deliver_all(play.app, play.clock())


def _begin(play: Play) -> int:
    with play.app.store.write() as tx:
        number = drilling.drill(play.app.config, tx, SLUG, play.clock())
    delivering.deliver_all(play.app, play.clock())
    return number


def test_it_climbs_and_every_subject_says_what_it_is(play: Play) -> None:
    _begin(play)
    assert sorted(to for to, _ in play.subjects) == ["dsl", "head"]

    _minutes(play, 61)

    assert sorted(to for to, _ in play.subjects[2:]) == ["chair"] * 2 + ["dsl"] * 3 + ["head"] * 3
    assert all(subject.startswith("EXERCISE – ") for _, subject in play.subjects)


def test_it_stops_at_mine_and_the_news_of_that_is_marked_too(play: Play) -> None:
    number = _begin(play)
    with play.app.store.write() as tx:
        act(play.app.config, tx, number, "take", Actor(by="head", via="test"), play.clock())

    _minutes(play, 60)

    assert [to for to, _ in play.subjects[2:]] == ["dsl"]
    assert all(subject.startswith("EXERCISE – ") for _, subject in play.subjects)


def test_it_is_in_no_figure(play: Play) -> None:
    number = _begin(play)
    start = datetime(2026, 11, 23, tzinfo=UTC)
    with play.app.store.write() as tx:
        act(play.app.config, tx, number, "not_us", Actor(by="head", via="test"), play.clock())

    with play.app.store.read() as tx:
        week = digests.week_facts(tx, SLUG, start, start + timedelta(days=7), now=play.clock())
        assert (week.open, week.closed, week.owed, week.mentions) == ((), (), (), ())
        assert history.history(tx, SLUG).not_us == 0
        assert backlog.recent(tx, SLUG, play.clock()).stories == 0


def test_one_is_enough_at_a_time(play: Play) -> None:
    _begin(play)

    with pytest.raises(NotAllowed, match="under way"):
        _begin(play)
