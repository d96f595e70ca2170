"""Members' requests: each decided in one transaction, answered once, and its payment asked for afterwards."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from matinee.contracts.identity import Identity
from matinee.engines.relational import ConstraintError
from matinee.kit.ids import AccountId
from matinee.services.billing.book import Book
from matinee.services.billing.model import UNRESOLVED, Answer, Customer, Payment, Subscription
from matinee.services.billing.service.cashier import Call, Cashier, outcome_of
from matinee.services.billing.service.errors import KeyReusedError, PaymentDeclinedError, RequestOpenError
from matinee.services.billing.service.keeping import keep
from matinee.services.billing.service.lifecycle import advance
from matinee.services.billing.service.outcomes import Done, Outcome, Refused
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.service.views import subscription_view
from matinee.services.billing.store import BillingRows, BillingStore

T = TypeVar("T")
_MOST_MET = 10_000
Change = Callable[[BillingRows, Book, Terms], Awaitable[None]]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which request of whom.

    Attributes:
        route: names the operation, with the ids in its path.
        key: the Idempotency-Key, empty for none; then every request is new.
        body: what was sent, to tell a repeat from another request.
    """

    account_id: AccountId
    route: str
    key: str
    body: bytes = b""

    @property
    def answer_id(self) -> str:
        """The name that the answer is kept under; empty when it is not."""
        if not self.key:
            return ""
        return hashlib.sha256("\0".join((self.account_id, self.route, self.key)).encode()).hexdigest()

    @property
    def digest(self) -> str:
        """What tells bodies apart."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class _Turn(Generic[T]):
    """What a transaction came to: an answer, or a payment that it depends on; and calls to make."""

    answer: T | None
    payment_id: str
    calls: list[Call]


class Desk:
    """Decides requests about one account.

    Args:
        identity: asked once for an account that billing has not met.
    """

    def __init__(self, *, store: BillingStore, cashier: Cashier, identity: Identity) -> None:
        self._store = store
        self.cashier = cashier
        self._identity = identity
        # Books are never removed, so whoever was met once needs no second look.
        self._met: OrderedDict[AccountId, None] = OrderedDict()

    async def meet(self, account_id: AccountId) -> None:
        """Make sure that there is a book for an account.

        Raises:
            AccountNotFoundError: when identity does not know it either.
        """
        if account_id in self._met:
            return
        async with self._store.reading() as rows:
            if await rows.get(Subscription, account_id) is not None:
                self._remember(account_id)
                return
        account = await self._identity.account(account_id=account_id)
        customer = Customer(
            account_id=account_id,
            email=account.email,
            name=account.name,
            territory=account.territory,
            language=account.language,
            time_zone=account.time_zone,
        )
        await self.enrol(customer)
        self._remember(account_id)

    def _remember(self, account_id: AccountId) -> None:
        self._met[account_id] = None
        if len(self._met) > _MOST_MET:
            self._met.popitem(last=False)

    async def enrol(self, customer: Customer) -> None:
        """Add an account without a subscription; idempotent."""
        try:
            async with self._store.writing() as rows:
                await rows.add([customer])
                await rows.add([Subscription(account_id=customer.account_id, time_zone=customer.time_zone)])
        except ConstraintError:
            return  # somebody else met it in the same moment

    async def read(self, account_id: AccountId, view: Callable[[Book, Terms], T]) -> T:
        """Return a view of an account's book."""
        await self.meet(account_id)
        async with self._store.reading() as rows:
            book = (await rows.books([account_id]))[account_id]
            return view(book, await self.cashier.terms(rows))

    async def choose(self, asked: Asked, change: Change) -> Outcome:
        """Change a subscription, get the money that this needs, and say what it came to.

        Raises:
            PaymentDeclinedError: when the bank said no; that answer is kept, too.
            RequestOpenError: when the first request with this key is not answered yet.
            KeyReusedError: when the key was another request's.
        """
        await self.meet(asked.account_id)

        async def work(rows: BillingRows, terms: Terms) -> _Turn[Outcome]:
            if (kept := await self._kept(rows, asked)) is not None:
                return await self._replayed(rows, kept, terms)
            book, payment, calls = await self._decide(rows, asked, terms, change)
            answer = Done(view=subscription_view(book, terms)) if payment is None else None
            await self._note(rows, asked, answer, payment, terms)
            return _Turn(answer, "" if payment is None else payment.payment_id, calls)

        turn = await self.cashier.transact(work)
        outcomes = await self.cashier.call(turn.calls)
        outcome = turn.answer or outcomes.get(turn.payment_id)
        outcome = outcome or await self._outcome(asked.account_id, turn.payment_id)
        if isinstance(outcome, Refused):
            raise PaymentDeclinedError(_refusal(outcome), decline_code=outcome.decline_code, hard=outcome.hard)
        return outcome

    async def perform(
        self, asked: Asked, kind: type[T], change: Callable[[BillingRows, Book, Terms], Awaitable[T]]
    ) -> T:
        """Change an account and answer with what `change` returned; payments that follow from it are made, too.

        Raises:
            KeyReusedError: when the key was another request's.
        """
        await self.meet(asked.account_id)
        results: list[T] = []

        async def remembered(rows: BillingRows, book: Book, terms: Terms) -> None:
            results.append(await change(rows, book, terms))

        async def work(rows: BillingRows, terms: Terms) -> _Turn[T]:
            results.clear()
            if (kept := await self._kept(rows, asked)) is not None:
                return _Turn(msgspec.json.decode(kept.outcome, type=kind), "", [])
            _, _, calls = await self._decide(rows, asked, terms, remembered)
            await self._note(rows, asked, results[0], None, terms)
            return _Turn(results[0], "", calls)

        turn = await self.cashier.transact(work)
        await self.cashier.call(turn.calls)
        if turn.answer is None:
            raise RequestOpenError("The first request with this key is still under way.", retry_after_seconds=5)
        return turn.answer

    async def customer_of_new(self, asked: Asked) -> Customer | None:
        """Return whose request it is; None when it was met before, so that nothing outside is done for it again."""
        await self.meet(asked.account_id)
        async with self._store.reading() as rows:
            if await self._kept(rows, asked) is not None:
                return None
            return await rows.get(Customer, asked.account_id)

    async def _decide(
        self, rows: BillingRows, asked: Asked, terms: Terms, change: Change
    ) -> tuple[Book, Payment | None, list[Call]]:
        """Apply a change and what follows at once; return the payment that this request began, if any."""
        book = (await rows.books([asked.account_id]))[asked.account_id]
        before = book.pending()
        await change(rows, book, terms)
        advance(book, terms)
        await keep(rows, [book], terms)
        payment = book.pending()
        new = payment if before is None else None
        if new is None:
            return book, None, self.cashier.calls_for(book, terms)
        answer_id, awaited = asked.answer_id, new.payment_id
        return book, new, self.cashier.calls_for(book, terms, answer_id=answer_id, awaited=awaited)

    async def _kept(self, rows: BillingRows, asked: Asked) -> Answer | None:
        if not asked.key:
            return None
        kept = await rows.get(Answer, asked.answer_id)
        if kept is not None and kept.body_digest != asked.digest:
            raise KeyReusedError("This Idempotency-Key was used for another request; take a new one.")
        return kept

    async def _note(
        self, rows: BillingRows, asked: Asked, answer: object | None, payment: Payment | None, terms: Terms
    ) -> None:
        if not asked.key:
            return
        note = Answer(
            answer_id=asked.answer_id,
            account_id=asked.account_id,
            body_digest=asked.digest,
            payment_id="" if payment is None else payment.payment_id,
            outcome=b"" if answer is None else msgspec.json.encode(answer),
            at=terms.now,
        )
        await rows.add([note])

    async def _replayed(self, rows: BillingRows, kept: Answer, terms: Terms) -> _Turn[Outcome]:
        """Return the first answer; when its payment was left behind by a crash, ask about that."""
        if kept.outcome:
            outcome: Outcome = msgspec.json.decode(kept.outcome, type=Outcome)
            return _Turn(outcome, "", [])
        books = await rows.books([kept.account_id], payments=[kept.payment_id])
        book = books[kept.account_id]
        calls = self.cashier.calls_for(book, terms, answer_id=kept.answer_id)
        if book.payments[kept.payment_id].state in UNRESOLVED and not calls:
            raise RequestOpenError("The first request with this key is still under way.", retry_after_seconds=5)
        return _Turn(None, kept.payment_id, calls)

    async def _outcome(self, account_id: AccountId, payment_id: str) -> Outcome:
        async with self._store.reading() as rows:
            book = (await rows.books([account_id], payments=[payment_id]))[account_id]
            return outcome_of(book, await self.cashier.terms(rows), book.payments[payment_id])


def _refusal(outcome: Refused) -> str:
    if outcome.hard:
        return "The bank declined this payment and will go on doing so; use another payment method."
    return "The bank declined this payment; try again later or use another payment method."
