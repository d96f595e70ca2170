"""One thread that writes: whatever waits goes to the disk in one transaction (group commit)."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from matinee.engines.sqlite_files import WriterLock, open_connection
from matinee.services.history.adapters.guarding import Through
from matinee.services.history.ports import HistoryStoreError

_GROUP_ENTRIES = 8_192
_STOP_SECONDS = 30.0
# Every page that many reports touch is written once for each checkpoint, so few of them save most of the writing.
_CHECKPOINT_PAGES = 8_192
_CACHE_KIB = 65_536
Work = Callable[[sqlite3.Connection], Any]
Rows = Sequence[tuple[Any, ...]]
T = TypeVar("T")


@dataclass(frozen=True)
class _Job:
    """Rows for the statement that all share, or any other work; `size` is its share of the bound."""

    rows: Rows
    work: Work | None
    size: int
    answer: "asyncio.Future[Any]"


class GroupCommitWriter:
    """Runs jobs that write, together with the others that wait at the time.

    Args:
        path: the database file, prepared and migrated.
        upsert: the statement that rows given to `add` go through.
        max_waiting: rows and jobs that may wait; more are refused at once.
        busy_seconds: how long to wait for another process's transaction, and for an answer.
        through: makes each call.

    Attributes:
        commits: how many transactions there were; with the number of rows it shows how well they group.
    """

    def __init__(self, path: Path, *, upsert: str, max_waiting: int, busy_seconds: float, through: Through) -> None:
        self.commits = 0
        self._path = path
        self._upsert = upsert
        self._max_waiting = max_waiting
        self._busy_seconds = busy_seconds
        self._through = through
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="history-writer", daemon=True)
        self._thread.start()

    async def add(self, rows: Rows, work: Work | None = None) -> None:
        """Put rows through the statement, then do `work`, in one transaction; return when that is on the disk.

        Raises:
            HistoryStoreError: when too much waits, the transaction failed, or it took too long.
        """
        job = _Job(rows, work, len(rows) + 1, self._loop.create_future())
        await self._through(lambda: self._submit(job))

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in a transaction and return its result once that is on the disk.

        Raises:
            HistoryStoreError: as `add`.
        """
        job = _Job((), work, 1, self._loop.create_future())
        result: T = await self._through(lambda: self._submit(job))
        return result

    async def _submit(self, job: _Job) -> Any:
        if self._closed:
            raise HistoryStoreError("The store of viewing is closed.")
        if self._waiting + job.size > self._max_waiting:
            raise HistoryStoreError("Too much waits for the disk; try again in a moment.")
        self._waiting += job.size
        self._jobs.put(job)
        try:
            async with asyncio.timeout(self._busy_seconds):
                return await job.answer
        except TimeoutError as error:
            raise HistoryStoreError("The disk did not take the write in time; try again.") from error

    async def close(self) -> None:
        """Write what waits, then stop the thread."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, _STOP_SECONDS)

    def _run(self) -> None:
        with ExitStack() as stack:
            files: tuple[sqlite3.Connection, WriterLock] | None = None
            more = True
            while more:
                group, more = self._take_group()
                try:
                    files = files or self._open(stack)
                    self._write(*files, group)
                except Exception as error:  # noqa: BLE001  # the thread must answer every job, whatever happened
                    self._loop.call_soon_threadsafe(self._fail, group, _failure(error))

    def _open(self, stack: ExitStack) -> tuple[sqlite3.Connection, WriterLock]:
        connection = stack.enter_context(closing(open_connection(self._path, busy_seconds=self._busy_seconds)))
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        return connection, stack.enter_context(closing(WriterLock(self._path)))

    def _take_group(self) -> tuple[list[_Job], bool]:
        """Wait for a job, and return it with the others that wait; False when there will be no more."""
        group: list[_Job] = []
        size = 0
        while size < _GROUP_ENTRIES:
            try:
                job = self._jobs.get(block=not group)
            except Empty:
                break
            if job is None:
                return group, False
            group.append(job)
            size += job.size
        return group, True

    def _write(self, connection: sqlite3.Connection, lock: WriterLock, group: list[_Job]) -> None:
        """Commit a group; when something in it fails, commit each of its jobs alone, so that one fails alone."""
        if not group:
            return
        with lock.held():
            try:
                results = self._commit(connection, group)
            except sqlite3.Error:
                if len(group) == 1:
                    raise
                results = [self._alone(connection, job) for job in group]
        self._loop.call_soon_threadsafe(self._answer, group, results)

    def _alone(self, connection: sqlite3.Connection, job: _Job) -> Any:
        try:
            return self._commit(connection, [job])[0]
        except sqlite3.Error as error:
            return _failure(error)

    def _commit(self, connection: sqlite3.Connection, group: list[_Job]) -> list[Any]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if rows := [row for job in group for row in job.rows]:
                connection.executemany(self._upsert, rows)
            results = [None if job.work is None else job.work(connection) for job in group]
            connection.execute("COMMIT")
        except BaseException:
            # A failed COMMIT may have ended the transaction by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return results

    def _answer(self, group: list[_Job], results: list[Any]) -> None:
        self.commits += 1
        for job, result in zip(group, results, strict=True):
            self._waiting -= job.size
            if job.answer.done():
                continue
            if isinstance(result, HistoryStoreError):
                job.answer.set_exception(result)
            else:
                job.answer.set_result(result)

    def _fail(self, group: list[_Job], failure: HistoryStoreError) -> None:
        self._answer(group, [failure] * len(group))


def _failure(error: Exception) -> HistoryStoreError:
    failure = HistoryStoreError("Viewing could not be written; try again.")
    failure.__cause__ = error
    return failure
