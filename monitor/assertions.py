"""Proofs of who we are that are signed with a key: a certificate for Microsoft, a service account for Google.

The libraries that sign come with the extras ``microsoft`` and ``google``, and are imported when they are needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlencode, urlsplit

from alerts.https import Reply
from monitor.refusals import Refusal, TokenError

LIFE = 3600
"""Seconds for which a proof is good; Google takes no longer one."""
Web: TypeAlias = Callable[[str, str, bytes | None], Reply]
"""Asks with a method, a URL and a body, within what is left of the time. Raises ``TokenError``."""


class Sign(Protocol):
    """Logs an app in to Microsoft with its certificate."""

    def __call__(self, client_id: str, authority: str, scope: str, web: Web) -> Mapping[str, Any]:
        """Return the answer that holds the token. Raises ``TokenError``."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """A service account of Google's."""

    mail: str
    token_uri: str
    _signer: Any = field(repr=False)
    _encode: Callable[[Any, dict[str, Any]], bytes] = field(repr=False)

    def prove(self, subject: str, scope: str, now: int) -> str:
        """A signed claim to act for ``subject`` (RFC 7523 §3)."""
        times = {"iat": now, "exp": now + LIFE}
        claim = {"iss": self.mail, "sub": subject, "scope": scope, "aud": self.token_uri, **times}
        return self._encode(self._signer, claim).decode()


def google(text: str) -> Account:
    """Read the file of a service account. Raises ``TokenError``."""
    try:
        from google.auth import crypt, jwt  # noqa: PLC0415 -- an extra: only who uses it needs it
    except ImportError:
        raise TokenError(_not_installed("Google Workspace", "google")) from None
    try:
        told = json.loads(text)
        mail, token_uri = told["client_email"], told["token_uri"]
        signer = crypt.RSASigner.from_service_account_info(told)  # type: ignore[no-untyped-call] # the library's
    except (ValueError, TypeError, KeyError):
        raise TokenError(_NO_ACCOUNT) from None
    if not isinstance(mail, str) or not isinstance(token_uri, str) or urlsplit(token_uri).scheme != "https":
        raise TokenError(_NO_ACCOUNT)
    return Account(mail, token_uri, signer, jwt.encode)


def microsoft(pem: str, thumbprint: str) -> Sign:
    """Read the file of a certificate with its private key. Raises ``TokenError``."""
    try:
        import msal  # noqa: PLC0415 -- an extra: only who uses it needs it
    except ImportError:
        raise TokenError(_not_installed("a certificate", "microsoft")) from None
    proof = _proof(pem, thumbprint)

    def sign(client_id: str, authority: str, scope: str, web: Web) -> Mapping[str, Any]:
        try:
            app = msal.ConfidentialClientApplication(
                client_id,
                client_credential=proof,
                authority=authority,
                http_client=_Client(web),
                instance_discovery=False,
            )
            told: Mapping[str, Any] = app.acquire_token_for_client([scope])
        except TokenError:
            raise
        except Exception as error:  # noqa: BLE001 -- what the library trips over may quote proof or answer
            raise TokenError(_unusable(error)) from None
        return told

    return sign


def _proof(pem: str, thumbprint: str) -> Mapping[str, str]:
    """What ``msal`` signs with, looked at beforehand: its own errors may quote the key."""
    from cryptography import x509  # noqa: PLC0415 -- comes with msal
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 -- comes with msal
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 -- comes with msal

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise TokenError(_NO_KEY) from None
    if not isinstance(key, RSAPrivateKey):
        raise TokenError(_NO_KEY)
    if thumbprint:
        return {"private_key": pem, "thumbprint": thumbprint}
    try:
        x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise TokenError(_NO_CERTIFICATE) from None
    return {"private_key": pem, "public_certificate": pem}


class _Client:
    """What ``msal`` asks the web with."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def get(self, url: str, params: Mapping[str, str] | None = None, **_: object) -> _Answer:
        """Ask for an address."""
        return _Answer(self._web("GET", f"{url}?{urlencode(params)}" if params else url, None))

    def post(self, url: str, data: Mapping[str, str] | None = None, **_: object) -> _Answer:
        """Send a form."""
        return _Answer(self._web("POST", url, urlencode(data or {}).encode()))


class _Answer:
    """What ``msal`` expects of an answer; one that is no success never comes here."""

    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.headers = reply.headers
        self.text = reply.body.decode("utf-8", "replace")

    def raise_for_status(self) -> None:
        """Nothing: see above."""


def _not_installed(what: str, extra: str) -> Refusal:
    return Refusal(
        message=f"what logs in with {what} is not installed",
        remedy=f"install it, in the folder of the program: make {extra}",
        lasting=True,
    )


def _unusable(error: Exception) -> Refusal:
    return Refusal(
        message=f"Microsoft's log-in service told us something that cannot be used ({type(error).__name__})",
        remedy="leave authority in [microsoft] out, unless the school is in a national cloud",
        lasting=True,
    )


_NO_KEY = Refusal(
    message="the file that [microsoft] certificate names holds no private key (RSA) that can be read",
    remedy="write the private key (PEM, without a passphrase) and the certificate into it, one after the other",
    lasting=True,
)
_NO_CERTIFICATE = Refusal(
    message="the file that [microsoft] certificate names holds a private key alone",
    remedy="add the certificate to it, or copy its Thumbprint from Entra into thumbprint",
    lasting=True,
)
_NO_ACCOUNT = Refusal(
    message="the file that [google] service_account names is no key of a service account",
    remedy="console.cloud.google.com > IAM & Admin > Service accounts > Keys > Add key > JSON; save that file as it is",
    lasting=True,
)
