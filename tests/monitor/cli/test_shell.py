"""Promise: what a command prints can be read on a terminal as it opens, on a telephone's, and in a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from monitor.cli.shell import shortened, table, wrapped
from tests.journeys.play import Play

COLUMNS = ("story", "severity", "category", "posts", "decide by", "owner")
COMPLAINT = (
    "My son has been promised support since September and Holm Nook Primary School never answers. A disgrace."
)
ROW = ("R6", "critical", "staff_abuse_harassment", "1", "Tue 24 Nov 13:20", "–")


@pytest.fixture(name="printed")
def _printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[int], str]:
    def at(width: int) -> str:
        monkeypatch.setenv("TTY_COMPATIBLE", "1")
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("TERM", "dumb")
        monkeypatch.setenv("COLUMNS", str(width))
        table("Stories", COLUMNS, [ROW], empty="none")
        return capsys.readouterr().out

    return at


def test_a_wide_terminal_gets_a_table_with_whole_words(printed: Callable[[int], str]) -> None:
    told = printed(80)
    assert "───" in told
    assert "staff_abuse_harassment" in told


@pytest.mark.parametrize("width", [38, 60])
def test_a_narrow_terminal_gets_a_paragraph_with_whole_words(
    printed: Callable[[int], str], width: int
) -> None:
    told = printed(width)
    assert "───" not in told
    assert "staff_abuse_harassment" in told
    assert "category" in told
    assert "owner" not in told  # nobody is
    assert max(map(len, told.splitlines())) <= width


def test_a_table_without_rows_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    table("Stories", COLUMNS, [], empty="No story.")
    assert capsys.readouterr().out == "No story.\n"


@pytest.mark.parametrize(("columns", "most"), [(38, 38), (200, 80), (3, 24)])
def test_a_sentence_fits_the_terminal_and_is_never_longer_than_eighty(
    monkeypatch: pytest.MonkeyPatch, columns: int, most: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = wrapped("to and fro " * 40, "", "  ").splitlines()
    assert most - len("and   ") < max(map(len, lines)) <= most


def test_a_story_whose_mail_waits_for_its_hour_says_so(play: Play) -> None:
    play.publish("press", ("t1", COMPLAINT))
    play.poll()

    told = CliRunner().invoke(
        cli, ["--config", str(play.app.config.path), "incidents", "show", "R1", "--explain"]
    )

    assert "A mail to head waits until Tue 24 Nov 15:30." in told.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [("no more\nthan ten", "no more t…"), ("no\nmore", "no more"), ("ten or so.", "ten or so.")],
)
def test_what_was_cut_off_is_marked(text: str, told: str) -> None:
    assert shortened(text, 10) == told
