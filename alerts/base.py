"""The words of the alerts: how grave, what about, what is said, to whom, and over which channel.

Plain data and protocols. Payloads hold only text that is already masked and may be shown to every
recipient of the notification; they are frozen into the database as JSON and rendered later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from alerts.channel import Channel, Kind, Login, Message, Receipt, Recipient, SecretFile, Token, Tools
from alerts.terms import PRECEDENCE, Category, Clock, Deed, NotificationKind, Reason, Role, Severity, Voice

__all__ = [
    "PRECEDENCE", "Ailment", "Alert", "Answer", "Blind", "Bundle", "BundleLine", "Category", "Channel", "Clock", "Count", "Deed",
    "Digest", "Envelope", "HealthNotice", "Item", "Kind", "Login", "Message", "News", "NotificationKind", "OpenStory", "Payload",
    "Reason", "Receipt", "Recipient", "Role", "SecretFile", "Severity", "Token", "Tools", "Topic", "Voice", "Whole", "freeze", "thaw",
]  # fmt: skip


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
    maybe_child: bool = False
    """Whoever wrote it may be a child: shown, never concluded."""
    passed_on: bool = False
    """Staff passed it on from a closed group: it is not public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleLine:
    """One story among several: what it is, by when, one masked excerpt, and why it is told of."""

    ref: str
    """For people, such as ``R12``."""
    severity: Severity
    category: Category
    clock: Clock
    due_at: datetime | None
    excerpt: str
    source: str
    url: str = ""
    link_withheld: bool = False
    certain: bool = True
    note: str = ""
    """Why it was graded so, in one line."""
    own_account: bool = False
    """A comment on an account of the school."""
    restricted: bool = False
    """Safeguarding and allegations: neither topic nor words nor link."""
    passed_on: bool = False
    """Staff passed it on from a closed group: it is not public."""


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
    voice: Voice = ""
    """How a reminder speaks; empty in a first mail."""
    lines: tuple[BundleLine, ...] = ()
    """What a ``due`` reminder tells of; empty: of this one story."""
    exercise: bool = False
    """It never happened: every subject says so first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Stories of medium and low grade together: to answer, to look at, and perhaps about us."""

    school: str
    short: str
    zone: str
    items: tuple[BundleLine, ...]
    possible: tuple[Item, ...] = ()
    """Posts whose place is not certain, and that a human should look at."""
    told: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one person did about a critical or high story, for the others who were told of it."""

    school: str
    short: str
    zone: str
    severity: Severity
    """From now on."""
    was: Severity
    """Before; the same where the grade did not change."""
    category: Category
    deed: Deed
    at: datetime
    by: Role | None = None
    """The role of whoever did it; ``None`` if that is not known."""
    outcome: str = ""
    """How it was closed, in words of ours such as ``no public reply``: shown in the preview, so never typed by hand."""
    note: str = ""
    """What whoever did it wrote of it, masked."""
    restricted: bool = False
    told: tuple[Role, ...] = ()
    exercise: bool = False
    wish: Severity | None = None
    """The grade that was ``proposed``: the story has it once a second lead says the same."""


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
    put_off: datetime | None = None
    """Until when whoever is in charge has put it off."""


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
class LateAnswer:
    """An answer that was owed on the school's own account and did not come in time."""

    ref: str
    hours: float | None
    """How late it came; nothing if it had not come when the period ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A week, or a term, in numbers and a few masked examples; ``start`` to ``end`` inclusive, local dates."""

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
    late: tuple[LateAnswer, ...] = ()
    looked_at: int = 0
    """Grave stories of the period that somebody has looked at: ``minutes_to_first_look`` is their median …"""
    not_looked_at: int = 0
    """… and those that nobody had."""
    failed: int = 0
    """Sources that failed at least once."""
    periods_before: int = 4
    """With how many earlier periods the counts are compared: those that were watched as a whole."""
    blind_before: int = 0
    """Sources that were out of sight for a time in the period before: its numbers may be too small."""
    began: date | None = None
    """The first day of the watch, if it lies within the period."""
    as_of: datetime | None = None
    """When it was written, if the period was not over then."""
    skipped: int = 0
    """Weeks before this one of which no digest was sent, because nothing was running."""
    learned: tuple[str, ...] = ()
    """Words that count against a bare name being the school, as people accepted them."""
    keeper: Role | None = None
    """Who looks after the watch."""
    doubtful: tuple[Blind, ...] = ()
    """Places that answered and brought nothing for longer than is their habit: in sight, perhaps."""
    next_at: datetime | None = None
    """When the next weekly digest is due."""
    self_test: str = ""
    """How the self-test went; empty where there is none."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of somebody's reply."""

    school: str
    short: str
    zone: str
    said: tuple[str, ...]
    """Sentences of ours; nothing of what was replied."""
    choices: bool = False
    """The words were not understood: those that are, are listed."""
    words: bool = False
    """With the full words of the story's posts, which are put in as the mail goes out and never stored here."""
    restricted: bool = False
    exercise: bool = False
    passed_on: bool = False
    """It answers somebody who passed a post on."""


Payload: TypeAlias = Alert | Bundle | News | Digest | HealthNotice | Answer

_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "alert": TypeAdapter(Alert),
    "reminder": TypeAdapter(Alert),
    "bundle": TypeAdapter(Bundle),
    "news": TypeAdapter(News),
    "digest": TypeAdapter(Digest),
    "health": TypeAdapter(HealthNotice),
    "answer": TypeAdapter(Answer),
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
class Whole:
    """A post with all its words, for somebody who is entitled to them."""

    mention: str
    source: str
    title: str
    text: str
    """Empty where they are no longer kept."""
    url: str = ""
    withheld: bool = False
    """There may be an image of a child: neither words nor link are sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What one copy of a notification needs besides its payload."""

    ref: str
    """The story's reference for people, such as ``R12``; empty where a mail is not of one."""
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
    posts: tuple[Whole, ...] = ()
    """Full words that somebody has asked for."""
