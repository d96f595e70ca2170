"""Periods: where each begins and ends, and the bill that comes with it."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from matinee.kit.calendar import months_after, zone_of
from matinee.services.billing.book import Book
from matinee.services.billing.model import Bill, Discount, Period
from matinee.services.billing.service.attempts import attempt
from matinee.services.billing.service.pricing import after_period, bill_for, discount_on, period_lines
from matinee.services.billing.service.terms import Terms


def make_period(
    book: Book, terms: Terms, *, plan_id: str, starts_at: datetime, ends_at: datetime, discount: Discount | None
) -> tuple[Period, Bill]:
    """Put an open period and its bill into the book."""
    subscription = book.subscription
    price = terms.price(plan_id, subscription.currency)
    period = Period(
        period_id=terms.ids.new(),
        account_id=book.account_id,
        subscription_id=subscription.subscription_id,
        plan_id=plan_id,
        currency=subscription.currency,
        price=price,
        net_price=price - discount_on(price, discount),
        discount=discount,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    lines = period_lines(terms, period)
    bill = bill_for(terms, period, kind="period", plan_id=plan_id, lines=lines, territory=book.customer.territory)
    book.put(period, bill)
    return period, bill


def first_period(book: Book, terms: Terms, anchor_at: datetime) -> None:
    """Open the period that begins at an anchor, and ask for its money."""
    zone = zone_of(book.subscription.time_zone)
    book.put(replace(book.subscription, anchor_at=anchor_at, anchor_index=0))
    _enter(book, terms, starts_at=anchor_at, ends_at=months_after(anchor_at, 1, zone))


def next_period(book: Book, terms: Terms) -> None:
    """Open the period after the current one, on the plan that was chosen for it, and ask for its money."""
    subscription = book.subscription
    anchor, ended = subscription.anchor_at, subscription.period_end
    if anchor is None or ended is None:
        return
    index = subscription.anchor_index + 1
    book.put(
        replace(
            subscription,
            anchor_index=index,
            plan_id=subscription.pending_plan_id or subscription.plan_id,
            pending_plan_id=None,
        )
    )
    _enter(book, terms, starts_at=ended, ends_at=months_after(anchor, index + 1, zone_of(subscription.time_zone)))


def fresh_period(book: Book, terms: Terms) -> None:
    """Ask for a period that begins now, after a pause or a hold; the subscription moves to it once it is paid."""
    subscription = book.subscription
    ends_at = months_after(terms.now, 1, zone_of(subscription.time_zone))
    _, bill = make_period(
        book,
        terms,
        plan_id=subscription.pending_plan_id or subscription.plan_id,
        starts_at=terms.now,
        ends_at=ends_at,
        discount=subscription.discount,
    )
    attempt(book, terms, bill)


def _enter(book: Book, terms: Terms, *, starts_at: datetime, ends_at: datetime) -> None:
    subscription = book.subscription
    period, bill = make_period(
        book,
        terms,
        plan_id=subscription.plan_id,
        starts_at=starts_at,
        ends_at=ends_at,
        discount=subscription.discount,
    )
    book.put(
        replace(
            subscription,
            discount=after_period(subscription.discount),
            period_id=period.period_id,
            price=period.price,
            period_start=starts_at,
            period_end=ends_at,
        )
    )
    attempt(book, terms, bill)


def trial_end(terms: Terms, days: int) -> datetime:
    """Return when a trial that begins now ends."""
    return terms.now + timedelta(days=days)
