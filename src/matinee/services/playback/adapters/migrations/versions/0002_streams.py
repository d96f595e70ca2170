"""Streams on leases, and what billing said last."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "playback_accounts",
        sa.Column("account_id", sa.String(32), primary_key=True),
        sa.Column("entitlement", sa.Text(), nullable=False),
        sa.Column("decided_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "playback_streams",
        sa.Column("session_id", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("profile_id", sa.String(32), nullable=False),
        sa.Column("sign_in", sa.String(64), nullable=False),
        sa.Column("title_id", sa.String(32), nullable=False),
        sa.Column("title_name", sa.String(200), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("position_seconds", sa.Float(), nullable=False),
        sa.Column("started_at_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.String(32)),
    )
    op.create_index("ix_playback_streams_account", "playback_streams", ["account_id", "expires_at_us"])
    op.create_index("ix_playback_streams_expiry", "playback_streams", ["expires_at_us"])


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("playback_streams")
    op.drop_table("playback_accounts")
