"""What single values of the configuration may be: durations, times, addresses, days; and the frozen base of all tables.

What does not fit is said in a sentence that shows what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from email.utils import parseaddr
from itertools import combinations
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticKnownError

from alerts.base import Role

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION_PARTS = 5
"""Each unit once is enough; a longer text is a mistake and need not be added up."""
_MONTH = timedelta(days=31)
_SHOWN = 60
"""Characters of a wrong value that are shown: enough to find it, and still one line."""
_ADDRESS_LIMIT = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}(?:\.{_LABEL})+|localhost)", re.ASCII)
_HOST_PORT = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\]):([0-9]{1,5})")
_LAST_PORT = 65535
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""How Microsoft names tenants and apps."""
Days: TypeAlias = tuple[date, date]
"""The first and the last of several days; both belong to them."""
STAFF_ROLES = tuple(role for role in Role if role not in {Role.OUTSIDE, Role.OUT_OF_HOURS})
"""What people of the school may be; contacts outside stand in ``[routing]``."""
_NEAR_WORDS = re.compile(r"\*?[^\W_A-Z]+(?: [^\W_A-Z]+){0,3}")


def shown(value: object) -> str:
    """``value`` as a message may quote it: on one line, without control characters, not too long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def duration(value: object) -> timedelta:
    """Read ``"15m"``, ``"48h"``, ``"0s"`` or ``"1h 30m"``. Raises ``ValueError``."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch(rf"([0-9]{{1,6}}[smhdw]\s*){{1,{_DURATION_PARTS}}}", text):
        raise ValueError(f'expected a duration such as "15m", got {shown(value)}')
    parts = re.findall(r"([0-9]+)([smhdw])", text)
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def _zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ValueError, OSError, KeyError):
        raise ValueError(f'expected a time zone such as "Europe/London", got {shown(value)}') from None


def _clock_time(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise ValueError(f'expected a time of day such as "17:00", got {shown(value)}')


def _mail_address(value: str) -> str:
    if len(value) > _ADDRESS_LIMIT or not _ADDRESS.fullmatch(value):
        raise ValueError(f'expected a mail address such as "head@school.example", got {shown(value)}')
    return value


def _sender(value: str) -> str:
    address = parseaddr(value)[1]
    well_formed = _ADDRESS.fullmatch(address) and (value == address or value.endswith(f"<{address}>"))
    if not well_formed or not value.isprintable():
        raise ValueError(f'expected a sender such as "Name <alerts@school.example>", got {shown(value)}')
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}, got {shown(value)}") from None
    return value


def _host_port(value: str) -> str:
    found = _HOST_PORT.fullmatch(value.lower())
    if not found or not 0 < int(found[1]) <= _LAST_PORT:
        raise ValueError(f'expected host:port such as "127.0.0.1:8481", got {shown(value)}')
    return value.lower()


def _web_address(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s/?#@]+([/?#]\S*)?", value):
        raise ValueError(f'expected an address such as "https://…", got {shown(value)}')
    return value


def _secure_address(value: str) -> str:
    address = value.rstrip("/")
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?", address):
        raise ValueError(
            f'expected an address such as "https://login.microsoftonline.com", got {shown(value)}'
        )
    return address


def _tenant(value: str) -> str:
    if not _GUID.fullmatch(value) and not re.fullmatch(rf"{_LABEL}(\.{_LABEL})+", value):
        raise ValueError(
            "expected the Directory (tenant) ID of the school, or its domain such as"
            f' "school.onmicrosoft.com", got {shown(value)}'
        )
    return value


def _app_id(value: str) -> str:
    if not _GUID.fullmatch(value):
        raise ValueError(
            f"expected the Application (client) ID: 32 digits and letters in five groups, got {shown(value)}"
        )
    return value


def _thumbprint(value: str) -> str:
    plain = re.sub("[: ]", "", value)
    if not re.fullmatch("([0-9A-Fa-f]{40})?", plain):
        raise ValueError(
            f"expected the 40 digits and letters that Entra shows as Thumbprint, got {shown(value)}"
        )
    return plain


def _whole_days(value: timedelta) -> timedelta:
    if not timedelta(days=1) <= value <= _MONTH or value % timedelta(days=1):
        raise ValueError(f'expected whole days such as "7d", at most "{_MONTH.days}d"')
    return value


def _near_words(value: str) -> str:
    if not _NEAR_WORDS.fullmatch(value):
        raise ValueError(
            f'expected one to four words in small letters such as "quiz league", got {shown(value)}'
        )
    return value


def _staff_role(value: object) -> Role:
    if isinstance(value, str) and value in STAFF_ROLES:
        return Role(value)
    raise PydanticKnownError("literal_error", {"expected": " or ".join(f"'{role}'" for role in STAFF_ROLES)})


def forward(days: Days) -> Days:
    """``days`` if they run forward. Raises ``ValueError``."""
    if days[1] < days[0]:
        raise ValueError(f"ends on {days[1]} before it begins on {days[0]}; swap the two")
    return days


def apart(periods: Sequence[Days]) -> None:
    """Raises ``ValueError`` where two of ``periods`` share a day."""
    for (number, one), (later, other) in combinations(enumerate(periods, 1), 2):
        if one[0] <= other[1] and other[0] <= one[1]:
            shared = max(one[0], other[0])
            raise ValueError(
                f"entries {number} and {later} both hold {shared}: join them, or let one end the day before"
            )


def _periods(periods: tuple[Days, ...]) -> tuple[Days, ...]:
    apart(periods)
    return periods


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(duration)]
Zone: TypeAlias = Annotated[ZoneInfo, BeforeValidator(_zone)]
WholeDays: TypeAlias = Annotated[timedelta, BeforeValidator(duration), AfterValidator(_whole_days)]
Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ClockTime: TypeAlias = Annotated[time, BeforeValidator(_clock_time)]
MailAddress: TypeAlias = Annotated[str, AfterValidator(_mail_address)]
Sender: TypeAlias = Annotated[str, AfterValidator(_sender)]
Regex: TypeAlias = Annotated[str, AfterValidator(_regex)]
HostPort: TypeAlias = Annotated[str, AfterValidator(_host_port)]
WebAddress: TypeAlias = Annotated[str, AfterValidator(_web_address)]
SecureAddress: TypeAlias = Annotated[str, AfterValidator(_secure_address)]
Tenant: TypeAlias = Annotated[str, AfterValidator(_tenant)]
AppId: TypeAlias = Annotated[str, AfterValidator(_app_id)]
Thumbprint: TypeAlias = Annotated[str, AfterValidator(_thumbprint)]
NearWords: TypeAlias = Annotated[str, AfterValidator(_near_words)]
Periods: TypeAlias = Annotated[tuple[Annotated[Days, AfterValidator(forward)], ...], AfterValidator(_periods)]
StaffRole: TypeAlias = Annotated[Role, BeforeValidator(_staff_role)]
"""What a person of the school may be."""


class Model(BaseModel):
    """What all settings share: frozen, and no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
