"""Promise: a hostile source that says it first, under another's id, link and words, neither hides nor owns it.

The watch reads an open forum that anybody may write to, and a newspaper. The forum takes the newspaper's guid,
link and words before the newspaper speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import dedupe
from monitor.app import App
from monitor.facts import MentionRow
from monitor.store import incidents
from sources.base import Entry
from tests.hostile.stage import TUESDAY, Post, Stage, parsed, part, stage, stored

LINK = "https://paper.example/news/7"
VICTIM = Post(
    guid="paper-7",
    link=LINK,
    author="A reporter",
    text="I will come to Holm Nook Primary tomorrow with a knife and hurt that teacher at the gate.",
)
COMPLAINT = replace(
    VICTIM,
    text="Holm Nook Primary ignored three letters about my son being bullied and the head lied to us about it all.",
)
PRAISE = "What a lovely day at Holm Nook Primary, thank you all for the cakes and the singing."
FORUM, PAPER = "Open forum", "Paper"


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        made.set_up({FORUM: made.feed("/forum.xml"), PAPER: made.feed("/paper.xml")})
        made.publish("/forum.xml", Post(text="nothing", guid="f-0"))
        made.publish("/paper.xml", Post(text="nothing", guid="p-0"))
        yield made


def _of(rows: tuple[MentionRow, ...], source: str) -> MentionRow:
    (row,) = (row for row in rows if row.source == source)
    return row


def heard(play: Stage, app: App, path: str, *posts: Post) -> str:
    """Publish, look a quarter of an hour later, and return what the new mails say."""
    before = play.raw_mails()
    play.now += timedelta(minutes=15)
    play.publish(path, *(replace(post, at=play.now - timedelta(minutes=1)) for post in posts))
    play.look(app)
    return "\n".join(part(parsed(raw), "plain") for raw in play.raw_mails() if raw not in before)


@pytest.mark.parametrize("victim", [VICTIM, COMPLAINT], ids=["a threat", "a complaint"])
def test_the_same_id_link_and_words_first_hide_nothing(victim: Post, play: Stage) -> None:
    with play.opened(caged=False) as app:
        play.look(app)
        told = heard(play, app, "/forum.xml", victim)
        assert FORUM in told
        assert PAPER not in told
        heard(play, app, "/paper.xml", victim)
        rows = stored(app)
        ours, theirs = _of(rows, PAPER), _of(rows, FORUM)
        assert ours.key != theirs.key
        assert (ours.text, ours.url) == (victim.text, LINK)
        assert ours.severity is theirs.severity
        assert ours.incident_id == theirs.incident_id, "it stands in the story under its own name"


@pytest.mark.parametrize("ending", ["done", "not us"])
def test_a_story_of_the_forum_that_was_closed_does_not_close_the_papers(ending: str, play: Stage) -> None:
    with play.opened(caged=False) as app:
        play.look(app)
        heard(play, app, "/forum.xml", VICTIM)
        with app.store.write() as tx:
            (story,) = incidents.listing(tx)
            if ending == "done":
                incidents.close(
                    tx, story.id, outcome="answered", note="", by="office", via="cli", now=play.now
                )
            else:
                incidents.not_us(tx, story.id, by="office", via="cli", now=play.now)
        told = heard(play, app, "/paper.xml", VICTIM)
        assert PAPER in told
        assert "knife" in told


@pytest.mark.parametrize("words", [PRAISE, "Holm Nook Primary", "Holm Nook Primary " + "la " * 3_000])
def test_harmless_words_under_the_papers_id_and_link_hide_nothing(words: str, play: Stage) -> None:
    with play.opened(caged=False) as app:
        play.look(app)
        heard(play, app, "/forum.xml", replace(VICTIM, text=words))
        told = heard(play, app, "/paper.xml", VICTIM)
        assert "knife" in told
        assert f"{PAPER}, posted" in told


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Tonight I burn down Holm Nook Primary with petrol and everybody who is in it.", VICTIM.text),
        (
            "Holm Nook Primary head is scum, you pathetic bitch, I hope you lose your job and never work again.",
            "The head of Holm Nook Primary is a useless lying cow, everyone email her until she quits.",
        ),
    ],
    ids=["a threat", "abuse"],
)
def test_other_words_as_grave_under_the_papers_link_hide_nothing(first: str, then: str, play: Stage) -> None:
    with play.opened(caged=False) as app:
        play.look(app)
        assert FORUM in heard(play, app, "/forum.xml", replace(VICTIM, text=first))
        told = heard(play, app, "/paper.xml", replace(VICTIM, text=then))
        assert f"{PAPER}, posted" in told
        grave = [_of(stored(app), source) for source in (FORUM, PAPER)]
        assert grave[0].severity is grave[1].severity
        assert grave[0].categories[0] is grave[1].categories[0]


def test_what_the_forum_changes_later_does_not_change_the_papers(play: Stage) -> None:
    with play.opened(caged=False) as app:
        play.look(app)
        heard(play, app, "/forum.xml", VICTIM)
        heard(play, app, "/paper.xml", VICTIM)
        before = _of(stored(app), PAPER)
        heard(play, app, "/forum.xml", replace(VICTIM, text=PRAISE, link="https://elsewhere.example/"))
        assert _of(stored(app), PAPER) == before
        play.publish("/forum.xml", Post(text="gone", guid="f-1"))
        play.now += timedelta(minutes=15)
        play.look(app)
        assert _of(stored(app), PAPER) == before


def test_a_forum_that_floods_with_the_papers_words_does_not_hide_another_threat(play: Stage) -> None:
    flood = [replace(VICTIM, guid=f"f-{n}", link=f"{LINK}?{n}") for n in range(300)]
    other = replace(VICTIM, guid="p-8", link="https://paper.example/news/8", text=COMPLAINT.text)
    with play.opened(caged=False) as app:
        play.look(app)
        heard(play, app, "/forum.xml", *flood)
        told = heard(play, app, "/paper.xml", VICTIM, other)
        assert "three letters" in told


def test_source_and_host_are_told_apart(play: Stage) -> None:
    lying = replace(VICTIM, author="Paper <paper@paper.example>", title="Paper: paper.example reports")
    with play.opened(caged=False) as app:
        play.look(app)
        told = heard(play, app, "/forum.xml", replace(lying, link="https://forum.example/?u=paper.example"))
        assert f"{FORUM}, posted" in told
        assert "Open the post: https://forum.example/" in told
        assert f"{PAPER}, posted" not in told
        assert "paper@paper.example" not in told


def test_an_identity_includes_the_source() -> None:
    entry = Entry(id="paper-7", url=LINK, text=VICTIM.text, published=TUESDAY)
    assert dedupe.keys("feed:a", entry).key != dedupe.keys("feed:b", entry).key


def test_without_the_source_in_the_identity_the_forum_would_own_the_papers_words(
    play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A break: were a post known by its id alone, the newspaper's would never be stored."""
    keys = dedupe.keys
    monkeypatch.setattr(dedupe, "keys", lambda _, entry: keys("feed:any", entry))
    with play.opened(caged=False) as app:
        play.look(app)
        heard(play, app, "/forum.xml", replace(VICTIM, text=PRAISE))
        heard(play, app, "/paper.xml", VICTIM)
        assert len({row.source for row in stored(app)}) == 1
