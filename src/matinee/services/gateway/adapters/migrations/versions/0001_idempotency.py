"""Requests with an Idempotency-Key and their answers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "gateway_idempotency",
        sa.Column("place", sa.String(64), primary_key=True),
        sa.Column("caller", sa.String(64), nullable=False),
        sa.Column("claim", sa.String(32), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("answer", sa.LargeBinary(2**21)),
        sa.Column("started_at_us", sa.BigInteger, nullable=False),
        sa.Index("ix_gateway_idempotency_caller", "caller"),
        sa.Index("ix_gateway_idempotency_started", "started_at_us"),
    )
