"""What time does to a subscription. `advance` brings a book up to date; `schedule` says when to look again."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from matinee.contracts.billing import SubscriptionState
from matinee.services.billing.book import Book
from matinee.services.billing.service.attempts import attempt
from matinee.services.billing.service.bills import close
from matinee.services.billing.service.letters import tell
from matinee.services.billing.service.periods import first_period, next_period
from matinee.services.billing.service.terms import Terms

_MOST_STEPS = 64
Step = Callable[[Book, Terms], bool]


def advance(book: Book, terms: Terms) -> None:
    """Do all that is due, until nothing is or a payment's outcome is needed first."""
    for _ in range(_MOST_STEPS):
        if book.pending() is not None or not _step(book, terms):
            break


def schedule(book: Book, terms: Terms) -> None:
    """Note when time will next change something."""
    moments = [moment for moment in _moments(book, terms) if moment is not None]
    due = min(moments, default=None)
    if due != book.subscription.next_action_at:
        book.put(replace(book.subscription, next_action_at=due))


def _moments(book: Book, terms: Terms) -> Iterator[datetime | None]:
    yield from (refund.ask_at for refund in book.refunds.values())
    yield from (payment.ask_at for payment in book.payments.values() if payment.state == "abandoned")
    if (pending := book.pending()) is not None:
        yield pending.ask_at
        return
    subscription = book.subscription
    match subscription.state:
        case "incomplete":
            yield _expiry(book, terms)
        case "trialing":
            yield subscription.trial_ends_at
            yield _trial_notice(book, terms)
        case "active":
            yield subscription.period_end
        case "past_due":
            yield subscription.period_end
            yield subscription.grace_until
        case "unpaid":
            yield subscription.hold_until
    yield from (bill.next_attempt_at for bill in book.open_bills())


def _expiry(book: Book, terms: Terms) -> datetime | None:
    started = book.subscription.started_at
    return None if started is None else started + timedelta(hours=terms.settings.incomplete_hours)


def _trial_notice(book: Book, terms: Terms) -> datetime | None:
    ends = book.subscription.trial_ends_at
    if ends is None or book.subscription.trial_noticed or not terms.settings.trial_notice_days:
        return None
    return ends - timedelta(days=terms.settings.trial_notice_days)


def _reached(moment: datetime | None, terms: Terms) -> bool:
    return moment is not None and moment <= terms.now


def _step(book: Book, terms: Terms) -> bool:
    """Do one due thing; return whether there was one."""
    steps: dict[SubscriptionState, Step] = {
        "incomplete": _incomplete,
        "trialing": _trialing,
        "active": _active,
        "past_due": _past_due,
        "unpaid": _unpaid,
    }
    step = steps.get(book.subscription.state)
    return (step is not None and step(book, terms)) or _retry(book, terms)


def _retry(book: Book, terms: Terms) -> bool:
    due = next((bill for bill in book.open_bills() if _reached(bill.next_attempt_at, terms)), None)
    if due is None:
        return False
    attempt(book, terms, due)
    return True


def _incomplete(book: Book, terms: Terms) -> bool:
    if not _reached(_expiry(book, terms), terms):
        return False
    _close_all(book, terms)
    book.put(replace(book.subscription, state="incomplete_expired"))
    return True


def _trialing(book: Book, terms: Terms) -> bool:
    subscription = book.subscription
    if _reached(subscription.trial_ends_at, terms) and subscription.trial_ends_at is not None:
        if subscription.cancel_at_period_end:
            end(book, terms)
        else:
            first_period(book, terms, subscription.trial_ends_at)
        return True
    if not _reached(_trial_notice(book, terms), terms):
        return False
    if not subscription.cancel_at_period_end:
        tell(
            book,
            terms,
            "trial-ending",
            amount=terms.price(subscription.plan_id, subscription.currency),
            at=subscription.trial_ends_at,
        )
    book.put(replace(subscription, trial_noticed=True))
    return True


def _active(book: Book, terms: Terms) -> bool:
    subscription = book.subscription
    if not _reached(subscription.period_end, terms):
        return False
    if subscription.cancel_at_period_end:
        end(book, terms)
    elif subscription.pause_at_period_end:
        book.put(replace(subscription, state="paused", pause_at_period_end=False))
    else:
        next_period(book, terms)
    return True


def _past_due(book: Book, terms: Terms) -> bool:
    subscription = book.subscription
    if _reached(subscription.grace_until, terms):
        _hold(book, terms)
        return True
    if not _reached(subscription.period_end, terms):
        return False
    if subscription.cancel_at_period_end:
        end(book, terms)
    else:
        next_period(book, terms)
    return True


def _hold(book: Book, terms: Terms) -> None:
    for bill in book.open_bills():
        if bill.period_id == book.subscription.period_id:
            book.put(replace(bill, next_attempt_at=None))
        else:
            close(book, terms, bill, "uncollectible")
    book.put(
        replace(
            book.subscription,
            state="unpaid",
            grace_until=None,
            hold_until=terms.now + timedelta(days=terms.settings.hold_days),
        )
    )
    tell(book, terms, "on-hold", at=book.subscription.hold_until)


def _unpaid(book: Book, terms: Terms) -> bool:
    if not _reached(book.subscription.hold_until, terms):
        return False
    end(book, terms)
    return True


def end(book: Book, terms: Terms) -> None:
    """End a subscription now; what is still owed is given up."""
    _close_all(book, terms)
    book.put(
        replace(
            book.subscription,
            state="canceled",
            pending_plan_id=None,
            cancel_at_period_end=False,
            pause_at_period_end=False,
            past_due_since=None,
            grace_until=None,
            hold_until=None,
            discount=None,
        )
    )
    tell(book, terms, "canceled", at=terms.now)


def _close_all(book: Book, terms: Terms) -> None:
    for bill in book.open_bills():
        close(book, terms, bill, "uncollectible")
