"""What the sandbox processor says and hears."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from matinee.sandbox.cards import RefundStatus

ChargeStatus = Literal["succeeded", "declined", "requires-action"]
RefundEventKind = Literal["refund.pending", "refund.succeeded", "refund.failed"]
EventKind = Literal["charge.succeeded", "charge.declined", "charge.requires-action", RefundEventKind]
Key = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
Amount = Annotated[int, Meta(ge=1, le=10**12, description="minor units")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
Ref = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9_]+$")]
Text = Annotated[str, Meta(max_length=200)]


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card, from the cardholder's own browser."""

    number: Annotated[str, Meta(pattern=r"^[0-9 -]{12,30}$")]
    exp_month: Annotated[int, Meta(ge=1, le=12)]
    exp_year: Annotated[int, Meta(ge=2000, le=2099)]
    cvc: Annotated[str, Meta(pattern=r"^[0-9]{3,4}$")]


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for a card until it is attached: once, and soon."""

    token: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class NewMethod(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep a card. `customer` is empty for a new customer."""

    token: Annotated[str, Meta(min_length=1, max_length=128)]
    customer: Annotated[str, Meta(max_length=64)] = ""
    reference: Text = ""


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A kept card."""

    method: str
    customer: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str


class NewCharge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take money. `return_url` is where a challenge sends the browser back to."""

    amount: Amount
    currency: Currency
    method: Ref
    customer: Ref
    description: Text = ""
    reference: Text = ""
    return_url: Annotated[str, Meta(max_length=400)] = ""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """A charge as it stands. `reference` is the caller's own word for it."""

    charge: str
    idempotency_key: str
    status: ChargeStatus
    amount: int
    currency: str
    method: str
    customer: str
    reference: str
    refunded: int
    created_at: datetime
    decline_code: str = ""
    hard: bool = False
    challenge_url: str = ""


class NewRefund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give money back."""

    charge: Ref
    amount: Amount
    reference: Text = ""


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back, on its way, or sent back by the cardholder's bank, as it stands."""

    refund: str
    idempotency_key: str
    status: RefundStatus
    charge: str
    amount: int
    currency: str
    reference: str
    created_at: datetime


class ChargePage(msgspec.Struct, frozen=True, kw_only=True):
    """Charges, oldest first. `after` of the next page is the last one's name."""

    items: tuple[Charge, ...]


class RefundPage(msgspec.Struct, frozen=True, kw_only=True):
    """Refunds, oldest first."""

    items: tuple[Refund, ...]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a webhook: what came about, and the thing as it stood then."""

    event: str
    kind: EventKind
    created_at: datetime
    charge: Charge | None = None
    refund: Refund | None = None
