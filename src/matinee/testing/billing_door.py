"""Billing's HTTP edge with callers before it, for tests."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar.testing import AsyncTestClient

from matinee.host.http import PassportReader, compose
from matinee.kit.ids import AccountId
from matinee.kit.passport import Passport, Role
from matinee.services.billing.adapters.documents import InvoiceDocuments, page_policy
from matinee.services.billing.http.documents import Pages
from matinee.services.billing.http.routes import routes
from matinee.testing.billing import BillingBench, open_bench
from matinee.testing.titles import Callers


@dataclass
class Door:
    """The edge of a bench, and who calls."""

    client: AsyncTestClient[Any]
    bench: BillingBench
    callers: Callers

    def headers(self, account_id: str, role: Role) -> dict[str, str]:
        """Return the header that makes a request come from an account in a role."""
        passport = Passport(
            role=role, session="s1", client_address="192.0.2.9", expires_at=2**33, account=AccountId(account_id)
        )
        return self.callers.headers(passport)

    async def ask(
        self, method: str, path: str, *, by: str = "ann", role: Role = "member", key: str = "", body: Any = None
    ) -> Any:
        """Return the answer to a request of an account; `path` is below `/api/v1`."""
        headers = self.headers(by, role)
        if key:
            headers["Idempotency-Key"] = key
        return await self.client.request(method, f"/api/v1{path}", headers=headers, json=body)

    async def staff(self, method: str, path: str, body: Any = None, role: Role = "admin") -> Any:
        """Return the answer to a request of a member of staff."""
        return await self.ask(method, path, by="boss", role=role, body=body)


@contextmanager
def quick_place() -> Iterator[Path]:
    """Give a folder whose writes need no disk, where the machine has one."""
    memory = Path("/dev/shm")  # noqa: S108  # a private folder is made in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@asynccontextmanager
async def open_door(folder: Path) -> AsyncIterator[Door]:
    """Open a bench and its edge."""
    callers = Callers()
    pages = Pages(documents=InvoiceDocuments(), policy=page_policy())
    async with open_bench(folder) as bench:
        app = compose(routes(bench.service, bench.office, pages), PassportReader(callers.key.public))
        async with AsyncTestClient(app) as client:
            yield Door(client, bench, callers)
