"""The tables of what becomes of a post after it was told: still there or gone, answered by us, held for the police.

Nothing that a post says stands here.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    text,
)

from monitor.store.engine import UtcTime, Words
from monitor.store.letter_tables import metadata

__all__ = ["afterlife", "answered", "held", "metadata", "our_reply"]

# One row for each mention that is looked at again; it goes with its mention.
afterlife = Table(
    "afterlife",
    metadata,
    Column("mention_id", Integer, ForeignKey("mention.id", ondelete="CASCADE"), primary_key=True),
    Column("fate", String, nullable=False, server_default=text("''")),
    # the last look that learnt something; one that failed learnt nothing
    Column("checked_at", UtcTime),
    Column("gone_at", UtcTime),
    Column("next_at", UtcTime),
    # when our copy of its words goes, unless its story is held
    Column("blank_at", UtcTime),
    Column("blanked_at", UtcTime),
    # by which a page is asked for only if it changed (RFC 9110, section 13.1.2)
    Column("etag", Words, nullable=False, server_default=text("''")),
    CheckConstraint("fate IN ('', 'up', 'gone')", "fate"),
    Index("ix_afterlife_due", "next_at", sqlite_where=text("next_at IS NOT NULL")),
    Index("ix_afterlife_blank", "blank_at", sqlite_where=text("blank_at IS NOT NULL")),
)

# Stories whose words are kept whatever their age, for whom a lead has said why and until when.
held = Table(
    "held",
    metadata,
    Column("incident_id", Integer, ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True),
    Column("reason", Words, nullable=False),
    Column("by", Words, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    CheckConstraint("since < until", "span"),
)

# What we have answered, by keyed digests of the posts that our replies name: they may be read later than the reply.
our_reply = Table(
    "our_reply",
    metadata,
    Column("target", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("target"),
    CheckConstraint("length(target) = 16", "digest"),
    Index("ix_our_reply_at", "at"),
    sqlite_with_rowid=False,
)

# Comments that the school's own account has answered on the platform.
answered = Table(
    "answered",
    metadata,
    Column("mention_id", Integer, ForeignKey("mention.id", ondelete="CASCADE"), primary_key=True),
    Column("at", UtcTime, nullable=False),
)
