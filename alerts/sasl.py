"""Log-in to a mail server with a token: XOAUTH2, as Exchange Online and Google Workspace speak it.

The server refuses with a challenge that must be answered by an empty line; only then it says why.
"""

from __future__ import annotations

import base64
import smtplib

from alerts.channel import Login
from alerts.errors import Misconfigured

_DONE, _CHALLENGE, _REFUSED = 235, 334, 535
"""RFC 4954 §4 and §6."""


def log_in(smtp: smtplib.SMTP, user: str, login: Login | None, table: str) -> None:
    """Log in to the mailbox ``user``; a token that is refused is replaced once.

    Raises ``DeliveryError``, or what ``smtplib`` raises at a log-in.
    """
    if login is None:
        raise Misconfigured(
            f"monitor.toml has no [{table}]", remedy="add it (README, Mail; an example: config/monitor.toml)"
        )
    if "XOAUTH2" not in smtp.esmtp_features.get("auth", "").upper().split():
        raise Misconfigured(
            "the mail server offers no log-in with a token",
            remedy='see host in [mail]: smtp.office365.com for auth = "microsoft", smtp.gmail.com for auth = "google"',
        )
    token = login.token()
    status, text = _xoauth2(smtp, user, token)
    if status == _REFUSED:
        status, text = _xoauth2(smtp, user, login.token(token))
    if status != _DONE:
        raise smtplib.SMTPAuthenticationError(status, text)


def _xoauth2(smtp: smtplib.SMTP, user: str, token: str) -> tuple[int, bytes]:
    """The server's last word."""
    proof = base64.b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode()).decode()
    status, text = smtp.docmd("AUTH", f"XOAUTH2 {proof}")
    return smtp.docmd("") if status == _CHALLENGE else (status, text)
