"""What the database tells: rows as plain values, for digest, health and the tables people read.

Nothing here is masked; whoever shows it to people does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal

from alerts.base import Category, Clock, NotificationKind, Reason, Role, Severity
from monitor.model import MAIL, Certainty, ChannelName, Ground, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """A source as the configuration names it; one place however many schools watch it."""

    name: str
    kind: str
    locator: str
    host: str
    interval: timedelta
    schools: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much of a platform's allowance was used up at the last poll."""

    used: int
    limit: int
    of: str
    """What is counted, such as ``searches a day``."""
    renewed_at: datetime | None = None
    spent_at: datetime | None = None
    """Since when nothing is left; ``None`` while something is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worry:
    """What a human must see to at a source that can be read, as its last poll said."""

    what: str
    remedy: str
    since: datetime
    ends: datetime | None = None
    """When it will be too late; ``None`` where it is already as ``what`` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How a source is doing."""

    id: int
    name: str
    kind: str
    host: str
    interval: timedelta
    schools: tuple[str, ...]
    last_ok_at: datetime | None
    last_poll_at: datetime | None
    next_poll_at: datetime
    failures: int
    """Consecutive; 0 after a success."""
    error: str
    remedy: str
    gap_at: datetime | None
    robots: str
    entries: int
    """Entries read since the source was added."""
    mentions: int
    added_at: datetime
    rejected: int
    error_kind: str = ""
    """The class of the last failure, such as ``Denied``; empty after a success."""
    allowance: Allowance | None = None
    """What the platform allows in a while, where it does not allow everything."""
    notes: tuple[str, ...] = ()
    """What its last poll remarked."""
    worries: tuple[Worry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How often a source brings something new."""

    usual: timedelta
    """Half of the times it takes no longer than this."""
    last_at: datetime
    """When it last brought something."""
    doubtful_at: datetime
    """From when on nothing new is unusual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRow:
    """A stored mention."""

    id: int
    school: str
    key: str
    source: str
    source_kind: str
    title: str
    text: str
    url: str
    author: str
    published_at: datetime | None
    seen_at: datetime
    severity: Severity
    category: Category | None
    categories: tuple[Category, ...]
    tone: Tone
    compound: float
    abuse: float
    certainty: Certainty
    needs_response: bool
    grounds: tuple[Ground, ...]
    clock: Clock
    due_at: datetime | None
    duplicate_of: int | None
    incident_id: int | None
    verdict: str
    """Empty, or ``not_us`` once a person has said so."""
    imagery: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """A story."""

    id: int
    school: str
    subject_key: str
    severity: Severity
    category: Category
    categories: tuple[Category, ...]
    certain: bool
    count: int
    opened_at: datetime
    last_mention_at: datetime
    clock: Clock
    due_at: datetime | None
    first_look_at: datetime | None
    owner: str
    """Role or name of who said *mine*; empty if nobody."""
    closed_at: datetime | None
    outcome: str
    assigned_to: str = ""
    """Role of whoever was asked to look after it; that is not yet to have taken it."""
    snoozed_until: datetime | None = None
    """When its owner wants to be reminded."""
    exercise: bool = False
    """It never happened."""
    answered_at: datetime | None = None
    """When our own answer to it was seen on the platform: its clock stands still, whether it is open or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEvent:
    """Something that happened to a story."""

    at: datetime
    what: str
    """Such as ``opened``, ``worsened``, ``mine``, ``done``, ``not_us``, ``mail sent``, ``woken``."""
    by: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMention:
    """A stored mention as far as it can be read again, with what a person made of it."""

    id: int
    story: int | None
    source: str
    title: str
    text: str
    url: str
    own_account: bool
    text_key: str
    """Digest of the normalised text; empty if it is too short to mean anything."""
    severity: Severity
    """The graver of its own and its story's."""
    not_us: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is still stored of a school's mentions."""

    mentions: tuple[PastMention, ...]
    """Those of which words are left, oldest first."""
    not_us: int
    """Stories that were closed as *not us*."""
    unreadable: int
    """Those among them of which no words are left: deleted in time, or never kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A delivery that is waiting, or was given up."""

    id: int
    school: str
    kind: NotificationKind
    reason: Reason
    severity: Severity
    incident_id: int | None
    roles: tuple[Role, ...]
    state: str
    """``pending``, ``leased``, ``dead``."""
    attempts: int
    next_attempt_at: datetime
    due_since: datetime
    error: str
    remedy: str
    channel: ChannelName = MAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpell:
    """A time for which nothing is known of a source."""

    source: str
    start: datetime
    end: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Mentions of one sort of which nothing but their number is left."""

    severity: Severity
    category: Category | None
    tone: Tone
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFacts:
    """What the database knows of a period, ``start`` (inclusive) to ``end`` (exclusive)."""

    school: str
    start: datetime
    end: datetime
    mentions: tuple[MentionRow, ...]
    """Of the period, duplicates included, *not us* ones too."""
    severity_by_week: tuple[tuple[tuple[Severity, int], ...], ...]
    """For each of the four weeks before, latest first: mentions by severity. Before a period that is no week: of
    the one before it, of the same length."""
    category_last_week: tuple[tuple[Category, int], ...]
    """Of the period before; what is about safeguarding too counts as safeguarding."""
    open: tuple[IncidentRow, ...]
    closed: tuple[IncidentRow, ...]
    """Closed within the period."""
    owed: tuple[IncidentRow, ...]
    """Own-account stories whose answer fell due within the period, open or closed."""
    sources: tuple[SourceStatus, ...]
    blind: tuple[BlindSpell, ...]
    entries: int
    """Entries read in the period."""
    dead: int
    """Deliveries given up in the period."""
    unrestricted_by_week: tuple[tuple[tuple[Severity, int], ...], ...] = ()
    """``severity_by_week`` without safeguarding and allegations, for the governors; empty if not counted."""
    failed: int = 0
    """Sources that failed at least once."""
    blind_before: int = 0
    """Sources with a blind spell in the period before."""
    began: datetime | None = None
    """When the first source of the school was added."""
    gone: tuple[Gone, ...] = ()
    """Mentions of the period that were purged since: of a term, most of the small ones."""
    doubtful: tuple[BlindSpell, ...] = ()
    """Times in which a source answered and brought nothing for longer than is its habit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullMailbox:
    """Somebody's mailbox that has been full for long."""

    roles: tuple[Role, ...]
    since: datetime
    instead: tuple[Role, ...]
    """Who has heard in their place; empty if nobody could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncedMail:
    """Somebody whose mails are accepted and come back."""

    roles: tuple[Role, ...]
    since: datetime
    code: str
    """The status code of the report, such as ``5.1.1``; empty if there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeafMailbox:
    """The mailbox of replies cannot be read."""

    since: datetime
    error: str
    remedy: str


