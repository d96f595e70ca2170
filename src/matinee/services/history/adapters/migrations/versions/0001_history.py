"""Viewing by profile, and what profiles keep. Every table but the counts has the profile first in its key."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.String(64)


def upgrade() -> None:
    """Make the tables."""
    _viewing()
    _shelves()
    _counts()


def _viewing() -> None:
    op.create_table(
        "history_live",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("title_id", _ID, primary_key=True),
        sa.Column("series_id", _ID, nullable=False),
        sa.Column("position_seconds", sa.Float(), nullable=False),
        sa.Column("duration_seconds", sa.Float(), nullable=False),
        sa.Column("event_ms", sa.BigInteger(), nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("removed", sa.SmallInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history_archives",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("version", _ID, nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("cleared_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "history_chunks",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("version", _ID, primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("piece", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "history_old_versions",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("version", _ID, primary_key=True),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_history_old_versions_due", "history_old_versions", ["due_ms"])


def _shelves() -> None:
    op.create_table(
        "history_hidden",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("title_id", _ID, primary_key=True),
        sa.Column("hidden_ms", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history_lists",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "history_thumbs",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("title_id", _ID, primary_key=True),
        sa.Column("thumb", sa.String(16), nullable=False),
        sa.Column("given_ms", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history_erasures",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_history_erasures_due", "history_erasures", ["due_ms"])


def _counts() -> None:
    op.create_table(
        "history_plays",
        sa.Column("profile_id", _ID, primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True),
        sa.Column("title_id", _ID, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_history_plays_day", "history_plays", ["day"])
    op.create_table(
        "history_counts",
        sa.Column("day", sa.Integer(), primary_key=True),
        sa.Column("title_id", _ID, primary_key=True),
        sa.Column("plays", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in ("counts", "plays", "erasures", "thumbs", "lists", "hidden", "old_versions", "chunks", "archives"):
        op.drop_table(f"history_{table}")
    op.drop_table("history_live")
