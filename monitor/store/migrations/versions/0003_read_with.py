"""A source knows what was looked for when it was last read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Remember the version of the matcher."""
    op.add_column("source", sa.Column("read_with", sa.String()))
