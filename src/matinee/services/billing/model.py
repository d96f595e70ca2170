"""What billing remembers: one frozen record for each row of a table. Times are aware and in UTC, money minor units."""

from datetime import datetime
from typing import Literal

import msgspec

from matinee.contracts.billing import SubscriptionState
from matinee.kit.ids import AccountId
from matinee.services.billing.ports import Invoice, InvoiceLine, Notice

PeriodState = Literal["open", "paid", "unpaid", "void"]
BillKind = Literal["period", "upgrade"]
BillState = Literal["open", "paid", "void", "uncollectible"]
PaymentState = Literal["started", "challenged", "succeeded", "declined", "abandoned", "surplus"]
RefundState = Literal["started", "pending", "succeeded", "declined", "failed"]
"""A refund is in the books from `pending` or `succeeded` on. Declined ones never were; failed ones were taken back."""
Account = Literal[
    "cash", "receivable", "revenue", "tax", "gift", "credit", "held", "refunds", "discounts", "gifts-issued", "surplus"
]
"""Of the ledger. Debits are positive: cash, receivable, refunds, discounts and gifts-issued grow by them; revenue, tax
and what is owed to members (gift, credit, held, surplus) grow by credits, which are negative."""

UNRESOLVED: tuple[PaymentState, ...] = ("started", "challenged")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Root of the records."""


class Plan(Record, frozen=True, kw_only=True):
    """What can be subscribed to. Hidden plans stay valid for those who have them.

    Attributes:
        prices: by ISO 4217 currency, a month.
        rank: orders plans, the best highest.
    """

    plan_id: str
    name: str
    description: str
    prices: dict[str, int]
    max_height: int
    streams: int
    download_devices: int
    trial_days: int
    listed: bool
    rank: int
    version: int = 1


class Coupon(Record, frozen=True, kw_only=True):
    """A discount that members claim by a code, which is compared in capitals.

    Attributes:
        percent: off every price, 1 to 100; or None, and then `amount` in `currency` is.
        periods: how many it lasts; None for ever.
    """

    code: str
    percent: int | None
    amount: int | None
    currency: str | None
    periods: int | None
    max_redemptions: int | None
    redeemed: int
    expires_at: datetime | None
    active: bool
    created_at: datetime


class Gift(Record, frozen=True, kw_only=True):
    """Credit behind a code that is kept as a digest only."""

    code_digest: str
    amount: int
    currency: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    redeemed_by: str | None = None
    redeemed_at: datetime | None = None


class Customer(Record, frozen=True, kw_only=True):
    """Whom invoices are made out to, as identity told."""

    account_id: AccountId
    email: str
    name: str
    territory: str
    language: str
    time_zone: str
    customer_ref: str = ""
    erased_at: datetime | None = None


class Discount(Record, frozen=True, kw_only=True):
    """A claimed coupon."""

    code: str
    percent: int | None
    amount: int | None
    periods_left: int | None


class Subscription(Record, frozen=True, kw_only=True):
    """The one subscription of an account, now or last; its row is the account's lock.

    Attributes:
        version: grows with every change of anything of the account.
        anchor_at: when the first period began; period `anchor_index` begins that many months later.
        period_id: the latest period; it decides the state.
        price: what the current period was priced at, before discount.
        next_action_at: when time itself will change something; None when never.
        trial_used: an account has one trial.
    """

    account_id: AccountId
    version: int = 0
    subscription_id: str = ""
    state: SubscriptionState = "none"
    plan_id: str = ""
    pending_plan_id: str | None = None
    currency: str = ""
    time_zone: str = "UTC"
    anchor_at: datetime | None = None
    anchor_index: int = 0
    period_id: str = ""
    price: int = 0
    period_start: datetime | None = None
    period_end: datetime | None = None
    paid_through: datetime | None = None
    trial_ends_at: datetime | None = None
    trial_used: bool = False
    trial_noticed: bool = False
    cancel_at_period_end: bool = False
    pause_at_period_end: bool = False
    past_due_since: datetime | None = None
    grace_until: datetime | None = None
    hold_until: datetime | None = None
    discount: Discount | None = None
    gift_balance: int = 0
    credit_balance: int = 0
    next_action_at: datetime | None = None
    started_at: datetime | None = None


class Period(Record, frozen=True, kw_only=True):
    """A month. `net_price` is what it costs after `discount`; both follow when the plan changes within it."""

    period_id: str
    account_id: AccountId
    subscription_id: str
    plan_id: str
    currency: str
    price: int
    net_price: int
    discount: Discount | None
    starts_at: datetime
    ends_at: datetime
    state: PeriodState = "open"


class Bill(Record, frozen=True, kw_only=True):
    """What is owed for a period or for a better plan within one.

    Attributes:
        plan_id: the plan that it buys.
        price: of that plan when the bill was drawn up, a month, as listed; what it was agreed at, whatever happens to
            the list before it is paid.
        gross: before discount; `total` is to be paid: after discount, with tax.
        gift_part, credit_part, card_part: reserved while a payment is under way, final once paid, else 0.
        tries: payments started; names the next one's key.
        next_attempt_at: when it is tried again; None when not by time.
    """

    bill_id: str
    account_id: AccountId
    period_id: str
    kind: BillKind
    plan_id: str
    price: int
    currency: str
    lines: tuple[InvoiceLine, ...]
    gross: int
    discount: int
    tax_name: str
    tax_basis_points: int
    tax_included: bool
    tax: int
    total: int
    created_at: datetime
    gift_part: int = 0
    credit_part: int = 0
    card_part: int = 0
    state: BillState = "open"
    tries: int = 0
    first_failed_at: datetime | None = None
    next_attempt_at: datetime | None = None
    payment_id: str = ""
    settled_at: datetime | None = None


class Payment(Record, frozen=True, kw_only=True):
    """One attempt to take money; committed as `started` before the processor hears of it.

    Attributes:
        refunded: what was given back or is about to be.
        ask_at: when the processor is asked, while unresolved; and for a day after its challenge was given up, for a
            member may still answer it.
    """

    payment_id: str
    account_id: AccountId
    bill_id: str
    attempt: int
    idempotency_key: str
    amount: int
    currency: str
    method_id: str
    method_ref: str
    method_label: str
    state: PaymentState
    started_at: datetime
    ask_at: datetime | None
    decline_code: str = ""
    hard: bool = False
    challenge_url: str = ""
    processor_ref: str = ""
    refunded: int = 0
    finished_at: datetime | None = None


class Refund(Record, frozen=True, kw_only=True):
    """Money on its way back. A surplus one returns a payment that nothing was owed for.

    Attributes:
        ask_at: when the processor is asked next; also for a month after it succeeded, for a bank may send it back.
        processor_ref: the processor's name of it; empty until it has taken it on.
        decline_code: why it was declined or failed, else empty.
    """

    refund_id: str
    account_id: AccountId
    payment_id: str
    bill_id: str
    amount: int
    tax_part: int
    currency: str
    reason: str
    surplus: bool
    state: RefundState
    started_at: datetime
    ask_at: datetime | None
    finished_at: datetime | None = None
    processor_ref: str = ""
    decline_code: str = ""


class PaymentMethod(Record, frozen=True, kw_only=True):
    """A card as members see it, and the processor's name of it."""

    method_id: str
    account_id: AccountId
    method_ref: str
    brand: str
    last4: str
    expiry_month: int
    expiry_year: int
    fingerprint: str
    preferred: bool
    added_at: datetime


