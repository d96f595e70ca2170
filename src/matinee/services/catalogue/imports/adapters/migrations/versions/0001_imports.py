"""Imports, and what each imported title was when it came."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
_IMPORTS = "catalogue_imports"
_KNOWN = "catalogue_imported"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        _IMPORTS,
        sa.Column("import_id", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("lease_until_us", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_catalogue_imports_newest", _IMPORTS, ["created_at_us", "import_id"])
    op.create_index("ix_catalogue_imports_open", _IMPORTS, ["state", "created_at_us"])
    op.create_table(
        _KNOWN,
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("external_key", sa.String(200), primary_key=True),
        sa.Column("title_id", sa.String(32), nullable=False),
        sa.Column("natural_digest", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("pictures", sa.Text(), nullable=False),
    )
    op.create_index("ix_catalogue_imported_natural", _KNOWN, ["source", "natural_digest"])


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table(_KNOWN)
    op.drop_table(_IMPORTS)
