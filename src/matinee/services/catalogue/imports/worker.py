"""Works imports off, one at a time in a process, so that a killed one goes on at the row that it had reached."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from matinee.blobs.port import BlobStore
from matinee.kit.clock import Clock
from matinee.kit.errors import ConflictError, InvalidError, MatineeError, NotFoundError, UnprocessableError
from matinee.services.catalogue.imports.merging import Merged, Merger, Seen
from matinee.services.catalogue.imports.pictures import PictureTaker
from matinee.services.catalogue.imports.ports import (
    MAX_SHOWN,
    ImportFormat,
    ImportJob,
    ImportRows,
    ImportStore,
    ImportTakenError,
    Incoming,
    Item,
    Pieces,
    Planned,
    Problem,
    Source,
    TitleWriter,
)

_ATTEMPTS = 20
_LOOK_SECONDS = 5.0
_AGAIN_SECONDS = 2.0
_log = structlog.get_logger()


def blob_key(import_id: str) -> str:
    """Return where an import's file is kept while it waits and runs."""
    return f"imports/{import_id}"


@dataclass(frozen=True)
class Worker:
    """Runs the imports that the database says are open.

    Attributes:
        owner: this process, unlike any other.
        lease_seconds: how long after its last sign a process that works on an import is taken for dead.
        wake: set by whoever adds an import.
    """

    store: ImportStore
    blobs: BlobStore
    writer: TitleWriter
    pictures: PictureTaker
    sources: Mapping[ImportFormat, Source]
    clock: Clock
    owner: str
    lease_seconds: float
    wake: asyncio.Event

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self.wake.clear()
            try:
                worked = await self.work_one()
            except MatineeError as error:
                _log.warning("import_interrupted", code=error.code)
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            if not worked:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(_LOOK_SECONDS, self.lease_seconds)):
                        await self.wake.wait()

    async def work_one(self) -> bool:
        """Take the oldest open import to its end; return whether there was one.

        Raises:
            MatineeError: when something is away; what was reached is stored, and the next call goes on there.
        """
        job = await self._claim()
        if job is None:
            return False
        alive = asyncio.create_task(self._stay_alive(job), name=f"import lease {job.import_id}")
        try:
            await self._work(job)
        except ImportTakenError:
            _log.info("import_left", import_id=job.import_id)
        finally:
            alive.cancel()
            await asyncio.gather(alive, return_exceptions=True)
        return True

    async def _claim(self) -> ImportJob | None:
        async with self.store.writing() as rows:
            job = await rows.next_open(owner=self.owner, now=self.clock.now())
            if job is None:
                return None
            claimed = msgspec.structs.replace(
                job,
                state="running",
                owner=self.owner,
                lease_until=self._lease(),
                started_at=job.started_at or self.clock.now(),
                attempts=job.attempts + 1,
            )
            await rows.save(claimed)
            return claimed

    def _lease(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.lease_seconds)

    async def _stay_alive(self, job: ImportJob) -> None:
        while True:
            await asyncio.sleep(self.lease_seconds / 3)
            with suppress(MatineeError):
                async with self.store.writing() as rows:
                    await rows.renew(job.import_id, owner=self.owner, until=self._lease())

    async def _work(self, job: ImportJob) -> None:
        if job.attempts > _ATTEMPTS:
            await self._end(job, failure="It was interrupted again and again, so it was given up.")
            return
        try:
            await self._take_in(job)
        except UnprocessableError as error:
            await self._end(job, failure=error.detail)
        except MatineeError:
            raise
        except Exception as error:  # noqa: BLE001  # a defect that one file meets must not stop all imports after it
            _log.error("import_failed", import_id=job.import_id, exc_info=error)
            await self._end(job, failure="It met a mistake of ours at this place; the log of the service tells more.")
        else:
            await self._end(job)

    async def _take_in(self, job: ImportJob) -> None:
        data = b"" if job.format == "tmdb" else await self.blobs.get(blob_key(job.import_id))
        merger = Merger(self.writer, job.options, Seen())
        reached, read = job.counts.rows, 0
        async for piece in self.sources[job.format].items(job, data):
            skipped = piece.items[: max(0, reached - read)]
            merger.pass_over(skipped)
            read += len(piece.items)
            for part in apart(piece.items[len(skipped) :]):
                job = await self._batch(
                    job, merger, Pieces(items=part, fraction=piece.fraction, encoding=piece.encoding)
                )

    async def _batch(self, job: ImportJob, merger: Merger, piece: Pieces) -> ImportJob:
        """Take some items in; when the catalogue refuses one of them, each on its own, so that it is known which."""
        try:
            return await self._apply(job, merger, piece)
        except ImportTakenError:
            raise
        except (InvalidError, ConflictError, NotFoundError) as error:
            if len(piece.items) == 1:
                return await self._refuse(job, piece, error.detail)
        for item in piece.items:
            job = await self._batch(job, merger, msgspec.structs.replace(piece, items=(item,)))
        return job

    async def _apply(self, job: ImportJob, merger: Merger, piece: Pieces) -> ImportJob:
        """Store in one transaction what some items say, and that they are done."""
        if job.dry_run:
            async with self.store.reading() as rows:
                merged = await merger.plan(rows, piece.items)
            async with self.store.writing() as rows:
                advanced = advance(await self._mine(rows, job), merged, piece)
                await rows.save(advanced)
            return advanced
        async with self.store.writing() as rows:
            current = await self._mine(rows, job)
            advanced = advance(current, await merger.apply(rows, piece.items), piece)
            await rows.save(advanced)
        self.writer.committed()
        if job.options.pictures:
            await self.pictures.take(advanced, self.sources[job.format], piece.items)
        return advanced

    async def _refuse(self, job: ImportJob, piece: Pieces, reason: str) -> ImportJob:
        (item,) = piece.items
        outcome = Planned(line=item.line, name=item.name, kind=None, action="refused")
        problem = Problem(line=item.line, name=item.name, reason=reason)
        async with self.store.writing() as rows:
            current = await self._mine(rows, job)
            advanced = advance(current, Merged(outcomes=(outcome,), problems=(problem,)), piece)
            await rows.save(advanced)
        return advanced

    async def _mine(self, rows: ImportRows, job: ImportJob) -> ImportJob:
        """Return the import as it is stored now.

        Raises:
            ImportTakenError: when it was cancelled, or another process took it over.
        """
        current = await rows.get(job.import_id)
        if current is None or current.state != "running" or current.owner != self.owner:
            raise ImportTakenError("The import was cancelled, or another process works on it.")
        return current

    async def _end(self, job: ImportJob, *, failure: str | None = None) -> None:
        async with self.store.writing() as rows:
            current = await self._mine(rows, job)
            ended = msgspec.structs.replace(
                current,
                state="done" if failure is None else "failed",
                failure=failure,
                fraction=1.0 if failure is None else current.fraction,
                ended_at=self.clock.now(),
                lease_until=None,
            )
            await rows.save(ended)
        await self.blobs.delete(blob_key(job.import_id))


def apart(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    """Yield items in parts of which none holds both a series and its episodes: those need the series' id."""
    part: list[Item] = []
    keys: set[str] = set()
    for item in items:
        if isinstance(item, Incoming):
            if item.series_key in keys:
                yield tuple(part)
                part, keys = [], set()
            keys.add(item.key)
        part.append(item)
    if part:
        yield tuple(part)


def advance(job: ImportJob, merged: Merged, piece: Pieces) -> ImportJob:
    """Return an import with some outcomes more; what is shown of them is bounded, what is counted is not."""
    # Of a long list only what moved is shown; who imports single works wants to know which titles they are.
    every = job.format != "csv"
    shown = [one for one in merged.outcomes if one.action in {"created", "changed"} or one.kept or every]
    return msgspec.structs.replace(
        job,
        counts=job.counts.plus(merged.outcomes),
        problems=(*job.problems, *merged.problems)[:MAX_SHOWN],
        problems_total=job.problems_total + len(merged.problems),
        plan=(*job.plan, *shown)[:MAX_SHOWN],
        fraction=piece.fraction,
        encoding=piece.encoding or job.encoding,
    )
