"""The sandbox processor's tables. A card's number is in none of them."""

from sqlalchemy import BigInteger, Boolean, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Root of the processor's tables."""


class CardColumns:
    """A card as far as it is kept; the last four digits say which test card it is."""

    brand: Mapped[str] = mapped_column(String(40))
    last4: Mapped[str] = mapped_column(String(4))
    exp_month: Mapped[int] = mapped_column(BigInteger)
    exp_year: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[str] = mapped_column(String(64))


class TokenRow(CardColumns, Base):
    """A token. `method` is what it was attached as."""

    __tablename__ = "sandbox_tokens"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at_us: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(64), default="")


class MethodRow(CardColumns, Base):
    """A kept card."""

    __tablename__ = "sandbox_methods"

    method: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer: Mapped[str] = mapped_column(String(64), index=True)
    detached: Mapped[bool] = mapped_column(Boolean, default=False)


class ChargeRow(Base):
    """A charge. `body_digest` is of the request, so that a key is not used for another."""

    __tablename__ = "sandbox_charges"

    charge: Mapped[str] = mapped_column(String(64), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(128), unique=True)
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    method: Mapped[str] = mapped_column(String(64), index=True)
    customer: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(200))
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    decline_code: Mapped[str] = mapped_column(String(64), default="")
    hard: Mapped[bool] = mapped_column(Boolean, default=False)
    challenge: Mapped[str | None] = mapped_column(String(64), unique=True)
    challenge_ends_at_us: Mapped[int] = mapped_column(BigInteger, default=0)
    return_url: Mapped[str] = mapped_column(String(400), default="")


class RefundRow(Base):
    """Money given back. `next_status` is what it becomes at `turns_at_us`; empty when it stays as it is."""

    __tablename__ = "sandbox_refunds"

    refund: Mapped[str] = mapped_column(String(64), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(128), unique=True)
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    charge: Mapped[str] = mapped_column(String(64), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reference: Mapped[str] = mapped_column(String(200))
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(20), default="succeeded")
    next_status: Mapped[str] = mapped_column(String(20), default="")
    turns_at_us: Mapped[int] = mapped_column(BigInteger, default=0)


class StallRow(Base):
    """A key whose first request was left waiting without a charge."""

    __tablename__ = "sandbox_stalls"

    idempotency_key: Mapped[str] = mapped_column(String(128), primary_key=True)


class DeliveryRow(Base):
    """One sending of an event, until somebody has taken it or it is given up."""

    __tablename__ = "sandbox_deliveries"

    delivery: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    due_at_us: Mapped[int] = mapped_column(BigInteger, index=True)
    tries: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
