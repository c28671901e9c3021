"""``check --online`` for the mailbox of replies: log in, and see whether a mail to a tagged address arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from alerts.base import Channel
    from monitor.config import Config
    from sources.mailbox import Mailbox

GOOD, BAD, WARNING = "ok", "problem", "warning"
WAIT_SECONDS = 90.0
"""Mail within one organisation takes seconds; a filter that looks into attachments takes a minute."""
PAUSE_SECONDS = 5.0
_REMEDY = (
    "See that the server takes addresses with a tag (sub-addressing), that they arrive in the folder of [mailbox], and"
    " that no filter holds them"
)


def missing(config: Config) -> Iterator[tuple[str, str]]:
    """What a house without a mailbox cannot do, and what nobody has tried yet."""
    if config.monitor.mailbox is None:
        yield (
            WARNING,
            "there is no [mailbox]: nobody reads replies, mails say how to act at the computer instead",
        )


def tried(
    config: Config,
    channel: Channel,
    box: Mailbox,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[tuple[str, str]]:
    """Log in, send a mail to the box with a tag, and wait until it is there."""
    from alerts.errors import DeliveryError
    from sources.errors import SourceError

    try:
        yield GOOD, f"mailbox: {box.check()}"
        address = _send(config, channel)
        click.echo(f"Waiting for a mail to {address}, up to {WAIT_SECONDS:.0f} seconds …", err=True)
        ends = monotonic() + WAIT_SECONDS
        after = _read_to(config)
        while monotonic() < ends:
            found, after = _look(box, address, after)
            if found:
                yield GOOD, "mailbox: a mail to an address with a tag has arrived: replies will be read"
                return
            sleep(PAUSE_SECONDS)
        yield BAD, f"mailbox: no mail to {address} arrived within {WAIT_SECONDS:.0f} seconds. {_REMEDY}"
    except SourceError as error:
        yield BAD, f"mailbox: {error}. {error.remedy}"
    except DeliveryError as error:
        yield BAD, f"mailbox: the test could not be sent: {error}. {error.remedy}"


def _send(config: Config, channel: Channel) -> str:
    from alerts.base import Recipient
    from monitor import identity
    from monitor.app import utc_now
    from monitor.jobs import reporting

    now = utc_now()
    settings = config.monitor.mailbox
    box = settings.address if settings else ""
    address = identity.reply_address(box, f"TEST{now:%H%M%S%f}")
    reporting.send_test(config, channel, Recipient(address=address), now)
    return address


def _read_to(config: Config) -> Mapping[str, Any] | None:
    """Where the daemon has come to: what is older need not be looked at."""
    from monitor.store import Store, letters

    if not (config.state / "monitor.db").exists():
        return None
    store = Store.open(config.state)
    try:
        with store.read() as tx:
            return letters.read_to(tx)
    finally:
        store.close()


def _look(
    box: Mailbox, address: str, after: Mapping[str, Any] | None
) -> tuple[bool, Mapping[str, Any] | None]:
    from sources.mailbox import advance

    with box.session() as session:
        for letter in session.letters(after):
            after = advance(after, letter.uid)
            if address.casefold() in letter.to:
                return True, after
    return False, after
