"""Promise: a post is mailed within an interval and a minute, nothing grows for nothing, servers are left alone as they wish.

And while mail cannot go out, ``health`` says so by its exit status within half an hour and a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import monitor.app
from monitor import health
from monitor.cli import cli
from monitor.daemon import Engine
from monitor.jobs import polling
from monitor.store import polls
from sources import status
from tests.torture import house, outage, soak
from tests.torture.house import START
from tests.torture.mutants import patched
from tests.torture.trials import SHORT_SOAK


def test_a_watch_of_hours_is_prompt_and_leaves_nothing_behind(tmp_path: Path) -> None:
    found = soak.run(tmp_path, **SHORT_SOAK)

    assert found.wrong == 0, found
    assert found.posts > 3


@pytest.mark.parametrize(
    "broken",
    [
        (polling, "next_poll", lambda now, interval, outcome, *, spread: now + 3 * interval),
        (polling, "next_poll", lambda now, interval, outcome, *, spread: now + interval / 4),
        (polls, "silence", lambda interval: timedelta()),
    ],
    ids=["looks too seldom", "looks too often", "keeps a row for each poll"],
)
def test_the_watch_finds_a_deliberate_break(broken: Any, tmp_path: Path) -> None:
    with patched(broken):
        assert soak.run(tmp_path, **SHORT_SOAK).wrong > 0


def test_servers_are_left_alone_as_long_as_they_wish_and_no_longer_than_a_day(tmp_path: Path) -> None:
    found = soak.throttled(tmp_path)

    assert found.wrong == 0, found
    assert found.requests > len(soak.WISHES)


@pytest.mark.parametrize(
    "broken",
    [
        (status, "retry_after", lambda headers, *, now: None),
        (polling, "next_poll", lambda now, interval, outcome, *, spread: now + timedelta(minutes=1)),
    ],
    ids=["hears no wish", "storms"],
)
def test_the_servers_find_a_deliberate_break(broken: Any, tmp_path: Path) -> None:
    with patched(broken):
        assert soak.throttled(tmp_path, lasts=timedelta(hours=3)).early > 0


def test_the_servers_find_that_they_are_given_up(tmp_path: Path) -> None:
    never = (polling, "next_poll", lambda now, interval, outcome, *, spread: now + timedelta(days=9))
    with patched(never):
        assert soak.throttled(tmp_path, lasts=timedelta(hours=25)).given_up > 0


@pytest.fixture
def ask(tmp_path: Path) -> Callable[[int], Result]:
    """Mail stops at once; ``health`` is asked after so many minutes, while the engine runs."""

    def asked(minutes: int) -> Result:
        place, now = house.build(tmp_path), [START]
        channel = outage.Down(lambda: now[0])

        def clock() -> datetime:
            return now[0]

        def steady() -> float:
            return now[0].timestamp()

        with place.app(channel=channel, now=clock) as app:
            engine = Engine(app, monotonic=steady)
            engine._start()
            house.beat(engine)
            house.fill(app, 1, START)
            for _ in range(minutes):
                house.beat(engine)
                now[0] += timedelta(minutes=1)
            house.beat(engine)
        with patched((monitor.app, "utc_now", clock)):
            return CliRunner().invoke(cli, ["--config", str(tmp_path / "monitor.toml"), "health"])

    return asked


def test_health_ends_well_while_mail_waits_only_a_little(ask: Callable[[int], Result]) -> None:
    told = ask(20)

    assert (told.exit_code, told.stdout.startswith("3/3 sources ok, queue 1")) == (0, True), told.output


def test_health_ends_badly_within_half_an_hour_and_a_minute_without_mail(
    ask: Callable[[int], Result],
) -> None:
    told = ask(31)

    assert told.exit_code == 1
    assert told.stdout.startswith("MAIL WAITS for 31 min")
    assert "Mail has been waiting" in told.stdout


def test_the_exit_status_finds_a_deliberate_break(ask: Callable[[int], Result]) -> None:
    with patched((health, "_mail", lambda *_: ())):
        assert ask(31).exit_code == 0
