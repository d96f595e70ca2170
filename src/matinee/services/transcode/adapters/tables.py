"""The transcode room's table. Only types that SQLite, PostgreSQL and MySQL share."""

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Root of the transcode room's tables."""


class OrderRow(Base):
    """A work order. Times are Unix microseconds; `work_order` and `progress` are JSON."""

    __tablename__ = "transcode_orders"
    __table_args__ = (Index("ix_transcode_orders_due", "state", "priority", "submitted_at_us"),)

    job_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(Integer)
    run_id: Mapped[str] = mapped_column(String(64))
    work_order: Mapped[str] = mapped_column(Text(length=16_000_000))
    progress: Mapped[str] = mapped_column(Text(length=16_000_000))
    uploading: Mapped[str | None] = mapped_column(String(64))
    submitted_at_us: Mapped[int] = mapped_column(BigInteger)
