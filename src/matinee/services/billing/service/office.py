"""What staff do: plans, coupons, gifts, credit, refunds. Every action leaves an audit line in its own transaction."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from matinee.engines.relational import ConstraintError
from matinee.kit.cursors import CursorError, Cursors
from matinee.kit.errors import JsonScalar
from matinee.kit.ids import AccountId
from matinee.services.billing.book import Book
from matinee.services.billing.model import AuditLine, Bill, Coupon, Entry, Gift, Issued, Payment, Plan, Refund
from matinee.services.billing.service.balances import gift_digest, grant_credit
from matinee.services.billing.service.cashier import Cashier
from matinee.services.billing.service.desk import Asked, Desk
from matinee.services.billing.service.errors import (
    ChangedError,
    CodeTakenError,
    CouponNotFoundError,
    PaymentNotFoundError,
    PlanFieldsError,
)
from matinee.services.billing.service.outcomes import SubscriptionView
from matinee.services.billing.service.refunds import start_refund
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.service.views import subscription_view
from matinee.services.billing.store import Balance, BillingRows, BillingStore, Violation

MAX_PAGE = 200
_SHOWN = 200
_EVERY_REFUND = 100_000
_VIOLATIONS = 20
# Crockford's letters: none looks like a digit.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LETTERS = 16


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff: an account, or `operator`; its role and address."""

    name: str
    role: str
    address: str


