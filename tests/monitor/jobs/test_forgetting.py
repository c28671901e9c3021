"""Promise: on demand nothing that was read at a place can be read here any more, except what a lead holds."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.fates import Forgotten
from monitor.jobs import forgetting, holding, lookback
from monitor.jobs.acting import Actor
from tests.monitor.jobs.afterwards import OTHER, QUESTION, Afterwards, comment

DAY = timedelta(days=1)


@pytest.fixture
def told(after: Afterwards) -> Afterwards:
    """Two stories of one platform, which were mailed, and a post of another."""
    at = after.clock()
    after.poll(comment("c1", QUESTION, at=at), comment("c2", OTHER, at=at))
    other = comment("v1", OTHER.replace("coat pegs", "windows"), at=at)
    after.poll(dataclasses.replace(other, author="@other"), tube=True)
    after.deliver()
    return after


def forget(after: Afterwards, name: str = "bluesky") -> Forgotten:
    return forgetting.forget(after.app, name, by="dpo", via="test", now=after.clock())


def whole(after: Afterwards) -> str:
    """Everything that the database says."""
    path = after.app.config.state / "monitor.db"
    with closing(sqlite3.connect(path)) as base:
        return "\n".join(base.iterdump())


def hold(after: Afterwards, story: int, days: int) -> None:
    until = after.clock().date() + days * DAY
    with after.app.store.write() as tx:
        holding.hold(after.app.config, tx, story, "police", until, Actor(by="dsl", via="test"), after.clock())


def test_words_names_links_and_quotes_go_and_the_story_says_so(told: Afterwards) -> None:
    assert "windows" in whole(told)
    assert forget(told) == Forgotten(posts=2, held=0)

    left = whole(told)
    for word in ("Homework", "coat pegs", "@parent", "platform.example/c1", "platform.example/c2"):
        assert word not in left, word
    assert "windows" in left
    assert "forgotten" in told.history(1)
    assert forget(told) == Forgotten(posts=0, held=0)


def test_what_is_read_again_does_not_come_back(told: Afterwards) -> None:
    forget(told)
    told.poll(comment("c1", QUESTION, at=told.clock() - DAY))
    told.later(days=2)

    assert "Homework" not in whole(told)
    assert told.platform.asked == []


def test_what_a_lead_holds_stays_until_the_hold_ends(told: Afterwards) -> None:
    hold(told, 1, days=10)
    assert forget(told) == Forgotten(posts=1, held=1)
    assert ["Homework" in whole(told), "coat pegs" in whole(told)].count(True) == 1
    told.later(days=12)

    assert "Homework" not in whole(told)
    assert "coat pegs" not in whole(told)


def test_what_others_said_is_looked_after_as_before(told: Afterwards) -> None:
    forget(told)

    assert lookback.adopt(told.app, told.clock()) == 0
    told.later(hours=2)
    assert [list(ids) for ids in told.tube.asked] == [["v1"]]


def test_the_command_counts_before_it_does_it(told: Afterwards) -> None:
    def said(*words: str) -> Result:
        path = str(told.app.config.path)
        return CliRunner().invoke(cli, ["--config", path, "sources", "forget", *words])

    counted = said("bluesky")
    assert counted.exit_code == 1
    assert "2 posts would lose words, names and links. Add --yes" in counted.stdout
    assert "Homework" in whole(told)
    hold(told, 1, days=10)

    done = said("bluesky", "--yes", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (
        0,
        {"source": "bluesky", "done": True, "posts": 1, "held": 1},
    )
    assert "0 posts forgotten. 1 under a hold" in said("bluesky", "--yes").stdout
    unknown = said("Facebok", "--yes")
    assert unknown.exit_code != 0
    assert "there is blog, bluesky" in unknown.output
    assert "Traceback" not in unknown.output
