"""The room as a process would open it: real store, event log and jobs, a processor that cannot be reached."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from litestar.testing import AsyncTestClient
from sqlalchemy import text

from matinee.contracts.billing import Billing
from matinee.contracts.identity import ACCOUNTS_TOPIC, AccountChanged, Identity
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, open_database
from matinee.events.opened import open_events
from matinee.events.port import EventLog, NewEvent
from matinee.host.http import PassportReader, compose
from matinee.host.module import Needs
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.ids import AccountId, Ids, RandomIds
from matinee.kit.passport import Passport
from matinee.mail.port import Mailer
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.billing.module import MODULE
from matinee.services.billing.settings import BillingSettings
from matinee.testing.billing import FakeIdentity, an_account
from matinee.testing.titles import Callers


class NoMail:
    async def send(self, mail) -> None:
        raise AssertionError("No letter was due.")


async def test_the_room_opens_serves_hears_news_and_closes(quick_folder: Path):
    clock, callers = SystemClock(), Callers()
    settings = BillingSettings(sandbox_url="http://127.0.0.1:9", renewal_seconds=0.1)
    async with (
        open_database(f"sqlite+aiosqlite:///{quick_folder}/billing.db") as database,
        open_events(f"sqlite://{quick_folder}/events.db", clock=clock, ids=RandomIds()) as events,
    ):
        bound = {
            Database: database,
            EventLog: events,
            Keyring: Keyring(quick_folder / "keys"),
            Clock: clock,
            Ids: RandomIds(),
            Mailer: NoMail(),
            Identity: FakeIdentity(),
            Commands: Commands(Tuning(), clock.monotonic),
        }
        assert set(bound) == set(MODULE.needs)
        for _ in range(2):  # the second opening finds everything as the first left it
            async with MODULE.open(settings, Needs(bound)) as room:
                app = compose(room.routes, PassportReader(callers.key.public))
                async with AsyncTestClient(app) as client:
                    plans = await client.get("/api/v1/plans", headers=callers.stranger)
                    me = Passport(
                        role="member", session="s", client_address="::1", expires_at=2**33, account=AccountId("ann")
                    )
                    mine = await client.get("/api/v1/billing/subscription", headers=callers.headers(me))
                assert len(plans.json()["items"]) == 3
                assert mine.json()["state"] == "none"
                billing = room.provides[Billing]
                assert (await billing.entitlement(account_id=AccountId("ann"))).entitled is False
                await hears(events, database, renamed=f"Anne {datetime.now(UTC).isoformat()}")
                assert all([await check() for check in room.checks.values()])


async def hears(events: EventLog, database: Database, *, renamed: str) -> None:
    account = msgspec.structs.replace(an_account("ann"), name=renamed)
    await events.append(
        ACCOUNTS_TOPIC, [NewEvent(key="ann", value=msgspec.json.encode(AccountChanged(account=account)))]
    )
    async with asyncio.timeout(20):
        while True:
            async with database.read() as session:
                if (await session.execute(text("SELECT name FROM billing_customers"))).scalar() == renamed:
                    return
            await asyncio.sleep(0.05)
