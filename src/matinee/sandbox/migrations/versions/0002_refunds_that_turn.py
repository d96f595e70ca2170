"""Refunds that are pending at first, and refunds that come back."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; refunds of before have succeeded."""
    for name, default in (("status", "succeeded"), ("next_status", "")):
        op.add_column("sandbox_refunds", sa.Column(name, sa.String(20), nullable=False, server_default=default))
    op.add_column("sandbox_refunds", sa.Column("turns_at_us", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take the columns away."""
    for name in ("status", "next_status", "turns_at_us"):
        op.drop_column("sandbox_refunds", name)
