"""Invoices as HTML and PDF."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from matinee.services.billing.adapters.documents import words
from matinee.services.billing.adapters.documents.wordmark import WIDTH, svg_path
from matinee.services.billing.ports import DocumentKind, Invoice

PAGES: Final = Path(__file__).parent / "pages"
_MARK_HEIGHT: Final = 20.0
_KINDS: Final[dict[DocumentKind, str]] = {"invoice": "Invoice", "credit-note": "Credit note", "reversal": "Reversal"}


@lru_cache(maxsize=1)
def _style() -> str:
    return (PAGES / "invoice.css").read_text(encoding="utf-8")


def page_policy() -> str:
    """Return the Content-Security-Policy to send with the page: its own style, no script, nothing from elsewhere."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'self'"


def environment() -> Environment:
    """Return where the templates are. Every value is escaped, whatever a file is called."""
    loader = FileSystemLoader(PAGES)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(date=words.date, amount=words.amount, rate=words.rate, plain=words.plain)
    return made


def title_of(invoice: Invoice) -> str:
    """Return `Invoice MT-2026-000042`, `Credit note …` or `Reversal …`."""
    return f"{_KINDS[invoice.kind]} {words.plain(invoice.number)}"


def facts_of(invoice: Invoice) -> dict[str, Any]:
    """Return an invoice in words, for the page and the PDF alike."""
    zone, currency = invoice.time_zone, invoice.currency
    return {
        "title": title_of(invoice),
        "kind": _KINDS[invoice.kind],
        "number": words.plain(invoice.number),
        "issued": words.date(invoice.issued_at, zone),
        "corrects": words.plain(invoice.corrects),
        "corrected": "credit note" if invoice.kind == "reversal" else "invoice",
        "seller": [words.plain(invoice.seller_name), *words.plain_lines(invoice.seller_address)],
        "seller_tax_id": words.plain(invoice.seller_tax_id),
        "customer": [
            line for line in (words.plain(invoice.customer_name), words.plain(invoice.customer_email)) if line
        ],
        "territory": words.plain(invoice.territory),
        "lines": [
            (
                words.plain(line.description),
                words.period(line.period_start, line.period_end, zone),
                words.amount(line.amount, currency),
            )
            for line in invoice.lines
        ],
        "subtotal": words.amount(invoice.subtotal, currency),
        "taxes": [_tax(invoice, name, points, net, tax) for name, points, net, tax in _taxes(invoice)],
        "total": words.amount(invoice.total, currency),
        "paid_by": [(words.plain(part.description), words.amount(part.amount, currency)) for part in invoice.paid_by],
    }


def _taxes(invoice: Invoice) -> list[tuple[str, int, int, int]]:
    return [(words.plain(line.name), line.basis_points, line.net, line.tax) for line in invoice.taxes]


def _tax(invoice: Invoice, name: str, points: int, net: int, tax: int) -> tuple[str, str]:
    verb = "of which" if invoice.tax_included else "plus"
    on = words.amount(net, invoice.currency)
    return f"{verb} {name} {words.rate(points)} on {on}", words.amount(tax, invoice.currency)


class InvoiceDocuments:
    """Implements `Documents`."""

    def __init__(self) -> None:
        self._template = environment().get_template("invoice.html")

    def html(self, invoice: Invoice) -> str:
        """Return a complete page that needs no network."""
        return self._template.render(
            **facts_of(invoice),
            style=_style(),
            mark=svg_path(_MARK_HEIGHT),
            mark_width=f"{WIDTH * _MARK_HEIGHT:.2f}",
            mark_height=f"{_MARK_HEIGHT:g}",
        )

    def pdf(self, invoice: Invoice) -> bytes:
        """Return the PDF: tens of milliseconds of CPU, seconds where a name is in Chinese, Japanese or Korean."""
        # Imported here because its libraries take a second to load, and most processes never make a PDF.
        from matinee.services.billing.adapters.documents.paper import invoice_pdf  # noqa: PLC0415

        return invoice_pdf(facts_of(invoice), issued_at=invoice.issued_at)
