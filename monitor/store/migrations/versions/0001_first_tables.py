"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make everything that the first version remembers."""
    _meta()
    _school()
    _source()
    _bygone()
    _incident()
    _poll()
    _rejected()
    _seen()
    _tally()
    _watch()
    _incident_event()
    _mention()
    _notification()
    _delivery()
    _mention_band()


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
        sqlite_with_rowid=False,
    )


def _school() -> None:
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_digest_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("slug", name=op.f("uq_school_slug")),
    )


def _source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checkpoint", sa.JSON(none_as_null=True)),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("last_poll_at", sa.DateTime(timezone=True)),
        sa.Column("last_ok_at", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("http_status", sa.Integer()),
        sa.Column("robots", sa.String(), nullable=False),
        sa.Column("gap_at", sa.DateTime(timezone=True)),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_source_failures")),
        sa.CheckConstraint("interval_s > 0", name=op.f("ck_source_interval")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("kind", "locator", name=op.f("uq_source_kind_locator")),
    )
    op.create_index("ix_source_due", "source", ["next_poll_at"])


def _bygone() -> None:
    op.create_table(
        "bygone",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(entry) = 16 AND length(content) = 16", name=op.f("ck_bygone_digests")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_bygone_school_id")),
        sa.PrimaryKeyConstraint("school_id", "entry", name=op.f("pk_bygone")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bygone_at", "bygone", ["at"])


def _incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("subject_key", sa.String(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("grown_to", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_mention_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_look_at", sa.DateTime(timezone=True)),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome = '')", name=op.f("ck_incident_closed")),
        sa.CheckConstraint("clock IN ('answer', 'decide', '')", name=op.f("ck_incident_clock")),
        sa.CheckConstraint("severity BETWEEN 0 AND 4", name=op.f("ck_incident_severity")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_incident_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_opened", "incident", ["school_id", "opened_at"])
    op.create_index("ix_incident_subject", "incident", ["school_id", "subject_key"])
    _partial(
        "uq_incident_open", "incident", ["school_id", "subject_key"], where="closed_at IS NULL", unique=True
    )


def _poll() -> None:
    op.create_table(
        "poll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("http_status", sa.Integer()),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("gap", sa.Boolean(), nullable=False),
        sa.Column("error_kind", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('new', 'unchanged', 'failed')", name=op.f("ck_poll_outcome")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_poll_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
    )
    op.create_index("ix_poll_at", "poll", ["at"])
    op.create_index("ix_poll_history", "poll", ["source_id", "at"])


def _rejected() -> None:
    op.create_table(
        "rejected",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_rejected_source_id")),
        sa.PrimaryKeyConstraint("source_id", "entry_id", name=op.f("pk_rejected")),
    )
    op.create_index("ix_rejected_at", "rejected", ["at"])


def _seen() -> None:
    op.create_table(
        "seen",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(entry) = 16 AND length(content) = 16", name=op.f("ck_seen_digests")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_seen_source_id")),
        sa.PrimaryKeyConstraint("source_id", "entry", name=op.f("pk_seen")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_seen_at", "seen", ["at"])


def _tally() -> None:
    op.create_table(
        "tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.String()),
        sa.Column("tone", sa.String(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.CheckConstraint("mentions > 0", name=op.f("ck_tally_mentions")),
        sa.CheckConstraint("severity BETWEEN 0 AND 4", name=op.f("ck_tally_severity")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_tally_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
    )
    op.create_index("ix_tally_hour", "tally", ["school_id", "hour"])


def _watch() -> None:
    op.create_table(
        "watch",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_watch_school_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_watch_source_id")),
        sa.PrimaryKeyConstraint("school_id", "source_id", name=op.f("pk_watch")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_watch_source_id"), "watch", ["source_id"])


def _incident_event() -> None:
    op.create_table(
        "incident_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_event_incident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_event")),
    )
    op.create_index(op.f("ix_incident_event_incident_id"), "incident_event", ["incident_id"])


def _mention() -> None:
    op.create_table(
        "mention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("content_key", sa.String(), nullable=False),
        sa.Column("url_key", sa.String(), nullable=False),
        sa.Column("text_key", sa.String(), nullable=False),
        sa.Column("thread_key", sa.String(), nullable=False),
        sa.Column("reply_key", sa.String(), nullable=False),
        sa.Column("entry_kind", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("own_account", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certainty", sa.String(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.String()),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("tone", sa.String(), nullable=False),
        sa.Column("compound", sa.Float(), nullable=False),
        sa.Column("abuse", sa.Float(), nullable=False),
        sa.Column("needs_response", sa.Boolean(), nullable=False),
        sa.Column("imagery", sa.Boolean(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("duplicate_of", sa.Integer()),
        sa.Column("incident_id", sa.Integer()),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.CheckConstraint("certainty IN ('certain', 'possible')", name=op.f("ck_mention_certainty")),
        sa.CheckConstraint("clock IN ('answer', 'decide', '')", name=op.f("ck_mention_clock")),
        sa.CheckConstraint("tone IN ('neg', 'neu', 'pos')", name=op.f("ck_mention_tone")),
        sa.CheckConstraint("verdict IN ('', 'not_us')", name=op.f("ck_mention_verdict")),
        sa.CheckConstraint("abuse BETWEEN 0 AND 1", name=op.f("ck_mention_abuse")),
        sa.CheckConstraint("severity BETWEEN 0 AND 4", name=op.f("ck_mention_severity")),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["mention.id"], name=op.f("fk_mention_duplicate_of"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_mention_incident_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_mention_school_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_mention_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint("school_id", "key", name=op.f("uq_mention_school_id_key")),
        sqlite_autoincrement=True,
    )
    _partial("ix_mention_duplicate", "mention", ["duplicate_of"], where="duplicate_of IS NOT NULL")
    _partial("ix_mention_incident", "mention", ["incident_id"], where="incident_id IS NOT NULL")
    op.create_index("ix_mention_seen", "mention", ["school_id", "seen_at"])
    _partial("ix_mention_text", "mention", ["school_id", "text_key"], where="text_key <> ''")
    _partial("ix_mention_thread", "mention", ["school_id", "thread_key"], where="thread_key <> ''")
    _partial("ix_mention_url", "mention", ["school_id", "url_key"], where="url_key <> ''")


def _notification() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer()),
        sa.Column("subject_key", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "kind IN ('alert', 'reminder', 'digest', 'health')", name=op.f("ck_notification_kind")
        ),
        sa.CheckConstraint("severity BETWEEN 0 AND 4", name=op.f("ck_notification_severity")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_notification_incident_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_notification_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint(
            "school_id",
            "subject_key",
            "sequence",
            name=op.f("uq_notification_school_id_subject_key_sequence"),
        ),
    )
    op.create_index("ix_notification_created", "notification", ["created_at"])
    op.create_index(op.f("ix_notification_incident_id"), "notification", ["incident_id"])


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("may_repeat", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("looked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name=op.f("ck_delivery_settled")),
        sa.CheckConstraint("(state = 'sent') = (message_id <> '')", name=op.f("ck_delivery_sent")),
        sa.CheckConstraint("leased_until IS NULL OR state = 'pending'", name=op.f("ck_delivery_lease")),
        sa.CheckConstraint(
            "state IN ('pending', 'sent', 'dead', 'cancelled')", name=op.f("ck_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_delivery_notification_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "notification_id",
            "channel",
            "recipient",
            name=op.f("uq_delivery_notification_id_channel_recipient"),
        ),
    )
    _partial("ix_delivery_dead", "delivery", ["settled_at"], where="state = 'dead'")
    _partial("ix_delivery_due", "delivery", ["next_attempt_at"], where="state = 'pending'")


def _mention_band() -> None:
    op.create_table(
        "mention_band",
        sa.Column("mention_id", sa.Integer(), nullable=False),
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_mention_band_mention_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_mention_band_school_id")),
        sa.PrimaryKeyConstraint("mention_id", "band", name=op.f("pk_mention_band")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mention_band_near", "mention_band", ["school_id", "band"])


def _partial(name: str, table: str, columns: list[str], *, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
