"""Money given back: the reverse of what was taken, by new entries and a credit note; nothing is edited.

A refund may come back long after the processor took it on. What was posted is reversed then, by new entries and a
document that takes the credit note back, and the money can be given back again.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from matinee.services.billing.book import Book, DraftInvoice
from matinee.services.billing.model import AuditLine, Refund, RefundState
from matinee.services.billing.ports import Declined, Invoice, Pending, RefundRequest, RefundResult, Succeeded
from matinee.services.billing.service.errors import PaymentNotFoundError, RefundTooLargeError
from matinee.services.billing.service.invoices import credit_note_for, refunded_tax, reversal_of
from matinee.services.billing.service.ledger import post_refund_failed, post_refunded
from matinee.services.billing.service.letters import notice
from matinee.services.billing.service.terms import Terms

# Stripe says that a bank takes up to 30 days (https://docs.stripe.com/refunds#failed-refunds).
_MAY_COME_BACK = timedelta(days=30)
_A_DAY = timedelta(days=1)
_OVER: frozenset[RefundState] = frozenset({"declined", "failed"})
_log = structlog.get_logger()


def start_refund(
    book: Book, terms: Terms, *, payment_id: str, amount: int, reason: str, earlier: Collection[Refund]
) -> Refund:
    """Note a refund of part or all of a payment, before the processor hears of it.

    Args:
        amount: minor units.
        earlier: the account's other refunds.

    Raises:
        PaymentNotFoundError: when there is no such payment that took money.
        RefundTooLargeError: when less than `amount` is left of it.
    """
    payment = book.payments.get(payment_id)
    if payment is None or payment.state not in {"succeeded", "surplus"}:
        raise PaymentNotFoundError("No such payment took money.")
    left = payment.amount - payment.refunded
    if amount > left:
        raise RefundTooLargeError("Less than that is left of the payment.", left=left)
    bill = book.bills[payment.bill_id]
    surplus = payment.state == "surplus"
    returned = sum(one.tax_part for one in earlier if one.payment_id == payment_id and one.state not in _OVER)
    tax = 0 if surplus else refunded_tax(bill, before=payment.refunded, amount=amount, returned=returned)
    refund = Refund(
        refund_id=terms.ids.new(),
        account_id=book.account_id,
        payment_id=payment_id,
        bill_id=bill.bill_id,
        amount=amount,
        tax_part=tax,
        currency=payment.currency,
        reason=reason,
        surplus=surplus,
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


def record_refund(
    book: Book, terms: Terms, refund: Refund, result: RefundResult, *, documents: Mapping[str, Invoice]
) -> None:
    """Take the processor's word about a refund, from whomever, however late and often; what is over stays so.

    Args:
        documents: by id, the invoice that a credit note corrects, and the credit note that is taken back.
    """
    if refund.state in _OVER:
        return
    if isinstance(result, Declined):
        _came_back(book, terms, refund, result.code, documents)
    elif isinstance(result, Succeeded | Pending):
        _went(book, terms, refund, result, documents)
    else:
        book.put(replace(refund, ask_at=_ask_again(refund, refund.state, terms)))


def _went(
    book: Book, terms: Terms, refund: Refund, result: Succeeded | Pending, documents: Mapping[str, Invoice]
) -> None:
    """Take a refund for done, as soon as the processor owes it; it is watched for a while."""
    done = refund.state == "succeeded" or isinstance(result, Succeeded)
    state: RefundState = "succeeded" if done else "pending"
    known = replace(
        refund,
        state=state,
        ask_at=_ask_again(refund, state, terms),
        finished_at=refund.finished_at or (terms.now if done else None),
        processor_ref=refund.processor_ref or result.processor_ref,
    )
    book.put(known)
    if refund.state != "started":
        return
    post_refunded(book, terms, known)
    if not refund.surplus:
        bill = book.bills[refund.bill_id]
        document = credit_note_for(book, terms, bill, known, documents[refund.bill_id].number)
        letter = notice(book, terms, "credit-note", amount=refund.amount, currency=refund.currency)
        book.drafts.append(DraftInvoice(invoice=document, bill_id=bill.bill_id, notice=letter))


def _came_back(book: Book, terms: Terms, refund: Refund, decline_code: str, documents: Mapping[str, Invoice]) -> None:
    """Take a refund for not made, and back what the books say of it; the payment can be refunded again."""
    payment = book.payments[refund.payment_id]
    state: RefundState = "declined" if refund.state == "started" else "failed"
    book.put(
        replace(refund, state=state, ask_at=None, finished_at=terms.now, decline_code=decline_code),
        replace(payment, refunded=payment.refunded - refund.amount),
    )
    _tell_staff(book, terms, book.refunds[refund.refund_id])
    if state == "declined":
        return
    post_refund_failed(book, terms, refund)
    if not refund.surplus:
        bill = book.bills[refund.bill_id]
        document = reversal_of(book, terms, bill, refund, documents[refund.refund_id])
        letter = notice(book, terms, "refund-failed", amount=refund.amount, currency=refund.currency)
        book.drafts.append(DraftInvoice(invoice=document, bill_id=bill.bill_id, notice=letter))


def _tell_staff(book: Book, terms: Terms, refund: Refund) -> None:
    _log.warning("refund_came_back", refund_id=refund.refund_id, state=refund.state, code=refund.decline_code)
    book.audit.append(
        AuditLine(
            audit_id=terms.ids.new(),
            actor=terms.settings.provider,
            role="processor",
            action=f"refund-{refund.state}",
            subject=refund.payment_id,
            facts={
                "amount": refund.amount,
                "currency": refund.currency,
                "refund_id": refund.refund_id,
                "decline_code": refund.decline_code,
            },
            address="",
            at=terms.now,
        )
    )


def _ask_again(refund: Refund, state: RefundState, terms: Terms) -> datetime | None:
    """Return when to ask next, about as long from now as the refund is old; None when its bank has had its time."""
    age, soon = terms.now - refund.started_at, timedelta(seconds=terms.settings.ask_seconds)
    if state == "started":
        return terms.now + soon
    wait = max(age, _A_DAY) if state == "succeeded" else min(max(age, soon), _A_DAY)
    return terms.now + wait if age + wait <= _MAY_COME_BACK else None
