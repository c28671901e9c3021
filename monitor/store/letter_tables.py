"""The tables of what comes back: letters, who is away, and who stepped back from a story.

No text of a letter is kept, only keyed digests by which it is known again.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
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
from monitor.store.tables import metadata

__all__ = ["absence", "left_out", "letter", "metadata"]

# Letters that were read, once each: what became of them, never what they say.
letter = Table(
    "letter",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    # of its Message-ID, and of its code, words and date: only of what was acted on, so that nobody can
    # keep somebody else's answer out by sending one of the same name first
    Column("message", LargeBinary),
    Column("said", LargeBinary),
    # of the address of a person whose answer it was: how often one was answered today
    Column("sender", LargeBinary),
    Column("at", UtcTime, nullable=False),
    Column("outcome", String, nullable=False),
    Column("story", Integer),
    CheckConstraint("length(digest) = 16", "digest"),
    Index("ix_letter_at", "at"),
    Index("ix_letter_message", "message", sqlite_where=text("message IS NOT NULL")),
    Index("ix_letter_said", "said", sqlite_where=text("said IS NOT NULL")),
    sqlite_with_rowid=False,
)

# Who said that they are away; what is configured stands in the school file.
absence = Table(
    "absence",
    metadata,
    Column("school_id", ForeignKey("school.id"), nullable=False),
    Column("person", Words, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("said_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("school_id", "person"),  # the latest word counts
    CheckConstraint("first_day <= last_day", "days"),
    sqlite_with_rowid=False,
)

# Who is personally involved in a story and hears no more of it, and who hears instead.
left_out = Table(
    "left_out",
    metadata,
    Column("incident_id", ForeignKey("incident.id", ondelete="CASCADE"), nullable=False),
    Column("person", Words, nullable=False),
    Column("instead", JSON, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("incident_id", "person"),
    sqlite_with_rowid=False,
)
