"""Promise: ``sources`` says what each place yields, what is odd about it, what nobody can see, and what is not watched and why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import insert, update

from monitor.cli import cli
from monitor.store import Store
from monitor.store.tables import poll, source
from sources.declined import DECLINED
from tests.monitor.configurations import MONITOR, SCHOOL, settle
from tests.monitor.store.given import watched

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SPENT = {
    "used": 100, "limit": 100, "of": "searches a day", "renewed_at": "2026-11-25T08:00:00+00:00",
    "spent_at": "2026-11-24T09:30:00+00:00",
}  # fmt: skip

REMARKS = {
    "notes": ["2 comments are hidden there"],
    "worries": [
        {
            "what": "the token", "remedy": "make a new token", "since": "2026-11-23T08:00:00+00:00",
            "ends": "2026-12-07T08:00:00+00:00",
        }
    ],
}  # fmt: skip


@pytest.fixture(name="said")
def _said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    settle(tmp_path, monkeypatch)
    Path("monitor.toml").write_text(MONITOR)
    Path("schools/holm-nook.toml").write_text(SCHOOL)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # the width of a terminal counts, as on one

    def invoke(*words: str) -> Result:
        with time_machine.travel(NOW, tick=False):
            return CliRunner().invoke(cli, ["--config", "monitor.toml", *words])

    return invoke


def kept(**values: object) -> None:
    """A source as the database may hold it, with a habit of something new every day until three weeks ago."""
    store = Store.open(Path("var"))
    task = watched(store, now=NOW - 60 * DAY)
    usual = {"last_ok_at": NOW - HOUR, "last_poll_at": NOW - HOUR, "added_at": NOW - 60 * DAY}
    with store.write() as tx:
        tx.connection.execute(update(source).where(source.c.id == task.id).values({**usual, **values}))
        tx.connection.execute(
            insert(poll),
            [
                {
                    "source_id": task.id, "at": NOW - DAY * back, "since": NOW - DAY * back - HOUR, "outcome": "new",
                    "entries": 1, "matched": 0, "gap": False, "error_kind": "", "error": "",
                }
                for back in range(40, 20, -1)
            ],
        )  # fmt: skip
    store.close()


def test_everything_odd_about_a_source_is_told_within_eighty_columns(said: Callable[..., Result]) -> None:
    kept(
        failures=3, error="the service refused our log-in (401)", remedy="make a new app password", error_kind="Denied",
        gap_at=NOW - 2 * DAY, allowance=SPENT, robots="disallowed", entries=1203, mentions=2, remarks=REMARKS,
    )  # fmt: skip
    told = said("sources")

    assert told.exit_code == 0, told.output
    lines = re.sub(r"\x1b\[[\d;]*m", "", told.stdout).splitlines()
    assert max(map(len, lines)) <= 80
    whole = " ".join(" ".join(lines).split())
    for words in (
        "failed 3 times in a row: the service refused our log-in (401); make a new app password",
        "on Sun 22 Nov 11:00 it had more than could be read; look there by hand",
        "used 100 of 100 searches a day, renewed Wed 25 Nov 08:00; nothing left since Tue 24 Nov 09:30",
        "robots.txt refuses crawlers",
        "the token ends on Mon 7 Dec 2026 (in 13 days): without a new one nothing is seen there; make a new token",
        "2 comments are hidden there",
        "quiet for 20 days; usually something every 24 h: look whether the address still works",
        "1203",
        "feed: what the site leaves out of its feed",
        "closed and private groups, private accounts, direct messages",
        "mention-monitor sources --declined",
    ):
        assert words in whole


def test_health_tells_of_a_token_that_ends_and_wants_a_human(said: Callable[..., Result]) -> None:
    kept(remarks=REMARKS)
    told = said("health")

    assert told.exit_code == 1
    assert "the token ends on Mon 7 Dec 2026 (in 13 days)" in told.stdout


GOLDEN = """\
 source              last success   next poll      robots   entries   mentions
 ─────────────────────────────────────────────────────────────────────────────
 local blog (feed)   24 Nov 10:00   25 Sep 12:00   –        7         1

To know
  local blog: on Sun 22 Nov 11:00 it had more than could be read; look there by
    hand
  local blog: quiet for 20 days; usually something every 24 h: look whether the
    address still works

What they can never see
"""


def test_the_page_as_a_terminal_shows_it(said: Callable[..., Result]) -> None:
    kept(gap_at=NOW - 2 * DAY, entries=7, mentions=1)
    plain = re.sub(r"\x1b\[[\d;]*m", "", said("sources").stdout)

    assert GOLDEN in "".join(f"{line.rstrip()}\n" for line in plain.splitlines())


def test_programs_get_each_source_with_its_budget_doubt_and_blind_spot(said: Callable[..., Result]) -> None:
    kept(allowance=SPENT)
    [told] = [json.loads(line) for line in said("sources", "--json").stdout.splitlines()]

    assert told["allowance"]["spent_at"] == SPENT["spent_at"]
    assert "has been quiet for 20 days" in told["doubt"]
    assert told["cannot"]
    assert {"name", "kind", "last_ok_at", "next_poll_at", "failures", "robots", "entries", "mentions"} <= set(
        told
    )


def test_a_source_of_which_nothing_is_odd_is_a_line(said: Callable[..., Result]) -> None:
    kept(last_ok_at=NOW - 20 * DAY)

    assert "To know" not in said("sources").stdout


def test_before_the_first_poll_that_is_said_with_what_to_do(said: Callable[..., Result]) -> None:
    told = said("sources")

    assert told.exit_code == 0
    assert "run --once" in told.stdout
    assert said("sources", "--json").stdout == ""


def test_a_doubtful_silence_stands_in_health_and_alarms_nobody(said: Callable[..., Result]) -> None:
    kept()
    with (store := Store.open(Path("var"))).write() as tx:
        from monitor.store import health

        health.tick(tx, NOW)
    store.close()
    told = said("health")

    assert told.exit_code == 0
    assert "? local blog has been quiet for 20 days" in told.stdout
    [facts] = [json.loads(said("health", "--json").stdout)]
    assert facts["healthy"] is True
    assert len(facts["doubts"]) == 1


def test_every_place_that_is_not_watched_has_its_reason_without_any_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(cli, ["--config", "none.toml", "sources", "--declined"])

    assert told.exit_code == 0
    assert max(map(len, told.stdout.splitlines())) <= 80
    whole = " ".join(told.stdout.split())
    for one in DECLINED:
        assert f"{one.name}: {one.reason}. It would take: {one.takes}." in whole
        assert one.instead in whole
    assert "direct messages" in whole


def test_programs_get_the_same_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(cli, ["sources", "--declined", "--json"])

    names = [json.loads(line)["name"] for line in told.stdout.splitlines()]
    assert names == [one.name for one in DECLINED]
