"""Playback's tables. Only types that SQLite, PostgreSQL and MySQL share."""

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Root of playback's tables."""


class ContentKeyRow(Base):
    """A title's key. `sealed_key` is a nonce and an AES-256-GCM box around it, bound to title and key id."""

    __tablename__ = "playback_content_keys"

    title_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(32))
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    made_at_us: Mapped[int] = mapped_column(BigInteger)
