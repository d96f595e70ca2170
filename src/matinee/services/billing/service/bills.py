"""Bills: gift and credit are set aside before money is asked for, and given back when it does not come."""

from typing import Literal

from msgspec.structs import replace

from matinee.services.billing.book import Book, DraftInvoice
from matinee.services.billing.model import Bill, Payment, Period, Subscription
from matinee.services.billing.ports import PaidBy
from matinee.services.billing.service.invoices import invoice_for
from matinee.services.billing.service.ledger import post_held, post_settled
from matinee.services.billing.service.letters import notice
from matinee.services.billing.service.pricing import after_period, discount_on
from matinee.services.billing.service.terms import Terms


def reserve(book: Book, terms: Terms, bill: Bill) -> Bill:
    """Set gift and then credit aside for an open bill; the remainder is the card's part."""
    subscription = book.subscription
    gift = min(subscription.gift_balance, bill.total)
    credit = min(subscription.credit_balance, bill.total - gift)
    reserved = replace(bill, gift_part=gift, credit_part=credit, card_part=bill.total - gift - credit)
    post_held(book, terms, bill, gift=gift, credit=credit)
    book.put(
        reserved,
        replace(
            subscription,
            gift_balance=subscription.gift_balance - gift,
            credit_balance=subscription.credit_balance - credit,
        ),
    )
    return reserved


def release(book: Book, terms: Terms, bill: Bill) -> Bill:
    """Give back what was set aside."""
    subscription = book.subscription
    freed = replace(bill, gift_part=0, credit_part=0, card_part=0)
    post_held(book, terms, bill, gift=-bill.gift_part, credit=-bill.credit_part)
    book.put(
        freed,
        replace(
            subscription,
            gift_balance=subscription.gift_balance + bill.gift_part,
            credit_balance=subscription.credit_balance + bill.credit_part,
        ),
    )
    return freed


def close(book: Book, terms: Terms, bill: Bill, state: Literal["void", "uncollectible"]) -> None:
    """End an open bill without payment, and its period with it."""
    freed = release(book, terms, bill)
    book.put(replace(freed, state=state, next_attempt_at=None))
    period = book.periods[bill.period_id]
    if bill.kind == "period" and period.state == "open":
        book.put(replace(period, state="void" if state == "void" else "unpaid"))


def is_fresh_start(book: Book, bill: Bill) -> bool:
    """Return whether a bill would begin anew after a pause or a hold; until it is paid the subscription stays."""
    return book.subscription.state in {"paused", "unpaid"} and bill.period_id != book.subscription.period_id


def settle(book: Book, terms: Terms, bill: Bill, payment: Payment | None) -> None:
    """Take an open bill for paid: entries, invoice, paid-through date and state, all in this book.

    Args:
        payment: the card's part; None when gift and credit covered all.
    """
    fresh = is_fresh_start(book, bill)
    paid = replace(
        bill,
        state="paid",
        settled_at=terms.now,
        next_attempt_at=None,
        payment_id="" if payment is None else payment.payment_id,
    )
    book.put(paid)
    post_settled(book, terms, paid)
    period = book.periods[bill.period_id]
    if bill.kind == "upgrade":
        _take_upgrade(book, paid, period)
    else:
        period = replace(period, state="paid")
        book.put(period)
        _take_period(book, period, fresh=fresh)
        if fresh:
            _give_up_older(book, terms)
    _invoice(book, terms, paid, payment)


def take_plan(book: Book, plan_id: str, *, price: int) -> None:
    """Give what is left of the current period, or of the trial, to another plan at a monthly price in minor units."""
    book.put(replace(book.subscription, plan_id=plan_id, price=price, pending_plan_id=None))


def _take_upgrade(book: Book, bill: Bill, period: Period) -> None:
    """Give a period to the plan of a paid upgrade, at the price that it was paid for."""
    net_price = bill.price - discount_on(bill.price, period.discount)
    book.put(replace(period, plan_id=bill.plan_id, price=bill.price, net_price=net_price))
    if book.subscription.period_id == period.period_id:
        take_plan(book, bill.plan_id, price=bill.price)


def _take_period(book: Book, period: Period, *, fresh: bool) -> None:
    subscription = book.subscription
    if fresh:
        subscription = replace(
            subscription,
            plan_id=period.plan_id,
            anchor_at=period.starts_at,
            anchor_index=0,
            period_id=period.period_id,
            period_start=period.starts_at,
            period_end=period.ends_at,
            price=period.price,
            pending_plan_id=None,
            discount=after_period(period.discount),
        )
    through = subscription.paid_through
    ends = period.ends_at if through is None else max(through, period.ends_at)
    book.put(replace(subscription, paid_through=ends))
    if period.period_id == book.subscription.period_id:
        book.put(_running(book.subscription))


def _give_up_older(book: Book, terms: Terms) -> None:
    for bill in book.open_bills():
        close(book, terms, bill, "uncollectible")


def _running(subscription: Subscription) -> Subscription:
    return replace(
        subscription, state="active", past_due_since=None, grace_until=None, hold_until=None, pause_at_period_end=False
    )


def _invoice(book: Book, terms: Terms, bill: Bill, payment: Payment | None) -> None:
    parts = [PaidBy(description="Gift credit", amount=bill.gift_part)] if bill.gift_part else []
    if bill.credit_part:
        parts.append(PaidBy(description="Credit", amount=bill.credit_part))
    if payment is not None:
        parts.append(PaidBy(description=payment.method_label, amount=bill.card_part))
    invoice = invoice_for(book, terms, bill, tuple(parts))
    letter = notice(book, terms, "receipt", amount=bill.total, currency=bill.currency)
    book.drafts.append(DraftInvoice(invoice=invoice, bill_id=bill.bill_id, notice=letter))
