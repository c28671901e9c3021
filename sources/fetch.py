"""The polite HTTP client, on requests: bounded in time and size, guarded, and alone in asking the web.

Every request is one connection to one checked address (``sources.line``), taken in turn with the
others to that host (``sources.turns``). There is no session: no cookie is kept, no ``.netrc`` and no
proxy variable is read, and redirects are followed here, one checked hop at a time.
"""

from __future__ import annotations

import dataclasses
import logging
import re
import socket
import ssl
import string
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urljoin

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from sources import body, guard, line
from sources.base import Answer
from sources.errors import Denied, Unreachable, Unreadable
from sources.guard import Place
from sources.line import Budget, Dial, Line, Resolve, Switchboard
from sources.robots import MAX_BYTES as ROBOTS_BYTES
from sources.robots import Robots
from sources.turns import Turns

MAX_REDIRECTS = 5

LONGEST_TIMEOUT = timedelta(seconds=60)
"""No kind of source may ask for a longer deadline than this."""

_HEAD_ROOM = 256 * 1024  # bytes for status line, headers and framing, beside the body

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_FIRST_FINAL_STATUS = 200
# What RFC 9110 lets a header say; the library would quote anything else in its error.
_FIT = re.compile("(?![\t ])[\t -~\x80-\xff]*")

