"""A mail server in a process of its own, that writes every message down before it says 250.

``python -m tests.torture.sink FOLDER`` prints its port, and serves until it is ended.
"""

from __future__ import annotations

import email
import signal
import sys
from email import policy
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.alerts.smtp_sink import Sink, serve
from tests.torture.house import note


class HistorySink(Sink):
    """Remembers on disk, not in memory."""

    def __init__(self, history: Path) -> None:
        super().__init__()
        self._history = history

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd names its hooks so
        mail = email.message_from_bytes(bytes(envelope.original_content or b""), policy=policy.default)
        body = mail.get_body(("plain",))
        text = f"{mail['Subject']}{body.get_content() if body else ''}"
        note(self._history, str(mail["Message-ID"]), envelope.rcpt_tos[0], text)
        return "250 2.0.0 queued"


def main(home: Path) -> None:
    """Serve, with a certificate that ``ca.pem`` in the folder vouches for."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    with serve(HistorySink(home / "history"), authority) as sink:
        sys.stdout.write(f"{sink.port}\n")
        sys.stdout.flush()
        signal.sigwait([signal.SIGTERM])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
