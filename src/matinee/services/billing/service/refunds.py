"""Money given back: the reverse of what was taken, by new entries and a credit note; nothing is edited."""

from datetime import timedelta

from msgspec.structs import replace

from matinee.services.billing.book import Book, DraftInvoice
from matinee.services.billing.model import Refund
from matinee.services.billing.ports import Declined, RefundRequest, RefundResult, Succeeded
from matinee.services.billing.service.errors import PaymentNotFoundError, RefundTooLargeError
from matinee.services.billing.service.invoices import credit_note_for, refunded_tax
from matinee.services.billing.service.ledger import post_refunded
from matinee.services.billing.service.letters import notice
from matinee.services.billing.service.terms import Terms


def start_refund(book: Book, terms: Terms, *, payment_id: str, amount: int, reason: str) -> Refund:
    """Note a refund of part or all of a payment, before the processor hears of it.

    Raises:
        PaymentNotFoundError: when there is no such payment that took money.
        RefundTooLargeError: when less than `amount` is left of it.
    """
    payment = book.payments.get(payment_id)
    if payment is None or payment.state != "succeeded":
        raise PaymentNotFoundError("No such payment took money.")
    left = payment.amount - payment.refunded
    if amount > left:
        raise RefundTooLargeError("Less than that is left of the payment.", left=left)
    bill = book.bills[payment.bill_id]
    refund = Refund(
        refund_id=terms.ids.new(),
        account_id=book.account_id,
        payment_id=payment_id,
        bill_id=bill.bill_id,
        amount=amount,
        tax_part=refunded_tax(bill, before=payment.refunded, amount=amount),
        currency=payment.currency,
        reason=reason,
        surplus=False,
        state="started",
        started_at=terms.now,
        ask_at=terms.now + timedelta(seconds=terms.settings.ask_seconds),
    )
    book.put(refund, replace(payment, refunded=payment.refunded + amount))
    return refund


def refund_request(book: Book, refund: Refund) -> RefundRequest:
    """Return what the processor is asked; the same for the same refund, however often."""
    return RefundRequest(
        refund_id=refund.refund_id,
        idempotency_key=f"refund-{refund.refund_id}",
        processor_ref=book.payments[refund.payment_id].processor_ref,
        amount=refund.amount,
        currency=refund.currency,
    )


def record_refund(book: Book, terms: Terms, refund: Refund, result: RefundResult, *, invoice_number: str) -> None:
    """Take the processor's answer about a refund; what is final stays so.

    Args:
        invoice_number: of the invoice that the credit note corrects.
    """
    if refund.state != "started":
        return
    if isinstance(result, Succeeded):
        done = replace(refund, state="succeeded", ask_at=None, finished_at=terms.now)
        book.put(done)
        post_refunded(book, terms, done)
        if not refund.surplus:
            _credit_note(book, terms, done, invoice_number)
    elif isinstance(result, Declined):
        payment = book.payments[refund.payment_id]
        book.put(
            replace(refund, state="declined", ask_at=None, finished_at=terms.now),
            replace(payment, refunded=payment.refunded - refund.amount),
        )
    else:
        book.put(replace(refund, ask_at=terms.now + timedelta(seconds=terms.settings.ask_seconds)))


def _credit_note(book: Book, terms: Terms, refund: Refund, invoice_number: str) -> None:
    bill = book.bills[refund.bill_id]
    document = credit_note_for(book, terms, bill, refund, invoice_number)
    letter = notice(book, terms, "credit-note", amount=refund.amount, currency=refund.currency)
    book.drafts.append(DraftInvoice(invoice=document, bill_id=bill.bill_id, notice=letter))
