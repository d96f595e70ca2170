"""What is told of a title, people, and the read model: cards, the places where they stand, windows and facets."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
_TITLES = "catalogue_titles"
_TEXTS = ("people", "tags", "ratings", "markers", "languages")


def upgrade() -> None:
    """Add columns and tables; the room fills the read model when it starts."""
    op.add_column(_TITLES, sa.Column("original_name", sa.String(200), nullable=False, server_default=""))
    for name in _TEXTS:
        op.add_column(_TITLES, sa.Column(name, sa.Text()))
    op.add_column(_TITLES, sa.Column("released_on", sa.Date()))
    for name in ("hot", "announced"):
        op.add_column(_TITLES, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    _cards()
    _standing()
    _people()


def _cards() -> None:
    op.create_table(
        "catalogue_cards",
        sa.Column("title_id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_folded", sa.String(800), nullable=False),
        sa.Column("teaser", sa.String(320), nullable=False),
        sa.Column("year", sa.Integer()),
        sa.Column("genres", sa.Text(), nullable=False),
        sa.Column("audience_rank", sa.Integer(), nullable=False),
        sa.Column("maturity", sa.Integer(), nullable=False),
        sa.Column("windowed", sa.Integer(), nullable=False),
        sa.Column("announced", sa.Integer(), nullable=False),
        sa.Column("hot", sa.Integer(), nullable=False),
        sa.Column("duration_seconds", sa.Double()),
        sa.Column("max_height", sa.Integer()),
        sa.Column("play_rank", sa.Integer()),
        sa.Column("play_maturity", sa.Integer()),
        sa.Column("patchy", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.String(32)),
        sa.Column("season_number", sa.Integer()),
        sa.Column("episode_number", sa.Integer()),
        sa.Column("poster", sa.String(64)),
        sa.Column("backdrop", sa.String(64)),
        sa.Column("released_day", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_catalogue_cards_episodes", "catalogue_cards", ["series_id", "season_number", "episode_number"])
    # MySQL bounds the bytes of an index; the beginning of a name is what is looked for.
    op.create_index("ix_catalogue_cards_name", "catalogue_cards", ["name_folded"], mysql_length={"name_folded": 100})


def _standing() -> None:
    op.create_table(
        "catalogue_places",
        sa.Column("shelf", sa.String(60), primary_key=True),
        sa.Column("conditional", sa.Integer(), primary_key=True),
        sa.Column("audience_rank", sa.Integer(), primary_key=True),
        sa.Column("maturity", sa.Integer(), primary_key=True),
        sa.Column("territory", sa.String(2), primary_key=True),
        sa.Column("sort_key", sa.BigInteger(), primary_key=True),
        sa.Column("title_id", sa.String(32), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_catalogue_places_title_id", "catalogue_places", ["title_id"])
    op.create_index(
        "ix_catalogue_places_conditional",
        "catalogue_places",
        ["shelf", "sort_key", "title_id"],
        sqlite_where=sa.text("conditional = 1"),
        postgresql_where=sa.text("conditional = 1"),
    )
    op.create_table(
        "catalogue_windows",
        sa.Column("title_id", sa.String(32), primary_key=True),
        sa.Column("territory", sa.String(2), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("starts_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ends_at_us", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "catalogue_facets",
        sa.Column("facet", sa.String(200), primary_key=True),
        sa.Column("title_id", sa.String(32), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_catalogue_facets_title_id", "catalogue_facets", ["title_id"])
    op.create_table(
        "catalogue_state",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )


def _people() -> None:
    op.create_table(
        "catalogue_people",
        sa.Column("person_id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_folded", sa.String(800), nullable=False),
    )
    op.create_index("ix_catalogue_people_name", "catalogue_people", ["name_folded"], mysql_length={"name_folded": 100})


def downgrade() -> None:
    """Remove columns and tables."""
    for table in ("people", "state", "facets", "windows", "places", "cards"):
        op.drop_table(f"catalogue_{table}")
    for column in ("announced", "hot", "released_on", *reversed(_TEXTS), "original_name"):
        op.drop_column(_TITLES, column)
