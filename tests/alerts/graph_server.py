"""Microsoft's and Google's log-in services and Graph's sendMail on loopback, over TLS, as stubborn as the real ones."""

from __future__ import annotations

import base64
import binascii
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import trustme

from tests.sources.http_server import Page, Visitor, Web, answer

TENANT, APP = "holm-nook.test", "11111111-2222-3333-4444-555555555555"
SECRET = "zQ8~play~client~secret"
MAILBOX, HEAD = "alerts@school.test", "head@school.test"
GRAPH_SCOPE, EXCHANGE_SCOPE = "/.default", "https://outlook.office365.com/.default"
LIFE = 3599
"""Seconds for which a token is good, as Microsoft grants them."""


@dataclass
class Cloud:
    """What the school has set up there, what was handed out, and what arrived."""

    web: Web
    secret: str = SECRET
    app: str = APP
    may_send_from: set[str] = field(default_factory=lambda: {MAILBOX})
    mailboxes: set[str] = field(default_factory=lambda: {MAILBOX, "other@school.test"})
    recipients: set[str] = field(default_factory=lambda: {HEAD})
    life: Any = LIFE
    good: set[str] = field(default_factory=set)
    """Tokens that are accepted; taken out, they have ended."""
    handed_out: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    for_tokens: list[Page] = field(default_factory=list)
    """What to answer to the next requests for a token, instead of what is right."""
    for_mails: list[Page] = field(default_factory=list)
    assertions: list[Mapping[str, Any]] = field(default_factory=list)
    """The headers and claims of signed proofs, as they came."""

    @property
    def url(self) -> str:
        return self.web.url("")

    def visit(self, visitor: Visitor) -> None:
        """Answer one request."""
        path = unquote(visitor.asked.target.partition("?")[0])
        if path == f"/{TENANT}/v2.0/.well-known/openid-configuration":
            self._discovery()(visitor)
        elif path in (f"/{TENANT}/oauth2/v2.0/token", "/google/token"):
            (self.for_tokens.pop(0) if self.for_tokens else self._token(visitor))(visitor)
        elif path.startswith("/v1.0/users/") and path.endswith("/sendMail"):
            (self.for_mails.pop(0) if self.for_mails else self._mail(visitor, path.split("/")[3]))(visitor)
        else:
            answer(404)(visitor)

    def _discovery(self) -> Page:
        authority = f"{self.url}/{TENANT}"
        found = {
            "issuer": f"{authority}/v2.0",
            "token_endpoint": f"{authority}/oauth2/v2.0/token",
            "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
        }
        return told(200, found)

    def _token(self, visitor: Visitor) -> Page:
        assert visitor.asked.method == "POST"
        form = {name: values[0] for name, values in parse_qs(visitor.asked.body.decode()).items()}
        refused = self._google(form) if "assertion" in form else self._microsoft(form)
        if refused:
            return refused
        self.handed_out += 1
        token = f"eyJ0.play-token-{self.handed_out}.sig"
        self.good.add(token)
        granted = {"token_type": "Bearer", "expires_in": self.life, "access_token": token}
        return told(200, {name: value for name, value in granted.items() if value is not None})

    def _microsoft(self, form: Mapping[str, str]) -> Page | None:
        if form["client_id"] != self.app:
            return aadsts("unauthorized_client", 700016, f"Application '{APP}' was not found")
        if form["scope"] not in (f"{self.url}{GRAPH_SCOPE}", EXCHANGE_SCOPE):
            return aadsts("invalid_scope", 1002012, "The scope is not valid")
        if "client_assertion" in form:
            self.assertions.append(unpacked(form["client_assertion"]))
        elif form["client_secret"] != self.secret:
            return aadsts("invalid_client", 7000215, f"Invalid client secret {form['client_secret']}")
        assert form["grant_type"] == "client_credentials"
        return None

    def _google(self, form: Mapping[str, str]) -> Page | None:
        self.assertions.append(unpacked(form["assertion"]))
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return None

    def _mail(self, visitor: Visitor, user: str) -> Page:
        asked = visitor.asked
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.good:
            return graph_error(401, "InvalidAuthenticationToken", "Lifetime validation failed")
        if user not in self.mailboxes:
            return graph_error(404, "MailboxNotEnabledForRESTAPI", f"no mailbox for {user}")
        if user not in self.may_send_from:
            return graph_error(403, "ErrorAccessDenied", f"Access is denied to {user}")
        assert asked.headers["content-type"] == "text/plain"
        try:
            mail = message_from_bytes(base64.b64decode(asked.body, validate=True), policy=default)
        except binascii.Error:
            return graph_error(
                400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."
            )
        assert isinstance(mail, EmailMessage)
        if str(mail["To"]) not in self.recipients:
            return graph_error(400, "ErrorInvalidRecipients", f"{mail['To']} is not valid")
        self.mails.append(mail)
        return answer(202)


def told(status: int, fields: object, headers: Mapping[str, str] | None = None) -> Page:
    """An answer in JSON."""
    return answer(
        status, json.dumps(fields).encode(), {"Content-Type": "application/json", **(headers or {})}
    )


def aadsts(error: str, code: int, text: str, status: int = 401) -> Page:
    """A refusal as Microsoft's log-in service words it."""
    trace = f"AADSTS{code}: {text}. Trace ID: 5c1f Tenant: {TENANT} Timestamp: 2026-11-24 10:15:00Z"
    return told(status, {"error": error, "error_description": trace, "error_codes": [code]})


def graph_error(status: int, code: str, text: str = "", headers: Mapping[str, str] | None = None) -> Page:
    """A refusal as Graph words it."""
    inner = {"request-id": "5c1f", "date": "2026-11-24T10:15:00"}
    return told(status, {"error": {"code": code, "message": text, "innerError": inner}}, headers)


def unpacked(proof: str) -> Mapping[str, Any]:
    """Header and claims of a signed proof (RFC 7515)."""
    head, claims, _ = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in proof.split("."))
    return {**json.loads(head), **json.loads(claims)}


@contextmanager
def cloud(authority: trustme.CA, folder: Path) -> Iterator[Cloud]:
    """The cloud; ``folder`` gets ``ca.pem`` and the file ``microsoft-secret``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    secret_file(folder, "microsoft-secret", SECRET)
    web = Web(tls=context)
    made = Cloud(web)
    web.elsewhere = made.visit
    web.start()
    try:
        yield made
    finally:
        web.stop()


def secret_file(folder: Path, name: str, text: str) -> None:
    """Write a secret as it must lie there."""
    (folder / name).touch(mode=0o600)
    (folder / name).write_text(text)


def microsoft_table(made: Cloud, proof: str = 'secret = { file = "microsoft-secret" }') -> str:
    """``[microsoft]`` for this cloud."""
    return (
        f'\n[microsoft]\ntenant = "{TENANT}"\nclient_id = "{APP}"\n{proof}\nauthority = "{made.url}"\n'
        f'graph = "{made.url}"\nca_file = "ca.pem"\n'
    )
