"""What a mail server's refusal means for whoever set it up: a plain sentence, and what to click.

Pure. Only codes that speak of settings stand here, never of a recipient or a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """One refusal in plain words."""

    sentence: str
    remedy: str


def advice(code: str, text: bytes | str = b"") -> Advice | None:
    """What ``550 5.7.30`` and its like mean; nothing for a code that says nothing of our settings.

    Of the server's ``text`` only one word is looked for: ``5.7.1`` alone may also be about the message.
    """
    basic, _, enhanced = code.partition(" ")
    if not basic.startswith("5"):
        return None
    if enhanced == _ANY_POLICY:
        words = text if isinstance(text, str) else text.decode("ascii", "replace")
        return _NO_RELAY if "relay" in words.lower() else None
    return _KNOWN.get(enhanced)


_GRAPH = 'use Microsoft Graph, which takes no password: channel = "graph" (README, Microsoft 365)'
_SMTP_AUTH = (
    "admin.microsoft.com > Users > Active users > the mailbox > Mail > Manage email apps > Authenticated SMTP"
)
_SENDER = "let from in [mail] be the address of the account itself, or give that account Send As for it"
_CONNECTOR = (
    "admin.exchange.microsoft.com > Mail flow > Connectors: the connector for this machine must name the address with"
    " which it goes out to the internet, or its certificate"
)
_SUPPORT = (
    "ask Microsoft to let the school's tenant send: admin.microsoft.com > Support > New service request"
)

_ANY_POLICY = "5.7.1"
_NO_RELAY = Advice(
    "the mail server does not relay for this machine",
    "Google: admin.google.com > Apps > Google Workspace > Gmail > Routing > SMTP relay service must name the address with"
    " which this machine goes out to the internet, and ehlo in [mail] a domain of the school; others: log in (user and"
    " password), or let the server's administrator allow this machine",
)

REFUSED_LOG_IN = Advice(
    "the mail server refused user or password, or the token for this mailbox",
    "check user and the password file in [mail]; Google wants an app password (myaccount.google.com/apppasswords); for"
    " a token see that the app or service account may use this mailbox (README, Mail)",
)

_KNOWN: Mapping[str, Advice] = {
    "5.7.30": Advice("password log-in is switched off at the mail server", _GRAPH),
    "5.7.139": Advice(
        "log-in over SMTP is switched off for this mailbox, or kept out by a policy",
        f"{_SMTP_AUTH}: switch it on, and see that neither security defaults nor Conditional Access bars it; or {_GRAPH}",
    ),
    "5.7.3": Advice(
        "the mail server accepts neither this password nor this token for the mailbox",
        f'with auth = "microsoft": {_SMTP_AUTH}, and the role Application SMTP.SendAsApp for this mailbox (README,'
        f" Microsoft 365); with a password: check user and the password file in [mail], or {_GRAPH}",
    ),
    "5.7.57": Advice(
        "the mail server takes mail only after a log-in",
        f"give user and password, or auth, in [mail]; a relay by address needs a connector: {_CONNECTOR}",
    ),
    "5.7.60": Advice("this account may not send under the address of from", _SENDER),
    "5.7.54": Advice(
        "the mail server delivers only inside the school, and a recipient is outside",
        f"name a relay in [mail], or log in to smtp.office365.com; {_CONNECTOR}",
    ),
    "5.7.64": Advice("Exchange Online does not know this machine as one of the school's", _CONNECTOR),
    "5.7.68": Advice("the school's Exchange Online takes no mail straight from a machine", _CONNECTOR),
    "5.7.705": Advice("the school's tenant has sent too much and may not send for now", _SUPPORT),
    "5.7.708": Advice("Exchange Online takes no mail from this address for the school's tenant", _SUPPORT),
    "5.7.750": Advice(
        "the domain of from does not belong to the school's tenant",
        "admin.microsoft.com > Settings > Domains: add the domain, or send from one that is there",
    ),
    "5.1.8": Advice(
        "the sending account is barred as a sender of spam",
        "security.microsoft.com > Email & collaboration > Review > Restricted entities: unblock it; change its password",
    ),
    "5.7.9": Advice(
        "Google takes no ordinary password here",
        "make an app password: myaccount.google.com/apppasswords; or relay by address (README, Google Workspace)",
    ),
    "5.7.14": Advice(
        "Google wants a person to sign in first",
        "sign in to the account once in a browser, and make an app password; or relay by address (README, Google"
        " Workspace)",
    ),
}
