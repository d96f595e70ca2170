"""What members decide about their subscription."""

from msgspec.structs import replace

from matinee.services.billing.book import Book
from matinee.services.billing.model import Bill, Coupon, Discount, Subscription
from matinee.services.billing.service.attempts import attempt
from matinee.services.billing.service.bills import close, take_plan
from matinee.services.billing.service.errors import (
    CouponNotFoundError,
    CurrencyError,
    PaymentInProgressError,
    PaymentMethodNeededError,
    PlanNotFoundError,
    SubscriptionStateError,
)
from matinee.services.billing.service.letters import tell
from matinee.services.billing.service.lifecycle import end
from matinee.services.billing.service.periods import first_period, fresh_period, trial_end
from matinee.services.billing.service.pricing import bill_for, tax_rule, taxed, upgrade_lines
from matinee.services.billing.service.terms import Terms

_STARTABLE = {"none", "canceled", "incomplete", "incomplete_expired"}


def refuse_pending(book: Book) -> None:
    """Refuse while a payment's outcome is not known.

    Raises:
        PaymentInProgressError: when one is.
    """
    if book.pending() is not None:
        raise PaymentInProgressError("A payment is under way; try again in a moment.", retry_after_seconds=5)


def _wrong_state(book: Book, sentence: str) -> SubscriptionStateError:
    return SubscriptionStateError(sentence, state=book.subscription.state)


def discount_of(coupon: Coupon, terms: Terms, *, currency: str) -> Discount:
    """Return the discount that a coupon gives.

    Raises:
        CouponNotFoundError: when it is over, switched off, or in another currency.
    """
    over = coupon.expires_at is not None and coupon.expires_at <= terms.now
    if over or not coupon.active or coupon.currency not in {None, currency}:
        raise CouponNotFoundError("This coupon cannot be used any more, or not in this currency.")
    return Discount(code=coupon.code, percent=coupon.percent, amount=coupon.amount, periods_left=coupon.periods)


def check_currency(book: Book, currency: str) -> None:
    """Refuse a second currency while there is a balance in the first.

    Raises:
        CurrencyError: when there is.
    """
    subscription = book.subscription
    if subscription.currency not in {"", currency} and (subscription.gift_balance or subscription.credit_balance):
        raise CurrencyError(
            f"Your credit is in {subscription.currency}; choose a price in it.", currency=subscription.currency
        )


def subscribe(
    book: Book, terms: Terms, *, plan_id: str, currency: str, discount: Discount | None, try_first: str
) -> None:
    """Begin a subscription: on trial where there is one left, else with its first payment.

    Args:
        try_first: `trial` to begin with the trial, `pay` to do without.

    Raises:
        PlanNotFoundError: when the plan is not on offer.
        CurrencyError: when the plan has no price in it, or a balance is in another.
        SubscriptionStateError: when there is a subscription.
        PaymentMethodNeededError: when nothing could be charged, now or after the trial.
    """
    refuse_pending(book)
    if book.subscription.state not in _STARTABLE:
        raise _wrong_state(book, "There is a subscription already; change its plan instead.")
    plan = terms.plan(plan_id)
    if not plan.listed:
        raise PlanNotFoundError("This plan is not offered any more; choose one of those listed.")
    price = terms.price(plan_id, currency)
    check_currency(book, currency)
    _, total = taxed(price, tax_rule(terms, book.customer.territory))
    covered = book.subscription.gift_balance + book.subscription.credit_balance >= total
    if book.preferred_method() is None and not covered:
        raise PaymentMethodNeededError("Add a payment method first; nothing is charged before a trial ends.")
    for bill in book.open_bills():
        close(book, terms, bill, "void")
    trial = try_first == "trial" and plan.trial_days > 0 and not book.subscription.trial_used
    book.put(_new_subscription(book, terms, plan_id=plan_id, currency=currency, price=price, discount=discount))
    if trial:
        _begin_trial(book, terms, plan.trial_days)
    else:
        first_period(book, terms, terms.now)


def _new_subscription(
    book: Book, terms: Terms, *, plan_id: str, currency: str, price: int, discount: Discount | None
) -> Subscription:
    old = book.subscription
    return Subscription(
        account_id=old.account_id,
        version=old.version,
        subscription_id=terms.ids.new(),
        state="incomplete",
        plan_id=plan_id,
        currency=currency,
        time_zone=book.customer.time_zone,
        price=price,
        trial_used=old.trial_used,
        discount=discount,
        gift_balance=old.gift_balance,
        credit_balance=old.credit_balance,
        started_at=terms.now,
    )


def _begin_trial(book: Book, terms: Terms, days: int) -> None:
    ends = trial_end(terms, days)
    book.put(
        replace(
            book.subscription,
            state="trialing",
            trial_used=True,
            trial_ends_at=ends,
            period_start=terms.now,
            period_end=ends,
            paid_through=ends,
        )
    )
    tell(book, terms, "welcome", at=ends)


