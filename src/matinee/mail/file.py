"""The mails of this installation in one SQLite file, as plain functions that block."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from matinee.engines.sqlite_files import WriterLock, open_connection, prepare_file
from matinee.mail.port import KeptMail, Mail

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BUSY_SECONDS = 10.0
_KEPT_KEYS_DAYS = 30
_SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, subject TEXT NOT NULL,
    text TEXT NOT NULL, html TEXT NOT NULL, kind TEXT NOT NULL, attachments BLOB NOT NULL, state TEXT NOT NULL,
    taken_us INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, next_try_us INTEGER NOT NULL
) STRICT
"""
_INDEX = "CREATE INDEX IF NOT EXISTS mails_waiting ON mails (next_try_us) WHERE state = 'waiting'"
_COLUMNS = "id, recipient, subject, text, html, kind, state, taken_us, attachments"
_attachments = msgspec.msgpack.Decoder(dict[str, bytes])


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to be sent, how often that was tried, and since when it waits."""

    mail_id: int
    mail: Mail
    tries: int
    taken_at: datetime


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


class MailFile:
    """Reads and writes the file; one thread at a time may use it.

    Args:
        path: made when absent, readable by this user alone because mails hold links that sign in.
        keep: how many kept mails stay.

    Raises:
        sqlite3.Error, OSError: when the file cannot be opened.
    """

    def __init__(self, path: Path, *, keep: int) -> None:
        prepare_file(path, busy_seconds=_BUSY_SECONDS)
        path.chmod(0o600)
        self._keep = keep
        self._lock = WriterLock(path)
        self._connection = open_connection(path, busy_seconds=_BUSY_SECONDS)
        with self._changing() as connection:
            connection.execute(_SCHEMA)
            connection.execute(_INDEX)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._lock.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock.held():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def take(self, mail: Mail, *, state: str, now: datetime) -> None:
        """Keep a mail unless one with its key was taken before."""
        values = (mail.key, mail.to, mail.subject, mail.text, mail.html, mail.kind)
        packed = msgspec.msgpack.encode(mail.attachments)
        with self._changing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO mails (key, recipient, subject, text, html, kind, attachments, state, taken_us,"
                " next_try_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, packed, state, _us(now), _us(now)),
            )
            connection.execute(
                "DELETE FROM mails WHERE state = 'kept' AND id <= (SELECT id FROM mails WHERE state = 'kept'"
                " ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (self._keep,),
            )

    def newest(self, limit: int) -> list[KeptMail]:
        """Return mails, newest first."""
        query = f"SELECT {_COLUMNS} FROM mails ORDER BY id DESC LIMIT ?"  # noqa: S608  # names of columns only
        return [_kept(row) for row in self._connection.execute(query, (limit,))]

    def read(self, mail_id: int) -> KeptMail | None:
        """Return a mail, or None."""
        query = f"SELECT {_COLUMNS} FROM mails WHERE id = ?"  # noqa: S608  # names of columns only
        row = self._connection.execute(query, (mail_id,)).fetchone()
        return None if row is None else _kept(row)

    def claim(self, *, now: datetime, lease_seconds: float) -> Waiting | None:
        """Return the mail that is due longest, which no other process is given for `lease_seconds`; None for none."""
        with self._changing() as connection:
            row = connection.execute(
                "SELECT id, key, recipient, subject, text, html, kind, attachments, tries, taken_us FROM mails"
                " WHERE state = 'waiting' AND next_try_us <= ? ORDER BY next_try_us, id LIMIT 1",
                (_us(now),),
            ).fetchone()
            if row is None:
                return None
            lease = _us(now + timedelta(seconds=lease_seconds))
            connection.execute("UPDATE mails SET next_try_us = ?, tries = tries + 1 WHERE id = ?", (lease, row[0]))
        names = ("key", "to", "subject", "text", "html", "kind")
        mail = Mail(**dict(zip(names, row[1:7], strict=True)), attachments=_attachments.decode(row[7]))
        return Waiting(mail_id=row[0], mail=mail, tries=row[8] + 1, taken_at=_moment(row[9]))

    def sent(self, mail_id: int, *, now: datetime) -> None:
        """Forget what a sent mail said, keep its key for a while, and forget keys that are old."""
        with self._changing() as connection:
            connection.execute(
                "UPDATE mails SET state = 'sent', text = '', html = '', attachments = x'80' WHERE id = ?", (mail_id,)
            )
            old = _us(now - timedelta(days=_KEPT_KEYS_DAYS))
            connection.execute("DELETE FROM mails WHERE state IN ('sent', 'failed') AND taken_us < ?", (old,))

    def failed(self, mail_id: int) -> None:
        """Give a mail up."""
        with self._changing() as connection:
            connection.execute("UPDATE mails SET state = 'failed' WHERE id = ?", (mail_id,))

    def again(self, mail_id: int, *, at: datetime) -> None:
        """Have a mail tried again at a moment."""
        with self._changing() as connection:
            connection.execute("UPDATE mails SET next_try_us = ? WHERE id = ?", (_us(at), mail_id))


def _kept(row: tuple[int, str, str, str, str, str, str, int, bytes]) -> KeptMail:
    names = ("mail_id", "to", "subject", "text", "html", "kind", "state")
    fields = dict(zip(names, row[:7], strict=True))
    names_of_files = tuple(_attachments.decode(row[8]))
    return msgspec.convert({**fields, "at": _moment(row[7]), "attachments": names_of_files}, KeptMail)
