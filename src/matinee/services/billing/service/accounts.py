"""What identity's news mean for billing: names change, accounts close, people are forgotten."""

from msgspec.structs import replace

from matinee.contracts.identity import Account
from matinee.kit.ids import AccountId
from matinee.services.billing.book import Book
from matinee.services.billing.model import Subscription
from matinee.services.billing.ports import Payments
from matinee.services.billing.service.cashier import Cashier
from matinee.services.billing.service.choices import cancel
from matinee.services.billing.service.keeping import keep
from matinee.services.billing.service.lifecycle import end
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.store import BillingRows, BillingStore

_OVER = {"none", "canceled", "incomplete_expired"}
_EVERYTHING = 100_000


def _stop(book: Book, terms: Terms) -> None:
    """Cancel, whatever is under way: a payment that nobody decides for hours must not keep others' news waiting."""
    if book.pending() is None:
        cancel(book, terms)
    else:
        book.put(replace(book.subscription, cancel_at_period_end=True, pause_at_period_end=False))


class AccountNews:
    """Applies news of accounts; each may come more than once."""

    def __init__(self, *, store: BillingStore, cashier: Cashier, payments: Payments) -> None:
        self._store = store
        self._cashier = cashier
        self._payments = payments

    async def changed(self, account: Account) -> None:
        """Keep whom invoices are made out to; a closed account renews no more."""

        async def work(rows: BillingRows, terms: Terms) -> None:
            book = (await rows.books([account.account_id])).get(account.account_id)
            if book is None or book.customer.erased_at is not None:
                return  # an account that never came here is asked about when it does
            changed = replace(
                book.customer,
                email=account.email,
                name=account.name,
                territory=account.territory,
                language=account.language,
                time_zone=account.time_zone,
            )
            if changed != book.customer:
                book.put(changed)
            subscription = book.subscription
            running = subscription.state not in _OVER and not subscription.cancel_at_period_end
            if account.state == "closed" and running:
                _stop(book, terms)
            await keep(rows, [book], terms)

        await self._cashier.transact(work)

    async def erased(self, account_id: AccountId) -> None:
        """End everything and forget the person; what tax law has us keep stays: invoices, payments, the ledger."""
        async with self._store.reading() as rows:
            if await rows.get(Subscription, account_id) is None:
                return
            methods = list((await rows.books([account_id]))[account_id].methods.values())
        for method in methods:
            await self._payments.detach(method.method_ref)

        async def work(rows: BillingRows, terms: Terms) -> None:
            book = (await rows.books([account_id]))[account_id]
            if book.subscription.state not in _OVER:
                end(book, terms)
            book.put(replace(book.customer, email="", name="", customer_ref="", erased_at=terms.now))
            book.methods.clear()
            book.letters = []
            await keep(rows, [book], terms)
            await rows.strip(account_id)
            # An invoice must say who bought, by name; the address that it was mailed to is nobody's business any more.
            for issued in await rows.issued(account_id, limit=_EVERYTHING, after=None):
                if issued.document.customer_email:
                    await rows.put(replace(issued, document=replace(issued.document, customer_email="")))

        await self._cashier.transact(work)
