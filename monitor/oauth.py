"""Tokens for Microsoft 365 and Google Workspace, in one place: fetched when needed, kept in memory, renewed in time.

What is behind a token is a *purpose*: ``graph`` (Microsoft Graph), ``microsoft`` (SMTP and IMAP of Exchange
Online) or ``google`` (SMTP and IMAP of Google Workspace). A channel gets ``Tokens.logins()``, whose errors are
delivery errors; a mailbox gets ``Tokens.for_mailbox("microsoft")`` or ``("google")``, a
``Callable[[str], str]`` whose one argument may be left out and whose errors are source errors::

    token = tokens.for_mailbox("microsoft")
    word = token()             # kept, or fetched
    word = token(word)         # the server would not take this one: another

No token and no secret is ever logged, written or quoted in an error.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode, urlsplit

from alerts.channel import Login, Token
from alerts.errors import Deferred, DeliveryError, Misconfigured
from alerts.https import Lost, Reply, Service
from monitor import assertions, refusals
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.refusals import Refusal, TokenError
from monitor.settings import GoogleSettings, MicrosoftSettings
from sources.errors import Denied, SourceError, Unreachable

Purpose: TypeAlias = Literal["graph", "microsoft", "google"]

FETCH_SECONDS = 15.0
"""The longest wait for a token; with the longest mail after it, it still ends within the lease of a delivery."""
RENEW_BEFORE = 300.0
"""Seconds before its end at which a token is renewed; the old one serves on if that fails."""
SHORTEST_LIFE, LONGEST_LIFE = 60.0, 86_400.0
"""Seconds for which a token is believed; one whose end is not told (RFC 6749 §5.1) is kept for the shorter time."""
PAUSE = 30.0
"""Seconds for which nothing is asked after a refusal: a full outbox must not ask for each of its mails."""
_EXCHANGE = "https://outlook.office365.com"
_GOOGLE_MAIL = "https://mail.google.com/"
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
"""What may stand in a header; anything else is no token."""
_OK = 200
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A token, and until when it is good on the steady clock."""

    word: str = field(repr=False)
    renew_at: float
    ends_at: float


