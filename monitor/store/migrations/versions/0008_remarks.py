"""A source knows what its last poll remarked, and what a human must see to there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Remember notes and concerns of the last poll."""
    op.add_column("source", sa.Column("remarks", sa.JSON(none_as_null=True)))
