"""The embedded log's tables, and every statement on them, as plain functions on a connection.

Writing functions run inside a transaction of the writer; a reading function makes its own when it needs one snapshot.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from matinee.events.port import Event, NewEvent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BATCH_BYTES = 8 * 1024 * 1024
_TRIM_PAGE = 500
_headers_decoder = msgspec.msgpack.Decoder(dict[str, str])

SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL
);
-- One counter for all topics; AUTOINCREMENT, because a number must not come again after a trim.
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, topic INTEGER NOT NULL, partition INTEGER NOT NULL,
    key TEXT NOT NULL, headers BLOB, written_at INTEGER NOT NULL, value BLOB NOT NULL
);
-- The row's number is the last column of every index, so this one is in reading order.
CREATE INDEX IF NOT EXISTS events_by_partition ON events (topic, partition);
-- The generation grows when members come or go or give partitions up: the sign for the others to look at their share.
CREATE TABLE IF NOT EXISTS groups (
    id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, name TEXT NOT NULL, generation INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, name)
);
CREATE TABLE IF NOT EXISTS members (
    of_group INTEGER NOT NULL, name TEXT NOT NULL, renewed_at REAL NOT NULL, life_seconds REAL NOT NULL,
    PRIMARY KEY (of_group, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shares (
    of_group INTEGER NOT NULL, partition INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, owner TEXT,
    epoch INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (of_group, partition)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class TopicRow:
    """A topic as stored; the number of partitions never changes once it is there."""

    id: int
    name: str
    partitions: int

    def partition_of(self, key: str) -> int:
        """Return the partition that a key always falls in."""
        return zlib.crc32(key.encode()) % self.partitions


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let the statements of the block see one state."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def ensure_topic(connection: sqlite3.Connection, name: str, partitions: int) -> TopicRow:
    """Return the topic, making it with so many partitions when it is new."""
    connection.execute("INSERT OR IGNORE INTO topics (name, partitions) VALUES (?, ?)", (name, partitions))
    row = connection.execute("SELECT id, partitions FROM topics WHERE name = ?", (name,)).fetchone()
    return TopicRow(id=row[0], name=name, partitions=row[1])


def insert_events(
    connection: sqlite3.Connection, topic: TopicRow, events: Sequence[NewEvent], written_at: datetime
) -> None:
    """Add events in their order."""
    moment = microseconds(written_at)
    rows = [
        (
            topic.id,
            topic.partition_of(event.key),
            event.key,
            msgspec.msgpack.encode(event.headers) if event.headers else None,
            moment,
            event.value,
        )
        for event in events
    ]
    connection.executemany(
        "INSERT INTO events (topic, partition, key, headers, written_at, value) VALUES (?, ?, ?, ?, ?, ?)", rows
    )


def events_after(
    connection: sqlite3.Connection, topic: TopicRow, partition: int, *, after: int, until: int | None, limit: int
) -> list[Event]:
    """Return up to `limit` events of a partition with `after` < number ≤ `until`, and at most about 8 MiB of them."""
    cursor = connection.execute(
        "SELECT number, key, headers, written_at, value FROM events"
        " WHERE topic = ? AND partition = ? AND number > ? AND number <= ? ORDER BY number LIMIT ?",
        (topic.id, partition, after, until if until is not None else 2**62, limit),
    )
    events: list[Event] = []
    size = 0
    for number, key, headers, written_at, value in cursor:
        events.append(
            Event(
                topic=topic.name,
                partition=partition,
                offset=number,
                key=key,
                value=value,
                headers=_headers_decoder.decode(headers) if headers else {},
                written_at=_EPOCH + written_at * _MICROSECOND,
            )
        )
        size += len(value)
        if size >= _BATCH_BYTES:
            break
    cursor.close()
    return events


def last_number(connection: sqlite3.Connection) -> int:
    """Return the number of the newest event of any topic, 0 when there never was one."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return int(row[0]) if row else 0


def count_undone(connection: sqlite3.Connection, topic: TopicRow, group: int) -> int:
    """Return how many events of the topic the group has not committed."""
    row = connection.execute(
        "SELECT coalesce(sum((SELECT count(*) FROM events WHERE topic = ? AND partition = shares.partition"
        " AND number > shares.done)), 0) FROM shares WHERE of_group = ?",
        (topic.id, group),
    ).fetchone()
    return int(row[0])


def trim_page(connection: sqlite3.Connection, topic: TopicRow, partition: int, older_than: datetime) -> int:
    """Delete up to 500 of the oldest events of a partition that all groups have done; return how many went."""
    done = connection.execute(
        "SELECT min(done) FROM shares JOIN groups ON groups.id = of_group WHERE topic = ? AND partition = ?",
        (topic.id, partition),
    ).fetchone()[0]
    rows = connection.execute(
        "SELECT number, written_at FROM events WHERE topic = ? AND partition = ? AND number <= ?"
        " ORDER BY number LIMIT ?",
        (topic.id, partition, done if done is not None else 2**62, _TRIM_PAGE),
    ).fetchall()
    limit = microseconds(older_than)
    # Only the oldest run goes: a clock that was set back must not tear holes.
    kept = next((index for index, (_, written_at) in enumerate(rows) if written_at >= limit), len(rows))
    if kept:
        connection.execute(
            "DELETE FROM events WHERE topic = ? AND partition = ? AND number <= ?",
            (topic.id, partition, rows[kept - 1][0]),
        )
    return kept


def microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def held_shares(connection: sqlite3.Connection, group: int, member: str) -> dict[int, tuple[int, int]]:
    """Return partition → (epoch, done) of what a member owns."""
    rows = connection.execute(
        "SELECT partition, epoch, done FROM shares WHERE of_group = ? AND owner = ?", (group, member)
    )
    return {partition: (epoch, done) for partition, epoch, done in rows}


def generation_of(connection: sqlite3.Connection, group: int) -> int:
    """Return the group's generation."""
    return int(connection.execute("SELECT generation FROM groups WHERE id = ?", (group,)).fetchone()[0])


def mark_done(
    connection: sqlite3.Connection, group: int, member: str, partition: int, *, epoch: int, done: int
) -> None:
    """Move a partition's mark forward, if the member still owns it since the same epoch."""
    connection.execute(
        "UPDATE shares SET done = ? WHERE of_group = ? AND partition = ? AND owner = ? AND epoch = ? AND done < ?",
        (done, group, partition, member, epoch, done),
    )


def ensure_group(connection: sqlite3.Connection, topic: TopicRow, name: str) -> int:
    """Return the group's id, making it with its marks at the beginning when it is new."""
    connection.execute("INSERT OR IGNORE INTO groups (topic, name) VALUES (?, ?)", (topic.id, name))
    group = connection.execute("SELECT id FROM groups WHERE topic = ? AND name = ?", (topic.id, name)).fetchone()[0]
    connection.executemany(
        "INSERT OR IGNORE INTO shares (of_group, partition) VALUES (?, ?)",
        [(group, partition) for partition in range(topic.partitions)],
    )
    return int(group)
