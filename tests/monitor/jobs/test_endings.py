"""Promise: a secret that ends soon is told of by mail three times, not every day, and stands in the digest meanwhile."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from monitor import config as configuration
from monitor import digest as weekly
from monitor.jobs import delivering, reporting
from monitor.store import polls
from monitor.store.polls import Unchanged
from sources.base import Concern
from tests.journeys.play import Play

TABLE = """
[microsoft]
tenant = "school.test"
client_id = "11111111-2222-3333-4444-555555555555"
secret = { file = "microsoft-secret" }
secret_expires = 2027-02-01
"""
DAY = timedelta(days=1)


def _ending(play: Play, table: str = TABLE) -> None:
    path = play.app.config.path
    path.write_text(path.read_text().partition("[microsoft]")[0] + table)
    play.app = dataclasses.replace(play.app, config=configuration.load(path, environ={}))
    play.poll()


def _told(play: Play, days: int) -> list[str]:
    """Go on for some days, looking twice a day; the lines about it that went out."""
    before = len(play.channel.sent)
    for _ in range(days * 2):
        reporting.tell_endings(play.app, play.clock())
        delivering.deliver_all(play.app, play.clock(), everything=True)
        play.clock.advance(DAY / 2)
    sent = [mail.message.text for mail in play.channel.sent[before:]]
    return [line for text in sent for line in text.splitlines() if "client secret" in line]


def test_three_mails_come_before_the_end_each_once(play: Play) -> None:
    _ending(play)
    told = _told(play, 90)

    assert len(told) == 3
    assert ["in 60 days" in told[0], "in 30 days" in told[1], "in 7 days" in told[2]] == [True] * 3
    assert "Mon 1 Feb 2027" in told[0]


def test_a_new_secret_begins_anew(play: Play) -> None:
    _ending(play, TABLE.replace("2027-02-01", "2026-12-01"))
    first = _told(play, 4)
    _ending(play, TABLE.replace("2027-02-01", "2026-12-31"))
    second = _told(play, 1)

    assert len(first) == 1
    assert len(second) == 1


def test_a_token_of_a_source_is_told_of_twice_and_stands_in_the_digest(play: Play) -> None:
    play.poll()
    now = play.clock()
    token = Concern(what="the token", remedy="make a new client secret", ends=now + 16 * DAY)
    with play.app.store.write() as tx:
        [task, *_] = polls.active(tx)
        said = Unchanged(
            source_id=task.id, checkpoint={}, now=now, next_poll_at=now + 40 * DAY, concerns=(token,)
        )
        polls.record_unchanged(tx, [said])

    told = " ".join(_told(play, 20))
    assert told.count("make a new client secret") == 2
    when = weekly.week_of(play.clock(), play.app.config.schools["holm-nook"].settings.school.timezone)
    built = reporting.build_digest(play.app, "holm-nook", when)
    assert any(f"At {task.name} the token ended on" in line for line in built.coming_up)


def test_without_a_date_nothing_is_told(play: Play) -> None:
    _ending(play, TABLE.replace("secret_expires = 2027-02-01\n", ""))
    assert _told(play, 100) == []


def test_the_digest_tells_of_it_among_what_comes_and_governors_do_not_read_it(play: Play) -> None:
    _ending(play, TABLE.replace("2027-02-01", "2026-12-20"))
    now = play.clock()
    when = weekly.week_of(now, play.app.config.schools["holm-nook"].settings.school.timezone)

    assert any(
        "client secret" in line for line in reporting.build_digest(play.app, "holm-nook", when).coming_up
    )
    governors = reporting.build_digest(play.app, "holm-nook", when, governors=True)
    assert not any("client secret" in line for line in governors.coming_up)
