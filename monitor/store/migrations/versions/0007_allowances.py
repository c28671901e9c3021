"""A source knows of what kind its last failure was, and what its platform still allows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Remember the class of the last error, and the allowance."""
    op.add_column(
        "source", sa.Column("error_kind", sa.String(), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("source", sa.Column("allowance", sa.JSON(none_as_null=True)))
