"""Billing's tables: one column for each field of a record, of the same name."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.types import TypeEngine

from matinee.services.billing.adapters.columns import Json, Moment
from matinee.services.billing.model import (
    Answer,
    AuditLine,
    Bill,
    Coupon,
    Customer,
    Discount,
    Entry,
    Gift,
    Issued,
    Letter,
    Outgoing,
    Payment,
    PaymentMethod,
    Period,
    Plan,
    Record,
    Refund,
    SeenEvent,
    Subscription,
)
from matinee.services.billing.ports import Invoice, InvoiceLine, Notice

metadata = MetaData()
_ID, _WORD, _NAME = String(64), String(40), String(255)
_DISCOUNT = Json(Discount)


def _table(name: str, keys: dict[str, TypeEngine[Any]], *groups: tuple[TypeEngine[Any], str], null: str = "") -> Table:
    """Return a table from words: groups are a type and the columns of it; `null` names those that may be empty."""
    may_be_null = set(null.split())
    columns = [Column(key, kind, primary_key=True) for key, kind in keys.items()]
    for kind, names in groups:
        columns += [Column(word, kind, nullable=word in may_be_null) for word in names.split()]
    return Table(f"billing_{name}", metadata, *columns)


plans = _table(
    "plans",
    {"plan_id": _ID},
    (_NAME, "name"),
    (Text(), "description"),
    (Json(dict[str, int]), "prices"),
    (Integer(), "max_height streams download_devices trial_days rank version"),
    (Boolean(), "listed"),
)
coupons = _table(
    "coupons",
    {"code": _ID},
    (BigInteger(), "percent amount periods max_redemptions redeemed"),
    (String(3), "currency"),
    (Moment(), "expires_at created_at"),
    (Boolean(), "active"),
    null="percent amount periods max_redemptions currency expires_at",
)
redemptions = _table("redemptions", {"code": _ID, "account_id": _ID})
gifts = _table(
    "gifts",
    {"code_digest": _ID},
    (BigInteger(), "amount"),
    (String(3), "currency"),
    (_ID, "created_by redeemed_by"),
    (Moment(), "created_at expires_at redeemed_at"),
    null="expires_at redeemed_by redeemed_at",
)
customers = _table(
    "customers",
    {"account_id": _ID},
    (_NAME, "email name customer_ref"),
    (_WORD, "territory language"),
    (_ID, "time_zone"),
    (Moment(), "erased_at"),
    null="erased_at",
)
subscriptions = _table(
    "subscriptions",
    {"account_id": _ID},
    (_ID, "subscription_id plan_id pending_plan_id period_id time_zone"),
    (_WORD, "state currency"),
    (BigInteger(), "version anchor_index price gift_balance credit_balance"),
    (Moment(), "anchor_at period_start period_end paid_through trial_ends_at past_due_since grace_until hold_until"),
    (Moment(), "next_action_at started_at"),
    (Boolean(), "trial_used trial_noticed cancel_at_period_end pause_at_period_end"),
    (_DISCOUNT, "discount"),
    null="pending_plan_id anchor_at period_start period_end paid_through trial_ends_at past_due_since grace_until "
    "hold_until next_action_at started_at discount",
)
periods = _table(
    "periods",
    {"period_id": _ID},
    (_ID, "account_id subscription_id plan_id"),
    (_WORD, "currency state"),
    (BigInteger(), "price net_price"),
    (Moment(), "starts_at ends_at"),
    (_DISCOUNT, "discount"),
    null="discount",
)
bills = _table(
    "bills",
    {"bill_id": _ID},
    (_ID, "account_id period_id plan_id payment_id"),
    (_WORD, "kind currency tax_name state"),
    (Json(tuple[InvoiceLine, ...]), "lines"),
    (BigInteger(), "price gross discount tax_basis_points tax total gift_part credit_part card_part tries"),
    (Boolean(), "tax_included"),
    (Moment(), "created_at first_failed_at next_attempt_at settled_at"),
    null="first_failed_at next_attempt_at settled_at",
)
payments = _table(
    "payments",
    {"payment_id": _ID},
    (_ID, "account_id bill_id method_id"),
    (_NAME, "idempotency_key method_ref method_label processor_ref decline_code"),
    (Text(), "challenge_url"),
    (_WORD, "currency state"),
    (BigInteger(), "attempt amount refunded"),
    (Boolean(), "hard"),
    (Moment(), "started_at ask_at finished_at"),
    null="ask_at finished_at",
)
refunds = _table(
    "refunds",
    {"refund_id": _ID},
    (_ID, "account_id payment_id bill_id"),
    (Text(), "reason"),
    (_NAME, "processor_ref decline_code"),
    (_WORD, "currency state"),
    (BigInteger(), "amount tax_part"),
    (Boolean(), "surplus"),
    (Moment(), "started_at ask_at finished_at"),
    null="ask_at finished_at",
)
methods = _table(
    "methods",
    {"method_id": _ID},
    (_ID, "account_id"),
    (_NAME, "method_ref fingerprint"),
    (_WORD, "brand last4"),
    (Integer(), "expiry_month expiry_year"),
    (Boolean(), "preferred"),
    (Moment(), "added_at"),
)
entries = _table(
    "entries",
    {"transaction_id": _ID, "line": Integer()},
    (_ID, "account_id bill_id"),
    (_WORD, "ledger currency cause"),
    (BigInteger(), "amount"),
    (Moment(), "at"),
)
issued = _table(
    "issued",
    {"invoice_id": _ID},
    (_ID, "number series account_id bill_id"),
    (_WORD, "kind currency"),
    (BigInteger(), "total"),
    (Moment(), "issued_at"),
    (Json(Invoice), "document"),
)
letters = _table("letters", {"letter_id": _ID}, (_ID, "account_id"), (Json(Notice), "notice"), (Moment(), "created_at"))
outgoing = _table(
    "outbox", {"outgoing_id": _ID}, (String(100), "topic"), (_NAME, "event_key"), (LargeBinary(), "value")
)
answers = _table(
    "answers",
    {"answer_id": _ID},
    (_ID, "account_id body_digest payment_id"),
    (LargeBinary(), "outcome"),
    (Moment(), "at"),
)
audit = _table(
    "audit",
    {"audit_id": _ID},
    (_NAME, "actor role action subject address"),
    (Json(dict[str, str | int | float | bool | None]), "facts"),
    (Moment(), "at"),
)
seen = _table("seen_events", {"event_id": String(300)}, (Moment(), "at"))
counters = _table("counters", {"name": _ID}, (BigInteger(), "value"))

for indexed, words in (
    (subscriptions, "next_action_at"),
    (periods, "account_id starts_at"),
    (bills, "account_id state"),
    (bills, "period_id"),
    (payments, "account_id state"),
    (payments, "bill_id"),
    (refunds, "account_id state"),
    (methods, "account_id"),
    (entries, "account_id at"),
    (issued, "account_id issued_at"),
    (issued, "bill_id"),
    (issued, "series"),
    (letters, "account_id"),
    (answers, "at"),
    (audit, "at"),
    (seen, "at"),
):
    Index(f"ix_{indexed.name}_{words.replace(' ', '_')}", *(indexed.c[word] for word in words.split()))
Index("uq_billing_payments_key", payments.c.idempotency_key, unique=True)
Index("uq_billing_issued_number", issued.c.number, unique=True)

TABLES: dict[type[Record], Table] = {
    Plan: plans,
    Coupon: coupons,
    Gift: gifts,
    Customer: customers,
    Subscription: subscriptions,
    Period: periods,
    Bill: bills,
    Payment: payments,
    Refund: refunds,
    PaymentMethod: methods,
    Entry: entries,
    Issued: issued,
    Letter: letters,
    Outgoing: outgoing,
    Answer: answers,
    AuditLine: audit,
    SeenEvent: seen,
}
BY_GROUP: dict[str, Table] = {
    "customers": customers,
    "subscriptions": subscriptions,
    "periods": periods,
    "bills": bills,
    "payments": payments,
    "refunds": refunds,
    "methods": methods,
}
