"""The ledger: what each happening posts. Debits positive, credits negative, every transaction balanced."""

from collections.abc import Mapping

from matinee.services.billing.book import Book
from matinee.services.billing.model import Account, Bill, Entry, Refund
from matinee.services.billing.service.errors import UnbalancedError
from matinee.services.billing.service.terms import Terms


def post(
    book: Book, terms: Terms, *, cause: str, currency: str, amounts: Mapping[Account, int], bill_id: str = ""
) -> None:
    """Add a transaction to the book; lines of zero are left out.

    Raises:
        UnbalancedError: when the amounts do not sum to zero.
    """
    if sum(amounts.values()):
        raise UnbalancedError("A ledger transaction does not balance.", cause=cause, bill_id=bill_id)
    transaction_id = terms.ids.new()
    lines = [(ledger, amount) for ledger, amount in amounts.items() if amount]
    book.entries.extend(
        Entry(
            transaction_id=transaction_id,
            line=number,
            account_id=book.account_id,
            ledger=ledger,
            currency=currency,
            amount=amount,
            cause=cause,
            bill_id=bill_id,
            at=terms.now,
        )
        for number, (ledger, amount) in enumerate(lines, start=1)
    )


def post_held(book: Book, terms: Terms, bill: Bill, *, gift: int, credit: int) -> None:
    """Post that gift and credit are set aside for a bill; negative amounts give them back."""
    amounts: dict[Account, int] = {"gift": gift, "credit": credit, "held": -gift - credit}
    post(book, terms, cause="held", currency=bill.currency, amounts=amounts, bill_id=bill.bill_id)


def post_settled(book: Book, terms: Terms, bill: Bill) -> None:
    """Post a bill's revenue and tax, and how it was paid."""
    net = bill.total - bill.tax
    earned: dict[Account, int] = {
        "receivable": bill.total,
        "discounts": bill.discount,
        "tax": -bill.tax,
        "revenue": -net - bill.discount,
    }
    post(book, terms, cause=f"{bill.kind}-earned", currency=bill.currency, amounts=earned, bill_id=bill.bill_id)
    paid: dict[Account, int] = {
        "held": bill.gift_part + bill.credit_part,
        "cash": bill.card_part,
        "receivable": -bill.total,
    }
    post(book, terms, cause=f"{bill.kind}-paid", currency=bill.currency, amounts=paid, bill_id=bill.bill_id)


def post_refunded(book: Book, terms: Terms, refund: Refund) -> None:
    """Post money given back, as the reverse of what it was taken for."""
    amounts = _refunded(refund)
    post(book, terms, cause="refunded", currency=refund.currency, amounts=amounts, bill_id=refund.bill_id)


def post_refund_failed(book: Book, terms: Terms, refund: Refund) -> None:
    """Post that money given back has come back: the reverse of what `post_refunded` posted."""
    amounts = {ledger: -amount for ledger, amount in _refunded(refund).items()}
    post(book, terms, cause="refund-failed", currency=refund.currency, amounts=amounts, bill_id=refund.bill_id)


def _refunded(refund: Refund) -> dict[Account, int]:
    if refund.surplus:
        return {"surplus": refund.amount, "cash": -refund.amount}
    return {"refunds": refund.amount - refund.tax_part, "tax": refund.tax_part, "cash": -refund.amount}
