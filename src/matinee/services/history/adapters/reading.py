"""Threads that read a SQLite file, each with a connection of its own."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from matinee.engines.sqlite_files import open_connection
from matinee.services.history.adapters.guarding import Through
from matinee.services.history.ports import HistoryStoreError

T = TypeVar("T")


class Readers:
    """Runs reads beside the loop.

    Args:
        path: the database file, prepared and migrated.
        threads: how many reads at once.
        through: makes each call.
    """

    def __init__(self, path: Path, *, threads: int, busy_seconds: float, through: Through) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._through = through
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="history-reader")

    async def run(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Return what a read answers, from one snapshot when it is one statement.

        Raises:
            HistoryStoreError: when the database fails.
        """
        answer: T = await self._through(lambda: self._read(read))
        return answer

    async def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._with_connection, read)
        except (sqlite3.Error, RuntimeError) as error:
            raise HistoryStoreError("Viewing could not be read; try again.") from error

    def _with_connection(self, read: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = open_connection(self._path, busy_seconds=self._busy_seconds)
            connection.execute("PRAGMA query_only=ON")
            self._own.connection = connection
            self._opened.append(connection)
        return read(connection)

    def close(self) -> None:
        """Wait for reads under way, then let the connections go."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for connection in self._opened:
            connection.close()
