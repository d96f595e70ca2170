"""SQLite files the way this service uses them: write-ahead log, every commit on the disk, one writer at a time.

Writers queue at a lock file beside the database instead of SQLite's own lock. The kernel wakes the next
one at once, where SQLite polls; it frees a dead process's lock; and no checkpoint runs beside another process's commit,
which SQLite before 3.51.3 can turn into a damaged file (https://sqlite.org/wal.html#walresetbug).
"""

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from matinee.engines.files import make_folder, sync_folder

_WAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024
_RETRY_SECONDS = 0.02


class WriterLock:
    """The right to write to one database, held by one connection of one process at a time.

    Args:
        database: the database file; the lock file is its name and `.lock`.
    """

    def __init__(self, database: Path) -> None:
        self._descriptor = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for the block, for threads; waits as long as it takes."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    @asynccontextmanager
    async def held_on_loop(self, *, wait_seconds: float) -> AsyncIterator[None]:
        """Hold the lock for the block, without keeping the loop waiting.

        Raises:
            TimeoutError: when it does not come free in time.
        """
        async with asyncio.timeout(wait_seconds):
            while not self._taken():  # noqa: ASYNC110  # the lock is another process's, which cannot set an event here
                await asyncio.sleep(_RETRY_SECONDS)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Let the lock file go; it stays on the disk, empty."""
        os.close(self._descriptor)


def connection_pragmas(*, busy_seconds: float) -> tuple[str, ...]:
    """Return the statements that every new connection runs.

    Args:
        busy_seconds: how long a statement waits for another writer before it fails.
    """
    return (
        f"PRAGMA busy_timeout={int(busy_seconds * 1000)}",
        "PRAGMA synchronous=FULL",  # a commit survives power loss, not only a killed process
        "PRAGMA foreign_keys=ON",
        f"PRAGMA journal_size_limit={_WAL_SIZE_LIMIT_BYTES}",  # a burst does not leave a huge log file for ever
    )


def prepare_file(path: Path, *, busy_seconds: float) -> None:
    """Make the database file, if need be, and turn its write-ahead log on, which the file remembers. Blocks.

    Raises:
        sqlite3.Error: when the file is not a database, or others keep it locked for `busy_seconds`.
    """
    make_folder(path.parent)
    is_new = not path.exists()
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        _turn_wal_on(connection, time.monotonic() + busy_seconds)
    finally:
        connection.close()
    if is_new:
        sync_folder(path.parent)


def _turn_wal_on(connection: sqlite3.Connection, ends_at: float) -> None:
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return
        except sqlite3.OperationalError:
            # SQLite does not call its busy handler for this change of mode when two processes start at once.
            if time.monotonic() > ends_at:
                raise
            time.sleep(_RETRY_SECONDS)


def open_connection(path: Path, *, busy_seconds: float) -> sqlite3.Connection:
    """Return a connection in autocommit mode that may move between threads, one at a time.

    Args:
        path: a file that `prepare_file` has seen.
        busy_seconds: how long a statement waits for another writer before it fails.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for statement in connection_pragmas(busy_seconds=busy_seconds):
        connection.execute(statement)
    return connection
