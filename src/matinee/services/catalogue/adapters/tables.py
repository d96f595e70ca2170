"""The catalogue's tables. Only types that SQLite, PostgreSQL and MySQL share."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Double,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Root of the catalogue's tables."""


class TitleRow(Base):
    """A title. Times are Unix microseconds; lists, `availability` and `release` are JSON."""

    __tablename__ = "catalogue_titles"
    __table_args__ = (
        UniqueConstraint("series_id", "season_number", "episode_number", name="uq_catalogue_titles_episode"),
        Index("ix_catalogue_titles_newest", "created_at_us", "title_id"),
    )

    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(800))
    synopsis: Mapped[str] = mapped_column(Text)
    year: Mapped[int | None] = mapped_column(Integer)
    genres: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(String(16))
    maturity: Mapped[int] = mapped_column(Integer)
    # Empty in rows that an older process wrote while this column came.
    availability: Mapped[str | None] = mapped_column(Text)
    listed: Mapped[bool] = mapped_column(Boolean)
    featured: Mapped[bool] = mapped_column(Boolean)
    series_id: Mapped[str | None] = mapped_column(String(32))
    season_number: Mapped[int | None] = mapped_column(Integer)
    episode_number: Mapped[int | None] = mapped_column(Integer)
    poster: Mapped[str | None] = mapped_column(String(64))
    backdrop: Mapped[str | None] = mapped_column(String(64))
    release: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    changed_at_us: Mapped[int] = mapped_column(BigInteger)
    original_name: Mapped[str] = mapped_column(String(200))
    # These too are empty in rows of an older process.
    people: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[str | None] = mapped_column(Text)
    ratings: Mapped[str | None] = mapped_column(Text)
    markers: Mapped[str | None] = mapped_column(Text)
    languages: Mapped[str | None] = mapped_column(Text)
    released_on: Mapped[date | None] = mapped_column(Date)
    hot: Mapped[bool] = mapped_column(Boolean)
    announced: Mapped[bool] = mapped_column(Boolean)


class OutboxRow(Base):
    """An event to send. `sequence` is never reused, so that a late delete cannot take a new event with it."""

    __tablename__ = "catalogue_outbox"
    __table_args__ = ({"sqlite_autoincrement": True},)

    # SQLite counts by itself only in a column of the exact type INTEGER.
    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    topic: Mapped[str] = mapped_column(String(100))
    event_key: Mapped[str] = mapped_column(String(256))
    value: Mapped[bytes] = mapped_column(LargeBinary)


class DoomedRow(Base):
    """Files to remove later."""

    __tablename__ = "catalogue_doomed"

    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at_us: Mapped[int] = mapped_column(BigInteger, index=True)


class CardRow(Base):
    """What shelves show of a title, narrow, so that thousands are read in milliseconds. Derived from `TitleRow`.

    Attributes:
        audience_rank: 0 everyone, 1 members, 2 operators, 3 not listed.
        windowed: 1 when availability windows decide who sees it.
        play_rank: lowest rank that something of it plays for, None for nothing; of a film 0. `play_maturity` likewise.
        patchy: 1 for a series of which rank and maturity do not say alone whether an episode plays for somebody.
        released_day: proleptic ordinal of the date of release, 0 for unknown.
    """

    __tablename__ = "catalogue_cards"
    __table_args__ = (
        Index("ix_catalogue_cards_episodes", "series_id", "season_number", "episode_number"),
        Index("ix_catalogue_cards_name", "name_folded"),
    )

    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(800))
    teaser: Mapped[str] = mapped_column(String(320))
    year: Mapped[int | None] = mapped_column(Integer)
    genres: Mapped[str] = mapped_column(Text)
    audience_rank: Mapped[int] = mapped_column(Integer)
    maturity: Mapped[int] = mapped_column(Integer)
    windowed: Mapped[int] = mapped_column(Integer)
    announced: Mapped[int] = mapped_column(Integer)
    hot: Mapped[int] = mapped_column(Integer)
    duration_seconds: Mapped[float | None] = mapped_column(Double)
    max_height: Mapped[int | None] = mapped_column(Integer)
    play_rank: Mapped[int | None] = mapped_column(Integer)
    play_maturity: Mapped[int | None] = mapped_column(Integer)
    patchy: Mapped[int] = mapped_column(Integer)
    series_id: Mapped[str | None] = mapped_column(String(32))
    season_number: Mapped[int | None] = mapped_column(Integer)
    episode_number: Mapped[int | None] = mapped_column(Integer)
    poster: Mapped[str | None] = mapped_column(String(64))
    backdrop: Mapped[str | None] = mapped_column(String(64))
    released_day: Mapped[int] = mapped_column(Integer)
    created_at_us: Mapped[int] = mapped_column(BigInteger)


class PlaceRow(Base):
    """One place of a title on a shelf, clustered so that each ceiling's newest are neighbours.

    Attributes:
        conditional: 1 when the moment or the viewer's own episodes decide too, and must be looked at.
        territory: ISO 3166-1, empty for everywhere, `*` for staff who look from anywhere.
        sort_key: greater ones first.
    """

    __tablename__ = "catalogue_places"
    __table_args__ = (
        Index("ix_catalogue_places_title_id", "title_id"),
        Index(
            "ix_catalogue_places_conditional",
            "shelf",
            "sort_key",
            "title_id",
            sqlite_where=text("conditional = 1"),
            postgresql_where=text("conditional = 1"),
        ),
        {"sqlite_with_rowid": False},
    )

    shelf: Mapped[str] = mapped_column(String(60), primary_key=True)
    conditional: Mapped[int] = mapped_column(Integer, primary_key=True)
    audience_rank: Mapped[int] = mapped_column(Integer, primary_key=True)
    maturity: Mapped[int] = mapped_column(Integer, primary_key=True)
    territory: Mapped[str] = mapped_column(String(2), primary_key=True)
    sort_key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class WindowRow(Base):
    """One window of availability in one territory (empty for everywhere); the end is after it."""

    __tablename__ = "catalogue_windows"
    __table_args__ = ({"sqlite_with_rowid": False},)

    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    territory: Mapped[str] = mapped_column(String(2), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    starts_at_us: Mapped[int] = mapped_column(BigInteger)
    ends_at_us: Mapped[int] = mapped_column(BigInteger)


class FacetRow(Base):
    """One person (`p:` and the id) or tag (`t:` and the folded word) of a film or series."""

    __tablename__ = "catalogue_facets"
    __table_args__ = (Index("ix_catalogue_facets_title_id", "title_id"), {"sqlite_with_rowid": False})

    facet: Mapped[str] = mapped_column(String(200), primary_key=True)
    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class PersonRow(Base):
    """Somebody who made titles."""

    __tablename__ = "catalogue_people"
    __table_args__ = (Index("ix_catalogue_people_name", "name_folded"),)

    person_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(800))


CHANGES = "changes"
"""The state that counts changes of titles."""


class StateRow(Base):
    """What the room remembers of itself."""

    __tablename__ = "catalogue_state"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))


class DraftRow(Base):
    """A change kept aside; `change` and `base`, the values that it was made from, are JSON."""

    __tablename__ = "catalogue_drafts"

    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    change: Mapped[str] = mapped_column(Text)
    base: Mapped[str] = mapped_column(Text)
    base_version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    changed_at_us: Mapped[int] = mapped_column(BigInteger)


class PictureRow(Base):
    """A picture that was sent, and stays a candidate."""

    __tablename__ = "catalogue_pictures"

    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    added_at_us: Mapped[int] = mapped_column(BigInteger)
