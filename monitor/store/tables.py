"""The tables, and the rules that hold whatever the code does.

A constraint says what must never be; an index says which question must stay fast. Numbers of
mentions and incidents are what people read (``M345``, ``R12``) and are never given twice. A change
here needs a revision in ``migrations``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

from monitor.store.engine import UtcTime, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_SEVERITY = "severity BETWEEN 0 AND 4"


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


@compiles(CreateIndex, "postgresql")
def _partial_too(create: CreateIndex, compiler: DDLCompiler, **options: Any) -> str:
    """Let PostgreSQL be told of the condition when it is there: its dialect takes two megabytes."""
    dialects = create.element.dialect_options
    dialects["postgresql"]["where"] = dialects["sqlite"]["where"]
    return str(compiler.visit_create_index(create, **options))  # type: ignore[no-untyped-call]  # as it is shipped


school = Table(
    "school",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    # switched off when it leaves the configuration; never deleted, its history stays
    Column("active", Boolean, nullable=False),
    # moved by conditional update in the transaction that queues the digest: one digest a week
    Column("next_digest_at", UtcTime),
)

source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Words, nullable=False),
    Column("kind", String, nullable=False),
    Column("locator", Words, nullable=False),
    Column("host", Words, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    # moves only in the transaction that stores what was found: together or not at all
    Column("checkpoint", JSON(none_as_null=True)),
    Column("next_poll_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("last_poll_at", UtcTime),
    Column("last_ok_at", UtcTime),
    Column("failures", Integer, nullable=False),
    Column("error", Words, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("http_status", Integer),
    Column("robots", String, nullable=False),
    Column("gap_at", UtcTime),
    Column("entries", Integer, nullable=False),
    Column("mentions", Integer, nullable=False),
    # the version of the matcher at the last poll: what is looked for has changed if it is another now
    Column("read_with", String),
    # the class of the last failure; what must be done by a human is told sooner
    Column("error_kind", String, nullable=False, server_default=text("''")),
    # what the platform still allows, and since when it is nothing
    Column("allowance", JSON(none_as_null=True)),
    # what the last poll remarked, and what a human must see to there
    Column("remarks", JSON(none_as_null=True)),
    UniqueConstraint("kind", "locator"),  # one place, one poll, however many schools watch it
    CheckConstraint("interval_s > 0", "interval"),
    CheckConstraint("failures >= 0", "failures"),
    Index("ix_source_due", "next_poll_at"),
)

watch = Table(
    "watch",
    metadata,
    Column("school_id", ForeignKey("school.id"), nullable=False),
    Column("source_id", ForeignKey("source.id"), nullable=False, index=True),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("school_id", "source_id"),
    sqlite_with_rowid=False,
)

# Polls that brought something new, failed, or ended a silence; one that found nothing new writes none.
poll = Table(
    "poll",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    # the success before this poll: from there until now nothing was known if this took long
    Column("since", UtcTime),
    Column("outcome", String, nullable=False),
    Column("http_status", Integer),
    Column("entries", Integer, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("gap", Boolean, nullable=False),
    Column("error_kind", String, nullable=False),
    Column("error", Words, nullable=False),
    CheckConstraint("outcome IN ('new', 'unchanged', 'failed')", "outcome"),
    Index("ix_poll_history", "source_id", "at"),
    Index("ix_poll_at", "at"),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("school_id", ForeignKey("school.id"), nullable=False),
    Column("subject_key", String, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("category", String, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("mentions", Integer, nullable=False),
    Column("grown_to", Integer, nullable=False),
    Column("clock", String, nullable=False),
    Column("due_at", UtcTime),
    Column("opened_at", UtcTime, nullable=False),
    Column("last_mention_at", UtcTime, nullable=False),
    Column("first_look_at", UtcTime),
    Column("owner", Words, nullable=False),
    Column("closed_at", UtcTime),
    Column("outcome", String, nullable=False),
    Column("note", Words, nullable=False),
    # who hears next while nobody answers: worked out with the first mail, whatever is configured later
    Column("ladder", JSON(none_as_null=True)),
    Column("ladder_from", UtcTime),
    # how many of its steps were said; moves only in the transaction that queues them
    Column("ladder_step", Integer, nullable=False, server_default=text("0")),
    # how many of its steps are due whatever the hour, because somebody is known not to be there
    Column("ladder_hurried", Integer, nullable=False, server_default=text("0")),
    # when its owner was reminded that the time is nearly over
    Column("reminded_at", UtcTime),
    # our answer was seen on the platform; it may be open all the same
    Column("answered_at", UtcTime),
    Column("snoozed_until", UtcTime),
    Column("assigned_to", Words, nullable=False, server_default=text("''")),
    # never happened: it is in no figure
    Column("exercise", Boolean, nullable=False, server_default=false()),
    CheckConstraint(_SEVERITY, "severity"),
    CheckConstraint("clock IN ('answer', 'decide', '')", "clock"),
    CheckConstraint("(closed_at IS NULL) = (outcome = '')", "closed"),  # no story ends without an outcome
    # one open story about one thing
    _partial("uq_incident_open", "school_id", "subject_key", where="closed_at IS NULL", unique=True),
    Index("ix_incident_subject", "school_id", "subject_key"),
    Index("ix_incident_opened", "school_id", "opened_at"),
    _partial("ix_incident_climbing", "ladder_from", where="closed_at IS NULL AND ladder IS NOT NULL"),
    _partial("ix_incident_snoozed", "snoozed_until", where="snoozed_until IS NOT NULL"),
    _partial("ix_incident_owed", "due_at", where="closed_at IS NULL AND reminded_at IS NULL"),
    sqlite_autoincrement=True,
)

mention = Table(
    "mention",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("school_id", ForeignKey("school.id"), nullable=False),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("entry_id", Words, nullable=False),
    Column("key", String, nullable=False),
    Column("content_key", String, nullable=False),
    Column("url_key", String, nullable=False),
    Column("text_key", String, nullable=False),
    Column("thread_key", String, nullable=False),
    Column("reply_key", String, nullable=False),
    Column("entry_kind", String, nullable=False),
    Column("title", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("url", Words, nullable=False),
    # readable only while its story is open
    Column("author", Words, nullable=False),
    Column("own_account", Boolean, nullable=False),
    Column("published_at", UtcTime),
    Column("seen_at", UtcTime, nullable=False),
    Column("certainty", String, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("category", String),
    Column("categories", JSON, nullable=False),
    Column("tone", String, nullable=False),
    Column("compound", Float, nullable=False),
    Column("abuse", Float, nullable=False),
    Column("needs_response", Boolean, nullable=False),
    Column("imagery", Boolean, nullable=False),
    Column("grounds", JSON, nullable=False),
    Column("clock", String, nullable=False),
    Column("due_at", UtcTime),
    Column("silent", Boolean, nullable=False),
    Column("edits", Integer, nullable=False),
    Column("duplicate_of", ForeignKey("mention.id", ondelete="SET NULL")),
    Column("incident_id", ForeignKey("incident.id", ondelete="SET NULL")),
    Column("verdict", String, nullable=False),
    UniqueConstraint("school_id", "key"),  # a post is one mention of a school, however often it is read
    CheckConstraint(_SEVERITY, "severity"),
    CheckConstraint("certainty IN ('certain', 'possible')", "certainty"),
    CheckConstraint("tone IN ('neg', 'neu', 'pos')", "tone"),
    CheckConstraint("abuse BETWEEN 0 AND 1", "abuse"),
    CheckConstraint("clock IN ('answer', 'decide', '')", "clock"),
    CheckConstraint("verdict IN ('', 'not_us')", "verdict"),
    Index("ix_mention_seen", "school_id", "seen_at"),
    _partial("ix_mention_url", "school_id", "url_key", where="url_key <> ''"),
    _partial("ix_mention_text", "school_id", "text_key", where="text_key <> ''"),
    _partial("ix_mention_thread", "school_id", "thread_key", where="thread_key <> ''"),
    _partial("ix_mention_incident", "incident_id", where="incident_id IS NOT NULL"),
    _partial("ix_mention_duplicate", "duplicate_of", where="duplicate_of IS NOT NULL"),
    sqlite_autoincrement=True,
)

# One row per band of a mention's near-duplicate sketch: similar posts share at least one.
mention_band = Table(
    "mention_band",
    metadata,
    Column("mention_id", ForeignKey("mention.id", ondelete="CASCADE"), nullable=False),
    Column("band", BigInteger, nullable=False),
    Column("school_id", ForeignKey("school.id"), nullable=False),
    PrimaryKeyConstraint("mention_id", "band"),
    Index("ix_mention_band_near", "school_id", "band"),
    sqlite_with_rowid=False,
)

# What happened to a story and who did it; rows are added, never changed.
incident_event = Table(
    "incident_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", ForeignKey("incident.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("what", String, nullable=False),
    Column("by", Words, nullable=False),
    Column("via", String, nullable=False),
    Column("detail", Words, nullable=False),
)

notification = Table(
    "notification",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("school_id", ForeignKey("school.id"), nullable=False),
    Column("incident_id", ForeignKey("incident.id", ondelete="SET NULL"), index=True),
    Column("subject_key", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    # grows until a delivery of it is first leased, then never changes
    Column("payload", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("frozen_at", UtcTime),
    # part of the Message-ID: two messages of a subject never share it
    UniqueConstraint("school_id", "subject_key", "sequence"),
    CheckConstraint("kind IN ('alert', 'reminder', 'digest', 'health', 'bundle', 'news', 'answer')", "kind"),
    CheckConstraint(_SEVERITY, "severity"),
    Index("ix_notification_created", "created_at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("notification_id", ForeignKey("notification.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String, nullable=False),
    Column("recipient", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("state", String, nullable=False),
    # goes up with every lease and so tells one lease from the next
    Column("attempts", Integer, nullable=False),
    Column("due_since", UtcTime, nullable=False),
    Column("next_attempt_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("may_repeat", Boolean, nullable=False),
    Column("error", Words, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("message_id", String, nullable=False),
    Column("code", String, nullable=False),
    Column("settled_at", UtcTime),
    Column("looked_at", UtcTime),
    # the delivery of the same notification whose reader this one hears it for
    Column("stands_in_for", Integer),
    # it was accepted and came back later, and with which code (RFC 3463)
    Column("bounced_at", UtcTime),
    Column("bounce", String, nullable=False, server_default=text("''")),
    UniqueConstraint("notification_id", "channel", "recipient"),  # nobody hears one thing twice
    CheckConstraint("state IN ('pending', 'sent', 'dead', 'cancelled')", "state"),
    CheckConstraint("(state = 'pending') = (settled_at IS NULL)", "settled"),
    CheckConstraint("leased_until IS NULL OR state = 'pending'", "lease"),
    CheckConstraint("(state = 'sent') = (message_id <> '')", "sent"),
    _partial("ix_delivery_due", "next_attempt_at", where="state = 'pending'"),
    _partial("ix_delivery_dead", "settled_at", where="state = 'dead'"),
    _partial("ix_delivery_bounced", "bounced_at", where="bounced_at IS NOT NULL"),
    _partial("ix_delivery_message", "message_id", where="message_id <> ''"),
)

# Entries that broke us, for the operator; once per entry, however often it breaks us.
rejected = Table(
    "rejected",
    metadata,
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("entry_id", Words, nullable=False),
    Column("error", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("source_id", "entry_id"),
    Index("ix_rejected_at", "at"),
)

# Entries that were about no school: keyed digests from which nothing can be read back.
seen = Table(
    "seen",
    metadata,
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("source_id", "entry"),
    CheckConstraint("length(entry) = 16 AND length(content) = 16", "digests"),
    Index("ix_seen_at", "at"),
    sqlite_with_rowid=False,
)

# Mentions that were purged: keyed digests, so that a feed that still lists the post brings nothing back.
bygone = Table(
    "bygone",
    metadata,
    Column("school_id", ForeignKey("school.id"), nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("school_id", "entry"),
    CheckConstraint("length(entry) = 16 AND length(content) = 16", "digests"),
    Index("ix_bygone_at", "at"),
    sqlite_with_rowid=False,
)

# What remains of purged mentions: how many of a sort were seen within an hour (hours, because a
# school's week begins at its own midnight). Each purge adds rows; whoever reads sums them.
tally = Table(
    "tally",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("school_id", ForeignKey("school.id"), nullable=False),
    Column("hour", UtcTime, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("category", String),
    Column("tone", String, nullable=False),
    Column("mentions", Integer, nullable=False),
    CheckConstraint(_SEVERITY, "severity"),
    CheckConstraint("mentions > 0", "mentions"),
    Index("ix_tally_hour", "school_id", "hour"),
)

# Single facts of the daemon itself.
meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
