"""Playback's tables. Only types that SQLite, PostgreSQL and MySQL share."""

from sqlalchemy import BigInteger, Float, Index, LargeBinary, String, Text
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


class AccountRow(Base):
    """What billing said last of an account (JSON). The row is also what starts of one account queue at."""

    __tablename__ = "playback_accounts"

    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    entitlement: Mapped[str] = mapped_column(Text)
    decided_at_us: Mapped[int] = mapped_column(BigInteger)


class StreamRow(Base):
    """A stream that holds or held a place. Times are Unix microseconds."""

    __tablename__ = "playback_streams"
    __table_args__ = (
        Index("ix_playback_streams_account", "account_id", "expires_at_us"),
        Index("ix_playback_streams_expiry", "expires_at_us"),
    )

    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32))
    profile_id: Mapped[str] = mapped_column(String(32))
    sign_in: Mapped[str] = mapped_column(String(64))
    title_id: Mapped[str] = mapped_column(String(32))
    title_name: Mapped[str] = mapped_column(String(200))
    user_agent: Mapped[str] = mapped_column(String(200))
    position_seconds: Mapped[float] = mapped_column(Float)
    started_at_us: Mapped[int] = mapped_column(BigInteger)
    seen_at_us: Mapped[int] = mapped_column(BigInteger)
    expires_at_us: Mapped[int] = mapped_column(BigInteger)
    ended: Mapped[str | None] = mapped_column(String(32))