class Entry(Record, frozen=True, kw_only=True):
    """One line of a ledger transaction; never changed. The lines of a transaction sum to zero."""

    transaction_id: str
    line: int
    account_id: AccountId
    ledger: Account
    currency: str
    amount: int
    cause: str
    bill_id: str
    at: datetime


class Issued(Record, frozen=True, kw_only=True):
    """A document with its number; `invoice_id` is the bill's or the refund's, or says that it reverses the latter.

    Attributes:
        series: within which numbers have no gaps, such as `MT-2026`.
    """

    invoice_id: str
    number: str
    series: str
    account_id: AccountId
    bill_id: str
    kind: str
    issued_at: datetime
    currency: str
    total: int
    document: Invoice


class Letter(Record, frozen=True, kw_only=True):
    """A notice that is to be sent; gone once the mailer has it."""

    letter_id: str
    account_id: AccountId
    notice: Notice
    created_at: datetime


class Outgoing(Record, frozen=True, kw_only=True):
    """An event that is to be sent."""

    outgoing_id: str
    topic: str
    event_key: str
    value: bytes


class Answer(Record, frozen=True, kw_only=True):
    """What a request with an Idempotency-Key was answered; `payment_id` while the answer depends on a payment."""

    answer_id: str
    account_id: AccountId
    body_digest: str
    payment_id: str
    outcome: bytes
    at: datetime


class AuditLine(Record, frozen=True, kw_only=True):
    """What a member of staff did, or what became of it at the payment processor, whose name is `actor` then."""

    audit_id: str
    actor: str
    role: str
    action: str
    subject: str
    facts: dict[str, str | int | float | bool | None]
    address: str
    at: datetime


class SeenEvent(Record, frozen=True, kw_only=True):
    """A webhook that has been applied; `event_id` carries the provider's name before the event's."""

    event_id: str
    at: datetime
