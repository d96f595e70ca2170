"""Drafts of changes, and pictures that were sent and may be chosen again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "catalogue_drafts",
        sa.Column("title_id", sa.String(32), primary_key=True),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "catalogue_pictures",
        sa.Column("title_id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("added_at_us", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in ("catalogue_pictures", "catalogue_drafts"):
        op.drop_table(table)
