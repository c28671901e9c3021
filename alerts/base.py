"""The words of the alerts: how grave, what about, what is said, to whom, and over which channel.

Plain data and protocols. Payloads hold only text that is already masked and may be shown to every
recipient of the notification; they are frozen into the database as JSON and rendered later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

S = TypeVar("S", bound=BaseModel)


class Severity(IntEnum):
    """How grave; ordered."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The lower-case word used in files, tables and ``--json``."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Severity:
        """The severity of that word. Raises ``KeyError``."""
        return cls[word.upper()]


class Category(StrEnum):
    """What a post is about; in the order of precedence for the lead playbook (policy, section 2)."""

    THREAT_VIOLENCE = "threat_violence"
    CHILD_SAFEGUARDING = "child_safeguarding"
    STAFF_ALLEGATION = "staff_allegation"
    STAFF_ABUSE_HARASSMENT = "staff_abuse_harassment"
    DISCRIMINATION_HATE = "discrimination_hate"
    EXTREMISM_PREVENT = "extremism_prevent"
    PUPIL_BULLYING = "pupil_bullying"
    PRIVACY_DATA_BREACH = "privacy_data_breach"
    IMPERSONATION_MISUSE = "impersonation_misuse"
    RUMOUR_DEFAMATION = "rumour_defamation"
    COMPLAINT_GENERAL = "complaint_general"
    SEND_INCLUSION = "send_inclusion"
    ATTENDANCE_ADMISSIONS = "attendance_admissions"
    HEALTH_SAFETY_SITE = "health_safety_site"
    MEDIA_INSPECTION = "media_inspection"
    CAMPAIGN_INDUSTRIAL = "campaign_industrial"
    QUERY_INFO = "query_info"
    PRAISE_COMMUNITY = "praise_community"


PRECEDENCE: Mapping[Category, int] = {category: rank for rank, category in enumerate(Category)}


class Role(StrEnum):
    """Who a person is in the school; one person may hold several. The last two are the school's contacts outside."""

    HEAD = "head"
    DSL = "dsl"
    DEPUTY_DSL = "deputy_dsl"
    DEPUTY_HEAD = "deputy_head"
    CHAIR = "chair"
    OFFICE = "office"
    COMMS = "comms"
    DPO = "dpo"
    SENCO = "senco"
    TECHNICIAN = "technician"
    OUTSIDE = "outside"
    OUT_OF_HOURS = "out_of_hours"


class Reason(StrEnum):
    """Why we speak now."""

    FIRST = "first"
    GREW = "grew"
    WORSENED = "worsened"
    REMINDER = "reminder"


class NotificationKind(StrEnum):
    """What sort of thing we say."""

    ALERT = "alert"
    REMINDER = "reminder"
    DIGEST = "digest"
    HEALTH = "health"


