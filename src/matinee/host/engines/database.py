"""A room's database behind commands."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from matinee.engines.relational import Database, DatabaseError, open_database
from matinee.host.engines.guard import Guard
from matinee.resilience.around import Around
from matinee.resilience.command import Commands
from matinee.resilience.errors import CommandTimeoutError
from matinee.resilience.faults import InjectedError

READ_SECONDS = 60.0
WRITE_SECONDS = 30.0


def is_the_blocks_own(error: BaseException) -> bool:
    """Return whether an error comes from who uses the database and says nothing of its health."""
    return not isinstance(error, DatabaseError | CommandTimeoutError | InjectedError)


class GuardedDatabase(Database):
    """The commands `<room>.database.read` and `<room>.database.write` around the sessions of another one.

    The deadline holds while a session is waited for and used. It does not hold while a transaction commits or is rolled
    back, so a change is either refused before its commit began or answered by what the engine says. Changes of the
    schema are not commands: they run once, before the room is open.
    """

    def __init__(self, inner: Database, commands: Commands, room: str) -> None:
        self._inner = inner
        guard = Guard(commands, f"{room}.database", DatabaseError, callers_fault=is_the_blocks_own)
        self._read = guard.command("read", timeout_seconds=READ_SECONDS)
        self._write = guard.command("write", timeout_seconds=WRITE_SECONDS)

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Give a session that sees one snapshot."""
        return Around(self._read, self._inner.read(), refusal=DatabaseError)

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Give a session whose changes are durable, all or none, when the block ends without an error."""
        return Around(self._write, self._inner.write(), refusal=DatabaseError)

    def alter(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection for changes of the schema, in one transaction."""
        return self._inner.alter()


@asynccontextmanager
async def open_guarded(url: str, commands: Commands, room: str) -> AsyncIterator[Database]:
    """Open a room's database for the block, behind its commands; see `open_database`."""
    async with open_database(url) as database:
        yield GuardedDatabase(database, commands, room)
