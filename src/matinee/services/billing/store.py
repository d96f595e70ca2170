"""What billing's rules need of the store."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from matinee.kit.errors import UnavailableError
from matinee.kit.ids import AccountId
from matinee.services.billing.book import Book
from matinee.services.billing.model import (
    AuditLine,
    Bill,
    Entry,
    Issued,
    Letter,
    Outgoing,
    Payment,
    Plan,
    Record,
    Refund,
)
from matinee.services.billing.ports import Invoice

R = TypeVar("R", bound=Record)


class ConflictingWriteError(UnavailableError):
    """Another transaction changed the same rows; nothing was written, and the whole of it may be tried again."""

    code = "conflicting-write"
    title = "Somebody else was faster"


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the books that does not hold. `subject` is the id that shows it."""

    invariant: str
    subject: str
    found: str


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """The sum of one ledger account in one currency."""

    ledger: str
    currency: str
    amount: int


class BillingRows(Protocol):
    """Billing's rows inside one transaction."""

    async def books(
        self,
        account_ids: Collection[AccountId],
        *,
        payments: Collection[str] = (),
        bills: Collection[str] = (),
        refunds: Collection[str] = (),
    ) -> Mapping[AccountId, Book]:
        """Return the books of known accounts, locked until the transaction ends where the engine locks.

        Args:
            payments: further payments to hold, with their bills; each belongs to one of the accounts.
            bills: further bills to hold; likewise.
            refunds: further refunds to hold, with their payments and bills; likewise.
        """
        ...

    async def keep(self, books: Collection[Book]) -> None:
        """Write what changed.

        Raises:
            ConflictingWriteError: when a subscription is not at the version that was read.
        """
        ...

    async def get(self, kind: type[R], key: str) -> R | None:
        """Return one record by its id."""
        ...

    async def add(self, records: Sequence[Record]) -> None:
        """Add new records of one kind.

        Raises:
            ConstraintError: when there is one with such an id; nothing more may be done in the transaction.
        """
        ...

    async def put(self, record: Record) -> None:
        """Replace a record by its id."""
        ...

    async def remove(self, kind: type[Record], keys: Collection[str]) -> None:
        """Remove records; idempotent."""
        ...

    async def every(self, kind: type[R], *, limit: int) -> Sequence[R]:
        """Return records of a kind by id: plans, coupons."""
        ...

    async def plans(self) -> Mapping[str, Plan]:
        """Return all plans by id."""
        ...

    async def due(self, *, now: datetime, limit: int, skipped: Collection[AccountId]) -> Sequence[AccountId]:
        """Return accounts for which time has come, longest due first."""
        ...

    async def may_claim_coupon(self, code: str, account_id: AccountId) -> bool:
        """Return whether `claim_coupon` would count a redemption now; nothing is held for the account."""
        ...

    async def claim_coupon(self, code: str, account_id: AccountId) -> bool:
        """Count a redemption; False when none is left, or the account has paid a period with it before.

        An account that claimed it for nothing, because its payment failed, may claim it again and is counted once.
        """
        ...

    async def take_gift(self, digest: str, account_id: AccountId, *, now: datetime) -> bool:
        """Mark a gift as redeemed; False when somebody was faster."""
        ...

    async def take_numbers(self, series: str, count: int) -> int:
        """Return the first of `count` consecutive numbers, from 1, that a rollback gives back."""
        ...

    async def payment_by_key(self, idempotency_key: str) -> Payment | None:
        """Return a payment by the key that the processor knows."""
        ...

    async def issued(
        self, account_id: AccountId, *, limit: int, after: tuple[datetime, str] | None
    ) -> Sequence[Issued]:
        """Return an account's invoices, newest first, after a moment and id."""
        ...

    async def documents(self, invoice_ids: Collection[str]) -> Mapping[str, Invoice]:
        """Return numbered documents by their ids: a bill's names its invoice, a refund's its credit note."""
        ...

    async def payments(self, account_id: AccountId, *, limit: int) -> Sequence[Payment]:
        """Return an account's payments, newest first."""
        ...

    async def refunds(self, account_id: AccountId, *, limit: int) -> Sequence[Refund]:
        """Return an account's refunds, newest first."""
        ...

    async def bills(self, account_id: AccountId, *, limit: int) -> Sequence[Bill]:
        """Return an account's bills, newest first."""
        ...

    async def entries(self, account_id: AccountId, *, limit: int) -> Sequence[Entry]:
        """Return an account's ledger, newest transactions first, their lines in order."""
        ...

    async def audit(self, *, limit: int, after: tuple[datetime, str] | None) -> Sequence[AuditLine]:
        """Return what staff did, newest first, after a moment and id."""
        ...

    async def outgoing(self, *, limit: int) -> Sequence[Outgoing]:
        """Return the oldest unsent events."""
        ...

    async def letters(self, *, limit: int) -> Sequence[Letter]:
        """Return the oldest unsent letters."""
        ...

    async def forget(self, *, answers_before: datetime, events_before: datetime) -> None:
        """Drop kept answers and seen webhooks that are older."""
        ...

    async def strip(self, account_id: AccountId) -> None:
        """Drop an account's unsent letters and kept answers."""
        ...

    async def balances(self) -> Sequence[Balance]:
        """Return the sums of the ledger's accounts."""
        ...

    async def violations(self, *, now: datetime, limit: int) -> Sequence[Violation]:
        """Return up to `limit` violations of each invariant."""
        ...


class BillingStore(Protocol):
    """Transactions: all of a block or, when it raises, nothing; durable when the block has ended."""

    def reading(self) -> AbstractAsyncContextManager[BillingRows]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractAsyncContextManager[BillingRows]:
        """Open a transaction that may write.

        Raises:
            ConflictingWriteError: when the engine refused the commit because of another one.
        """
        ...
