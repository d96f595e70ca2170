"""Accounts, sessions, tokens, limits, logs, signing keys, and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    "identity_claim",
    "identity_requests",
    "identity_outbox",
    "identity_signing_keys",
    "identity_activity",
    "identity_audit",
    "identity_attempts",
    "identity_mail_tokens",
    "identity_counters",
    "identity_ended",
    "identity_sessions",
    "identity_passwords",
    "identity_accounts",
)


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _sessions()
    _tokens_and_limits()
    _logs()
    _keys_and_queues()


def _text(name: str, length: int, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _bytes(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _account(*, primary: bool = False, nullable: bool = False) -> "sa.Column[str]":
    key = sa.ForeignKey("identity_accounts.account_id", ondelete="CASCADE")
    return sa.Column("account_id", sa.String(32), key, primary_key=primary, nullable=nullable)


def _index(table: str, *columns: str, name: str = "") -> None:
    op.create_index(f"ix_{table}_{name or columns[0]}", table, list(columns))


def _accounts() -> None:
    op.create_table(
        "identity_accounts",
        sa.Column("account_id", sa.String(32), primary_key=True),
        _text("email", 254),
        sa.Column("email_key", sa.String(768), nullable=False, unique=True),
        _text("name", 100),
        _text("name_folded", 400),
        _text("role", 16),
        _text("state", 16),
        _text("language", 35),
        _text("territory", 2),
        _text("time_zone", 64),
        _time("created_at_us"),
    )
    _index("identity_accounts", "created_at_us", "account_id", name="newest")
    _index("identity_accounts", "role")
    op.create_table("identity_passwords", _account(primary=True), _text("password_hash", 255), _time("changed_at_us"))


def _sessions() -> None:
    op.create_table(
        "identity_sessions",
        sa.Column("session_id", sa.String(32), primary_key=True),
        _account(),
        _text("method", 16),
        _text("profile_id", 32),
        _text("device_name", 100),
        _text("user_agent_name", 100),
        _text("address_hint", 64),
        _bytes("salt"),
        sa.Column("generation", sa.Integer(), nullable=False),
        *(_time(f"{name}_at_us") for name in ("created", "last_used", "rotated", "proof", "expires", "ends")),
        _time("ended_at_us", nullable=True),
        _text("end_reason", 32, nullable=True),
    )
    _index("identity_sessions", "account_id")
    _index("identity_sessions", "expires_at_us")
    op.create_table(
        "identity_ended",
        sa.Column("position", sa.BigInteger(), primary_key=True, autoincrement=False),
        _text("session_id", 48),
        _time("until_us"),
    )
    _index("identity_ended", "until_us")
    counters = op.create_table("identity_counters", sa.Column("name", sa.String(32), primary_key=True), _time("value"))
    # Made here, so that no two processes ever make the same one at once.
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in ("ended", "keys")])


def _tokens_and_limits() -> None:
    op.create_table(
        "identity_mail_tokens",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        _text("purpose", 16),
        _account(nullable=True),
        _text("email_key", 768),
        _bytes("payload"),
        _time("created_at_us"),
        _time("expires_at_us"),
    )
    for column in ("account_id", "email_key", "expires_at_us"):
        _index("identity_mail_tokens", column)
    op.create_table(
        "identity_attempts",
        sa.Column("attempt_key", sa.String(64), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        _time("last_at_us"),
    )
    _index("identity_attempts", "last_at_us")


def _logs() -> None:
    op.create_table(
        "identity_audit",
        sa.Column("entry_id", sa.String(32), primary_key=True),
        _time("at_us"),
        _text("actor", 32),
        _text("role", 16),
        _text("action", 64),
        _text("subject", 64),
        sa.Column("facts", sa.Text(), nullable=False),
        _text("address", 64),
    )
    _index("identity_audit", "subject")
    op.create_table(
        "identity_activity",
        sa.Column("entry_id", sa.String(32), primary_key=True),
        _account(),
        _time("at_us"),
        _text("kind", 64),
        sa.Column("facts", sa.Text(), nullable=False),
    )
    _index("identity_activity", "account_id")


def _keys_and_queues() -> None:
    op.create_table(
        "identity_signing_keys",
        sa.Column("kid", sa.String(32), primary_key=True),
        _bytes("public"),
        _bytes("sealed"),
        *(_time(name) for name in ("created_at_us", "signs_from_us", "retires_at_us", "expires_at_us")),
    )
    op.create_table(
        "identity_outbox",
        sa.Column(
            "sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
        _text("topic", 100),
        _text("event_key", 256),
        _bytes("value"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "identity_requests",
        sa.Column("request_id", sa.String(32), primary_key=True),
        _text("kind", 16),
        _bytes("payload"),
        _time("at_us"),
    )
    op.create_table(
        "identity_claim",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        _time("at_us"),
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in _TABLES:
        op.drop_table(table)
