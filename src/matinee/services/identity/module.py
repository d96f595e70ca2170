"""Identity's declaration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from matinee.contracts.identity import Identity
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, migrate
from matinee.events.port import EventLog
from matinee.host.engines.fetching import guarded_fetch
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.mail.port import Mailbox, Mailer
from matinee.resilience.command import Commands
from matinee.services.identity.adapters.hashing import Argon2Hashes
from matinee.services.identity.adapters.store import SqlStore
from matinee.services.identity.assembly import Assembly, Outside
from matinee.services.identity.http.routes import routes
from matinee.services.identity.jobs import keep_sending, keep_tidy
from matinee.services.identity.settings import IdentitySettings

_MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


@asynccontextmanager
async def open_room(settings: IdentitySettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run identity."""
    database = needs.get(Database)
    await migrate(database, room="identity", script_location=_MIGRATIONS)
    hashes = Argon2Hashes(settings)
    wake = asyncio.Event()
    outside = Outside(
        store=SqlStore(database, wake=wake),
        hashes=hashes,
        keyring=needs.get(Keyring),
        mailer=needs.get(Mailer),
        mailbox=needs.get(Mailbox),
        clock=needs.get(Clock),
        ids=needs.get(Ids),
        asks=lambda provider: guarded_fetch(needs.get(Commands), "identity", provider),
    )
    room = Assembly(settings, outside)
    await room.keys.keep_up()
    await hashes.prepare()
    tasks = [
        asyncio.create_task(
            keep_sending(
                outside.store,
                needs.get(EventLog),
                room.mailroom,
                wake,
                poll_seconds=settings.poll_seconds,
            ),
            name="identity sender",
        ),
        asyncio.create_task(
            keep_tidy(outside.store, room.keys, room.limits, outside.clock, every_seconds=settings.sweep_seconds),
            name="identity sweep",
        ),
    ]

    async def jobs_run() -> bool:
        return not any(task.done() for task in tasks)

    try:
        yield RunningRoom(
            provides={Identity: room.identity},
            routes=routes(room.services()),
            checks={"database": database.answers, "jobs": jobs_run},
        )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(hashes.close)


MODULE = Module(
    name="identity",
    settings_type=IdentitySettings,
    open=open_room,
    needs=(Database, EventLog, Keyring, Clock, Ids, Mailer, Mailbox, Commands),
    provides=(Identity,),
    route_prefixes=(
        "/api/v1/accounts",
        "/api/v1/account",
        "/api/v1/session",
        "/api/v1/password",
        "/api/v1/profiles",
        "/api/v1/device",
        "/api/v1/setup",
        "/api/v1/mailbox",
        "/api/v1/admin/accounts",
        "/api/v1/admin/audit",
    ),
)
