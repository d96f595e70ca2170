"""Billing's rows in a relational database."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Select, Table, Update, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.conflicts import is_conflict
from matinee.engines.relational import Database, DatabaseError
from matinee.kit.ids import AccountId
from matinee.services.billing.adapters import tables
from matinee.services.billing.adapters.checks import find_balances, find_violations
from matinee.services.billing.book import Book, remembered
from matinee.services.billing.model import (
    UNRESOLVED,
    Answer,
    AuditLine,
    Bill,
    Customer,
    Entry,
    Issued,
    Letter,
    Outgoing,
    Payment,
    PaymentMethod,
    Period,
    Plan,
    Record,
    Refund,
    SeenEvent,
    Subscription,
)
from matinee.services.billing.ports import Invoice
from matinee.services.billing.store import Balance, BillingRows, ConflictingWriteError, Violation

R = TypeVar("R", bound=Record)
_MANY_PLANS = 1000
# Two requests or webhooks with one name in one moment: the second, tried again, finds the first.
_RACED = {Answer, SeenEvent}


def _columns(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _key(table: Table) -> Any:
    return next(iter(table.primary_key.columns))


class SqlBillingRows:
    """The `BillingRows` of one session.

    Args:
        locks: whether books and single records are read to be changed. They are locked then, all of their rows: where
            a transaction has one snapshot, reading behind the first lock without one would see what was before it.
    """

    def __init__(self, session: AsyncSession, *, locks: bool) -> None:
        self._session = session
        self._locks = locks

    async def _select(self, kind: type[R], query: Select[Any]) -> list[R]:
        rows = (await self._session.execute(query)).all()
        return [kind(**row._mapping) for row in rows]  # noqa: SLF001  # the public name of a row's columns

    async def _take(self, kind: type[R], query: Select[Any]) -> list[R]:
        """Read what may be changed."""
        return await self._select(kind, query.with_for_update() if self._locks else query)

    async def books(
        self,
        account_ids: Collection[AccountId],
        *,
        payments: Collection[str] = (),
        bills: Collection[str] = (),
        refunds: Collection[str] = (),
    ) -> Mapping[AccountId, Book]:
        """Return books, locked."""
        ids = list(account_ids)
        subscriptions = await self._take(Subscription, _of(tables.subscriptions, "account_id", ids))
        customers = await self._take(Customer, _of(tables.customers, "account_id", ids))
        names = {one.account_id: one for one in customers}
        books = {one.account_id: Book(names[one.account_id], one) for one in subscriptions}
        paying = tables.payments.c
        undecided = or_(paying.state.in_(UNRESOLVED), and_(paying.state == "abandoned", paying.ask_at.is_not(None)))
        found_payments = await self._open(Payment, tables.payments, ids, undecided, payments)
        found_refunds = await self._open(Refund, tables.refunds, ids, tables.refunds.c.ask_at.is_not(None), refunds)
        known = {p.payment_id for p in found_payments}
        more = {r.payment_id for r in found_refunds} - known
        found_payments += await self._take(Payment, _of(tables.payments, "payment_id", more)) if more else []
        wanted = {*bills, *(p.bill_id for p in found_payments)}
        found_bills = await self._open(Bill, tables.bills, ids, tables.bills.c.state == "open", wanted)
        period_ids = {*(b.period_id for b in found_bills), *(s.period_id for s in subscriptions if s.period_id)}
        periods = await self._take(Period, _of(tables.periods, "period_id", period_ids)) if period_ids else []
        methods = await self._take(
            PaymentMethod, _of(tables.methods, "account_id", ids).order_by(tables.methods.c.method_id)
        )
        for group in (found_payments, found_refunds, found_bills, periods, methods):
            _sort_in(books, group)
        remembered(books.values())
        return books

    async def _open(
        self, kind: type[R], table: Table, ids: list[AccountId], held: ColumnElement[bool], more: Collection[str]
    ) -> list[R]:
        """Read to be changed what of some accounts meets a condition, and whatever else is named."""
        condition = and_(table.c.account_id.in_(ids), held)
        if more:
            condition = or_(condition, _key(table).in_(list(more)))
        return await self._take(kind, select(table).where(condition))

    async def keep(self, books: Collection[Book]) -> None:
        """Write what changed, a statement for each kind of change."""
        changed = [book for book in books if book.changed()]
        for book in changed:
            book.subscription = replace(book.subscription, version=book.subscription.version + 1)
        for name, table in tables.BY_GROUP.items():
            await self._keep_group(name, table, changed)
        for added in ("entries", "letters", "outgoing", "audit"):
            await self.add([record for book in changed for record in getattr(book, added)])
        for book in changed:
            book.entries, book.letters, book.outgoing, book.audit = [], [], [], []
        remembered(changed)

    async def _keep_group(self, name: str, table: Table, books: Sequence[Book]) -> None:
        new: list[Record] = []
        old: list[Record] = []
        gone: list[str] = []
        for book in books:
            now, kept = book.groups()[name], book.kept[name]
            new += [record for key, record in now.items() if key not in kept]
            old += [record for key, record in now.items() if key in kept and record is not kept[key]]
            gone += [key for key in kept if key not in now]
        await self.add(new)
        if old:
            await self._update(table, old)
        if gone:
            await self._session.execute(delete(table).where(_key(table).in_(gone)))

    async def _update(self, table: Table, records: Sequence[Record]) -> None:
        statement, names = _update_of(table)
        key = _key(table).name
        versioned = table is tables.subscriptions
        rows = []
        for record in records:
            row = {f"new_{name}": getattr(record, name) for name in names}
            row["_key"] = getattr(record, key)
            if isinstance(record, Subscription):
                row["_version"] = record.version - 1
            rows.append(row)
        connection = await self._session.connection()
        result = await connection.execute(statement, rows)
        if versioned and result.rowcount != len(rows):
            raise ConflictingWriteError("Somebody else changed the subscription meanwhile.")

    async def get(self, kind: type[R], key: str) -> R | None:
        """Return one record."""
        table = tables.TABLES[kind]
        found = await self._take(kind, select(table).where(_key(table) == key))
        return found[0] if found else None

    async def add(self, records: Sequence[Record]) -> None:
        """Add records of one kind."""
        if not records:
            return
        kind = type(records[0])
        try:
            await self._session.execute(insert(tables.TABLES[kind]), [_columns(record) for record in records])
        except IntegrityError as error:
            if kind in _RACED:
                raise ConflictingWriteError("The same was met in the same moment.") from error
            raise

    async def put(self, record: Record) -> None:
        """Replace a record."""
        table = tables.TABLES[type(record)]
        key = _key(table)
        await self._session.execute(update(table).where(key == getattr(record, key.name)).values(_columns(record)))

    async def remove(self, kind: type[Record], keys: Collection[str]) -> None:
        """Remove records."""
        table = tables.TABLES[kind]
        await self._session.execute(delete(table).where(_key(table).in_(list(keys))))

    async def every(self, kind: type[R], *, limit: int) -> Sequence[R]:
        """Return records by id."""
        table = tables.TABLES[kind]
        return await self._select(kind, select(table).order_by(_key(table)).limit(limit))

    async def plans(self) -> Mapping[str, Plan]:
        """Return all plans."""
        return {plan.plan_id: plan for plan in await self.every(Plan, limit=_MANY_PLANS)}

    async def due(self, *, now: datetime, limit: int, skipped: Collection[AccountId]) -> Sequence[AccountId]:
        """Return due accounts."""
        at = tables.subscriptions.c.next_action_at
        query = select(tables.subscriptions.c.account_id).where(at <= now).order_by(at).limit(limit)
        if skipped:
            query = query.where(tables.subscriptions.c.account_id.not_in(list(skipped)))
        return tuple(AccountId(found) for found in await self._session.scalars(query))

    async def may_claim_coupon(self, code: str, account_id: AccountId) -> bool:
        """Return whether a redemption would be counted."""
        if await self._has_claimed(code, account_id):
            return not await self._has_used(code, account_id)
        return await self._session.scalar(select(tables.coupons.c.code).where(_redeemable(code))) is not None

    async def claim_coupon(self, code: str, account_id: AccountId) -> bool:
        """Count a redemption."""
        if await self._has_claimed(code, account_id):
            return not await self._has_used(code, account_id)
        redeemed = tables.coupons.c.redeemed
        counted = update(tables.coupons).where(_redeemable(code)).values(redeemed=redeemed + 1)
        if await self._changed(counted) != 1:
            return False
        await self._session.execute(insert(tables.redemptions).values(code=code, account_id=account_id))
        return True

    async def _has_claimed(self, code: str, account_id: AccountId) -> bool:
        claims = tables.redemptions.c
        mine = select(claims.code).where(claims.code == code, claims.account_id == account_id)
        return await self._session.scalar(mine) is not None

    async def _has_used(self, code: str, account_id: AccountId) -> bool:
        periods = tables.periods.c
        paid = and_(periods.account_id == account_id, periods.state == "paid", periods.discount.is_not(None))
        used = await self._session.scalars(select(periods.discount).where(paid))
        return any(discount.code == code for discount in used)

    async def _changed(self, statement: Any) -> int:
        connection = await self._session.connection()
        return (await connection.execute(statement)).rowcount

    async def take_gift(self, digest: str, account_id: AccountId, *, now: datetime) -> bool:
        """Mark a gift as redeemed."""
        gifts = tables.gifts.c
        free = and_(gifts.code_digest == digest, gifts.redeemed_by.is_(None))
        return (
            await self._changed(update(tables.gifts).where(free).values(redeemed_by=account_id, redeemed_at=now)) == 1
        )

    async def take_numbers(self, series: str, count: int) -> int:
        """Return the first of some consecutive numbers."""
        counters = tables.counters
        query = select(counters.c.value).where(counters.c.name == series).with_for_update()
        last = (await self._session.execute(query)).scalar_one_or_none()
        if last is None:
            try:
                await self._session.execute(insert(counters).values(name=series, value=count))
            except IntegrityError as error:
                raise ConflictingWriteError("Somebody else began this series in the same moment.") from error
            return 1
        await self._session.execute(update(counters).where(counters.c.name == series).values(value=last + count))
        return int(last) + 1

    async def payment_by_key(self, idempotency_key: str) -> Payment | None:
        """Return a payment by its key."""
        wanted = select(tables.payments).where(tables.payments.c.idempotency_key == idempotency_key)
        found = await self._select(Payment, wanted)
        return found[0] if found else None

    async def issued(
        self, account_id: AccountId, *, limit: int, after: tuple[datetime, str] | None
    ) -> Sequence[Issued]:
        """Return an account's invoices."""
        table = tables.issued
        query = select(table).where(table.c.account_id == account_id)
        return await self._select(Issued, _newest(query, table.c.issued_at, table.c.invoice_id, limit, after))

    async def documents(self, invoice_ids: Collection[str]) -> Mapping[str, Invoice]:
        """Return documents by id."""
        found = await self._select(Issued, _of(tables.issued, "invoice_id", invoice_ids))
        return {one.invoice_id: one.document for one in found}

    async def payments(self, account_id: AccountId, *, limit: int) -> Sequence[Payment]:
        """Return an account's payments."""
        table = tables.payments
        query = select(table).where(table.c.account_id == account_id)
        return await self._select(Payment, _newest(query, table.c.started_at, table.c.payment_id, limit, None))

    async def refunds(self, account_id: AccountId, *, limit: int) -> Sequence[Refund]:
        """Return an account's refunds."""
        table = tables.refunds
        query = select(table).where(table.c.account_id == account_id)
        return await self._select(Refund, _newest(query, table.c.started_at, table.c.refund_id, limit, None))

    async def bills(self, account_id: AccountId, *, limit: int) -> Sequence[Bill]:
        """Return an account's bills."""
        table = tables.bills
        query = select(table).where(table.c.account_id == account_id)
        return await self._select(Bill, _newest(query, table.c.created_at, table.c.bill_id, limit, None))

    async def entries(self, account_id: AccountId, *, limit: int) -> Sequence[Entry]:
        """Return an account's ledger."""
        table = tables.entries
        query = select(table).where(table.c.account_id == account_id)
        order = (table.c.at.desc(), table.c.transaction_id.desc(), table.c.line)
        return await self._select(Entry, query.order_by(*order).limit(limit))

    async def audit(self, *, limit: int, after: tuple[datetime, str] | None) -> Sequence[AuditLine]:
        """Return what staff did."""
        table = tables.audit
        return await self._select(AuditLine, _newest(select(table), table.c.at, table.c.audit_id, limit, after))

    async def outgoing(self, *, limit: int) -> Sequence[Outgoing]:
        """Return unsent events."""
        return await self.every(Outgoing, limit=limit)

    async def letters(self, *, limit: int) -> Sequence[Letter]:
        """Return unsent letters."""
        return await self.every(Letter, limit=limit)

    async def forget(self, *, answers_before: datetime, events_before: datetime) -> None:
        """Drop what is old."""
        for kind, before in ((Answer, answers_before), (SeenEvent, events_before)):
            table = tables.TABLES[kind]
            await self._session.execute(delete(table).where(table.c.at < before))

    async def strip(self, account_id: AccountId) -> None:
        """Drop an account's letters and answers."""
        for table in (tables.letters, tables.answers):
            await self._session.execute(delete(table).where(table.c.account_id == account_id))

    async def balances(self) -> Sequence[Balance]:
        """Return sums."""
        return await find_balances(self._session)

    async def violations(self, *, now: datetime, limit: int) -> Sequence[Violation]:
        """Return violations."""
        return await find_violations(self._session, now=now, limit=limit)


