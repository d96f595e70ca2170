"""History in one SQLite file: group commit for writers, a few threads for readers."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from matinee.engines.relational import migrate, open_database
from matinee.kit.ids import ProfileId
from matinee.resilience.command import Commands
from matinee.services.history.adapters.guarding import straight, through
from matinee.services.history.adapters.reading import Readers
from matinee.services.history.adapters.shelves import SqliteShelves
from matinee.services.history.adapters.writer import GroupCommitWriter
from matinee.services.history.ports import Archive, OldVersion, Play, Viewing
from matinee.services.history.settings import HistorySettings

MIGRATIONS = Path(__file__).parent / "migrations"

# `(a, b, c) > (x, y, z)` compares in order, so this is "last write wins" with its tie-break, in one step of one row.
_UPSERT = """
INSERT INTO history_live VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (profile_id, title_id) DO UPDATE SET
    series_id = CASE WHEN excluded.series_id <> '' THEN excluded.series_id ELSE series_id END,
    position_seconds = excluded.position_seconds,
    duration_seconds = CASE WHEN excluded.duration_seconds > 0 THEN excluded.duration_seconds ELSE duration_seconds END,
    event_ms = excluded.event_ms,
    session_id = excluded.session_id,
    removed = excluded.removed
WHERE (excluded.event_ms, excluded.position_seconds, excluded.session_id) > (event_ms, position_seconds, session_id)
"""
_LIVE = """
SELECT title_id, series_id, position_seconds, duration_seconds, event_ms, session_id, removed
FROM history_live WHERE profile_id = ?
"""
_SWITCH = """
UPDATE history_archives SET version = ?, chunks = ?, blob = ?, records = ?, cleared_ms = ?
WHERE profile_id = ? AND version = ?
"""


@asynccontextmanager
async def open_store(settings: HistorySettings, commands: Commands | None = None) -> AsyncIterator["SqliteHistory"]:
    """Open the store below `settings.data_folder` for the block, making and migrating its file when need be.

    Args:
        commands: of the process; without them calls are made straight.
    """
    path = Path(settings.data_folder).expanduser().resolve() / "history.db"
    async with open_database(f"sqlite+aiosqlite:///{path}") as database:
        await migrate(database, room="history", script_location=MIGRATIONS)
    seconds = settings.write_seconds
    write, read = (
        straight if commands is None else through(commands, what, seconds=seconds) for what in ("write", "read")
    )
    writer = GroupCommitWriter(
        path, upsert=_UPSERT, max_waiting=settings.waiting_entries, busy_seconds=seconds, through=write
    )
    readers = Readers(path, threads=settings.readers, busy_seconds=seconds, through=read)
    try:
        yield SqliteHistory(writer, readers)
    finally:
        await writer.close()
        await asyncio.to_thread(readers.close)


class SqliteHistory(SqliteShelves):
    """Implements `HistoryStore`."""

    async def record(self, entries: Sequence[tuple[ProfileId, Viewing]], plays: Sequence[Play]) -> None:
        """Keep live records, and count plays."""
        rows = [
            (
                profile_id,
                one.title_id,
                one.series_id,
                one.position_seconds,
                one.duration_seconds,
                one.event_ms,
                one.session_id,
                one.removed,
            )
            for profile_id, one in entries
        ]
        await self.writer.add(rows, _counting(plays) if plays else None)

    async def live(self, profile_id: ProfileId) -> Sequence[Viewing]:
        """Return the live records of a profile."""
        rows = await self._readers.run(lambda db: db.execute(_LIVE, (profile_id,)).fetchall())
        return [msgspec.convert(row, Viewing, strict=False) for row in rows]

    async def remove_live(self, profile_id: ProfileId, viewings: Sequence[Viewing]) -> None:
        """Remove live records that are still as given."""
        keys = [(profile_id, one.title_id, *one.stamp) for one in viewings]
        statement = (
            "DELETE FROM history_live WHERE profile_id = ? AND title_id = ?"
            " AND event_ms = ? AND position_seconds = ? AND session_id = ?"
        )
        await self._change(lambda db: db.executemany(statement, keys))

    async def remove_live_until(self, profile_id: ProfileId, moment_ms: int) -> None:
        """Remove the live records up to a moment."""
        statement = "DELETE FROM history_live WHERE profile_id = ? AND event_ms <= ?"
        await self._change(lambda db: db.execute(statement, (profile_id, moment_ms)))

    async def archive(self, profile_id: ProfileId) -> Archive | None:
        """Return where a profile's packed records are."""
        statement = "SELECT version, chunks, blob, records, cleared_ms FROM history_archives WHERE profile_id = ?"
        row = await self._readers.run(lambda db: db.execute(statement, (profile_id,)).fetchone())
        if row is None:
            return None
        return Archive(version=row[0], chunks=row[1], blob=row[2], records=row[3], cleared_ms=row[4])

    async def chunks(self, profile_id: ProfileId, version: str, count: int) -> Sequence[bytes] | None:
        """Return the pieces of a version, or None when one is missing."""
        statement = (
            "SELECT piece FROM history_chunks WHERE profile_id = ? AND version = ? AND number < ? ORDER BY number"
        )
        rows = await self._readers.run(lambda db: db.execute(statement, (profile_id, version, count)).fetchall())
        return [bytes(row[0]) for row in rows] if len(rows) == count else None

    async def put_chunk(self, profile_id: ProfileId, version: str, number: int, piece: bytes) -> None:
        """Write one piece."""
        statement = "INSERT OR REPLACE INTO history_chunks VALUES (?, ?, ?, ?)"
        await self._change(lambda db: db.execute(statement, (profile_id, version, number, piece)))

    async def switch(self, profile_id: ProfileId, archive: Archive, *, expected: str | None) -> bool:
        """Write the archive row if nobody else did meanwhile."""
        return await self.writer.run(lambda db: _switch(db, profile_id, archive, expected))

    async def note_version(self, profile_id: ProfileId, version: str, *, due_ms: int) -> None:
        """Note that pieces may have to go."""
        statement = "INSERT OR REPLACE INTO history_old_versions VALUES (?, ?, ?)"
        await self._change(lambda db: db.execute(statement, (profile_id, version, due_ms)))

    async def due_versions(self, *, now_ms: int, limit: int) -> Sequence[OldVersion]:
        """Return notes whose moment has come."""
        statement = "SELECT profile_id, version FROM history_old_versions WHERE due_ms <= ? ORDER BY due_ms LIMIT ?"
        rows = await self._readers.run(lambda db: db.execute(statement, (now_ms, limit)).fetchall())
        return [OldVersion(profile_id=ProfileId(row[0]), version=row[1]) for row in rows]

    async def remove_version(self, profile_id: ProfileId, version: str) -> None:
        """Remove the pieces of a version that is not in use, and its note."""
        await self._change(lambda db: _remove_version(db, profile_id, version))


