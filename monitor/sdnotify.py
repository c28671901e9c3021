"""Tell systemd how we are: READY, STATUS, WATCHDOG, STOPPING, RELOADING (sd_notify(3)).

One datagram each to the socket systemd names; without one, nothing happens.
"""

from __future__ import annotations

import socket
from contextlib import suppress


class Notifier:
    """Sends states to ``address``, the value of ``$NOTIFY_SOCKET``; empty means nobody listens."""

    def __init__(self, address: str = "") -> None:
        # systemd writes an abstract socket's leading NUL as "@" (sd_notify(3))
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def send(self, *states: str) -> None:
        """Send states such as ``READY=1``; a failure to notify never stops the daemon."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.connect(self._address)
            sock.sendall("\n".join(states).encode())
