"""What came back is remembered: letters, who said they are away, who stepped back from a story, and mails that bounced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Remember letters by digests, absences, and what was said to nobody; let an answer be a notification."""
    _tables()
    op.add_column("delivery", sa.Column("bounced_at", sa.DateTime(timezone=True)))
    op.add_column("delivery", sa.Column("bounce", sa.String(), nullable=False, server_default=sa.text("''")))
    op.create_index(
        "ix_delivery_bounced", "delivery", ["bounced_at"], sqlite_where=sa.text("bounced_at IS NOT NULL")
    )
    op.create_index(
        "ix_delivery_message", "delivery", ["message_id"], sqlite_where=sa.text("message_id <> ''")
    )
    op.add_column(
        "incident", sa.Column("ladder_hurried", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    # SQLite changes no constraint: the table is copied
    with op.batch_alter_table("notification", copy_from=_notification(), recreate="always"):
        pass


def _tables() -> None:
    op.create_table(
        "letter",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("message", sa.LargeBinary()),
        sa.Column("said", sa.LargeBinary()),
        sa.Column("sender", sa.LargeBinary()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("story", sa.Integer()),
        sa.PrimaryKeyConstraint("digest", name="pk_letter"),
        sa.CheckConstraint("length(digest) = 16", name=op.f("ck_letter_digest")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_letter_at", "letter", ["at"])
    for name in ("message", "said"):
        op.create_index(f"ix_letter_{name}", "letter", [name], sqlite_where=sa.text(f"{name} IS NOT NULL"))
    op.create_table(
        "absence",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name="fk_absence_school_id"),
        sa.PrimaryKeyConstraint("school_id", "person", name="pk_absence"),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absence_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "left_out",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("instead", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_left_out_incident_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("incident_id", "person", name="pk_left_out"),
        sqlite_with_rowid=False,
    )


def _notification() -> sa.Table:
    kinds = "kind IN ('alert', 'reminder', 'digest', 'health', 'bundle', 'news', 'answer')"
    columns = ("school_id", "subject_key", "sequence")
    return sa.Table(
        "notification",
        sa.MetaData(),
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
        sa.CheckConstraint(kinds, name="ck_notification_kind"),
        sa.CheckConstraint("severity BETWEEN 0 AND 4", name="ck_notification_severity"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_notification_incident_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name="fk_notification_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sa.UniqueConstraint(*columns, name="uq_notification_school_id_subject_key_sequence"),
        sa.Index("ix_notification_created", "created_at"),
        sa.Index("ix_notification_incident_id", "incident_id"),
    )
