"""The embedded event log: one SQLite file that any number of processes on a machine share.

Durable on acknowledgement (write-ahead log, every commit synced), group commit within a process, consumer groups by
leases in the same file. A process hears of its own writes at once and of others' within about 25 ms.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import datetime
from functools import partial
from pathlib import Path

from matinee.engines.sqlite_files import WriterLock, open_connection, prepare_file
from matinee.events.port import (
    MAX_KEY_CHARACTERS,
    MAX_VALUE_BYTES,
    Event,
    EventKeyError,
    EventLogError,
    EventTooLargeError,
    NewEvent,
    TopicNameError,
)
from matinee.events.sqlite_consumer import LIFE_OF_LEASE, SqliteConsumer
from matinee.events.sqlite_reader import Changes, Readers, Watch
from matinee.events.sqlite_schema import (
    SCHEMA,
    TopicRow,
    ensure_group,
    ensure_topic,
    events_after,
    insert_events,
    last_number,
    trim_page,
)
from matinee.events.sqlite_shares import Member
from matinee.events.sqlite_writer import GroupCommitWriter
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids

_BUSY_SECONDS = 10.0
_READERS = 4
_PAGE = 256
_TOPIC = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9-]+)*")
_MAX_TOPIC_CHARACTERS = 100


class SqliteEventLog:
    """The log; made by `open_sqlite_log`."""

    def __init__(self, path: Path, *, clock: Clock, ids: Ids, partitions: int) -> None:
        self.clock = clock
        self.changes = Changes()
        self.readers = Readers(path, count=_READERS, busy_seconds=_BUSY_SECONDS)
        self.writer = GroupCommitWriter(path, busy_seconds=_BUSY_SECONDS, committed=self.changes.mark)
        self._path = path
        self._ids = ids
        self._partitions = partitions
        self._topics: dict[str, TopicRow] = {}
        self._watch: Watch | None = None

    async def append(self, topic: str, events: Sequence[NewEvent]) -> None:
        """Write events; see the port."""
        size = sum(_checked_size(event) for event in events)
        if not events:
            return
        row = await self._topic(topic)
        written_at = self.clock.now()
        await self.writer.run(partial(insert_events, topic=row, events=events, written_at=written_at), size_bytes=size)

    async def read(self, topic: str, *, after: dict[int, int] | None = None) -> AsyncIterator[Event]:
        """Yield what is there; see the port."""
        row = await self._topic(topic)
        until = await self.readers.run(last_number)
        for partition in range(row.partitions):
            position = (after or {}).get(partition, 0)
            while page := await self.readers.run(
                events_after, row, partition, after=position, until=until, limit=_PAGE
            ):
                for event in page:
                    yield event
                position = page[-1].offset

    @asynccontextmanager
    async def consumer(self, topic: str, *, group: str, lease_seconds: float = 10.0) -> AsyncIterator[SqliteConsumer]:
        """Join a group; see the port."""
        row = await self._topic(topic)
        group_id = await self.writer.run(lambda connection: ensure_group(connection, row, group))
        self._watch = self._watch or Watch(self._path, changed=self.changes.mark)
        member = Member(group_id, self._ids.new(), lease_seconds * LIFE_OF_LEASE)
        consumer = SqliteConsumer(self, row, member, lease_seconds=lease_seconds)
        await consumer.join()
        keeping = asyncio.create_task(consumer.keep())
        try:
            yield consumer
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await consumer.leave()

    async def trim(self, topic: str, *, older_than: datetime) -> int:
        """Delete old events; see the port."""
        row = await self._topic(topic)
        total = 0
        for partition in range(row.partitions):
            # In small transactions, so that appends never wait long.
            while count := await self.writer.run(
                partial(trim_page, topic=row, partition=partition, older_than=older_than)
            ):
                total += count
        return total

    async def _topic(self, name: str) -> TopicRow:
        row = self._topics.get(name)
        if row is None:
            if len(name) > _MAX_TOPIC_CHARACTERS or not _TOPIC.fullmatch(name):
                raise TopicNameError("A topic's name is words of small letters, digits and '-', parted by '.'.")
            row = await self.writer.run(lambda connection: ensure_topic(connection, name, self._partitions))
            self._topics[name] = row
        return row

    async def close(self) -> None:
        """Write what waits, and let the file go."""
        await self.writer.close()
        if self._watch is not None:
            await asyncio.to_thread(self._watch.close)
        await asyncio.to_thread(self.readers.close)


@asynccontextmanager
async def open_sqlite_log(path: Path, *, clock: Clock, ids: Ids, partitions: int = 16) -> AsyncIterator[SqliteEventLog]:
    """Open the log for the block; the file is made when absent.

    Args:
        path: the database file, on a local disk.
        clock: stamps events and leases; all processes of one log must agree on the time.
        ids: names of group members.
        partitions: of topics that are new; topics that exist keep theirs.

    Raises:
        EventLogError: when the file cannot be opened.
    """
    try:
        await asyncio.to_thread(_prepare, path)
    except (OSError, sqlite3.Error) as error:
        raise EventLogError("The event log's file cannot be opened.") from error
    log = SqliteEventLog(path, clock=clock, ids=ids, partitions=partitions)
    try:
        await asyncio.to_thread(log.readers.open)
        yield log
    finally:
        await log.close()


def _prepare(path: Path) -> None:
    prepare_file(path, busy_seconds=_BUSY_SECONDS)
    with (
        closing(WriterLock(path)) as lock,
        lock.held(),
        closing(open_connection(path, busy_seconds=_BUSY_SECONDS)) as connection,
    ):
        connection.executescript("BEGIN IMMEDIATE;" + SCHEMA + "COMMIT;")


def _checked_size(event: NewEvent) -> int:
    """Return the value's bytes; refuse what is over a bound."""
    if len(event.value) > MAX_VALUE_BYTES:
        raise EventTooLargeError("An event holds at most 1 MiB.", limit_bytes=MAX_VALUE_BYTES)
    if not 0 < len(event.key) <= MAX_KEY_CHARACTERS:
        raise EventKeyError("An event's key has 1 to 256 characters.", limit_characters=MAX_KEY_CHARACTERS)
    return len(event.value)
