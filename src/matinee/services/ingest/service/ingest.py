"""The contract of ingest: imports, finished uploads, jobs."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from matinee.contracts.catalogue import Catalogue, NewTitle, TitleNotFoundError
from matinee.contracts.ingest import (
    ImportFile,
    Job,
    JobNotFoundError,
    JobPage,
    JobStateError,
    UploadNotFoundError,
)
from matinee.contracts.transcode import OrderNotFoundError, OrderProgress, OrderStateError, Transcode
from matinee.kit.clock import Clock
from matinee.kit.cursors import CursorError, Cursors
from matinee.kit.deadline import deadline
from matinee.kit.errors import DeadlineError, TooManyError, UnavailableError
from matinee.kit.ids import Ids, JobId, TitleId, UploadId
from matinee.kit.media import Inspection
from matinee.kit.paths import display_name
from matinee.services.ingest.ports import JobRecord, JobStore, Spool, Upload, UploadStore
from matinee.services.ingest.service.drafts import take_draft_back
from matinee.services.ingest.service.imports import opened_import
from matinee.services.ingest.service.inspection import Inspector
from matinee.services.ingest.service.names import title_from
from matinee.services.ingest.service.texts import Texts
from matinee.services.ingest.settings import IngestSettings

_CALL_SECONDS = 15.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCOPE = "ingest-jobs"
_MOST_ITEMS = 100
_DONE = frozenset({"refused", "cancelled"})
_HOLDING = frozenset({"inspecting", "failed"})  # these still have bytes in the spool


class TooManyJobsError(TooManyError):
    """Too many jobs wait for inspection."""

    code = "too-many-jobs"
    title = "Too many films are waiting"


class IngestService:
    """Implements `contracts.ingest.Ingest`.

    Args:
        fractions: how far running inspections are.
        stop: ends the inspection of a job and returns when nothing of it runs any more.
        wake: tells the inspections that there is something to do.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        uploads: UploadStore,
        spool: Spool,
        texts: Texts,
        inspector: Inspector,
        catalogue: Catalogue,
        transcode: Transcode,
        cursors: Cursors,
        clock: Clock,
        ids: Ids,
        settings: IngestSettings,
        folders: tuple[Path, ...],
        fractions: dict[JobId, float],
        stop: Callable[[JobId], Awaitable[None]],
        wake: asyncio.Event,
    ) -> None:
        self._jobs = jobs
        self._uploads = uploads
        self._spool = spool
        self._texts = texts
        self._inspector = inspector
        self._catalogue = catalogue
        self._transcode = transcode
        self._cursors = cursors
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._folders = folders
        self._fractions = fractions
        self._stop = stop
        self._wake = wake

    def _shown(self, job: JobRecord) -> Job:
        done = 1.0 if job.inspection is not None else self._fractions.get(job.job_id, 0.0)
        return Job(
            job_id=job.job_id,
            title_id=job.title_id,
            source_name=job.source_name,
            size_bytes=job.size_bytes,
            state=job.state,
            inspected_fraction=done,
            inspection=job.inspection,
            failure=job.failure,
            created_at=job.created_at,
            changed_at=job.changed_at,
        )

    async def _title(self, title_id: TitleId | None, source_name: str) -> tuple[TitleId, bool]:
        """Return the title to use and whether it was made for this, when none is given or it is gone."""
        async with deadline(_CALL_SECONDS):
            with suppress(TitleNotFoundError):
                if title_id is not None:
                    return (await self._catalogue.title(title_id=title_id)).title_id, False
            title = await self._catalogue.create_title(new=NewTitle(name=title_from(source_name)))
        return title.title_id, True

    def _record(self, job_id: JobId, source_name: str, size_bytes: int) -> JobRecord:
        now = self._clock.now()
        return JobRecord(
            job_id=job_id,
            title_id=TitleId(""),
            draft_title=False,
            source_name=source_name,
            size_bytes=size_bytes,
            state="inspecting",
            inspection=None,
            failure=None,
            import_path="",
            source_key="",
            source_sha256="",
            side_text=(),
            av1=False,
            early_release=True,
            priority=0,
            created_at=now,
            changed_at=now,
        )

    async def _begin(self, job: JobRecord, wanted_title: TitleId | None) -> Job:
        title_id, draft = await self._title(wanted_title, job.source_name)
        stored = await self._jobs.add(msgspec.structs.replace(job, title_id=title_id, draft_title=draft))
        self._wake.set()
        return self._shown(stored)

    async def import_file(self, *, request: ImportFile) -> Job:
        """Take a file from the server's disk; see the contract."""
        if await self._jobs.count_inspecting() >= self._settings.waiting_jobs:
            raise TooManyJobsError("Too many films wait for inspection; try again later.")
        if request.title_id is not None:
            async with deadline(_CALL_SECONDS):
                await self._catalogue.title(title_id=request.title_id)
        size_bytes = await asyncio.to_thread(_importable_size, request.path, self._folders)
        texts = await self._texts.from_disk(request.side_text_paths, self._folders)
        job = self._record(JobId(self._ids.new()), display_name(Path(request.path).name), size_bytes)
        job = msgspec.structs.replace(
            job,
            import_path=request.path,
            side_text=texts,
            av1=request.av1,
            early_release=request.early_release,
            priority=request.priority,
        )
        return await self._begin(job, request.title_id)

    async def inspect_file(self, *, path: str) -> Inspection:
        """Inspect a file without keeping anything; see the contract."""
        scratch = self._ids.new()
        try:
            with opened_import(path, self._folders) as descriptor:
                await self._spool.take(scratch, descriptor)
            return await self._inspector.inspect(self._spool.file(scratch), lambda _: None)
        finally:
            await self._spool.remove(scratch)

    async def finish_upload(
        self, *, upload_id: UploadId, title_id: TitleId | None, av1: bool = False, early_release: bool = True
    ) -> Job:
        """Turn a complete upload into a job; see the contract."""
        stored = await self._jobs.get(JobId(upload_id))
        if stored is not None:
            return self._shown(stored)
        upload = await self._uploads.get(upload_id)
        if upload is None or not upload.complete or not upload.is_film:
            raise UploadNotFoundError("There is no complete film upload with that identifier.")
        job = msgspec.structs.replace(
            self._record(JobId(upload_id), upload.source_name, upload.length_bytes),
            side_text=await self._texts.from_uploads(upload),
            av1=av1,
            early_release=early_release,
        )
        return await self._begin(job, title_id)

    async def upload_completed(self, upload: Upload) -> None:
        """Make the job of a complete film upload, as its metadata wishes; repeatable."""
        await self.finish_upload(
            upload_id=upload.upload_id, title_id=upload.title_id, av1=upload.av1, early_release=upload.early_release
        )

    async def _stored(self, job_id: JobId) -> JobRecord:
        job = await self._jobs.get(job_id)
        if job is None:
            raise JobNotFoundError("There is no such job.")
        return job

    async def job(self, *, job_id: JobId) -> Job:
        """Return one job; see the contract."""
        return self._shown(await self._stored(job_id))

    async def jobs(self, *, limit: int = 50, cursor: str | None = None) -> JobPage:
        """Return jobs, newest first; see the contract."""
        limit = max(1, min(_MOST_ITEMS, limit))
        before = None if cursor is None else _position(self._cursors.decode(_SCOPE, cursor))
        found = await self._jobs.newest(limit=limit + 1, before=before)
        page = found[:limit]
        following = None
        if len(found) > limit:
            last = page[-1]
            following = self._cursors.encode(
                _SCOPE, ((last.created_at - _EPOCH) // timedelta(microseconds=1), last.job_id)
            )
        return JobPage(items=tuple(self._shown(one) for one in page), next_cursor=following)

    async def order_of(self, job: Job) -> OrderProgress | None:
        """Return how far a job's order is, None when it has none or the transcode room is away."""
        if job.state != "ordered":
            return None
        try:
            async with deadline(_CALL_SECONDS):
                return await self._transcode.progress(job_id=job.job_id)
        except (OrderNotFoundError, UnavailableError, DeadlineError):
            return None

    async def cancel(self, *, job_id: JobId) -> None:
        """Stop a job wherever it is; see the contract."""
        job = await self._stored(job_id)
        if job.state in _DONE:
            return
        if job.state in _HOLDING:
            cancelled = msgspec.structs.replace(job, state="cancelled", changed_at=self._clock.now())
            if await self._jobs.change(cancelled, only_from=job.state):
                await self._stop(job_id)
                await self._spool.remove(job_id)
                await take_draft_back(self._catalogue, job)
                return
            job = await self._stored(job_id)
        if job.state == "ordered":
            await self._cancel_order(job)

    async def _cancel_order(self, job: JobRecord) -> None:
        try:
            async with deadline(_CALL_SECONDS):
                await self._transcode.cancel(job_id=job.job_id)
        except OrderStateError as error:
            raise JobStateError("The film is published already; change or delete its title instead.") from error
        except OrderNotFoundError as error:
            raise JobStateError("The order is not known any more.") from error

    async def retry(self, *, job_id: JobId) -> None:
        """Try a failed job again, or a failed or cancelled order.

        Raises:
            JobNotFoundError: when there is none.
            JobStateError: when there is nothing to try again.
        """
        job = await self._stored(job_id)
        if job.state == "ordered":
            await self._retry_order(job)
        elif job.state == "failed":
            again = msgspec.structs.replace(job, state="inspecting", failure=None, changed_at=self._clock.now())
            await self._jobs.change(again, only_from="failed")
            self._wake.set()
        else:
            raise JobStateError("Only what failed can be tried again; a refused or cancelled file must be sent again.")

    async def _retry_order(self, job: JobRecord) -> None:
        try:
            async with deadline(_CALL_SECONDS):
                await self._transcode.retry(job_id=job.job_id)
        except (OrderStateError, OrderNotFoundError) as error:
            raise JobStateError("The order runs, is published, or is not known any more.") from error


def _importable_size(path: str, folders: tuple[Path, ...]) -> int:
    with opened_import(path, folders) as descriptor:
        return os.fstat(descriptor).st_size


def _position(values: tuple[object, ...]) -> tuple[int, str]:
    match values:
        case (int(created), str(job_id)):
            return created, job_id
    raise CursorError("The cursor is not one of ours; start again from the first page.")
