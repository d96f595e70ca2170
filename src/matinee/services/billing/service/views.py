"""What members see of a book, and what a choice would cost them: nothing here changes a book."""

from datetime import datetime
from typing import Any

from msgspec.structs import asdict, replace

from matinee.kit.calendar import months_after, zone_of
from matinee.services.billing.book import Book
from matinee.services.billing.model import Bill, Discount, PaymentMethod, Period, Plan
from matinee.services.billing.service.choices import upgrade_bill
from matinee.services.billing.service.errors import PlanNotFoundError
from matinee.services.billing.service.outcomes import (
    DiscountView,
    MethodView,
    NextCharge,
    PlanView,
    Quote,
    SubscriptionView,
    plain_lines,
)
from matinee.services.billing.service.periods import trial_end
from matinee.services.billing.service.pricing import bill_for, discount_on, period_lines
from matinee.services.billing.service.terms import Terms

_RUNNING = {"trialing", "active"}
_COPIED = (
    "state",
    "currency",
    "price",
    "trial_ends_at",
    "period_start",
    "period_end",
    "paid_through",
    "cancel_at_period_end",
    "pause_at_period_end",
    "past_due_since",
    "grace_until",
    "hold_until",
    "gift_balance",
    "credit_balance",
)


def plan_view(plan: Plan) -> PlanView:
    """Return a plan as anybody sees it."""
    values = asdict(plan)
    values.pop("version")
    return PlanView(**values)


def method_view(method: PaymentMethod) -> MethodView:
    """Return a payment method as its owner sees it."""
    return MethodView(
        method_id=method.method_id,
        brand=method.brand,
        last4=method.last4,
        expiry_month=method.expiry_month,
        expiry_year=method.expiry_year,
        preferred=method.preferred,
    )


def subscription_view(book: Book, terms: Terms) -> SubscriptionView:
    """Return a subscription as its owner sees it."""
    subscription = book.subscription
    owed = book.current_bill()
    method = book.preferred_method()
    discount = subscription.discount
    copied: dict[str, Any] = {name: getattr(subscription, name) for name in _COPIED}
    return SubscriptionView(
        **copied,
        plan=_plan(terms, subscription.plan_id),
        pending_plan=_plan(terms, subscription.pending_plan_id),
        trial_available=not subscription.trial_used,
        paused=subscription.state == "paused",
        next_retry_at=None if owed is None else owed.next_attempt_at,
        amount_owed=0 if owed is None else owed.total,
        discount=None if discount is None else DiscountView(**asdict(discount)),
        payment_method=None if method is None else method_view(method),
        payment_pending=book.pending() is not None,
        next_charge=next_charge(book, terms),
    )


def _plan(terms: Terms, plan_id: str | None) -> PlanView | None:
    plan = terms.plans.get(plan_id or "")
    return None if plan is None else plan_view(plan)


def next_charge(book: Book, terms: Terms) -> NextCharge | None:
    """Return what will be charged next and when, as far as is known now."""
    subscription = book.subscription
    owed = book.current_bill()
    if subscription.state == "past_due" and owed is not None:
        at = owed.next_attempt_at
        return None if at is None else _charge(book, owed, at, spent=0)
    ends = subscription.cancel_at_period_end or subscription.pause_at_period_end
    if subscription.state not in _RUNNING or ends or subscription.period_end is None:
        return None
    plan_id = subscription.pending_plan_id or subscription.plan_id
    bill = _coming_bill(book, terms, plan_id, subscription.period_end, subscription.discount)
    return _charge(book, bill, subscription.period_end, spent=0)


def _coming_bill(book: Book, terms: Terms, plan_id: str, at: datetime, discount: Discount | None) -> Bill:
    """Return the bill of a period that would begin at a moment."""
    currency = book.subscription.currency
    price = terms.price(plan_id, currency)
    period = Period(
        period_id="",
        account_id=book.account_id,
        subscription_id="",
        plan_id=plan_id,
        currency=currency,
        price=price,
        net_price=price - discount_on(price, discount),
        discount=discount,
        starts_at=at,
        ends_at=months_after(at, 1, zone_of(book.subscription.time_zone)),
    )
    lines = period_lines(terms, period)
    return bill_for(terms, period, kind="period", plan_id=plan_id, lines=lines, territory=book.customer.territory)


def _charge(book: Book, bill: Bill, at: datetime, *, spent: int) -> NextCharge:
    balance = max(0, book.subscription.gift_balance + book.subscription.credit_balance - spent)
    return NextCharge(amount=max(0, bill.total - balance), at=at, lines=plain_lines(bill.lines))


def quote(book: Book, terms: Terms, *, plan_id: str | None, currency: str, discount: Discount | None) -> Quote:
    """Return what choosing a plan would cost, without choosing it.

    Args:
        plan_id: None for the present plan.
        currency: for those who have no subscription yet.

    Raises:
        PlanNotFoundError: when there is no plan to quote.
        CurrencyError: when it has no price in the currency.
    """
    subscription = book.subscription
    wanted = plan_id or subscription.plan_id
    if not wanted:
        raise PlanNotFoundError("Name a plan to see what it costs.")
    terms.plan(wanted)
    if subscription.state in _RUNNING:
        return _quoted_change(book, terms, wanted)
    book = Book(book.customer, replace(subscription, currency=currency, time_zone=book.customer.time_zone))
    trial_days = terms.plan(wanted).trial_days
    if trial_days and not subscription.trial_used:
        at = trial_end(terms, trial_days)
        charge = _charge(book, _coming_bill(book, terms, wanted, at, discount), at, spent=0)
        return Quote(currency=currency, lines=charge.lines, due_now=0, next_charge=charge)
    bill = _coming_bill(book, terms, wanted, terms.now, discount)
    now = _charge(book, bill, terms.now, spent=0)
    ends = months_after(terms.now, 1, zone_of(book.subscription.time_zone))
    later = _coming_bill(book, terms, wanted, ends, _left(discount))
    return Quote(
        currency=currency,
        lines=now.lines,
        due_now=now.amount,
        next_charge=_charge(book, later, ends, spent=bill.total),
    )


def _left(discount: Discount | None) -> Discount | None:
    return None if discount is None or discount.periods_left == 1 else discount


def _quoted_change(book: Book, terms: Terms, plan_id: str) -> Quote:
    subscription = book.subscription
    currency, ends = subscription.currency, subscription.period_end or terms.now
    later = _coming_bill(book, terms, plan_id, ends, subscription.discount)
    dearer = terms.price(plan_id, currency) > subscription.price
    if subscription.state == "trialing" or not dearer:
        return Quote(currency=currency, lines=(), due_now=0, next_charge=_charge(book, later, ends, spent=0))
    bill = upgrade_bill(book, terms, plan_id)
    now = _charge(book, bill, terms.now, spent=0)
    return Quote(
        currency=currency,
        lines=now.lines,
        due_now=now.amount,
        next_charge=_charge(book, later, ends, spent=bill.total),
    )
