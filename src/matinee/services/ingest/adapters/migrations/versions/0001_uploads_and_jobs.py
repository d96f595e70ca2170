"""Uploads and jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ingest_uploads",
        sa.Column("upload_id", sa.String(32), primary_key=True),
        sa.Column("length_bytes", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("upload_metadata", sa.Text(), nullable=False),
        sa.Column("concat", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("source_name", sa.String(200), nullable=False),
        sa.Column("title_id", sa.String(32)),
        sa.Column("av1", sa.Boolean(), nullable=False),
        sa.Column("early_release", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("text_uploads", sa.Text(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_ingest_uploads_expires", "ingest_uploads", ["complete", "expires_at_us"])
    _jobs()


def _jobs() -> None:
    op.create_table(
        "ingest_jobs",
        sa.Column("job_id", sa.String(32), primary_key=True),
        sa.Column("title_id", sa.String(32), nullable=False),
        sa.Column("draft_title", sa.Boolean(), nullable=False),
        sa.Column("source_name", sa.String(200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("inspection", sa.Text()),
        sa.Column("failure", sa.Text()),
        sa.Column("import_path", sa.Text(), nullable=False),
        sa.Column("source_key", sa.String(200), nullable=False),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("side_text", sa.Text(), nullable=False),
        sa.Column("av1", sa.Boolean(), nullable=False),
        sa.Column("early_release", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_ingest_jobs_newest", "ingest_jobs", ["created_at_us", "job_id"])
    op.create_index("ix_ingest_jobs_state", "ingest_jobs", ["state", "priority", "created_at_us"])


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("ingest_jobs")
    op.drop_table("ingest_uploads")
