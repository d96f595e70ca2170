"""Invoices, credit notes and their reversals, drawn up from settled bills; numbered when the book is kept."""

from msgspec.structs import replace

from matinee.kit.money import share
from matinee.services.billing.book import Book
from matinee.services.billing.model import Bill, Refund
from matinee.services.billing.ports import DocumentKind, Invoice, InvoiceLine, PaidBy, TaxLine
from matinee.services.billing.service.terms import Terms


def invoice_for(book: Book, terms: Terms, bill: Bill, paid_by: tuple[PaidBy, ...]) -> Invoice:
    """Return the invoice of a paid bill, without number."""
    taxes = _tax_lines(bill, net=bill.total - bill.tax, tax=bill.tax)
    subtotal = bill.gross - bill.discount
    return _document(
        book,
        terms,
        bill,
        bill.bill_id,
        kind="invoice",
        lines=bill.lines,
        taxes=taxes,
        amounts=(subtotal, bill.tax, bill.total),
        paid_by=paid_by,
    )


def credit_note_for(book: Book, terms: Terms, bill: Bill, refund: Refund, number: str) -> Invoice:
    """Return the credit note of a refund on a paid bill whose invoice has this number, without a number of its own."""
    described = f"Refund: {refund.reason}" if refund.reason else "Refund"
    shown = refund.amount if bill.tax_included else refund.amount - refund.tax_part
    return _document(
        book,
        terms,
        bill,
        refund.refund_id,
        kind="credit-note",
        lines=(InvoiceLine(description=described, amount=-shown),),
        taxes=_tax_lines(bill, net=refund.tax_part - refund.amount, tax=-refund.tax_part),
        amounts=(-shown, -refund.tax_part, -refund.amount),
        paid_by=(PaidBy(description="Refunded to the payment method", amount=-refund.amount),),
        corrects=number,
    )


def reversal_of(book: Book, terms: Terms, bill: Bill, refund: Refund, credit_note: Invoice) -> Invoice:
    """Return what takes a credit note back, amount by amount, because its money came back; without a number yet."""
    return _document(
        book,
        terms,
        bill,
        f"{refund.refund_id}-reversed",
        kind="reversal",
        lines=tuple(replace(line, amount=-line.amount) for line in credit_note.lines),
        taxes=tuple(replace(line, net=-line.net, tax=-line.tax) for line in credit_note.taxes),
        amounts=(-credit_note.subtotal, -credit_note.tax, -credit_note.total),
        paid_by=(PaidBy(description="Refund sent back by the bank", amount=refund.amount),),
        corrects=credit_note.number,
    )


def refunded_tax(bill: Bill, *, before: int, amount: int, returned: int) -> int:
    """Return the tax in a refund, so that all refunds of a bill together hold its tax exactly, whatever their sizes.

    Args:
        before: what other refunds gave or are giving back, minor units.
        returned: the tax in those.
    """
    if not bill.total:
        return 0
    return max(0, share(bill.tax, before + amount, bill.total) - returned)


def _tax_lines(bill: Bill, *, net: int, tax: int) -> tuple[TaxLine, ...]:
    if not bill.tax_basis_points:
        return ()
    return (TaxLine(name=bill.tax_name, basis_points=bill.tax_basis_points, net=net, tax=tax),)


def _document(
    book: Book,
    terms: Terms,
    bill: Bill,
    invoice_id: str,
    *,
    kind: DocumentKind,
    lines: tuple[InvoiceLine, ...],
    taxes: tuple[TaxLine, ...],
    amounts: tuple[int, int, int],
    paid_by: tuple[PaidBy, ...],
    corrects: str = "",
) -> Invoice:
    customer, settings = book.customer, terms.settings
    subtotal, tax, total = amounts
    return Invoice(
        invoice_id=invoice_id,
        number="",
        kind=kind,
        account_id=bill.account_id,
        issued_at=terms.now,
        currency=bill.currency,
        language=customer.language,
        time_zone=book.subscription.time_zone,
        seller_name=settings.seller_name,
        seller_address=settings.seller_address,
        seller_tax_id=settings.seller_tax_id,
        customer_name=customer.name,
        customer_email=customer.email,
        territory=customer.territory,
        lines=lines,
        taxes=taxes,
        tax_included=bill.tax_included,
        subtotal=subtotal,
        tax=tax,
        total=total,
        paid_by=paid_by,
        corrects=corrects,
    )
