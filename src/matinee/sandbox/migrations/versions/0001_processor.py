"""Tokens, kept cards, charges, refunds and what is still to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _card_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("brand", sa.String(40), nullable=False),
        sa.Column("last4", sa.String(4), nullable=False),
        sa.Column("exp_month", sa.BigInteger(), nullable=False),
        sa.Column("exp_year", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
    ]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sandbox_tokens",
        sa.Column("token", sa.String(64), primary_key=True),
        *_card_columns(),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(64), nullable=False),
    )
    op.create_table(
        "sandbox_methods",
        sa.Column("method", sa.String(64), primary_key=True),
        *_card_columns(),
        sa.Column("customer", sa.String(64), nullable=False, index=True),
        sa.Column("detached", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "sandbox_charges",
        sa.Column("charge", sa.String(64), primary_key=True),
        sa.Column("idempotency_key", sa.String(128), nullable=False, unique=True),
        sa.Column("body_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("method", sa.String(64), nullable=False, index=True),
        sa.Column("customer", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("decline_code", sa.String(64), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("challenge", sa.String(64), nullable=True, unique=True),
        sa.Column("challenge_ends_at_us", sa.BigInteger(), nullable=False),
        sa.Column("return_url", sa.String(400), nullable=False),
    )
    op.create_table(
        "sandbox_refunds",
        sa.Column("refund", sa.String(64), primary_key=True),
        sa.Column("idempotency_key", sa.String(128), nullable=False, unique=True),
        sa.Column("body_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("charge", sa.String(64), nullable=False, index=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_table("sandbox_stalls", sa.Column("idempotency_key", sa.String(128), primary_key=True))
    op.create_table(
        "sandbox_deliveries",
        sa.Column("delivery", sa.String(64), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False, index=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in ("deliveries", "stalls", "refunds", "charges", "methods", "tokens"):
        op.drop_table(f"sandbox_{table}")
