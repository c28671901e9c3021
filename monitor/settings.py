"""The shape of the configuration: frozen models, and nothing that reads a file.

Unknown keys are refused everywhere. The settings of a kind of source or channel live with that kind;
``monitor.config`` joins both and says what is wrong in plain words.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from alerts.base import Role, SecretFile

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(value: object) -> timedelta:
    """Read ``"15m"``, ``"48h"``, ``"0s"`` or ``"1h 30m"``. Raises ``ValueError``."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch(r"(\d{1,6}[smhdw]\s*)+", text):
        raise ValueError(f'expected a duration such as "15m", got {value!r}')
    parts = re.findall(r"(\d+)([smhdw])", text)
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def _zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ValueError, OSError, KeyError):
        raise ValueError(f'expected a time zone such as "Europe/London", got {value!r}') from None


def _clock_time(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    raise ValueError(f'expected a time of day such as "17:00", got {value!r}')


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(duration)]
Zone: TypeAlias = Annotated[ZoneInfo, BeforeValidator(_zone)]
ClockTime: TypeAlias = Annotated[time, BeforeValidator(_clock_time)]


class Model(BaseModel):
    """What all settings share: frozen, and no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SchoolFacts(Model):
    """``[school]``: who is watched for, and how its clock runs."""

    name: str = Field(min_length=5)
    short: str = ""
    """The short name for subjects; made from ``name`` if empty."""
    urn: str = ""
    locality: tuple[str, ...] = ()
    postcode: str = ""
    timezone: Zone = ZoneInfo("Europe/London")
    holidays: Literal["england-and-wales"] = "england-and-wales"
    day_end: ClockTime = time(17)
    landing: Literal["literal", "roll_forward"] = "literal"
    bank_holidays: Literal["weekend", "ignore"] = "weekend"
    extra_bank_holidays: tuple[date, ...] = ()
    not_bank_holidays: tuple[date, ...] = ()


class Normalise(Model):
    """``[normalise]``: how a copy of the text is made comparable; the original is kept."""

    html_unescape: bool = True
    unicode: Literal["NFKC"] = "NFKC"
    strip: tuple[str, ...] = ("zero-width", "soft-hyphen", "variation-selectors")
    confusables: bool = True
    leet: bool = True
    join_spaced: bool = True
    casefold: bool = True


class Alias(Model):
    """``[[alias]]``: one way people name the school."""

    kind: Literal["strong", "handle", "domain", "script", "weak"]
    any: tuple[str, ...] = ()
    regex: tuple[str, ...] = ()
    fuzzy: int = Field(default=0, ge=0, le=1)


class ContextSide(Model):
    """Words and patterns that make a weak name more, or less, likely to be the school."""

    words: tuple[str, ...] = ()
    grammar: tuple[str, ...] = ()
    window_words: int = Field(default=25, ge=1, le=200)


class Context(Model):
    """``[context.positive]`` (weight 1, 2 with ``*``) and ``[context.negative]`` (weight -2)."""

    positive: ContextSide | None = None
    """``None``: the built-in list for English primary schools (``monitor.matching``)."""
    negative: ContextSide | None = None


class OtherSchools(Model):
    """``[other_schools]``: names that are never ours unless a strong alias stands there too."""

    names: tuple[str, ...] = ()


class Thresholds(Model):
    """``[thresholds]``: points a weak name needs (decided: certain from 2, possible from 0)."""

    accept: int = 2
    maybe: int = 0
    critical_maybe_alert: bool = True


class Person(Model):
    """``[[person]]``: somebody who hears from us."""

    role: Role | None = None
    roles: tuple[Role, ...] = ()
    name: str = ""
    mail: str
    names: tuple[str, ...] = ()
    """Surname, nicknames and job words, so that nobody is told of a post about themselves."""

    @property
    def all_roles(self) -> tuple[Role, ...]:
        """``role`` and ``roles`` together."""
        return ((self.role,) if self.role else ()) + self.roles


class Account(Model):
    """``[[account]]`` in the governance register: never a password."""

    platform: str
    purpose: str
    in_charge: tuple[Role, Role]
    approved: date
    review: date


class Governance(Model):
    """``[governance]``: nothing secret about the watch."""

    notice_url: str = ""
    dpia_date: date | None = None
    policy_owner: str = ""
    policy_review: date | None = None
    account: tuple[Account, ...] = ()
    override: str = ""
    """Why live sources may run without notice or DPIA date; recorded."""


class Calendar(Model):
    """``[calendar]``: term dates for display; collection never pauses."""

    terms: tuple[tuple[date, date], ...] = ()
    inset: tuple[date, ...] = ()


class CommonSource(Model):
    """The keys that every ``[[source]]`` has; the rest belongs to its kind."""

    name: str = Field(min_length=1, max_length=80)
    kind: str
    every: Duration | None = None
    preset: str = ""


class SchoolSettings(Model):
    """One school file, without its sources."""

    school: SchoolFacts
    normalise: Normalise = Normalise()
    alias: tuple[Alias, ...] = ()
    context: Context = Context()
    other_schools: OtherSchools = OtherSchools()
    thresholds: Thresholds = Thresholds()
    person: tuple[Person, ...] = ()
    routes: dict[str, str] = Field(default_factory=dict)
    """Telephone numbers and links for playbooks, by route name."""
    routing: dict[str, Any] = Field(default_factory=dict)
    calendar: Calendar = Calendar()
    governance: Governance = Governance()


class MailSettings(Model):
    """The keys of ``[mail]`` that every channel has; the rest belongs to the channel's kind."""

    channel: str = "maildir"
    sender: str = Field(default="Mention monitor <monitor@localhost>", alias="from")
    group_wait: Duration = timedelta(minutes=5)


class FetchSettings(Model):
    """``[fetch]``: how politely, and where not."""

    allow_private: tuple[str, ...] = ()
    min_delay: Duration = timedelta(seconds=2)
    first_look: Duration = timedelta(hours=48)
    timeout: Duration = timedelta(seconds=20)
    max_bytes: int = Field(default=5_000_000, ge=10_000, le=50_000_000)
    proxy: str = ""
    contact: str = ""
    """Shown in the User-Agent beside the school's notice."""


class MailboxSettings(Model):
    """``[mailbox]`` (IMAP): replies and forwarded posts."""

    host: str
    port: int = 993
    user: str
    password: SecretFile
    address: str
    ca_file: str = ""


class MonitorSettings(Model):
    """``monitor.toml``, without what belongs to a channel's kind."""

    state: str = "/var/lib/mention-monitor"
    schools: tuple[str, ...] = Field(min_length=1)
    threads: int = Field(default=8, ge=1, le=64)
    fetch: FetchSettings = FetchSettings()
    mailbox: MailboxSettings | None = None
