"""What can go wrong with a delivery, and what to do then.

::

    DeliveryError(retry_after=None)
    ├ Deferred       4xx, time-out, connection lost: try again
    │ ├ MailboxFull  empties again, but somebody else should hear meanwhile
    │ └ NotWoken     a line to wake somebody; given up when it would come too late
    ├ Refused        this recipient or this message, for good
    └ Misconfigured  log-in, TLS, our own settings: a human must act; nothing is dropped

``str(error)`` is one plain sentence without addresses or message text.
"""

from __future__ import annotations

from datetime import timedelta


class DeliveryError(Exception):
    """A message that did not go out."""

    remedy = "wait; it will be tried again"

    def __init__(
        self,
        message: str,
        *,
        retry_after: timedelta | None = None,
        code: str = "",
        may_have_arrived: bool = False,
        remedy: str = "",
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.code = code
        """The server's own code, such as ``451 4.3.0``; never its text."""
        self.may_have_arrived = may_have_arrived
        """The connection broke after the message was handed over, before it was confirmed."""
        if remedy:
            self.remedy = remedy


class Deferred(DeliveryError):
    """For now; try again later."""


class MailboxFull(Deferred):
    """The recipient's mailbox is full."""

    remedy = "ask this person to make room, and tell them yourself meanwhile"


class NotWoken(Deferred):
    """Nobody was woken over at least one of a person's services."""

    remedy = "see: mention-monitor check --online; until then ring these people yourself"


class Refused(DeliveryError):
    """This recipient or this message is refused for good."""

    remedy = "check the address of this person in the school file"


class Misconfigured(DeliveryError):
    """Log-in, TLS or settings are wrong: trying again changes nothing until a human acts."""

    remedy = "check host, port, security, user and password in [mail]"
