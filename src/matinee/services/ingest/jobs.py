"""Long work of ingest: inspections, a bounded number at a time, and the sweep of what was left lying."""

import asyncio
from contextlib import suppress

import structlog

from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import JobId
from matinee.services.ingest.ports import JobRecord, JobStore
from matinee.services.ingest.service.processing import Processing
from matinee.services.ingest.service.uploads import Uploads

_LOOK_SECONDS = 5.0
_TRY_AGAIN_SECONDS = 5.0
_FETCHED = 64
_log = structlog.get_logger()


class Inspections:
    """Runs the jobs that the database says are to be inspected, so that a restart goes on where it stopped.

    Args:
        most: how many at a time.
        wake: set by whoever adds a job.
    """

    def __init__(
        self, *, store: JobStore, processing: Processing, clock: Clock, most: int, wake: asyncio.Event
    ) -> None:
        self._store = store
        self._processing = processing
        self._clock = clock
        self._most = most
        self._wake = wake
        self._running: dict[JobId, asyncio.Task[None]] = {}
        self._not_before: dict[JobId, float] = {}

    async def run(self) -> None:
        """Work until cancelled; what runs then is cancelled too, and its children end."""
        try:
            while True:
                self._wake.clear()
                with suppress(MatineeError):
                    await self._start_some()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._wake.wait()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _start_some(self) -> None:
        if len(self._running) >= self._most:
            return
        now = self._clock.monotonic()
        self._not_before = {job_id: due for job_id, due in self._not_before.items() if due > now}
        for job in await self._store.inspecting(limit=_FETCHED + self._most):
            if len(self._running) >= self._most:
                return
            if job.job_id not in self._running and job.job_id not in self._not_before:
                self._running[job.job_id] = asyncio.create_task(self._work(job), name=f"inspection {job.job_id}")

    async def _work(self, job: JobRecord) -> None:
        done = False
        try:
            done = await self._processing.process(job)
        except MatineeError as error:
            _log.warning("inspection_interrupted", job_id=job.job_id, code=error.code)
        finally:
            self._running.pop(job.job_id, None)
            if not done:
                self._not_before[job.job_id] = self._clock.monotonic() + _TRY_AGAIN_SECONDS
            self._wake.set()

    async def stop(self, job_id: JobId) -> None:
        """End a job's inspection; return when nothing of it runs any more."""
        task = self._running.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])


async def keep_sweeping(uploads: Uploads, every_seconds: float) -> None:
    """Remove expired uploads and finish what a stopped process left, now and then, until cancelled."""
    while True:
        try:
            await uploads.sweep()
        except (MatineeError, OSError) as error:
            _log.warning("sweep_failed", reason=type(error).__name__, exc_info=error)
        await asyncio.sleep(every_seconds)
