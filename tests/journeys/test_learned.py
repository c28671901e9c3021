"""Promise: what people close as not us becomes a proposal, and only a person who accepts it changes what is found."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor import config as configuration
from monitor.cli import cli
from monitor.store import incidents, mentions, purge
from tests.journeys.play import Play

CLUB = (
    (
        "press",
        "At Holm Nook the kick off was late, parents shouting at my son and other children in the dugout. Disgraceful.",
    ),
    (
        "blog",
        "My lad, my daughter and the kids at Holm Nook sat in the dugout from kick off on, total farce. Unacceptable.",
    ),
)
"""Of Holm Nook FC, though neither says so."""
NEXT = "My lad sat in the dugout at Holm Nook all morning."
REAL = "My son cried all night, the teachers at Holm Nook shout at the kids every day. Disgraceful."
CRITICAL = "A man with a knife was standing in the dugout at Holm Nook when my son came out."


class Pupil:
    """The command line beside a house that has learnt nothing yet."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.file = play.app.config.path.parent / "learned" / "holm-nook.toml"

    def rules(self, *words: str) -> Result:
        return CliRunner().invoke(
            cli, ["--config", str(self.play.app.config.path), "rules", *words], catch_exceptions=False
        )

    def told(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.rules(*words, "--json").stdout.splitlines()]

    def proposals(self, *words: str) -> dict[str, dict[str, Any]]:
        return {one["words"]: one for one in self.told(*words) if one["what"] == "proposal"}

    def reload(self) -> None:
        app = self.play.app
        self.play.app = app.renewed(configuration.load(app.config.path, environ={}))

    def texts(self) -> list[str]:
        with self.play.app.store.read() as tx:
            return [row.text for row in mentions.listing(tx)]


@pytest.fixture
def pupil(play: Play) -> Pupil:
    """Two posts about the club came as stories and were closed as not us; one about the school stays open."""
    for place, text in CLUB:
        play.publish(place, ("club", text))
    play.round()
    with play.app.store.write() as tx:
        for story in incidents.listing(tx):
            assert incidents.not_us(tx, story.id, by="head", via="cli", now=play.clock())
    return Pupil(play)


def test_the_next_post_about_the_club_is_not_found_and_a_real_one_is(pupil: Pupil) -> None:
    found = pupil.proposals()
    assert found["*dugout"]["gains"] == {"gone": ["M1", "M2"], "doubted": []}
    assert found["*kick off"]["loses"] == {"gone": [], "doubted": []}
    assert not pupil.file.exists(), "looking teaches nothing"

    assert pupil.rules("--accept", "*dugout").exit_code == 0
    pupil.reload()
    pupil.play.publish("press", ("next", NEXT), ("real", REAL))
    pupil.play.round()

    assert REAL in pupil.texts()
    assert NEXT not in pupil.texts()
    assert "*dugout" not in pupil.proposals(), "what is known is not proposed again"


def test_without_accepting_the_next_post_is_found(pupil: Pupil) -> None:
    pupil.rules()
    pupil.reload()
    pupil.play.publish("press", ("next", NEXT))
    pupil.play.round()

    assert NEXT in pupil.texts()


def test_what_is_taken_back_is_found_again(pupil: Pupil) -> None:
    pupil.rules("--accept", "*dugout")
    [fact] = pupil.told("--forget", "Dugout")
    assert fact["changed"]
    pupil.reload()
    pupil.play.publish("press", ("next", NEXT))
    pupil.play.round()

    assert NEXT in pupil.texts()
    assert pupil.rules("--forget", "dugout").exit_code == 2


def test_what_would_have_lost_a_critical_alert_is_refused_without_force(pupil: Pupil) -> None:
    pupil.play.publish("press", ("grave", CRITICAL), *((f"real {at}", f"{REAL} {at}") for at in range(4)))
    pupil.play.round()

    one = pupil.proposals()["dugout"]
    refused = pupil.rules("--accept", "dugout")

    assert one["refused"]
    [lost] = one["alerts_lost"]
    assert refused.exit_code == 1
    assert f"{lost} (critical or high)" in refused.stderr
    assert not pupil.file.exists()
    assert f"refused: {lost}" in pupil.rules().stdout
    assert pupil.rules("--accept", "dugout", "--force").exit_code == 0
    assert '"dugout"' in pupil.file.read_text()


