"""The identity room opened for tests: cheap hashing, time that stands still, mails kept in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litestar.testing import AsyncTestClient

from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, migrate, open_database
from matinee.host.http import PassportReader, compose
from matinee.kit.ids import RandomIds
from matinee.services.identity import module
from matinee.services.identity.adapters.hashing import Argon2Hashes
from matinee.services.identity.adapters.store import SqlStore
from matinee.services.identity.assembly import Assembly, Outside
from matinee.services.identity.http.routes import routes
from matinee.services.identity.settings import IdentitySettings
from matinee.testing.clock import ManualClock
from matinee.testing.members import Browser, KeptMailer
from matinee.testing.titles import Callers

PASSWORD = "violet tram umbrella"  # noqa: S105  # of people who do not exist
# The cheapest hashing that the settings permit, because most tests are about rules.
CHEAP = IdentitySettings(hash_memory_kib=7168, hash_passes=1, public_url="https://watch.example")


@dataclass
class Room:
    """The room, and what tests reach into it with."""

    core: Assembly
    store: SqlStore
    database: Database
    clock: ManualClock
    mail: KeptMailer
    client: AsyncTestClient[Any]
    keyring: Keyring
    hashes: Argon2Hashes
    settings: IdentitySettings
    callers: Callers = field(default_factory=Callers)

    def browser(self, *, address: str = "192.0.2.7", role: str | None = None) -> Browser:
        """Somebody else's browser, signed out; with `role`, an operator."""
        return Browser(self.client, self.callers, self.clock, self.core.keys, address=address, role=role)

    async def post_mail(self) -> None:
        """Work off what waits, as the room's job does."""
        await self.core.mailroom.work_off()

    async def token(self, kind: str) -> str:
        """The token in the newest mail of a kind."""
        await self.post_mail()
        return self.mail.token(kind)

    async def joined(self, email: str = "ada@example.org", *, address: str = "192.0.2.7", name: str = "Ada") -> Browser:
        """A browser of somebody who signed up and opened the link."""
        browser = self.browser(address=address)
        answer = await browser.post("/accounts", {"email": email, "password": PASSWORD, "name": name})
        assert answer.status_code == 202, answer.text
        opened = {"token": await self.token("verification"), "password": PASSWORD}
        answer = await browser.post("/accounts/verification", opened)
        assert answer.status_code == 200, answer.text
        return browser

    async def with_role(self, role: str, email: str) -> Browser:
        """A browser of somebody with a role."""
        browser = await self.joined(email, name="Staff")
        operator = self.browser(role="operator")
        answer = await operator.post(f"/admin/accounts/{browser.account_id}/role", {"role": role})
        assert answer.status_code == 200, answer.text
        assert (await browser.post("/session", {"email": email, "password": PASSWORD})).status_code == 200
        return browser


@asynccontextmanager
async def open_identity(folder: Path, settings: IdentitySettings = CHEAP) -> AsyncIterator[Room]:
    """Open the room with its database and keys below a folder."""
    location = Path(module.__file__).parent / "adapters/migrations"
    async with open_database(f"sqlite+aiosqlite:///{folder}/identity.db") as database:
        await migrate(database, room="identity", script_location=location)
        clock, mail, hashes = ManualClock(), KeptMailer(), Argon2Hashes(settings)
        store, keyring = SqlStore(database, wake=asyncio.Event()), Keyring(folder / "keys")
        outside = Outside(
            store=store,
            hashes=hashes,
            keyring=keyring,
            mailer=mail,
            mailbox=mail,
            clock=clock,
            ids=RandomIds(clock),
        )
        core = Assembly(settings, outside)
        await core.keys.keep_up()
        callers = Callers()
        async with AsyncTestClient(compose(routes(core.services()), PassportReader(callers.key.public))) as client:
            yield Room(core, store, database, clock, mail, client, keyring, hashes, settings, callers)
        await asyncio.to_thread(hashes.close)
