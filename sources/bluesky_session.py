"""A session with Bluesky's servers: logging in, renewing what has run out, and telling a wall from a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

from sources import status, wire
from sources.base import Answer, SecretFile, Tools
from sources.errors import Denied, Unreadable

_SPENT = frozenset(["ExpiredToken", "InvalidToken"])


class Account(Protocol):
    """Who asks, and whom."""

    @property
    def handle(self) -> str:
        """The account that asks, or nothing for a stranger."""
        ...

    @property
    def password(self) -> SecretFile | None:
        """Its app password."""
        ...

    @property
    def asked(self) -> str:
        """The service that is asked."""
        ...


class Session:
    """Bluesky's XRPC, as an account or as a stranger. The session lives in memory only."""

    def __init__(self, settings: Account, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._access = ""
        self._refresh = ""

    def get(self, method: str, asked: Mapping[str, str] | Iterable[tuple[str, str]]) -> Answer:
        """Ask, with a session that is valid; the answer may still be an error."""
        url = f"{self._address(method)}?{wire.query(asked)}"
        password = self._settings.password
        if not password:
            return self._tools.fetcher.get(url, headers={"Accept": "application/json"})
        if not self._access:
            self._log_in(password)
        answer = self._get(url)
        if _is_spent(answer):
            self._renew(password)
            answer = self._get(url)
        return answer

    def read(self, answer: Answer) -> Mapping[str, Any]:
        """The JSON object of an answer. Raises ``SourceError``."""
        if answer.status == HTTPStatus.FORBIDDEN and not answer.body.lstrip().startswith(b"{"):
            # Bluesky's outer wall does this to everybody at times; it says nothing about us.
            raise Unreadable("a web page stands where Bluesky should answer", http_status=answer.status)
        told = wire.parse_json(status.check(answer, now=self._tools.now()).body)
        if not isinstance(told, dict):
            raise Unreadable("the answer is JSON, but no answer of Bluesky", http_status=answer.status)
        return told

    def _address(self, method: str) -> str:
        return f"{self._settings.asked}/xrpc/{method}"

    def _get(self, url: str) -> Answer:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._access}"}
        return self._tools.fetcher.get(url, headers=headers)

    def _renew(self, password: SecretFile) -> None:
        """Refresh the session (90 days); where that has ended too, log in again."""
        headers = {"Authorization": f"Bearer {self._refresh}"}
        answer = self._tools.fetcher.post(self._address("com.atproto.server.refreshSession"), headers=headers)
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
            self._log_in(password)
        else:
            self._keep(answer)

    def _log_in(self, password: SecretFile) -> None:
        answer = self._tools.fetcher.post(
            self._address("com.atproto.server.createSession"),
            json={
                "identifier": self._settings.handle,
                "password": self._tools.secret(password),
            },
        )
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
            raise Denied(
                "Bluesky refuses the account or its app password",
                http_status=answer.status,
                remedy="make a new app password in Bluesky (Settings, Privacy and security) and store it",
            )
        self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        told = self.read(answer)
        self._access = wire.token(told.get("accessJwt"))
        self._refresh = wire.token(told.get("refreshJwt"))
        if not (self._access and self._refresh):
            raise Unreadable("Bluesky answers a log-in without a session")


def _is_spent(answer: Answer) -> bool:
    """Bluesky says 400, not 401, when a token has run out."""
    if answer.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        return False
    try:
        return wire.mapping(wire.parse_json(answer.body)).get("error") in _SPENT
    except Unreadable:
        return False
