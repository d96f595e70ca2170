"""An invoice for tests of documents and letters."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from matinee.kit.ids import AccountId
from matinee.services.billing.ports import Invoice, InvoiceLine, PaidBy, TaxLine

MAY = datetime(2026, 4, 30, 22, tzinfo=UTC)  # midnight in Berlin
JUNE = datetime(2026, 5, 31, 22, tzinfo=UTC)


def invoice(**changes: Any) -> Invoice:
    """Return a settled invoice with a discount, a tax and two ways of paying, changed where asked."""
    plain = Invoice(
        invoice_id="invoice",
        number="MT-2026-000042",
        kind="invoice",
        account_id=AccountId("account"),
        issued_at=MAY,
        currency="EUR",
        language="en",
        time_zone="Europe/Berlin",
        seller_name="Kino am Raschplatz GmbH",
        seller_address="Raschplatz 5\n30161 Hannover\nGermany",
        seller_tax_id="DE123456789",
        customer_name="Łucja Grüße-Ångström",
        customer_email="lucja@example.org",
        territory="DE",
        lines=(
            InvoiceLine(description="Standard, one month", amount=1299, period_start=MAY, period_end=JUNE),
            InvoiceLine(description="Coupon SPRING", amount=-300),
        ),
        taxes=(TaxLine(name="USt", basis_points=1900, net=839, tax=160),),
        tax_included=True,
        subtotal=999,
        tax=160,
        total=999,
        paid_by=(PaidBy(description="Gift credit", amount=200), PaidBy(description="Visa •••• 4242", amount=799)),
    )
    return msgspec.structs.replace(plain, **changes)
