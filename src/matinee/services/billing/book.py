"""A book: all that decisions about one account need, and what they add. Rules change books, the store keeps them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from matinee.kit.ids import AccountId
from matinee.services.billing.model import (
    UNRESOLVED,
    AuditLine,
    Bill,
    Customer,
    Entry,
    Letter,
    Outgoing,
    Payment,
    PaymentMethod,
    Period,
    Record,
    Refund,
    Subscription,
)
from matinee.services.billing.ports import Invoice, Notice

_KEYS: dict[type[Record], str] = {
    Period: "period_id",
    Bill: "bill_id",
    Payment: "payment_id",
    Refund: "refund_id",
}


@dataclass(frozen=True)
class DraftInvoice:
    """An invoice that gets its number when the book is kept, and the notice that carries it to the member, if any."""

    invoice: Invoice
    bill_id: str
    notice: Notice | None


@dataclass
class Book:
    """One account inside a transaction.

    Attributes:
        periods, bills, payments, refunds: those still open, and whichever else a decision asked for, by their ids.
        methods: all of the account's.
        entries, drafts, letters, outgoing, audit: what is added.
    """

    customer: Customer
    subscription: Subscription
    periods: dict[str, Period] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    methods: dict[str, PaymentMethod] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    drafts: list[DraftInvoice] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    audit: list[AuditLine] = field(default_factory=list)
    kept: dict[str, dict[str, Record]] = field(default_factory=dict)

    @property
    def account_id(self) -> AccountId:
        """Whose book it is."""
        return self.subscription.account_id

    def groups(self) -> dict[str, dict[str, Any]]:
        """Return the records that can change, by table and id."""
        return {
            "customers": {self.account_id: self.customer},
            "subscriptions": {self.account_id: self.subscription},
            "periods": self.periods,
            "bills": self.bills,
            "payments": self.payments,
            "refunds": self.refunds,
            "methods": self.methods,
        }

    def remember(self) -> None:
        """Take what is here now for what is stored, so that only later changes are written."""
        self.kept = {name: dict(records) for name, records in self.groups().items()}

    def stored_subscription(self) -> Subscription | None:
        """Return the subscription as it is stored."""
        found = self.kept.get("subscriptions", {}).get(self.account_id)
        return found if isinstance(found, Subscription) else None

    def changed(self) -> bool:
        """Return whether there is anything to write."""
        added = self.entries or self.drafts or self.letters or self.outgoing or self.audit
        return bool(added) or any(
            len(records) != len(self.kept.get(name, {}))
            or any(self.kept.get(name, {}).get(key) is not record for key, record in records.items())
            for name, records in self.groups().items()
        )

    def put(self, *records: Record) -> None:
        """Add records or replace those of the same id; TypeError for one that books do not hold."""
        for record in records:
            if isinstance(record, Subscription):
                self.subscription = record
            elif isinstance(record, Customer):
                self.customer = record
            elif isinstance(record, PaymentMethod):
                self.methods[record.method_id] = record
            else:
                self._put(record)

    def _put(self, record: Record) -> None:
        for kind, key in _KEYS.items():
            if isinstance(record, kind):
                held: dict[str, Any] = getattr(self, f"{kind.__name__.lower()}s")
                held[getattr(record, key)] = record
                return
        raise TypeError(f"A book does not hold a {type(record).__name__}.")

    def pending(self) -> Payment | None:
        """Return the payment whose outcome is not known; there is at most one, which is what serialises an account."""
        return next((one for one in self.payments.values() if one.state in UNRESOLVED), None)

    def open_bills(self) -> list[Bill]:
        """Return open bills, the latest period's first: it decides the state."""
        bills = [bill for bill in self.bills.values() if bill.state == "open"]
        return sorted(bills, key=lambda bill: self.periods[bill.period_id].starts_at, reverse=True)

    def current_bill(self) -> Bill | None:
        """Return the open bill of the latest period, of the period itself."""
        latest = self.subscription.period_id
        return next((b for b in self.open_bills() if b.period_id == latest and b.kind == "period"), None)

    def preferred_method(self) -> PaymentMethod | None:
        """Return the method to charge."""
        return next((method for method in self.methods.values() if method.preferred), None)


def remembered(books: Iterable[Book]) -> list[Book]:
    """Return books whose contents count as stored."""
    all_books = list(books)
    for book in all_books:
        book.remember()
    return all_books
