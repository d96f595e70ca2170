"""What members are told by letter."""

from datetime import datetime

from matinee.services.billing.book import Book
from matinee.services.billing.model import Letter
from matinee.services.billing.ports import Notice, NoticeKind
from matinee.services.billing.service.terms import Terms


def notice(
    book: Book,
    terms: Terms,
    kind: NoticeKind,
    *,
    amount: int = 0,
    currency: str = "",
    at: datetime | None = None,
    decline_code: str = "",
) -> Notice | None:
    """Return a notice to the account's address; None when it has none any more."""
    customer = book.customer
    if not customer.email:
        return None
    plan = terms.plans.get(book.subscription.plan_id)
    return Notice(
        notice_id=terms.ids.new(),
        kind=kind,
        to=customer.email,
        name=customer.name,
        language=customer.language,
        time_zone=book.subscription.time_zone,
        plan_name="" if plan is None else plan.name,
        amount=amount,
        currency=currency or book.subscription.currency,
        at=at,
        decline_code=decline_code,
    )


def tell(
    book: Book,
    terms: Terms,
    kind: NoticeKind,
    *,
    amount: int = 0,
    at: datetime | None = None,
    decline_code: str = "",
) -> None:
    """Add a letter to the book."""
    told = notice(book, terms, kind, amount=amount, at=at, decline_code=decline_code)
    if told is not None:
        book.letters.append(
            Letter(letter_id=told.notice_id, account_id=book.account_id, notice=told, created_at=terms.now)
        )
