"""Billing's declaration."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matinee.contracts.billing import Billing
from matinee.contracts.identity import Identity
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, migrate
from matinee.events.port import EventLog
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import Ids
from matinee.mail.port import Mailer
from matinee.resilience.command import Commands
from matinee.services.billing.adapters.documents import BillingLetters, InvoiceDocuments, page_policy
from matinee.services.billing.adapters.guarded import GuardedPayments
from matinee.services.billing.adapters.payments import open_payments
from matinee.services.billing.adapters.rows import SqlBilling
from matinee.services.billing.consumers import keep_up
from matinee.services.billing.http.documents import Pages
from matinee.services.billing.http.routes import routes
from matinee.services.billing.http.webhooks import webhook_routes
from matinee.services.billing.jobs import forget, keep_doing, keep_sending, prove, send_events, send_letters
from matinee.services.billing.ports import Payments
from matinee.services.billing.service.accounts import AccountNews
from matinee.services.billing.service.billing import BillingService
from matinee.services.billing.service.cashier import Cashier
from matinee.services.billing.service.desk import Desk
from matinee.services.billing.service.office import Office, seed_plans
from matinee.services.billing.service.renewals import Renewals
from matinee.services.billing.settings import BillingSettings

_MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


@dataclass(frozen=True)
class _Room:
    """The parts of a billing room."""

    store: SqlBilling
    service: BillingService
    office: Office
    renewals: Renewals
    news: AccountNews
    wake: asyncio.Event
    letters_wake: asyncio.Event


def _room(settings: BillingSettings, needs: Needs, payments: Payments, cashier: Cashier, store: SqlBilling) -> _Room:
    cursors = Cursors(needs.get(Keyring).seed("cursors"))
    desk = Desk(store=store, cashier=cashier, identity=needs.get(Identity))
    service = BillingService(
        store=store, desk=desk, payments=payments, cursors=cursors, clock=needs.get(Clock), ids=needs.get(Ids)
    )
    return _Room(
        store=store,
        service=service,
        office=Office(store=store, desk=desk, cursors=cursors),
        renewals=Renewals(cashier=cashier, settings=settings),
        news=AccountNews(store=store, cashier=cashier, payments=payments),
        wake=asyncio.Event(),
        letters_wake=asyncio.Event(),
    )


@asynccontextmanager
async def open_room(settings: BillingSettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run billing."""
    database = needs.get(Database)
    clock = needs.get(Clock)
    await migrate(database, room="billing", script_location=_MIGRATIONS)
    async with AsyncExitStack() as stack:
        processor = await stack.enter_async_context(open_payments(settings, needs.get(Keyring)))
        payments = GuardedPayments(processor, needs.get(Commands), seconds=settings.charge_seconds)
        store = SqlBilling(database)
        waking = _Waking()
        cashier = Cashier(
            store=store, payments=payments, clock=clock, ids=needs.get(Ids), settings=settings, wake=waking
        )
        await seed_plans(cashier)
        room = _room(settings, needs, payments, cashier, store)
        waking.wakes(room.wake, room.letters_wake)
        tasks = await stack.enter_async_context(_running(_jobs(settings, needs, room)))

        async def jobs_run() -> bool:
            return not any(task.done() for task in tasks)

        pages = Pages(documents=InvoiceDocuments(), policy=page_policy())
        yield RunningRoom(
            provides={Billing: room.service},
            routes=(*routes(room.service, room.office, pages), *webhook_routes(payments, room.service, clock)),
            checks={"database": database.answers, "jobs": jobs_run},
        )


class _Waking(asyncio.Event):
    """An event that wakes several waiters of their own clearing."""

    def __init__(self) -> None:
        super().__init__()
        self._others: Sequence[asyncio.Event] = ()

    def wakes(self, *others: asyncio.Event) -> None:
        """Name whom to wake."""
        self._others = others

    def set(self) -> None:
        """Wake them."""
        for other in self._others:
            other.set()


def _jobs(settings: BillingSettings, needs: Needs, room: _Room) -> dict[str, Coroutine[Any, Any, None]]:
    clock, poll = needs.get(Clock), settings.outbox_poll_seconds
    events, mailer = needs.get(EventLog), needs.get(Mailer)
    letters = BillingLetters(settings)
    return {
        "renewals": keep_doing("renewals", room.renewals.run, every_seconds=settings.renewal_seconds),
        "events": keep_sending(lambda: send_events(room.store, events), room.wake, poll_seconds=poll),
        "letters": keep_sending(
            lambda: send_letters(room.store, letters, mailer), room.letters_wake, poll_seconds=poll
        ),
        "proof": keep_doing("proof", lambda: prove(room.office, clock), every_seconds=settings.invariant_seconds),
        "tidy": keep_doing("tidy", lambda: forget(room.store, clock, settings), every_seconds=3600.0),
        "news": keep_up(events, room.news),
    }


@asynccontextmanager
async def _running(jobs: dict[str, Coroutine[Any, Any, None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(job, name=f"billing {name}") for name, job in jobs.items()]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


MODULE = Module(
    name="billing",
    settings_type=BillingSettings,
    open=open_room,
    needs=(Database, EventLog, Keyring, Clock, Ids, Mailer, Identity, Commands),
    provides=(Billing,),
    route_prefixes=(
        "/api/v1/plans",
        "/api/v1/billing",
        "/api/v1/webhooks",
        "/api/v1/admin/plans",
        "/api/v1/admin/coupons",
        "/api/v1/admin/gifts",
        "/api/v1/admin/accounts/*/billing",
        "/api/v1/admin/payments",
        "/api/v1/admin/ledger",
        "/api/v1/admin/invariants",
        "/api/v1/admin/billing",
    ),
)
