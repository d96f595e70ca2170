"""What profiles keep and wave away, counts of plays, and the removal of whole profiles, in SQLite."""

import sqlite3
from collections.abc import Callable, Sequence

import msgspec

from matinee.contracts.history import Thumb
from matinee.kit.ids import ProfileId, TitleId
from matinee.services.history.adapters.reading import Readers
from matinee.services.history.adapters.writer import GroupCommitWriter
from matinee.services.history.ports import HistoryStoreError, Kept, SavedList

# Plays are counted without names, so `history_counts` stays.
_OF_PROFILES = ("live", "archives", "chunks", "old_versions", "hidden", "lists", "thumbs", "plays")
_items = msgspec.msgpack.Decoder(tuple[Kept, ...])


class SqliteShelves:
    """Implements `ShelfStore`, `PlayCounts` and `Erasures`."""

    def __init__(self, writer: GroupCommitWriter, readers: Readers) -> None:
        self.writer = writer
        self._readers = readers

    async def answers(self) -> bool:
        """Return whether the database answers."""
        try:
            await self._readers.run(lambda db: db.execute("SELECT 1").fetchone())
        except HistoryStoreError:
            return False
        return True

    async def _change(self, work: Callable[[sqlite3.Connection], object]) -> None:
        await self.writer.add((), work)

    async def hidden(self, profile_id: ProfileId) -> dict[TitleId, int]:
        """Return what is not to be offered for going on."""
        statement = "SELECT title_id, hidden_ms FROM history_hidden WHERE profile_id = ?"
        return await self._readers.run(lambda db: dict(db.execute(statement, (profile_id,)).fetchall()))

    async def hide(self, profile_id: ProfileId, title_id: TitleId, moment_ms: int) -> None:
        """Hide a film or series."""
        statement = (
            "INSERT INTO history_hidden VALUES (?, ?, ?) ON CONFLICT (profile_id, title_id)"
            " DO UPDATE SET hidden_ms = max(hidden_ms, excluded.hidden_ms)"
        )
        await self._change(lambda db: db.execute(statement, (profile_id, title_id, moment_ms)))

    async def unhide(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Take that back."""
        statement = "DELETE FROM history_hidden WHERE profile_id = ? AND title_id = ?"
        await self._change(lambda db: db.execute(statement, (profile_id, title_id)))

    async def saved_list(self, profile_id: ProfileId) -> SavedList:
        """Return a profile's list."""
        statement = "SELECT revision, items FROM history_lists WHERE profile_id = ?"
        row = await self._readers.run(lambda db: db.execute(statement, (profile_id,)).fetchone())
        return SavedList() if row is None else SavedList(revision=row[0], items=_items.decode(row[1]))

    async def save_list(self, profile_id: ProfileId, items: Sequence[Kept], *, expected: int) -> bool:
        """Replace a list if it is still the one that was read."""
        row = (profile_id, expected + 1, msgspec.msgpack.encode(items))
        if expected == 0:
            insert = "INSERT OR IGNORE INTO history_lists VALUES (?, ?, ?)"
            return await self.writer.run(lambda db: db.execute(insert, row).rowcount == 1)
        update = "UPDATE history_lists SET revision = ?2, items = ?3 WHERE profile_id = ?1 AND revision = ?2 - 1"
        return await self.writer.run(lambda db: db.execute(update, row).rowcount == 1)

    async def thumbs(self, profile_id: ProfileId, *, limit: int) -> dict[str, Thumb]:
        """Return thumbs by title, latest first."""
        statement = (
            "SELECT title_id, thumb FROM history_thumbs WHERE profile_id = ? ORDER BY given_ms DESC, title_id LIMIT ?"
        )
        return await self._readers.run(lambda db: dict(db.execute(statement, (profile_id, limit)).fetchall()))

    async def set_thumb(self, profile_id: ProfileId, title_id: TitleId, thumb: Thumb, moment_ms: int) -> None:
        """Say what a profile thinks of a title."""
        row = (profile_id, title_id, thumb, moment_ms)
        await self._change(lambda db: db.execute("INSERT OR REPLACE INTO history_thumbs VALUES (?, ?, ?, ?)", row))

    async def remove_thumb(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Take that back."""
        statement = "DELETE FROM history_thumbs WHERE profile_id = ? AND title_id = ?"
        await self._change(lambda db: db.execute(statement, (profile_id, title_id)))

    async def most_played(self, *, first_day: int, limit: int) -> Sequence[tuple[TitleId, int]]:
        """Return titles and plays from a day on."""
        statement = (
            "SELECT title_id, sum(plays) AS total FROM history_counts WHERE day >= ?"
            " GROUP BY title_id ORDER BY total DESC, title_id LIMIT ?"
        )
        return await self._readers.run(lambda db: db.execute(statement, (first_day, limit)).fetchall())

    async def forget_plays(self, *, before_day: int) -> None:
        """Drop the plays of old days."""

        def work(db: sqlite3.Connection) -> None:
            for table in ("history_plays", "history_counts"):
                db.execute(f"DELETE FROM {table} WHERE day < ?", (before_day,))  # noqa: S608  # our own two names

        await self._change(work)

    async def erase(self, profile_id: ProfileId, *, again_ms: int) -> None:
        """Remove everything of a profile, and note when to do so again."""

        def work(db: sqlite3.Connection) -> None:
            _erase(db, profile_id)
            db.execute("INSERT OR REPLACE INTO history_erasures VALUES (?, ?)", (profile_id, again_ms))

        await self._change(work)

    async def due_erasures(self, *, now_ms: int, limit: int) -> Sequence[ProfileId]:
        """Return profiles that have to be erased again."""
        statement = "SELECT profile_id FROM history_erasures WHERE due_ms <= ? ORDER BY due_ms LIMIT ?"
        rows = await self._readers.run(lambda db: db.execute(statement, (now_ms, limit)).fetchall())
        return [ProfileId(row[0]) for row in rows]

    async def erase_last(self, profile_id: ProfileId) -> None:
        """Remove everything of a profile, and the note."""

        def work(db: sqlite3.Connection) -> None:
            _erase(db, profile_id)
            db.execute("DELETE FROM history_erasures WHERE profile_id = ?", (profile_id,))

        await self._change(work)


def _erase(db: sqlite3.Connection, profile_id: ProfileId) -> None:
    for table in _OF_PROFILES:
        db.execute(f"DELETE FROM history_{table} WHERE profile_id = ?", (profile_id,))  # noqa: S608  # our own names
