"""A delivery may stand in for one whose reader cannot be reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Remember which delivery another stands in for."""
    op.add_column("delivery", sa.Column("stands_in_for", sa.Integer()))
