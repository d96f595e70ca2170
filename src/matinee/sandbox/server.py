"""The processor as one running thing: its file, its postman, its listener."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import structlog

from matinee.engines.relational import migrate, open_database
from matinee.host.server import Listener, serving
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import Ids
from matinee.sandbox.http import Stalls, application
from matinee.sandbox.outbox import Outbox
from matinee.sandbox.postman import Postman, keep_delivering
from matinee.sandbox.settings import SandboxSettings
from matinee.sandbox.signing import Secrets
from matinee.sandbox.till import Till
from matinee.sandbox.wallet import Wallet

_MIGRATIONS = Path(__file__).parent / "migrations"
_log = structlog.get_logger()


@dataclass(frozen=True)
class Processor:
    """The rules of a running processor, for tests that want to see behind its HTTP."""

    till: Till
    wallet: Wallet
    postman: Postman


@asynccontextmanager
async def processor(
    file: Path, listener: Listener, *, settings: SandboxSettings, secrets: Secrets, clock: Clock, ids: Ids
) -> AsyncIterator[Processor]:
    """Run the processor while the block runs.

    Args:
        file: its SQLite file; made when absent.
        listener: loopback only, unless the operator knows why.

    Raises:
        ListenError: when the address cannot be listened on.
        DatabaseError: when the file cannot be opened.
    """
    async with open_database(f"sqlite+aiosqlite:///{file}") as database, aiohttp.ClientSession() as http:
        await migrate(database, room="sandbox", script_location=_MIGRATIONS)
        # Chance decides when webhooks travel, nothing that anybody must not guess.
        outbox = Outbox(database, settings=settings, clock=clock, ids=ids, chance=random.Random())  # noqa: S311
        till = Till(database, outbox, settings=settings, clock=clock, ids=ids, public_url=listener.url)
        wallet = Wallet(database, settings=settings, clock=clock, ids=ids, secret=secrets.fingerprints)
        postman = Postman(outbox, http, settings=settings, clock=clock, secret=secrets.webhooks)
        stalls = Stalls(settings.stall_seconds)
        app = application(till=till, wallet=wallet, stalls=stalls, settings=settings, service_key=secrets.service)
        async with serving(app, listener):
            delivering = asyncio.create_task(keep_delivering(postman, till, failed=_failed), name="sandbox webhooks")
            try:
                yield Processor(till, wallet, postman)
            finally:
                stalls.end()
                delivering.cancel()
                await asyncio.gather(delivering, return_exceptions=True)


def _failed(error: MatineeError) -> None:
    _log.error("sandbox_delivery_failed", code=error.code, exc_info=error)
