"""What the processor calls a refund, and why it failed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COLUMNS = ("processor_ref", "decline_code")


def upgrade() -> None:
    """Add the columns; refunds of before are not asked about any more, only heard of."""
    for column in _COLUMNS:
        op.add_column("billing_refunds", sa.Column(column, sa.String(255), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the columns away."""
    for column in _COLUMNS:
        op.drop_column("billing_refunds", column)
