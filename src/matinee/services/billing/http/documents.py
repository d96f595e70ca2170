"""Lists of invoices, and how they are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from matinee.services.billing.model import Issued
from matinee.services.billing.ports import Documents


@dataclass(frozen=True)
class Pages:
    """Who draws invoices, and the Content-Security-Policy that the page goes with."""

    documents: Documents
    policy: str


class InvoiceLink(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice in a list."""

    invoice_id: str
    number: str
    kind: str
    issued_at: datetime
    currency: str
    total: int
    html_url: str
    pdf_url: str


class InvoiceList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of invoices, newest first."""

    items: tuple[InvoiceLink, ...]
    next_cursor: str | None


def invoice_list(page: Sequence[Issued], following: str | None) -> InvoiceList:
    """Return a page as it is shown."""
    return InvoiceList(items=tuple(_link(one) for one in page), next_cursor=following)


def _link(one: Issued) -> InvoiceLink:
    base = f"/api/v1/billing/invoices/{one.invoice_id}"
    return InvoiceLink(
        invoice_id=one.invoice_id,
        number=one.number,
        kind=one.kind,
        issued_at=one.issued_at,
        currency=one.currency,
        total=one.total,
        html_url=f"{base}/html",
        pdf_url=f"{base}/pdf",
    )
