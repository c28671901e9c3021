"""Promise: a secret is in its file, in the memory of who uses it, and on the wire to whom it belongs: nowhere else.

Not in logs, tracebacks, command lines, environments, outputs of commands, the state folder, temporary files,
the parser's child, or a core dump.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from monitor.cli import COMMANDS, cli
from tests.alerts.smtp_sink import PASSWORD, USER, Sink, serve
from tests.hostile.stage import Post, Stage, stage
from tests.hostile.traces import traces
from tests.sources.http_server import Visitor, answer

APP_PASSWORD = "zkwq-vbnx-tyrp-mlhd"
TOKEN = "eyJzkwqaccess"
SECRETS = (PASSWORD, APP_PASSWORD, TOKEN)
FILES = {"smtp-password", "bluesky-password"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def sink(authority: trustme.CA) -> Iterator[Sink]:
    with serve(Sink(), authority) as made:
        yield made


@pytest.fixture
def play(tmp_path: Path, sink: Sink, authority: trustme.CA) -> Iterator[Stage]:
    """A watch with two secrets: the mail server's and a platform's."""
    with stage(tmp_path) as made:
        made.set_up(
            {
                "Paper": made.feed("/paper.xml"),
                "Bluesky": f'kind = "bluesky"\nquery = "Holm Nook"\nservice = "http://{made.web.key}"\n'
                'handle = "demo.example"\npassword = { file = "bluesky-password" }',
            }
        )
        channel = f'channel = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "starttls"\n'
        channel += f'user = "{USER}"\npassword = {{ file = "smtp-password" }}\nca_file = "ca.pem"\n'
        school = made.folder / "schools" / "holm-nook.toml"
        for file, old, new in (
            (made.config, 'channel = "maildir"\npath = "mail"\n', channel),
            (made.config, "holmnook.example>", "school.test>"),
            (school, "holmnook.example", "school.test"),
        ):
            file.write_text(file.read_text().replace(old, new))
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        for name, secret in zip(sorted(FILES), (APP_PASSWORD, PASSWORD), strict=True):
            (tmp_path / name).write_text(secret)
            (tmp_path / name).chmod(0o600)
        session = {"accessJwt": TOKEN, "refreshJwt": TOKEN, "handle": "demo.example", "did": "did:plc:demo"}
        made.put("/xrpc/com.atproto.server.createSession", json.dumps(session).encode())
        made.put("/xrpc/app.bsky.feed.searchPosts", b'{"posts": []}')
        made.publish("/paper.xml", Post(text="I will come to Holm Nook Primary with a knife.", guid="1"))
        yield made


def leaks(play: Stage) -> list[str]:
    """Files with a secret in them, but for those that are meant to hold one."""
    return [place for secret in SECRETS for place in traces(secret, play.folder) if place not in FILES]


def _told(words: bytes) -> list[str]:
    return [secret for secret in SECRETS if secret.encode() in words]


def _family(process: int) -> list[Path]:
    """The process and all that it started."""
    found = [Path(f"/proc/{process}")]
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


@pytest.mark.slow
def test_a_running_watch_shows_its_secrets_to_nobody(play: Stage, sink: Sink) -> None:
    def search(visitor: Visitor) -> None:
        if "cursor" not in visitor.asked.target and not (play.folder / "go").exists():
            (play.folder / "asked").touch()
            while not ((play.folder / "go").exists() or visitor.leaving.wait(0.05)):
                pass
        answer(200, b'{"posts": []}', {"Content-Type": "application/json"})(visitor)

    play.web.pages["/xrpc/app.bsky.feed.searchPosts"] = search
    process = play.run("run")
    try:
        _wait(play.folder / "asked", play, process)
        family = _family(process.pid)
        for member in family:
            for name in ("cmdline", "environ", "maps"):
                assert _told((member / name).read_bytes()) == [], f"{name} of {member.name}"
            limit = re.search(r"Max core file size\s+(\S+)\s+(\S+)", (member / "limits").read_text())
            assert limit is not None
            assert limit.groups() == ("0", "0"), f"{member.name} may leave a core"
        caged = [member for member in family if b"sources.caged" in (member / "cmdline").read_bytes()]
        assert caged
        assert all((member / "environ").read_bytes() == b"" for member in caged)
        (play.folder / "go").touch()
        ends = time.monotonic() + 30
        while not sink.received:
            assert time.monotonic() < ends, play.said()
            time.sleep(0.05)
    finally:
        process.terminate()
        process.wait(30)
    assert sink.logins
    assert any("Bearer" in asked.headers.get("authorization", "") for asked in play.web.asked)
    assert leaks(play) == []
    assert "daemon.stopped" in play.said()


def _wait(file: Path, play: Stage, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < ends, play.said()
        assert process.poll() is None, play.said()
        time.sleep(0.02)


GIVEN = '{"id": "1", "text": "Holm Nook Primary lost his coat"}'
COMMAND_LINES = (
    ("check", "--online"),
    ("check", "--online", "--json"),
    ("run", "--once", "--all"),
    ("poll", "Bluesky"),
    ("poll", "Bluesky", "--dry-run", "--json"),
    ("sources", "--json"),
    ("mentions", "--json"),
    ("mentions", "show", "M1"),
    ("incidents", "--json"),
    ("incidents", "show", "R1", "--explain"),
    ("outbox", "--json"),
    ("health", "--json"),
    ("deliver", "--all"),
    ("digest",),
    ("replay", "-", "--json"),
    ("score", "-", "--json"),
    ("due", "2026-11-28T09:30"),
    ("mine", "R1", "--by", "office"),
    ("later", "R1", "tomorrow", "--by", "office"),
    ("assign", "R1", "head", "--by", "office"),
    ("regrade", "R1", "low", "--by", "head"),
    ("done", "R1", "answered", "--by", "office"),
    ("reopen", "R1", "--by", "office"),
    ("hold", "R1", "police asked", "--until", "2026-12-31", "--by", "dsl"),
    ("unhold", "R1", "--by", "dsl"),
    ("not-us", "R1", "--by", "office"),
    ("rules", "--json"),
    ("drill",),
    ("self-test",),
    ("handover",),
)


def test_no_command_says_a_secret(play: Stage, sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    assert {words[0] for words in COMMAND_LINES} | {"demo"} == set(COMMANDS)
    for words in COMMAND_LINES:
        told = CliRunner().invoke(cli, ["--config", str(play.config), *words], input=GIVEN)
        assert told.exception is None or isinstance(told.exception, SystemExit), (words, told.exception)
        assert told.exit_code != 2, told.output
        assert _told(told.output.encode()) == [], words
    assert sink.logins
    assert [record for record in caplog.records if _told(record.getMessage().encode())] == []
    assert leaks(play) == []
    mails = [letter.original_content or b"" for letter in sink.received]
    assert mails
    assert [mail for mail in mails if _told(mail)] == []


@pytest.mark.parametrize("mode", ["refused by the server", "read by others", "a bug"])
def test_what_goes_wrong_with_a_secret_does_not_tell_it(
    mode: str, play: Stage, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mode == "refused by the server":
        sink.auth = f"535 5.7.8 {PASSWORD} is wrong"
        play.put("/xrpc/com.atproto.server.createSession", json.dumps({"error": APP_PASSWORD}).encode())
    elif mode == "read by others":
        for name in FILES:
            (play.folder / name).chmod(0o640)
    else:

        def stumble(*_: object, **known: object) -> None:
            raise ZeroDivisionError(f"{PASSWORD} {APP_PASSWORD}")

        monkeypatch.setattr("smtplib.SMTP.login", stumble)
        monkeypatch.setattr("sources.bluesky_session.Session._log_in", stumble)
    for words in (("check", "--online"), ("run", "--once", "--all"), ("outbox",), ("sources",)):
        told = CliRunner().invoke(cli, ["--config", str(play.config), *words])
        assert _told(told.output.encode()) == [], words
        assert words[0] in {"outbox", "sources"} or told.exit_code == 1
        assert "Traceback" not in told.output
    assert leaks(play) == []
    assert mode != "read by others" or sink.logins == []


def test_the_search_finds_a_secret_that_lies_about(play: Stage) -> None:
    (play.folder / "lies-about").write_text(f"password={APP_PASSWORD}")
    assert leaks(play) == ["lies-about"]
