"""The rules of imports: what is taken, how many wait, how one is told of."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from matinee.blobs.port import BlobStore
from matinee.kit.clock import Clock
from matinee.kit.errors import InvalidError, TooLargeError
from matinee.kit.ids import Ids
from matinee.services.catalogue.imports.csv_file import Table
from matinee.services.catalogue.imports.ports import (
    ENDED,
    MAX_FILE_BYTES,
    ImportEndedError,
    ImportFormat,
    ImportJob,
    ImportNotFoundError,
    ImportOptions,
    ImportsFullError,
    ImportStore,
    TmdbKeyMissingError,
)
from matinee.services.catalogue.imports.texts import tidy_line
from matinee.services.catalogue.imports.worker import blob_key
from matinee.services.catalogue.settings import CatalogueSettings

_MAX_NAME = 200
MAX_LISTED = 100


class NewImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import to begin. `data` is the whole file, empty for TMDB."""

    format: ImportFormat
    name: str
    data: bytes
    options: ImportOptions
    dry_run: bool


@dataclass(frozen=True)
class ImportService:
    """Takes imports in and tells of them; the worker does the rest.

    Attributes:
        wake: set when there is something to do.
    """

    store: ImportStore
    blobs: BlobStore
    clock: Clock
    ids: Ids
    settings: CatalogueSettings
    wake: asyncio.Event

    async def begin(self, new: NewImport) -> ImportJob:
        """Store an import, durable when answered.

        Raises:
            ImportFileError: when the file as a whole cannot be read.
            TooLargeError: when it is over `MAX_FILE_BYTES`.
            ImportsFullError: when too many wait.
            TmdbKeyMissingError: for TMDB without a key.
        """
        await self._check(new)
        job = ImportJob(
            import_id=self.ids.new(),
            state="queued",
            format=new.format,
            name=tidy_line(new.name)[:_MAX_NAME],
            dry_run=new.dry_run,
            options=new.options,
            size_bytes=len(new.data),
            created_at=self.clock.now(),
        )
        if new.data:
            await self.blobs.put(blob_key(job.import_id), new.data)
        try:
            gone = await self._add(job)
        except ImportsFullError:
            await self.blobs.delete(blob_key(job.import_id))
            raise
        for import_id in gone:
            await self.blobs.delete(blob_key(import_id))
        self.wake.set()
        return job

    async def _check(self, new: NewImport) -> None:
        if new.format == "tmdb":
            if not self.settings.tmdb_api_key:
                raise TmdbKeyMissingError("Set tmdb_api_key in the settings of the catalogue to import from TMDB.")
            if not new.options.wanted:
                raise InvalidError("Name what to import by tmdb_ids or a query.")
            return
        if len(new.data) > MAX_FILE_BYTES:
            raise TooLargeError(f"An import has at most {MAX_FILE_BYTES} bytes.", limit_bytes=MAX_FILE_BYTES)
        if new.format == "csv":
            await asyncio.to_thread(Table, new.data)

    async def _add(self, job: ImportJob) -> Sequence[str]:
        async with self.store.writing() as rows:
            if await rows.waiting() >= self.settings.import_queue:
                raise ImportsFullError("Wait until an import has ended, or cancel one.")
            await rows.add(job)
            return await rows.remove_ended(keep=self.settings.imports_kept)

    async def job(self, import_id: str) -> ImportJob:
        """Return one import.

        Raises:
            ImportNotFoundError: when there is none.
        """
        async with self.store.reading() as rows:
            job = await rows.get(import_id)
        if job is None:
            raise ImportNotFoundError("There is no such import; old ones are forgotten.")
        return job

    async def newest(self, *, limit: int) -> Sequence[ImportJob]:
        """Return imports, newest first; limit is clamped to 1 to `MAX_LISTED`."""
        async with self.store.reading() as rows:
            return await rows.newest(limit=max(1, min(limit, MAX_LISTED)))

    async def cancel(self, import_id: str) -> ImportJob:
        """End an import; what it took in before stays.

        Raises:
            ImportNotFoundError: when there is none.
            ImportEndedError: when it has ended.
        """
        async with self.store.writing() as rows:
            job = await rows.get(import_id)
            if job is None:
                raise ImportNotFoundError("There is no such import; old ones are forgotten.")
            if job.state in ENDED:
                raise ImportEndedError("The import has ended; nothing is left to cancel.")
            ended = msgspec.structs.replace(job, state="cancelled", ended_at=self.clock.now(), lease_until=None)
            await rows.save(ended)
        await self.blobs.delete(blob_key(import_id))
        return ended
