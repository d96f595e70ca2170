"""The tables of imports. Only types that SQLite, PostgreSQL and MySQL share."""

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Root of the imports' tables."""


class ImportRow(Base):
    """An import. `record` (what never changes), `progress` and `told` (problems and plan) are JSON; times Unix µs."""

    __tablename__ = "catalogue_imports"
    __table_args__ = (
        Index("ix_catalogue_imports_newest", "created_at_us", "import_id"),
        Index("ix_catalogue_imports_open", "state", "created_at_us"),
    )

    import_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    record: Mapped[str] = mapped_column(Text)
    progress: Mapped[str] = mapped_column(Text)
    told: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(32))
    lease_until_us: Mapped[int] = mapped_column(BigInteger)
    created_at_us: Mapped[int] = mapped_column(BigInteger)


class ImportedRow(Base):
    """What is remembered of a title that came from elsewhere. `given`, `kept` and `pictures` are JSON."""

    __tablename__ = "catalogue_imported"
    __table_args__ = (Index("ix_catalogue_imported_natural", "source", "natural_digest"),)

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    external_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    title_id: Mapped[str] = mapped_column(String(32))
    natural_digest: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    given: Mapped[str] = mapped_column(Text)
    kept: Mapped[str] = mapped_column(Text)
    pictures: Mapped[str] = mapped_column(Text)
