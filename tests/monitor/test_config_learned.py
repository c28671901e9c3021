"""Promise: what was accepted lies in a file of its own, is replaced as a whole, and counts as if the school's file said it."""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path

import pytest

from monitor import config
from monitor.errors import ConfigError
from tests.monitor.configurations import SCHOOL, loaded, problems, settle

FILE = Path("learned/holm-nook.toml")
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _beside_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, monkeypatch)


def _words() -> list[str]:
    return [one.words for one in loaded().schools["holm-nook"].learned]


def test_without_the_file_nothing_is_learned() -> None:
    school = loaded().schools["holm-nook"]

    assert school.learned == ()
    assert school.learned_in == FILE
    assert school.settings.context.negative is None


def test_what_is_accepted_counts_with_what_the_school_file_says() -> None:
    assert config.accept(FILE, "quiz league", TODAY)
    assert config.accept(FILE, "*kick off", TODAY)

    school = loaded(school=SCHOOL + '[context.negative]\nwords = ["fjord"]\n').schools["holm-nook"]

    assert school.settings.context.negative
    assert school.settings.context.negative.words == ("fjord", "quiz league", "*kick off")
    assert [one.accepted for one in school.learned] == [TODAY, TODAY]


def test_what_was_accepted_is_not_accepted_twice_but_may_count_double() -> None:
    assert config.accept(FILE, "kick off", TODAY)
    assert not config.accept(FILE, "kick off", TODAY)
    assert config.accept(FILE, "*kick off", TODAY)
    assert _words() == ["*kick off"]


def test_what_was_accepted_can_be_taken_back() -> None:
    assert not config.forget(FILE, "kick off")
    config.accept(FILE, "*kick off", TODAY)
    config.accept(FILE, "quiz league", TODAY)

    assert config.forget(FILE, "kick off")
    assert not config.forget(FILE, "kick off")
    assert _words() == ["quiz league"]


def test_everybody_who_may_enter_the_folder_may_read_the_file() -> None:
    before = os.umask(0o077)
    try:
        config.accept(FILE, "kick off", TODAY)
        config.accept(FILE, "quiz league", TODAY)
    finally:
        os.umask(before)

    assert stat.S_IMODE(FILE.stat().st_mode) == 0o644
    assert stat.S_IMODE(FILE.parent.stat().st_mode) == 0o755
    assert list(FILE.parent.iterdir()) == [FILE], "no half-written file stays behind"


def test_a_write_that_fails_leaves_the_old_file_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    config.accept(FILE, "kick off", TODAY)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ConfigError, match="no space left on device; run it as the owner"):
            config.accept(FILE, "quiz league", TODAY)

    assert list(FILE.parent.iterdir()) == [FILE]
    assert '"kick off"' in FILE.read_text()
    assert "quiz" not in FILE.read_text()


def test_a_folder_that_cannot_be_made_is_told() -> None:
    FILE.parent.write_text("in the way")

    with pytest.raises(ConfigError, match="cannot be written"):
        config.accept(FILE, "kick off", TODAY)
    assert _words() == [], "where there is no folder there is nothing to read"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("exclusion = 1", 'exclusion: expected a list such as ["…"], got 1'),
        ('[[exclusion]]\nwords = "kick off"', "exclusion[1].accepted: is missing"),
        (
            '[[exclusion]]\nwords = "(a+)+"\naccepted = 2026-11-24',
            "exclusion[1].words: expected one to four words in small letters such as \"quiz league\", got '(a+)+'",
        ),
        ("words = ", 'line 1: not TOML: invalid value; text stands in straight quotes: name = "…"'),
    ],
)
def test_a_file_that_somebody_broke_is_told_and_not_overwritten(content: str, told: str) -> None:
    FILE.parent.mkdir()
    FILE.write_text(content)

    assert problems() == [f"{FILE}: {told}"]
    with pytest.raises(ConfigError):
        config.accept(FILE, "kick off", TODAY)
    with pytest.raises(ConfigError):
        config.forget(FILE, "kick off")
    assert FILE.read_text() == content
