"""Relational databases: one engine per URL, sessions that commit once at the edge, errors in our own words.

DatabaseError      the engine failed, is locked or away; the cause is kept
ConstraintError    a unique, foreign-key or check constraint refused the change
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from matinee.engines.migrations import applied_revision, newest_revision, upgrade, version_table
from matinee.engines.sqlite_files import WriterLock, connection_pragmas, prepare_file
from matinee.kit.errors import ConflictError, UnavailableError


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a room uses its database."""

    readers: Annotated[int, Meta(ge=1, le=64, description="connections for reading")] = 4
    writers: Annotated[int, Meta(ge=1, le=64, description="connections for writing; SQLite always has one")] = 4
    wait_seconds: Annotated[float, Meta(gt=0, le=60, description="longest wait for a connection or a lock, s")] = 10.0


class TurnTimeoutError(Exception):
    """The right to write did not come free in time; callers see a `DatabaseError`."""


class DatabaseError(UnavailableError):
    """The database failed or cannot be reached; the cause is kept."""

    code = "database"
    title = "The database is not available"


class ConstraintError(ConflictError):
    """A constraint of the schema refused the change; adapters that expect one turn it into their room's error."""

    code = "constraint"
    title = "The change contradicts what is stored"


Turn = Callable[[], AbstractAsyncContextManager[None]]
"""Waits for the right to write, where an engine has but one writer."""


class Database:
    """Sessions on one database. Made by `open_database`."""

    def __init__(self, reading: AsyncEngine, writing: AsyncEngine, turn: Turn) -> None:
        self._reading = reading
        self._writing = writing
        self._turn = turn
        self._read_sessions = async_sessionmaker(reading, expire_on_commit=False)
        self._write_sessions = async_sessionmaker(writing, expire_on_commit=False)

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Give a session that sees one snapshot; on SQLite a write through it fails.

        Raises:
            DatabaseError: when the engine fails, or no connection is free in time.
        """
        return self._read_session()

    @asynccontextmanager
    async def _read_session(self) -> AsyncIterator[AsyncSession]:
        async with _translated(), self._read_sessions() as session:
            yield session

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Give a session whose changes are durable, all or none, when the block ends without an error.

        Raises:
            ConstraintError: when a constraint refused the change.
            DatabaseError: when the engine fails, or the lock or a connection does not come free in time.
        """
        return self._write_session()

    @asynccontextmanager
    async def _write_session(self) -> AsyncIterator[AsyncSession]:
        async with _translated(), self._turn(), self._write_sessions() as session, session.begin():
            yield session

    def alter(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection for changes of the schema, in one transaction."""
        return self._altering()

    @asynccontextmanager
    async def _altering(self) -> AsyncIterator[AsyncConnection]:
        async with _translated(), self._turn(), self._writing.begin() as connection:
            yield connection

    async def ping(self) -> None:
        """Return when the database answers.

        Raises:
            DatabaseError: when it does not.
        """
        async with self.read() as session:
            await session.execute(text("SELECT 1"))

    async def answers(self) -> bool:
        """Return whether the database answers, for health checks."""
        try:
            await self.ping()
        except DatabaseError:
            return False
        return True


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise ConstraintError("The change contradicts what is stored.") from error
    except (OperationalError, InterfaceError, PoolTimeoutError, TurnTimeoutError) as error:
        raise DatabaseError("The database did not answer; try again.") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseError("The connection to the database broke; try again.") from error
        raise


@asynccontextmanager
async def open_database(url: str, *, settings: DatabaseSettings | None = None) -> AsyncIterator[Database]:
    """Open a database for the block; the file of a SQLite URL is made when absent.

    Args:
        url: `sqlite+aiosqlite:////absolute/path.db`, `postgresql+asyncpg://…` or `mysql+asyncmy://…`.
        settings: pool sizes and waits.

    Raises:
        DatabaseError: when a SQLite file cannot be made or opened.
    """
    chosen = settings or DatabaseSettings()
    parsed = make_url(url)
    opening = _open_sqlite if parsed.get_backend_name() == "sqlite" else _open_server
    async with opening(parsed, chosen) as database:
        yield database


@asynccontextmanager
async def _open_server(url: URL, settings: DatabaseSettings) -> AsyncIterator[Database]:
    engine = create_async_engine(
        url,
        pool_size=settings.readers + settings.writers,
        max_overflow=0,
        pool_timeout=settings.wait_seconds,
        pool_pre_ping=True,  # a server may have dropped an idle connection
    )
    try:
        yield Database(engine, engine, nullcontext)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _open_sqlite(url: URL, settings: DatabaseSettings) -> AsyncIterator[Database]:
    """Open an engine that only reads and one with a single connection that writes, so that neither starves."""
    if not url.database or url.database == ":memory:":
        raise DatabaseError("SQLite needs a file here; a database in memory is not kept.")
    path = Path(url.database)
    try:
        await asyncio.to_thread(prepare_file, path, busy_seconds=settings.wait_seconds)
        lock = WriterLock(path)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError("The database file cannot be opened.") from error
    pragmas = connection_pragmas(busy_seconds=settings.wait_seconds)
    reading = _sqlite_engine(url, settings.readers, settings, (*pragmas, "PRAGMA query_only=ON"), "BEGIN")
    # IMMEDIATE: a transaction that will write takes the lock first, else its snapshot may be stale when it does.
    writing = _sqlite_engine(url, 1, settings, pragmas, "BEGIN IMMEDIATE")
    try:
        yield Database(reading, writing, _sqlite_turn(lock, settings.wait_seconds))
    finally:
        await reading.dispose()
        await writing.dispose()
        lock.close()


def _sqlite_turn(lock: WriterLock, wait_seconds: float) -> Turn:
    """Return what gives one task of one process at a time its turn to write."""
    first = asyncio.Lock()  # within the process in order; only its first task waits for other processes

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(wait_seconds):
                    await stack.enter_async_context(first)
                    await stack.enter_async_context(lock.held_on_loop(wait_seconds=wait_seconds))
            except TimeoutError as error:
                raise TurnTimeoutError from error
            yield

    return turn


def _sqlite_engine(
    url: URL, connections: int, settings: DatabaseSettings, pragmas: tuple[str, ...], begin: str
) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=connections, max_overflow=0, pool_timeout=settings.wait_seconds)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        for statement in pragmas:
            cursor.execute(statement)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


async def migrate(database: Database, *, room: str, script_location: Path) -> str:
    """Upgrade a room's tables in one transaction and return the revision they are at.

    Revisions are a line without branches: `versions/0001_words.py` holds `revision = "0001"`. The table
    `alembic_version_<room>` remembers which is applied, so rooms may share a database.

    Args:
        database: where; on SQLite the write lock makes a second process wait, and then find nothing to do.
        room: small letters, digits and `_`.
        script_location: the room's `adapters/migrations` folder.

    Raises:
        MigrationError: when the files are not such a line, or the database is newer than they are.
        DatabaseError: when the engine fails.
    """
    table = version_table(room)
    newest = newest_revision(script_location)
    async with database.alter() as connection:
        if await connection.run_sync(applied_revision, table) != newest:
            await connection.run_sync(upgrade, table, script_location, newest)
    return newest