# What a caller may not set: these frame the message, say who we are, or would make us recognisable.
_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "cookie",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)
_HARMLESS = frozenset({"accept", "accept-language"})
_VALIDATORS = frozenset({"if-none-match", "if-modified-since"})
_SECRET_PARTS = ("auth", "key", "password", "secret", "session", "token")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How politely, how much, and where not. Raises ``ValueError`` if it makes no sense."""

    allow_private: frozenset[str] = frozenset()
    """``host:port`` pairs that may be private, on another port, and in plain http."""
    min_delay: timedelta = timedelta(seconds=2)
    timeout: timedelta = timedelta(seconds=20)
    max_bytes: int = 5_000_000
    proxy: str = ""
    """Such as ``http://proxy.school.example:8080``; empty for none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "allow_private", frozenset(map(guard.private_place, self.allow_private)))
        self.proxy_place()

    def proxy_place(self) -> Place | None:
        """Where the proxy is, or ``None``."""
        if not self.proxy:
            return None
        scheme, _, rest = self.proxy.partition("://")
        if scheme != "http":
            raise ValueError('expected a proxy such as "http://proxy.school.example:8080"')
        return guard.place_of(self.proxy, {guard.private_place(rest.rstrip("/"))})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """What one call of ``get`` or ``post`` has to do, and may use up."""

    budget: Budget
    most_bytes: int
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Lower-case names."""
    pause: timedelta = timedelta(0)
    obey_robots: bool = False
    cut: bool = False
    """Leave the rest of a long body unread, instead of failing."""
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None


class HttpFetcher:
    """Implements ``sources.base.Fetcher``. Safe to share among threads."""

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        user_agent: str,
        resolve: Resolve = socket.getaddrinfo,
        dial: Dial = line.dial,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._user_agent = user_agent
        self._monotonic = monotonic
        self._tls = tls
        self._tls_lock = threading.Lock()
        self._turns = Turns(sleep=sleep, monotonic=monotonic)
        self._robots = Robots(self._robots_txt, monotonic=monotonic)
        self._switchboard = Switchboard(
            resolve=resolve, dial=dial, proxy=policy.proxy_place(), context=self._shared_tls
        )
        self._closed = False
        # The library's warnings quote whole URLs, and with them keys and search words.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        pause: float = 0.0,
        obey_robots: bool = False,
    ) -> Answer:
        """Fetch ``url``, following redirects. Raises ``SourceError`` if there is no answer."""
        errand = _Errand(
            budget=self._budget(timeout),
            most_bytes=self._policy.max_bytes,
            headers=_caller_headers(headers),
            pause=timedelta(seconds=pause),
            obey_robots=obey_robots,
        )
        try:
            return self._follow(self._place(url), errand)
        except _Lost as lost:
            raise Unreachable(str(lost), http_status=lost.http_status) from None

    def post(
        self,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Post JSON or a form; a redirect is an answer like any other. Raises ``SourceError``."""
        errand = _Errand(
            budget=self._budget(timeout),
            most_bytes=self._policy.max_bytes,
            headers=_caller_headers(headers),
            json=json,
            form=form,
        )
        return self._exchange("POST", self._place(url), errand)

    def robots(self, url: str) -> str:
        """Say ``allowed`` or ``disallowed`` (RFC 9309)."""
        place = self._place(url)
        return "allowed" if self._robots.verdict(place.origin, place.url).allowed else "disallowed"

    def close(self) -> None:
        """Make no further request; those under way end within their deadlines."""
        self._closed = True

    def _place(self, url: str) -> Place:
        return guard.place_of(url, self._policy.allow_private)

    def _budget(self, timeout: float | None) -> Budget:
        seconds = self._policy.timeout.total_seconds() if timeout is None else timeout
        return Budget(min(seconds, LONGEST_TIMEOUT.total_seconds()), self._monotonic)

    def _shared_tls(self) -> ssl.SSLContext:
        with self._tls_lock:
            if self._tls is None:
                self._tls = _tls_context()
            return self._tls

    def _follow(self, place: Place, errand: _Errand) -> Answer:
        """Go where the redirects lead, each hop checked like a first request."""
        seen: set[str] = set()
        permanent = True
        while True:
            if errand.obey_robots:
                self._obey_robots(place)
            answer = self._exchange("GET", place, errand)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                return dataclasses.replace(answer, moved_to=place.url if seen and permanent else "")
            seen.add(place.url)
            permanent = permanent and answer.status in _PERMANENT
            target = _next_place(place, location, self._policy.allow_private)
            if target.url in seen or len(seen) > MAX_REDIRECTS:
                raise _Lost(answer)
            errand = dataclasses.replace(errand, headers=_kept_headers(errand.headers, place, target))
            place = target

    def _exchange(self, method: str, place: Place, errand: _Errand) -> Answer:
        """Wait for the host's turn, connect, ask once, and hang up."""
        _protect_secrets(place, errand.headers)
        pause = max(self._policy.min_delay, self._robots.delay(place.origin), errand.pause)
        with self._turns.take(place.key, pause), errand.budget:
            if self._closed:
                raise Unreachable("the program is about to end")
            connection = self._switchboard.open(place, errand.budget, errand.most_bytes + _HEAD_ROOM)
            try:
                return self._ask(connection, method, place, errand)
            finally:
                connection.hang_up()

    def _ask(self, connection: Line, method: str, place: Place, errand: _Errand) -> Answer:
        forwarded = place.scheme == "http" and self._switchboard.proxy_for(place) is not None
        adapter = _Adapter(connection, place, absolute=forwarded)
        try:
            response = adapter.send(self._request(method, place, errand), stream=True)
            return _answer(response, place, errand, follow=method == "GET")
        except urllib3.exceptions.HTTPError as error:
            # While the body is read. Who breaks off there has sent less than announced.
            raise Unreadable(f"the answer of {place.host} is cut off or malformed") from error
        except requests.RequestException as error:
            raise Unreachable(f"{place.host} does not answer in proper HTTP") from error

    def _request(self, method: str, place: Place, errand: _Errand) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        request.prepare_method(method)
        request.url = place.url  # in its one reading; prepare_url() would parse it once more
        request.prepare_headers(
            {
                "accept": "*/*",
                **errand.headers,
                "host": place.netloc,
                "user-agent": self._user_agent,
                "accept-encoding": body.ACCEPTED,
                "connection": "close",
            }
        )
        request.prepare_body(errand.form, None, errand.json)
        return request

    def _obey_robots(self, place: Place) -> None:
        verdict = self._robots.verdict(place.origin, place.url)
        if not verdict.allowed:
            raise Denied(
                f"{place.host}: {verdict.reason}",
                retry_after=verdict.again_in,
                remedy="leave this page alone, or ask its owner for a feed or for permission",
            )

    def _robots_txt(self, url: str) -> Answer:
        errand = _Errand(budget=self._budget(None), most_bytes=ROBOTS_BYTES + 1, cut=True)
        try:
            return self._follow(self._place(url), errand)
        except _Lost as lost:
            return lost.answer


