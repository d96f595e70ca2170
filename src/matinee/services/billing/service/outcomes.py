"""What a request about money comes to, in a form that is stored and answered again."""

from datetime import datetime
from typing import Literal

import msgspec

from matinee.contracts.billing import SubscriptionState
from matinee.services.billing.ports import InvoiceLine


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as anybody sees it; prices are a month's, in minor units by currency."""

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
    interval: Literal["month"] = "month"


class MethodView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment method as its owner sees it."""

    method_id: str
    brand: str
    last4: str
    expiry_month: int
    expiry_year: int
    preferred: bool


class DiscountView(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed coupon. `periods_left` is None for ever."""

    code: str
    percent: int | None
    amount: int | None
    periods_left: int | None


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what will be charged."""

    description: str
    amount: int


class NextCharge(msgspec.Struct, frozen=True, kw_only=True):
    """What is charged next unless something changes: after gift and credit, with tax."""

    amount: int
    at: datetime
    lines: tuple[LineView, ...]


class SubscriptionView(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as its owner sees it."""

    state: SubscriptionState
    plan: PlanView | None
    pending_plan: PlanView | None
    currency: str
    price: int
    trial_ends_at: datetime | None
    trial_available: bool
    period_start: datetime | None
    period_end: datetime | None
    paid_through: datetime | None
    cancel_at_period_end: bool
    paused: bool
    pause_at_period_end: bool
    past_due_since: datetime | None
    next_retry_at: datetime | None
    grace_until: datetime | None
    hold_until: datetime | None
    amount_owed: int
    discount: DiscountView | None
    gift_balance: int
    credit_balance: int
    payment_method: MethodView | None
    payment_pending: bool
    next_charge: NextCharge | None


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What a choice would cost: now, and at the next charge."""

    currency: str
    lines: tuple[LineView, ...]
    due_now: int
    next_charge: NextCharge | None


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """It is so."""

    view: SubscriptionView


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """The bank said no."""

    decline_code: str
    hard: bool


class Waiting(msgspec.Struct, frozen=True, kw_only=True, tag="waiting"):
    """The bank asks the member, when there is a `challenge_url`, or the processor has not answered yet."""

    payment_id: str
    challenge_url: str


Outcome = Done | Refused | Waiting


def plain_lines(lines: tuple[InvoiceLine, ...]) -> tuple[LineView, ...]:
    """Return lines without their dates."""
    return tuple(LineView(description=line.description, amount=line.amount) for line in lines)
