"""Promise: a story that names the school only in its seventh paragraph is found and mailed; little of it is kept."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from monitor import config as configuration
from monitor.store import mentions
from sources.base import Answer
from tests.fakes import answer
from tests.journeys.play import Play

FILLER = "".join(
    f"<p>Paragraph {number}: the inspectors came again and said at some length what they always say.</p>"
    for number in range(1, 7)
)
GRAVE = (
    "A man threatened to come back to Holm Nook Primary in Ribbleton with a knife and stab a teacher there."
)
STORY = f"<html><body><article>{FILLER}<p>{GRAVE}</p>{FILLER * 20}</article></body></html>"
OTHER = f"<html><body><article>{FILLER}</article><aside>Holm Nook Primary wins a prize</aside></body></html>"


def story(page: str) -> Answer:
    return answer(page, headers={"content-type": "text/html"})


def read_articles(play: Play) -> None:
    """Switch the second look on, as an operator does, and reload."""
    path = play.app.config.path.parent / "schools" / "holm-nook.toml"
    path.write_text(
        path.read_text().replace(
            '"http://press.test/feed"', '"http://press.test/feed"\narticles = true\nmedium = "news"'
        )
    )
    renewed = play.app.renewed(configuration.load(play.app.config.path, environ={}))
    play.app = dataclasses.replace(renewed, channel=play.channel, fetcher=play.web)


def stored(play: Play) -> list[str]:
    with play.app.store.read() as tx:
        return [row.source for row in mentions.listing(tx)]


def asked(play: Play) -> list[str]:
    return [call.url for call in play.web.calls if not call.url.endswith("/feed")]


@pytest.fixture
def press(play: Play) -> Play:
    read_articles(play)
    play.web.web["http://press.test/a1"] = [story(STORY)]
    play.web.web["http://press.test/a2"] = [story(OTHER)]
    return play


def test_a_school_that_is_named_in_the_seventh_paragraph_is_found_and_mailed(press: Play) -> None:
    press.publish(
        "press", ("a1", "Police were called to a school in Preston."), ("a2", "Pupils plant trees.")
    )
    press.poll()

    assert stored(press) == ["press"]
    assert asked(press) == ["http://press.test/a1", "http://press.test/a2"]
    assert all(call.obey_robots for call in press.web.calls if not call.url.endswith("/feed"))
    press.deliver()
    assert {to for to, _ in press.subjects} >= {"head", "dsl"}
    with press.app.store.read() as tx:
        (shown,) = mentions.listing(tx)
        assert len(shown.text) <= 2_000
        assert "Holm Nook Primary" in shown.text


def test_nothing_is_asked_for_or_told_again(press: Play) -> None:
    press.publish("press", ("a1", "Police were called to a school in Preston."))
    press.poll()
    press.deliver()
    told = len(press.channel.sent)
    for _ in range(3):
        press.clock.advance(timedelta(minutes=30))
        press.poll()
        press.deliver()

    assert asked(press) == ["http://press.test/a1"]
    assert len(press.channel.sent) == told
    assert stored(press) == ["press"]


def test_a_headline_that_hints_at_nobody_costs_no_request(press: Play) -> None:
    press.publish("press", ("a1", "North End win again."))
    press.poll()

    assert asked(press) == []
    assert stored(press) == []


def test_after_a_reload_with_other_places_what_is_still_listed_is_judged_by_the_new_hints(
    press: Play,
) -> None:
    press.publish("press", ("a1", "Police were called in Blackburn."))
    press.poll()
    assert asked(press) == []
    path = press.app.config.path.parent / "schools" / "holm-nook.toml"
    path.write_text(
        path.read_text().replace('locality = ["Ribbleton"', 'locality = ["Blackburn", "Ribbleton"')
    )
    renewed = press.app.renewed(configuration.load(press.app.config.path, environ={}))
    press.app = dataclasses.replace(renewed, channel=press.channel, fetcher=press.web)
    press.poll()

    assert asked(press) == ["http://press.test/a1"]
    assert stored(press) == ["press"]


def test_the_hints_of_every_school_that_watches_a_feed_count(press: Play) -> None:
    monitor = press.app.config.path
    first = monitor.parent / "schools" / "holm-nook.toml"
    second = first.read_text().replace("Holm Nook", "Moor Nook").replace("holm nook", "moor nook")
    first.with_name("moor-nook.toml").write_text(second.replace('"Ribbleton", "Preston"', '"Longridge"'))
    monitor.write_text(monitor.read_text().replace('.toml"]', '.toml", "schools/moor-nook.toml"]'))
    renewed = press.app.renewed(configuration.load(monitor, environ={}))
    press.app = dataclasses.replace(renewed, channel=press.channel, fetcher=press.web)
    press.publish("press", ("a1", "Police were called in Longridge."))
    press.poll()

    assert asked(press) == ["http://press.test/a1"]
    assert stored(press) == ["press"]  # about the first school, whose own places the headline does not name


def test_old_articles_that_had_to_wait_at_the_first_look_are_stored_and_not_told(press: Play) -> None:
    posts = [(f"a{number}", "Police were called to a school in Preston.") for number in range(1, 8)]
    press.web.web.update({f"http://press.test/a{number}": [story(STORY)] for number in range(1, 8)})
    press.publish("press", *posts, at=press.clock() - timedelta(days=5))
    press.poll()
    press.deliver()
    told = len(press.channel.sent)
    press.clock.advance(timedelta(minutes=30))
    press.poll()
    press.deliver()

    assert len(asked(press)) == 7
    assert len(stored(press)) == 7
    assert len(press.channel.sent) == told
