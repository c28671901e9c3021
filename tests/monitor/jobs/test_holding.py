"""Promise: a lead keeps the words of a story for a reason and a time; nothing removes them meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from monitor.errors import NotAllowed
from monitor.jobs import holding, reporting
from monitor.jobs.acting import Acted, Actor
from monitor.store import holds, incidents
from monitor.store.purge import purge
from tests.journeys.play import THREAT
from tests.monitor.jobs.afterwards import QUESTION, Afterwards, comment

DAY = timedelta(days=1)
SLUG = "holm-nook"


def hold(after: Afterwards, *, by: str = "dsl", days: int = 30, reason: str = "police asked") -> Acted:
    until = after.clock().date() + days * DAY
    with after.app.store.write() as tx:
        return holding.hold(after.app.config, tx, 1, reason, until, Actor(by=by, via="test"), after.clock())


def close(after: Afterwards) -> None:
    with after.app.store.write() as tx:
        incidents.close(tx, 1, outcome="answered", note="", by="head", via="test", now=after.clock())


def age(after: Afterwards, days: int) -> None:
    after.clock.advance(days * DAY)
    with after.app.store.write() as tx:
        purge(tx, after.clock())


@pytest.fixture
def threat(after: Afterwards) -> Afterwards:
    after.poll(comment(text=THREAT, at=after.clock()))
    return after


@pytest.mark.parametrize("by", ["office", "chair", "command line", "somebody@else.test"])
def test_only_a_lead_may(threat: Afterwards, by: str) -> None:
    with pytest.raises(NotAllowed, match="only a safeguarding lead"):
        hold(threat, by=by)


def test_nobody_holds_what_is_about_themselves(after: Afterwards) -> None:
    after.poll(comment(text="The headteacher at Holm Nook Primary hit my lad in assembly.", at=after.clock()))
    with pytest.raises(NotAllowed):
        hold(after, by="head")
    assert hold(after, by="dsl").changed


def test_nobody_holds_what_was_about_themselves_once_its_words_are_gone(after: Afterwards) -> None:
    after.poll(comment(text="The headteacher at Holm Nook Primary hit my lad in assembly.", at=after.clock()))
    after.deliver()
    after.platform.again = {"c1": None}
    after.later(hours=1)
    after.later(minutes=15)
    after.later(hours=73)  # it is graded as a threat too
    assert not after.post().text
    with pytest.raises(NotAllowed, match="may be about"):
        hold(after, by="head")


@pytest.mark.parametrize("days", [-1, 367, 4000])
def test_it_ends_within_a_year(threat: Afterwards, days: int) -> None:
    with pytest.raises(NotAllowed, match="within a year"):
        hold(threat, days=days)


def test_it_needs_a_reason(threat: Afterwards) -> None:
    with pytest.raises(NotAllowed, match="say why"):
        hold(threat, reason="  ")


def test_it_is_written_into_the_history_once(threat: Afterwards) -> None:
    assert hold(threat).changed
    assert not hold(threat).changed
    assert threat.history().count("held") == 1
    assert hold(threat, days=60).changed


def test_a_deleted_threat_stays_for_as_long_as_it_is_held(threat: Afterwards) -> None:
    hold(threat)
    threat.platform.again = {"c1": None}
    threat.later(hours=1)
    threat.later(minutes=15)
    threat.later(days=29)
    assert threat.post().text
    assert threat.post().author
    threat.later(days=2)
    assert not threat.post().text


def test_without_the_hold_it_goes(threat: Afterwards) -> None:
    hold(threat)
    threat.platform.again = {"c1": None}
    threat.later(hours=1)
    threat.later(minutes=15)
    threat.later(days=4)
    with threat.app.store.write() as tx:
        acted = holding.unhold(threat.app.config, tx, 1, Actor(by="dsl", via="test"), threat.clock())
        again = holding.unhold(threat.app.config, tx, 1, Actor(by="dsl", via="test"), threat.clock())
    assert (acted.changed, again.changed) == (True, False)
    threat.later(minutes=1)
    assert not threat.post().text
    assert threat.history()[-1] == "unheld"


def test_age_deletes_nothing_of_it(threat: Afterwards) -> None:
    threat.deliver()
    hold(threat, days=366)
    close(threat)
    age(threat, 200)
    assert threat.post().text
    assert threat.post().author
    assert _payloads(threat)
    age(threat, 200)
    with threat.app.store.read() as tx:
        assert incidents.mentions_of(tx, 1) == ()
    assert not _payloads(threat)


def test_without_a_hold_age_deletes_it(threat: Afterwards) -> None:
    threat.deliver()
    close(threat)
    assert not threat.post().author
    age(threat, 200)
    with threat.app.store.read() as tx:
        assert incidents.mentions_of(tx, 1) == ()


def test_a_hold_that_is_long_over_is_forgotten(threat: Afterwards) -> None:
    hold(threat, days=1)
    age(threat, 31)
    assert _held(threat)
    age(threat, 2)
    assert not _held(threat)


def test_its_end_is_told_a_week_before_once(threat: Afterwards) -> None:
    hold(threat, days=30)
    assert reporting.tell_endings(threat.app, threat.clock() + 22 * DAY) == 0
    assert reporting.tell_endings(threat.app, threat.clock() + 24 * DAY) == 1
    assert reporting.tell_endings(threat.app, threat.clock() + 25 * DAY) == 0


def test_its_end_stands_in_the_digest_before(threat: Afterwards) -> None:
    hold(threat, days=30)
    threat.clock.advance(18 * DAY)
    week = (threat.clock() - 7 * DAY, threat.clock())
    built = reporting.build_digest(threat.app, SLUG, week)

    assert any("The hold on R1 ends on" in line and "police" not in line for line in built.coming_up)


def test_the_commands_hold_show_and_let_go(threat: Afterwards) -> None:
    config = str(threat.app.config.path)
    until = (date.today() + 30 * DAY).isoformat()  # noqa: DTZ011 -- the command knows no other day
    runner = CliRunner()

    def run(*words: str) -> str:
        told = runner.invoke(cli, ["--config", config, *words])
        assert told.exit_code == 0, told.output
        return told.output

    assert "is held until" in run("hold", "R1", "police asked", "--until", until, "--by", "dsl")
    assert "nothing changed" in run("hold", "R1", "police asked", "--until", until, "--by", "dsl")
    assert "Held by dsl" in run("incidents", "show", "R1")
    assert '"changed":true' in run("unhold", "R1", "--by", "dsl", "--json").replace(" ", "")
    assert "Held" not in run("incidents", "show", "R1")


def test_the_show_command_says_what_became_of_a_post(after: Afterwards) -> None:
    entry = comment(text=QUESTION, at=after.clock())
    after.poll(entry)
    after.platform.again = {"c1": entry}
    after.later(hours=1)
    shown = CliRunner().invoke(cli, ["--config", str(after.app.config.path), "incidents", "show", "R1"])

    assert "still there when last looked (Tue 24 Nov 11:15)" in shown.output


def test_a_hold_that_is_over_is_still_told_but_holds_nothing(threat: Afterwards) -> None:
    hold(threat, days=1)
    with threat.app.store.read() as tx:
        assert holds.is_held(tx, 1, threat.clock() + DAY)
        assert not holds.is_held(tx, 1, threat.clock() + 3 * DAY)
        assert holds.of(tx, 1) is not None


def _held(after: Afterwards) -> bool:
    with after.app.store.read() as tx:
        return holds.of(tx, 1) is not None


def _payloads(after: Afterwards) -> list[str]:
    with after.app.store.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT payload FROM notification WHERE payload <> '{}'")
        return [str(row) for row in rows.scalars()]
