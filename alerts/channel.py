"""A way to reach people: what a channel is given, and what it says when it has been used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from alerts.terms import Role

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person as a channel sees them."""

    address: str
    roles: tuple[Role, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail, ready but for its recipient: text, HTML, and headers without line breaks."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a channel says of a message it accepted; never text from the server's greeting."""

    key: str
    code: str = ""


class Channel(Protocol):
    """A way to reach people. Safe to call from several threads."""

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        """Hand over one message for one recipient under the Message-ID ``key``.

        Raises ``DeliveryError``. Sending the same key again may repeat the mail, never change it.
        """
        ...

    def check(self) -> str:
        """Try to reach the service without sending; return one sentence. Raises ``DeliveryError``."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class SecretFile(BaseModel):
    """A secret in the configuration: the name of the file that holds it, never the secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str


class Token(Protocol):
    """Hands out a token that is good for now, fetched if need be."""

    def __call__(self, refused: str = "") -> str:
        """Return a token, another one than ``refused``, which the service would not take. Raises ``DeliveryError``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How a service lets us in that takes no password."""

    token: Token
    url: str = ""
    """Where the service is, such as ``https://graph.microsoft.com``; empty where the channel knows it."""
    ca_file: str = ""
    """A certificate authority of its own; empty for those that this machine trusts."""
    proxy: str = ""
    """The way out of the school's network, if there is only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """All a channel is given to work with."""

    secret: Callable[[SecretFile], str]
    resolve: Callable[[str], Path]
    """A file named in the configuration, as an absolute path (beside ``monitor.toml``)."""
    state: Path
    """The folder for everything that must outlive the process."""
    logins: Mapping[str, Login] = field(default_factory=dict)
    """Services that let us in with a token: ``graph``, ``microsoft`` (its SMTP) and ``google``; only what is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[S]):
    """One line of the registry: everything the house needs to know of a kind of channel."""

    settings: type[S]
    build: Callable[[S, Tools], Channel]
    summary: str
