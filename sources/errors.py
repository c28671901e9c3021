"""What can go wrong with a source, and what to do then.

::

    SourceError(retry_after=None)
    ├ Unreachable   DNS, connect, TLS, time-out, 5xx: try again
    ├ Throttled     429, 503, quota: wait as told
    ├ Denied        401, 403, robots.txt, our own guard: a human must act
    ├ Missing       404, 410: be patient, then ask
    └ Unreadable    not what it used to be: HTML for a feed, cut off, too large, hostile

``str(error)`` is one plain sentence without post text, secrets or query strings.
"""

from __future__ import annotations

from datetime import timedelta


class SourceError(Exception):
    """A poll that failed for a reason outside our code."""

    remedy = "wait; it will be tried again"

    def __init__(
        self,
        message: str,
        *,
        retry_after: timedelta | None = None,
        http_status: int | None = None,
        remedy: str = "",
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """How long the server asked us to stay away; ``None`` if it did not say."""
        self.http_status = http_status
        if remedy:
            self.remedy = remedy


class Unreachable(SourceError):
    """No usable answer: DNS, connection, TLS, time-out or a 5xx."""

    remedy = "wait; if it lasts, open the address in a browser"


class Throttled(SourceError):
    """The server asks us to slow down."""

    remedy = "wait; if it lasts, ask less often (every = …)"


class Denied(SourceError):
    """We may not: credentials, robots.txt or our own address guard. A human must act."""

    remedy = "check the password or key and the permission to read this source"


class Missing(SourceError):
    """Nothing there (404), or gone for good (410)."""

    remedy = "if it stays away for days, look for the new address"


class Unreadable(SourceError):
    """An answer that is not what this kind of source yields."""

    remedy = "open the address in a browser: it may no longer be a feed, or a challenge page stands before it"
