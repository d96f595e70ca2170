"""How many changes of titles there have been."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_STATE = sa.table("catalogue_state", sa.column("name", sa.String), sa.column("value", sa.String))


def upgrade() -> None:
    """Begin to count."""
    op.bulk_insert(_STATE, [{"name": "changes", "value": "1"}])


def downgrade() -> None:
    """Count no longer."""
    op.execute(_STATE.delete().where(_STATE.c.name == "changes"))
