"""Settings of billing."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from matinee.kit.money import BASIS_POINTS

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class TaxRule(msgspec.Struct, frozen=True, kw_only=True):
    """A territory's tax on subscriptions.

    Attributes:
        basis_points: the rate; 1,900 is 19 %.
        prices_include_it: True where listed prices hold the tax, as they must towards people in the European Union;
            False where it is added on top.
    """

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    basis_points: Annotated[int, Meta(ge=0, le=BASIS_POINTS)]
    prices_include_it: bool = True


def _taxes() -> dict[str, TaxRule]:
    """Return standard rates for streaming, as far as this table knows them; whoever sells checks and overrides them."""
    inclusive = {
        "AT": ("USt", 2000),
        "BE": ("TVA/BTW", 2100),
        "CH": ("MWST", 810),
        "DE": ("USt", 1900),
        "DK": ("moms", 2500),
        "ES": ("IVA", 2100),
        "FI": ("ALV", 2550),
        "FR": ("TVA", 2000),
        "GB": ("VAT", 2000),
        "IE": ("VAT", 2300),
        "IT": ("IVA", 2200),
        "NL": ("btw", 2100),
        "PL": ("VAT", 2300),
        "PT": ("IVA", 2300),
        "SE": ("moms", 2500),
    }
    table = {land: TaxRule(name=name, basis_points=rate) for land, (name, rate) in inclusive.items()}
    table["CA"] = TaxRule(name="GST", basis_points=500, prices_include_it=False)
    return table


class BillingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The `[billing]` table."""

    provider: Annotated[Literal["sandbox", "stripe"], Meta(description="Who moves the money")] = "sandbox"
    sandbox_url: Annotated[str, Meta(description="Base URL of the sandbox processor, without a slash at the end")] = (
        "http://127.0.0.1:8419"
    )
    stripe_secret_key: Annotated[str, Meta(description="Stripe's secret key; kept out of logs")] = ""
    stripe_publishable_key: Annotated[str, Meta(description="Stripe's key for pages")] = ""
    stripe_webhook_secret: Annotated[str, Meta(description="Secret that Stripe signs webhooks with")] = ""
    stripe_api_base: Annotated[str, Meta(description="Base URL of Stripe's API; empty means the real one")] = ""
    public_url: Annotated[str, Meta(description="Base URL that browsers use, for return addresses")] = ""
    charge_seconds: Annotated[Seconds, Meta(description="Longest wait for the processor's answer, s")] = 20.0
    ask_seconds: Annotated[Seconds, Meta(description="After this long an unresolved payment is asked about, s")] = 45.0
    webhook_tolerance_seconds: Annotated[int, Meta(ge=1, le=3600, description="Oldest webhook accepted, s")] = 300
    repeat_hours: Annotated[
        int, Meta(ge=1, le=20, description="How long a charge unknown to the processor is sent again under its key, h")
    ] = 12
    retry_days: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=60)], ...],
        Meta(max_length=10, description="Days after the first failure on which a renewal is tried again"),
    ] = (1, 3, 5, 7)
    grace_days: Annotated[int, Meta(ge=0, le=60, description="How long access is kept after a failed renewal, d")] = 14
    hold_days: Annotated[int, Meta(ge=1, le=365, description="How long an unpaid subscription waits on hold, d")] = 30
    incomplete_hours: Annotated[int, Meta(ge=1, le=72, description="How long a first payment may be completed, h")] = 23
    trial_notice_days: Annotated[int, Meta(ge=0, le=14, description="Days before a trial's end that a letter goes")] = 2
    taxes: Annotated[dict[str, TaxRule], Meta(description="Tax by territory, ISO 3166-1 alpha-2; others pay none")] = (
        msgspec.field(default_factory=_taxes)
    )
    seller_name: Annotated[str, Meta(max_length=200, description="Who sells, on invoices")] = "Matinee"
    seller_address: Annotated[str, Meta(max_length=500, description="Where the seller is, on invoices")] = ""
    seller_tax_id: Annotated[str, Meta(max_length=60, description="The seller's tax number, on invoices")] = ""
    invoice_prefix: Annotated[str, Meta(pattern="^[A-Z0-9]{1,8}$", description="First part of invoice numbers")] = "MT"
    batch: Annotated[int, Meta(ge=1, le=1000, description="Accounts renewed in one transaction")] = 50
    charges_at_once: Annotated[int, Meta(ge=1, le=256, description="Calls to the processor at the same time")] = 16
    renewal_seconds: Annotated[Seconds, Meta(description="Pause between looks for accounts that are due, s")] = 5.0
    outbox_poll_seconds: Annotated[Seconds, Meta(description="Pause between looks into the outbox, s")] = 5.0
    invariant_seconds: Annotated[Seconds, Meta(description="Pause between checks of the books, s")] = 3600.0
    answer_hours: Annotated[int, Meta(ge=24, le=720, description="How long answers are kept by Idempotency-Key, h")] = (
        48
    )
