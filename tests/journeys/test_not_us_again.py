"""Promise: a copy of what was closed as *not us* joins it without a word, unless it is graver; a link alone proves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.facts import MentionRow
from monitor.kinship import Group
from monitor.store import incidents, mentions
from tests.journeys.play import INSULT, THREAT, Play
from tests.torture.mutants import patched

COLD = "Dinner at Holm Nook Primary was stone cold again and the portions are tiny, what are we paying for, everyone knows it."
NEAR = COLD.replace("everyone knows it", "everyone knows that")


@pytest.fixture
def dismissed(play: Play) -> Play:
    """A house in which one story was told, and closed as not about the school."""
    play.publish("press", ("i1", COLD))
    play.round()
    with play.app.store.write() as tx:
        assert incidents.not_us(tx, 1, by="head", via="command line", now=play.clock())
    play.clock.advance(timedelta(hours=1))
    play.channel.sent.clear()
    return play


def _find(play: Play, *posts: tuple[str, str]) -> MentionRow:
    """Publish in the other place, look, deliver; the mention that came of it."""
    play.publish("blog", *posts)
    play.round()
    with play.app.store.read() as tx:
        return mentions.listing(tx)[0]


@pytest.mark.parametrize("words", [COLD, NEAR], ids=["the same", "nearly the same"])
def test_a_copy_is_kept_with_the_closed_story_and_nobody_hears_of_it(words: str, dismissed: Play) -> None:
    found = _find(dismissed, ("copy", words))

    assert dismissed.subjects == []
    assert (found.incident_id, found.duplicate_of, found.verdict) == (1, 1, "not_us")
    assert (found.author, found.clock, found.due_at) == ("", "", None)
    with dismissed.app.store.read() as tx:
        assert [story.closed_at is None for story in incidents.listing(tx)] == [False]


def test_another_text_is_told_whatever_it_links_to(dismissed: Play) -> None:
    with dismissed.app.store.read() as tx:
        link = mentions.listing(tx)[0].url
    feed = (
        f"<rss version='2.0'><channel><title>blog</title><item><guid>t</guid><link>{link}</link>"
        f"<description>{THREAT}</description></item></channel></rss>"
    )
    dismissed.answer("blog", feed.encode())
    dismissed.round()

    assert {to for to, _ in dismissed.subjects} == {"head", "dsl"}


def test_a_copy_that_is_graver_than_the_story_was_is_told(dismissed: Play) -> None:
    found = _find(dismissed, ("copy", f"{COLD} Tomorrow I will bring a knife to school and hurt her."))
    assert found.severity.word == "critical"

    assert {to for to, _ in dismissed.subjects} == {"head", "dsl"}
    assert (found.incident_id, found.verdict) == (2, "")


def test_a_grave_copy_from_elsewhere_is_told_whatever_was_closed(play: Play) -> None:
    """Or whoever repeats a grave text first could have it closed as nonsense, and silence those whom it concerns."""
    play.publish("press", ("i1", INSULT))
    play.round()
    with play.app.store.write() as tx:
        assert incidents.not_us(tx, 1, by="head", via="command line", now=play.clock())
    play.channel.sent.clear()

    assert _find(play, ("copy", INSULT)).verdict == ""
    assert {to for to, _ in play.subjects} == {"head"}


def test_a_copy_of_a_story_that_was_opened_again_belongs_to_that(dismissed: Play) -> None:
    with dismissed.app.store.write() as tx:
        incidents.reopen(tx, 1, by="head", via="command line", now=dismissed.clock())

    found = _find(dismissed, ("copy", NEAR))

    assert (found.incident_id, found.verdict) == (1, "")
    with dismissed.app.store.read() as tx:
        story = incidents.get(tx, 1)
    assert story is not None
    assert story.count == 2


def test_the_journey_finds_a_deliberate_break(dismissed: Play) -> None:
    with patched((Group, "dismissed_as", lambda *_: None)):
        assert _find(dismissed, ("copy", NEAR)).verdict == ""
    assert dismissed.subjects != []
