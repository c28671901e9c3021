"""What a refused token means, in one sentence, and what to click.

Pure: an answer of Microsoft's or Google's log-in service goes in. Of its text only known codes are read:
the rest names tenants, apps and people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from monitor.errors import MonitorError

_CODE = re.compile(r"AADSTS(\d{4,8})\b")
_WORD = re.compile(r"[a-z_]{3,40}")
_TOO_MANY = 429
_SERVER_ERRORS = range(500, 600)
_REDIRECTS = range(300, 400)
_LONGEST_WAIT = timedelta(days=1)
"""A longer ``Retry-After`` is a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why there is no token."""

    message: str
    remedy: str = "wait; it will be tried again"
    lasting: bool = False
    """A human must act; trying again changes nothing."""
    retry_after: timedelta | None = None


class TokenError(MonitorError):
    """No token can be had; names neither secrets nor tenants nor apps."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def refusal(who: str, status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """What an answer without a token means; ``who`` is ``Microsoft`` or ``Google``."""
    told = fields(body)
    if status == _TOO_MANY or told.get("error") in _FOR_NOW or status in _SERVER_ERRORS:
        return Refusal(
            message=f"{who}'s log-in service has no time for us now ({status})", retry_after=_wait(headers)
        )
    if not told or status in _REDIRECTS:
        return _no_service(who, status)
    description = str(told.get("error_description", ""))
    return _microsoft(told, description) if who == "Microsoft" else _google(told, description)


def fields(body: bytes) -> Mapping[str, Any]:
    """An answer in JSON; nothing if it is anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _no_service(who: str, status: int) -> Refusal:
    return Refusal(
        message=f"what answered in place of {who}'s log-in service was no such service ({status})",
        remedy="a filter or a sign-in page of the network may stand before it: let this machine out to it unchanged",
    )


