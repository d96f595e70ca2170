"""What becomes of a job: inspection, a verdict, the bytes kept, the order given. Each step may be repeated."""

import asyncio
from pathlib import Path

import msgspec
import structlog

from matinee.blobs.port import BlobNotFoundError, BlobStore
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.ingest import ImportRefusedError
from matinee.contracts.transcode import OrderNotFoundError, OrderStateError, Transcode, WorkOrder
from matinee.engines.media.limits import InterruptedToolError
from matinee.kit.clock import Clock
from matinee.kit.deadline import deadline
from matinee.kit.errors import DeadlineError, MatineeError, UnavailableError
from matinee.kit.ids import JobId
from matinee.kit.media import Inspection
from matinee.services.ingest.ports import JobRecord, JobStore, Spool
from matinee.services.ingest.service.drafts import take_draft_back
from matinee.services.ingest.service.imports import opened_import
from matinee.services.ingest.service.inspection import Inspector

_CALL_SECONDS = 15.0
# A file whose inspection is cut short this often is given back to people, still unjudged.
_MOST_INTERRUPTIONS = 5
_log = structlog.get_logger()


class SourceChangedError(Exception):
    """The file changed while it was being read."""


class Processing:
    """Takes jobs from `inspecting` to what follows.

    Attributes:
        fractions: how far the inspection of each job at work is, 0 to 1.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        spool: Spool,
        blobs: BlobStore,
        inspector: Inspector,
        catalogue: Catalogue,
        transcode: Transcode,
        clock: Clock,
        folders: tuple[Path, ...],
    ) -> None:
        self._jobs = jobs
        self._spool = spool
        self._blobs = blobs
        self._inspector = inspector
        self._catalogue = catalogue
        self._transcode = transcode
        self._clock = clock
        self._folders = folders
        self._interruptions: dict[JobId, int] = {}
        self.fractions: dict[JobId, float] = {}

    async def process(self, job: JobRecord) -> bool:
        """Bring one job as far as it goes; return False when a dependency is away and it must be tried again."""
        try:
            await self._steps(job)
        except InterruptedToolError as error:
            return await self._interrupted(job, error)
        except (UnavailableError, DeadlineError) as error:
            _log.warning("job_waits", job_id=job.job_id, code=error.code)
            return False
        except ImportRefusedError as error:
            await self._fail(job, error.detail)
        except (SourceChangedError, FileNotFoundError):
            await self._fail(job, "The file changed or went away while it was being read; start again.")
        except (MatineeError, OSError) as error:
            _log.error("job_failed", job_id=job.job_id, exc_info=error)
            await self._fail(job, "Something broke on our side while the film was taken in; try again.")
        finally:
            self.fractions.pop(job.job_id, None)
        self._interruptions.pop(job.job_id, None)
        return True

    async def _interrupted(self, job: JobRecord, error: InterruptedToolError) -> bool:
        """Leave the job for another try; after too many, end it as our failure, which a person may retry."""
        count = self._interruptions.get(job.job_id, 0) + 1
        _log.warning("inspection_cut_short", job_id=job.job_id, count=count, reason=error.detail)
        self._interruptions[job.job_id] = count
        if count < _MOST_INTERRUPTIONS:
            return False
        self._interruptions.pop(job.job_id, None)
        await self._fail(job, "Looking at the film was interrupted again and again on our side; try again.")
        return True

    async def _fail(self, job: JobRecord, sentence: str) -> None:
        failed = msgspec.structs.replace(job, state="failed", failure=sentence, changed_at=self._clock.now())
        await self._jobs.change(failed, only_from="inspecting")

    async def _steps(self, job: JobRecord) -> None:
        path = self._spool.file(job.job_id)
        if job.import_path and not await asyncio.to_thread(path.exists):
            await self._take(job)
        if job.inspection is None:
            job = await self._inspected(job, path)
        if job.inspection is None or not job.inspection.accepted:
            await self._spool.remove(job.job_id)
            return
        await self._order(await self._kept(job, path), job.inspection)

    async def _take(self, job: JobRecord) -> None:
        with opened_import(job.import_path, self._folders) as descriptor:
            await self._spool.take(job.job_id, descriptor)

    async def _inspected(self, job: JobRecord, path: Path) -> JobRecord:
        """Inspect, and record the report; a refusal ends the job and takes back a title made only for it."""
        self.fractions[job.job_id] = 0.0

        def on_fraction(fraction: float) -> None:
            self.fractions[job.job_id] = max(fraction, self.fractions.get(job.job_id, 0.0))

        report = await self._inspector.inspect(path, on_fraction)
        state = job.state if report.accepted else "refused"
        job = msgspec.structs.replace(job, inspection=report, state=state, changed_at=self._clock.now())
        if await self._jobs.change(job, only_from="inspecting") and not report.accepted:
            await take_draft_back(self._catalogue, job)
        return job

    async def _kept(self, job: JobRecord, path: Path) -> JobRecord:
        """Store the bytes under their digest, so that the same film is kept once."""
        if job.source_key:
            return job
        before = await asyncio.to_thread(_fingerprint, path)
        digest = await self._spool.sha256(job.job_id)
        key = f"sources/{digest}"
        if not await self._has(key, job.size_bytes):
            await self._blobs.put_file(key, path)
        if await asyncio.to_thread(_fingerprint, path) != before:
            await self._blobs.delete(key)
            raise SourceChangedError
        job = msgspec.structs.replace(job, source_key=key, source_sha256=digest)
        await self._jobs.change(job, only_from="inspecting")
        return job

    async def _has(self, key: str, size_bytes: int) -> bool:
        try:
            return (await self._blobs.info(key)).size_bytes == size_bytes
        except BlobNotFoundError:
            return False

    async def _order(self, job: JobRecord, report: Inspection) -> None:
        order = WorkOrder(
            job_id=job.job_id,
            title_id=job.title_id,
            source_key=job.source_key,
            source_sha256=job.source_sha256,
            inspection=report,
            side_text=job.side_text,
            codecs=("h264", "av1") if job.av1 else ("h264",),
            early_release=job.early_release,
            priority=job.priority,
        )
        async with deadline(_CALL_SECONDS):
            await self._transcode.submit(order=order)
        ordered = msgspec.structs.replace(job, state="ordered", changed_at=self._clock.now())
        if not await self._jobs.change(ordered, only_from="inspecting"):
            await self._withdraw(job.job_id)
        await self._spool.remove(job.job_id)

    async def _withdraw(self, job_id: JobId) -> None:
        """Take back an order whose job was cancelled in the same moment."""
        try:
            async with deadline(_CALL_SECONDS):
                await self._transcode.cancel(job_id=job_id)
        except (OrderNotFoundError, OrderStateError) as error:
            _log.warning("order_not_withdrawn", job_id=job_id, code=error.code)


def _fingerprint(path: Path) -> tuple[int, int, int]:
    """Return what changes when somebody writes to a file that we only linked."""
    facts = path.lstat()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino
