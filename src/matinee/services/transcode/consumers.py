"""Reactions to events: workers take chunk tasks, the coordinator takes their reports."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import msgspec
import structlog

from matinee.contracts.transcode import TASK_TOPIC
from matinee.engines.media.limits import ChildError
from matinee.events.hearing import keep_hearing
from matinee.events.port import Consumer, Event, EventLog, NewEvent
from matinee.kit.errors import MatineeError
from matinee.services.transcode.ports import OrderStore
from matinee.services.transcode.service.board import TaskBoard
from matinee.services.transcode.service.encode import ChunkEncoder
from matinee.services.transcode.service.tasks import (
    REPORT_TOPIC,
    Advanced,
    ChunkTask,
    Done,
    Lost,
    News,
    Report,
    Started,
    Stored,
    Target,
)
from matinee.services.transcode.service.tools import said

WORKERS = "transcode-workers"
COORDINATORS = "transcode-coordinator"
_POLL_SECONDS = 1.0
_PAUSE_SECONDS = 2.0
_LOOK_SECONDS = 1.0
_REPORTS_AT_ONCE = 200
_BROKEN = "The worker met a defect of its own; its log says which."
_log = structlog.get_logger()
_task_decoder = msgspec.json.Decoder(ChunkTask)
_report_decoder = msgspec.json.Decoder(Report)


@dataclass
class _Ledger:
    """What was polled and not committed, in order, for one partition: commits must not run ahead of unfinished work."""

    open: OrderedDict[int, Event] = field(default_factory=OrderedDict)
    ended: set[int] = field(default_factory=set)

    def close(self, event: Event) -> Event | None:
        """Mark an event as done; return the last one up to which everything is."""
        self.ended.add(event.offset)
        last = None
        while self.open and next(iter(self.open)) in self.ended:
            offset, last = self.open.popitem(last=False)
            self.ended.discard(offset)
        return last


class WorkerPool:
    """Takes chunk tasks as there are free slots.

    Args:
        slots: how many tasks run at once.
    """

    def __init__(self, *, events: EventLog, store: OrderStore, encoder: ChunkEncoder, slots: int) -> None:
        self._events = events
        self._store = store
        self._encoder = encoder
        self._slots = slots
        self._handling: set[asyncio.Task[None]] = set()
        self._running: dict[str, tuple[ChunkTask, asyncio.Task[None]]] = {}
        self._ledgers: dict[int, _Ledger] = {}
        self._freed = asyncio.Event()

    async def keep_working(self) -> None:
        """Take tasks until cancelled; after a failure of the log, join again."""
        while True:
            try:
                async with self._events.consumer(TASK_TOPIC, group=WORKERS) as consumer:
                    await self._serve(consumer)
            except MatineeError as error:
                _log.warning("workers_wait", code=error.code)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _serve(self, consumer: Consumer) -> None:
        self._ledgers.clear()
        watching = asyncio.create_task(self._watch_orders())
        try:
            while True:
                free = self._slots - len(self._handling)
                if free <= 0:
                    self._freed.clear()
                    await self._freed.wait()
                    continue
                for event in await consumer.poll(limit=free, wait_seconds=_POLL_SECONDS):
                    self._begin(consumer, event)
        finally:
            ending = (watching, *self._handling)
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    def _begin(self, consumer: Consumer, event: Event) -> None:
        self._ledgers.setdefault(event.partition, _Ledger()).open[event.offset] = event
        handling = asyncio.create_task(self._handle(consumer, event))
        self._handling.add(handling)
        handling.add_done_callback(self._handled)

    def _handled(self, handling: asyncio.Task[None]) -> None:
        self._handling.discard(handling)
        self._freed.set()

    async def _handle(self, consumer: Consumer, event: Event) -> None:
        """Do what an event asks for, however often that takes, and commit it; also when its order ended meanwhile."""
        try:
            task = _task_decoder.decode(event.value)
        except msgspec.DecodeError:
            _log.warning("task_unreadable", offset=event.offset)
        else:
            await self._do(task, f"{event.partition}-{event.offset}")
        last = self._ledgers[event.partition].close(event)
        if last is not None:
            await _patiently(lambda: consumer.commit(last))

    async def _do(self, task: ChunkTask, name: str) -> None:
        """Work on a task as one that can be stopped from outside without stopping who waits for it."""
        work = asyncio.create_task(_patiently(lambda: self._work(task)))
        self._running[name] = (task, work)
        try:
            await asyncio.wait([work])
        finally:
            del self._running[name]
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        if not work.cancelled() and (error := work.exception()) is not None:
            _log.error("task_broken", job_id=task.job_id, task_id=task.task_id, exc_info=error)
            await _patiently(lambda: self._report(task, Lost(sentence=_BROKEN, tool_said="")))

    async def _work(self, task: ChunkTask) -> None:
        runs = await self._store.current_runs([task.job_id])
        if runs.get(task.job_id) != task.run_id:
            return
        await self._report(task, Started())
        seen = _Seen()

        async def stored(target: Target) -> None:
            await self._report(task, Stored(rendition=target.rung.name))

        telling = asyncio.create_task(self._tell(task, seen))
        try:
            cpu_seconds, peak = await self._encoder.run(task, seen.advance, stored)
        except (MatineeError, OSError) as error:
            sentence = error.detail if isinstance(error, MatineeError) else f"The machine refused: {error.strerror}."
            if isinstance(error, ChildError):
                sentence = f"Encoding failed: {sentence}"
            await self._report(task, Lost(sentence=sentence, tool_said=said(error)))
            return
        finally:
            telling.cancel()
        await self._report(task, Done(cpu_seconds=cpu_seconds, peak_memory_bytes=peak))

    async def _tell(self, task: ChunkTask, seen: "_Seen") -> None:
        told = 0
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if seen.frames > told:
                told = seen.frames
                await self._report(task, Advanced(frames=told))

    async def _report(self, task: ChunkTask, news: News) -> None:
        report = Report(task_id=task.task_id, job_id=task.job_id, run_id=task.run_id, news=news)
        await self._events.append(REPORT_TOPIC, [NewEvent(key=task.job_id, value=msgspec.json.encode(report))])

    async def _watch_orders(self) -> None:
        """Stop tasks whose order has been cancelled or has failed."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            # Only these were asked about: others may begin while the answer is on its way.
            asked = list(self._running.values())
            if not asked:
                continue
            try:
                runs = await self._store.current_runs(list({task.job_id for task, _ in asked}))
            except MatineeError as error:
                _log.warning("orders_unknown", code=error.code)
                continue
            for task, work in asked:
                if runs.get(task.job_id) != task.run_id:
                    work.cancel()


async def _patiently(work: Callable[[], Awaitable[None]]) -> None:
    """Do something again until the log and the store are there for it; nobody could say when, so time must pass."""
    while True:
        try:
            return await work()
        except MatineeError as error:
            _log.warning("task_waits", code=error.code)
            await asyncio.sleep(_PAUSE_SECONDS)


class _Seen:
    """How far an encoder is."""

    def __init__(self) -> None:
        self.frames = 0

    def advance(self, frames: int) -> None:
        self.frames = max(self.frames, frames)


async def keep_reporting(events: EventLog, board: TaskBoard) -> None:
    """Give workers' reports to the board until cancelled."""
    await keep_hearing(
        events, REPORT_TOPIC, group=COORDINATORS, decoder=_report_decoder, apply=board.hear, at_once=_REPORTS_AT_ONCE
    )
