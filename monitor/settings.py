"""The shape of the configuration: frozen models, and nothing that reads a file.

Unknown keys are refused everywhere. The settings of a kind of source or channel live with that kind;
``monitor.config`` joins both and says what is wrong in plain words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time, timedelta
from email.utils import parseaddr
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from alerts.base import Role, SecretFile

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION_PARTS = 5
"""Each unit once is enough; a longer text is a mistake and need not be added up."""
_SHOWN = 60
"""Characters of a wrong value that are shown: enough to find it, and still one line."""
_ADDRESS_LIMIT = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}(?:\.{_LABEL})+|localhost)", re.ASCII)
_HOST_PORT = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\]):([0-9]{1,5})")
_LAST_PORT = 65535
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


def _near_words(value: str) -> str:
    if not _NEAR_WORDS.fullmatch(value):
        raise ValueError(
            f'expected one to four words in small letters such as "quiz league", got {shown(value)}'
        )
    return value


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(duration)]
Zone: TypeAlias = Annotated[ZoneInfo, BeforeValidator(_zone)]
ClockTime: TypeAlias = Annotated[time, BeforeValidator(_clock_time)]
MailAddress: TypeAlias = Annotated[str, AfterValidator(_mail_address)]
Sender: TypeAlias = Annotated[str, AfterValidator(_sender)]
Regex: TypeAlias = Annotated[str, AfterValidator(_regex)]
HostPort: TypeAlias = Annotated[str, AfterValidator(_host_port)]
WebAddress: TypeAlias = Annotated[str, AfterValidator(_web_address)]


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
    regex: tuple[Regex, ...] = ()
    fuzzy: int = Field(default=0, ge=0, le=1)

    @model_validator(mode="after")
    def _says_something(self) -> Alias:
        if not any((*self.any, *self.regex)):
            raise ValueError('names nothing; give any = ["…"] or regex = ["…"]')
        return self


class ContextSide(Model):
    """Words and patterns that make a weak name more, or less, likely to be the school."""

    words: tuple[str, ...] = ()
    grammar: tuple[Regex, ...] = ()
    window_words: int = Field(default=25, ge=1, le=200)


class Context(Model):
    """``[context.positive]`` (weight 1, 2 with ``*``) and ``[context.negative]`` (weight -2)."""

    positive: ContextSide | None = None
    """Added to the built-in list for English primary schools (``monitor.matching.evidence``)."""
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
    name: str = Field(default="", repr=False)
    mail: MailAddress = Field(repr=False)
    names: tuple[str, ...] = Field(default=(), repr=False)
    """Surname, nicknames and job words, so that nobody is told of a post about themselves."""

    @model_validator(mode="after")
    def _has_a_role(self) -> Person:
        if not self.all_roles:
            raise ValueError(f"has no role; give role = one of {', '.join(Role)}")
        return self

    @property
    def all_roles(self) -> tuple[Role, ...]:
        """``role`` and ``roles`` together, each once."""
        return tuple(dict.fromkeys(((self.role,) if self.role else ()) + self.roles))


class Account(Model):
    """``[[account]]`` in the governance register: never a password."""

    platform: str
    purpose: str
    in_charge: tuple[Role, Role]
    approved: date
    review: date


class Governance(Model):
    """``[governance]``: nothing secret about the watch."""

    notice_url: WebAddress = ""
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

    @model_validator(mode="after")
    def _runs_forward(self) -> Calendar:
        for first, last in self.terms:
            if last < first:
                raise ValueError(f"a term ends on {last} before it begins on {first}")
        return self


class CommonSource(Model):
    """The keys that every ``[[source]]`` has; the rest belongs to its kind."""

    name: str = Field(min_length=1, max_length=80)
    kind: str
    every: Duration | None = None
    preset: str = ""
    medium: Literal["", "news", "blog", "forum", "review", "petition", "foi", "wiki_edit"] = ""
    """What readers would call it; press and requests for information are graded as such."""


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
    """Reserved: nothing reads it yet, and ``check`` says so."""
    calendar: Calendar = Calendar()
    governance: Governance = Governance()

    def excluding(self, words: Iterable[str]) -> SchoolSettings:
        """The same, with more words near a weak name that speak against it being the school."""
        more = tuple(words)
        if not more:
            return self
        positive, negative = self.context.positive, self.context.negative
        reach = positive.window_words if positive else ContextSide().window_words
        side = negative or ContextSide(window_words=reach)
        side = side.model_copy(update={"words": (*side.words, *more)})
        return self.model_copy(update={"context": Context(positive=positive, negative=side)})


class Exclusion(Model):
    """``[[exclusion]]`` of ``learned/<school>.toml``: what somebody accepted with ``rules``."""

    words: Annotated[str, AfterValidator(_near_words)]
    """As in ``[context.negative]``: counts against a weak name; twice with ``*``."""
    accepted: date


class Learned(Model):
    """``learned/<school>.toml`` beside ``monitor.toml``: read together with the school's file."""

    exclusion: tuple[Exclusion, ...] = ()


class MailSettings(Model):
    """The keys of ``[mail]`` that every channel has; the rest belongs to the channel's kind."""

    channel: str = "maildir"
    sender: Sender = Field(default="Mention monitor <monitor@localhost>", alias="from")
    group_wait: Duration = timedelta(minutes=5)


class FetchSettings(Model):
    """``[fetch]``: how politely, and where not."""

    allow_private: tuple[HostPort, ...] = ()
    min_delay: Duration = timedelta(seconds=2)
    first_look: Duration = timedelta(hours=48)
    timeout: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(seconds=60))] = timedelta(
        seconds=20
    )
    max_bytes: int = Field(default=5_000_000, ge=10_000, le=50_000_000)
    proxy: str = ""
    contact: str = ""
    """Shown in the User-Agent beside the school's notice."""


class MailboxSettings(Model):
    """``[mailbox]`` (IMAP): replies and forwarded posts."""

    host: str = Field(min_length=1)
    port: int = Field(default=993, ge=1, le=65535)
    user: str = Field(repr=False)
    password: SecretFile
    address: MailAddress
    ca_file: str = ""


class MonitorSettings(Model):
    """``monitor.toml``, without what belongs to a channel's kind."""

    state: str = "/var/lib/mention-monitor"
    schools: tuple[str, ...] = Field(min_length=1)
    threads: int = Field(default=8, ge=1, le=64)
    fetch: FetchSettings = FetchSettings()
    mailbox: MailboxSettings | None = None
