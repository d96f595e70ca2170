"""What billing does on its own: events, letters, proofs, news of accounts; and what the store promises."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import inspect, text

from matinee.contracts.identity import AccountChanged, AccountErased
from matinee.engines.conflicts import is_conflict, retrying
from matinee.engines.relational import migrate, open_database
from matinee.events.port import EventLogError
from matinee.kit.ids import AccountId
from matinee.mail.port import Mail, MailError
from matinee.services.billing import adapters
from matinee.services.billing.adapters.checks import INVARIANTS
from matinee.services.billing.adapters.documents import BillingLetters
from matinee.services.billing.adapters.tables import metadata
from matinee.services.billing.consumers import apply
from matinee.services.billing.jobs import forget, prove, send_events, send_letters
from matinee.services.billing.model import Answer, Customer, Issued
from matinee.services.billing.service.accounts import AccountNews
from matinee.services.billing.service.desk import Asked
from matinee.services.billing.service.errors import UnbalancedError
from matinee.services.billing.service.ledger import post
from matinee.services.billing.settings import BillingSettings
from matinee.services.billing.store import ConflictingWriteError
from matinee.testing.billing import BillingBench, an_account
from matinee.testing.titles import RecordedEvents

ANN = AccountId("ann")
MIGRATIONS = Path(adapters.__file__).parent / "migrations"


class KeptMail:
    def __init__(self) -> None:
        self.sent: dict[str, Mail] = {}
        self.away = False

    async def send(self, mail: Mail) -> None:
        if self.away:
            raise MailError("The mailer is away.")
        self.sent[mail.key] = mail


async def join(bench: BillingBench, *, key: str = "", card: str = "good-1") -> None:
    await bench.service.subscribe(
        Asked(account_id=ANN, route="subscribe", key=key),
        plan_id="standard",
        currency="EUR",
        token=card,
        coupon=None,
        try_first="pay",
    )


async def test_events_are_sent_after_the_commit_and_wait_for_the_log(bench: BillingBench):
    events = RecordedEvents()
    await join(bench)
    events.away = True
    with pytest.raises(EventLogError):
        await send_events(bench.store, events)
    events.away = False
    assert await send_events(bench.store, events) > 0
    assert {topic for topic, _ in events.appended} == {"billing.entitlements"}
    assert await send_events(bench.store, events) == 0


async def test_a_receipt_with_its_invoice_goes_once(bench: BillingBench):
    mailer, letters = KeptMail(), BillingLetters(BillingSettings())
    await join(bench)
    mailer.away = True
    with pytest.raises(MailError):
        await send_letters(bench.store, letters, mailer)
    mailer.away = False
    await send_letters(bench.store, letters, mailer)
    (mail,) = mailer.sent.values()
    assert mail.to == "ann@example.org"
    assert next(iter(mail.attachments.values())).startswith(b"%PDF")
    assert await send_letters(bench.store, letters, mailer) == 0


@pytest.mark.parametrize(
    ("harm", "invariant"),
    [
        ("UPDATE billing_entries SET amount = amount + 1 WHERE ledger = 'cash'", "transactions-balance"),
        ("UPDATE billing_payments SET amount = amount - 1", "charge-belongs-to-settled-bill"),
        ("DELETE FROM billing_payments", "settled-bill-has-one-charge"),
        ("DELETE FROM billing_issued", "settled-bill-has-one-invoice"),
        ("UPDATE billing_counters SET value = value + 1", "invoice-numbers-have-no-gaps"),
        ("UPDATE billing_bills SET state = 'void'", "paid-period-has-one-settled-bill"),
        ("UPDATE billing_bills SET gift_part = 5", "bill-is-covered-exactly"),
        ("UPDATE billing_subscriptions SET gift_balance = 5", "gift-equals-ledger"),
        ("UPDATE billing_subscriptions SET credit_balance = -5", "balances-not-negative"),
        ("UPDATE billing_periods SET state = 'open'", "active-means-paid"),
        ("UPDATE billing_periods SET price = price + 1", "paid-period-is-priced-as-agreed"),
        ("UPDATE billing_payments SET refunded = 5", "refunds-within-payments"),
        ("UPDATE billing_issued SET kind = 'reversal'", "refund-has-its-documents"),
        ("UPDATE billing_subscriptions SET next_action_at = 5", "nobody-is-forgotten"),
        ("UPDATE billing_payments SET state = 'declined'", "cash-equals-payments"),
    ],
)
async def test_the_proof_finds_what_was_done_behind_its_back(bench: BillingBench, harm: str, invariant: str):
    await join(bench)
    assert await prove(bench.office, bench.clock) == 0
    async with bench.store._database.write() as session:
        await session.execute(text(harm))
    assert invariant in {one.invariant for one in await bench.office.violations()}
    assert await prove(bench.office, bench.clock) > 0
    assert invariant in INVARIANTS


async def test_a_transaction_that_does_not_balance_is_refused(bench: BillingBench):
    await bench.desk.meet(ANN)
    async with bench.store.reading() as rows:
        book = (await rows.books([ANN]))[ANN]
        terms = await bench.cashier.terms(rows)
    with pytest.raises(UnbalancedError):
        post(book, terms, cause="test", currency="EUR", amounts={"cash": 1})


async def test_two_writers_of_one_book_do_not_both_win(bench: BillingBench):
    await join(bench)
    async with bench.store.reading() as rows:
        first = (await rows.books([ANN]))[ANN]
        second = (await rows.books([ANN]))[ANN]
    for book, refused in ((first, False), (second, True)):
        book.put(msgspec.structs.replace(book.subscription, cancel_at_period_end=True))
        if refused:
            with pytest.raises(ConflictingWriteError):
                async with bench.store.writing() as rows:
                    await rows.keep([book])
        else:
            async with bench.store.writing() as rows:
                await rows.keep([book])


async def test_a_lost_race_is_run_again_and_other_failures_are_not():
    class DeadlockError(Exception):
        def __init__(self) -> None:
            super().__init__(1213, "Deadlock found")

    assert is_conflict(DeadlockError())
    assert not is_conflict(ValueError("no"))
    runs = []

    async def work() -> int:
        runs.append(1)
        if len(runs) < 3:
            raise ConflictingWriteError("Somebody else was faster.")
        return len(runs)

    assert await retrying(work, on=ConflictingWriteError, pause_seconds=0.001) == 3
    runs.clear()

    async def broken() -> None:
        runs.append(1)
        raise ValueError

    with pytest.raises(ValueError):
        await retrying(broken, on=ConflictingWriteError)
    assert len(runs) == 1


async def test_answers_are_forgotten_after_their_time_only(bench: BillingBench):
    await join(bench, key="k")
    bench.clock.advance(timedelta(hours=47).total_seconds())
    await forget(bench.store, bench.clock, bench.settings)
    async with bench.store.reading() as rows:
        assert len(await rows.every(Answer, limit=5)) == 1
    bench.clock.advance(timedelta(hours=2).total_seconds())
    await forget(bench.store, bench.clock, bench.settings)
    async with bench.store.reading() as rows:
        assert await rows.every(Answer, limit=5) == []


@pytest.fixture
def news(bench: BillingBench) -> AccountNews:
    return AccountNews(store=bench.store, cashier=bench.cashier, payments=bench.processor)


async def test_news_of_an_account_change_the_name_on_the_next_invoice(bench: BillingBench, news: AccountNews):
    await apply(AccountChanged(account=an_account("ann")), news)
    await join(bench)
    moved = msgspec.structs.replace(an_account("ann", territory="FR"), name="Anne", email="anne@example.org")
    for _ in range(2):
        await apply(AccountChanged(account=moved), news)
    bench.clock.advance(32 * 86_400)
    await bench.renewals.run()
    page, _ = await bench.service.invoices(ANN, limit=5, cursor=None)
    assert [(one.document.customer_name, one.document.taxes[0].basis_points) for one in page] == [
        ("Anne", 2000),
        ("Member ann", 1900),
    ]


async def test_a_closed_account_is_charged_no_more(bench: BillingBench, news: AccountNews):
    await join(bench)
    await apply(AccountChanged(account=msgspec.structs.replace(an_account("ann"), state="closed")), news)
    bench.clock.advance(32 * 86_400)
    await bench.renewals.run()
    assert (await bench.service.entitlement(account_id=ANN)).state == "canceled"
    assert len(bench.processor.taken) == 1


async def test_an_erased_account_leaves_invoices_and_no_person(bench: BillingBench, news: AccountNews):
    await join(bench, key="k")
    for _ in range(2):
        await apply(AccountErased(account_id=ANN), news)
    await apply(AccountErased(account_id=AccountId("unknown")), news)
    assert bench.processor.detached == ["pm-0"]
    async with bench.store.reading() as rows:
        customer = await rows.get(Customer, ANN)
        (issued,) = await rows.every(Issued, limit=5)
        assert await rows.every(Answer, limit=5) == []
        assert await rows.letters(limit=5) == []
    assert (customer.email, customer.name, customer.customer_ref) == ("", "", "")
    assert (issued.document.customer_name, issued.document.customer_email) == ("Member ann", "")
    assert (await bench.service.entitlement(account_id=ANN)).state == "canceled"
    assert list(await bench.office.violations()) == []


async def test_an_erasure_while_a_payment_is_open_gives_the_money_back(bench: BillingBench, news: AccountNews):
    await join(bench, card="silent-1")
    await apply(AccountErased(account_id=ANN), news)
    bench.clock.advance(60)
    await bench.renewals.run()
    assert [refund.amount for refund in bench.processor.given_back.values()] == [999]
    assert list(await bench.office.violations()) == []


async def test_bills_from_before_agreed_prices_were_kept_have_one(bench: BillingBench):
    await join(bench)
    await bench.service.add_method(Asked(account_id=ANN, route="card", key=""), "silent-2")
    await bench.service.change(Asked(account_id=ANN, route="change", key=""), "premium")
    async with bench.store._database.alter() as connection:
        for table, column in (("bills", "price"), ("refunds", "processor_ref"), ("refunds", "decline_code")):
            await connection.execute(text(f"ALTER TABLE billing_{table} DROP COLUMN {column}"))
        await connection.execute(text("UPDATE alembic_version_billing SET version_num = '0001'"))
    await migrate(bench.store._database, room="billing", script_location=MIGRATIONS)
    async with bench.store.reading() as rows:
        bills = await rows.bills(ANN, limit=5)
    assert {(bill.kind, bill.price) for bill in bills} == {("period", 999), ("upgrade", 1499)}
    assert await prove(bench.office, bench.clock) == 0


async def test_migrations_make_the_tables_that_the_room_uses(quick_folder: Path):
    async with open_database(f"sqlite+aiosqlite:///{quick_folder}/fresh.db") as database:
        await migrate(database, room="billing", script_location=MIGRATIONS)

        def shape(connection, names):
            found = inspect(connection)
            return {
                name: (
                    {(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)},
                    {(i["name"], tuple(i["column_names"]), bool(i["unique"])) for i in found.get_indexes(name)},
                )
                for name in names
            }

        async with database.alter() as connection:
            migrated = await connection.run_sync(shape, sorted(metadata.tables))
    async with open_database(f"sqlite+aiosqlite:///{quick_folder}/made.db") as database, database.alter() as connection:
        await connection.run_sync(metadata.create_all)
        assert await connection.run_sync(shape, sorted(metadata.tables)) == migrated
