"""Tables of profiles and of sign-in methods other than the password; times are Unix microseconds."""

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from matinee.services.identity.adapters.tables import Base, account_column


class ProfileRow(Base):
    """Somebody in the household."""

    __tablename__ = "identity_profiles"

    profile_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = account_column()
    name: Mapped[str] = mapped_column(String(40))
    avatar: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(35))
    maturity: Mapped[int] = mapped_column(Integer)
    kids: Mapped[bool] = mapped_column(Boolean)
    autoplay_next: Mapped[bool] = mapped_column(Boolean)
    autoplay_previews: Mapped[bool] = mapped_column(Boolean)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    pin_hash: Mapped[str | None] = mapped_column(String(255))
    pin_failures: Mapped[int] = mapped_column(Integer)
    pin_wait_until_us: Mapped[int | None] = mapped_column(BigInteger)
    limits_version: Mapped[int] = mapped_column(Integer)
    skip_intro: Mapped[str] = mapped_column(String(8))
    skip_recap: Mapped[str] = mapped_column(String(8))
    skip_credits: Mapped[str] = mapped_column(String(8))


class TotpRow(Base):
    """An authenticator app; its secret is sealed."""

    __tablename__ = "identity_totp"

    account_id: Mapped[str] = account_column(primary=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed: Mapped[bool] = mapped_column(Boolean)
    last_step: Mapped[int] = mapped_column(BigInteger)
    created_at_us: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """A recovery code that has not been used, as a keyed digest in hex."""

    __tablename__ = "identity_recovery_codes"

    account_id: Mapped[str] = account_column(primary=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class PasskeyRow(Base):
    """A WebAuthn credential. Ids of credentials are too long for an index, so their SHA-256 stands for them."""

    __tablename__ = "identity_passkeys"

    passkey_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = account_column()
    credential_hash: Mapped[str] = mapped_column(String(64), unique=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(64))
    backed_up: Mapped[bool] = mapped_column(Boolean)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    last_used_at_us: Mapped[int | None] = mapped_column(BigInteger)


class SpentRow(Base):
    """An answer that was used, by the SHA-256 of its challenge in hex."""

    __tablename__ = "identity_spent"

    spent_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    until_us: Mapped[int] = mapped_column(BigInteger, index=True)


class LinkRow(Base):
    """A link to an account at a provider; the subject is at most 255 characters (OpenID Connect Core §2)."""

    __tablename__ = "identity_provider_links"

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[str] = account_column()
    email: Mapped[str] = mapped_column(String(254))
    created_at_us: Mapped[int] = mapped_column(BigInteger)


class PairingRow(Base):
    """A device that asks to be signed in; `account_id` is empty until somebody approves."""

    __tablename__ = "identity_pairings"

    pairing_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    device_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_code: Mapped[str] = mapped_column(String(8), unique=True)
    client_id: Mapped[str] = mapped_column(String(64))
    device_name: Mapped[str] = mapped_column(String(100))
    address_group: Mapped[str] = mapped_column(String(64), index=True)
    address_hint: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    interval_seconds: Mapped[int] = mapped_column(Integer)
    created_at_us: Mapped[int] = mapped_column(BigInteger)
    expires_at_us: Mapped[int] = mapped_column(BigInteger, index=True)
    asked_at_us: Mapped[int | None] = mapped_column(BigInteger)
    account_id: Mapped[str] = mapped_column(String(32))
