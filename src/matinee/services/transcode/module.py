"""The transcode room's declaration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from matinee.blobs.port import BlobStore
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.playback import Playback
from matinee.contracts.transcode import Transcode
from matinee.engines.relational import Database, DatabaseError, migrate
from matinee.events.port import EventLog
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.services.transcode.adapters.orders import SqlOrders
from matinee.services.transcode.adapters.scratch import scratch_folder
from matinee.services.transcode.consumers import WorkerPool, keep_reporting
from matinee.services.transcode.jobs import keep_sweeping
from matinee.services.transcode.service.board import TaskBoard
from matinee.services.transcode.service.coordinator import Coordinator
from matinee.services.transcode.service.encode import ChunkEncoder
from matinee.services.transcode.service.run import Outside
from matinee.services.transcode.service.tools import Toolbox
from matinee.services.transcode.settings import TranscodeSettings

_MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


async def _answers(database: Database) -> bool:
    try:
        await database.ping()
    except DatabaseError:
        return False
    return True


@asynccontextmanager
async def open_room(settings: TranscodeSettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run the coordinator and a pool of workers."""
    database, blobs, events = needs.get(Database), needs.get(BlobStore), needs.get(EventLog)
    clock: Clock = needs.get(Clock)
    ids: Ids = needs.get(Ids)
    await migrate(database, room="transcode", script_location=_MIGRATIONS)
    store = SqlOrders(database)
    chunk_tools = Toolbox(memory_mib=settings.child_memory_mib, wall_seconds=settings.chunk_wall_seconds)
    step_tools = Toolbox(memory_mib=settings.child_memory_mib, wall_seconds=settings.step_wall_seconds)
    board = TaskBoard(events, in_flight=settings.in_flight(), attempts=settings.chunk_attempts)
    outside = Outside(
        blobs=blobs,
        catalogue=needs.get(Catalogue),
        playback=needs.get(Playback),
        board=board,
        clock=clock,
        toolbox=step_tools,
        settings=settings,
    )
    stack = AsyncExitStack()
    scratch = stack.enter_context(scratch_folder(Path(settings.data_folder) / "scratch", ids.new()))
    coordinator = Coordinator(store=store, events=events, ids=ids, outside=outside, scratch=scratch)
    encoder = ChunkEncoder(blobs=blobs, toolbox=chunk_tools, scratch=scratch)
    workers = WorkerPool(events=events, store=store, encoder=encoder, slots=settings.slots())
    work = {"workers": workers.keep_working()}
    if settings.coordinator == "here":
        work |= {
            "reports": keep_reporting(events, board),
            "orders": coordinator.keep_running(),
            "sweep": keep_sweeping(
                events,
                coordinator,
                clock,
                every_minutes=settings.sweep_minutes,
                keep_hours=settings.keep_failed_hours,
            ),
        }
    tasks = [asyncio.create_task(run, name=f"transcode {name}") for name, run in work.items()]

    async def jobs_run() -> bool:
        return not any(task.done() for task in tasks)

    try:
        yield RunningRoom(
            provides={Transcode: coordinator}, checks={"database": partial(_answers, database), "jobs": jobs_run}
        )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await stack.aclose()


MODULE = Module(
    name="transcode",
    settings_type=TranscodeSettings,
    open=open_room,
    needs=(Catalogue, Playback, EventLog, BlobStore, Database, Clock, Ids),
    provides=(Transcode,),
)
