"""Do the tables about mail fit together: who logs in where, and is there what it logs in with?"""

from __future__ import annotations

from collections.abc import Iterator

from alerts.graph import GraphSettings
from alerts.smtp import SmtpSettings
from monitor.config.base import Config
from monitor.config.shape import Place
from monitor.errors import Problem

EXCHANGE_ONLINE = ("office365.com", "outlook.com")
"""Where Microsoft 365 takes mail from accounts, and lets them read it."""
_GRAPH = 'channel = "graph" takes no password (README, Microsoft 365)'


def problems(config: Config) -> Iterator[Problem]:
    """What cannot be meant."""
    top, channel, mailbox = Place(str(config.path)), config.mail.channel, config.monitor.mailbox
    if isinstance(channel, GraphSettings):
        yield from _logged_in(config, "microsoft", top.under("mail", "channel"), "graph")
    if isinstance(channel, SmtpSettings):
        yield from _logged_in(config, channel.auth, top.under("mail", "auth"), channel.auth)
    if mailbox:
        yield from _logged_in(config, mailbox.auth, top.under("mailbox", "auth"), mailbox.auth)


def warnings(config: Config) -> Iterator[Problem]:
    """What works for now, or perhaps."""
    top, channel, mailbox = Place(str(config.path)), config.mail.channel, config.monitor.mailbox
    if isinstance(channel, SmtpSettings) and channel.auth == "password":
        yield from _passwords(channel, top.under("mail"))
    if mailbox and mailbox.auth == "password" and _is_exchange_online(mailbox.host):
        yield top.under("mailbox", "auth").problem(
            'Exchange Online takes no password from those who read mail: auth = "microsoft" (README, Microsoft 365)'
        )
    for school in config.schools.values() if mailbox is None else ():
        if school.settings.intake.writers:
            yield Place(school.file, ("intake", "from")).problem(
                "nobody reads what is passed on: [mailbox] is missing in monitor.toml"
            )
    microsoft = config.monitor.microsoft
    if microsoft and microsoft.secret_expires is None:
        yield top.under("microsoft", "secret_expires").problem(
            "is missing: nobody is told in time that the secret or certificate ends, and then no mail goes out"
        )


def _logged_in(config: Config, table: str, place: Place, what: str) -> Iterator[Problem]:
    """Whether ``[microsoft]`` or ``[google]`` is there, where it is needed."""
    if table == "password" or getattr(config.monitor, table) is not None:
        return
    keys = "tenant, client_id and secret" if table == "microsoft" else "service_account and subject"
    yield place.problem(
        f'"{what}" logs in with [{table}], which is missing; add it with {keys} (an example: config/monitor.toml)'
    )


def _passwords(channel: SmtpSettings, place: Place) -> Iterator[Problem]:
    if channel.user and channel.password is None:
        yield place.under("password").problem("is missing: user is given, but nobody logs in")
    if channel.user and _is_exchange_online(channel.host):
        yield place.under("host").problem(
            "Microsoft switches password log-in off by default at the end of December 2026, and later for good;"
            f" {_GRAPH}"
        )


def _is_exchange_online(host: str) -> bool:
    name = host.lower().rstrip(".")
    return any(name == domain or name.endswith(f".{domain}") for domain in EXCHANGE_ONLINE)
