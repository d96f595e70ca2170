"""Attempts to get a bill paid: what is asked of the processor, and what each answer means."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from matinee.services.billing.book import Book
from matinee.services.billing.model import UNRESOLVED, Account, Bill, Payment, PaymentMethod, Refund
from matinee.services.billing.ports import Challenged, ChargeRequest, ChargeResult, Declined, Succeeded
from matinee.services.billing.service.bills import close, is_fresh_start, release, reserve, settle
from matinee.services.billing.service.ledger import post
from matinee.services.billing.service.letters import tell
from matinee.services.billing.service.terms import Terms

_CHALLENGE = timedelta(minutes=30)
_CHALLENGE_LOOK = timedelta(seconds=30)
_LATE_ANSWERS = timedelta(days=1)
NO_METHOD = Declined(code="no-payment-method", hard=True)


def label(method: PaymentMethod) -> str:
    """Return how a method is shown."""
    return f"{method.brand} •••• {method.last4}"


def attempt(book: Book, terms: Terms, bill: Bill) -> None:
    """Get an open bill paid: at once by gift and credit, else by a payment that is left `started` for the processor."""
    bill = reserve(book, terms, bill)
    if not bill.card_part:
        settle(book, terms, bill, None)
        return
    method = book.preferred_method()
    if method is None:
        _fail(book, terms, bill, NO_METHOD)
        return
    number = bill.tries + 1
    book.put(replace(bill, tries=number, next_attempt_at=None))
    named = bill.period_id if bill.kind == "period" else bill.bill_id
    book.put(
        Payment(
            payment_id=terms.ids.new(),
            account_id=book.account_id,
            bill_id=bill.bill_id,
            attempt=number,
            idempotency_key=f"{named}-{number}",
            amount=bill.card_part,
            currency=bill.currency,
            method_id=method.method_id,
            method_ref=method.method_ref,
            method_label=label(method),
            state="started",
            started_at=terms.now,
            ask_at=terms.now + timedelta(seconds=terms.settings.ask_seconds),
        )
    )


def request_of(book: Book, payment: Payment) -> ChargeRequest:
    """Return what the processor is asked; the same for the same payment, however often."""
    return ChargeRequest(
        payment_id=payment.payment_id,
        idempotency_key=payment.idempotency_key,
        amount=payment.amount,
        currency=payment.currency,
        method_ref=payment.method_ref,
        customer_ref=book.customer.customer_ref,
        description="Matinee subscription",
    )


def record(book: Book, terms: Terms, payment: Payment, result: ChargeResult) -> None:
    """Take an answer about a payment, from whomever and however late; what is final stays so."""
    if payment.state not in UNRESOLVED:
        _record_late(book, terms, payment, result)
        return
    if isinstance(result, Succeeded):
        _succeeded(book, terms, payment, result)
    elif isinstance(result, Declined):
        _declined(book, terms, payment, result)
    elif isinstance(result, Challenged):
        _challenged(book, terms, payment, result)
    else:
        book.put(replace(payment, ask_at=_ask_again(payment, terms)))


def _record_late(book: Book, terms: Terms, payment: Payment, result: ChargeResult) -> None:
    """Give back what came too late, and ask on for a while about a challenge that was given up."""
    if isinstance(result, Succeeded) and payment.state in {"declined", "abandoned"}:
        _give_back(book, terms, payment, result)
    elif payment.ask_at is not None:
        over = isinstance(result, Declined) or terms.now >= payment.started_at + _LATE_ANSWERS
        book.put(replace(payment, ask_at=None if over else _ask_again(payment, terms)))


def abandon(book: Book, terms: Terms, payment: Payment, code: str) -> None:
    """Give a payment up that the processor has never seen, or whose challenge nobody answered."""
    book.put(replace(payment, state="abandoned", ask_at=None, finished_at=terms.now, decline_code=code))
    bill = book.bills[payment.bill_id]
    if bill.state == "open":
        _fail(book, terms, bill, Declined(code=code, hard=False))


def _ask_again(payment: Payment, terms: Terms) -> datetime:
    """Return when to ask next: about as long from now as it has been open, at most an hour."""
    age = (terms.now - payment.started_at).total_seconds()
    return terms.now + timedelta(seconds=min(3600.0, max(terms.settings.ask_seconds, age)))


def _succeeded(book: Book, terms: Terms, payment: Payment, result: Succeeded) -> None:
    bill = book.bills[payment.bill_id]
    if bill.state != "open":
        _give_back(book, terms, payment, result)
        return
    done = replace(
        payment, state="succeeded", ask_at=None, finished_at=terms.now, processor_ref=result.processor_ref, hard=False
    )
    book.put(done)
    settle(book, terms, bill, done)


def _declined(book: Book, terms: Terms, payment: Payment, result: Declined) -> None:
    book.put(
        replace(
            payment,
            state="declined",
            ask_at=None,
            finished_at=terms.now,
            decline_code=result.code,
            hard=result.hard,
        )
    )
    bill = book.bills[payment.bill_id]
    if bill.state == "open":
        _fail(book, terms, bill, result)


def _challenged(book: Book, terms: Terms, payment: Payment, result: Challenged) -> None:
    if terms.now >= payment.started_at + _CHALLENGE:
        abandon(book, terms, payment, "challenge-expired")
        # The processor may let the member answer for longer than we wait, and no webhook is certain to come.
        book.put(replace(book.payments[payment.payment_id], ask_at=_ask_again(payment, terms)))
        return
    if payment.state != "challenged":
        tell(book, terms, "challenge", amount=payment.amount, at=payment.started_at + _CHALLENGE)
    book.put(
        replace(
            payment,
            state="challenged",
            challenge_url=result.challenge_url,
            processor_ref=result.processor_ref,
            ask_at=terms.now + _CHALLENGE_LOOK,
        )
    )


def _give_back(book: Book, terms: Terms, payment: Payment, result: Succeeded) -> None:
    """Return money that came when nothing was owed any more."""
    book.put(
        replace(
            payment,
            state="surplus",
            ask_at=None,
            finished_at=terms.now,
            processor_ref=result.processor_ref,
            refunded=payment.amount,
        )
    )
    amounts: dict[Account, int] = {"cash": payment.amount, "surplus": -payment.amount}
    post(book, terms, cause="surplus", currency=payment.currency, amounts=amounts, bill_id=payment.bill_id)
    book.put(
        Refund(
            refund_id=terms.ids.new(),
            account_id=book.account_id,
            payment_id=payment.payment_id,
            bill_id=payment.bill_id,
            amount=payment.amount,
            tax_part=0,
            currency=payment.currency,
            reason="",
            surplus=True,
            state="started",
            started_at=terms.now,
            ask_at=terms.now,
        )
    )


def next_retry(terms: Terms, first_failed_at: datetime) -> datetime | None:
    """Return the next retry of the schedule that lies ahead; None when it is exhausted."""
    days = sorted(terms.settings.retry_days)
    return next((at for d in days if (at := first_failed_at + timedelta(days=d)) > terms.now), None)


def _fail(book: Book, terms: Terms, bill: Bill, result: Declined) -> None:
    """Take a bill for not paid this time."""
    fresh = is_fresh_start(book, bill)
    bill = release(book, terms, bill)
    if bill.kind == "upgrade" or fresh:
        close(book, terms, bill, "void")
        return
    first = bill.first_failed_at or terms.now
    renewing = book.subscription.state in {"trialing", "active", "past_due"}
    again = renewing and not result.hard and not book.subscription.cancel_at_period_end
    retry = next_retry(terms, first) if again else None
    bill = replace(bill, first_failed_at=first, next_attempt_at=retry)
    book.put(bill)
    if bill.period_id != book.subscription.period_id:
        if retry is None:
            close(book, terms, bill, "uncollectible")
        return
    if renewing:
        _fall_behind(book, terms, bill, result, retry)


def _fall_behind(book: Book, terms: Terms, bill: Bill, result: Declined, retry: datetime | None) -> None:
    subscription = book.subscription
    if subscription.state != "past_due":
        book.put(
            replace(
                subscription,
                state="past_due",
                past_due_since=terms.now,
                grace_until=terms.now + timedelta(days=terms.settings.grace_days),
            )
        )
    tell(book, terms, "payment-failed", amount=bill.total, at=retry, decline_code=result.code)
