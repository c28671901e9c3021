"""Promise: the command line says who can be woken, rings each telephone once on request, and shows what did not get through."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from alerts.errors import Misconfigured
from alerts.wake import Waker
from monitor.cli import cli
from monitor.cli.shell import LOOK
from monitor.jobs import delivering, waking
from tests.alerts.test_wake import SECRET, Service, served
from tests.journeys.play import THREAT, Play
from tests.monitor.jobs.wakeful import DSL, DUTY, wakeful


def _run(play: Play, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(play.app.config.path), *words], catch_exceptions=False)


def _lines(told: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.stdout.splitlines()]


def _wakes(told: Result) -> list[tuple[str, str]]:
    return [
        (each["level"], each["message"])
        for each in _lines(told)
        if "wake" in each["message"] or "woken" in each["message"]
    ]


@pytest.fixture
def ring(play: Play) -> Any:
    with served() as service:
        yield service


def test_check_says_that_mail_at_night_wakes_nobody(play: Play) -> None:
    told = _run(play, "check", "--json")

    ((level, message),) = _wakes(told)
    assert level == "warning"
    assert "mail at night wakes nobody" in message
    assert told.exit_code == 0


def test_check_tells_an_address_that_cannot_be_used(play: Play) -> None:
    wakeful(play, head=f"ntfyz://host/{SECRET}", dsl=DSL)

    told = _run(play, "check", "--json")

    ((level, message),) = _wakes(told)
    assert (level, told.exit_code) == ("problem", LOOK)
    assert "person[1].wake: head-wake, line 1: Apprise knows no service" in message
    assert SECRET not in told.output


def test_check_online_rings_each_telephone_once_and_names_the_line_that_failed(
    play: Play, ring: Service
) -> None:
    wakeful(play, duty=f"# all\n{ring.url()}\n{ring.url('500')}\n", head=ring.url(), dsl=ring.url())

    told = _run(play, "check", "--online", "--json")

    assert [(level, message) for level, message in _wakes(told) if message.startswith("wake:")] == [
        ("ok", "wake: a test went out over wake-urls, line 2"),
        ("problem", "wake: wake-urls, line 3: the service answered 500"),
    ]
    lines = {json.loads(body)["message"] for _, _, body in ring.heard}
    assert lines == {"Holm Nook: a test of waking people; nothing needs to be done"}
    assert len(ring.heard) == 2
    assert SECRET not in told.output
    assert told.exit_code == LOOK


def test_check_online_without_the_extra_says_it_once(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def bare(*_: object, **__: object) -> tuple[str, ...]:
        raise Misconfigured("Apprise, which wakes people, is not installed", remedy="install it")

    monkeypatch.setattr(Waker, "_ask", bare)
    wakeful(play, head="json://a", dsl="json://b")

    told = _run(play, "check", "--online", "--json")
    file = play.app.config.schools["holm-nook"].file

    assert [message for _, message in _wakes(told)] == [
        f"{file}: person[1].wake: Apprise, which wakes people, is not installed: install it"
    ]


def test_what_cannot_be_read_is_passed_over_by_the_ringing(play: Play) -> None:
    waker = wakeful(play, head="# nothing\n", dsl=DSL)

    assert list(waking.ring(play.app.config, waker)) == [("dsl-wake, line 1", "")]


def test_the_outbox_and_health_show_a_wake_up_that_does_not_get_through(play: Play) -> None:
    waker = wakeful(play, duty=DUTY)
    waker.whys[DUTY] = "the service answered 500"
    play.publish("press", ("t1", THREAT))
    play.poll()
    waking.wake_all(play.app, play.clock())
    delivering.deliver_all(play.app, play.clock())

    (row,) = _lines(_run(play, "outbox", "--json"))
    table, health = _run(play, "outbox"), _run(play, "health")

    assert (row["channel"], row["state"], row["error"]) == (
        "wake",
        "pending",
        "wake-urls, line 1: the service answered 500",
    )
    assert " wake " in table.stdout
    assert "Somebody who was to be woken could not be" in health.stdout
    assert "queue 0" in health.stdout
    assert max(map(len, health.stdout.splitlines())) <= 80
    assert health.exit_code == LOOK


@pytest.mark.parametrize(
    ("lists", "told"),
    [
        ({"duty": DUTY}, "Woken with each of their mails, over the list of [wake]: the head, DSL, chair."),
        ({"head": "json://a"}, "Woken with each of their mails, over a list of their own: the head."),
        ({"head": "json://a"}, "Not woken, because nothing says over what: the DSL, chair."),
    ],
    ids=["one list", "their own", "nothing"],
)
def test_a_story_says_who_is_woken_for_it(play: Play, lists: dict[str, str], told: str) -> None:
    wakeful(play, **lists)
    play.publish("press", ("t1", THREAT))
    play.poll()

    shown = _run(play, "incidents", "show", "R1", "--explain")

    assert told in shown.stdout


def test_a_round_by_hand_wakes_once_and_first(play: Play, ring: Service) -> None:
    wakeful(play, duty=ring.url())
    play.clock.now = datetime(2026, 11, 3, 10, 15, tzinfo=UTC)
    play.publish("press", ("t1", THREAT))
    play.poll()

    told = _run(play, "deliver", "--json")

    channels = [line["channel"] for line in _lines(told)]
    assert channels[0] == "wake"
    assert set(channels[1:]) == {"mail"}
    assert len(ring.heard) == 1
