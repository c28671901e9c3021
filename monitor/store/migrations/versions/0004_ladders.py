"""A story knows who hears next, who is to look after it, and until when it may rest; there are bundles and news."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Remember the ladder of a story, and let notifications be of two more kinds."""
    _incident()
    # SQLite changes no constraint: the table is copied
    with op.batch_alter_table("notification", copy_from=_notification(), recreate="always"):
        pass


def _incident() -> None:
    for column in (
        sa.Column("ladder", sa.JSON()),
        sa.Column("ladder_from", sa.DateTime(timezone=True)),
        sa.Column("ladder_step", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("reminded_at", sa.DateTime(timezone=True)),
        sa.Column("snoozed_until", sa.DateTime(timezone=True)),
        sa.Column("assigned_to", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("exercise", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("incident", column)
    for name, over, where in (
        ("climbing", "ladder_from", "closed_at IS NULL AND ladder IS NOT NULL"),
        ("snoozed", "snoozed_until", "snoozed_until IS NOT NULL"),
        ("owed", "due_at", "closed_at IS NULL AND reminded_at IS NULL"),
    ):
        op.create_index(f"ix_incident_{name}", "incident", [over], sqlite_where=sa.text(where))


def _notification() -> sa.Table:
    kinds = "kind IN ('alert', 'reminder', 'digest', 'health', 'bundle', 'news')"
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
