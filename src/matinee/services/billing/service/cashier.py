"""Where rules and processor meet: nothing is asked of the processor inside a transaction, nothing before it is noted.

A payment is committed as `started`, then the processor is asked, then the answer is recorded with its entries, the
paid-through date and the invoice in one transaction. Whoever dies in between leaves a `started` payment behind, which
is asked about by its key until its outcome is known.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import msgspec
import structlog
from msgspec.structs import replace

from matinee.contracts.billing import PaymentProviderError
from matinee.engines.conflicts import retrying
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError, UnavailableError
from matinee.kit.ids import AccountId, Ids
from matinee.services.billing.book import Book
from matinee.services.billing.model import UNRESOLVED, Answer, Payment, Refund
from matinee.services.billing.ports import (
    Challenged,
    ChargeRequest,
    ChargeResult,
    Invoice,
    Payments,
    Pending,
    RefundRequest,
    RefundResult,
    Unknown,
)
from matinee.services.billing.service.attempts import abandon, record, request_of
from matinee.services.billing.service.keeping import keep
from matinee.services.billing.service.outcomes import Done, Outcome, Refused, Waiting
from matinee.services.billing.service.refunds import record_refund, refund_request
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.service.views import subscription_view
from matinee.services.billing.settings import BillingSettings
from matinee.services.billing.store import BillingRows, BillingStore, ConflictingWriteError

T = TypeVar("T")
_log = structlog.get_logger()


@dataclass(frozen=True)
class Charge:
    """A payment that the processor is to be asked for.

    Attributes:
        sent: `never` when nobody can have asked yet, `perhaps` when somebody may, `long-ago` when the processor may
            have forgotten the key, so that it is not asked for money again.
        answer_id: of the request that waits for it, or empty.
        awaited: whether somebody wants the outcome back.
    """

    account_id: AccountId
    payment_id: str
    request: ChargeRequest
    sent: str
    answer_id: str = ""
    awaited: bool = False


@dataclass(frozen=True)
class Return:
    """A refund that the processor is to be asked for, or asked about.

    Attributes:
        refund_ref: the processor's name of it, which it is asked about by; empty when it may never have heard of it.
    """

    account_id: AccountId
    refund_id: str
    request: RefundRequest
    refund_ref: str


Call = Charge | Return
Verdict = tuple[Call, ChargeResult | RefundResult | None]


def outcome_of(book: Book, terms: Terms, payment: Payment) -> Outcome:
    """Return what a request comes to whose payment this is."""
    if payment.state in UNRESOLVED:
        return Waiting(payment_id=payment.payment_id, challenge_url=payment.challenge_url)
    if payment.state == "succeeded":
        return Done(view=subscription_view(book, terms))
    return Refused(decline_code=payment.decline_code or "declined", hard=payment.hard)


class Cashier:
    """Runs transactions, calls the processor, records what it says.

    Args:
        wake: set after a commit that may have left events or letters to send.
    """

    def __init__(
        self,
        *,
        store: BillingStore,
        payments: Payments,
        clock: Clock,
        ids: Ids,
        settings: BillingSettings,
        wake: asyncio.Event,
    ) -> None:
        self._store = store
        self._payments = payments
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._wake = wake
        self._free = asyncio.Semaphore(settings.charges_at_once)

    async def terms(self, rows: BillingRows) -> Terms:
        """Return the terms of a decision made now."""
        return Terms(now=self._clock.now(), plans=await rows.plans(), settings=self._settings, ids=self._ids)

    async def transact(self, work: Callable[[BillingRows, Terms], Awaitable[T]]) -> T:
        """Return what `work` does in one transaction, which is tried again when another one was faster."""

        async def once() -> T:
            async with self._store.writing() as rows:
                return await work(rows, await self.terms(rows))

        result = await retrying(once, on=ConflictingWriteError)
        self._wake.set()
        return result

    def calls_for(self, book: Book, terms: Terms, *, answer_id: str = "", awaited: str = "") -> list[Call]:
        """Return what the processor is to be asked about a kept book: what is new, and what is due.

        Args:
            answer_id: of the request whose answer depends on it.
            awaited: the payment whose outcome is wanted back.
        """
        calls: list[Call] = []
        for payment in book.payments.values():
            if payment.state in {*UNRESOLVED, "abandoned"} and _due(payment, terms):
                sent = self._sent(payment, terms)
                request, waits = request_of(book, payment), payment.payment_id == awaited
                calls.append(Charge(book.account_id, payment.payment_id, request, sent, answer_id, waits))
        return calls + [
            Return(book.account_id, refund.refund_id, refund_request(book, refund), refund.processor_ref)
            for refund in book.refunds.values()
            if (refund.state == "started" and refund.started_at == terms.now) or _reached(refund, terms)
        ]

    def _sent(self, payment: Payment, terms: Terms) -> str:
        if payment.state == "abandoned":
            return "long-ago"
        if payment.started_at == terms.now:
            return "never"
        old = payment.started_at + timedelta(hours=self._settings.repeat_hours) <= terms.now
        return "long-ago" if old else "perhaps"

    async def call(self, calls: Iterable[Call]) -> dict[str, Outcome]:
        """Ask the processor, several at once, and record all answers in one transaction.

        Returns:
            The outcomes of awaited payments, by their ids; one that could not be recorded is missing.
        """
        wanted = list(calls)
        if not wanted:
            return {}
        answers = await asyncio.gather(*(self._ask(call) for call in wanted))
        verdicts = list(zip(wanted, answers, strict=True))
        try:
            return await self._record(verdicts)
        except UnavailableError:
            raise
        except MatineeError as error:
            # One account's trouble must not keep the others' answers from being recorded.
            _log.error("record_failed", code=error.code, exc_info=error)
            return await self._record_singly(verdicts)

    async def _record_singly(self, verdicts: Sequence[Verdict]) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        for verdict in verdicts:
            try:
                outcomes.update(await self._record([verdict]))
            except MatineeError as error:
                _log.error("record_failed", code=error.code, account_id=verdict[0].account_id, exc_info=error)
        return outcomes

    async def _ask(self, call: Call) -> ChargeResult | RefundResult | None:
        # Whoever waits for an answer does not queue behind a batch of renewals.
        turn = nullcontext() if isinstance(call, Charge) and call.awaited else self._free
        try:
            async with turn, asyncio.timeout(self._settings.charge_seconds):
                return await (self._ask_refund(call) if isinstance(call, Return) else self._ask_charge(call))
        except (TimeoutError, PaymentProviderError) as error:
            _log.warning("payment_unknown", account_id=call.account_id, why=type(error).__name__)
            return Unknown()

    async def _ask_charge(self, call: Charge) -> ChargeResult | None:
        if call.sent != "never":
            known = await self._payments.find(call.request.idempotency_key)
            if known is not None or call.sent == "long-ago":
                return known
        # Under the same key the processor takes money once, even if an earlier request is still on its way.
        return await self._payments.charge(call.request)

    async def _ask_refund(self, call: Return) -> RefundResult:
        if call.refund_ref:
            return await self._payments.find_refund(call.refund_ref)
        return await self._payments.refund(call.request)

    async def _record(self, verdicts: Sequence[Verdict]) -> dict[str, Outcome]:
        async def work(rows: BillingRows, terms: Terms) -> dict[str, Outcome]:
            account_ids = {call.account_id for call, _ in verdicts}
            payment_ids = {call.payment_id for call, _ in verdicts if isinstance(call, Charge)}
            books = await rows.books(account_ids, payments=payment_ids)
            documents = await self._documents(rows, books.values(), verdicts)
            for call, result in verdicts:
                book = books[call.account_id]
                if isinstance(call, Charge):
                    record_verdict(book, terms, book.payments[call.payment_id], result)
                elif (refund := book.refunds.get(call.refund_id)) is not None:
                    record_return(book, terms, refund, result, documents)
            await keep(rows, books.values(), terms)
            return await _awaited(rows, books, terms, verdicts)

        return await self.transact(work)

    async def _documents(
        self, rows: BillingRows, books: Iterable[Book], verdicts: Sequence[Verdict]
    ) -> Mapping[str, Invoice]:
        if not any(isinstance(call, Return) for call, _ in verdicts):
            return {}
        return await documents_of(rows, [refund for book in books for refund in book.refunds.values()])


async def documents_of(rows: BillingRows, refunds: Iterable[Refund]) -> Mapping[str, Invoice]:
    """Return the invoices that refunds are about, and the credit notes that they have, by the ids of either."""
    return await rows.documents([document for one in refunds for document in (one.bill_id, one.refund_id)])


def record_verdict(book: Book, terms: Terms, payment: Payment, result: ChargeResult | RefundResult | None) -> None:
    """Take an answer about a payment; None says that the processor never saw it and nobody will ask it again."""
    if result is not None:
        record(book, terms, payment, Unknown() if isinstance(result, Pending) else result)
    elif payment.state in UNRESOLVED:
        abandon(book, terms, payment, "never-arrived")
    else:
        record(book, terms, payment, Unknown())


def record_return(
    book: Book,
    terms: Terms,
    refund: Refund,
    result: ChargeResult | RefundResult | None,
    documents: Mapping[str, Invoice],
) -> None:
    """Take an answer about a refund; one that is none counts as unknown.

    Args:
        documents: from `documents_of`.
    """
    given: RefundResult = Unknown() if result is None or isinstance(result, Challenged) else result
    record_refund(book, terms, refund, given, documents=documents)


async def _awaited(
    rows: BillingRows, books: Mapping[AccountId, Book], terms: Terms, verdicts: Sequence[Verdict]
) -> dict[str, Outcome]:
    """Return the outcomes that somebody waits for, and keep them as the answers of their requests."""
    outcomes: dict[str, Outcome] = {}
    for call, _ in verdicts:
        if isinstance(call, Charge) and (call.awaited or call.answer_id):
            book = books[call.account_id]
            outcome = outcome_of(book, terms, book.payments[call.payment_id])
            outcomes[call.payment_id] = outcome
            kept = await rows.get(Answer, call.answer_id) if call.answer_id else None
            if kept is not None and not kept.outcome and _tells(outcome):
                await rows.put(replace(kept, outcome=msgspec.json.encode(outcome)))
    return outcomes


def _tells(outcome: Outcome) -> bool:
    """Return whether an outcome is an answer to keep; that nobody knows yet is none."""
    return not isinstance(outcome, Waiting) or bool(outcome.challenge_url)


def _due(payment: Payment, terms: Terms) -> bool:
    new = payment.started_at == terms.now and payment.state in UNRESOLVED
    return new or (payment.ask_at is not None and payment.ask_at <= terms.now)


def _reached(refund: Refund, terms: Terms) -> bool:
    return refund.ask_at is not None and refund.ask_at <= terms.now