class _Lost(Unreachable):
    """The redirects go round in a circle, or on for too long; ``answer`` is the last of them."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("the redirects lead nowhere", http_status=answer.status)
        self.answer = answer


class _Adapter(HTTPAdapter):
    """Sends one request over one line that is open already."""

    def __init__(self, connection: Line, place: Place, *, absolute: bool) -> None:
        super().__init__()
        self._pool = _Pool(place.host, line=connection)
        self._target = place.url if absolute else place.target

    def init_poolmanager(self, *_args: object, **_kwargs: object) -> None:
        """Keep no pools."""

    def get_connection_with_tls_context(self, *_args: object, **_kwargs: object) -> HTTPConnectionPool:
        """Return the one line, whatever is asked for."""
        return self._pool

    def cert_verify(self, *_args: object) -> None:
        """Load no certificates: the line has been checked already."""

    def request_url(self, *_args: object) -> str:
        """Return what goes over the wire: path and query, or the whole URL for a proxy."""
        return self._target

    def build_response(
        self, _request: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse
    ) -> requests.Response:
        """Take status, headers and body, and no cookies."""
        response = requests.Response()
        response.status_code = resp.status
        response.headers.update(resp.headers)
        response.raw = resp
        return response


class _Connection(HTTPConnection):
    """Speaks HTTP over a line; TLS, if any, is beneath it."""

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = line

    def _new_conn(self) -> Any:
        return self._line


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


def _answer(response: requests.Response, place: Place, errand: _Errand, *, follow: bool) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    status = response.status_code
    if status < _FIRST_FINAL_STATUS:
        raise Unreachable(f"{place.host} does not answer in proper HTTP")
    read = b""
    if not (follow and status in _REDIRECTS):  # the body of a redirect may be a bomb, and nobody needs it
        read = body.read(response.raw, headers, errand.most_bytes, cut=errand.cut)
    return Answer(status=status, url=place.url, headers=headers, body=read)


def _next_place(place: Place, location: str, allow_private: frozenset[str]) -> Place:
    """Read a ``Location`` header. Raises ``Denied`` where we do not follow."""
    # http.client hands over the octets as Latin-1; whatever they were meant to be, they become escapes
    escaped = quote(location.strip().encode("latin-1", "replace"), safe=string.printable)
    # urljoin() reads http:path and http:///path as relative, browsers do not: both are refused as absolute
    try:
        url = escaped if _ABSOLUTE.match(escaped) else urljoin(place.url, escaped)
    except ValueError:  # such as half a bracket in the host
        raise Denied(f"{place.host} redirects to something that is no address") from None
    target = guard.place_of(url, allow_private)
    if place.scheme == "https" and target.scheme == "http":
        raise Denied(f"{place.host} redirects from https to unprotected http")
    if target.listed and not place.listed:
        raise Denied(f"{place.host} redirects from the internet into the local network")
    return target


def _caller_headers(headers: Mapping[str, str] | None) -> Mapping[str, str]:
    told = {name.lower(): value for name, value in (headers or {}).items() if name.lower() not in _OURS}
    if not all(_FIT.fullmatch(value) for value in told.values()):
        raise Denied(
            "a password or key holds letters that no request can carry",
            remedy="store it once more, in plain letters",
        )
    return told


def _kept_headers(headers: Mapping[str, str], place: Place, target: Place) -> Mapping[str, str]:
    """What may go along to the next hop: no secret ever reaches another host or port."""
    if target.origin == place.origin:
        return headers
    kept = _HARMLESS | _VALIDATORS if target.host == place.host else _HARMLESS
    return {name: value for name, value in headers.items() if name in kept}


def _protect_secrets(place: Place, headers: Mapping[str, str]) -> None:
    if place.scheme == "https" or place.listed:
        return
    if any(part in name for name in headers for part in _SECRET_PARTS):
        raise Denied(
            f"{place.host}: a password or key is sent over https only",
            remedy="write https:// in the address of this source",
        )


def _tls_context() -> ssl.SSLContext:
    """Trust what the machine trusts, where a school's filter may have put its own authority, and the bundle."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    context.set_alpn_protocols(["http/1.1"])
    return context
