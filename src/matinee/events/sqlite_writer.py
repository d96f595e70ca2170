"""One thread per process that writes: whatever is waiting goes to the disk in one transaction (group commit)."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from matinee.engines.sqlite_files import WriterLock, open_connection
from matinee.events.port import EventLogError

_GROUP_JOBS = 1024
_GROUP_BYTES = 16 * 1024 * 1024
_WAITING_BYTES = 64 * 1024 * 1024
_JOB_BYTES = 1024  # what a job costs beside its values
_STOP_SECONDS = 30.0
_ANSWER_SECONDS = 30.0  # far beyond any commit: a process that holds the lock was stopped, or the disk hangs

T = TypeVar("T")


@dataclass(frozen=True)
class _Job:
    work: Callable[[sqlite3.Connection], Any]
    size_bytes: int
    answer: "asyncio.Future[Any]"


class GroupCommitWriter:
    """Runs jobs that write, each whole, together with the others that wait at the time.

    Args:
        path: the database file, prepared.
        busy_seconds: how long to wait for another process's transaction.
        committed: called on the loop after each commit.

    Attributes:
        commits: how many transactions were committed; with the number of jobs it shows how well they group.
    """

    def __init__(self, path: Path, *, busy_seconds: float, committed: Callable[[], None]) -> None:
        self.commits = 0
        self._path = path
        self._busy_seconds = busy_seconds
        self._committed = committed
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting_bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="events-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[sqlite3.Connection], T], *, size_bytes: int = 0) -> T:
        """Run `work` in a transaction and return its result once that is on the disk.

        Waits while 64 MiB wait already. A job cancelled before it started is not done.

        Raises:
            EventLogError: when the transaction failed, or did not start in time; nothing of it is there.
        """
        cost = size_bytes + _JOB_BYTES
        while self._waiting_bytes > _WAITING_BYTES:
            self._room.clear()
            await self._room.wait()
        if self._closed:
            raise EventLogError("The event log is closed.")
        job = _Job(work, cost, self._loop.create_future())
        self._waiting_bytes += cost
        self._jobs.put(job)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                result: T = await job.answer
        except TimeoutError as error:
            raise EventLogError("The event log did not take the write in time.") from error
        return result

    async def close(self) -> None:
        """Write what waits, then stop the thread."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, _STOP_SECONDS)

    def _run(self) -> None:
        with ExitStack() as stack:
            open_files: tuple[sqlite3.Connection, WriterLock] | None = None
            more = True
            while more:
                group, more = self._take_group()
                try:
                    open_files = open_files or self._open(stack)
                    self._commit(*open_files, group)
                except Exception as error:  # noqa: BLE001  # the thread must answer every job, whatever happened
                    self._report(group, error)

    def _open(self, stack: ExitStack) -> tuple[sqlite3.Connection, WriterLock]:
        connection = stack.enter_context(closing(open_connection(self._path, busy_seconds=self._busy_seconds)))
        return connection, stack.enter_context(closing(WriterLock(self._path)))

    def _take_group(self) -> tuple[list[_Job], bool]:
        """Wait for a job, and return it with the others that wait; False when there will be no more."""
        group: list[_Job] = []
        size = 0
        while len(group) < _GROUP_JOBS and size < _GROUP_BYTES:
            try:
                job = self._jobs.get(block=not group)
            except Empty:
                break
            if job is None:
                return group, False
            group.append(job)
            size += job.size_bytes
        return group, True

    def _commit(self, connection: sqlite3.Connection, lock: WriterLock, group: list[_Job]) -> None:
        if not group:
            return
        with lock.held():
            connection.execute("BEGIN IMMEDIATE")
            try:
                results = [None if job.answer.cancelled() else job.work(connection) for job in group]
                connection.execute("COMMIT")
            except BaseException:
                # A failed COMMIT may have ended the transaction by itself.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        self._loop.call_soon_threadsafe(self._answer, group, results)

    def _report(self, group: list[_Job], error: Exception) -> None:
        failure = EventLogError("The event log could not be written; try again.")
        failure.__cause__ = error
        self._loop.call_soon_threadsafe(self._fail, group, failure)

    def _answer(self, group: list[_Job], results: list[Any]) -> None:
        self._release(group)
        self.commits += 1
        for job, result in zip(group, results, strict=True):
            if not job.answer.done():
                job.answer.set_result(result)
        self._committed()

    def _fail(self, group: list[_Job], failure: EventLogError) -> None:
        self._release(group)
        for job in group:
            if not job.answer.done():
                job.answer.set_exception(failure)

    def _release(self, group: list[_Job]) -> None:
        self._waiting_bytes -= sum(job.size_bytes for job in group)
        self._room.set()
