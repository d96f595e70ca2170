"""Age ratings and availability windows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
_TABLE = "catalogue_titles"


def upgrade() -> None:
    """Add the columns; what is stored already stays open to all ages, everywhere."""
    op.add_column(_TABLE, sa.Column("maturity", sa.Integer(), nullable=False, server_default="0"))
    # MySQL gives TEXT no literal default, so the column is filled before it becomes mandatory for the model.
    op.add_column(_TABLE, sa.Column("availability", sa.Text()))
    op.execute(sa.table(_TABLE, sa.column("availability")).update().values(availability="[]"))


def downgrade() -> None:
    """Remove the columns."""
    for column in ("availability", "maturity"):
        op.drop_column(_TABLE, column)