@cache
def _update_of(table: Table) -> tuple[Update, tuple[str, ...]]:
    """Return the statement that writes a whole row back, and the columns in it; of a subscription only one version."""
    key = _key(table)
    condition = key == bindparam("_key")
    if table is tables.subscriptions:
        condition = and_(condition, table.c.version == bindparam("_version"))
    names = tuple(column.name for column in table.columns if column is not key)
    return update(table).where(condition).values({name: bindparam(f"new_{name}") for name in names}), names


def _sort_in(books: Mapping[AccountId, Book], records: Sequence[Any]) -> None:
    """Put records into the books of their accounts; others were not asked for."""
    for record in records:
        if record.account_id in books:
            books[record.account_id].put(record)


def _of(table: Table, column: str, values: Collection[str]) -> Select[Any]:
    return select(table).where(table.c[column].in_(list(values)))


def _redeemable(code: str) -> ColumnElement[bool]:
    """Return the condition that a coupon has redemptions left for somebody new."""
    coupons = tables.coupons.c
    left = or_(coupons.max_redemptions.is_(None), coupons.redeemed < coupons.max_redemptions)
    return and_(coupons.code == code, left)


def _newest(query: Select[Any], at: Any, unique: Any, limit: int, after: tuple[datetime, str] | None) -> Select[Any]:
    if after is not None:
        moment, last = after
        query = query.where(or_(at < moment, and_(at == moment, unique < last)))
    return query.order_by(at.desc(), unique.desc()).limit(limit)


class SqlBilling:
    """Billing in a relational database.

    Args:
        database: open and migrated.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[BillingRows]:
        """Open a transaction that only reads."""
        async with self._database.read() as session:
            yield SqlBillingRows(session, locks=False)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[BillingRows]:
        """Open a transaction that may write."""
        try:
            async with self._database.write() as session:
                yield SqlBillingRows(session, locks=True)
        except DatabaseError as error:
            if is_conflict(error):
                raise ConflictingWriteError("Another transaction was faster.") from error
            raise
