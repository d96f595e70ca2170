"""Hands out chunk tasks: the most urgent order first, no more at once than workers can hold, lost ones again.

Tasks travel through the log, which has no priorities, so only a few are let out at a time; an urgent order waits for
those few and for nothing else.
"""

import asyncio
import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import structlog

from matinee.contracts.transcode import TASK_TOPIC
from matinee.events.port import EventLog, NewEvent
from matinee.kit.errors import InternalError
from matinee.kit.ids import JobId
from matinee.services.transcode.service.progress import LiveProgress
from matinee.services.transcode.service.tasks import (
    Advanced,
    ChunkTask,
    Done,
    Lost,
    Report,
    Started,
    StepFailure,
    Stored,
)

_log = structlog.get_logger()


class StepFailedError(InternalError):
    """A step of an order failed for good; `failure` says where and why."""

    code = "transcode-step"
    title = "Making the release failed"

    def __init__(self, failure: StepFailure) -> None:
        super().__init__(failure.sentence, step=failure.step)
        self.failure = failure


@dataclass
class Batch:
    """Tasks of one order that are waited for together."""

    progress: LiveProgress
    done: asyncio.Future[None]
    left: set[str] = field(default_factory=set)


@dataclass(order=True)
class _Waiting:
    urgency: tuple[int, float, int, int]
    task: ChunkTask = field(compare=False)


class TaskBoard:
    """All chunk tasks of the orders that this process coordinates.

    Args:
        in_flight: how many tasks are let out at once.
        attempts: how often one task is started before its order fails.
    """

    def __init__(self, events: EventLog, *, in_flight: int, attempts: int) -> None:
        self._events = events
        self._room = in_flight
        self._attempts = attempts
        self._waiting: list[_Waiting] = []
        self._out: dict[str, ChunkTask] = {}
        self._batches: dict[str, Batch] = {}
        self._starts: dict[str, int] = {}
        self._sending = asyncio.Lock()
        self.peak_memory_bytes = 0
        self.cpu_seconds = 0.0

    def add(self, progress: LiveProgress, tasks: Sequence[ChunkTask], *, stage: int) -> Batch:
        """Queue tasks; those of a lower stage go out before others of the same order.

        Returns:
            The batch; its future ends when all are done, or with `StepFailedError`.
        """
        batch = Batch(progress=progress, done=asyncio.get_running_loop().create_future())
        submitted = progress.submitted_at.timestamp()
        for at, task in enumerate(tasks):
            urgency = (progress.order.priority, submitted, stage, at)
            heapq.heappush(self._waiting, _Waiting(urgency, task))
            self._batches[task.task_id] = batch
            batch.left.add(task.task_id)
        if not batch.left:
            batch.done.set_result(None)
        return batch

    async def let_out(self) -> None:
        """Write as many waiting tasks to the log as there is room for.

        Raises:
            EventLogError: when the log is away; the tasks wait on.
        """
        async with self._sending:
            while self._waiting and len(self._out) < self._room:
                waiting = heapq.heappop(self._waiting)
                task = waiting.task
                if task.task_id not in self._batches:
                    continue
                # A worker may be done with it before we hear that it was written.
                self._out[task.task_id] = task
                try:
                    await self._events.append(TASK_TOPIC, [NewEvent(key=task.task_id, value=msgspec.json.encode(task))])
                except BaseException:
                    # Perhaps it was written all the same; doing it twice does no harm.
                    self._out.pop(task.task_id, None)
                    heapq.heappush(self._waiting, waiting)
                    raise

    def drop(self, job_id: JobId) -> None:
        """Forget all tasks of an order; waiting batches are cancelled."""
        gone = [task_id for task_id, batch in self._batches.items() if batch.progress.order.job_id == job_id]
        for task_id in gone:
            batch = self._batches.pop(task_id)
            self._out.pop(task_id, None)
            self._starts.pop(task_id, None)
            if not batch.done.done():
                batch.done.cancel()
        self._waiting = [one for one in self._waiting if one.task.task_id in self._batches]
        heapq.heapify(self._waiting)

    async def hear(self, report: Report) -> None:
        """Take a worker's report; reports of forgotten tasks mean nothing."""
        task, batch = self._out.get(report.task_id), self._batches.get(report.task_id)
        if task is None or batch is None or task.run_id != report.run_id:
            return
        names = [target.rung.name for target in task.targets]
        news = report.news
        if isinstance(news, Started):
            self._starts[task.task_id] = batch.progress.chunk_started(names, task.chunk.number)
        elif isinstance(news, Advanced):
            batch.progress.chunk_advanced(names, task.chunk.number, news.frames)
        elif isinstance(news, Stored):
            batch.progress.chunk_ended([news.rendition], task.chunk.number, "done")
        elif isinstance(news, Done):
            self.peak_memory_bytes = max(self.peak_memory_bytes, news.peak_memory_bytes)
            self.cpu_seconds += news.cpu_seconds
            self._finish(task, batch, names)
        else:
            self._lose(task, batch, names, news)
        if isinstance(news, Done | Lost):
            await self.let_out()

    def _finish(self, task: ChunkTask, batch: Batch, names: list[str]) -> None:
        batch.progress.chunk_ended(names, task.chunk.number, "done")
        self._forget(task, batch)
        if not batch.left and not batch.done.done():
            batch.done.set_result(None)

    def _forget(self, task: ChunkTask, batch: Batch) -> None:
        batch.left.discard(task.task_id)
        self._out.pop(task.task_id, None)
        self._batches.pop(task.task_id, None)
        self._starts.pop(task.task_id, None)

    def _lose(self, task: ChunkTask, batch: Batch, names: list[str], news: Lost) -> None:
        starts = self._starts.get(task.task_id, 1)
        _log.warning("chunk_lost", job_id=task.job_id, chunk=task.chunk.number, starts=starts, reason=news.sentence)
        del self._out[task.task_id]
        if starts < self._attempts:
            batch.progress.chunk_ended(names, task.chunk.number, "waiting")
            # At the front of its order: its neighbours cannot be joined without it.
            submitted = batch.progress.submitted_at.timestamp()
            heapq.heappush(self._waiting, _Waiting((batch.progress.order.priority, submitted, -1, 0), task))
            return
        batch.progress.chunk_ended(names, task.chunk.number, "failed")
        failure = StepFailure(
            step="encode",
            sentence=news.sentence,
            rendition=names[0],
            chunk=task.chunk.number,
            tool_said=news.tool_said,
        )
        if not batch.done.done():
            batch.done.set_exception(StepFailedError(failure))
