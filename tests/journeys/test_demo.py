"""Promise: the demo shows the whole product offline, twice, and leaves mails that can be opened."""

from __future__ import annotations

import email
import mailbox
import re
from email import policy
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from tests.torture.house import AGAIN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def played(place: Path) -> list[Result]:
    """The demo, played twice in one folder, as anybody would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return [CliRunner().invoke(cli, ["demo"], catch_exceptions=False) for _ in range(2)]


def _mails(place: Path) -> list[email.message.EmailMessage]:
    folder = mailbox.Maildir(place / "demo-out" / "state" / "mail", create=False)
    raws = [folder.get_bytes(key) for key in folder.iterkeys()]
    return [email.message_from_bytes(raw, policy=policy.default) for raw in raws]


@pytest.mark.parametrize("run", [0, 1], ids=["the first time", "again"])
def test_it_shows_mentions_a_mail_the_digest_and_what_is_next(run: int, played: list[Result]) -> None:
    told = played[run]

    assert told.exit_code == 0
    assert re.search(r"M\d+\s+critical\s+threat_violence", told.output)
    assert "The most urgent mail" in told.output
    assert "The week's digest" in told.output
    assert "check --online" in told.output


def test_a_threat_told_in_two_places_is_one_story(played: list[Result], place: Path) -> None:
    mails = [mail for mail in _mails(place) if not AGAIN.search(str(mail.get_body(("plain",))))]
    urgent = [mail for mail in mails if str(mail["Subject"]).startswith("URGENT")]

    assert len({str(mail["To"]) for mail in urgent}) == len(urgent), "one mail for each recipient"
    assert len({str(mail["Subject"]) for mail in urgent}) == 1


def test_what_is_only_near_the_name_sends_no_mail(played: list[Result], place: Path) -> None:
    told = " ".join(str(mail.get_body(("plain",))) for mail in _mails(place))

    for near_miss in ("karaoke", "Fly-tipping", "grey cat", "flat to let", "Frost"):
        assert near_miss not in told


def test_every_mail_opens_as_a_page_without_asking_anybody(played: list[Result], place: Path) -> None:
    pages = list((place / "demo-out" / "html").glob("*.html"))

    assert len(pages) == len(_mails(place)) >= 5
    for page in pages:
        assert not re.search(r"(?:src|background)\s*=|url\(|<link|<script", page.read_text(encoding="utf-8"))


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "demo-out").mkdir()
    (tmp_path / "demo-out" / "thesis.txt").write_text("three years of work")
    monkeypatch.chdir(tmp_path)

    told = CliRunner().invoke(cli, ["demo"])

    assert told.exit_code == 2
    assert (tmp_path / "demo-out" / "thesis.txt").exists()