class Stage(IntEnum):
    """How far a self-test has got on the way of a post."""

    BEGUN = 0
    READ = 1
    GRADED = 2
    RECORDED = 3
    QUEUED = 4
    LEFT = 5
    """The mail server has it."""
    ARRIVED = 6
    """It was read in the mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """The self-test that is under way, or the last one."""

    id: str
    began_at: datetime
    until: datetime
    """Then it is broken, unless nothing ran for a time."""
    seen_at: datetime
    """When somebody last looked how far it is."""
    goal: Stage = Stage.ARRIVED
    """How far it is to get: without a mailbox, to the mail server."""
    by_clock: bool = False
    """Its time had come; else somebody asked for it."""
    stage: Stage = Stage.BEGUN
    story: int | None = None
    left_at: datetime | None = None
    read_at: datetime | None = None
    """When the mailbox was last read."""
    ended_at: datetime | None = None
    outcome: Literal["", "passed", "broken", "late"] = ""
    """Empty while it is under way; ``late``: it arrived after it was broken."""
    why: str = ""
    """What went wrong; no word of a post and no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    """What the watch knows of itself."""

    sources: tuple[SourceStatus, ...]
    pending: int
    oldest_pending_since: datetime | None
    """When the oldest delivery that should have gone out was first due."""
    dead: int
    """Deliveries given up and not yet looked at."""
    last_sent_at: datetime | None
    last_tick_at: datetime | None
    rejected_reload: str
    """Why the last reload of the configuration was refused; empty if it was not."""
    rejected_entries: int
    """Entries of the last day that broke us."""
    leapt_at: datetime | None = None
    """When the clock leapt forward by more than a month, while that is not believed yet."""
    off: tuple[datetime, datetime] | None = None
    """From when until when nothing ran, the last time that this was for a day or longer."""
    full: tuple[FullMailbox, ...] = ()
    """Mailboxes that have been full for a day."""
    bounced: tuple[BouncedMail, ...] = ()
    """People whose mails come back."""
    deaf: DeafMailbox | None = None
    """Since when replies cannot be read; ``None`` while they can, or if nobody reads any."""
    letters: tuple[tuple[str, int], ...] = ()
    """What the letters of the last seven days came to, the most frequent first."""
    wake_failing_since: datetime | None = None
    """When the oldest wake-up that was tried and has not gone out was due."""
    unwoken: int = 0
    """Wake-ups given up and not yet looked at."""
    self_test: SelfTest | None = None
