"""Everything that identity keeps, in a relational database."""

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
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Open a transaction that only reads."""
        async with self._database.read() as session:
            yield SqlTransaction(session)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """Open a transaction that may write."""
        async with self._database.write() as session:
            yield SqlTransaction(session)
