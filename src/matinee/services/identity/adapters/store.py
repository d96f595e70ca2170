"""Everything that identity keeps, in a relational database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.relational import Database
from matinee.services.identity.adapters.accounts import SqlAccounts
from matinee.services.identity.adapters.logs import SqlKeys, SqlLogs, SqlOutbox
from matinee.services.identity.adapters.methods import SqlMethodRows
from matinee.services.identity.adapters.sessions import SqlSessions
from matinee.services.identity.adapters.tokens import SqlAttempts, SqlRequests, SqlTokens
from matinee.services.identity.ports.store import Transaction


class SqlTransaction(SqlMethodRows):
    """All rows, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        super().__init__(session)
        self.accounts = SqlAccounts(session)
        self.sessions = SqlSessions(session)
        self.tokens = SqlTokens(session)
        self.attempts = SqlAttempts(session)
        self.logs = SqlLogs(session)
        self.outbox = SqlOutbox(session)
        self.keys = SqlKeys(session)
        self.requests = SqlRequests(session)


class SqlStore:
    """Transactions on a relational database.

    Args:
        database: open and migrated.
        wake: set after a commit that left something to send; nobody could see it earlier; None where nobody waits.
    """

    def __init__(self, database: Database, *, wake: asyncio.Event | None = None) -> None:
        self._database = database
        self._wake = wake

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Open a transaction that only reads."""
        async with self._database.read() as session:
            yield SqlTransaction(session)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """Open a transaction that may write."""
        async with self._database.write() as session:
            tx = SqlTransaction(session)
            yield tx
        if self._wake is not None and (tx.outbox.added or tx.requests.added):
            self._wake.set()
