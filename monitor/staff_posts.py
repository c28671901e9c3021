"""Posts that staff pass on: who may, under what name they stand, and how long they are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from monitor.values import Duration, MailAddress, Model, shown

KIND: Final = "passed_on"
"""What such posts have in place of a kind of source; nothing of it can be configured or polled."""
SOURCE: Final = "passed on by staff"
"""Where a mail says that such a post was seen."""
KEPT: Final = timedelta(days=30)
"""How long beyond its story, unless the school says otherwise."""
_LONGEST: Final = timedelta(days=365)
"""As long as a public post of the same grade, at most."""
_ANYBODY = "*"
_FOR_EVERYBODY: Final = frozenset(
    [
        "aol.com", "btinternet.com", "gmail.com", "gmx.com", "googlemail.com", "hotmail.co.uk", "hotmail.com", "icloud.com",
        "live.co.uk", "live.com", "mac.com", "mail.com", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com",
        "sky.com", "talktalk.net", "virginmedia.com", "yahoo.co.uk", "yahoo.com", "ymail.com",
    ]
)  # fmt: skip
"""Where anybody can have an address: no school can let all of them in."""
_ADDRESS: Final = TypeAdapter[str](MailAddress)


def _writer(value: str) -> str:
    local, _, domain = value.rpartition("@")
    everybody = local == _ANYBODY
    try:
        _ADDRESS.validate_python(f"anybody@{domain}" if everybody else value)
    except ValidationError:
        raise ValueError(
            f'expected an address such as "jo@school.example", or "*@school.example", got {shown(value)}'
        ) from None
    if everybody and domain.casefold() in _FOR_EVERYBODY:
        raise ValueError(f"anybody can have an address there; name single people, got {shown(value)}")
    return value


Writer: TypeAlias = Annotated[str, AfterValidator(_writer)]


def _kept(value: timedelta) -> timedelta:
    if not timedelta(days=1) <= value <= _LONGEST:
        raise ValueError(f'expected "1d" to "{_LONGEST.days}d", got {shown(str(value))}')
    return value


Kept: TypeAlias = Annotated[Duration, AfterValidator(_kept)]


class IntakeSettings(Model):
    """``[intake]``: who may pass posts on besides every ``[[person]]``, and how long such posts are kept."""

    writers: tuple[Writer, ...] = Field(default=(), alias="from", repr=False)
    """Addresses, or ``*@`` and a domain of the school's own: everybody there."""
    keep: Kept = KEPT
    """How long such a post is kept after its story was closed."""

    def lets(self, address: str) -> bool:
        """Whether somebody who writes from ``address`` (folded) is among them."""
        everybody_there = f"{_ANYBODY}@{address.rpartition('@')[2]}"
        return bool(address) and not {address, everybody_there}.isdisjoint(map(str.casefold, self.writers))
