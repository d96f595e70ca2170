"""SQLite files the way this service uses them: write-ahead log, every commit on the disk, bounded waits."""

import sqlite3
import time
from pathlib import Path

from matinee.engines.files import make_folder, sync_folder

_WAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024
_RETRY_SECONDS = 0.02


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
