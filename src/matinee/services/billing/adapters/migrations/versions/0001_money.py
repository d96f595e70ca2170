"""Plans, coupons, gifts, subscriptions, bills, payments, the ledger, invoices, and what goes out."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID, _WORD, _NAME = sa.String(64), sa.String(40), sa.String(255)
_INDEXES = (
    ("subscriptions", "next_action_at"),
    ("periods", "account_id starts_at"),
    ("bills", "account_id state"),
    ("bills", "period_id"),
    ("payments", "account_id state"),
    ("payments", "bill_id"),
    ("refunds", "account_id state"),
    ("methods", "account_id"),
    ("entries", "account_id at"),
    ("issued", "account_id issued_at"),
    ("issued", "bill_id"),
    ("issued", "series"),
    ("letters", "account_id"),
    ("answers", "at"),
    ("audit", "at"),
    ("seen_events", "at"),
)


def _table(name: str, keys: dict[str, Any], *groups: tuple[Any, str], null: str = "") -> None:
    may_be_null = set(null.split())
    columns = [sa.Column(key, kind, primary_key=True) for key, kind in keys.items()]
    for kind, names in groups:
        columns += [sa.Column(word, kind, nullable=word in may_be_null) for word in names.split()]
    op.create_table(f"billing_{name}", *columns)


def upgrade() -> None:
    """Make the tables."""
    _table(
        "plans",
        {"plan_id": _ID},
        (_NAME, "name"),
        (sa.Text(), "description"),
        (sa.Text(), "prices"),
        (sa.Integer(), "max_height streams download_devices trial_days rank version"),
        (sa.Boolean(), "listed"),
    )
    _table(
        "coupons",
        {"code": _ID},
        (sa.BigInteger(), "percent amount periods max_redemptions redeemed"),
        (sa.String(3), "currency"),
        (sa.BigInteger(), "expires_at created_at"),
        (sa.Boolean(), "active"),
        null="percent amount periods max_redemptions currency expires_at",
    )
    _table("redemptions", {"code": _ID, "account_id": _ID})
    _table(
        "gifts",
        {"code_digest": _ID},
        (sa.BigInteger(), "amount"),
        (sa.String(3), "currency"),
        (_ID, "created_by redeemed_by"),
        (sa.BigInteger(), "created_at expires_at redeemed_at"),
        null="expires_at redeemed_by redeemed_at",
    )
    _table(
        "customers",
        {"account_id": _ID},
        (_NAME, "email name customer_ref"),
        (_WORD, "territory language"),
        (_ID, "time_zone"),
        (sa.BigInteger(), "erased_at"),
        null="erased_at",
    )
    _table(
        "subscriptions",
        {"account_id": _ID},
        (_ID, "subscription_id plan_id pending_plan_id period_id time_zone"),
        (_WORD, "state currency"),
        (sa.BigInteger(), "version anchor_index price gift_balance credit_balance"),
        (
            sa.BigInteger(),
            "anchor_at period_start period_end paid_through trial_ends_at past_due_since grace_until hold_until",
        ),
        (sa.BigInteger(), "next_action_at started_at"),
        (sa.Boolean(), "trial_used trial_noticed cancel_at_period_end pause_at_period_end"),
        (sa.Text(), "discount"),
        null="pending_plan_id anchor_at period_start period_end paid_through trial_ends_at past_due_since grace_until "
        "hold_until next_action_at started_at discount",
    )
    _table(
        "periods",
        {"period_id": _ID},
        (_ID, "account_id subscription_id plan_id"),
        (_WORD, "currency state"),
        (sa.BigInteger(), "price net_price"),
        (sa.BigInteger(), "starts_at ends_at"),
        (sa.Text(), "discount"),
        null="discount",
    )
    _table(
        "bills",
        {"bill_id": _ID},
        (_ID, "account_id period_id plan_id payment_id"),
        (_WORD, "kind currency tax_name state"),
        (sa.Text(), "lines"),
        (sa.BigInteger(), "gross discount tax_basis_points tax total gift_part credit_part card_part tries"),
        (sa.Boolean(), "tax_included"),
        (sa.BigInteger(), "created_at first_failed_at next_attempt_at settled_at"),
        null="first_failed_at next_attempt_at settled_at",
    )
    _table(
        "payments",
        {"payment_id": _ID},
        (_ID, "account_id bill_id method_id"),
        (_NAME, "idempotency_key method_ref method_label processor_ref decline_code"),
        (sa.Text(), "challenge_url"),
        (_WORD, "currency state"),
        (sa.BigInteger(), "attempt amount refunded"),
        (sa.Boolean(), "hard"),
        (sa.BigInteger(), "started_at ask_at finished_at"),
        null="ask_at finished_at",
    )
    _table(
        "refunds",
        {"refund_id": _ID},
        (_ID, "account_id payment_id bill_id"),
        (sa.Text(), "reason"),
        (_WORD, "currency state"),
        (sa.BigInteger(), "amount tax_part"),
        (sa.Boolean(), "surplus"),
        (sa.BigInteger(), "started_at ask_at finished_at"),
        null="ask_at finished_at",
    )
    _table(
        "methods",
        {"method_id": _ID},
        (_ID, "account_id"),
        (_NAME, "method_ref fingerprint"),
        (_WORD, "brand last4"),
        (sa.Integer(), "expiry_month expiry_year"),
        (sa.Boolean(), "preferred"),
        (sa.BigInteger(), "added_at"),
    )
    _table(
        "entries",
        {"transaction_id": _ID, "line": sa.Integer()},
        (_ID, "account_id bill_id"),
        (_WORD, "ledger currency cause"),
        (sa.BigInteger(), "amount"),
        (sa.BigInteger(), "at"),
    )
    _table(
        "issued",
        {"invoice_id": _ID},
        (_ID, "number series account_id bill_id"),
        (_WORD, "kind currency"),
        (sa.BigInteger(), "total"),
        (sa.BigInteger(), "issued_at"),
        (sa.Text(), "document"),
    )
    _table("letters", {"letter_id": _ID}, (_ID, "account_id"), (sa.Text(), "notice"), (sa.BigInteger(), "created_at"))
    _table("outbox", {"outgoing_id": _ID}, (sa.String(100), "topic"), (_NAME, "event_key"), (sa.LargeBinary(), "value"))
    _table(
        "answers",
        {"answer_id": _ID},
        (_ID, "account_id body_digest payment_id"),
        (sa.LargeBinary(), "outcome"),
        (sa.BigInteger(), "at"),
    )
    _table(
        "audit",
        {"audit_id": _ID},
        (_NAME, "actor role action subject address"),
        (sa.Text(), "facts"),
        (sa.BigInteger(), "at"),
    )
    _table("seen_events", {"event_id": sa.String(300)}, (sa.BigInteger(), "at"))
    _table("counters", {"name": _ID}, (sa.BigInteger(), "value"))
    for table, words in _INDEXES:
        name = f"ix_billing_{table}_{words.replace(' ', '_')}"
        op.create_index(name, f"billing_{table}", words.split())
    op.create_index("uq_billing_payments_key", "billing_payments", ["idempotency_key"], unique=True)
    op.create_index("uq_billing_issued_number", "billing_issued", ["number"], unique=True)
