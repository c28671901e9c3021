"""Promise: when something else is looked for, what is still on offer is looked at again; nothing is told or stored twice."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from monitor import config as configuration
from monitor.facts import MentionRow
from monitor.jobs import polling
from monitor.store import mentions
from tests.journeys.play import THANKS, THREAT, Play
from tests.torture.mutants import patched

NICKNAME = "The Nookies primary again: I will come to the Nookies tomorrow and smash his face in."
OLD_NEWS = "What a lovely sports day the Nookies had, thank you all."


def _look(play: Play) -> list[MentionRow]:
    """Poll both places; everything that is stored."""
    play.poll()
    with play.app.store.read() as tx:
        return sorted(mentions.listing(tx), key=lambda row: row.id)


def _add_alias(play: Play) -> None:
    path = play.app.config.path.parent / "schools" / "holm-nook.toml"
    path.write_text(path.read_text().replace('"holm nook primary"]', '"holm nook primary", "the nookies"]'))
    renewed = play.app.renewed(configuration.load(play.app.config.path, environ={}))
    play.app = dataclasses.replace(renewed, channel=play.channel)


def _publish(play: Play) -> None:
    play.publish("press", ("t1", THREAT), ("n1", NICKNAME), ("th", THANKS))
    play.publish("blog", ("o1", OLD_NEWS), at=play.clock() - timedelta(days=5))
    play.round()
    play.clock.advance(timedelta(hours=2))


def test_posts_that_were_passed_over_are_looked_at_again_and_the_others_are_left_alone(play: Play) -> None:
    _publish(play)
    before, told = _look(play), len(play.channel.sent)
    assert len(before) == 2

    _add_alias(play)
    after = _look(play)
    play.deliver()

    assert after[:2] == before
    assert [(row.source, row.severity.word) for row in after[2:]] in (
        [("press", "critical"), ("blog", "none")],
        [("blog", "none"), ("press", "critical")],
    )
    assert {to for to, _ in play.subjects[told:]} == {"head", "dsl"}
    assert len(play.channel.sent) == told + 2


def test_after_that_the_validators_hold_again(play: Play) -> None:
    _publish(play)
    _add_alias(play)
    _look(play)

    assert {outcome.outcome for outcome in play.poll().values()} == {"unchanged"}


def test_what_has_been_there_for_long_is_stored_and_not_told(play: Play) -> None:
    _publish(play)
    play.publish(
        "blog", ("o1", NICKNAME.replace("smash", "have a word about")), at=play.clock() - timedelta(days=5)
    )
    _look(play)
    told = len(play.channel.sent)
    _add_alias(play)
    play.publish("press")

    assert [row.source for row in _look(play)][2:] == ["blog"]
    assert play.deliver() == []
    assert len(play.channel.sent) == told


def test_a_dry_run_looks_at_the_same(play: Play) -> None:
    _publish(play)
    _add_alias(play)
    task = next(task for task in polling.active(play.app) if task.name == "press")

    assert len(polling.dry_run(play.app, task, play.clock())[1].mentions) == 1


def test_a_database_that_does_not_know_what_was_looked_for_reads_nothing_anew(play: Play) -> None:
    _publish(play)
    task = next(task for task in polling.active(play.app) if task.name == "press")
    _add_alias(play)

    unknown = dataclasses.replace(task, read_with=None)

    assert polling.poll_source(play.app, unknown, play.clock()).outcome == "unchanged"


@pytest.mark.parametrize(
    "broken",
    [
        (polling, "_is_read_anew", lambda app, task: False),
        (polling, "_remembered", lambda app, task: task.checkpoint),
    ],
    ids=["never reads anew", "keeps the validators"],
)
def test_the_journey_finds_a_deliberate_break(broken: Any, play: Play) -> None:
    _publish(play)
    _add_alias(play)

    with patched(broken):
        assert len(_look(play)) == 2
