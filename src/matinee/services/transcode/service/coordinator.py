"""Takes orders, runs the most urgent ones, survives its own death: all it knows is in the order store and the blobs."""

import asyncio
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from matinee.contracts.edge import release_prefix
from matinee.contracts.transcode import (
    FINISHED_TOPIC,
    Failure,
    OrderFinished,
    OrderNotFoundError,
    OrderProgress,
    OrderState,
    OrderStateError,
    WorkOrder,
)
from matinee.events.port import EventLog, NewEvent
from matinee.kit.errors import MatineeError
from matinee.kit.ids import Ids, JobId, ReleaseId
from matinee.services.transcode.ports import OrderRecord, OrderStore
from matinee.services.transcode.service.board import StepFailedError
from matinee.services.transcode.service.plan import make_plan
from matinee.services.transcode.service.progress import LiveProgress
from matinee.services.transcode.service.recipe import work_prefix
from matinee.services.transcode.service.run import OrderRun, Outside

_SNAPSHOT_SECONDS = 5.0
_RETRY_SECONDS = 5.0
_log = structlog.get_logger()


class _Live:
    """An order that runs in this process."""

    def __init__(self, record: OrderRecord, progress: LiveProgress, task: asyncio.Task[None]) -> None:
        self.record = record
        self.progress = progress
        self.task = task


