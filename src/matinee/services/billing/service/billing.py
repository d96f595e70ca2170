"""The contract of billing, and what members may ask for."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict, replace

from matinee.contracts.billing import Entitlement
from matinee.kit.clock import Clock
from matinee.kit.cursors import CursorError, Cursors
from matinee.kit.ids import AccountId, Ids
from matinee.services.billing.book import Book
from matinee.services.billing.model import (
    Coupon,
    Discount,
    Gift,
    Issued,
    Payment,
    PaymentMethod,
    Refund,
    SeenEvent,
    Subscription,
)
from matinee.services.billing.ports import AttachRequest, Invoice, Method, Payments, ProviderEvent, ProviderView
from matinee.services.billing.service.balances import check_gift, gift_digest, redeem
from matinee.services.billing.service.cashier import Cashier, documents_of, record_return, record_verdict
from matinee.services.billing.service.choices import (
    cancel,
    change_plan,
    discount_of,
    drop_change,
    pause,
    pay,
    refuse_pending,
    resume,
    retry_with_new_means,
    subscribe,
    unpause,
)
from matinee.services.billing.service.desk import Asked, Desk
from matinee.services.billing.service.entitlements import entitlement_of
from matinee.services.billing.service.errors import (
    CouponNotFoundError,
    CouponUsedUpError,
    GiftTakenError,
    InvoiceNotFoundError,
    MethodInUseError,
    MethodNotFoundError,
)
from matinee.services.billing.service.keeping import keep
from matinee.services.billing.service.outcomes import MethodView, Outcome, PlanView, Quote, SubscriptionView
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.service.views import method_view, plan_view, quote, subscription_view
from matinee.services.billing.store import BillingRows, BillingStore

MAX_PAGE = 100
MAX_METHODS = 5
_NOTHING_AT_STAKE = {"none", "canceled", "incomplete_expired"}
_USED_UP = "All redemptions of this coupon are gone, or you have used it before."
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}")


class BillingService:
    """Implements `contracts.billing.Billing` and `ports.ProviderEvents`.

    Args:
        desk: decides requests.
        payments: keeps and forgets payment methods, and says where pages get tokens.
    """

    def __init__(
        self, *, store: BillingStore, desk: Desk, payments: Payments, cursors: Cursors, clock: Clock, ids: Ids
    ) -> None:
        self._store = store
        self._desk = desk
        self._payments = payments
        self._cursors = cursors
        self._clock = clock
        self._ids = ids

    @property
    def _cashier(self) -> Cashier:
        return self._desk.cashier

    async def entitlement(self, *, account_id: AccountId) -> Entitlement:
        """Return what an account may do now."""
        async with self._store.reading() as rows:
            subscription = await rows.get(Subscription, account_id)
            terms = await self._cashier.terms(rows)
        return entitlement_of(subscription or Subscription(account_id=account_id), terms)

    async def plans(self) -> Sequence[PlanView]:
        """Return the plans on offer, the smallest first."""
        async with self._store.reading() as rows:
            plans = await rows.plans()
        return tuple(plan_view(p) for p in sorted(plans.values(), key=lambda p: (p.rank, p.plan_id)) if p.listed)

    async def subscription(self, account_id: AccountId) -> SubscriptionView:
        """Return an account's subscription."""
        return await self._desk.read(account_id, subscription_view)

    async def quote(self, account_id: AccountId, *, plan_id: str | None, currency: str, coupon: str | None) -> Quote:
        """Return what a choice would cost.

        Raises:
            CouponNotFoundError: when the coupon is unknown, over, or in another currency.
            CouponUsedUpError: when it would be refused to this account, as `subscribe` would.
        """
        await self._desk.meet(account_id)
        async with self._store.reading() as rows:
            book = (await rows.books([account_id]))[account_id]
            terms = await self._cashier.terms(rows)
            chosen = currency or book.subscription.currency or "EUR"
            discount = await self._discount(rows, coupon, terms, chosen) if coupon else None
            if discount is not None and not await rows.may_claim_coupon(discount.code, account_id):
                raise CouponUsedUpError(_USED_UP)
            return quote(book, terms, plan_id=plan_id, currency=chosen, discount=discount)

    async def subscribe(
        self, asked: Asked, *, plan_id: str, currency: str, token: str | None, coupon: str | None, try_first: str
    ) -> Outcome:
        """Begin a subscription, with a new payment method when a token comes along."""
        method = await self._attach(asked, token) if token else None

        async def change(rows: BillingRows, book: Book, terms: Terms) -> None:
            refuse_pending(book)
            if method is not None:
                keep_method(book, terms, method)
            discount = None
            if coupon:
                discount = await self._discount(rows, coupon, terms, currency)
            subscribe(book, terms, plan_id=plan_id, currency=currency, discount=discount, try_first=try_first)
            if discount is not None and not await rows.claim_coupon(discount.code, book.account_id):
                raise CouponUsedUpError(_USED_UP)

        return await self._desk.choose(asked, change)

    async def _discount(self, rows: BillingRows, code: str, terms: Terms, currency: str) -> Discount:
        name = code.strip().upper()
        coupon = await rows.get(Coupon, name) if _CODE.fullmatch(name) else None
        if coupon is None:
            raise CouponNotFoundError("There is no such coupon; check its letters.")
        return discount_of(coupon, terms, currency=currency)

    async def change(self, asked: Asked, plan_id: str) -> Outcome:
        """Move to another plan."""

        async def change(_rows: BillingRows, book: Book, terms: Terms) -> None:
            change_plan(book, terms, plan_id)

        return await self._desk.choose(asked, change)

    async def drop_change(self, asked: Asked) -> Outcome:
        """Stay on the present plan."""

        async def change(_rows: BillingRows, book: Book, _terms: Terms) -> None:
            drop_change(book)

        return await self._desk.choose(asked, change)

    async def act(self, asked: Asked, verb: str) -> Outcome:
        """Do one of `cancel`, `resume`, `pause`, `unpause`, `pay`; KeyError for another."""
        verbs: dict[str, Any] = {
            "cancel": cancel,
            "resume": lambda book, _terms: resume(book),
            "pause": lambda book, _terms: pause(book),
            "unpause": unpause,
            "pay": pay,
        }
        act = verbs[verb]

        async def change(_rows: BillingRows, book: Book, terms: Terms) -> None:
            act(book, terms)

        return await self._desk.choose(asked, change)

    async def redeem(self, asked: Asked, code: str) -> SubscriptionView:
        """Add a gift to the balance; what is owed is tried again at once."""

        async def change(rows: BillingRows, book: Book, terms: Terms) -> SubscriptionView:
            gift = check_gift(await rows.get(Gift, gift_digest(code)), terms)
            if not await rows.take_gift(gift.code_digest, book.account_id, now=terms.now):
                raise GiftTakenError("This gift code has been redeemed already.")
            redeem(book, terms, gift)
            retry_with_new_means(book, terms)
            return subscription_view(book, terms)

        return await self._desk.perform(asked, SubscriptionView, change)

    async def methods(self, account_id: AccountId) -> Sequence[MethodView]:
        """Return an account's payment methods."""
        return await self._desk.read(account_id, lambda book, _: tuple(method_view(m) for m in book.methods.values()))

    def provider(self) -> ProviderView:
        """Return where pages turn cards into tokens."""
        return self._payments.page()

    async def add_method(self, asked: Asked, token: str) -> MethodView:
        """Keep a payment method and prefer it; what is owed is tried again at once."""
        attached = await self._attach(asked, token)

        async def change(_rows: BillingRows, book: Book, terms: Terms) -> MethodView:
            if attached is None:
                raise MethodNotFoundError("The payment method was not kept; add it again.")
            method = keep_method(book, terms, attached)
            retry_with_new_means(book, terms)
            return method_view(method)

        return await self._desk.perform(asked, MethodView, change)

    async def _attach(self, asked: Asked, token: str) -> Method | None:
        """Have the processor keep a method; None when the request was answered before."""
        customer = await self._desk.customer_of_new(asked)
        if customer is None:
            return None
        key = f"attach-{asked.answer_id or self._ids.new()}"
        return await self._payments.attach(
            AttachRequest(
                account_id=asked.account_id, token=token, customer_ref=customer.customer_ref, idempotency_key=key
            )
        )

    async def prefer_method(self, asked: Asked, method_id: str) -> MethodView:
        """Charge another method from now on; what is owed is tried again at once."""

        async def change(_rows: BillingRows, book: Book, terms: Terms) -> MethodView:
            method = _own_method(book, method_id)
            _prefer(book, method)
            retry_with_new_means(book, terms)
            return method_view(book.methods[method_id])

        return await self._desk.perform(asked, MethodView, change)

    async def remove_method(self, asked: Asked, method_id: str) -> None:
        """Forget a method; the only one of a running subscription stays."""

        async def change(_rows: BillingRows, book: Book, _terms: Terms) -> str:
            refuse_pending(book)
            method = _own_method(book, method_id)
            others = [one for one in book.methods.values() if one.method_id != method_id]
            if not others and book.subscription.state not in _NOTHING_AT_STAKE:
                raise MethodInUseError("The subscription needs a payment method; add another one first.")
            del book.methods[method_id]
            if method.preferred and others:
                _prefer(book, others[-1])
            return method.method_ref

        await self._payments.detach(await self._desk.perform(asked, str, change))

    async def invoices(
        self, account_id: AccountId, *, limit: int, cursor: str | None
    ) -> tuple[Sequence[Issued], str | None]:
        """Return a page of an account's invoices, newest first, and the cursor of the next."""
        scope = f"invoices:{account_id}"
        after = _after(self._cursors, scope, cursor)
        wanted = max(1, min(limit, MAX_PAGE))
        async with self._store.reading() as rows:
            found = await rows.issued(account_id, limit=wanted + 1, after=after)
        page = found[:wanted]
        if len(found) <= wanted:
            return page, None
        last = page[-1]
        return page, self._cursors.encode(scope, (last.issued_at.isoformat(), last.invoice_id))

    async def invoice(self, account_id: AccountId, invoice_id: str) -> Invoice:
        """Return one of an account's own invoices.

        Raises:
            InvoiceNotFoundError: when the account has no such invoice, whoever else may.
        """
        async with self._store.reading() as rows:
            found = await rows.get(Issued, invoice_id)
        if found is None or found.account_id != account_id:
            raise InvoiceNotFoundError("There is no such invoice.")
        return found.document

    async def export(self, account_id: AccountId) -> dict[str, Any]:
        """Return all that billing keeps about an account, for its owner."""
        await self._desk.meet(account_id)
        async with self._store.reading() as rows:
            book = (await rows.books([account_id]))[account_id]
            issued = await rows.issued(account_id, limit=10_000, after=None)
            payments = await rows.payments(account_id, limit=10_000)
            terms = await self._cashier.terms(rows)
        return {
            "customer": asdict(replace(book.customer, customer_ref="")),
            "subscription": subscription_view(book, terms),
            "payment_methods": [method_view(method) for method in book.methods.values()],
            "invoices": [one.document for one in issued],
            "payments": [_exported(payment) for payment in payments],
        }

    async def apply(self, *, provider: str, event: ProviderEvent) -> None:
        """Apply a webhook, once, in whatever order it comes."""

        async def work(rows: BillingRows, terms: Terms) -> None:
            name = f"{provider}:{event.event_id}"
            if await rows.get(SeenEvent, name) is not None:
                return
            await rows.add([SeenEvent(event_id=name, at=terms.now)])
            if event.kind == "charge":
                await _apply_charge(rows, terms, event)
            elif event.kind == "refund":
                await _apply_refund(rows, terms, event)

        await self._cashier.transact(work)