def change_plan(book: Book, terms: Terms, plan_id: str) -> None:
    """Move to another plan: a dearer one at once for the difference, a cheaper one at the period's end.

    Raises:
        PlanNotFoundError: when the plan is not on offer.
        CurrencyError: when it has no price in the subscription's currency.
        SubscriptionStateError: when the subscription is not running, or is on this plan.
    """
    refuse_pending(book)
    subscription = book.subscription
    plan = terms.plan(plan_id)
    if subscription.state not in {"trialing", "active"}:
        raise _wrong_state(book, "The plan can be changed while the subscription runs and is paid.")
    if not plan.listed and plan_id != subscription.plan_id:
        raise PlanNotFoundError("This plan is not offered any more; choose one of those listed.")
    price = terms.price(plan_id, subscription.currency)
    if plan_id == subscription.plan_id:
        drop_change(book)
    elif subscription.state == "trialing":
        take_plan(book, plan_id, price=price)
    elif price > subscription.price:
        _upgrade(book, terms, plan_id)
    else:
        book.put(replace(subscription, pending_plan_id=plan_id))


def upgrade_bill(book: Book, terms: Terms, plan_id: str) -> Bill:
    """Return the bill of an upgrade now, which is not in the book yet."""
    period = book.periods[book.subscription.period_id]
    lines = upgrade_lines(terms, period, plan_id)
    return bill_for(terms, period, kind="upgrade", plan_id=plan_id, lines=lines, territory=book.customer.territory)


def _upgrade(book: Book, terms: Terms, plan_id: str) -> None:
    bill = upgrade_bill(book, terms, plan_id)
    book.put(bill)
    attempt(book, terms, bill)


def drop_change(book: Book) -> None:
    """Stay on the present plan.

    Raises:
        SubscriptionStateError: when no change was pending.
    """
    if book.subscription.pending_plan_id is None:
        raise _wrong_state(book, "No change of plan is waiting.")
    book.put(replace(book.subscription, pending_plan_id=None))


def cancel(book: Book, terms: Terms) -> None:
    """Stop renewing: what is paid or on trial is kept to its end, anything else ends now.

    Raises:
        SubscriptionStateError: when there is nothing to cancel.
    """
    refuse_pending(book)
    subscription = book.subscription
    if subscription.state in {"trialing", "active"}:
        book.put(replace(subscription, cancel_at_period_end=True, pause_at_period_end=False, pending_plan_id=None))
    elif subscription.state in {"incomplete", "past_due", "unpaid", "paused"}:
        end(book, terms)
    else:
        raise _wrong_state(book, "There is no subscription to cancel.")


def resume(book: Book) -> None:
    """Take a cancellation back while the subscription still runs.

    Raises:
        SubscriptionStateError: when none is waiting.
    """
    if not book.subscription.cancel_at_period_end:
        raise _wrong_state(book, "No cancellation is waiting; choose a plan to begin again.")
    book.put(replace(book.subscription, cancel_at_period_end=False))


def pause(book: Book) -> None:
    """Open no period after this one, until it is taken up again.

    Raises:
        SubscriptionStateError: when the subscription is not running and paid, or is about to end.
    """
    refuse_pending(book)
    subscription = book.subscription
    if subscription.state != "active" or subscription.cancel_at_period_end:
        raise _wrong_state(book, "Only a running subscription can be paused.")
    book.put(replace(subscription, pause_at_period_end=True))


def unpause(book: Book, terms: Terms) -> None:
    """Take a paused subscription up again; a pause that has begun ends with a new period and a new anchor, now.

    Raises:
        SubscriptionStateError: when it is not paused.
    """
    refuse_pending(book)
    subscription = book.subscription
    if subscription.pause_at_period_end:
        book.put(replace(subscription, pause_at_period_end=False))
    elif subscription.state == "paused":
        fresh_period(book, terms)
    else:
        raise _wrong_state(book, "The subscription is not paused.")


def pay(book: Book, terms: Terms) -> None:
    """Try now what is owed. On hold, when the owed period is over, a new one begins instead.

    Raises:
        SubscriptionStateError: when nothing is owed.
    """
    refuse_pending(book)
    bill = book.current_bill()
    if bill is None:
        raise _wrong_state(book, "Nothing is owed.")
    if book.subscription.state == "unpaid" and book.periods[bill.period_id].ends_at <= terms.now:
        fresh_period(book, terms)
    else:
        attempt(book, terms, bill)


def retry_with_new_means(book: Book, terms: Terms) -> None:
    """Try what is owed at once, because there is a new card or new credit; what is long over waits to be asked for."""
    if book.pending() is not None:
        return
    for bill in book.open_bills():
        if book.periods[bill.period_id].ends_at > terms.now or book.subscription.state != "unpaid":
            book.put(replace(bill, next_attempt_at=terms.now))