def test_a_number_means_the_proposal_that_was_shown(pupil: Pupil) -> None:
    number = pupil.proposals()["*dugout"]["number"]

    told = pupil.rules("--accept", str(number))

    assert told.exit_code == 0
    assert '[context.negative]\nwords = ["*dugout"]' in told.stdout
    assert str(pupil.file) in told.stdout
    assert pupil.rules("--accept", "99").exit_code == 2


def test_the_whole_line_is_told_with_what_the_school_file_has(pupil: Pupil) -> None:
    school = Path(pupil.play.app.config.schools["holm-nook"].file)
    school.write_text(school.read_text() + '\n[context.negative]\nwords = ["fjord"]\n')
    pupil.rules("--accept", "dugout")

    [fact] = pupil.told("--accept", "*kick off")

    assert fact["line"] == '[context.negative]\nwords = ["fjord", "*kick off"]', (
        "what was learned stands elsewhere"
    )
    assert fact["changed"]


def test_what_was_accepted_is_listed_and_checked(pupil: Pupil) -> None:
    pupil.rules("--accept", "*dugout")

    assert "Accepted on" in pupil.rules().stdout
    assert [one["words"] for one in pupil.told() if one["what"] == "accepted"] == ["*dugout"]
    check = CliRunner().invoke(cli, ["--config", str(pupil.play.app.config.path), "check"])
    assert 'accepted from “not us”: "*dugout"' in check.stdout


def test_what_one_source_alone_says_is_kept_back_until_asked_for(pupil: Pupil) -> None:
    assert "*sat" not in pupil.proposals()
    assert "*sat" in pupil.proposals("--all")
    assert "rules --all" in pupil.rules().stdout
    assert "--all" in pupil.rules("--accept", "*sat").stderr
    assert pupil.rules("--accept", "*sat", "--all").exit_code == 0


@pytest.mark.parametrize("words", ["fc", "jayden", "holm nook", "knife", "teacher", "submarine"])
def test_what_must_not_or_cannot_be_learned_is_wrong_usage(words: str, pupil: Pupil) -> None:
    told = pupil.rules("--accept", words)

    assert told.exit_code == 2
    assert not pupil.file.exists()


def test_accept_and_forget_together_are_wrong_usage(pupil: Pupil) -> None:
    assert pupil.rules("--accept", "1", "--forget", "dugout").exit_code == 2


def test_how_much_could_be_looked_at_is_told(pupil: Pupil) -> None:
    [read] = [one for one in pupil.told() if one["what"] == "history"]

    assert (read["not_us_stories"], read["unreadable_stories"], read["not_us"], read["ours"]) == (2, 0, 2, 0)
    assert "2 stories were closed as not us" in pupil.rules().stdout
    assert "read each proposal with care" in pupil.rules().stdout


def test_a_folder_that_cannot_be_written_is_told_with_the_line_to_write_by_hand(pupil: Pupil) -> None:
    pupil.file.parent.write_text("in the way")

    told = pupil.rules("--accept", "*dugout")

    assert told.exit_code == 2
    assert 'words = ["*dugout"]' in told.stdout
    assert "cannot be written" in told.stderr


def test_no_name_is_shown(pupil: Pupil) -> None:
    for place, text in CLUB:
        pupil.play.publish(place, ("named", f"{text} Ask Jayden Kowalski, jayden@club.test"))
    pupil.play.round()
    with pupil.play.app.store.write() as tx:
        for story in incidents.listing(tx, open_only=True):
            incidents.not_us(tx, story.id, by="head", via="cli", now=pupil.play.clock())

    told = pupil.rules("--all").stdout + pupil.rules("--all", "--json").stdout

    assert "jayden" not in told.casefold()
    assert "kowalski" not in told.casefold()


def test_what_cannot_be_looked_at_any_more_is_told(pupil: Pupil) -> None:
    pupil.play.clock.now += timedelta(days=400)
    with pupil.play.app.store.write() as tx:
        purge.purge(tx, pupil.play.clock())

    told = pupil.rules().stdout

    assert "2 of them cannot be looked at" in told
    assert "Nothing to propose." in told


def test_posts_that_no_word_can_help_with_are_told(pupil: Pupil) -> None:
    pupil.play.publish("press", ("full", "Holm Nook Primary is a useless game, I hate the dugout level."))
    pupil.play.round()
    with pupil.play.app.store.write() as tx:
        for story in incidents.listing(tx, open_only=True):
            incidents.not_us(tx, story.id, by="head", via="cli", now=pupil.play.clock())
    pupil.rules("--accept", "*dugout")

    told = pupil.rules().stdout

    assert "1 post that is not ours nevertheless had a full name" in told
    assert "2 stored posts would not match any more as it is" in told