async def _apply_charge(rows: BillingRows, terms: Terms, event: ProviderEvent) -> None:
    payment = await rows.payment_by_key(event.idempotency_key)
    if payment is None or event.result is None:
        return
    books = await rows.books([payment.account_id], payments=[payment.payment_id])
    book = books[payment.account_id]
    record_verdict(book, terms, book.payments[payment.payment_id], event.result)
    await keep(rows, [book], terms)


async def _apply_refund(rows: BillingRows, terms: Terms, event: ProviderEvent) -> None:
    refund_id = event.idempotency_key.removeprefix("refund-")
    found = await rows.get(Refund, refund_id)
    if found is None or event.result is None:
        return
    book = (await rows.books([found.account_id], refunds=[refund_id]))[found.account_id]
    refund = book.refunds[refund_id]
    record_return(book, terms, refund, event.result, await documents_of(rows, [refund]))
    await keep(rows, [book], terms)


def keep_method(book: Book, terms: Terms, attached: Method) -> PaymentMethod:
    """Put a method into the book and prefer it; the same card again replaces itself.

    Raises:
        MethodInUseError: when the account has as many as it may.
    """
    same = next((m for m in book.methods.values() if m.fingerprint == attached.fingerprint), None)
    if same is None and len(book.methods) >= MAX_METHODS:
        raise MethodInUseError(f"An account keeps {MAX_METHODS} payment methods; remove one first.")
    method = PaymentMethod(
        method_id=terms.ids.new() if same is None else same.method_id,
        account_id=book.account_id,
        method_ref=attached.method_ref,
        brand=attached.brand,
        last4=attached.last4,
        expiry_month=attached.expiry_month,
        expiry_year=attached.expiry_year,
        fingerprint=attached.fingerprint,
        preferred=True,
        added_at=terms.now,
    )
    _prefer(book, method)
    if book.customer.customer_ref != attached.customer_ref:
        book.put(replace(book.customer, customer_ref=attached.customer_ref))
    return method


def _prefer(book: Book, method: PaymentMethod) -> None:
    for other in list(book.methods.values()):
        if other.preferred and other.method_id != method.method_id:
            book.put(replace(other, preferred=False))
    book.put(replace(method, preferred=True))


def _own_method(book: Book, method_id: str) -> PaymentMethod:
    method = book.methods.get(method_id)
    if method is None:
        raise MethodNotFoundError("There is no such payment method.")
    return method


def _after(cursors: Cursors, scope: str, cursor: str | None) -> tuple[datetime, str] | None:
    if not cursor:
        return None
    moment, last = cursors.decode(scope, cursor)[:2]
    try:
        return datetime.fromisoformat(str(moment)), str(last)
    except ValueError as error:
        raise CursorError("The cursor is not one of ours; start again from the first page.") from error


def _exported(payment: Payment) -> dict[str, Any]:
    names = ("payment_id", "amount", "currency", "state", "method_label", "started_at", "finished_at", "refunded")
    return {name: getattr(payment, name) for name in names}
