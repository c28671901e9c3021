"""Says which addresses may be connected to, and gives a URL one single reading.

Pure: asks no name server and opens no connection. A URL becomes a ``Place``; the host of the place
is the host that is resolved, checked, connected to and named in the request, so that no two parsers
can disagree on where it leads. What cannot be read in one way only is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, TypeAlias
from urllib.parse import quote

from sources.errors import Denied

SockAddr: TypeAlias = tuple[Any, ...]
"""What ``getaddrinfo`` yields last: address and port, and two more numbers for IPv6."""

PORTS = frozenset({80, 443})
"""Where the web is. Any other port is somebody's service, not a publisher."""

LONGEST_URL = 8_000
"""RFC 9110, section 4.1, asks for 8,000 octets; no feed needs more."""

_LONGEST_HOST = 253  # RFC 1035, section 2.3.4, as text
_LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")  # RFC 6761, 6762, 8375
_DEFAULT_PORT = {"http": 80, "https": 443}

_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*):(?P<slashes>/*)(?P<authority>[^/?#]*)"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^:\[\]]+)(?::(?P<port>[0-9]{0,5}))?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")

# Escapes are kept as they are; everything that has a meaning in a path or query stays as well.
_SAFE_PATH = "%/:@!$&'()*+,;=~[]"
_SAFE_QUERY = _SAFE_PATH + "?"

# IANA special-purpose registries (RFC 6890 and later), written out here because the verdicts of
# ``ipaddress`` change between patch releases of Python, and call NAT64 and 6to4 addresses global.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches the machine itself
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598)
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata services of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")  # the only global unicast space that IANA has given out
_NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_EMBEDDED_LAST = (
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated (RFC 2765)
    IPv6Network("::/96"),  # IPv4-compatible, withdrawn
    _NAT64,
)
_SIX_TO_FOUR = IPv6Network("2002::/16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a URL leads, in one reading."""

    scheme: str
    host: str
    """Lower-case ASCII; an IPv6 address without its brackets."""
    port: int
    target: str
    """Path and query as they go over the wire."""
    listed: bool = False
    """The operator named this host and port: it may be private, and spoken to in plain http."""

    @property
    def key(self) -> str:
        """``host:port``: what politeness counts by, and what ``allow_private`` names."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def netloc(self) -> str:
        """The host as the ``Host`` header says it: without the usual port of the scheme."""
        return _bracketed(self.host) if self.port == _DEFAULT_PORT[self.scheme] else self.key

    @property
    def origin(self) -> str:
        """Scheme, host and port: the authority that one robots.txt speaks for."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def url(self) -> str:
        """The URL without its fragment, in plain ASCII."""
        return self.origin + self.target


def place_of(url: str, allow_private: Collection[str] = ()) -> Place:
    """Read ``url``. Raises ``Denied`` if it is not plainly an address on the web.

    ``allow_private`` holds ``host:port`` as ``Place.key`` writes them.
    """
    scheme, authority, path, query = _split(url)
    host, named = _host_and_port(authority)
    port = _DEFAULT_PORT[scheme] if named is None else named
    target = quote(_without_dots(path), safe=_SAFE_PATH) or "/"
    if query is not None:
        target += "?" + quote(query, safe=_SAFE_QUERY)
    listed = f"{_bracketed(host)}:{port}" in allow_private
    if port not in PORTS and not listed:
        raise Denied(
            f"{host}: port {port} is not a port of the web",
            remedy=f'use an address on port 80 or 443, or list "{_bracketed(host)}:{port}" in allow_private',
        )
    return Place(scheme=scheme, host=host, port=port, target=target, listed=listed)


def private_place(entry: str) -> str:
    """Return one line of ``allow_private`` as ``Place.key`` writes it. Raises ``ValueError``."""
    try:
        host, port = _host_and_port(entry.strip())
    except Denied:
        port = None
    if port is None or not 0 < port < 2**16:
        raise ValueError(f'expected host and port such as "127.0.0.1:8481", got {entry!r}')
    return f"{_bracketed(host)}:{port}"


def checked(place: Place, answers: Iterable[SockAddr]) -> Sequence[SockAddr]:
    """Return the addresses that a name resolved to. Raises ``Denied`` unless all are public.

    All, because a name that answers with one public and one private address hopes that the second
    is tried. The caller connects to what is returned here and never asks for the name again.
    """
    addresses = tuple(answers)
    if not place.listed and not all(is_public(str(address[0])) for address in addresses):
        raise Denied(
            f"{place.host} leads to an address that is not public",
            remedy=f'if that is meant, list "{place.key}" in allow_private',
        )
    return addresses


def check_unresolved(place: Place) -> None:
    """Judge a place by its name alone, where a proxy resolves it. Raises ``Denied``."""
    if is_literal(place.host):
        checked(place, [(place.host, place.port)])
    elif "." not in place.host or place.host.endswith(_LOCAL_ENDINGS):
        raise Denied(
            f"{place.host} is a name of the local network",
            remedy=f'if that is meant, list "{place.key}" in allow_private',
        )


def is_public(address: str) -> bool:
    """Whether an IP address lies in the public internet, whatever IPv4 address hides inside it."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = _embedded(found)
        if inner is None:
            return _is_public_6(found)
        found = inner
    return not any(found in network for network in _NOT_PUBLIC_4)


def is_literal(host: str) -> bool:
    """Whether ``Place.host`` is an address already, so that there is no name to resolve."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _PUBLIC_6:
        return False
    return not any(address in network for network in _NOT_PUBLIC_6)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    if any(address in network for network in _EMBEDDED_LAST):
        return IPv4Address(number & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFF_FFFF)
    return None


def _split(url: str) -> tuple[str, str, str, str | None]:
    url = url.strip(" \t\r\n\f")
    if len(url) > LONGEST_URL:
        raise Denied("the address is too long")
    if _CONTROL.search(url):
        raise Denied("the address contains control characters")
    found = _URL.fullmatch(url)
    scheme = found["scheme"].lower() if found else ""
    if found is None or scheme not in _DEFAULT_PORT:
        raise Denied("only http and https addresses are read")
    if found["slashes"] != "//" or "\\" in found["authority"] + found["path"]:
        # Browsers and libraries disagree on http:/host, http:///host and backslashes.
        raise Denied("the address can be read in more than one way")
    return scheme, found["authority"], found["path"], found["query"]


def _host_and_port(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise Denied(
            "the address contains a user name or password", remedy="keep secrets in a file of their own"
        )
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise Denied("the host of the address cannot be read")
    return _plain_host(found["host"]), int(found["port"]) if found["port"] else None


def _plain_host(host: str) -> str:
    try:
        if host.startswith("["):
            return IPv6Address(host[1:-1]).compressed
        name = _ascii(host).removesuffix(".")
        if _NUMBER_LABEL.fullmatch(name.rpartition(".")[2]):
            # 127.1, 0x7f.1, 2130706433 and 0177.0.0.1 are all 127.0.0.1 to some library.
            return str(IPv4Address(name))
    except ValueError:
        raise Denied("the host of the address is written in an odd way") from None
    if len(name) > _LONGEST_HOST or not _NAME.fullmatch(name):
        raise Denied("the host of the address cannot be a name")
    return name


def _ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    # The limit comes first: the codec's time grows with the square of the length.
    return host[: _LONGEST_HOST + 1].encode("idna").decode("ascii").lower()


def _without_dots(path: str) -> str:
    """Resolve ``.`` and ``..`` (RFC 3986, section 5.2.4), so that robots.txt judges what is asked for."""
    kept: list[str] = []
    parts = path.split("/")
    for position, part in enumerate(parts):
        plain = part.replace("%2e", ".").replace("%2E", ".")
        if plain not in {".", ".."}:
            kept.append(part)
            continue
        if plain == ".." and len(kept) > 1:
            kept.pop()
        if position == len(parts) - 1:
            kept.append("")
    return "/".join(kept)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
