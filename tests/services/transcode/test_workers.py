"""Every task that is let out is done or given back, whatever begins, ends or breaks beside it."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from tests.services.transcode.test_plan import facts, recipe

from matinee.contracts.transcode import TASK_TOPIC
from matinee.events.opened import open_events
from matinee.events.port import EventLogError, NewEvent
from matinee.kit.clock import SystemClock
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import JobId, RandomIds
from matinee.services.transcode.consumers import WORKERS, WorkerPool
from matinee.services.transcode.service.board import TaskBoard
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.tasks import REPORT_TOPIC, ChunkTask, Report


def chunk_task(job: str, number: int = 0) -> ChunkTask:
    return ChunkTask(
        task_id=f"{job}-{number}",
        job_id=JobId(job),
        run_id=f"run of {job}",
        source_key="source",
        recipe=recipe(facts()),
        chunk=Chunk(number=number, start=0, end=50),
        targets=(),
    )


class Orders:
    """Which run of each order counts; `gate` holds back the answer to a question, which was settled when it came."""

    def __init__(self) -> None:
        self.runs: dict[str, str] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = 0
        self.away = 0

    async def current_runs(self, job_ids):
        if self.away:
            self.away -= 1
            raise UnavailableError("The store is away.")
        known = {job: self.runs[job] for job in job_ids if job in self.runs}
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        return known


class Encoder:
    """Encodes in no time, or for as long as a test wants."""

    def __init__(self) -> None:
        self.hold: dict[str, asyncio.Event] = {}
        self.broken: dict[str, Exception] = {}
        self.begun: list[str] = []

    async def run(self, task, advance, stored):
        self.begun.append(task.task_id)
        if task.task_id in self.broken:
            raise self.broken[task.task_id]
        if task.task_id in self.hold:
            await self.hold[task.task_id].wait()
        return 0.1, 1


class Bench:
    def __init__(self, log):
        self.log, self.orders, self.encoder = log, Orders(), Encoder()
        self.pool = WorkerPool(events=log, store=self.orders, encoder=self.encoder, slots=3)

    async def ask(self, *tasks, run=True):
        for task in tasks:
            if run:
                self.orders.runs[task.job_id] = task.run_id
            await self.log.append(TASK_TOPIC, [NewEvent(key=task.task_id, value=msgspec.json.encode(task))])

    async def news(self, task):
        decoder = msgspec.json.Decoder(Report)
        reports = [decoder.decode(event.value) async for event in self.log.read(REPORT_TOPIC)]
        return [type(report.news).__name__ for report in reports if report.task_id == task.task_id]

    async def ends(self, task, how):
        async with asyncio.timeout(30):
            while how not in await self.news(task):
                await asyncio.sleep(0.02)


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("matinee.services.transcode.consumers._LOOK_SECONDS", 0.02)
    monkeypatch.setattr("matinee.services.transcode.consumers._PAUSE_SECONDS", 0.02)
    async with open_events(f"sqlite:///{tmp_path}/events.db", clock=SystemClock(), ids=RandomIds()) as log:
        yield Bench(log)


@asynccontextmanager
async def working(bench):
    task = asyncio.create_task(bench.pool.keep_working())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition, seconds=30.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def everything_is_committed(bench):
    async with asyncio.timeout(30), bench.log.consumer(TASK_TOPIC, group=WORKERS) as member:
        while await member.lag():
            await asyncio.sleep(0.02)
    return True


async def test_a_task_that_begins_while_orders_are_looked_at_is_done(bench):
    long, fresh = chunk_task("long"), chunk_task("fresh")
    bench.encoder.hold[long.task_id] = asyncio.Event()
    async with working(bench):
        await bench.ask(long)
        await until(lambda: long.task_id in bench.encoder.begun)
        bench.orders.gate.clear()
        await until(lambda: bench.orders.waiting == 1)  # the look at who still wants the long one
        await bench.ask(fresh)
        await until(lambda: bench.orders.waiting == 2)  # the fresh one's own question
        bench.orders.gate.set()
        await bench.ends(fresh, "Done")
        bench.encoder.hold[long.task_id].set()
        await bench.ends(long, "Done")
    assert await everything_is_committed(bench)


async def test_what_nobody_wants_any_more_is_stopped_and_committed(bench):
    gone, late = chunk_task("gone"), chunk_task("late")
    bench.encoder.hold[gone.task_id] = asyncio.Event()
    async with working(bench):
        await bench.ask(gone)
        await until(lambda: gone.task_id in bench.encoder.begun)
        del bench.orders.runs["gone"]
        await bench.ask(late, run=False)
        assert await everything_is_committed(bench)
    assert await bench.news(gone) == ["Started"]
    assert bench.encoder.begun == [gone.task_id]


async def test_a_store_that_is_away_is_waited_for(bench):
    task = chunk_task("job")
    bench.orders.away = 3
    async with working(bench):
        await bench.ask(task)
        await bench.ends(task, "Done")
    assert await everything_is_committed(bench)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("a defect")])
async def test_whatever_breaks_in_an_encoder_is_told_and_others_go_on(bench, error):
    broken, whole = chunk_task("broken"), chunk_task("whole")
    bench.encoder.broken[broken.task_id] = error
    async with working(bench):
        await bench.ask(broken, whole)
        await bench.ends(broken, "Lost")
        await bench.ends(whole, "Done")
        assert await everything_is_committed(bench)


async def test_who_is_ended_leaves_its_tasks_to_the_next(bench):
    task = chunk_task("job")
    bench.encoder.hold[task.task_id] = asyncio.Event()
    async with working(bench):
        await bench.ask(task)
        await until(lambda: bench.encoder.begun == [task.task_id])
    bench.encoder.hold.clear()
    async with working(bench):
        await bench.ends(task, "Done")
    assert await everything_is_committed(bench)


class Progress:
    """As much of an order's progress as the board wants."""

    def __init__(self, job):
        self.order = type("Order", (), {"job_id": job, "priority": 0})()
        self.submitted_at = SystemClock().now()

    def chunk_ended(self, *_):
        self.ended = True


async def test_a_task_done_before_its_writing_was_answered_counts(bench):
    task, hearing = chunk_task("job"), []
    report = {"task_id": task.task_id, "job_id": "job", "run_id": task.run_id, "news": {"type": "done"}}

    class Slow:
        async def append(self, _topic, _events):
            hearing.append(asyncio.create_task(board.hear(msgspec.convert(report, Report))))
            await asyncio.sleep(0.01)

    board = TaskBoard(Slow(), in_flight=2, attempts=3)
    batch = board.add(Progress("job"), [task], stage=0)
    async with asyncio.timeout(10):
        await board.let_out()
        await batch.done
        await asyncio.gather(*hearing)


async def test_a_task_that_could_not_be_written_waits_on(bench):
    task, written, away = chunk_task("job"), [], True

    class Away:
        async def append(self, _topic, events):
            if away:
                raise EventLogError("The log is away.")
            written.extend(events)

    board = TaskBoard(Away(), in_flight=2, attempts=3)
    board.add(Progress("job"), [task], stage=0)
    with pytest.raises(EventLogError):
        await board.let_out()
    away = False
    await board.let_out()
    assert [event.key for event in written] == [task.task_id]
