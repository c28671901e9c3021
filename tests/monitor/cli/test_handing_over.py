"""Promise: a card tells staff what to pass on, where, and what never; one page tells a successor where everything is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from tests.monitor.configurations import MONITOR, SCHOOL, settle

BOX = """
[mailbox]
host = "imap.school.test"
user = "alerts@school.test"
password = { file = "imap-password" }
address = "alerts@school.test"
keep = "14d"
"""
INTAKE = '[intake]\nfrom = ["*@school.test", "jo@home.test"]\nkeep = "10d"\n[routes]\ndsl = "01772 000000"\n'
ALL = (
    "999",
    "01772 000000",
    "alerts@school.test",
    "…@school.test",
    "sexual picture of a child",
    "Ring the DSL",
    "10 days",
    "14 days",
)


@pytest.fixture(name="said")
def _said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    settle(tmp_path, monkeypatch)

    def invoke(*words: str, box: str = BOX, intake: str = INTAKE) -> Result:
        state = f'state = "{tmp_path}/state"\n'
        text = re.sub(r"^state = .*\n", state, MONITOR, flags=re.MULTILINE)
        Path("monitor.toml").write_text((text if "state = " in text else state + text) + box)
        Path("schools/holm-nook.toml").write_text(SCHOOL + intake)
        return CliRunner().invoke(cli, ["--config", "monitor.toml", "handover", *words])

    return invoke


def test_the_card_says_what_where_never_and_what_comes_of_it(said: Callable[..., Result]) -> None:
    told = said("--card")
    assert told.exit_code == 0, told.output
    words = " ".join(told.stdout.split())
    for each in ALL:
        assert each in words
    assert "jo@home.test" not in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 64


def test_the_card_for_a_phone_says_the_same_and_loads_nothing(said: Callable[..., Result]) -> None:
    assert said("--card", "card.html").exit_code == 0
    page = Path("card.html").read_text(encoding="utf-8")
    for each in ALL:
        assert each in page
    assert 'name="viewport"' in page
    assert "size: A6" in page
    assert 'href="mailto:alerts@school.test"' in page
    assert not re.search(r"\bsrc=|url\(|@import|https?:", page)


def test_what_the_configuration_says_is_escaped_on_the_card(said: Callable[..., Result]) -> None:
    said("--card", "card.html", intake=INTAKE.replace("01772 000000", "<b>1 & 2</b>"))
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in Path("card.html").read_text(encoding="utf-8")


def test_an_address_of_its_own_and_a_missing_number_are_told(said: Callable[..., Result]) -> None:
    told = said("--card", box=f'{BOX}intake = "passon@school.test"\n', intake="").stdout
    assert "passon@school.test" in told
    assert "alerts@school.test" not in told
    assert "the office puts you through" in " ".join(told.split())


def test_there_is_no_card_where_nobody_reads(said: Callable[..., Result]) -> None:
    told = said("--card", box="")
    assert told.exit_code == 2
    assert "[mailbox] is missing" in told.output


def test_the_page_for_a_successor_answers_before_the_first_start(said: Callable[..., Result]) -> None:
    told = said()
    assert told.exit_code == 0, told.output
    for each in (
        "monitor.toml",
        "state",
        "none yet",
        "head",
        "2 feed",
        "smtp over 127.0.0.1",
        "never",
        "systemctl stop",
    ):
        assert each in told.stdout
    assert not Path("state").exists()


def test_the_page_names_the_last_copy_and_how_the_watch_is(
    said: Callable[..., Result], tmp_path: Path
) -> None:
    from monitor.store import Store

    said()
    Store.open(tmp_path / "state").close()
    folder = tmp_path / "state" / "backups"
    folder.mkdir(exist_ok=True)
    for day in ("21", "22"):
        (folder / f"daily-2026-11-{day}.db").touch()
    facts = json.loads(said("--json").stdout)
    assert facts["last back-up"].endswith("daily-2026-11-22.db")
    assert (facts["last alive"], facts["open stories"][0]) == ("never as a daemon", "0")
    assert "(nobody is technician)" in facts["people"]


def test_the_page_says_that_replies_need_a_mailbox(said: Callable[..., Result]) -> None:
    assert "answered by command" in said(box="").stdout
    assert "passed on to alerts@school.test" in " ".join(said().stdout.split())


def test_a_file_is_for_the_card_alone(said: Callable[..., Result]) -> None:
    assert said("page.html").exit_code == 2


def test_programs_read_the_card_too(said: Callable[..., Result]) -> None:
    made = json.loads(said("--card", "--json").stdout)
    assert made["address"] == "alerts@school.test"
    assert [part["kind"] for part in made["parts"]] == ["danger", "send", "never", "then"]
