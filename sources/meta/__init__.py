"""What Facebook and Instagram have in common: one Graph API, one kind of token, one way to poll.

The kinds themselves are ``sources/facebook.py`` and ``sources/instagram.py``. ``client`` asks, ``usage`` and ``refusals``
say what headers and errors mean, ``tokens`` looks after the token, ``poll`` reads lists and what is written below them.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sources import wire
from sources.base import SecretFile

_NUMBER = re.compile(r"\d{1,32}", re.ASCII)


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise ValueError("expected a number, such as the one that GET /me/accounts tells (OPERATIONS)")
    return value


Number = Annotated[str, AfterValidator(_number)]
"""What Meta calls a Page or an account: digits, too many for some programs' numbers, hence a string."""


class MetaSettings(BaseModel):
    """The keys that both kinds have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretFile
    """Best a Page's token that was made from a long-lived one: it does not expire."""
    graph: wire.WebAddress = "https://graph.facebook.com"
    """The front door."""
    version: Annotated[str, Field(pattern=r"^v\d{1,3}\.\d$")] = "v26.0"
    """Of the Graph API; each is served for about two years."""
    app_id: Number | None = None
    app_secret: SecretFile | None = None
    """With both, the end of the token can be asked for, and a person's token is renewed while the program runs."""

    @model_validator(mode="after")
    def _complete(self) -> MetaSettings:
        if (self.app_id is None) != (self.app_secret is None):
            raise ValueError("app_id and app_secret go together: give both or neither")
        parts = urlsplit(self.graph)
        if parts.scheme == "http" and parts.port in {None, 80}:
            raise ValueError("a token is sent over https only")
        return self

    @property
    def door(self) -> str:
        """The front door without a slash at its end."""
        return self.graph.rstrip("/")

    @property
    def base(self) -> str:
        """The front door with the version."""
        return f"{self.door}/{self.version}"
