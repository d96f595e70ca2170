"""What each profile does with intros, recaps and credits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COLUMNS = ("skip_intro", "skip_recap", "skip_credits")


def upgrade() -> None:
    """Add the columns; profiles that are there are asked, as before."""
    for column in _COLUMNS:
        op.add_column("identity_profiles", sa.Column(column, sa.String(8), nullable=False, server_default="ask"))


def downgrade() -> None:
    """Take the columns away."""
    for column in _COLUMNS:
        op.drop_column("identity_profiles", column)
