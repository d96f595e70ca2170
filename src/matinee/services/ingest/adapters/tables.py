"""Ingest's tables. Only types that SQLite, PostgreSQL and MySQL share."""

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Root of ingest's tables."""


class UploadRow(Base):
    """An upload. Times are Unix microseconds; `parts` and `text_uploads` are ids parted by spaces."""

    __tablename__ = "ingest_uploads"
    __table_args__ = (Index("ix_ingest_uploads_expires", "complete", "expires_at_us"),)

    upload_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    length_bytes: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(16))
    upload_metadata: Mapped[str] = mapped_column(Text)
    concat: Mapped[str] = mapped_column(Text)
    parts: Mapped[str] = mapped_column(Text)
    source_name: Mapped[str] = mapped_column(String(200))
    title_id: Mapped[str | None] = mapped_column(String(32))
    av1: Mapped[bool] = mapped_column(Boolean)
    early_release: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str] = mapped_column(String(40))
    text_uploads: Mapped[str] = mapped_column(Text)
    complete: Mapped[bool] = mapped_column(Boolean)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    expires_at_us: Mapped[int] = mapped_column(BigInteger)


class JobRow(Base):
    """A job. `inspection` and `side_text` are JSON."""

    __tablename__ = "ingest_jobs"
    __table_args__ = (
        Index("ix_ingest_jobs_newest", "created_at_us", "job_id"),
        Index("ix_ingest_jobs_state", "state", "priority", "created_at_us"),
    )

    job_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    title_id: Mapped[str] = mapped_column(String(32))
    draft_title: Mapped[bool] = mapped_column(Boolean)
    source_name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    inspection: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(Text)
    import_path: Mapped[str] = mapped_column(Text)
    source_key: Mapped[str] = mapped_column(String(200))
    source_sha256: Mapped[str] = mapped_column(String(64))
    side_text: Mapped[str] = mapped_column(Text)
    av1: Mapped[bool] = mapped_column(Boolean)
    early_release: Mapped[bool] = mapped_column(Boolean)
    priority: Mapped[int] = mapped_column(Integer)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    changed_at_us: Mapped[int] = mapped_column(BigInteger)
