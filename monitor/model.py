"""The house's own words: values that travel between the steps of the path.

Frozen, without methods that do anything but look. Mentions and incidents are named by ``key`` here
(the hex digest that never changes); row numbers belong to the store and to people (``M345``, ``R12``).
Times are aware UTC. Shapes of keys are told in ``monitor.dedupe``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from alerts.base import Alert, Category, Clock, NotificationKind, Payload, Reason, Recipient, Role, Severity
from alerts.ladder import Ladder
from sources.base import Entry

WINDOW = 2000
"""Characters of a post that are scored, stored and shown at most (VADER is quadratic)."""

ChannelName: TypeAlias = Literal["mail", "wake"]
MAIL: ChannelName = "mail"
"""How we say things; which service carries the mail is a matter of settings."""
WAKE: ChannelName = "wake"
"""How we wake somebody: one line without content beside the mail."""
ON_DUTY = "on duty"
"""In the place of an address: whoever hears the list of ``[wake]``."""

Tone: TypeAlias = Literal["neg", "neu", "pos"]


class Certainty(StrEnum):
    """How sure we are that a post is about the school."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Why a score or grade is what it is: a rule's name, the words that met it, and their weight."""

    rule: str
    excerpt: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Evidence that an entry is, or may be, about a school."""

    school: str
    """The school's slug."""
    certainty: Certainty
    term: str
    """The alias that was found, as the configuration spells it."""
    place: Literal["title", "body", "sender", "link"]
    span: tuple[int, int]
    """Where in the title or text (original characters); the window for scoring is cut round it."""
    context: int = 0
    """Sum of the context points that made a weak name count."""
    grounds: tuple[Ground, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """VADER's untouched number, and our judgement of the tone towards the school."""

    compound: float
    label: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a text by itself says: no author, reach or group is considered."""

    sentiment: Sentiment
    abuse: float
    """Calibrated, 0 to 1; at 0.5 and above the text is flagged."""
    heads: Mapping[str, float] = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    """Lead category first."""
    severity: Severity = Severity.NONE
    needs_response: bool = False
    grounds: tuple[Ground, ...] = ()
    child_or_school_word: bool = False
    """A possible post that is critical and has such a word is sent at once (policy, 1.3 rule 4)."""
    imagery: bool = False
    """Sexual imagery of a child is suspected: the link is withheld."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """By what a post is recognised again. Hex digests; empty where there is nothing to go by."""

    key: str
    """SHA-256 of source and entry id: the mention's identity."""
    content: str
    """Digest of title and text as published: another one means the post was edited."""
    url: str = ""
    """Digest of the canonical URL: groups, never drops."""
    text: str = ""
    """Digest of the normalised text, if it is long enough to mean anything."""
    thread: str = ""
    """Digest of platform and conversation, if told."""
    reply_to: str = ""
    """The ``key`` of the entry this one answers, if told."""
    bands: tuple[int, ...] = ()
    """Bands of the near-duplicate sketch; signed 64-bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An entry that matched a school: examined, not yet stored."""

    school: str
    entry: Entry
    match: Match
    assessment: Assessment
    keys: Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An entry that broke us: kept for the operator, counted, never fatal."""

    entry_id: str
    """A keyed digest of it, unless the entry is known to be about a school."""
    error: str
    """The exception's type and place; no text from the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """Everything learnt from a batch without looking into the database."""

    findings: tuple[Finding, ...]
    rejected: tuple[Rejected, ...]
    others: tuple[tuple[bytes, bytes], ...]
    """Keyed digests (entry, content; 16 bytes each) of entries that matched no school."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMention:
    """A stored mention that has something in common with a finding of this batch."""

    school: str
    key: str
    keys: Keys
    title: str
    text: str
    severity: Severity
    edits: int
    incident: str | None
    """Subject key of its incident, if it belongs to one; look it up among ``Known.incidents``."""
    duplicate_of: str | None
    dismissed: Severity | None = None
    """How grave its incident was, if a person closed that as not about the school."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """A story that is open, as ``decide`` needs to know it."""

    school: str
    subject_key: str
    severity: Severity
    category: Category
    categories: tuple[Category, ...]
    certain: bool
    count: int
    """Mentions that belong to it."""
    grown_to: int
    """The last step of growth that was spoken of: 0, 10, 30 or 100."""
    clock: Clock
    due_at: datetime | None
    reported_by: frozenset[str] = frozenset()
    """Names of the sources that said it in words of their own."""
    carried_by: frozenset[str] = frozenset()
    """Names of all sources that have it."""
    voices: Mapping[tuple[str, str], tuple[datetime, ...]] = field(default_factory=dict)
    """When each author, by source and handle, was seen to write of it; only while it is open."""
    pending: Alert | None = None
    """The payload of its alert that no delivery has been leased for yet: it may still grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database already knows of this batch; small."""

    mentions: tuple[KnownMention, ...] = ()
    incidents: Mapping[tuple[str, str], OpenIncident] = field(default_factory=dict)
    """By (school, subject key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMention:
    """A mention to store."""

    finding: Finding
    text: str
    """The stored window: at most ``WINDOW`` characters; empty where the publisher forbids keeping it."""
    duplicate_of: str | None
    """Key of the first mention that this one repeats."""
    incident: str | None
    """Subject key of the incident it belongs to."""
    clock: Clock
    due_at: datetime | None
    silent: bool = False
    """Stored at a source's first look without alerting."""
    not_us: bool = False
    """It repeats what a person has closed as not about the school, and so is not either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedMention:
    """A stored mention whose post has changed: assessed again."""

    finding: Finding
    text: str
    incident: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChange:
    """What an incident is from now on. ``opened`` tells a new one from a changed one."""

    school: str
    subject_key: str
    opened: bool
    severity: Severity
    category: Category
    categories: tuple[Category, ...]
    certain: bool
    count: int
    grown_to: int
    clock: Clock
    due_at: datetime | None
    exercise: bool = False
    """It never happened: a self-test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """Who hears next of a story while nobody answers."""

    subject_key: str
    severity: Severity
    """How grave the story was when this was worked out."""
    ladder: Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotification:
    """Something to say, with everyone who is to hear it."""

    school: str
    incident: str | None
    """Subject key, or ``None`` for digest and health."""
    kind: NotificationKind
    reason: Reason
    severity: Severity
    payload: Payload
    recipients: tuple[Recipient, ...]
    not_before: datetime
    amends: bool = False
    """Replaces the payload of the incident's alert that is still unleased, and adds recipients."""
    climbs: tuple[Climb, ...] = ()
    """The ladders that begin with it: of its story, or of all its stories."""
    wakes: tuple[Recipient, ...] = ()
    """Who is woken to tell it; for a critical story that follows from the mails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything decided; nothing done."""

    mentions: tuple[NewMention, ...] = ()
    edited: tuple[EditedMention, ...] = ()
    incidents: tuple[IncidentChange, ...] = ()
    notifications: tuple[NewNotification, ...] = ()
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTask:
    """A source whose turn has come."""

    id: int
    name: str
    kind: str
    locator: str
    schools: tuple[str, ...]
    """Slugs of the schools that watch it."""
    checkpoint: Mapping[str, Any] | None
    failures: int
    interval: timedelta
    host: str
    read_with: str | None = None
    """The version of the matcher at the last poll; ``None`` if that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What one poll came to; the line in the log and in ``run --once``."""

    source: str
    outcome: Literal["new", "unchanged", "failed"]
    entries: int = 0
    matched: int = 0
    mentions: int = 0
    notifications: int = 0
    rejected: int = 0
    gap: bool = False
    error: str = ""
    remedy: str = ""
    next_poll_at: datetime | None = None
    saved: bool = True
    """False: the database could not be written, and will ask for the same again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTask:
    """A delivery that has been leased to us, with all that its mail needs."""

    id: int
    school: str
    kind: NotificationKind
    reason: Reason
    severity: Severity
    payload: Payload
    subject_key: str
    """The incident's, or the period of a digest (``2026-W48``), or the name of a health notice."""
    incident_id: int | None
    sequence: int
    """0 for the first notification of its subject, then 1, 2, …"""
    recipient: Recipient
    attempts: int
    """This one included."""
    due_since: datetime
    """When it was first meant to go out."""
    may_repeat: bool
    instead_of: tuple[Role, ...] = ()
    """The roles of the person for whom the recipient stands in."""
    channel: ChannelName = MAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOutcome:
    """What one delivery came to."""

    id: int
    outcome: Literal["sent", "retry", "dead", "lost"]
    """``lost``: the lease had been taken by another worker; nothing was settled."""
    channel: ChannelName = MAIL
    error: str = ""
    remedy: str = ""
