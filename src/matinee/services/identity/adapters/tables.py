"""Identity's tables. Only types that SQLite, PostgreSQL and MySQL share; times are Unix microseconds."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite counts by itself only in a column of the exact type INTEGER.
Sequence = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Root of identity's tables."""


def account_column(*, primary: bool = False) -> Mapped[str]:
    """Return a column that goes when its account goes."""
    key = ForeignKey("identity_accounts.account_id", ondelete="CASCADE")
    return mapped_column(String(32), key, primary_key=primary, index=not primary)


class AccountRow(Base):
    """An account. `email_key` is the e-mail as it is compared."""

    __tablename__ = "identity_accounts"
    __table_args__ = (Index("ix_identity_accounts_newest", "created_at_us", "account_id"),)

    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(768), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    name_folded: Mapped[str] = mapped_column(String(400))
    role: Mapped[str] = mapped_column(String(16), index=True)
    state: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(35))
    territory: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at_us: Mapped[int] = mapped_column(BigInteger)


class PasswordRow(Base):
    """An account's password, hashed."""

    __tablename__ = "identity_passwords"

    account_id: Mapped[str] = account_column(primary=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    changed_at_us: Mapped[int] = mapped_column(BigInteger)


class SessionRow(Base):
    """A session, which is also the family of its refresh tokens."""

    __tablename__ = "identity_sessions"

    session_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = account_column()
    method: Mapped[str] = mapped_column(String(16))
    profile_id: Mapped[str] = mapped_column(String(32))
    device_name: Mapped[str] = mapped_column(String(100))
    user_agent_name: Mapped[str] = mapped_column(String(100))
    address_hint: Mapped[str] = mapped_column(String(64))
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    generation: Mapped[int] = mapped_column(Integer)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    last_used_at_us: Mapped[int] = mapped_column(BigInteger)
    rotated_at_us: Mapped[int] = mapped_column(BigInteger)
    proof_at_us: Mapped[int] = mapped_column(BigInteger)
    expires_at_us: Mapped[int] = mapped_column(BigInteger, index=True)
    ends_at_us: Mapped[int] = mapped_column(BigInteger)
    ended_at_us: Mapped[int | None] = mapped_column(BigInteger)
    end_reason: Mapped[str | None] = mapped_column(String(32))


class EndedRow(Base):
    """An end that is published. No key to the session, because it outlives an erased account."""

    __tablename__ = "identity_ended"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    session_id: Mapped[str] = mapped_column(String(48))
    until_us: Mapped[int] = mapped_column(BigInteger, index=True)


class CounterRow(Base):
    """A number that is given out under a lock, so that readers see numbers in the order of commits."""

    __tablename__ = "identity_counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class MailTokenRow(Base):
    """What a link in a mail is good for. `account_id` is null for sign-ups."""

    __tablename__ = "identity_mail_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("identity_accounts.account_id", ondelete="CASCADE"), index=True
    )
    email_key: Mapped[str] = mapped_column(String(768), index=True)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    expires_at_us: Mapped[int] = mapped_column(BigInteger, index=True)


class AttemptRow(Base):
    """Counted tries; the key is a digest of what was tried and from where."""

    __tablename__ = "identity_attempts"

    attempt_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    last_at_us: Mapped[int] = mapped_column(BigInteger, index=True)


class AuditRow(Base):
    """What staff did. No key to the account, because the audit outlives it."""

    __tablename__ = "identity_audit"

    entry_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at_us: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    facts: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(64))


class ActivityRow(Base):
    """A line of an account's security log."""

    __tablename__ = "identity_activity"

    entry_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = account_column()
    at_us: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(64))
    facts: Mapped[str] = mapped_column(Text)


class SigningKeyRow(Base):
    """A key that signs access tokens; its private part is sealed."""

    __tablename__ = "identity_signing_keys"

    kid: Mapped[str] = mapped_column(String(32), primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    signs_from_us: Mapped[int] = mapped_column(BigInteger)
    retires_at_us: Mapped[int] = mapped_column(BigInteger)
    expires_at_us: Mapped[int] = mapped_column(BigInteger)


class OutboxRow(Base):
    """An event to send. `sequence` is never reused, so that a late delete cannot take a new event with it."""

    __tablename__ = "identity_outbox"
    __table_args__ = ({"sqlite_autoincrement": True},)

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(100))
    event_key: Mapped[str] = mapped_column(String(256))
    value: Mapped[bytes] = mapped_column(LargeBinary)


class RequestRow(Base):
    """Something asked for by a stranger that is worked off after the answer."""

    __tablename__ = "identity_requests"

    request_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    at_us: Mapped[int] = mapped_column(BigInteger)


class ClaimRow(Base):
    """One row, once the installation has been claimed."""

    __tablename__ = "identity_claim"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(BigInteger)