class AccountBilling(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about an account, for staff."""

    account_id: AccountId
    subscription: SubscriptionView
    invoices: tuple[Issued, ...]
    bills: tuple[Bill, ...]
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]
    ledger: tuple[Entry, ...]


class GiftCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Codes of new gifts; they are shown this once, only their digests are kept."""

    codes: tuple[str, ...]


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of the ledger. Each currency's sums are zero together."""

    balances: tuple[Balance, ...]
    balanced: bool


class Office:
    """Implements the administration of billing."""

    def __init__(self, *, store: BillingStore, desk: Desk, cursors: Cursors) -> None:
        self._store = store
        self._desk = desk
        self._cursors = cursors

    @property
    def _cashier(self) -> Cashier:
        return self._desk.cashier

    async def plans(self) -> Sequence[Plan]:
        """Return all plans, hidden ones too, the smallest first."""
        async with self._store.reading() as rows:
            plans = await rows.plans()
        return tuple(sorted(plans.values(), key=lambda plan: (plan.rank, plan.plan_id)))

    async def create_plan(self, actor: Actor, plan: Plan) -> Plan:
        """Add a plan.

        Raises:
            CodeTakenError: when there is one by this id.
        """

        async def work(rows: BillingRows, terms: Terms) -> Plan:
            await rows.add([plan])
            await audit(rows, terms, actor, "plan-created", plan.plan_id, {"name": plan.name})
            return plan

        try:
            return await self._cashier.transact(work)
        except ConstraintError as error:
            raise CodeTakenError("There is a plan by this id already.") from error

    async def change_plan(
        self, actor: Actor, plan_id: str, changes: Mapping[str, object], *, if_version: int | None
    ) -> Plan:
        """Change fields of a plan. Running periods keep their price; the next ones follow.

        Raises:
            PlanNotFoundError: when there is none.
            ChangedError: when it is not at the version expected.
            PlanFieldsError: when a currency is taken away that prices once had.
        """

        async def work(rows: BillingRows, terms: Terms) -> Plan:
            plan = await rows.get(Plan, plan_id) or terms.plan(plan_id)
            if if_version not in {None, plan.version}:
                raise ChangedError("Somebody else changed the plan meanwhile; look at it again.", version=plan.version)
            changed = replace(plan, **changes, version=plan.version + 1)
            if not set(plan.prices) <= set(changed.prices):
                raise PlanFieldsError("Members pay in that currency; hide the plan instead of taking its price away.")
            await rows.put(changed)
            await audit(rows, terms, actor, "plan-changed", plan_id, _difference(plan, changed, changes))
            return changed

        return await self._cashier.transact(work)

    async def coupons(self) -> Sequence[Coupon]:
        """Return all coupons by code."""
        async with self._store.reading() as rows:
            return await rows.every(Coupon, limit=10_000)

    async def create_coupon(self, actor: Actor, coupon: Coupon) -> Coupon:
        """Add a coupon.

        Raises:
            CodeTakenError: when there is one by this code.
            PlanFieldsError: when it gives both a share and an amount, or neither.
        """
        if (coupon.percent is None) == (coupon.amount is None) or (coupon.amount is None) != (coupon.currency is None):
            raise PlanFieldsError("A coupon gives a share in per cent, or an amount in a currency.")

        async def work(rows: BillingRows, terms: Terms) -> Coupon:
            new = replace(coupon, created_at=terms.now)
            await rows.add([new])
            await audit(rows, terms, actor, "coupon-created", coupon.code, {})
            return new

        try:
            return await self._cashier.transact(work)
        except ConstraintError as error:
            raise CodeTakenError("There is a coupon by this code already.") from error

    async def change_coupon(self, actor: Actor, code: str, changes: Mapping[str, object]) -> Coupon:
        """Change when a coupon ends, how often it goes, or whether it goes at all.

        Raises:
            CouponNotFoundError: when there is none.
        """

        async def work(rows: BillingRows, terms: Terms) -> Coupon:
            coupon = await rows.get(Coupon, code.upper())
            if coupon is None:
                raise CouponNotFoundError("There is no such coupon.")
            changed = replace(coupon, **changes)
            await rows.put(changed)
            await audit(rows, terms, actor, "coupon-changed", coupon.code, _difference(coupon, changed, changes))
            return changed

        return await self._cashier.transact(work)

    async def create_gifts(
        self, actor: Actor, *, amount: int, currency: str, count: int, expires_at: datetime | None
    ) -> GiftCodes:
        """Make gift codes; nothing is owed for them before they are redeemed."""
        codes = tuple(new_code() for _ in range(count))

        async def work(rows: BillingRows, terms: Terms) -> GiftCodes:
            await rows.add(
                [
                    Gift(
                        code_digest=gift_digest(code),
                        amount=amount,
                        currency=currency,
                        created_at=terms.now,
                        created_by=actor.name,
                        expires_at=expires_at,
                    )
                    for code in codes
                ]
            )
            facts: dict[str, JsonScalar] = {"amount": amount, "currency": currency, "count": count}
            await audit(rows, terms, actor, "gifts-created", "", facts)
            return GiftCodes(codes=codes)

        return await self._cashier.transact(work)

    async def grant_credit(self, actor: Actor, asked: Asked, *, amount: int, currency: str, reason: str) -> None:
        """Give an account goodwill credit."""

        async def change(rows: BillingRows, book: Book, terms: Terms) -> str:
            grant_credit(book, terms, amount=amount, currency=currency)
            facts: dict[str, JsonScalar] = {"amount": amount, "currency": currency, "reason": reason}
            await audit(rows, terms, actor, "credit-granted", book.account_id, facts)
            return ""

        await self._desk.perform(asked, str, change)

    async def account(self, account_id: AccountId) -> AccountBilling:
        """Return everything about an account."""
        await self._desk.meet(account_id)
        async with self._store.reading() as rows:
            book = (await rows.books([account_id]))[account_id]
            return AccountBilling(
                account_id=account_id,
                subscription=subscription_view(book, await self._cashier.terms(rows)),
                invoices=tuple(await rows.issued(account_id, limit=_SHOWN, after=None)),
                bills=tuple(await rows.bills(account_id, limit=_SHOWN)),
                payments=tuple(await rows.payments(account_id, limit=_SHOWN)),
                refunds=tuple(await rows.refunds(account_id, limit=_SHOWN)),
                ledger=tuple(await rows.entries(account_id, limit=_SHOWN)),
            )

    async def refund(self, actor: Actor, *, payment_id: str, amount: int, reason: str, key: str) -> Refund:
        """Give back part or all of a payment.

        Raises:
            PaymentNotFoundError: when no such payment took money that we still have, as revenue or as a surplus.
            RefundTooLargeError: when less is left of it.
        """
        async with self._store.reading() as rows:
            payment = await rows.get(Payment, payment_id)
        if payment is None:
            raise PaymentNotFoundError("There is no such payment.")
        body = msgspec.json.encode([amount, reason])
        asked = Asked(account_id=payment.account_id, route=f"refund/{payment_id}", key=key, body=body)

        async def change(rows: BillingRows, book: Book, terms: Terms) -> str:
            held = await rows.books([book.account_id], payments=[payment_id])
            book.put(*_of_payment(held[book.account_id], payment_id))
            book.remember()
            earlier = await rows.refunds(book.account_id, limit=_EVERY_REFUND)
            refund = start_refund(book, terms, payment_id=payment_id, amount=amount, reason=reason, earlier=earlier)
            facts: dict[str, JsonScalar] = {"amount": amount, "currency": refund.currency, "reason": reason}
            await audit(rows, terms, actor, "refund-started", payment_id, facts)
            return refund.refund_id

        refund_id = await self._desk.perform(asked, str, change)
        async with self._store.reading() as rows:
            found = await rows.get(Refund, refund_id)
        if found is None:
            raise PaymentNotFoundError("The refund is gone.")
        return found

    async def books(self) -> Books:
        """Return the sums of the ledger."""
        async with self._store.reading() as rows:
            balances = tuple(await rows.balances())
        sums: dict[str, int] = {}
        for one in balances:
            sums[one.currency] = sums.get(one.currency, 0) + one.amount
        return Books(balances=balances, balanced=not any(sums.values()))

    async def violations(self) -> Sequence[Violation]:
        """Return which invariants of the books do not hold."""
        async with self._store.reading() as rows:
            return await rows.violations(now=(await self._cashier.terms(rows)).now, limit=_VIOLATIONS)

    async def audit(self, *, limit: int, cursor: str | None) -> tuple[Sequence[AuditLine], str | None]:
        """Return a page of what staff did, newest first, and the cursor of the next."""
        wanted = max(1, min(limit, MAX_PAGE))
        after = None
        if cursor:
            moment, last = self._cursors.decode("billing-audit", cursor)[:2]
            try:
                after = (datetime.fromisoformat(str(moment)), str(last))
            except ValueError as error:
                raise CursorError("The cursor is not one of ours; start again from the first page.") from error
        async with self._store.reading() as rows:
            found = await rows.audit(limit=wanted + 1, after=after)
        page = found[:wanted]
        if len(found) <= wanted:
            return page, None
        return page, self._cursors.encode("billing-audit", (page[-1].at.isoformat(), page[-1].audit_id))


def _of_payment(book: Book, payment_id: str) -> tuple[Bill | Payment, ...]:
    payment = book.payments[payment_id]
    return payment, book.bills[payment.bill_id]


def _difference(before: Plan | Coupon, after: Plan | Coupon, names: Collection[str]) -> dict[str, JsonScalar]:
    """Return which fields were changed, from what to what."""
    fields = sorted(names)
    both = {"before": before, "after": after}
    values = {word: msgspec.json.encode({name: getattr(one, name) for name in fields}) for word, one in both.items()}
    return {"fields": " ".join(fields), **{word: value.decode() for word, value in values.items()}}


async def audit(
    rows: BillingRows, terms: Terms, actor: Actor, action: str, subject: str, facts: Mapping[str, JsonScalar]
) -> None:
    """Note what a member of staff did, in the transaction of the deed."""
    line = AuditLine(
        audit_id=terms.ids.new(),
        actor=actor.name,
        role=actor.role,
        action=action,
        subject=subject,
        facts=dict(facts),
        address=actor.address,
        at=terms.now,
    )
    await rows.add([line])


def new_code() -> str:
    """Return a fresh gift code of 16 letters in groups of four, 78 bits."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS))
    return "-".join(letters[start : start + 4] for start in range(0, _CODE_LETTERS, 4))


FIRST_PLANS = (
    Plan(
        plan_id="basic",
        name="Basic",
        description="One screen in HD.",
        prices={"EUR": 599, "USD": 599},
        max_height=720,
        streams=1,
        download_devices=1,
        trial_days=7,
        listed=True,
        rank=1,
    ),
    Plan(
        plan_id="standard",
        name="Standard",
        description="Two screens in Full HD.",
        prices={"EUR": 999, "USD": 1099},
        max_height=1080,
        streams=2,
        download_devices=2,
        trial_days=7,
        listed=True,
        rank=2,
    ),
    Plan(
        plan_id="premium",
        name="Premium",
        description="Four screens in Ultra HD.",
        prices={"EUR": 1499, "USD": 1599},
        max_height=2160,
        streams=4,
        download_devices=6,
        trial_days=7,
        listed=True,
        rank=3,
    ),
)


async def seed_plans(cashier: Cashier) -> None:
    """Put the first plans into an empty store, once; later they belong to whoever edits them."""

    async def work(rows: BillingRows, terms: Terms) -> None:
        if not terms.plans:
            await rows.add(FIRST_PLANS)

    await cashier.transact(work)
