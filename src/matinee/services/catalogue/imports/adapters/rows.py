"""Imports in the catalogue's own database, in one transaction with its titles."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.relational import Database
from matinee.services.catalogue.adapters.codec import microseconds, moment
from matinee.services.catalogue.adapters.titles import SqlTitleRows
from matinee.services.catalogue.imports.adapters.tables import ImportedRow, ImportRow
from matinee.services.catalogue.imports.ports import ENDED, ImportJob, ImportRows, Known
from matinee.services.catalogue.ports import TitleRows

_RECORD: Final = ("import_id", "format", "name", "dry_run", "options", "size_bytes", "created_at")
_TOLD: Final = ("problems", "plan")
_LEASE: Final = ("owner", "lease_until")
_OPEN: Final = ("queued", "running")


def _columns(job: ImportJob) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(job)
    progress = {name: value for name, value in plain.items() if name not in {*_RECORD, *_TOLD, *_LEASE}}
    return {
        "import_id": job.import_id,
        "state": job.state,
        "record": _json({name: plain[name] for name in _RECORD}),
        "progress": _json(progress),
        "told": _json({name: plain[name] for name in _TOLD}),
        "owner": job.owner,
        "lease_until_us": 0 if job.lease_until is None else microseconds(job.lease_until),
        "created_at_us": microseconds(job.created_at),
    }


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _job(row: ImportRow) -> ImportJob:
    parts: dict[str, Any] = {}
    for text in (row.record, row.progress, row.told):
        parts |= msgspec.json.decode(text)
    parts |= {"owner": row.owner, "lease_until": moment(row.lease_until_us) if row.lease_until_us else None}
    return msgspec.convert(parts, ImportJob)


class SqlImportRows:
    """The `ImportRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._titles: TitleRows = SqlTitleRows(session)

    @property
    def titles(self) -> TitleRows:
        """The titles of the same transaction."""
        return self._titles

    async def add(self, job: ImportJob) -> None:
        """Store a new import."""
        await self._session.execute(insert(ImportRow).values(**_columns(job)))

    async def get(self, import_id: str) -> ImportJob | None:
        """Return one import, or None."""
        row = await self._session.scalar(select(ImportRow).where(ImportRow.import_id == import_id))
        return None if row is None else _job(row)

    async def newest(self, *, limit: int) -> Sequence[ImportJob]:
        """Return imports, newest first."""
        newest = select(ImportRow).order_by(ImportRow.created_at_us.desc(), ImportRow.import_id.desc()).limit(limit)
        return tuple(_job(row) for row in await self._session.scalars(newest))

    async def waiting(self) -> int:
        """Return how many imports have not ended."""
        count = select(func.count()).select_from(ImportRow).where(ImportRow.state.in_(_OPEN))
        return await self._session.scalar(count) or 0

    async def next_open(self, *, owner: str, now: datetime) -> ImportJob | None:
        """Return the oldest import that nobody else works on."""
        free = or_(
            ImportRow.state == "queued",
            and_(
                ImportRow.state == "running",
                or_(ImportRow.owner == owner, ImportRow.lease_until_us <= microseconds(now)),
            ),
        )
        oldest = select(ImportRow).where(free).order_by(ImportRow.created_at_us, ImportRow.import_id).limit(1)
        row = await self._session.scalar(oldest.with_for_update())
        return None if row is None else _job(row)

    async def renew(self, import_id: str, *, owner: str, until: datetime) -> bool:
        """Lengthen a lease."""
        mine = (ImportRow.import_id == import_id, ImportRow.owner == owner, ImportRow.state == "running")
        done = await self._session.execute(
            update(ImportRow).where(*mine).values(lease_until_us=microseconds(until)).returning(ImportRow.import_id)
        )
        return done.first() is not None

    async def save(self, job: ImportJob) -> None:
        """Write back an import."""
        columns = _columns(job)
        await self._session.execute(update(ImportRow).where(ImportRow.import_id == job.import_id).values(**columns))

    async def remove_ended(self, *, keep: int) -> Sequence[str]:
        """Remove ended imports beyond the newest."""
        newest = (
            select(ImportRow.import_id)
            .where(ImportRow.state.in_(ENDED))
            .order_by(ImportRow.created_at_us.desc(), ImportRow.import_id.desc())
            .offset(keep)
            .limit(1000)
        )
        gone = tuple(await self._session.scalars(newest))
        if gone:
            await self._session.execute(delete(ImportRow).where(ImportRow.import_id.in_(gone)))
        return gone

    async def known(self, source: str, keys: Collection[str]) -> Mapping[str, Known]:
        """Return what is remembered of some keys."""
        if not keys:
            return {}
        rows = await self._session.execute(
            select(ImportedRow.__table__).where(ImportedRow.source == source, ImportedRow.external_key.in_(keys))
        )
        return {row.external_key: _known(row) for row in rows}

    async def twins(self, source: str, naturals: Collection[str]) -> Mapping[str, str]:
        """Return the keys of works that are known."""
        if not naturals:
            return {}
        rows = await self._session.execute(
            select(ImportedRow.natural_digest, ImportedRow.external_key).where(
                ImportedRow.source == source, ImportedRow.natural_digest.in_(naturals)
            )
        )
        return {row.natural_digest: row.external_key for row in rows}

    async def remember(self, source: str, known: Collection[Known]) -> None:
        """Store what is known, in place of what was."""
        if not known:
            return
        keys = [one.key for one in known]
        await self._session.execute(
            delete(ImportedRow).where(ImportedRow.source == source, ImportedRow.external_key.in_(keys))
        )
        await self._session.execute(insert(ImportedRow), [_remembered(source, one) for one in known])


def _remembered(source: str, known: Known) -> dict[str, str]:
    return {
        "source": source,
        "external_key": known.key,
        "title_id": known.title_id,
        "natural_digest": known.natural,
        "digest": known.digest,
        "given": _json(known.given),
        "kept": _json(known.kept),
        "pictures": _json(known.pictures),
    }


def _known(row: Any) -> Known:
    fields = {
        "key": row.external_key,
        "title_id": row.title_id,
        "natural": row.natural_digest,
        "digest": row.digest,
        "given": msgspec.json.decode(row.given),
        "kept": msgspec.json.decode(row.kept),
        "pictures": msgspec.json.decode(row.pictures),
    }
    return msgspec.convert(fields, Known)


class SqlImports:
    """Transactions over imports and titles.

    Args:
        database: the catalogue's, open and migrated for both.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ImportRows]:
        """Open a transaction that only reads."""
        async with self._database.read() as session:
            yield SqlImportRows(session)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[ImportRows]:
        """Open a transaction that may write."""
        async with self._database.write() as session:
            yield SqlImportRows(session)
