"""Gift and credit: what members have before their card is asked."""

import hashlib

from msgspec.structs import replace

from matinee.services.billing.book import Book
from matinee.services.billing.model import Account, Gift
from matinee.services.billing.service.errors import CurrencyError, GiftNotFoundError, GiftTakenError
from matinee.services.billing.service.ledger import post
from matinee.services.billing.service.terms import Terms

_ENDED = {"none", "canceled", "incomplete_expired"}


def gift_digest(code: str) -> str:
    """Return what is kept of a gift code; case, spaces and dashes do not matter."""
    return hashlib.sha256(code.upper().replace("-", "").replace(" ", "").encode()).hexdigest()


def check_gift(gift: Gift | None, terms: Terms) -> Gift:
    """Return a gift that can be redeemed.

    Raises:
        GiftNotFoundError: when there is none, or it is over.
        GiftTakenError: when somebody has redeemed it.
    """
    if gift is None or (gift.expires_at is not None and gift.expires_at <= terms.now):
        raise GiftNotFoundError("This gift code is not known, or it is over; check the letters.")
    if gift.redeemed_by is not None:
        raise GiftTakenError("This gift code has been redeemed already.")
    return gift


def _settle_currency(book: Book, currency: str) -> None:
    subscription = book.subscription
    free = subscription.state in _ENDED and not (subscription.gift_balance or subscription.credit_balance)
    if not free and subscription.currency != currency:
        raise CurrencyError(f"The account keeps {subscription.currency}.", currency=subscription.currency)
    book.put(replace(subscription, currency=currency))


def redeem(book: Book, terms: Terms, gift: Gift) -> None:
    """Add a gift to the balance.

    Raises:
        CurrencyError: when the account keeps another currency.
    """
    _settle_currency(book, gift.currency)
    book.put(replace(book.subscription, gift_balance=book.subscription.gift_balance + gift.amount))
    amounts: dict[Account, int] = {"gifts-issued": gift.amount, "gift": -gift.amount}
    post(book, terms, cause="gift-redeemed", currency=gift.currency, amounts=amounts)


def grant_credit(book: Book, terms: Terms, *, amount: int, currency: str) -> None:
    """Add goodwill to the credit balance.

    Raises:
        CurrencyError: when the account keeps another currency.
    """
    _settle_currency(book, currency)
    book.put(replace(book.subscription, credit_balance=book.subscription.credit_balance + amount))
    post(book, terms, cause="credit-granted", currency=currency, amounts={"discounts": amount, "credit": -amount})
