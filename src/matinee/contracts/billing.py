"""Who has paid for what, as far as other rooms need it."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from matinee.kit.errors import ForbiddenError, UnavailableError
from matinee.kit.ids import AccountId

SubscriptionState = Literal[
    "none", "incomplete", "incomplete_expired", "trialing", "active", "past_due", "unpaid", "paused", "canceled"
]

ENTITLEMENTS_TOPIC = "billing.entitlements"
"""Events keyed by account: `EntitlementChanged`."""


class PlanLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan lets an account do.

    Attributes:
        max_height: of the picture, in lines.
        streams: films playing at once.
        download_devices: devices that may hold downloads.
    """

    plan_id: str
    name: str
    max_height: int
    streams: int
    download_devices: int


class Entitlement(msgspec.Struct, frozen=True, kw_only=True):
    """May the account stream, and within which limits.

    Attributes:
        entitled: paid through, on trial, cancelled but paid, or within grace.
        until: when that ends unless something is paid; None without a subscription.
        limits: None when the account never had a plan.
        decided_at: when billing decided; whoever keeps a copy compares it.
    """

    account_id: AccountId
    state: SubscriptionState
    entitled: bool
    until: datetime | None
    limits: PlanLimits | None
    decided_at: datetime


class EntitlementChanged(msgspec.Struct, frozen=True, kw_only=True, tag="entitlement-changed"):
    """Event on `ENTITLEMENTS_TOPIC`, after the change is durable."""

    entitlement: Entitlement


class NotEntitledError(ForbiddenError):
    """The account has no plan, or has not paid for it."""

    code = "not-entitled"
    title = "A plan is needed to watch this"


class PaymentProviderError(UnavailableError):
    """The payment provider does not answer; nothing is charged twice when the call is repeated."""

    code = "payment-provider"
    title = "Payments are not available right now"


class Billing(Protocol):
    """Subscriptions, seen from the rooms that let people in."""

    async def entitlement(self, *, account_id: AccountId) -> Entitlement:
        """Return what an account may do now; an account unknown here has state `none`."""
        ...
