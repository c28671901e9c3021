"""What becomes of a post is remembered: its fate, our answer to it, and who holds its words for how long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Look at posts again, remember our own replies, and let a story be answered without being closed."""
    op.add_column("incident", sa.Column("answered_at", sa.DateTime(timezone=True)))
    _afterlife()
    op.create_table(
        "held",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_held_incident_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("incident_id", name="pk_held"),
        sa.CheckConstraint("since < until", name=op.f("ck_held_span")),
    )
    op.create_table(
        "our_reply",
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", name="pk_our_reply"),
        sa.CheckConstraint("length(target) = 16", name=op.f("ck_our_reply_digest")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_our_reply_at", "our_reply", ["at"])
    op.create_table(
        "answered",
        sa.Column("mention_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name="fk_answered_mention_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", name="pk_answered"),
    )


def _afterlife() -> None:
    times = ("gone_at", "next_at", "blank_at", "blanked_at")
    op.create_table(
        "afterlife",
        sa.Column("mention_id", sa.Integer(), nullable=False),
        sa.Column("fate", sa.String(), nullable=False, server_default=sa.text("''")),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in times),
        sa.Column("etag", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name="fk_afterlife_mention_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", name="pk_afterlife"),
        sa.CheckConstraint("fate IN ('', 'up', 'gone')", name=op.f("ck_afterlife_fate")),
    )
    for name, column in (("due", "next_at"), ("blank", "blank_at")):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_afterlife_{name}", "afterlife", [column], sqlite_where=where)
