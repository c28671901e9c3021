"""Promise: the way to Microsoft 365 works from configuration to mail, is explained where it does not, and leaks nothing.

Neither client secret, token, tenant nor app stands in any output, log, file or mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner, Result

from monitor.cli import cli
from tests.alerts.graph_server import (
    APP,
    MAILBOX,
    SECRET,
    TENANT,
    Cloud,
    aadsts,
    cloud,
    graph_error,
    microsoft_table,
)
from tests.hostile.stage import Post, Stage, stage
from tests.hostile.traces import traces
from tests.sources.http_server import Page, answer

PEOPLE = {f"{role}@school.test" for role in ("head", "dsl", "chair", "office")}
KEPT_IN = {"monitor.toml", "microsoft-secret"}
TOKEN = "play-token"
"""Part of every token that is handed out."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def sky(authority: trustme.CA, tmp_path: Path) -> Iterator[Cloud]:
    with cloud(authority, tmp_path) as made:
        made.recipients = PEOPLE
        yield made


@pytest.fixture
def play(tmp_path: Path, sky: Cloud) -> Iterator[Stage]:
    """A watch that mails over the cloud."""
    with stage(tmp_path) as made:
        made.set_up({"Paper": made.feed("/paper.xml")})
        made.publish("/paper.xml", Post(text="I will come to Holm Nook Primary with a knife.", guid="1"))
        school = made.folder / "schools" / "holm-nook.toml"
        school.write_text(school.read_text().replace("holmnook.example", "school.test"))
        graph = f'channel = "graph"\nuser = "{MAILBOX}"\n'
        text = made.config.read_text().replace('channel = "maildir"\npath = "mail"\n', graph)
        text = text.replace("monitor@holmnook.example", MAILBOX)
        made.config.write_text(text + microsoft_table(sky))
        yield made


@pytest.fixture
def do(play: Stage) -> Callable[..., Result]:
    def invoke(*words: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(play.config), *words], catch_exceptions=False)

    return invoke


def leaks(play: Stage) -> list[str]:
    """Files with a secret in them, but for those that are meant to hold one."""
    found = [place for word in (SECRET, TOKEN, APP) for place in traces(word, play.folder)]
    return [place for place in found if place not in KEPT_IN]


def test_check_online_sends_a_test_mail_and_a_round_sends_the_alert(
    play: Stage, sky: Cloud, do: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    told = do("check", "--online")
    assert told.exit_code == 0, told.output
    assert "logged in to Microsoft 365" in told.output
    assert "a test mail went to office, comms, technician" in told.output
    assert len(sky.mails) == 1

    assert do("run", "--once", "--all").exit_code == 0
    assert any("knife" in str(mail) for mail in sky.mails[1:])
    assert {str(mail["To"]) for mail in sky.mails} <= PEOPLE
    assert leaks(play) == []
    said = told.output + caplog.text + "".join(map(str, sky.mails))
    assert [word for word in (SECRET, TOKEN, APP, TENANT) if word in said] == []


CASES: dict[str, tuple[list[Page], list[Page], tuple[str, ...]]] = {
    "wrong secret": ([aadsts("invalid_client", 7000215, f"Invalid {SECRET}")], [], ("client secret", "Value (not its")),
    "expired secret": ([aadsts("invalid_client", 7000222, APP)], [], ("has expired", "New client secret")),
    "wrong app": ([aadsts("unauthorized_client", 700016, APP)], [], ("no app with this ID", "client_id in [microsoft]")),
    "a page of the filter": ([answer(200, b"<html>")], [], ("no such service", "filter")),
    "busy": ([answer(503)], [], ("no time for us", "wait")),
    "no permission": ([], [graph_error(403, "ErrorAccessDenied", MAILBOX)], ("may not send from this mailbox", "Application Mail.Send")),
    "no mailbox": ([], [graph_error(404, "MailboxNotEnabledForRESTAPI", MAILBOX)], ("no mailbox", "Shared mailboxes")),
    "a token that is not accepted": ([], [graph_error(401, "InvalidAuthenticationToken")] * 2, ("does not accept the token", "tenant")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_check_online_says_what_is_wrong_and_what_to_click(
    case: str, play: Stage, sky: Cloud, do: Callable[..., Result]
) -> None:
    sky.for_tokens, sky.for_mails, words = CASES[case]
    sky.for_tokens, sky.for_mails = [*sky.for_tokens], [*sky.for_mails]
    told = do("check", "--online")

    assert told.exit_code == 1
    assert "problem: mail: " in told.output
    assert [word for word in words if word not in told.output] == []
    assert [word for word in (SECRET, TOKEN, APP, TENANT, MAILBOX) if word in told.output] == []
    assert leaks(play) == []


def test_a_secret_that_others_can_read_is_told_by_check_and_never_sent(
    play: Stage, sky: Cloud, do: Callable[..., Result]
) -> None:
    (play.folder / "microsoft-secret").chmod(0o640)
    told = do("check")

    assert told.exit_code == 1
    assert "microsoft.secret" in told.output
    assert "chmod 600" in told.output
    do("check", "--online")
    assert sky.web.asked == []


def test_check_tells_of_a_key_that_cannot_be_used_and_of_a_secret_that_ends(
    play: Stage, sky: Cloud, do: Callable[..., Result]
) -> None:
    text = play.config.read_text()
    play.config.write_text(text + "secret_expires = 2020-05-01\n")
    told = do("check")
    assert told.exit_code == 1
    assert "ended on Fri 1 May 2020" in told.output
    assert "Certificates & secrets" in told.output

    play.config.write_text(text.replace("secret = {", "certificate = {"))
    told = do("check")
    assert told.exit_code == 1
    assert "holds no private key" in told.output
    assert sky.web.asked == []


def test_a_mail_waits_while_there_is_no_token_and_goes_out_afterwards(
    play: Stage, sky: Cloud, do: Callable[..., Result]
) -> None:
    sky.for_tokens = [aadsts("invalid_client", 7000222, APP)]
    assert do("run", "--once", "--all").exit_code == 1
    assert sky.mails == []
    waiting = do("outbox")
    assert "has expired" in waiting.output
    assert do("deliver", "--all").exit_code == 0
    assert sky.mails
    assert leaks(play) == []
