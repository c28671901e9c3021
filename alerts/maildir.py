"""The Maildir channel: real messages in a folder, for a first run, a demo and tests.

The file name comes from the Message-ID, so handing the same message over twice leaves one file.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from alerts import mime
from alerts.base import Kind, Message, Receipt, Recipient, Tools
from alerts.errors import Deferred

_FOLDERS = ("tmp", "new", "cur")


class MaildirSettings(BaseModel):
    """``[mail]`` with ``channel = "maildir"``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = "mail"
    """Under ``state``."""


class MaildirChannel:
    """Writes each message into ``new/`` of one Maildir. Safe to call from several threads."""

    def __init__(self, settings: MaildirSettings, tools: Tools) -> None:
        self._root = tools.state / settings.path

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        """Write one message, whole or not at all. Raises ``Deferred`` if the disk will not take it."""
        name = hashlib.sha256(f"{key}\n{to.address}".encode()).hexdigest()[:40] + ".mention-monitor"
        wire = mime.wire(mime.build(message, to=to.address, key=key))
        try:
            self._make()
            if not any((self._root / "cur").glob(f"{name}*")):
                _write_whole(self._root / "tmp" / name, wire)
                (self._root / "tmp" / name).replace(self._root / "new" / name)
        except OSError as error:
            raise Deferred(f"the mail folder cannot be written ({error.strerror})") from None
        return Receipt(key=key)

    def check(self) -> str:
        """Make the folder if it is missing, and say where it is."""
        try:
            self._make()
        except OSError as error:
            raise Deferred(f"the mail folder cannot be made ({error.strerror})") from None
        return f"mails are written to {self._root}"

    def close(self) -> None:
        """Nothing is kept open."""

    def _make(self) -> None:
        for folder in _FOLDERS:
            (self._root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)


def _write_whole(path: Path, wire: bytes) -> None:
    with path.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(wire)
        file.flush()
        os.fsync(file.fileno())


KIND = Kind(
    settings=MaildirSettings,
    build=MaildirChannel,
    summary="a folder of mails on this machine, to look at before a mail server is set up",
)
