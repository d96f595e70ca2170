"""Titles, the outbox of events, and files to remove."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _titles()
    op.create_table(
        "catalogue_outbox",
        sa.Column(
            "sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("event_key", sa.String(256), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "catalogue_doomed",
        sa.Column("title_id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_catalogue_doomed_due_at_us", "catalogue_doomed", ["due_at_us"])


def _titles() -> None:
    op.create_table(
        "catalogue_titles",
        sa.Column("title_id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_folded", sa.String(800), nullable=False),
        sa.Column("synopsis", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer()),
        sa.Column("genres", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(16), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("featured", sa.Boolean(), nullable=False),
        sa.Column("series_id", sa.String(32)),
        sa.Column("season_number", sa.Integer()),
        sa.Column("episode_number", sa.Integer()),
        sa.Column("poster", sa.String(64)),
        sa.Column("backdrop", sa.String(64)),
        sa.Column("release", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_us", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("series_id", "season_number", "episode_number", name="uq_catalogue_titles_episode"),
    )
    op.create_index("ix_catalogue_titles_newest", "catalogue_titles", ["created_at_us", "title_id"])


def downgrade() -> None:
    """Remove the tables."""
    for table in ("catalogue_doomed", "catalogue_outbox", "catalogue_titles"):
        op.drop_table(table)