Clock: TypeAlias = Literal["answer", "decide", ""]
"""``answer`` by: own-account comments, the policy's promise. ``decide`` by: posts elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person as a channel sees them."""

    address: str
    roles: tuple[Role, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One post as a mail shows it: masked, cut, and with a link that may be withheld."""

    mention: str
    """The mention's reference, such as ``M345``; empty until it is stored."""
    source: str
    title: str
    excerpt: str
    url: str
    """Empty where the link is withheld."""
    seen_at: datetime
    published: datetime | None = None
    severity: Severity = Severity.NONE
    certain: bool = True
    """False: the place is not certain (only a weak name was found)."""
    link_withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What an incident has to say to a person: everything needed to decide."""

    school: str
    short: str
    """The short name used in subjects, such as ``Holm Nook``."""
    severity: Severity
    category: Category
    categories: tuple[Category, ...]
    reason: Reason
    items: tuple[Item, ...]
    count: int
    """How many posts the story has by now; ``items`` may show fewer."""
    grounds: tuple[str, ...]
    """Why it was graded so, each a line that a head teacher can read."""
    clock: Clock = ""
    due_at: datetime | None = None
    zone: str = "Europe/London"
    told: tuple[Role, ...] = ()
    """The roles this was sent to."""
    restricted: bool = False
    """Safeguarding and allegations: no topic in the subject, leads only."""
    notes: tuple[str, ...] = ()
    """Remarks that belong at the top, such as "Found at the start: older than the watch"."""
    phones: Mapping[str, str] = field(default_factory=dict)
    """Telephone numbers and links from the school file, by route name."""
    stories: int = 1
    """How many stories this tells of: more than one after a flood, then ``items`` shows the gravest."""
    subjects: tuple[str, ...] = ()
    """Subject keys of these stories; empty if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Mentions of one severity: this week, last week, and the mean of the four before."""

    severity: Severity
    this: int
    last: int
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStory:
    """A story that nobody has closed yet."""

    ref: str
    severity: Severity
    category: Category
    clock: Clock
    due_at: datetime | None
    overdue: bool
    owner: str
    """The role in charge, or who said *mine*; empty if nobody."""
    restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What people talked about, with one masked example."""

    category: Category
    this: int
    last: int
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A source we could not read."""

    source: str
    hours: float
    """Hours of the period for which nothing is known."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The week in numbers and a few masked examples; ``start`` to ``end`` inclusive, local dates."""

    school: str
    short: str
    start: date
    end: date
    zone: str
    counts: tuple[Count, ...]
    positive: int
    """Mentions with a positive tone."""
    not_ours: int
    """Entries read that were not about the school."""
    entries: int
    possible: tuple[Item, ...]
    """Posts that may be about the school; a human should look."""
    open: tuple[OpenStory, ...]
    answered_in_time: int
    answers_owed: int
    minutes_to_first_look: float | None
    topics: tuple[Topic, ...]
    praise: tuple[Item, ...]
    coming_up: tuple[str, ...]
    sources: int
    blind: tuple[Blind, ...]
    false_alarms: int = 0
    undelivered: int = 0
    """Messages that could not be delivered for good."""
    governors: bool = False
    """Numbers only: no examples, no open stories, no safeguarding or allegation counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailment:
    """One thing that is wrong with the watch itself."""

    what: str
    since: datetime | None
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthNotice:
    """The watch itself needs a human."""

    school: str
    short: str
    zone: str
    ailments: tuple[Ailment, ...]


Payload: TypeAlias = Alert | Digest | HealthNotice

_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "alert": TypeAdapter(Alert),
    "reminder": TypeAdapter(Alert),
    "digest": TypeAdapter(Digest),
    "health": TypeAdapter(HealthNotice),
}


def freeze(kind: NotificationKind, payload: Payload) -> dict[str, Any]:
    """The payload as JSON-able data, for the database."""
    frozen: dict[str, Any] = _ADAPTERS[kind].dump_python(payload, mode="json")
    return frozen


def thaw(kind: NotificationKind, data: Mapping[str, Any]) -> Payload:
    """The payload that ``freeze`` wrote. Raises ``pydantic.ValidationError``."""
    payload: Payload = _ADAPTERS[kind].validate_python(dict(data))
    return payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What one copy of a notification needs besides its payload."""

    ref: str
    """The story's reference for people, such as ``R12``; empty for digest and health."""
    to: Recipient
    sender: str
    """The ``From`` header as configured."""
    message_id: str
    """With angle brackets; the same for every try of this delivery."""
    parents: tuple[str, ...] = ()
    """Message-IDs of earlier messages of the story to this recipient, oldest first."""
    list_id: str = ""
    sent_at: datetime | None = None
    """The ``Date`` header."""
    waited: timedelta | None = None
    """How long the message had to wait beyond its intended time."""
    may_repeat: bool = False
    """An earlier try may have arrived: the mail says so."""
    reply_to: str = ""
    """Where replies are read, with this copy's own code (``box+CODE@…``); empty: the mail says that none are."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """All a channel is given to work with."""

    secret: Callable[[SecretFile], str]
    resolve: Callable[[str], Path]
    """A file named in the configuration, as an absolute path (beside ``monitor.toml``)."""
    state: Path
    """The folder for everything that must outlive the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[S]):
    """One line of the registry: everything the house needs to know of a kind of channel."""

    settings: type[S]
    build: Callable[[S, Tools], Channel]
    summary: str