class Tokens:
    """All tokens of one configuration. Safe to share among threads; asks for one token of a kind at a time."""

    def __init__(
        self, config: Config | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        fetches = _fetches(config) if config else {}
        self._keepers = {purpose: _Keeper(fetch, monotonic) for purpose, fetch in fetches.items()}
        self._logins: dict[str, Login] = {}
        if config:
            self._logins = {purpose: self._login(purpose, config) for purpose in fetches}

    def token(self, purpose: Purpose, refused: str = "") -> str:
        """A token that is good for now, another one than ``refused``. Raises ``TokenError``."""
        keeper = self._keepers.get(purpose)
        if keeper is None:
            raise TokenError(_missing("google" if purpose == "google" else "microsoft"))
        return keeper.token(refused)

    def for_mailbox(self, purpose: Purpose) -> Callable[[str], str]:
        """What a mailbox logs in with; see above. Raises ``SourceError`` when called."""

        def token(refused: str = "") -> str:
            try:
                return self.token(purpose, refused)
            except TokenError as error:
                raise _source_error(error.refusal) from None

        return token

    def logins(self) -> Mapping[str, Login]:
        """What channels log in with. Their tokens raise ``DeliveryError``."""
        return self._logins

    def _login(self, purpose: Purpose, config: Config) -> Login:
        microsoft, proxy = config.monitor.microsoft, config.monitor.fetch.proxy
        token = self._for_channel(purpose)
        if purpose != "graph" or microsoft is None:
            return Login(token=token)
        return Login(token=token, url=microsoft.graph, ca_file=microsoft.ca_file, proxy=proxy)

    def _for_channel(self, purpose: Purpose) -> Token:
        def token(refused: str = "") -> str:
            try:
                return self.token(purpose, refused)
            except TokenError as error:
                raise _delivery_error(error.refusal) from None

        return token


def problems(config: Config) -> list[Refusal]:
    """What can be told of certificates and keys without asking anybody; a secret that cannot be read is told elsewhere."""
    found = []
    for fetch in _fetches(config).values():
        try:
            fetch.prepare()
        except TokenError as error:
            found.append(error.refusal)
        except ConfigError:
            continue
    return list(dict.fromkeys(found))


def _fetches(config: Config) -> dict[Purpose, _Microsoft | _Google]:
    """What fetches each token that the configuration gives us the right to."""
    microsoft, google = config.monitor.microsoft, config.monitor.google
    found: dict[Purpose, _Microsoft | _Google] = {}
    if microsoft:
        found["graph"] = _Microsoft(config, microsoft, f"{microsoft.graph}/.default")
        found["microsoft"] = _Microsoft(config, microsoft, f"{_EXCHANGE}/.default")
    if google:
        found["google"] = _Google(config, google)
    return found


class _Keeper:
    """Keeps one token, and remembers a refusal for a while."""

    def __init__(self, fetch: _Microsoft | _Google, monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: _Kept | None = None
        self._refusal = Refusal(message="nobody has asked for a token yet")
        self._ask_again_at = float("-inf")

    def token(self, refused: str) -> str:
        """Raises ``TokenError``."""
        with self._lock:
            now = self._monotonic()
            kept = self._kept if self._kept and self._kept.word != refused else None
            if kept and now < kept.renew_at:
                return kept.word
            if now >= self._ask_again_at and (new := self._renewed()):
                return new.word
            if kept and now < kept.ends_at:
                return kept.word
            raise TokenError(self._refusal)

    def _renewed(self) -> _Kept | None:
        try:
            word, life = self._fetch()
        except TokenError as error:
            self._refusal = error.refusal
            wish = error.refusal.retry_after
            self._ask_again_at = self._monotonic() + max(PAUSE, wish.total_seconds() if wish else 0)
            return None
        now = self._monotonic()
        self._kept = _Kept(word, now + max(life - RENEW_BEFORE, life / 2), now + life)
        return self._kept


class _Microsoft:
    """Client credentials (RFC 6749 §4.4), proved by a secret or by a certificate."""

    def __init__(self, config: Config, settings: MicrosoftSettings, scope: str) -> None:
        self._config = config
        self._settings = settings
        self._scope = scope
        self._service = _service(config, settings.authority, settings.ca_file)

    def prepare(self) -> Callable[[], tuple[str, float]]:
        """Everything but the asking. Raises ``TokenError`` or ``ConfigError``."""
        settings = self._settings
        if settings.certificate is None:
            secret = self._config.secret(settings.secret) if settings.secret else ""
            return lambda: self._by_secret(secret)
        sign = assertions.microsoft(self._config.secret(settings.certificate), settings.thumbprint)
        return lambda: self._by_certificate(sign)

    def __call__(self) -> tuple[str, float]:
        """A token, and for how many seconds it is good. Raises ``TokenError``."""
        return _told_as_refusal(self.prepare)()

    def _by_secret(self, secret: str) -> tuple[str, float]:
        settings = self._settings
        form = {"client_id": settings.client_id, "client_secret": secret, "scope": self._scope}
        target = f"/{settings.tenant}/oauth2/v2.0/token"
        body = urlencode({**form, "grant_type": "client_credentials"}).encode()
        return _read("Microsoft", _ask(self._service, "Microsoft", "POST", target, body))

    def _by_certificate(self, sign: assertions.Sign) -> tuple[str, float]:
        settings, ends = self._settings, time.monotonic() + FETCH_SECONDS

        def web(method: str, url: str, body: bytes | None) -> Reply:
            place = urlsplit(url)
            target = f"{place.path}?{place.query}" if place.query else place.path
            left = ends - time.monotonic()
            reply = _ask(self._service, "Microsoft", method, target, body, seconds=left)
            if reply.status != _OK or not refusals.fields(reply.body):
                raise TokenError(refusals.refusal("Microsoft", reply.status, reply.headers, reply.body))
            return reply

        told = sign(settings.client_id, f"{settings.authority}/{settings.tenant}", self._scope, web)
        return _believed("Microsoft", told)


class _Google:
    """A service account that acts for one mailbox (RFC 7523)."""

    def __init__(self, config: Config, settings: GoogleSettings) -> None:
        self._config = config
        self._settings = settings

    def prepare(self) -> Callable[[], tuple[str, float]]:
        """Everything but the asking. Raises ``TokenError`` or ``ConfigError``."""
        account = assertions.google(self._config.secret(self._settings.service_account))
        return lambda: self._by_account(account)

    def __call__(self) -> tuple[str, float]:
        """A token, and for how many seconds it is good. Raises ``TokenError``."""
        return _told_as_refusal(self.prepare)()

    def _by_account(self, account: assertions.Account) -> tuple[str, float]:
        place = urlsplit(account.token_uri)
        service = _service(self._config, f"https://{place.netloc}", self._settings.ca_file)
        proof = account.prove(self._settings.subject, _GOOGLE_MAIL, int(time.time()))
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        body = urlencode({"grant_type": grant, "assertion": proof}).encode()
        return _read("Google", _ask(service, "Google", "POST", place.path, body))


def _told_as_refusal(
    prepare: Callable[[], Callable[[], tuple[str, float]]],
) -> Callable[[], tuple[str, float]]:
    """``prepare()``, with a secret that cannot be read told like any other refusal."""
    try:
        return prepare()
    except ConfigError as error:
        told = "; ".join(f"{found.file}: {found.message}" for found in error.problems)
        raise TokenError(
            Refusal(message=told, remedy="correct the file of the secret", lasting=True)
        ) from None


def _service(config: Config, url: str, ca_file: str) -> Service:
    return Service(
        url, ca_file=config.resolve(ca_file) if ca_file else None, proxy=config.monitor.fetch.proxy
    )


def _ask(
    service: Service,
    who: str,
    method: str,
    target: str,
    body: bytes | None,
    *,
    seconds: float | None = None,
) -> Reply:
    """Raises ``TokenError``."""
    try:
        seconds = FETCH_SECONDS if seconds is None else seconds
        return service.ask(method, target, seconds=seconds, headers=_FORM if body else None, body=body)
    except Lost as lost:
        remedy = "see that this machine may reach it, and trusts what answers there" if lost.lasting else ""
        told = f"{who}'s log-in service {lost}"
        refused = (
            Refusal(message=told, lasting=True, remedy=remedy) if lost.lasting else Refusal(message=told)
        )
        raise TokenError(refused) from None


def _read(who: str, reply: Reply) -> tuple[str, float]:
    if reply.status != _OK:
        raise TokenError(refusals.refusal(who, reply.status, reply.headers, reply.body))
    return _believed(who, refusals.fields(reply.body))


def _believed(who: str, told: Mapping[str, Any]) -> tuple[str, float]:
    """The token of an answer, if it holds one."""
    word, life = told.get("access_token"), told.get("expires_in")
    if not isinstance(word, str) or not _TOKEN.fullmatch(word):
        raise TokenError(refusals.refusal(who, _OK, {}, b""))
    return word, _seconds(life)


def _seconds(life: object) -> float:
    """For how long to believe a token."""
    try:
        told = float(life) if isinstance(life, int | float | str) else 0.0
    except (OverflowError, ValueError):
        told = 0.0
    return min(told, LONGEST_LIFE) if told > SHORTEST_LIFE else SHORTEST_LIFE  # NaN is the shorter


def _missing(table: str) -> Refusal:
    return Refusal(
        message=f"monitor.toml has no [{table}]",
        remedy=f"add [{table}] (README, Mail; an example: config/monitor.toml)",
        lasting=True,
    )


def _delivery_error(told: Refusal) -> DeliveryError:
    if told.lasting:
        return Misconfigured(told.message, remedy=told.remedy)
    return Deferred(told.message, remedy=told.remedy, retry_after=told.retry_after)


def _source_error(told: Refusal) -> SourceError:
    if told.lasting:
        return Denied(told.message, remedy=told.remedy)
    return Unreachable(told.message, remedy=told.remedy, retry_after=told.retry_after)
