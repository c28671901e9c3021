"""A secret is read only from a file that is ours alone, only when it is needed, and is never told to anybody."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import alerts.base
import sources.base
from monitor import config
from monitor.errors import ConfigError
from tests.monitor.configurations import MONITOR, SCHOOL, changed, loaded, settle

SECRET = "hunter2 with spaces"
NAME = alerts.base.SecretFile(file="smtp-password")


@pytest.fixture(autouse=True)
def _beside_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settle(tmp_path, monkeypatch)
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    file = tmp_path / "smtp-password"
    file.write_text(f"{SECRET}\n")
    return file


def why_not(read: config.Config | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        (read or loaded()).secret(NAME)
    (problem,) = caught.value.problems
    assert SECRET not in str(problem)
    return str(problem).removeprefix(f"{Path.cwd()}/")


def test_a_secret_is_read_without_its_line_end(file: Path) -> None:
    assert loaded().secret(NAME) == SECRET
    file.write_bytes(b"\xef\xbb\xbfhunter2\r\n")
    assert loaded().secret(NAME) == "hunter2"


def test_both_leaves_name_secrets_in_their_own_words(file: Path) -> None:
    assert loaded().secret(sources.base.SecretFile(file=file.name)) == SECRET


def test_a_changed_secret_is_read_anew(file: Path) -> None:
    read = loaded()
    assert read.secret(NAME) == SECRET
    file.write_text("another")
    assert read.secret(NAME) == "another"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_that_is_ours_alone_is_read(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert loaded().secret(NAME) == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o601, 0o610, 0o777])
def test_a_file_that_others_can_reach_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert why_not() == f"smtp-password: can be read or changed by others (mode {mode:04o}); then: chmod 600"


def test_a_file_of_somebody_else_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(file, 4711, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert (
        why_not()
        == "smtp-password: belongs to somebody else; give it to the user that runs the monitor: chown"
    )


def test_a_file_of_root_is_read_by_the_service_user(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = file.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 4711)
    monkeypatch.setattr("monitor.config.secret._ROOT", owner)
    assert loaded().secret(NAME) == SECRET


def test_a_link_is_refused_wherever_it_leads(file: Path, tmp_path: Path) -> None:
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert why_not() == "smtp-password: is a symbolic link; name the file itself"


def test_a_missing_file_is_told() -> None:
    assert why_not() == "smtp-password: not found; write the secret into this file, then: chmod 600"


@pytest.mark.parametrize("content", ["", "\n", " \r\n"])
def test_an_empty_file_is_refused(file: Path, content: str) -> None:
    file.write_text(content)
    assert why_not() == "smtp-password: is empty; write the secret into it, and nothing else"


def test_what_is_no_file_is_refused_without_waiting(file: Path) -> None:
    file.unlink()
    file.mkdir()
    assert why_not() == "smtp-password: is not a regular file"
    file.rmdir()
    os.mkfifo(file, 0o600)
    assert why_not() == "smtp-password: is not a regular file"
    file.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(file.name)
        assert why_not() == "smtp-password: cannot be read: no such device or address"


def test_what_is_no_secret_is_refused(file: Path) -> None:
    file.write_bytes(b"caf\xe9")
    assert why_not() == "smtp-password: is not UTF-8 text"
    file.write_text("x" * 65_537)
    assert why_not() == "smtp-password: is too large for a secret"


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(ConfigError, match="is no name that a file can have"):
        loaded().secret(alerts.base.SecretFile(file="smtp\0password"))


def with_credentials(folder: Path) -> config.Config:
    loaded()
    return config.load(Path("monitor.toml"), environ={"CREDENTIALS_DIRECTORY": str(folder)})


def test_systemds_credentials_come_first_whatever_their_mode(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    read = with_credentials(folder)
    assert read.secret(NAME) == SECRET
    given = folder / file.name
    given.write_text("from systemd\n")
    given.chmod(0o444)
    assert read.secret(NAME) == "from systemd"


def test_a_link_is_refused_among_credentials_too(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / file.name).symlink_to(file)
    assert (
        why_not(with_credentials(folder))
        == "credentials/smtp-password: is a symbolic link; name the file itself"
    )


def test_a_path_is_not_looked_for_among_credentials(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (tmp_path / "open").write_text(SECRET)
    (tmp_path / "open").chmod(0o644)
    with pytest.raises(ConfigError, match="not found"):
        with_credentials(folder).secret(alerts.base.SecretFile(file="../open"))


def test_reading_the_configuration_touches_no_secret() -> None:
    assert not Path("smtp-password").exists()
    assert loaded().mail.kind == "smtp"


def test_check_finds_every_secret_that_cannot_be_used(file: Path) -> None:
    file.chmod(0o644)
    monitor = (
        MONITOR
        + '[mailbox]\nhost = "m.test"\nuser = "x"\npassword = { file = "imap" }\naddress = "box@school.test"\n'
    )
    bluesky = '\n[[source]]\nname = "bluesky"\nkind = "bluesky"\nquery = "x"\nhandle = "school.test"\npassword = { file = "bsky" }\n'
    told = config.secret_problems(loaded(monitor, changed(SCHOOL, "\n[[person]]", f"{bluesky}\n[[person]]")))
    here = Path.cwd()
    missing = "not found; write the secret into this file, then: chmod 600"
    assert [str(each) for each in told] == [
        f"monitor.toml: mailbox.password: {here}/imap: {missing}",
        f"monitor.toml: mail.password: {here}/smtp-password: can be read or changed by others (mode 0644); then: chmod 600",
        f"schools/holm-nook.toml: source[3].password: {here}/bsky: {missing}",
    ]


def test_secrets_in_order_are_no_problem(file: Path) -> None:
    assert file.exists()
    assert config.secret_problems(loaded()) == ()