class Coordinator:
    """Implements the transcode contract, and runs orders while `keep_running` runs.

    Args:
        scratch: a folder of this process for orders in the making.
    """

    def __init__(self, *, store: OrderStore, events: EventLog, ids: Ids, outside: Outside, scratch: Path) -> None:
        self._store = store
        self._events = events
        self._ids = ids
        self._outside = outside
        self._scratch = scratch
        self._live: dict[JobId, _Live] = {}
        self._wake = asyncio.Event()
        self._changing = asyncio.Lock()

    async def submit(self, *, order: WorkOrder) -> None:
        """Accept an order, durable when answered; see the contract.

        Raises:
            NotInspectedError: when its inspection did not accept the source.
        """
        make_plan(order, self._outside.settings)
        now = self._outside.clock.now()
        progress = LiveProgress(order=order, submitted_at=now)
        record = OrderRecord(
            order=order, state="queued", run_id="", progress=progress.view(), uploading=None, submitted_at=now
        )
        if await self._store.add(record):
            self._wake.set()

    async def progress(self, *, job_id: JobId) -> OrderProgress:
        """Return an order's live state; see the contract."""
        live = self._live.get(job_id)
        if live is not None:
            return live.progress.view()
        return (await self._known(job_id)).progress

    async def cancel(self, *, job_id: JobId) -> None:
        """Stop an order; see the contract."""
        async with self._changing:
            record = await self._known(job_id)
            if record.state == "published":
                raise OrderStateError("The film is published already; delete the title instead.")
            if record.state == "cancelled":
                return
            live = self._live.pop(job_id, None)
            view = live.progress.view() if live else record.progress
            if live is not None:
                record = live.record
            ended = await self._end(record, view, "cancelled", None)
        if live is not None:
            live.task.cancel()
            with suppress(asyncio.CancelledError):
                await live.task
        await self._forget_results(ended)
        self._wake.set()

    async def retry(self, *, job_id: JobId) -> None:
        """Run a failed or cancelled order again; see the contract."""
        async with self._changing:
            record = await self._known(job_id)
            if record.state not in {"failed", "cancelled"}:
                raise OrderStateError(f"The order is {record.state}; only a failed or cancelled one can run again.")
            view = msgspec.structs.replace(
                record.progress, state="queued", fraction=0.0, steps=(), failure=None, finished_at=None
            )
            await self._store.save(msgspec.structs.replace(record, state="queued", run_id="", progress=view))
        self._wake.set()

    async def _known(self, job_id: JobId) -> OrderRecord:
        record = await self._store.get(job_id)
        if record is None:
            raise OrderNotFoundError("There is no order for that job.")
        return record

    async def keep_running(self) -> None:
        """Start orders as there is room, until cancelled; orders that ran when the last process died run again."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self._start_orders()
                    await self._outside.board.let_out()
                    await self._save_snapshots()
                except MatineeError as error:
                    _log.warning("coordinator_waits", code=error.code)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_SNAPSHOT_SECONDS):
                        await self._wake.wait()
        finally:
            tasks = [live.task for live in self._live.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _start_orders(self) -> None:
        async with self._changing:
            for record in await self._store.unfinished():
                if len(self._live) >= self._outside.settings.orders_at_once:
                    return
                if record.order.job_id not in self._live:
                    await self._start(record)

    async def _start(self, record: OrderRecord) -> None:
        job_id = record.order.job_id
        progress = LiveProgress(
            order=record.order,
            submitted_at=record.submitted_at,
            state="running",
            first_playable_at=record.progress.first_playable_at,
            floor=record.progress.fraction,
        )
        started = msgspec.structs.replace(
            record, state="running", run_id=self._ids.new(), progress=progress.view(), uploading=None
        )
        await self._remove_half_stored(record)
        await self._store.save(started)
        task = asyncio.create_task(self._run(started, progress), name=f"order {job_id}")
        self._live[job_id] = _Live(started, progress, task)

    async def _remove_half_stored(self, record: OrderRecord) -> None:
        """Delete the files of a release whose publishing was interrupted, unless the title got it all the same."""
        if record.uploading is None:
            return
        title_id = record.order.title_id
        with suppress(MatineeError):
            title = await self._outside.catalogue.title(title_id=title_id)
            if title.release is not None and title.release.release_id == record.uploading:
                return
        await self._outside.blobs.delete_prefix(release_prefix(title_id, record.uploading))

    async def _run(self, record: OrderRecord, progress: LiveProgress) -> None:
        job_id = record.order.job_id

        async def on_uploading(release_id: ReleaseId | None) -> None:
            live = self._live.get(job_id)
            if live is not None:
                view = progress.view()
                live.record = msgspec.structs.replace(live.record, uploading=release_id, progress=view)
                await self._store.save(live.record)

        run = OrderRun(
            order=record.order,
            run_id=record.run_id,
            progress=progress,
            outside=self._outside,
            folder=self._scratch / f"order-{job_id}",
            on_uploading=on_uploading,
        )
        state: OrderState = "published"
        failure: Failure | None = None
        try:
            await run.work()
        except StepFailedError as error:
            state, failure = "failed", Failure(**msgspec.structs.asdict(error.failure))
            _log.warning("order_failed", job_id=job_id, step=failure.step, reason=failure.sentence)
        except Exception:  # a defect ends its order, never the coordinator  # noqa: BLE001
            _log.exception("order_broke", job_id=job_id)
            state, failure = (
                "failed",
                Failure(step="plan", sentence="Something unforeseen went wrong; the log tells more."),
            )
        await self._finish(record, progress, state, failure)

    async def _finish(
        self, record: OrderRecord, progress: LiveProgress, state: OrderState, failure: Failure | None
    ) -> None:
        while True:
            try:
                async with self._changing:
                    live = self._live.get(record.order.job_id)
                    if live is None:
                        return
                    # Nobody sees the end before it is durable.
                    await self._end(live.record, progress.view(), state, failure)
                    del self._live[record.order.job_id]
                self._wake.set()
                return
            except MatineeError as error:
                _log.warning("order_end_waits", job_id=record.order.job_id, code=error.code)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _end(
        self, record: OrderRecord, view: OrderProgress, state: OrderState, failure: Failure | None
    ) -> OrderRecord:
        now = self._outside.clock.now()
        # Announced first: a crash in between announces again, and never leaves an ended order unannounced.
        event = OrderFinished(job_id=record.order.job_id, title_id=record.order.title_id, state=state, failure=failure)
        await self._events.append(
            FINISHED_TOPIC, [NewEvent(key=record.order.title_id, value=msgspec.json.encode(event))]
        )
        ended = msgspec.structs.replace(
            record,
            state=state,
            run_id="",
            progress=msgspec.structs.replace(
                view,
                state=state,
                failure=failure,
                finished_at=now,
                fraction=1.0 if state == "published" else view.fraction,
            ),
        )
        await self._store.save(ended)
        return ended

    async def _forget_results(self, record: OrderRecord) -> None:
        """Delete a cancelled order's intermediate results, and files of a release that was being stored."""
        await self._remove_half_stored(record)
        await self._outside.blobs.delete_prefix(work_prefix(record.order.job_id))

    async def forget_ended(self, *, before: datetime) -> int:
        """Delete what orders that ended before a moment left for a retry; return how many orders."""
        forgotten = 0
        for job_id in {JobId(info.key.split("/")[1]) async for info in self._outside.blobs.list("work")}:
            record = await self._store.get(job_id)
            if record is None:
                await self._outside.blobs.delete_prefix(work_prefix(job_id))
            elif record.state not in {"queued", "running"} and _ended_at(record) < before:
                await self._forget_results(record)
            else:
                continue
            forgotten += 1
        return forgotten

    async def _save_snapshots(self) -> None:
        for live in list(self._live.values()):
            job_id = live.record.order.job_id
            async with self._changing:
                if self._live.get(job_id) is not live:
                    continue
                stored = await self._store.get(job_id)
                if stored is None or stored.run_id != live.record.run_id:
                    # Cancelled through another process.
                    del self._live[job_id]
                    live.task.cancel()
                    continue
                live.record = msgspec.structs.replace(live.record, progress=live.progress.view())
                await self._store.save(live.record)


def _ended_at(record: OrderRecord) -> datetime:
    return record.progress.finished_at or record.submitted_at
