"""One connection to one checked address, with a deadline and a byte limit that nothing outlasts.

A name is resolved once, every answer is checked, and the connection goes to a checked address: a
name server that changes its mind (DNS rebinding) is never asked again. The deadline holds for each
single read and write, so that a server that drips one byte at a time, in its headers, its body or
its TLS handshake, gains nothing.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import chain, zip_longest
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from sources import guard
from sources.errors import Unreachable, Unreadable
from sources.guard import Place, SockAddr

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Resolve: TypeAlias = Callable[..., Sequence[tuple[Any, ...]]]
"""Shaped like ``socket.getaddrinfo``."""

Dial: TypeAlias = Callable[[SockAddr, float], socket.socket]
"""Opens a TCP connection to an address within so many seconds."""

_MOST_ADDRESSES = 4  # tried in turn; more would leave each too little of the deadline
_MOST_LOOKUPS = 16  # threads that may hang in a dead name server at one time
_LONGEST_TUNNEL_HEAD = 8_192  # bytes of a proxy's answer to CONNECT
_BUFFER = 16_384  # bytes asked of the system at a time


class Budget:
    """The time that one fetch may take. It runs only inside ``with budget:``."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._left = seconds
        self._monotonic = monotonic
        self._ends = 0.0

    def __enter__(self) -> None:
        self._ends = self._monotonic() + self._left

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left = self._ends - self._monotonic()

    def left(self) -> float:
        """Seconds until the deadline. Raises ``Unreachable`` when it has passed."""
        left = self._ends - self._monotonic()
        if left <= 0:
            raise self.spent()
        return left

    def spare(self) -> float:
        """Seconds that are left while it does not run."""
        return self._left

    def spent(self) -> Unreachable:
        """The error that says so."""
        return Unreachable(f"no complete answer within {self._seconds:g} seconds")


class Line:
    """An open connection. Looks to ``http.client`` like a socket."""

    def __init__(self, sock: socket.socket, place: Place, budget: Budget, most_bytes: int) -> None:
        self._sock = sock
        self._place = place
        self._budget = budget
        self._bytes_left = most_bytes

    @property
    def bare(self) -> socket.socket:
        """The socket itself, to speak TLS on it."""
        return self._sock

    def sendall(self, octets: bytes) -> None:
        """Send everything before the deadline."""
        with _told(self._place, self._budget):
            self._sock.settimeout(self._budget.left())
            self._sock.sendall(octets)

    def receive(self, buffer: WriteableBuffer) -> int:
        """Read what has come, before the deadline and within the byte limit."""
        with _told(self._place, self._budget):
            self._sock.settimeout(self._budget.left())
            count = self._sock.recv_into(buffer)
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise Unreadable(f"the answer of {self._place.host} is too large")
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the reading side, as ``socket.makefile("rb")`` does."""
        return io.BufferedReader(_Inlet(self), _BUFFER)

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: the budget alone decides."""

    def close(self) -> None:
        """Do nothing: ``http.client`` closes before the body is read; the owner hangs up."""

    def hang_up(self) -> None:
        """Close the connection for good."""
        self._sock.close()


