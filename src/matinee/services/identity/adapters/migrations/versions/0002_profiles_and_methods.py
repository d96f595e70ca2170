"""Profiles, authenticator apps, recovery codes, passkeys, links to providers, pairings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = (
    "identity_pairings",
    "identity_provider_links",
    "identity_spent",
    "identity_passkeys",
    "identity_recovery_codes",
    "identity_totp",
    "identity_profiles",
)


def upgrade() -> None:
    """Make the tables."""
    _profiles()
    _codes()
    _passkeys()
    _providers()
    _pairings()


def _text(name: str, length: int, *, primary: bool = False, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length), primary_key=primary, nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _small(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=False)


def _flag(name: str) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean(), nullable=False)


def _bytes(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _account(*, primary: bool = False) -> "sa.Column[str]":
    key = sa.ForeignKey("identity_accounts.account_id", ondelete="CASCADE")
    return sa.Column("account_id", sa.String(32), key, primary_key=primary, nullable=False)


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, [column])


def _profiles() -> None:
    op.create_table(
        "identity_profiles",
        _text("profile_id", 32, primary=True),
        _account(),
        _text("name", 40),
        _text("avatar", 32),
        _text("language", 35),
        _small("maturity"),
        _flag("kids"),
        _flag("autoplay_next"),
        _flag("autoplay_previews"),
        _whole("created_at_us"),
        _text("pin_hash", 255, nullable=True),
        _small("pin_failures"),
        _whole("pin_wait_until_us", nullable=True),
        _small("limits_version"),
    )
    _index("identity_profiles", "account_id")


def _codes() -> None:
    op.create_table(
        "identity_totp",
        _account(primary=True),
        _bytes("sealed"),
        _flag("confirmed"),
        _whole("last_step"),
        _whole("created_at_us"),
    )
    op.create_table("identity_recovery_codes", _account(primary=True), _text("digest", 64, primary=True))


def _passkeys() -> None:
    op.create_table(
        "identity_passkeys",
        _text("passkey_id", 32, primary=True),
        _account(),
        sa.Column("credential_hash", sa.String(64), nullable=False, unique=True),
        _bytes("credential_id"),
        _bytes("public_key"),
        _whole("sign_count"),
        _text("name", 64),
        _flag("backed_up"),
        _whole("created_at_us"),
        _whole("last_used_at_us", nullable=True),
    )
    _index("identity_passkeys", "account_id")


def _providers() -> None:
    op.create_table("identity_spent", _text("spent_key", 64, primary=True), _whole("until_us"))
    _index("identity_spent", "until_us")
    op.create_table(
        "identity_provider_links",
        _text("provider", 32, primary=True),
        _text("subject", 255, primary=True),
        _account(),
        _text("email", 254),
        _whole("created_at_us"),
    )
    _index("identity_provider_links", "account_id")


def _pairings() -> None:
    op.create_table(
        "identity_pairings",
        _text("pairing_id", 32, primary=True),
        sa.Column("device_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("user_code", sa.String(8), nullable=False, unique=True),
        _text("client_id", 64),
        _text("device_name", 100),
        _text("address_group", 64),
        _text("address_hint", 64),
        _text("state", 16),
        _small("interval_seconds"),
        _whole("created_at_us"),
        _whole("expires_at_us"),
        _whole("asked_at_us", nullable=True),
        _text("account_id", 32),
    )
    _index("identity_pairings", "address_group")
    _index("identity_pairings", "expires_at_us")


def downgrade() -> None:
    """Remove the tables."""
    for table in _TABLES:
        op.drop_table(table)
