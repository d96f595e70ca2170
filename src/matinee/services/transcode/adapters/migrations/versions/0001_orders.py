"""Work orders."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "transcode_orders",
        sa.Column("job_id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("work_order", sa.Text(length=16_000_000), nullable=False),
        sa.Column("progress", sa.Text(length=16_000_000), nullable=False),
        sa.Column("uploading", sa.String(64)),
        sa.Column("submitted_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_transcode_orders_due", "transcode_orders", ["state", "priority", "submitted_at_us"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("transcode_orders")