class _Inlet(io.RawIOBase):
    """The reading side of a line, as a raw file."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._line.receive(buffer)


class Switchboard:
    """Opens lines: resolves, checks, connects, passes a proxy if there is one, and speaks TLS."""

    def __init__(
        self, *, resolve: Resolve, dial: Dial, proxy: Place | None, context: Callable[[], ssl.SSLContext]
    ) -> None:
        """``context`` yields the one TLS context that all connections share: to build one takes 18 ms."""
        self._resolve = resolve
        self._dial = dial
        self._proxy = proxy
        self._context = context
        self._lookups = threading.Semaphore(_MOST_LOOKUPS)

    def proxy_for(self, place: Place) -> Place | None:
        """The proxy that stands before ``place``; listed places are reached directly."""
        return None if place.listed else self._proxy

    def open(self, place: Place, budget: Budget, most_bytes: int) -> Line:
        """Connect to ``place``. Raises ``Denied`` or ``Unreachable``."""
        proxy = self.proxy_for(place)
        if proxy is not None:
            guard.check_unresolved(place)
        sock = self.connect(proxy or place, budget)
        try:
            if place.scheme == "https":
                if proxy is not None:
                    _tunnel(sock, place, budget)
                sock = self.encrypt(sock, place, budget)
        except BaseException:
            sock.close()
            raise
        return Line(sock, place, budget, most_bytes)

    def connect(self, place: Place, budget: Budget) -> socket.socket:
        """Open a plain connection to ``place`` itself. Raises ``Denied`` or ``Unreachable``."""
        addresses = _by_turns(guard.checked(place, self._addresses(place, budget)))[:_MOST_ADDRESSES]
        for tried, address in enumerate(addresses):
            share = budget.left() / (len(addresses) - tried)
            try:
                return self._dial(address, share)
            except OSError:
                continue
        budget.left()
        raise Unreachable(f"{place.host} does not accept connections")

    def _addresses(self, place: Place, budget: Budget) -> list[SockAddr]:
        if guard.is_literal(place.host):
            return [(place.host, place.port)]
        if not self._lookups.acquire(timeout=budget.left()):
            raise budget.spent()
        future: Future[Sequence[tuple[Any, ...]]] = Future()
        # A thread of its own: nothing can interrupt a lookup, only stop waiting for it.
        threading.Thread(target=self._look_up, args=(place, future), name="lookup", daemon=True).start()
        try:
            answers = future.result(timeout=budget.left())
        except TimeoutError:
            raise budget.spent() from None
        except (OSError, UnicodeError):
            raise Unreachable(f"the name {place.host} cannot be resolved") from None
        return [tuple(answer[4]) for answer in answers]

    def _look_up(self, place: Place, future: Future[Sequence[tuple[Any, ...]]]) -> None:
        try:
            future.set_result(self._resolve(place.host, place.port, type=socket.SOCK_STREAM))
        except BaseException as error:  # noqa: BLE001 -- raised again in the thread that waits
            future.set_exception(error)
        finally:
            self._lookups.release()

    def encrypt(self, sock: socket.socket, place: Place, budget: Budget) -> ssl.SSLSocket:
        """Speak verified TLS from here on. Raises ``Unreachable``."""
        sock.settimeout(budget.left())  # OpenSSL's handshake ends after this, however it drips
        try:
            return self._context().wrap_socket(sock, server_hostname=place.host)
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(
                f"the certificate of {place.host} is not valid: {error.verify_message}",
                remedy="its owner must renew it; or the clock of this machine is wrong",
            ) from None
        except TimeoutError:
            raise budget.spent() from None
        except OSError:
            raise Unreachable(f"no secure connection to {place.host} is possible") from None


def dial(address: SockAddr, seconds: float) -> socket.socket:
    """Open a TCP connection to an address that has been checked."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(seconds)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _by_turns(addresses: Sequence[SockAddr]) -> list[SockAddr]:
    """One of each family in turn: a network with broken IPv6 must not cost the whole deadline."""
    first = [address for address in addresses if (":" in address[0]) == (":" in addresses[0][0])]
    others = [address for address in addresses if address not in first]
    return [address for address in chain.from_iterable(zip_longest(first, others)) if address is not None]


def _tunnel(sock: socket.socket, place: Place, budget: Budget) -> None:
    """Ask the proxy for a way through (RFC 9110, section 9.3.6)."""
    line = Line(sock, place, budget, _LONGEST_TUNNEL_HEAD)
    line.sendall(f"CONNECT {place.key} HTTP/1.1\r\nHost: {place.key}\r\n\r\n".encode("ascii"))
    head = bytearray()
    octet = bytearray(1)  # one at a time: what follows the head belongs to TLS
    while not head.endswith(b"\r\n\r\n"):
        if not line.receive(octet):
            break
        head += octet
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        raise Unreachable(
            f"the proxy does not let us through to {place.host}",
            remedy="ask whoever runs the proxy to allow this address, or correct [fetch] proxy",
        )


@contextmanager
def _told(place: Place, budget: Budget) -> Iterator[None]:
    """Say in our words what went wrong on the wire."""
    try:
        yield
    except TimeoutError:
        raise budget.spent() from None
    except OSError:
        raise Unreachable(f"{place.host} broke the connection") from None
