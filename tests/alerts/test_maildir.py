"""Promise: a message is in the folder once, whole and private, however often it is handed over."""

from __future__ import annotations

import mailbox
import stat
from pathlib import Path

import pytest

from alerts.base import Message, Recipient, Tools
from alerts.errors import Deferred
from alerts.maildir import MaildirChannel, MaildirSettings

MESSAGE = Message(
    subject="Hello", text="one line\n", html="<p>one line</p>", headers={"From": "m@school.test"}
)
HEAD = Recipient(address="head@school.test")


def _channel(state: Path) -> MaildirChannel:
    def no_secret(_: object) -> str:
        raise AssertionError("a folder needs no secret")

    return MaildirChannel(MaildirSettings(path="mail"), Tools(secret=no_secret, resolve=Path, state=state))


def test_a_message_can_be_read_by_any_mail_program(tmp_path: Path) -> None:
    _channel(tmp_path).send(MESSAGE, HEAD, "<1@school.test>")

    [mail] = mailbox.Maildir(tmp_path / "mail", create=False)
    assert (mail["Message-ID"], mail["To"], mail["Subject"]) == ("<1@school.test>", HEAD.address, "Hello")
    [file] = (tmp_path / "mail" / "new").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_same_message_again_leaves_one_file(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    for _ in range(3):
        channel.send(MESSAGE, HEAD, "<1@school.test>")

    assert len(list((tmp_path / "mail" / "new").iterdir())) == 1


def test_a_message_that_was_read_does_not_come_back(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    channel.send(MESSAGE, HEAD, "<1@school.test>")
    [file] = (tmp_path / "mail" / "new").iterdir()
    file.rename(tmp_path / "mail" / "cur" / f"{file.name}:2,S")

    channel.send(MESSAGE, HEAD, "<1@school.test>")

    assert list((tmp_path / "mail" / "new").iterdir()) == []


def test_each_recipient_has_a_copy(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    channel.send(MESSAGE, HEAD, "<1@school.test>")
    channel.send(MESSAGE, Recipient(address="office@school.test"), "<1@school.test>")

    assert len(list((tmp_path / "mail" / "new").iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_only_a_delay(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file stands where the folder should be")
    channel = _channel(tmp_path)

    with pytest.raises(Deferred, match="cannot be written"):
        channel.send(MESSAGE, HEAD, "<1@school.test>")
    with pytest.raises(Deferred, match="cannot be made"):
        channel.check()


def test_check_says_where_the_mails_are(tmp_path: Path) -> None:
    assert str(tmp_path / "mail") in _channel(tmp_path).check()