def _wait(headers: Mapping[str, str]) -> timedelta | None:
    """``Retry-After`` (RFC 9110 §10.2.3); a date counts from the answer's own."""
    wanted = headers.get("retry-after", "").strip()
    if wanted.isascii() and wanted.isdigit():
        return min(timedelta(seconds=int(wanted[:9])), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(wanted) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def _microsoft(told: Mapping[str, Any], description: str) -> Refusal:
    found = _CODE.search(description)
    code, word = found[1] if found else "", _word(told)
    message, remedy = _AADSTS.get(code) or _MICROSOFT.get(word) or _UNKNOWN_MICROSOFT
    said = f"AADSTS{code}" if code else word or "no reason given"
    return Refusal(message=f"{message} ({said})", remedy=remedy, lasting=True)


def _google(told: Mapping[str, Any], description: str) -> Refusal:
    word = _word(told)
    about = next((each for part, each in _GRANT.items() if part in description.lower()), None)
    message, remedy = about or _GOOGLE.get(word) or _UNKNOWN_GOOGLE
    return Refusal(message=f"{message} ({word or 'no reason given'})", remedy=remedy, lasting=True)


def _word(told: Mapping[str, Any]) -> str:
    word = told.get("error")
    return word if isinstance(word, str) and _WORD.fullmatch(word) else ""


_FOR_NOW = ("temporarily_unavailable", "server_error", "internal_failure")
_CLOCK = "see that date and time of this machine are right: timedatectl"
_APP = "Entra admin centre > App registrations > the monitor's app"
_NEW_SECRET = (
    f"{_APP} > Certificates & secrets > New client secret; write its Value (not its Secret ID) into the file that"
    " [microsoft] secret names, and its end into secret_expires"
)
_CONSENT = (
    f"{_APP} > API permissions: only application permissions work without a person; then Grant admin consent, or give"
    " the app a role in Exchange Online (README, Microsoft 365)"
)
_AADSTS: Mapping[str, tuple[str, str]] = {
    "7000215": ("Microsoft does not know this client secret", _NEW_SECRET),
    "7000222": ("the client secret or certificate has expired", _NEW_SECRET),
    "700027": (
        "Microsoft does not know this certificate",
        f"{_APP} > Certificates & secrets > Certificates: upload the certificate that belongs to the private key",
    ),
    "700024": ("Microsoft takes our proof for too old or too new: a clock is wrong", _CLOCK),
    "700016": (
        "this tenant has no app with this ID",
        (
            f"compare client_id in [microsoft] with {_APP} > Overview > Application (client) ID, and tenant with the"
            " Directory (tenant) ID beside it"
        ),
    ),
    "90002": (
        "there is no such tenant",
        "compare tenant in [microsoft] with Entra admin centre > Overview > Tenant ID",
    ),
    "900023": (
        "there is no such tenant",
        "compare tenant in [microsoft] with Entra admin centre > Overview > Tenant ID",
    ),
    "7000112": (
        "the app is switched off in this tenant",
        "Entra admin centre > Enterprise applications > the monitor's app > Properties: Enabled for users to sign-in = Yes",
    ),
    "53003": (
        "a Conditional Access policy keeps the app out",
        "Entra admin centre > Conditional Access > Policies: leave the monitor's app out, or allow this machine's address",
    ),
    "500011": (
        "this tenant does not have the service that we asked for",
        (
            "see that the school has Exchange Online, and that graph in [microsoft] is right (leave it out outside national"
            " clouds)"
        ),
    ),
}
_MICROSOFT: Mapping[str, tuple[str, str]] = {
    "invalid_client": ("Microsoft does not accept the proof of who we are", _NEW_SECRET),
    "unauthorized_client": (
        "the app may not log in by itself in this tenant",
        f"compare tenant and client_id in [microsoft] with {_APP} > Overview; {_CONSENT}",
    ),
    "invalid_scope": (
        "Microsoft does not know the permission that we asked for",
        "leave graph in [microsoft] out, unless the school is in a national cloud",
    ),
    "interaction_required": ("Microsoft wants a person to sign in, and there is none", _CONSENT),
    "consent_required": ("nobody has agreed to what the app may do", _CONSENT),
    "access_denied": ("the app is not allowed in", _CONSENT),
    "invalid_grant": ("Microsoft refuses the log-in of the app", _CONSENT),
}
_UNKNOWN_MICROSOFT = (
    "Microsoft gives us no token",
    f"compare tenant, client_id and secret in [microsoft] with {_APP}; look the code up at login.microsoftonline.com/error",
)
_DELEGATION = (
    "admin.google.com > Security > Access and data control > API controls > Manage domain-wide delegation: add the"
    " client ID of the service account with the scope https://mail.google.com/ (it may take a day)"
)
_NEW_KEY = (
    "console.cloud.google.com > IAM & Admin > Service accounts > the monitor's account > Keys > Add key > JSON; put it"
    " in place of the file that [google] service_account names"
)
_GRANT: Mapping[str, tuple[str, str]] = {
    "signature": ("Google does not know this key of the service account", _NEW_KEY),
    "timeframe": ("Google takes our proof for too old or too new: a clock is wrong", _CLOCK),
    "short-lived": ("Google takes our proof for too old or too new: a clock is wrong", _CLOCK),
    "invalid email": (
        "Google does not know the mailbox in whose name we act",
        (
            "compare subject in [google] with the address of the user at admin.google.com > Directory > Users; an alias or a"
            " group will not do"
        ),
    ),
    "account not found": ("Google does not know this service account", _NEW_KEY),
}
_GOOGLE: Mapping[str, tuple[str, str]] = {
    "unauthorized_client": ("the service account may not act for mailboxes of the school", _DELEGATION),
    "access_denied": ("the service account may not act for mailboxes of the school", _DELEGATION),
    "invalid_scope": ("the service account may not act for mailboxes of the school", _DELEGATION),
    "invalid_client": ("Google does not know this service account", _NEW_KEY),
    "deleted_client": ("Google does not know this service account", _NEW_KEY),
    "disabled_client": (
        "the service account is switched off",
        "console.cloud.google.com > IAM & Admin > Service accounts > the monitor's account > Enable",
    ),
    "admin_policy_enforced": (
        "a policy of the school's Google Workspace keeps the service account out",
        "admin.google.com > Security > API controls > App access control: trust the service account",
    ),
    "org_internal": ("the service account belongs to another organisation", _NEW_KEY),
    "invalid_grant": ("Google refuses the log-in of the service account", _DELEGATION),
}
_UNKNOWN_GOOGLE = ("Google gives us no token", _DELEGATION)
