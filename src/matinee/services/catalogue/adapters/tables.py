"""The catalogue's tables. Only types that SQLite, PostgreSQL and MySQL share."""

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Root of the catalogue's tables."""


class TitleRow(Base):
    """A title. Times are Unix microseconds; `genres`, `availability` and `release` are JSON."""

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