def _counting(plays: Sequence[Play]) -> Callable[[sqlite3.Connection], None]:
    def count(db: sqlite3.Connection) -> None:
        for play in plays:
            row = (play.profile_id, play.day, play.title_id)
            if db.execute("INSERT OR IGNORE INTO history_plays VALUES (?, ?, ?)", row).rowcount:
                db.execute(
                    "INSERT INTO history_counts VALUES (?, ?, 1)"
                    " ON CONFLICT (day, title_id) DO UPDATE SET plays = plays + 1",
                    row[1:],
                )

    return count


def _switch(db: sqlite3.Connection, profile_id: ProfileId, archive: Archive, expected: str | None) -> bool:
    there = "SELECT count(*) FROM history_chunks WHERE profile_id = ? AND version = ? AND number < ?"
    if db.execute(there, (profile_id, archive.version, archive.chunks)).fetchone()[0] != archive.chunks:
        return False
    fields = (archive.version, archive.chunks, archive.blob, archive.records, archive.cleared_ms)
    if expected is None:
        statement = "INSERT OR IGNORE INTO history_archives VALUES (?, ?, ?, ?, ?, ?)"
        return db.execute(statement, (profile_id, *fields)).rowcount == 1
    return db.execute(_SWITCH, (*fields, profile_id, expected)).rowcount == 1


def _remove_version(db: sqlite3.Connection, profile_id: ProfileId, version: str) -> None:
    key = (profile_id, version)
    if db.execute("SELECT 1 FROM history_archives WHERE profile_id = ? AND version = ?", key).fetchone() is None:
        db.execute("DELETE FROM history_chunks WHERE profile_id = ? AND version = ?", key)
    db.execute("DELETE FROM history_old_versions WHERE profile_id = ? AND version = ?", key)
