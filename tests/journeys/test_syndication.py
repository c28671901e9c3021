"""Promise: one story in forty newspapers is one alert, and one more when the national press takes it up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.base import Severity
from monitor import config as configuration
from monitor.store import incidents
from tests.journeys.play import SCHOOL, Play

LOCAL = [f"paper{number:02}" for number in range(39)]
MERGER = (
    "Parents of Holm Nook Community Primary School in Ribbleton have complained that the council did not ask them about"
    " plans to merge it with a neighbouring school, and have started a petition against the merger."
)
STORY = (
    "A teaching assistant at Holm Nook Community Primary School in Ribbleton has been interviewed under caution after a"
    " pupil was hit, and parents have asked for an inquiry, detectives said on Monday."
)


@pytest.fixture
def press(play: Play) -> Play:
    """Forty newspapers, the last of which the whole country reads."""
    papers = "".join(
        f'[[source]]\nname = "{name}"\nkind = "feed"\nurl = "http://{name}.test/feed"\nmedium = "news"\n'
        for name in LOCAL
    )
    national = '[[source]]\nname = "times"\nkind = "feed"\nurl = "http://times.test/feed"\nmedium = "news"\nreach = "national"\n'
    head, sep, people = SCHOOL.partition("[[person]]")
    file = play.app.config.path
    (file.parent / "schools" / "holm-nook.toml").write_text(head + papers + national + sep + people)
    allowed = ", ".join(f'"{name}.test:80"' for name in ("press", "blog", *LOCAL, "times"))
    file.write_text(file.read_text().replace('"press.test:80", "blog.test:80"', allowed))
    play.app = replace(
        play.app.renewed(configuration.load(file, environ={})), fetcher=play.web, channel=play.channel
    )
    for name in (*LOCAL, "times"):
        play.publish(name)
    play.poll()
    return play


def heard(play: Play) -> list[str]:
    """Subjects of what the head got."""
    play.deliver()
    return [sent.message.subject for sent in play.channel.sent if sent.to.address == "head@school.test"]


def later(play: Play, text: str, *papers: str) -> None:
    """An hour on, these papers have it."""
    play.clock.advance(timedelta(hours=1))
    for name in papers:
        play.publish(name, ("g1", text))
    play.poll()


@pytest.mark.parametrize(
    ("text", "at_a_time", "grade", "note"),
    [
        (STORY, 13, Severity.CRITICAL, "Now in the national press too."),
        (MERGER, 39, Severity.HIGH, "Now in the national press, so one band higher"),
    ],
    ids=["grave", "medium"],
)
def test_forty_papers_are_one_alert_and_one_more_for_the_national_press(
    press: Play, text: str, at_a_time: int, grade: Severity, note: str
) -> None:
    for first in range(0, len(LOCAL), at_a_time):
        later(press, text, *LOCAL[first : first + at_a_time])
        assert heard(press)
    alerts = _alerts(press)
    later(press, text, "times")
    heard(press)

    assert alerts == 1
    assert _alerts(press) == 2
    assert any(note in " ".join(sent.message.text.split()) for sent in press.channel.sent)
    with press.app.store.read() as tx:
        (story,) = incidents.listing(tx)
    assert (story.count, story.severity) == (40, grade)


def _alerts(play: Play) -> int:
    with play.app.store.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT id FROM notification WHERE kind = 'alert'").all()
    return len(rows)
