"""A thousand and a half letters that nobody wants go the whole way, with the right code in them: none acts, none breaks us.

What reading them yields is proven elsewhere; here the story in the database must be as it was.
"""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from monitor.jobs import replying
from monitor.store import health, incidents, outbox
from sources.letters import parse
from tests.hostile.letters import letters
from tests.journeys.play import THREAT
from tests.journeys.post import BOX, Desk

ACTING = {"replayed": 1, "footer": 1}
"""Families in which somebody has honestly said something."""
HONEST = frozenset({"hidden", "attached"})
"""Families that somebody did write, with a command where no reader sees it: they have seen the mail at the most."""
DAMAGED = frozenset({"malformed", "charset", "bomb"})
"""Families that break what reads them: where words survive they may count."""
NO_MORE = frozenset({"seen", "puzzle"})
PORTIONS = 4


@pytest.fixture
def grave(desk: Desk) -> Desk:
    """A critical story of which the head was told."""
    desk.play.publish("press", ("t1", THREAT))
    desk.play.poll()
    desk.send()
    return desk


def _code(desk: Desk) -> str:
    address = desk.mail("head").message.headers["Reply-To"]
    return address.partition("+")[2].partition("@")[0]


def _state(desk: Desk) -> object:
    with desk.play.app.store.read() as tx:
        row = incidents.get(tx, 1)
        waiting = [(one.kind, one.roles) for one in outbox.waiting(tx)]
        facts = health.facts(tx, desk.play.clock())
    assert row is not None
    return row.owner, row.closed_at, row.severity, row.assigned_to, row.snoozed_until, waiting, facts.bounced


def _forget(desk: Desk) -> None:
    """Nobody is on it, and nothing waits to be said of that."""
    with desk.play.app.store.write() as tx:
        incidents.give_up(tx, 1, names=("head",))
        tx.connection.exec_driver_sql(
            "UPDATE delivery SET state = 'cancelled', settled_at = due_since WHERE state = 'pending'"
        )


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_no_letter_that_is_not_honestly_theirs_changes_anything(grave: Desk, portion: int) -> None:
    counted = Counter[str]()
    mine = itertools.islice(letters(_code(grave), BOX, "head@school.test"), portion, None, PORTIONS)
    for number, (name, body) in enumerate(mine, 1):
        family = name.partition(":")[0]
        if family in ACTING:
            continue
        before = _state(grave)
        letter = parse(body, uid=f"7.{number}", received="", whole=True)
        outcome = replying.take_up(grave.play.app, letter, grave.play.clock())
        counted[outcome] += 1
        assert outcome != replying.BROKEN, name
        if family in DAMAGED or (family in HONEST and outcome in NO_MORE):
            _forget(grave)
        else:
            assert _state(grave) == before, (name, outcome)
    assert sum(counted.values()) > 200


def test_what_somebody_says_once_is_done_once_however_often_it_comes(grave: Desk) -> None:
    counted = Counter[str]()
    for number, (name, body) in enumerate(letters(_code(grave), BOX, "head@school.test"), 1):
        if name.startswith("replayed:"):
            letter = parse(body, uid=f"7.{number}", received="", whole=True)
            counted[replying.take_up(grave.play.app, letter, grave.play.clock())] += 1
    assert counted["take"] == 1
    assert set(counted) <= {"take", replying.AGAIN, ""}
