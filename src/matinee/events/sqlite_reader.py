"""Reading beside the writer: a few connections in threads, and the sign that another process has written."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Concatenate, ParamSpec, TypeVar

from matinee.engines.sqlite_files import open_connection
from matinee.events.port import EventLogError

_LOOK_SECONDS = 0.025  # how soon a write of another process is noticed

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """Runs reading functions in threads, each with a connection of its own.

    Args:
        path: the database file, prepared.
        count: how many at once.
        busy_seconds: longest wait for a lock, which in this mode only a recovery after a crash holds.
    """

    def __init__(self, path: Path, *, count: int, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._free: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="events-reader")

    def open(self) -> None:
        """Open the connections. Blocks."""
        for _ in range(self._count):
            connection = open_connection(self._path, busy_seconds=self._busy_seconds)
            connection.execute("PRAGMA query_only=ON")
            self._free.put(connection)

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, …)` in a thread.

        Raises:
            EventLogError: when the file cannot be read.
        """

        def with_connection() -> T:
            connection = self._free.get()
            try:
                return work(connection, *args, **kwargs)
            finally:
                self._free.put(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, with_connection)
        except (sqlite3.Error, RuntimeError) as error:
            raise EventLogError("The event log could not be read; try again.") from error

    def close(self) -> None:
        """Wait for what runs, and close the connections. Blocks."""
        self._threads.shutdown()
        while not self._free.empty():
            self._free.get().close()


class Changes:
    """Wakes those who wait for something new in the log."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def mark(self) -> None:
        """Wake all who wait."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    def next(self) -> asyncio.Event:
        """Return what will be set at the next change; take it before looking, so that none is missed."""
        return self._event


class Watch:
    """A thread that looks for writes of other processes; SQLite counts them in shared memory, at microseconds a look.

    Args:
        path: the database file, prepared.
        changed: called on the loop.
    """

    def __init__(self, path: Path, *, changed: Callable[[], None]) -> None:
        self._path = path
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="events-watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with ExitStack() as stack:
            connection: sqlite3.Connection | None = None
            seen = None
            while not self._stop.wait(_LOOK_SECONDS):
                with suppress(sqlite3.Error):  # readers meet the same error themselves, and report it
                    connection = connection or stack.enter_context(closing(self._open()))
                    version = connection.execute("PRAGMA data_version").fetchone()
                    if version != seen:
                        seen = version
                        self._loop.call_soon_threadsafe(self._changed)

    def _open(self) -> sqlite3.Connection:
        return open_connection(self._path, busy_seconds=_LOOK_SECONDS)

    def close(self) -> None:
        """Stop looking. Blocks for at most one look."""
        self._stop.set()
        self._thread.join()
